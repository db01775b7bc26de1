//! Tsumugi's core: what a tablet, a browser and the server do alike.
//!
//! Owns form logic, merging, sealing, sync and statistics. Has no clock, no randomness,
//! no disk and no network: `now` and `rng` are arguments, bytes are moved by the host,
//! and durable state goes through two small traits ([`device::Storage`] and
//! [`sync::ItemStore`]). The rooms are drawn in `docs/ARCHITECTURE.md`; imports go down only.

pub mod answers;
pub mod id;
pub mod moment;
pub mod text;

pub mod item;
pub mod survey;
pub mod xpath;

pub mod form;
pub mod response;
pub mod sealed;
pub mod sync;

pub mod device;
pub mod indicator;
pub mod xform;
pub mod xlsform;

/// The page for analysts: its examples run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/INDICATORS.md")]
pub struct IndicatorsPage;

/// What may leave, for analysts: its examples run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/DISCLOSURE.md")]
pub struct DisclosurePage;
