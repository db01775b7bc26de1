//! Short words for forms in tests.

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;

use crate::{
    answers::{Path, Value},
    form::*,
    moment::Moment,
    text::Localized,
};

/// 2026-11-22T10:52:00+09:00
pub(super) const NOW: Moment = Moment::tokyo(1_795_312_320_000);

pub(super) fn start() -> Start {
    Start {
        now: NOW,
        seed: 7,
        device: Some("T-07".to_owned()),
        properties: std::collections::BTreeMap::new(),
        language: "en".to_owned(),
    }
}

pub(super) fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn question(name: &str, data_type: DataType, control: Control) -> Question {
    Question {
        name: name.to_owned(),
        data_type,
        control,
        label: Localized::plain(name),
        ..Question::default()
    }
}

pub(super) fn int(name: &str) -> Question {
    question(name, DataType::Int, Control::Input)
}

pub(super) fn decimal(name: &str) -> Question {
    question(name, DataType::Decimal, Control::Input)
}

pub(super) fn text(name: &str) -> Question {
    question(name, DataType::String, Control::Input)
}

pub(super) fn note(name: &str) -> Question {
    question(name, DataType::String, Control::Note)
}

pub(super) fn calculate(name: &str, expression: &str) -> Question {
    question(name, DataType::String, Control::None).with(|q| q.bind.calculate = Some(expression.to_owned()))
}

pub(super) fn one(name: &str, list: &str) -> Question {
    select(question(name, DataType::String, Control::SelectOne), list)
}

pub(super) fn several(name: &str, list: &str) -> Question {
    select(question(name, DataType::SelectMultiple, Control::SelectMultiple), list)
}

fn select(question: Question, list: &str) -> Question {
    question.with(|q| q.choices = Some(ChoiceSource { list: list.to_owned(), ..ChoiceSource::default() }))
}

impl Question {
    pub(super) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(super) fn relevant(self, expression: &str) -> Self {
        self.with(|q| q.bind.relevant = Some(expression.to_owned()))
    }

    pub(super) fn constraint(self, expression: &str, message: &str) -> Self {
        self.with(|q| {
            q.bind.constraint = Some(expression.to_owned());
            q.bind.constraint_message = Localized::plain(message);
        })
    }

    pub(super) fn required(self) -> Self {
        self.with(|q| q.bind.required = Some("true()".to_owned()))
    }

    pub(super) fn filter(self, expression: &str) -> Self {
        self.with(|q| {
            if let Some(choices) = &mut q.choices {
                choices.filter = Some(expression.to_owned());
            }
        })
    }

    pub(super) fn label(self, label: &str) -> Self {
        self.with(|q| q.label = Localized::plain(label))
    }
}

impl From<Question> for Node {
    fn from(question: Question) -> Self {
        Self::Question(Box::new(question))
    }
}

pub(super) fn group(name: &str, children: Vec<Node>) -> Node {
    group_when(name, None, children)
}

pub(super) fn group_when(name: &str, relevant: Option<&str>, children: Vec<Node>) -> Node {
    let bind = Bind { relevant: relevant.map(str::to_owned), ..Bind::default() };
    let label = Localized::plain(name);
    Node::Group(Box::new(Group { name: name.to_owned(), label, bind, children, ..Group::default() }))
}

pub(super) fn repeat(name: &str, children: Vec<Node>) -> Node {
    Node::Repeat(Box::new(Repeat { name: name.to_owned(), children, ..Repeat::default() }))
}

pub(super) fn counted(name: &str, count: &str, children: Vec<Node>) -> Node {
    let count = Some(count.to_owned());
    Node::Repeat(Box::new(Repeat { name: name.to_owned(), count, children, ..Repeat::default() }))
}

/// A list of choices, each with columns.
pub(super) fn list(items: &[(&str, &[(&str, &str)])]) -> ChoiceList {
    let choice = |(name, columns): &(&str, &[(&str, &str)])| Choice {
        name: (*name).to_owned(),
        label: Localized::plain(format!("The {name}")),
        columns: columns.iter().map(|(column, cell)| ((*column).to_owned(), (*cell).to_owned())).collect(),
        ..Choice::default()
    };
    ChoiceList { items: items.iter().map(choice).collect(), ..ChoiceList::default() }
}

pub(super) fn definition(nodes: Vec<Node>) -> FormDefinition {
    let yes_no = list(&[("yes", &[]), ("no", &[]), ("na", &[])]);
    FormDefinition {
        form_id: "story".to_owned(),
        root: "data".to_owned(),
        default_language: "en".to_owned(),
        choices: [("yes_no".to_owned(), yes_no)].into(),
        nodes,
        ..FormDefinition::default()
    }
}

pub(super) fn compile(definition: FormDefinition) -> Form {
    match Form::compile(definition) {
        Ok(form) => form,
        Err(issues) => panic!("{issues:#?}"),
    }
}

pub(super) fn open(nodes: Vec<Node>) -> FormEntry {
    FormEntry::new(compile(definition(nodes)), &start())
}

/// The codes of all issues of a form, with their paths.
pub(super) fn issues(definition: FormDefinition) -> Vec<(String, String)> {
    let issues = match Form::compile(definition) {
        Ok(form) => form.warnings().to_vec(),
        Err(issues) => issues,
    };
    issues.into_iter().map(|issue| (issue.code, format!("{}:{}", issue.path, issue.column))).collect()
}

impl FormEntry {
    pub(super) fn type_in(&mut self, path: &str, text: &str) {
        if let Err(refused) = self.set_text(&Path::new(path), text) {
            panic!("{refused}");
        }
    }

    pub(super) fn refusal(&mut self, path: &str, text: &str) -> Option<RefusedReason> {
        self.set_text(&Path::new(path), text).err().map(|refused| refused.reason)
    }

    pub(super) fn add(&mut self, repeat: &str, seed: u64) -> Path {
        match self.add_repeat(&Path::new(repeat), &mut rng(seed)) {
            Ok(path) => path,
            Err(refused) => panic!("{refused}"),
        }
    }

    /// The value as text; empty where there is none.
    pub(super) fn at(&self, path: &str) -> String {
        self.value(&Path::new(path)).as_ref().map(Value::to_string).unwrap_or_default()
    }

    pub(super) fn asks(&self, path: &str) -> bool {
        self.is_relevant(&Path::new(path))
    }

    pub(super) fn question_view(&self, path: &str) -> QuestionView {
        fn find(elements: &[Element], path: &str) -> Option<QuestionView> {
            elements.iter().find_map(|element| match element {
                Element::Question(view) => (view.path.as_str() == path).then(|| (**view).clone()),
                Element::Group(view) => find(&view.elements, path),
                Element::Repeat(view) => {
                    view.instances.iter().find_map(|instance| find(&instance.elements, path))
                }
            })
        }
        let screen = self.screen("en");
        let view = screen.sections.iter().find_map(|section| find(&section.elements, path));
        view.unwrap_or_else(|| panic!("`{path}` is not on the screen"))
    }

    pub(super) fn offered(&self, path: &str) -> Vec<String> {
        self.question_view(path).choices.into_iter().map(|choice| choice.value).collect()
    }
}
