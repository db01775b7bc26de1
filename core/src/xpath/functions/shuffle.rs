//! Shuffling.
