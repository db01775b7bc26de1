//! Sums over all instances of a repeat, kept in step with every change.

use std::collections::HashMap;

use super::{
    model::{Model, ModelId},
    place::{PlaceId, Places},
};
use crate::xpath::{Sum, text_to_number};

/// Sums by the place below which the parts stand, and their element.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums(HashMap<(PlaceId, ModelId), Sum>);

impl Places {
    /// Puts the text of a question where expressions read it.
    pub(super) fn set_text(&mut self, model: &Model, id: PlaceId, text: &str) {
        if model.is_summed(self.get(id).element) {
            self.count_text(model, id, false);
        }
        let node = self.get(id).node;
        self.tree.set_text(node, text);
        if model.is_summed(self.get(id).element) {
            self.count_text(model, id, true);
        }
    }

    /// Adds the text at a place to the sums that it is part of, or takes it away.
    pub(super) fn count_text(&mut self, model: &Model, id: PlaceId, add: bool) {
        let place = self.get(id);
        let element = place.element;
        // As for any path, what is not relevant is not there.
        if !place.relevant {
            return;
        }
        let number = text_to_number(&self.tree.text(place.node), self.offset_minutes);
        for &anchor in model.summed_below(element) {
            let around = self.upwards(id).find(|&at| self.get(at).element == anchor);
            let Some(around) = around else { continue };
            let sum = self.sums.0.entry((around, element)).or_default();
            if add { sum.add(number) } else { sum.take(number) }
        }
    }

    /// The sum of all places of `element` below `anchor`; `None` when it must be added up anew.
    pub(super) fn sum(&self, anchor: PlaceId, element: ModelId) -> Option<f64> {
        self.sums.0.get(&(anchor, element)).map_or(Some(0.0), Sum::value)
    }

    /// Adds the parts up one after the other, as they stand in the document.
    pub(super) fn add_up(&self, model: &Model, anchor: PlaceId, element: ModelId) -> f64 {
        let number = |id: PlaceId| text_to_number(&self.tree.text(self.get(id).node), self.offset_minutes);
        let relevant = |id: &PlaceId| self.get(*id).relevant;
        self.all_of(model, anchor, element).into_iter().filter(relevant).map(number).sum()
    }

    /// Forgets the sums below a place that is removed.
    pub(super) fn forget_sums(&mut self, id: PlaceId) {
        if !self.sums.0.is_empty() {
            self.sums.0.retain(|(anchor, _), _| *anchor != id);
        }
    }
}
