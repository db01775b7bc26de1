//! Sealing of anonymous answers.
