//! What must hold whatever bytes arrive: the bodies of the fuzz targets.
//!
//! Owns the claims, one function a target, and how bytes become forms and workbooks. Does not
//! know who makes the bytes: cargo-fuzz does in `tests/fuzz`, and `tests/bounded.rs` makes a
//! fixed number of them, the same on every machine, without a nightly toolchain.

mod bundle;
mod draw;
mod entry;
mod expression;
mod generate;
mod mutate;
mod sheets;
mod workbook;
mod xform;

pub use bundle::bundle;
pub use entry::entry;
pub use expression::expression;
pub use mutate::Mutator;
pub use sheets::sheets;
pub use workbook::workbook;
pub use xform::xform;

/// A target: its name, which is that of its folders, and its claim.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 6] = [
    ("expression", expression),
    ("workbook", workbook),
    ("sheets", sheets),
    ("xform", xform),
    ("entry", entry),
    ("bundle", bundle),
];
