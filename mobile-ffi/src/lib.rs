//! Tsumugi.
