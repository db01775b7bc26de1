//! What is measured on a form engine, as data, and how ours performs it.
//!
//! Owns the scenarios and their operations. Has no clock and no files: whoever measures reads
//! the form, times [`Filled::perform`] and prints, be it a program, Node.js or WebAssembly.

use std::collections::BTreeMap;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng as _;
use serde::{Deserialize, Serialize};
use tsumugi_core::{
    answers::Path,
    form::{Element, Form, FormEntry, Start},
    moment::Moment,
    xform,
};

/// Something to measure on one form.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Scenario {
    /// Its name in the report.
    pub(crate) scenario: String,
    /// Name of the form's file.
    pub(crate) form: String,
    /// What is timed.
    pub(crate) measure: Measure,
    /// Performed once on a new instance.
    pub(crate) before: Vec<Operation>,
    /// Timed, one list a run, in turn: an answer that is set is never the one that was there.
    pub(crate) timed: Vec<Vec<Operation>>,
    /// Performed after each run, untimed.
    pub(crate) after: Vec<Operation>,
}

/// What is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Measure {
    /// From the text of a form to a form that is ready to be filled.
    Parse,
    /// An instance of a form that is ready.
    Create,
    /// Both.
    Open,
    /// The operations.
    Operations,
}

/// What somebody does with a form, at a path of the XForm.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Operation {
    #[serde(rename = "do")]
    verb: Verb,
    path: String,
    value: String,
    times: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Verb {
    /// Gives an answer.
    Set,
    /// Adds an instance at the end of a repeat.
    Add,
    /// Removes the last instance that was added.
    Remove,
    /// Reads a value.
    Read,
    /// Counts the choices that are offered.
    Options,
}

fn operation(verb: Verb, path: &str) -> Operation {
    Operation { verb, path: path.to_owned(), value: String::new(), times: 1 }
}

fn set(path: &str, value: &str) -> Operation {
    Operation { value: value.to_owned(), ..operation(Verb::Set, path) }
}

/// The scenarios of opening `form`, whatever form it is.
pub(crate) fn opening(form: &str, file: &str) -> Vec<Scenario> {
    [(Measure::Parse, "parse"), (Measure::Create, "create"), (Measure::Open, "open")]
        .map(|(measure, name)| Scenario {
            scenario: format!("{name}-{form}"),
            form: file.to_owned(),
            measure,
            before: Vec::new(),
            timed: Vec::new(),
            after: Vec::new(),
        })
        .into()
}

/// A scenario of setting `path` to two values in turn, and of reading `reads` each time.
pub(crate) fn setting(
    name: &str,
    file: &str,
    before: &[(&str, &str)],
    (path, values): (&str, [&str; 2]),
    reads: &str,
) -> Scenario {
    let turn = |value: &str| vec![set(path, value), operation(Verb::Read, reads)];
    Scenario {
        scenario: format!("set-{name}"),
        form: file.to_owned(),
        measure: Measure::Operations,
        before: before.iter().map(|(path, value)| set(path, value)).collect(),
        timed: values.map(turn).into(),
        after: Vec::new(),
    }
}

/// A scenario of adding the `place`th instance to the repeat of the form `repeat`.
pub(crate) fn repeating(place: usize, file: &str) -> Scenario {
    let add = operation(Verb::Add, "/data/rows");
    let reads = ["/data/total", "/data/number"].map(|path| operation(Verb::Read, path));
    Scenario {
        scenario: format!("repeat-{place}"),
        form: file.to_owned(),
        measure: Measure::Operations,
        before: vec![Operation { times: place - 1, ..add.clone() }],
        timed: vec![std::iter::once(add).chain(reads).collect()],
        after: vec![operation(Verb::Remove, "/data/rows")],
    }
}

/// A scenario of choosing another city, and of what is then offered as places.
pub(crate) fn cascading(file: &str) -> Scenario {
    let turn = |city: &str| vec![set("/data/city", city), operation(Verb::Options, "/data/place")];
    Scenario {
        scenario: "cascade".to_owned(),
        form: file.to_owned(),
        measure: Measure::Operations,
        before: vec![set("/data/region", "r7")],
        timed: vec![turn("c5"), turn("c77")],
        after: Vec::new(),
    }
}

/// Reads and compiles a form.
///
/// # Errors
/// What does not fit, in words.
pub(crate) fn parse(xml: &str) -> Result<Form, String> {
    let said = |issues: Vec<tsumugi_core::form::FormIssue>| format!("{issues:?}");
    xform::read(xml).map_err(said).and_then(|definition| Form::compile(definition).map_err(said))
}

/// A form that a scenario fills.
pub(crate) struct Filled {
    entry: FormEntry,
    root: String,
    added: Vec<Path>,
    rng: ChaCha20Rng,
}

impl Filled {
    /// A new instance.
    pub(crate) fn new(form: Form) -> Self {
        let now = Moment::tokyo(1_790_000_000_000);
        let language = "en".to_owned();
        let start = Start { now, seed: 1, device: None, properties: BTreeMap::new(), language };
        let root = format!("/{}/", form.definition().root);
        Self {
            entry: FormEntry::new(form, &start),
            root,
            added: Vec::new(),
            rng: ChaCha20Rng::from_seed([1; 32]),
        }
    }

    /// Performs an operation, and gives what it reads.
    ///
    /// # Errors
    /// What was refused, in words.
    pub(crate) fn perform(&mut self, operation: &Operation) -> Result<Option<String>, String> {
        let path = Path::new(operation.path.strip_prefix(&self.root).unwrap_or(&operation.path));
        let mut read = None;
        for _ in 0..operation.times {
            match operation.verb {
                Verb::Set => self.entry.set_text(&path, &operation.value).map_err(|e| e.to_string())?,
                Verb::Add => {
                    let added = self.entry.add_repeat(&path, &mut self.rng).map_err(|e| e.to_string())?;
                    self.added.push(added);
                }
                Verb::Remove => {
                    let last = self.added.pop().ok_or("nothing was added")?;
                    self.entry.remove_repeat(&last).map_err(|e| e.to_string())?;
                }
                Verb::Read => {
                    read = Some(self.entry.value(&path).map(|value| value.to_string()).unwrap_or_default());
                }
                Verb::Options => read = Some(self.offered(&path).to_string()),
            }
        }
        Ok(read)
    }

    /// How many choices a loose question offers now, as a screen is told.
    fn offered(&self, path: &Path) -> usize {
        let screen = self.entry.screen("en");
        let choices =
            screen.sections.iter().flat_map(|section| &section.elements).find_map(|element| match element {
                Element::Question(question) if question.path == *path => Some(question.choices.len()),
                _ => None,
            });
        choices.unwrap_or_default()
    }
}
