//! The store: what the server keeps, behind small traits.
//!
//! Owns the traits that a database must offer, their contract and the SQLite
//! implementation. Does not know HTTP, forms or statistics. Each method that writes is one
//! transaction and returns when it is durable.

mod error;
mod items;
mod model;
mod quota;
mod sqlite;
mod traits;

pub use error::StoreError;
pub use items::Items;
pub use model::*;
pub use quota::{Delivered, Delivery, OverQuota, Quotas, Taking};
pub use sqlite::SqliteStore;
pub use traits::*;
