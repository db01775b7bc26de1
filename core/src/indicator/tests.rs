//! Stories of counting, comparing and hiding.
