//! From the outline to the elements of a form: cells become binds, labels and defaults.

use std::collections::BTreeMap;

use super::{
    appearance,
    choices::Lists,
    expression::is_dynamic,
    finding::{At, Report},
    header::{MEDIA, Record, TRANSLATED},
    kinds::{Container, Plain, Select, TypeWord, built_in},
    languages::Languages,
    outline::Outline,
    parameters,
    reference::{Dangling, Scope},
    settings::{is_no, is_yes},
};
use crate::{
    form::{Bind, Control, DataType, Group, Node, Question, Repeat, RepeatInstance},
    text::Localized,
};

/// Builds nodes from the outline.
pub(super) struct Builder<'a> {
    pub(super) outline: &'a Outline,
    pub(super) lists: &'a Lists,
    pub(super) languages: &'a Languages,
    pub(super) report: &'a mut Report,
    /// Instances that are read from files.
    pub(super) external: BTreeMap<String, String>,
    /// Lists of the sheet `external_choices`.
    pub(super) external_lists: &'a Lists,
    /// Lists of the sheet `entities`.
    pub(super) entity_lists: Vec<String>,
}

impl Builder<'_> {
    /// The nodes below `parent`, or at the top.
    pub(super) fn nodes(&mut self, parent: Option<usize>) -> Vec<Node> {
        let outline = self.outline;
        outline.children(parent).iter().filter_map(|index| self.node(*index)).collect()
    }

    fn node(&mut self, index: usize) -> Option<Node> {
        let element = self.outline.elements.get(index)?;
        let (name, record) = (element.name.clone(), &element.record);
        match &element.word {
            TypeWord::Begin(Container::Repeat) => Some(Node::Repeat(Box::new(Repeat {
                name,
                label: self.texts(index, record, "label"),
                bind: self.bind(index, record),
                count: self.expression(record, "repeat_count", scope(index)),
                // As every ODK client does, a form begins with one instance to fill.
                fixed: false,
                starts_with: vec![RepeatInstance::default()],
                appearance: words(record.text("appearance")),
                extra: self.extra(index, record),
                children: self.nodes(Some(index)),
            }))),
            TypeWord::Begin(_) => {
                if element.children.is_empty() {
                    self.warn_empty(record);
                }
                Some(Node::Group(Box::new(Group {
                    name,
                    label: self.texts(index, record, "label"),
                    bind: self.bind(index, record),
                    appearance: words(record.text("appearance")),
                    extra: self.extra(index, record),
                    children: self.nodes(Some(index)),
                })))
            }
            TypeWord::Select(select) => Some(self.select(index, record, select)),
            TypeWord::Plain(plain) => Some(self.plain(index, record, *plain)),
            TypeWord::External(kind) => {
                let folder = if *kind == "csv" { "file-csv" } else { "file" };
                self.bring_in(&record.at("name"), &name, format!("jr://{folder}/{name}.{kind}"));
                None
            }
            TypeWord::End(_) | TypeWord::Setting(_) => None,
        }
    }

    fn warn_empty(&mut self, record: &Record) {
        self.report.warn(
            "group-empty",
            &At::row(&record.sheet, record.row),
            ["グループの中に質問がありません", "the group holds no question"],
            ["質問を入れるか、グループを消してください", "put a question into it or remove it"],
        );
    }

    fn plain(&mut self, index: usize, record: &Record, plain: Plain) -> Node {
        let given = parameters::of_row(record, self.report);
        parameters::check_plain(plain, &given, record, self.report);
        let mut question = self.question(index, record, given);
        question.data_type = plain.data;
        question.control = plain.control;
        question.bind.preload = plain.preload.map(|(kind, word)| (kind.to_owned(), word.to_owned()));
        if let Some(media) = plain.media {
            question.extra.entry("body::mediatype".to_owned()).or_insert_with(|| media.to_owned());
        }
        if let Some((constraint, hint)) = built_in(plain.word) {
            question.bind.constraint.get_or_insert_with(|| constraint.to_owned());
            if question.hint.is_empty() && !hint.is_empty() {
                question.hint =
                    Localized(BTreeMap::from([(self.languages.unnamed.clone(), hint.to_owned())]));
            }
        }
        match plain.word {
            "range" => self.range(record, &mut question),
            "geopoint" | "geotrace" | "geoshape" => self.places(index, record, &mut question),
            "background-geopoint" => self.check_sensor(record, &question),
            _ => {}
        }
        if let Some(data) = question.extra.get("bind::type").and_then(|word| data_type(word)) {
            question.data_type = data;
            question.extra.remove("bind::type");
        }
        if plain.word == "osm" {
            self.tags(record, &mut question);
        }
        self.check_visible(record, &question, plain.word);
        Node::Question(Box::new(question))
    }

    fn select(&mut self, index: usize, record: &Record, select: &Select) -> Node {
        let given = parameters::of_row(record, self.report);
        let source = self.choice_source(index, record, select, &given);
        let mut question = self.question(index, record, given);
        question.control = select.control;
        question.data_type = match select.control {
            Control::SelectMultiple => DataType::SelectMultiple,
            Control::Rank => DataType::Rank,
            _ => DataType::String,
        };
        question.choices = Some(source);
        if select.external {
            // The word of ODK's clients, which search the list where it lies instead of loading it.
            question.extra.insert("query".to_owned(), select.list.clone());
        }
        if question.name.starts_with("reserved_name_for_field_list_labels_") {
            return Node::Question(Box::new(question));
        }
        self.check_visible(record, &question, "select");
        Node::Question(Box::new(question))
    }

    /// What all questions have.
    fn question(&mut self, index: usize, record: &Record, given: BTreeMap<String, String>) -> Question {
        appearance::check(record, self.report);
        let media = MEDIA
            .iter()
            .map(|kind| ((*kind).to_owned(), self.texts(index, record, kind)))
            .filter(|(_, texts)| !texts.is_empty())
            .collect();
        let mut question = Question {
            name: self.outline.elements.get(index).map(|element| element.name.clone()).unwrap_or_default(),
            xls_type: record.text("type").split_whitespace().collect::<Vec<_>>().join(" "),
            label: self.texts(index, record, "label"),
            hint: self.texts(index, record, "hint"),
            guidance: self.texts(index, record, "guidance_hint"),
            media,
            bind: self.bind(index, record),
            triggers: self.triggers(record),
            actions: Vec::new(),
            appearance: words(record.text("appearance")),
            parameters: given,
            extra: self.extra(index, record),
            ..Question::default()
        };
        self.default(index, record, &mut question);
        question
    }

    fn default(&mut self, index: usize, record: &Record, question: &mut Question) {
        let text = record.text("default").trim();
        if text.is_empty() {
            return;
        }
        if is_dynamic(text, record.text("type").trim()) {
            question.dynamic_default = self.expression(record, "default", scope(index));
        } else {
            question.default = Some(text.to_owned());
        }
    }

    fn bind(&mut self, index: usize, record: &Record) -> Bind {
        let scope = scope(index);
        Bind {
            relevant: self.condition(record, "relevant", scope),
            constraint: self.condition(record, "constraint", scope),
            constraint_message: self.texts(index, record, "constraint_message"),
            required: self.condition(record, "required", scope),
            required_message: self.texts(index, record, "required_message"),
            read_only: self.condition(record, "read_only", scope),
            calculate: self.condition(record, "calculation", scope),
            preload: None,
        }
    }

    /// An expression in which `yes` and `no` are also understood.
    fn condition(&mut self, record: &Record, base: &str, scope: Scope) -> Option<String> {
        match record.text(base) {
            text if is_yes(text) => Some("true()".to_owned()),
            text if is_no(text) => Some("false()".to_owned()),
            _ => self.expression(record, base, scope),
        }
    }

    /// The expression of a column with names made paths; what is wrong with it is reported.
    pub(super) fn expression(&mut self, record: &Record, base: &str, scope: Scope) -> Option<String> {
        let text = record.text(base);
        if text.trim().is_empty() {
            return None;
        }
        let before = self.report.count();
        let expression = self.expand(record, base, text, scope);
        if self.report.count() == before {
            self.check_expression(record, base, &expression);
        }
        self.note_instances(&record.at(base), &expression);
        Some(expression)
    }

    /// Adds the instances that an expression reads without naming them as such.
    fn note_instances(&mut self, at: &At, expression: &str) {
        if expression.contains("instance('__last-saved')") {
            self.bring_in(at, "__last-saved", "jr://instance/last-saved".to_owned());
        }
        for file in super::expression::pulled(expression) {
            self.bring_in(at, &file, format!("jr://file-csv/{file}.csv"));
        }
    }

    /// One name that stands for a choice list and for a file.
    pub(super) fn two_instances(&mut self, at: &At, name: &str) {
        self.report.error(
            "instance-twice",
            at,
            [
                &format!("「{name}」は選択肢リストとファイルの両方の名前です"),
                &format!("`{name}` is the name of a choice list and of a file"),
            ],
            ["片方の名前を変えてください", "give one of them another name"],
        );
    }

    /// Adds an instance from a file; one name cannot stand for two files.
    pub(super) fn bring_in(&mut self, at: &At, name: &str, uri: String) {
        let Some(known) = self.external.insert(name.to_owned(), uri.clone()) else { return };
        if known != uri {
            self.report.error(
                "instance-twice",
                at,
                [
                    &format!("「{name}」が2つの別のファイルを指しています({known} と {uri})"),
                    &format!("`{name}` stands for two files: {known} and {uri}"),
                ],
                ["片方の名前を変えてください", "give one of them another name"],
            );
        }
    }

    /// Replaces names by paths and reports those that lead nowhere.
    pub(super) fn expand(&mut self, record: &Record, base: &str, text: &str, scope: Scope) -> String {
        let mut dangling = Vec::new();
        let expression = self.outline.expand(&one_line(text), scope, &mut dangling);
        self.report_dangling(&record.at(base), &dangling);
        expression
    }

    /// A column in all its languages; references in it become outputs.
    fn texts(&mut self, index: usize, record: &Record, base: &str) -> Localized {
        let mut texts = self.languages.localized(record, base);
        let mut dangling = Vec::new();
        for text in texts.0.values_mut() {
            *text = self.outline.expand_label(text, scope(index), &mut dangling);
        }
        if !dangling.is_empty() {
            let at = record
                .all(base)
                .find(|field| field.text.contains("${"))
                .map_or_else(|| record.at(base), |field| record.at_field(field));
            self.report_dangling(&at, &dangling);
        }
        texts
    }

    /// Columns without a place of their own, with names made paths.
    fn extra(&mut self, index: usize, record: &Record) -> BTreeMap<String, String> {
        let mut extra = BTreeMap::new();
        for field in &record.fields {
            let base = field.base.as_str();
            let kept = base.contains("::")
                || matches!(base, "save_to" | "intent" | "query" | "no_app_error_string" | "note")
                || base.starts_with("sms_");
            if kept && !(TRANSLATED.contains(&base) && field.language.is_some()) {
                let text = self.expand(record, base, &field.text, scope(index));
                extra.insert(base.to_owned(), text.trim().to_owned());
            }
        }
        extra
    }

    /// A question that nobody can read is an error.
    fn check_visible(&mut self, record: &Record, question: &Question, word: &str) {
        let hidden = matches!(question.control, Control::None)
            || !question.label.is_empty()
            || !question.hint.is_empty()
            || !question.media.is_empty();
        let (at, name) = (At::row(&record.sheet, record.row), question.name.as_str());
        if word == "calculate" && question.bind.calculate.is_none() && question.dynamic_default.is_none() {
            self.report.error(
                "calculation-missing",
                &at,
                [
                    &format!("calculate「{name}」に計算式がありません"),
                    &format!("`{name}` calculates nothing"),
                ],
                ["calculation 列に式を入れてください", "put an expression into `calculation`"],
            );
        }
        if hidden || question.bind.calculate.is_some() {
            return;
        }
        self.report.error(
            "label-missing",
            &at,
            [&format!("質問「{name}」に label がありません"), &format!("the question `{name}` has no label")],
            ["回答者に見せる文を label に入れてください", "put the text that people read into `label`"],
        );
    }

    pub(super) fn report_dangling(&mut self, at: &At, dangling: &[Dangling]) {
        for problem in dangling {
            let (code, what, remedy) = describe(problem);
            self.report.error(code, at, [&what[0], &what[1]], [&remedy[0], &remedy[1]]);
        }
    }
}

fn describe(problem: &Dangling) -> (&'static str, [String; 2], [String; 2]) {
    match problem {
        Dangling::Unknown { name, near } => (
            "reference-unknown",
            [
                format!("${{{name}}} という質問がありません"),
                format!("there is no question `{name}` for ${{{name}}}"),
            ],
            match near {
                Some(near) => [format!("${{{near}}} ではありませんか"), format!("did you mean ${{{near}}}?")],
                None => [
                    "name 列にある名前にしてください".to_owned(),
                    "use a name of the `name` column".to_owned(),
                ],
            },
        ),
        Dangling::Ambiguous { name } => (
            "reference-ambiguous",
            [
                format!("${{{name}}} にあたる質問が複数あります"),
                format!("more than one element is named `{name}`"),
            ],
            [
                "質問の name を調査票全体で別々にしてください".to_owned(),
                "give them names that differ anywhere in the form".to_owned(),
            ],
        ),
        Dangling::Malformed { text } => (
            "reference-malformed",
            [
                format!("「{text}」は質問の参照として読めません"),
                format!("`{text}` is no reference to a question"),
            ],
            [
                "${質問の name} の形にしてください(空白なし)".to_owned(),
                "write ${name} without blanks inside".to_owned(),
            ],
        ),
    }
}

fn scope(index: usize) -> Scope {
    Scope { source: Some(index), ..Scope::default() }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Line breaks inside an expression mean nothing.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The type that a `bind::type` column names.
fn data_type(word: &str) -> Option<DataType> {
    Some(match word.trim() {
        "string" => DataType::String,
        "int" | "integer" => DataType::Int,
        "decimal" => DataType::Decimal,
        "boolean" => DataType::Boolean,
        "date" => DataType::Date,
        "time" => DataType::Time,
        "dateTime" => DataType::DateTime,
        "geopoint" => DataType::Geopoint,
        "geotrace" => DataType::Geotrace,
        "geoshape" => DataType::Geoshape,
        "barcode" => DataType::Barcode,
        "binary" => DataType::Binary,
        "intent" => DataType::Intent,
        _ => return None,
    })
}
