//! docs/FORMS.md against the code: every word stands there once, and does what it says.

use std::collections::{BTreeMap, BTreeSet};

use tsumugi_core::{
    form::{FormDefinition, Node, Question},
    xlsform::{Import, Naming, Row, Sheet, Workbook, import_workbook, vocabulary},
    xpath::function_names,
};

const DOC: &str = include_str!("../docs/FORMS.md");

/// The rows of the table below a heading, as cells without backticks.
fn table(heading: &str) -> Vec<Vec<String>> {
    let below = DOC.split_once(&format!("## {heading}\n")).expect("the heading stands in the document").1;
    let lines = below.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let cells = |line: &str| {
        // A bar inside of code is no border.
        let inner = line.trim_matches('|').replace("\\|", "\u{1}");
        inner.split('|').map(|cell| cell.trim().replace('`', "").replace('\u{1}', "|")).collect()
    };
    lines.take_while(|line| line.starts_with('|')).map(cells).collect()
}

fn words(rows: &[Vec<String>]) -> BTreeSet<String> {
    rows.iter().map(|row| row[0].clone()).collect()
}

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// A workbook of a survey sheet with one question beside others, and a choices sheet.
struct Book {
    question: BTreeMap<String, String>,
    settings: BTreeMap<String, String>,
    around: (Vec<&'static str>, Vec<&'static str>),
}

impl Book {
    fn of(kind: &str) -> Self {
        let cell = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let question = BTreeMap::from([cell("type", kind), cell("name", "q"), cell("label", "Question")]);
        Self { question, settings: BTreeMap::new(), around: (Vec::new(), Vec::new()) }
    }

    fn import(&self) -> Import {
        let columns: Vec<&String> = self.question.keys().collect();
        let place = |name: &str| columns.iter().position(|column| *column == name).expect("a column");
        let plain = |kind: &str, name: &str| {
            let mut row = vec![String::new(); columns.len()];
            row[place("type")] = kind.to_owned();
            row[place("name")] = name.to_owned();
            row[place("label")] = "Other".to_owned();
            row
        };
        let mut rows =
            vec![columns.iter().map(|column| (*column).clone()).collect(), plain("integer", "other")];
        rows.extend(self.around.0.iter().map(|kind| plain(kind, "around")));
        rows.push(columns.iter().map(|column| self.question[*column].clone()).collect());
        rows.extend(self.around.1.iter().map(|kind| plain(kind, "")));
        let cells = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let choices = vec![
            cells(&["list_name", "name", "label"]),
            cells(&["list", "a", "A"]),
            cells(&["list", "b", "B"]),
            cells(&["ticks", "1", "One"]),
            cells(&["ticks", "10", "Ten"]),
        ];
        let external = vec![cells(&["list_name", "name", "label"]), cells(&["out", "a", "A"])];
        let mut settings = BTreeMap::from([("form_id".to_owned(), "doc".to_owned())]);
        settings.extend(self.settings.clone());
        let settings = vec![settings.keys().cloned().collect(), settings.values().cloned().collect()];
        let sheet = |name: &str, rows: Vec<Vec<String>>| Sheet {
            name: name.to_owned(),
            rows: (1..).zip(rows).map(|(number, cells)| Row { number, cells }).collect(),
        };
        let book = Workbook {
            sheets: vec![
                sheet("survey", rows),
                sheet("choices", choices),
                sheet("external_choices", external),
                sheet("settings", settings),
            ],
        };
        import_workbook(&book, &Naming { root: "data".to_owned(), form_id: "doc".to_owned() })
    }
}

fn definition(import: &Import, what: &str) -> FormDefinition {
    import.definition.clone().unwrap_or_else(|| panic!("{what}: {:#?}", import.findings))
}

fn question(form: &FormDefinition) -> Option<&Question> {
    form.nodes.iter().find_map(|node| match node {
        Node::Question(question) if question.name == "q" => Some(question.as_ref()),
        _ => None,
    })
}

#[test]
fn every_type_is_imported() {
    let rows = table("Question types");
    let known = vocabulary().types;
    assert_eq!(words(&rows), known.iter().map(|spellings| spellings[0].to_owned()).collect());
    for (row, spellings) in rows.iter().zip(&known) {
        let written: BTreeSet<String> =
            row[1].split(", ").filter(|text| !text.is_empty()).map(str::to_owned).collect();
        assert_eq!(written, spellings[1..].iter().map(|text| (*text).to_owned()).collect(), "{}", row[0]);
        for spelling in spellings {
            let import = book_of_type(spelling).import();
            definition(&import, spelling);
        }
    }
}

fn book_of_type(word: &str) -> Book {
    let container = |inner: &str| Book::of(inner);
    let mut book = match word {
        _ if word.starts_with("begin") => {
            let kind = if word.contains("loop") { format!("{word} over list") } else { word.to_owned() };
            let mut book = container("text");
            let end: &'static str = if word.contains("loop") {
                "end_loop"
            } else if word.contains("repeat") {
                "end_repeat"
            } else {
                "end_group"
            };
            book.around = (vec![Box::leak(kind.into_boxed_str())], vec![end]);
            book
        }
        _ if word.starts_with("end") && word.contains([' ', '_']) && !word.contains("time") => {
            let begin: &'static str = if word.contains("loop") {
                "begin_loop over list"
            } else if word.contains("repeat") {
                "begin_repeat"
            } else {
                "begin_group"
            };
            let mut book = container("text");
            book.around = (vec![begin], vec![Box::leak(word.to_owned().into_boxed_str())]);
            book
        }
        _ if word.contains("from_file") || word.contains("from file") => Book::of(&format!("{word} f.csv")),
        "select_one_external" => Book::of("select_one_external out"),
        _ if word.starts_with("select") || word.starts_with("rank") || word.contains("prompt using") => {
            Book::of(&format!("{word} list"))
        }
        _ => Book::of(word),
    };
    let mut put = |column: &str, text: &str| drop(book.question.insert(column.to_owned(), text.to_owned()));
    match word {
        "calculate" | "q calculate" | "add calculate prompt" => put("calculation", "1 + 1"),
        "background-geopoint" => put("trigger", "${other}"),
        "audit" => put("name", "audit"),
        "select_one_external" => put("choice_filter", "name = ${other}"),
        _ => {}
    }
    book
}

#[test]
fn every_column_that_counts_changes_the_form() {
    let rows = table("Columns of the survey sheet");
    assert_eq!(words(&rows), set(&vocabulary().survey));
    for row in
        rows.iter().filter(|row| !row[2].is_empty() && !["type", "name", "label"].contains(&row[0].as_str()))
    {
        let plain = Book::of("text");
        let mut book = Book::of("text");
        book.question.insert(row[0].clone(), row[2].clone());
        if row[0] == "constraint_message" {
            book.question.insert("constraint".to_owned(), ". != 3".to_owned());
        }
        let (before, after) = (definition(&plain.import(), &row[0]), definition(&book.import(), &row[0]));
        assert_eq!(before != after, row[1] != "no", "column {}", row[0]);
    }
    assert_eq!(words(&table("Columns of the choices sheet")), set(&vocabulary().choices));
}

#[test]
fn every_setting_is_kept() {
    let rows = table("Settings");
    assert_eq!(words(&rows), set(&vocabulary().settings));
    for row in rows {
        let plain = definition(&Book::of("text").import(), "no settings");
        let mut book = Book::of("text");
        book.settings.insert(row[0].clone(), row[2].clone());
        assert_ne!(plain, definition(&book.import(), &row[0]), "setting {}", row[0]);
    }
}

#[test]
fn every_parameter_is_handed_on() {
    let rows = table("Parameters");
    assert_eq!(words(&rows), set(&vocabulary().parameters));
    for row in rows {
        let mut book = Book::of(&row[1]);
        if row[1] == "audit" {
            book.question.insert("name".to_owned(), "audit".to_owned());
        }
        let before = definition(&book.import(), &row[0]);
        book.question.insert("parameters".to_owned(), row[3].clone());
        assert_ne!(before, definition(&book.import(), &row[0]), "parameter {}", row[0]);
    }
}

#[test]
fn every_appearance_is_handed_to_the_screen() {
    let rows = table("Appearances");
    assert_eq!(words(&rows), set(&vocabulary().appearances));
    for row in rows.iter().filter(|row| !row[0].starts_with("search") && row[0] != "table-list") {
        let word = row[0].replace('…', "2");
        let mut book = Book::of("text");
        book.question.insert("appearance".to_owned(), word.clone());
        let import = book.import();
        let form = definition(&import, &word);
        assert_eq!(question(&form).map(|question| question.appearance.clone()), Some(vec![word]));
        assert!(!import.findings.iter().any(|finding| finding.code == "appearance-unknown"));
    }
}

#[test]
fn every_function_is_known() {
    let rows = table("XPath functions");
    let known: Vec<&str> = function_names().collect();
    assert_eq!(words(&rows), set(&known));
}
