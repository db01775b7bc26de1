//! Actions: what sets a value once, when something happens.

use super::{
    Event, check,
    compile::Draft,
    model::{ModelId, Role, Trigger},
    read::Unknown,
};

impl Draft {
    /// Compiles the actions of all questions and hangs them up where their events happen.
    pub(super) fn add_actions(&mut self) {
        let ids: Vec<ModelId> = (0..).map(ModelId).take(self.elements.len()).collect();
        for id in ids {
            let actions = self.element(id).question().map(|question| question.actions.clone());
            for action in actions.unwrap_or_default() {
                let source = Some(action.value.as_str()).filter(|value| !value.trim().is_empty());
                let formula = source.and_then(|value| self.formula(id, Role::Action, "trigger", value));
                if source.is_some() && formula.is_none() {
                    continue;
                }
                let nodes = action.nodes.as_deref();
                let nodes = nodes.and_then(|nodes| self.formula(id, Role::Action, "trigger", nodes));
                for event in action.events {
                    match event {
                        Event::ValueChanged => {
                            self.hang_up(Trigger { target: id, formula, nodes }, &action.source);
                        }
                        _ => self.elements[id.index()].actions.push((event, formula)),
                    }
                }
            }
        }
    }

    fn hang_up(&mut self, trigger: Trigger, source: &str) {
        match self.find_absolute(source) {
            Some(source) => self.elements[source.index()].triggers.push(trigger),
            None => {
                let unknown = Unknown::Name { name: source.to_owned(), below: ModelId::ROOT };
                check::report_unknown(self, trigger.target, "trigger", &unknown);
            }
        }
    }

    /// The element at `/data/group/question`.
    pub(super) fn find_absolute(&self, path: &str) -> Option<ModelId> {
        let path = path.trim().trim_start_matches("${").trim_end_matches('}').trim_start_matches('/');
        let root = format!("{}/", self.element(ModelId::ROOT).name);
        self.by_path.get(path.strip_prefix(&root).unwrap_or(path)).copied()
    }
}
