//! The `meta` block that OpenRosa gives every instance: its identifier, its name.
//!
//! Expressions may read it and a submission carries it, but it is no answer of anybody:
//! the identifier comes with the opening of the form and is not stored with the answers.

use super::{
    DataType, Question,
    compile::Draft,
    model::{Body, Element, FormulaId, ModelId, Role},
};

/// Name of the identifier of a response.
const INSTANCE_ID: &str = "instanceID";
/// Name of the label of a response.
const INSTANCE_NAME: &str = "instanceName";

/// Adds what the form does not write itself.
pub(super) fn add(draft: &mut Draft) {
    if omits_instance_id(draft) {
        return;
    }
    let prefix = draft.definition.settings.get("meta_prefix").filter(|prefix| !prefix.is_empty());
    let prefix = prefix.map_or(String::new(), |prefix| format!("{prefix}:"));
    let written = draft.children(ModelId::ROOT).iter().find(|id| local(draft.name(**id)) == "meta").copied();
    let block = written.unwrap_or_else(|| append(draft, ModelId::ROOT, &format!("{prefix}meta"), None));
    let block_prefix = draft.name(block).strip_suffix("meta").unwrap_or_default().to_owned();
    let standard: Vec<ModelId> =
        draft.children(block).iter().copied().filter(|&id| is_drawn(draft.element(id))).collect();
    draft.elements[block.index()].implicit = true;
    for id in standard {
        draft.elements[id.index()].implicit = true;
    }
    for (name, wanted) in [(INSTANCE_ID, true), (INSTANCE_NAME, draft.definition.instance_name.is_some())] {
        let there = draft.children(block).iter().any(|id| local(draft.name(*id)) == name);
        if wanted && !there {
            let id = append(draft, block, &format!("{block_prefix}{name}"), Some(Question::default()));
            // So the writer binds it; a form that has no block says nothing of it.
            if written.is_none() && !draft.definition.settings.contains_key("meta_prefix") {
                let read_only = draft.formula(id, Role::ReadOnly, "read_only", "true()");
                draft.elements[id.index()].formulas.read_only = read_only;
            }
        }
    }
}

/// Lets the implicit `instanceName` be computed by the form's `instance_name`.
pub(super) fn name_instance(draft: &mut Draft, formula: Option<FormulaId>) {
    let named = |element: &&mut Element| element.implicit && local(&element.name) == INSTANCE_NAME;
    if let Some(element) = draft.elements.iter_mut().find(named) {
        element.formulas.calculate = formula;
    }
}

/// True for the identifier that comes with the opening of the form.
pub(super) fn is_instance_id(element: &Element) -> bool {
    element.implicit && local(&element.name) == INSTANCE_ID
}

/// True for an identifier of the form that every opening draws anew.
fn is_drawn(element: &Element) -> bool {
    let Some(question) = element.question().filter(|_| local(&element.name) == INSTANCE_ID) else {
        return false;
    };
    let preloads = question.bind.preload.as_ref().is_some_and(|(kind, _)| kind == "uid");
    let calculate = question.bind.calculate.as_deref().map(|text| text.replace(' ', ""));
    match calculate.as_deref() {
        Some(calculate) => calculate == "concat('uuid:',uuid())",
        None => preloads,
    }
}

/// A name without its prefix.
pub(super) fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

fn omits_instance_id(draft: &Draft) -> bool {
    let mut settings = draft.definition.settings.iter();
    settings.any(|(name, value)| {
        name.eq_ignore_ascii_case("omit_instanceid")
            && matches!(value.to_lowercase().as_str(), "yes" | "true" | "true()")
    })
}

fn append(draft: &mut Draft, parent: ModelId, name: &str, question: Option<Question>) -> ModelId {
    let id = ModelId(u32::try_from(draft.elements.len()).unwrap_or(u32::MAX));
    let path = draft.element(parent).path.child(name);
    let body = match question {
        Some(question) => Body::Question(Box::new(Question {
            name: name.to_owned(),
            data_type: DataType::String,
            ..question
        })),
        None => Body::Group(Vec::new()),
    };
    let mut element = Element::new(name.to_owned(), path.clone(), parent, body);
    element.ordinal = draft.children(parent).len();
    element.implicit = true;
    draft.elements.push(element);
    draft.elements[parent.index()].children.push(id);
    draft.by_path.insert(path.as_str().to_owned(), id);
    id
}
