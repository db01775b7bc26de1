//! The JSON words of `/v1`: what requests hold and what replies say.
//!
//! Owns the shape of the interface, camelCase, and nothing that acts. The HTTP room fills
//! these types, the command line and the tests read them, and the OpenAPI document is
//! made from them.

mod bundle;
mod collection;
mod counting;
mod device;
mod form;
mod problem;
mod staff;
mod survey;

pub use bundle::*;
pub use collection::*;
pub use counting::*;
pub use device::*;
pub use form::*;
pub use problem::*;
pub use staff::*;
pub use survey::*;
