//! Tsumugi.
fn main() {}
