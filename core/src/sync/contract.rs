//! The contract of [`ItemStore`](super::ItemStore), for whoever implements it.
