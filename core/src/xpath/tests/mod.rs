//! Tests of the room, by theme.

mod dates;
mod errors;
mod evaluation;
mod functions;
mod printing;
mod world;
