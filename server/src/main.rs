//! The binary `tsumugi`.

fn main() {}
