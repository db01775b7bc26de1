//! The language in which a form is filled.

use super::{entry::FormEntry, place::PlaceId};

impl FormEntry {
    /// Changes the language in which calculations read texts (`jr:itext`, `jr:choice-name`) and
    /// messages are written.
    pub fn set_language(&mut self, language: &str) {
        if self.around.language == language {
            return;
        }
        language.clone_into(&mut self.around.language);
        let model = self.form.model().clone();
        for dependent in &model.graph.language {
            self.wake(PlaceId::ROOT, dependent);
        }
        self.settle();
    }
}
