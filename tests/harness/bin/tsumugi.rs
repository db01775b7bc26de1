//! The server's binary beside the stories that start it: the same `main` as that of `tsumugi`.

use std::process::ExitCode;

fn main() -> ExitCode {
    tsumugi_server::cli::main()
}
