//! The words for what an expression reads: values, structures, places, and what is no answer.

use super::model::ModelId;

/// What an expression reads of the form.
#[derive(Debug, Default)]
pub(super) struct Reads {
    /// Questions whose value is read.
    pub(super) values: Vec<Read>,
    /// Repeats whose number of instances is read.
    pub(super) structures: Vec<Read>,
    /// Repeats around the owner whose instance's place among its siblings is read.
    pub(super) positions: Vec<ModelId>,
    /// What is read besides answers.
    pub(super) volatile: Vec<Volatile>,
    /// What `$0`, `$1`, … in the expression stand for.
    pub(super) slots: Vec<Slot>,
}

/// Elements that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) target: ModelId,
    /// The deepest element on the way that is the same for the owner, whatever repeats hold.
    pub(super) anchor: ModelId,
    /// A predicate or an index chooses among instances.
    pub(super) chosen: bool,
}

/// What a slot stands for, seen from the owner of the expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// The one place of an element.
    Place(ModelId),
    /// The place of the repeat instance around the owner among its siblings, from 1.
    Position(ModelId),
    /// The sum of all places of an element below the one place of another.
    Sum {
        /// What is added up.
        element: ModelId,
        /// What is the same for the owner, whatever repeats hold.
        anchor: ModelId,
    },
    /// How many instances a repeat has whose surroundings are one place for the owner.
    Count(ModelId),
}

/// What an expression reads besides answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Volatile {
    /// `now()`, `today()`.
    Clock,
    /// `random()`, `uuid()`, `randomize()` without a seed.
    Random,
    /// `once()`.
    Once,
    /// Last wave's answers.
    Previous,
    /// A text in the language that is shown.
    Language,
}

/// A name in an expression that the form does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unknown {
    /// An element, with where it was looked for.
    Name { name: String, below: ModelId },
    /// A secondary instance.
    Instance(String),
}
