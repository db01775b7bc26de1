//! Plays recorded fillings of forms against core, natively and as WebAssembly.
//!
//! Also runs the scenarios of the engine bench, for who has a clock.
//! A tape is a form that another implementation filled step by step, with the whole state
//! after each step. Owns the playing and the comparing; does not know files or commands.

mod bench;
mod compare;
#[path = "../../bench/engine_scenarios.rs"]
#[expect(dead_code, reason = "who measures natively also makes the scenarios")]
mod engine_scenarios;
mod node;
mod play;
mod tape;

pub use bench::Bench;
pub use play::{Played, Step, play_all};
pub use tape::Tapes;

use wasm_bindgen::prelude::wasm_bindgen;

/// Plays a file of tapes (JSON text) and gives what came of each step as JSON.
///
/// # Errors
/// A sentence when the text is no file of tapes.
#[wasm_bindgen(js_name = playTapes)]
pub fn play_text(text: &str) -> Result<String, String> {
    let tapes: Tapes = serde_json::from_str(text).map_err(|error| format!("not a file of tapes: {error}"))?;
    serde_json::to_string(&play_all(&tapes)).map_err(|error| error.to_string())
}
