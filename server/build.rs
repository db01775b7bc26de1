//! The pages are part of the binary: built again, the binary is built again.

use std::io::Write as _;

fn main() -> std::io::Result<()> {
    writeln!(std::io::stdout(), "cargo::rerun-if-changed=../web/dist")
}
