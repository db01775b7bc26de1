//! Last wave's answers, as `instance('previous')/root/…` and beside each field.

use super::{
    entry::FormEntry,
    model::{Model, ModelId},
    place::PlaceId,
};
use crate::{
    answers::{Answers, Path, Value},
    xpath::{NodeId, Tree},
};

impl FormEntry {
    /// Gives last wave's answers, which `instance('previous')/root/…` and the screen show.
    pub fn set_previous(&mut self, previous: &Answers) {
        self.previous = previous.clone();
        let model = self.form.model().clone();
        let mut tree = Tree::new();
        let root = tree.append_element(NodeId::DOCUMENT, "root");
        fill(&model, previous, ModelId::ROOT, &Path::new(""), &mut tree, root);
        self.around.previous = Some(tree);
        for dependent in &model.graph.previous {
            self.wake(PlaceId::ROOT, dependent);
        }
        self.settle();
    }

    /// Last wave's answer to the question at `path`.
    pub(super) fn previous_at(&self, path: &Path) -> Option<&Value> {
        self.previous.get(path)
    }
}

/// Every question is there, empty where unknown, so that expressions need not ask.
fn fill(model: &Model, answers: &Answers, element: ModelId, path: &Path, tree: &mut Tree, node: NodeId) {
    for &child in &model.element(element).children {
        let this = model.element(child);
        let path = path.child(&this.name);
        if this.question().is_some() {
            let made = tree.append_element(node, &this.name);
            tree.set_text(made, &answers.get(&path).map(Value::to_string).unwrap_or_default());
        } else if this.is_repeat() {
            for id in instances(answers, &path) {
                let made = tree.append_element(node, &this.name);
                fill(model, answers, child, &path.child(&id), tree, made);
            }
        } else {
            let made = tree.append_element(node, &this.name);
            fill(model, answers, child, &path, tree, made);
        }
    }
}

fn instances(answers: &Answers, repeat: &Path) -> Vec<String> {
    let depth = repeat.segments().count();
    let prefix = format!("{repeat}/");
    let below =
        answers.0.range(Path::new(&prefix)..).take_while(|(path, _)| path.as_str().starts_with(&prefix));
    let mut ids: Vec<(f64, String)> = Vec::new();
    for (path, _) in below {
        let Some(id) = path.segments().nth(depth) else { continue };
        if ids.last().is_none_or(|(_, last)| last != id) {
            let order = match answers.get(&repeat.child(id)) {
                Some(Value::Decimal(order)) => *order,
                _ => f64::MAX,
            };
            ids.push((order, id.to_owned()));
        }
    }
    ids.sort_by(|left, right| left.0.total_cmp(&right.0));
    ids.into_iter().map(|(_, id)| id).collect()
}
