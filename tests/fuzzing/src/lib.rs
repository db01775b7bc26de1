//! What must hold whatever bytes arrive: the bodies of the fuzz targets.
//!
//! Owns the claims, one function a target, and how bytes become forms and workbooks. Does not
//! know who makes the bytes: cargo-fuzz does in `tests/fuzz`, and `tests/bounded.rs` makes a
//! fixed number of them, the same on every machine, without a nightly toolchain.

pub mod bombs;
mod bundle;
pub mod change;
mod draw;
mod entry;
mod expression;
mod gate;
mod gate_mutator;
mod generate;
mod mutate;
mod record;
mod seeds;
mod sheets;
mod wire;
mod workbook;
mod xform;

pub use bundle::bundle;
pub use entry::entry;
pub use expression::expression;
pub use gate::{admitted, gate, honest, offered};
pub use gate_mutator::GateMutator;
pub use mutate::Mutator;
pub use record::record;
pub use seeds::seeds;
pub use sheets::sheets;
pub use wire::wire;
pub use workbook::workbook;
pub use xform::xform;

/// A target: its name, which is that of its folders, and its claim.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("expression", expression),
    ("workbook", workbook),
    ("sheets", sheets),
    ("xform", xform),
    ("entry", entry),
    ("bundle", bundle),
    ("gate", gate),
    ("wire", wire),
    ("record", record),
];
