//! Where the choices of a select come from, made ready to be computed.

use std::collections::BTreeMap;

use super::{
    ChoiceSource, Question,
    choose::{self, Filter, Items},
    compile::Draft,
    model::{Choices, FormulaId, ModelId, Role},
    template::Texts,
};
use crate::xpath::{Expr, LocationPath, Origin};

impl Draft {
    pub(super) fn choices(&mut self, id: ModelId, question: &Question) -> Option<Choices> {
        let source = question.choices.as_ref()?;
        let mut choices = named(source);
        let mut filter =
            source.filter.as_deref().and_then(|text| self.parse(id, Role::Filter, "choice_filter", text));
        let nodeset = source.nodeset.as_deref().and_then(|text| self.parse(id, Role::Nodeset, "type", text));
        if let Some(nodeset) = nodeset {
            let items = choose::split_nodeset(&nodeset).filter(|items| self.is_table(items, &choices));
            let is_list =
                items.as_ref().is_some_and(|items| self.definition.choices.contains_key(&items.list));
            if !is_list {
                choices.shown = self.shown(id, &nodeset, [&choices.value, &choices.label]);
                choices.nodeset = Some(self.add(id, Role::Nodeset, "type", nodeset));
            }
            if is_list && choices.label == "itextId" {
                choices.label_is_id = false;
            }
            if let Some(items) = items {
                choices.list = items.list;
                choices.rows_of = (!is_list).then_some(items.rows);
                choices.randomize |= items.randomize;
                choices.seed = items.seed.map(|seed| self.add(id, Role::Seed, "parameters", seed));
                filter = choose::both(items.filter, filter);
            }
        }
        if let Some(seed) = source.seed.as_deref() {
            choices.seed = self.formula(id, Role::Seed, "parameters", seed);
        }
        self.filter(id, &mut choices, filter);
        Some(choices)
    }

    /// Values and labels of items that are nodes of the form, as expressions that are only read.
    fn shown(&mut self, id: ModelId, nodeset: &Expr, paths: [&String; 2]) -> Vec<FormulaId> {
        let nodeset = match nodeset {
            Expr::Call(function, arguments) if function.name() == "randomize" => arguments.first(),
            other => Some(other),
        };
        let Some(Expr::Path(items)) = nodeset else { return Vec::new() };
        if matches!(items.origin, Origin::Expr(_)) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for path in paths {
            let Ok(Expr::Path(inner)) = Expr::parse(path) else { continue };
            let steps = items.steps.iter().cloned().chain(inner.steps).collect();
            let whole = Expr::Path(LocationPath { origin: items.origin.clone(), steps });
            found.push(self.add(id, Role::Nodeset, "type", whole));
        }
        found
    }

    fn filter(&mut self, id: ModelId, choices: &mut Choices, filter: Option<Expr>) {
        let Some(filter) = filter else { return };
        let Filter { equal, rest } = choose::split_filter(filter);
        let add = |(column, expr)| (column, self.add(id, Role::Filter, "choice_filter", expr));
        choices.equal = equal.into_iter().map(add).collect();
        choices.rest = rest.map(|expr| self.add_item_formula(id, expr));
    }

    /// True when the items are rows of a list whose columns hold value and label.
    fn is_table(&self, items: &Items, choices: &Choices) -> bool {
        let is_column = |path: &str| !path.contains(['/', '@']) && path != ".";
        let has_rows = !self.definition.choices.contains_key(&items.list)
            || (items.rows[0] == "root" && items.rows[1] == "item");
        has_rows && is_column(&choices.value) && is_column(&choices.label)
    }

    /// Parses the labels of choices that have outputs in them.
    pub(super) fn choice_texts(&mut self) -> BTreeMap<String, BTreeMap<u32, Texts>> {
        let mut found: BTreeMap<String, BTreeMap<u32, Texts>> = BTreeMap::new();
        let lists = std::mem::take(&mut self.definition.choices);
        for (name, list) in &lists {
            for (row, choice) in (0..).zip(&list.items) {
                if choice.label.0.values().any(|text| text.contains("${")) {
                    let texts = self.texts(ModelId::ROOT, "label", &choice.label);
                    found.entry(name.clone()).or_default().insert(row, texts);
                }
            }
        }
        self.definition.choices = lists;
        found
    }
}

fn named(source: &ChoiceSource) -> Choices {
    let or = |name: &str, other: &str| if name.is_empty() { other.to_owned() } else { name.to_owned() };
    let label = source.label.trim();
    let id = label.strip_prefix("jr:itext(").and_then(|rest| rest.strip_suffix(')')).map(str::trim);
    Choices {
        list: source.list.clone(),
        equal: Vec::new(),
        rest: None,
        nodeset: None,
        shown: Vec::new(),
        rows_of: None,
        value: or(source.value.trim(), "name"),
        label: or(id.unwrap_or(label), "label"),
        label_is_id: id.is_some(),
        randomize: source.randomize,
        seed: None,
    }
}
