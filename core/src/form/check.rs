//! Says what is wrong with a form: every issue at once, with its place and a remedy.

use std::collections::HashSet;

use super::{
    Control, DataType, FormIssue, Severity,
    compile::Draft,
    graph::Cycle,
    model::{Body, ModelId, Role},
    read::Unknown,
    typed::TypeRule,
};
use crate::{
    answers::Path,
    text::Localized,
    xpath::{Expr, LocationPath, NameTest, NodeTest, Operator, Origin, ParseError, Visitor, walk},
};

/// The wording of an issue.
struct Words {
    code: &'static str,
    what: [String; 2],
    remedy: [&'static str; 2],
    severity: Severity,
}

impl Draft {
    fn report(&mut self, path: Path, column: &str, words: Words) {
        let localized = |[ja, en]: [&str; 2]| Localized::of([("ja", ja), ("en", en)]);
        let issue = FormIssue {
            path,
            column: column.to_owned(),
            code: words.code.to_owned(),
            what: localized([&words.what[0], &words.what[1]]),
            remedy: localized(words.remedy),
            severity: words.severity,
        };
        // A trigger or a label in two languages may hold the same mistake twice.
        if !self.issues.contains(&issue) {
            self.issues.push(issue);
        }
    }

    fn path(&self, id: ModelId) -> Path {
        self.element(id).path.clone()
    }
}

pub(super) fn report_parse(draft: &mut Draft, owner: ModelId, role: Role, column: &str, error: &ParseError) {
    let explained = error.explain();
    let column = if role == Role::Output { column } else { role.column() };
    let words = Words {
        code: "expression",
        what: [explained.get("ja").to_owned(), explained.get("en").to_owned()],
        remedy: ["式を直してください。", "Correct the expression."],
        // A text for people stays readable without one of its outputs.
        severity: if role == Role::Output { Severity::Warning } else { Severity::Error },
    };
    draft.report(draft.path(owner), column, words);
}

pub(super) fn report_double(draft: &mut Draft, path: &Path) {
    let name = path.name();
    let words = Words {
        code: "double-name",
        what: [
            format!("「{name}」という名前が同じ所に二つあります。"),
            format!("the name `{name}` is used twice here"),
        ],
        remedy: ["どちらかの名前を変えてください。", "Rename one of them."],
        severity: Severity::Error,
    };
    draft.report(path.clone(), "name", words);
}

pub(super) fn report_unknown(draft: &mut Draft, owner: ModelId, column: &str, unknown: &Unknown) {
    let (code, name, near) = match unknown {
        Unknown::Name { name, .. } => {
            let names = draft.elements.iter().map(|element| element.name.as_str());
            ("unknown-name", name.clone(), nearest(name, names))
        }
        Unknown::Instance(id) => {
            let definition = &draft.definition;
            let names = definition
                .choices
                .keys()
                .chain(definition.instances.keys())
                .chain(definition.external.keys());
            ("unknown-instance", id.clone(), nearest(id, names.map(String::as_str)))
        }
    };
    let near = near.map_or([String::new(), String::new()], |near| {
        [format!("(近い名前: {near})"), format!("; did you mean `{near}`?")]
    });
    let what = if code == "unknown-name" {
        [
            format!("「{name}」という質問がありません{}", near[0]),
            format!("there is no question `{name}`{}", near[1]),
        ]
    } else {
        [
            format!("「{name}」というリストがありません{}", near[0]),
            format!("there is no list `{name}`{}", near[1]),
        ]
    };
    let remedy = ["綴りを確かめてください。", "Check the spelling."];
    // An unknown name is an empty node set, as in every client of ODK; an unknown list is not.
    let lenient = draft.definition.lenient || code == "unknown-name";
    let severity = if lenient { Severity::Warning } else { Severity::Error };
    draft.report(draft.path(owner), column, Words { code, what, remedy, severity });
}

pub(super) fn report_cycle(draft: &mut Draft, cycle: &Cycle) {
    let Some(&(first, column)) = cycle.through.first() else { return };
    let mut names: Vec<&str> = cycle.through.iter().map(|(id, _)| draft.name(*id)).collect();
    names.push(draft.name(first));
    names.dedup();
    let chain = names.join(" → ");
    let words = if cycle.hard {
        Words {
            code: "cycle",
            what: [
                format!("計算がひとまわりしています: {chain}"),
                format!("values depend on themselves: {chain}"),
            ],
            remedy: [
                "どれかの式から、この輪の中の質問を外してください。",
                "Take a question of this circle out of one of the expressions.",
            ],
            severity: Severity::Error,
        }
    } else {
        Words {
            code: "relevance-cycle",
            what: [
                format!("表示の条件がひとまわりしています: {chain}"),
                format!("relevance depends on itself: {chain}"),
            ],
            remedy: [
                "答える順番で結果が変わります。どれかの条件を見直してください。",
                "The result depends on the order of answers. Review one of the conditions.",
            ],
            severity: Severity::Warning,
        }
    };
    draft.report(draft.path(first), column, words);
}

/// What needs no evaluation: lists that are missing, defaults of the wrong type.
pub(super) fn check(draft: &mut Draft) {
    let ids: Vec<ModelId> = (0..).map(ModelId).take(draft.elements.len()).collect();
    for id in ids {
        check_choices(draft, id);
        check_default(draft, id);
        check_messages(draft, id);
    }
    check_lists(draft);
}

fn check_choices(draft: &mut Draft, id: ModelId) {
    let element = draft.element(id);
    let Some(question) = element.question() else { return };
    let asks = matches!(question.control, Control::SelectOne | Control::SelectMultiple | Control::Rank);
    let known = match &element.choices {
        Some(choices) => choices.nodeset.is_some() || draft.has_instance(&choices.list),
        None => !asks,
    };
    if !known {
        let list = element.choices.as_ref().map(|choices| choices.list.clone()).unwrap_or_default();
        let near = nearest(&list, draft.definition.choices.keys().map(String::as_str));
        let (ja, en) = near.map_or((String::new(), String::new()), |near| {
            (format!("(近い名前: {near})"), format!("; did you mean `{near}`?"))
        });
        let words = Words {
            code: "unknown-list",
            what: [
                format!("選択肢のリスト「{list}」がありません{ja}"),
                format!("there is no choice list `{list}`{en}"),
            ],
            remedy: ["choicesシートにリストを書いてください。", "Write the list in the choices sheet."],
            severity: Severity::Error,
        };
        draft.report(draft.path(id), "type", words);
    }
}

fn check_default(draft: &mut Draft, id: ModelId) {
    let Some(question) = draft.element(id).question() else { return };
    let Some(default) = question.default.as_deref() else { return };
    if TypeRule::of(question, 0).read(default).is_ok() {
        return;
    }
    let words = Words {
        code: "default",
        what: [
            "既定値がこの質問の型に合いません。".to_owned(),
            "the default is not of the question's type".to_owned(),
        ],
        remedy: ["型に合う値にしてください。", "Write a value of the type."],
        // It is kept as it is, and told again when the form is filled.
        severity: Severity::Warning,
    };
    draft.report(draft.path(id), "default", words);
}

fn check_messages(draft: &mut Draft, id: ModelId) {
    let element = draft.element(id);
    if element.formulas.constraint.is_none() || !element.constraint_message.is_empty() {
        return;
    }
    let words = Words {
        code: "no-constraint-message",
        what: ["constraint_message がありません。".to_owned(), "there is no constraint_message".to_owned()],
        remedy: [
            "何を直せばよいかを回答者に伝える文を書いてください。",
            "Tell the respondent what to correct.",
        ],
        severity: Severity::Warning,
    };
    draft.report(draft.path(id), "constraint_message", words);
}

fn check_lists(draft: &mut Draft) {
    let mut doubles = Vec::new();
    for (name, list) in &draft.definition.choices {
        let mut seen = HashSet::new();
        doubles.extend(
            list.items
                .iter()
                .filter(|item| !seen.insert(&item.name))
                .map(|item| (name.clone(), item.name.clone())),
        );
    }
    for (list, choice) in doubles {
        let words = Words {
            code: "double-choice",
            what: [
                format!("リスト「{list}」に「{choice}」が二つあります。"),
                format!("the list `{list}` has the choice `{choice}` twice"),
            ],
            remedy: ["どちらかの値を変えてください。", "Change one of the values."],
            severity: Severity::Warning,
        };
        draft.report(Path::new(""), "choices", words);
    }
}

/// Warns of comparisons with a choice that the list does not have.
pub(super) fn look_at(draft: &mut Draft, owner: ModelId, column: &str, expr: &Expr) {
    let mut compared = Compared(Vec::new());
    walk(expr, &mut compared);
    for (path, choice) in compared.0 {
        let Some(list) = static_list(draft, owner, &path) else { continue };
        let Some(items) = draft.definition.choices.get(&list).map(|list| &list.items) else { continue };
        if choice.is_empty() || items.iter().any(|item| item.name == choice) {
            continue;
        }
        let near = nearest(&choice, items.iter().map(|item| item.name.as_str()));
        let (ja, en) = near.map_or((String::new(), String::new()), |near| {
            (format!("(近い名前: {near})"), format!("; did you mean `{near}`?"))
        });
        let words = Words {
            code: "unknown-choice",
            what: [
                format!("リスト「{list}」に「{choice}」という選択肢がありません{ja}"),
                format!("the list `{list}` has no choice `{choice}`{en}"),
            ],
            remedy: [
                "この条件は成り立ちません。値を確かめてください。",
                "This is never true. Check the value.",
            ],
            severity: Severity::Warning,
        };
        draft.report(draft.path(owner), column, words);
    }
}

/// Paths that are compared with a text.
struct Compared(Vec<(LocationPath, String)>);

impl Visitor for Compared {
    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Chain(left, rest) => {
                for (operator, right) in rest {
                    if let (Operator::Equal | Operator::NotEqual, Expr::Path(path), Expr::Text(text)) =
                        (operator, left.as_ref(), right)
                    {
                        self.0.push((path.clone(), text.to_string()));
                    }
                }
            }
            Expr::Call(function, arguments) if function.name() == "selected" => {
                if let [Expr::Path(path), Expr::Text(text)] = arguments.as_slice() {
                    self.0.push((path.clone(), text.to_string()));
                }
            }
            _ => {}
        }
    }
}

/// The list of the question at a plain absolute or sibling path.
fn static_list(draft: &Draft, owner: ModelId, path: &LocationPath) -> Option<String> {
    let mut at = match path.origin {
        Origin::Root => None,
        Origin::Context => Some(owner),
        Origin::Expr(_) => return None,
    };
    for step in &path.steps {
        at = match (&step.test, at) {
            (NodeTest::Node, Some(id)) if step.axis == crate::xpath::Axis::Parent => Some(draft.parent(id)),
            (NodeTest::Node, at) => at,
            (NodeTest::Name(NameTest::Named { .. }), None) => Some(ModelId::ROOT),
            (NodeTest::Name(NameTest::Named { local, .. }), Some(id)) => {
                Some(*draft.children(id).iter().find(|child| draft.name(**child) == &**local)?)
            }
            _ => return None,
        };
    }
    let Body::Question(question) = &draft.element(at?).body else { return None };
    let closed = matches!(question.data_type, DataType::String | DataType::SelectMultiple);
    question.choices.as_ref().filter(|_| closed).map(|source| source.list.clone())
}

/// The known name that is most like `name`, when it is like it at all.
fn nearest(name: &str, known: impl Iterator<Item = impl AsRef<str>>) -> Option<String> {
    let most = (name.chars().count() / 3).max(1);
    known
        .map(|other| (distance(name, other.as_ref()), other.as_ref().to_owned()))
        .filter(|(distance, other)| *distance <= most && !other.is_empty())
        .min()
        .map(|(_, other)| other)
}

/// The edit distance of Levenshtein.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, l) in left.chars().enumerate() {
        let mut diagonal = at;
        row[0] = at + 1;
        for (column, r) in right.iter().enumerate() {
            let best = if l == *r { diagonal } else { 1 + diagonal.min(row[column]).min(row[column + 1]) };
            diagonal = row[column + 1];
            row[column + 1] = best;
        }
    }
    row[right.len()]
}
