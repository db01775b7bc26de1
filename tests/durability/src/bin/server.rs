//! The server's binary, beside the tests that kill it: the same `main` as that of `tsumugi`.

use std::process::ExitCode;

fn main() -> ExitCode {
    tsumugi_server::cli::main()
}
