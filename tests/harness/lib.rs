//! What the stories share: a world with a real server, real devices and real people's verbs.
//!
//! Everything goes over HTTP on the loopback, through the same client, office and tablet that
//! the demo uses.

mod answers;
mod chance;
pub mod program;
mod screen;
pub mod world;

pub use answers::{LONELINESS, typed};
pub use chance::Chance;
pub use program::Program;
pub use screen::shown;
pub use world::World;
