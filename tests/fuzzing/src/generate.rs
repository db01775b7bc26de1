//! Expressions and small forms, made of bytes.

use tsumugi_core::{
    form::{
        Bind, Choice, ChoiceList, ChoiceSource, Control, DataType, FormDefinition, Group, Node, Question,
        Repeat, Start,
    },
    moment::Moment,
    text::Localized,
};

use crate::draw::Draw;

/// When and where each form is opened.
pub(crate) fn start() -> Start {
    Start {
        now: Moment::tokyo(1_795_388_709_120),
        seed: 7,
        device: None,
        language: "ja".to_owned(),
        properties: std::collections::BTreeMap::new(),
    }
}

/// An expression of at most `depth` levels over what `name` gives.
pub(crate) fn xpath(draw: &mut Draw<'_>, depth: usize, name: &dyn Fn(&mut Draw<'_>) -> String) -> String {
    if depth == 0 {
        return match draw.below(4) {
            0 => draw.pick(&["0", "1", "2.5", "''", "'a'", "'2026-11-26'", ".", "true()"]).to_owned(),
            _ => name(draw),
        };
    }
    let mut part = || xpath(draw, depth - 1, name);
    let (one, other) = (part(), part());
    match draw.below(16) {
        0 => format!("{one} and {other}"),
        1 => format!("{one} or not({other})"),
        2 => format!("{one} + {other}"),
        3 => format!("{one} div {other}"),
        4 => format!("if({one}, {other}, '')"),
        5 => format!("concat({one}, {other})"),
        6 => format!("sum({}) + count-non-empty({})", nodes(draw, name), nodes(draw, name)),
        7 => format!("count({}[. > 1])", nodes(draw, name)),
        8 => format!("coalesce({one}, {other})"),
        9 => format!("selected({one}, {other})"),
        10 => format!("round({one}, 1) mod {other}"),
        11 => format!("position(..) > {other}"),
        12 => format!("jr:choice-name({one}, '{}')", name(draw)),
        13 => format!("date({one}) < date({other})"),
        _ => format!("({one}) {} ({other})", draw.pick(&["=", "!=", "<", ">="])),
    }
}

/// A path, also where a name stands for none.
fn nodes(draw: &mut Draw<'_>, name: &dyn Fn(&mut Draw<'_>) -> String) -> String {
    let name = name(draw);
    if name.starts_with(['/', '$']) { name } else { "/data".to_owned() }
}

/// How many elements a form has, so that operations can name them.
pub(crate) const ELEMENTS: usize = 12;

/// A form of a dozen elements in groups and repeats, which read earlier ones.
pub(crate) fn definition(draw: &mut Draw<'_>) -> FormDefinition {
    let choice = |number: usize| Choice {
        name: number.to_string(),
        label: Localized::plain(format!("選択肢 {number}")),
        columns: [("kind".to_owned(), (number % 2).to_string())].into(),
        ..Choice::default()
    };
    let list = ChoiceList { items: (0..4).map(choice).collect(), ..ChoiceList::default() };
    let mut maker = Maker { draw, known: Vec::new(), made: 0 };
    FormDefinition {
        form_id: "fuzz".to_owned(),
        root: "data".to_owned(),
        nodes: maker.nodes("/data", 0),
        choices: [("l".to_owned(), list)].into(),
        ..FormDefinition::default()
    }
}

/// Makes the elements of a form.
struct Maker<'d, 'a> {
    draw: &'d mut Draw<'a>,
    /// Paths of the questions so far. What reads only these is no circle.
    known: Vec<String>,
    made: usize,
}

impl Maker<'_, '_> {
    fn nodes(&mut self, around: &str, depth: usize) -> Vec<Node> {
        let mut nodes = Vec::new();
        while self.made < ELEMENTS {
            let name = format!("q{}", self.made);
            let path = format!("{around}/{name}");
            let kind = self.draw.below(8);
            if kind == 3 && depth > 0 && !nodes.is_empty() {
                break;
            }
            self.made += 1;
            nodes.push(match kind {
                0 if depth < 3 => {
                    let bind = Bind { relevant: self.some(2), ..Bind::default() };
                    let children = self.nodes(&path, depth + 1);
                    Node::Group(Box::new(Group { name, bind, children, ..Group::default() }))
                }
                1 | 2 if depth < 3 => {
                    let bind = Bind { relevant: self.some(4), ..Bind::default() };
                    let count = self.some(4);
                    let children = self.nodes(&path, depth + 1);
                    Node::Repeat(Box::new(Repeat { name, bind, count, children, ..Repeat::default() }))
                }
                _ => {
                    let question = self.question(name);
                    self.known.push(path);
                    Node::Question(Box::new(question))
                }
            });
        }
        nodes
    }

    fn question(&mut self, name: String) -> Question {
        let bind = Bind {
            relevant: self.some(3),
            constraint: self.some(4),
            required: self.some(5),
            read_only: self.some(8),
            calculate: self.some(4),
            ..Bind::default()
        };
        let (data_type, control) = match self.draw.below(8) {
            0 => (DataType::String, Control::SelectOne),
            1 => (DataType::SelectMultiple, Control::SelectMultiple),
            2 => (DataType::Decimal, Control::Input),
            3 => (DataType::Date, Control::Input),
            4 => (DataType::String, Control::Input),
            _ => (DataType::Int, Control::Input),
        };
        let chosen = matches!(control, Control::SelectOne | Control::SelectMultiple);
        let choices = chosen.then(|| ChoiceSource {
            list: "l".to_owned(),
            filter: self.some(2).map(|value| format!("kind = {value}")),
            value: "name".to_owned(),
            label: "label".to_owned(),
            ..ChoiceSource::default()
        });
        let control = if bind.calculate.is_some() { Control::None } else { control };
        let label = Localized::plain(format!("質問 ${{{}}}", self.some(1).unwrap_or_default()));
        Question { name, data_type, control, label, bind, choices, ..Question::default() }
    }

    /// An expression over earlier questions about once in `many`.
    fn some(&mut self, many: usize) -> Option<String> {
        let known = &self.known;
        let any = |draw: &mut Draw<'_>| match known.get(draw.below(known.len())) {
            Some(path) => path.clone(),
            None => "1".to_owned(),
        };
        self.draw.one_in(many).then(|| xpath(self.draw, 2, &any))
    }
}
