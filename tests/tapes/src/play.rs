//! Plays tapes.

use std::collections::BTreeMap;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng as _;
use serde::Serialize;
use serde_json::{Value, json};
use tsumugi_core::{
    answers::Path,
    form::{Form, FormEntry, Start},
    moment::Moment,
    text::tag_and_name,
    xform::{self, SubmissionIds},
};

use crate::{
    compare::differences,
    node::{NodeReader, Nodes},
    tape::{Node, Tape, TapeStep, Tapes},
};

/// Minutes east of UTC in Phoenix, where all tapes were recorded.
const PHOENIX: i16 = -420;

/// What came of one tape.
#[derive(Debug, Serialize)]
pub struct Played {
    /// Name of the tape.
    pub id: String,
    /// The opening, then each operation.
    pub steps: Vec<Step>,
}

/// What came of one step.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The state is as recorded.
    Equal,
    /// The state differs: where and how.
    Differs(Value),
    /// Passed over, for a named reason.
    Skipped(String),
}

/// Plays all tapes in order.
pub fn play_all(tapes: &Tapes) -> Vec<Played> {
    let play = |tape: &Tape| Played { id: tape.id.clone(), steps: play(tapes, tape) };
    tapes.tapes.iter().map(play).collect()
}

fn play(tapes: &Tapes, tape: &Tape) -> Vec<Step> {
    let mut player = match Player::open(tapes, tape) {
        Ok(player) => player,
        Err(reason) => return vec![Step::Differs(json!({ "refused": reason })); 1 + tape.steps.len()],
    };
    let mut steps = vec![player.compare(&tape.initial.xml)];
    for (at, step) in tape.steps.iter().enumerate() {
        if step.op == "untracked-change" {
            let left = tape.steps.len() - at;
            steps.extend(
                (0..left).map(|_| Step::Skipped("state changed where the recorder does not see".to_owned())),
            );
            break;
        }
        let refused = player.act(step).err();
        player.expect(step);
        let mut outcome = player.compare(&step.xml);
        if let (Step::Differs(value), Some(refused)) = (&mut outcome, refused) {
            value["refused"] = json!(refused);
        }
        steps.push(outcome);
    }
    steps
}

impl Clone for Step {
    fn clone(&self) -> Self {
        match self {
            Self::Equal => Self::Equal,
            Self::Differs(value) => Self::Differs(value.clone()),
            Self::Skipped(reason) => Self::Skipped(reason.clone()),
        }
    }
}

struct Player {
    entry: FormEntry,
    language: String,
    ids: SubmissionIds,
    wanted: BTreeMap<String, Node>,
    paths: BTreeMap<String, Path>,
    rng: ChaCha20Rng,
}

impl Player {
    fn open(tapes: &Tapes, tape: &Tape) -> Result<Self, Value> {
        let xml = tapes.forms.get(&tape.form).ok_or("the tape names no form")?;
        let mut definition = xform::read(xml).map_err(|issues| json!(issues))?;
        for (id, address) in &definition.external {
            let text = tape.resources.get(address).and_then(|resource| tapes.resources.get(resource));
            if let Some(text) = text {
                definition.instances.insert(id.clone(), text.body.clone());
            }
        }
        let language = if tape.initial.language.is_empty() {
            definition.default_language.clone()
        } else {
            tag_and_name(&tape.initial.language).0
        };
        let form = Form::compile(definition).map_err(|issues| json!(issues))?;
        let unix_ms =
            tape.now.parse::<jiff::Timestamp>().map_err(|error| error.to_string())?.as_millisecond();
        let start = Start {
            now: Moment { unix_ms, offset_minutes: PHOENIX },
            seed: 7,
            device: tape.preload.get("deviceID").cloned(),
            properties: tape.preload.iter().map(|(name, text)| (name.to_lowercase(), text.clone())).collect(),
            language: language.clone(),
        };
        let mut ids = SubmissionIds::default();
        // A tape that was restored begins with what the submission that it came from holds.
        let restored = tape.forked.then_some(tape.initial.xml.as_str());
        let before = tape.edit_instance.as_deref().or(restored);
        let entry = match before {
            None => FormEntry::new(form, &start),
            Some(xml) => {
                let found = xform::read_submission(&form, xml).map_err(|issue| json!(issue))?;
                let is_edit = tape.initial.nodes.iter().any(|node| node.reference.ends_with("deprecatedID"));
                if is_edit {
                    ids.deprecated_id = found.instance_id;
                } else if tape.forked {
                    ids.instance_id = Some(found.instance_id.unwrap_or_default());
                }
                FormEntry::load(form, &found.answers, &start)
            }
        };
        let wanted = tape.initial.nodes.iter().map(|node| (node.reference.clone(), node.clone())).collect();
        let rng = ChaCha20Rng::from_seed([7; 32]);
        Ok(Self { entry, language, ids, wanted, paths: BTreeMap::new(), rng })
    }

    fn nodes(&self) -> Nodes {
        let found = Nodes::default();
        NodeReader { entry: &self.entry, language: &self.language, ids: &self.ids, found }.read()
    }

    fn compare(&mut self, xml: &str) -> Step {
        let nodes = self.nodes();
        let found = differences(&self.wanted, xml, &nodes, &xform::submission(&self.entry, &self.ids));
        self.paths = nodes.paths;
        if found.is_empty() { Step::Equal } else { Step::Differs(json!({ "differences": found })) }
    }

    fn expect(&mut self, step: &TapeStep) {
        for reference in &step.removed {
            self.wanted.remove(reference);
        }
        for node in &step.changed {
            self.wanted.insert(node.reference.clone(), node.clone());
        }
    }

    fn path(&self, reference: &str) -> Result<Path, String> {
        self.paths.get(reference).cloned().ok_or_else(|| format!("there is no {reference}"))
    }

    fn act(&mut self, step: &TapeStep) -> Result<(), String> {
        let reference = step.reference.as_deref().unwrap_or_default();
        let first = step.args.first().and_then(Value::as_str).unwrap_or_default();
        match step.op.as_str() {
            "answer" => {
                let path = self.path(reference)?;
                let text = step.set.as_deref().unwrap_or_default();
                self.entry.set_text(&path, text).map_err(|refused| refused.to_string())
            }
            "createNewRepeat" => {
                let repeat = reference.rsplit_once('[').map_or(reference, |(repeat, _)| repeat);
                let path = self.path(repeat)?;
                self.entry.add_repeat(&path, &mut self.rng).map(drop).map_err(|refused| refused.to_string())
            }
            "removeRepeat" => {
                let path = self.path(if first.is_empty() { reference } else { first })?;
                self.entry.remove_repeat(&path).map_err(|refused| refused.to_string())
            }
            "setLanguage" => {
                self.language = tag_and_name(step.language.as_deref().unwrap_or(first)).0;
                self.entry.set_language(&self.language);
                Ok(())
            }
            other => Err(format!("no such operation: {other}")),
        }
    }
}
