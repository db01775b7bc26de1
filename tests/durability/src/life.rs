//! One life of a tablet: a child process that works until it is killed.
//!
//! Everything goes through the real `Tablet` on a real SQLite file. Each deed is told on
//! standard output before and after, unbuffered, so that whoever kills this process knows what
//! it had promised.

use std::{
    io::{self, BufRead as _, Write as _},
    path::Path,
    sync::Arc,
};

use serde_json::{Value, json};
use tsumugi_mobile::{CardOutcome, FinishOutcome, Tablet, TabletError};
use tsumugi_tests::{Chance, LONELINESS};

use crate::{
    deed::Deed,
    tablet::{self, Carrier},
};

/// Questions that a company is asked: they take any number of up to five digits.
pub const PATHS: [&str; 3] = ["profile/company_name", "profile/employees_regular", "costs/training"];

/// What a child knows of its ward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Address of the server.
    pub url: String,
    /// The anonymous survey.
    pub survey: String,
    /// Responses to fill.
    pub responses: Vec<String>,
    /// Cards to use.
    pub cards: Vec<String>,
}

impl Plan {
    /// The plan as a file holds it.
    pub fn encode(&self) -> String {
        json!({ "url": self.url, "survey": self.survey, "responses": self.responses, "cards": self.cards })
            .to_string()
    }

    /// Reads what [`Plan::encode`] wrote; nothing when it is not a plan.
    pub fn decode(text: &str) -> Option<Self> {
        let plan: Value = serde_json::from_str(text).ok()?;
        let texts = |name: &str| -> Option<Vec<String>> {
            plan.get(name)?.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
        };
        Some(Self {
            url: plan.get("url")?.as_str()?.to_owned(),
            survey: plan.get("survey")?.as_str()?.to_owned(),
            responses: texts("responses")?,
            cards: texts("cards")?,
        })
    }
}

/// How a life goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// Answers, seals and syncs at random, until killed.
    Busy,
    /// Answers and seals only.
    Offline,
}

/// Tells a deed, does it, and tells what became of it.
///
/// # Errors
/// When nobody reads any more.
pub fn tell<T>(deed: &Deed, act: impl FnOnce() -> Result<T, TabletError>) -> io::Result<Option<T>> {
    say(&format!("try {deed}"))?;
    match act() {
        Ok(value) => say("did").map(|()| Some(value)),
        Err(error) => say(&format!("failed {error}")).map(|()| None),
    }
}

fn say(line: &str) -> io::Result<()> {
    // One write a line: a reader never sees half of an acknowledgement as a whole one.
    let mut out = io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes())?;
    out.flush()
}

/// Lives on the tablet in `folder`: at most `deeds` deeds.
///
/// # Errors
/// When nobody reads any more.
pub fn live(folder: &Path, plan: &Plan, seed: u64, course: Course, deeds: u64) -> io::Result<()> {
    let Some(tablet) = tell(&Deed::Open, || tablet::open(folder))? else { return Ok(()) };
    let mut chance = Chance::of(seed);
    let carrier = Carrier::to(&plan.url);
    for _ in 0..deeds {
        match chance.below(100) {
            0..4 if course == Course::Busy => {
                tell(&Deed::Sync, || carrier.sync(&tablet))?;
            }
            0..20 => {
                let card = chance.place(plan.cards.len());
                if !is_used(&tablet, plan, card).unwrap_or(true) {
                    tell(&Deed::Seal { card }, || seal(&tablet, plan, card))?;
                }
            }
            _ => {
                let response =
                    plan.responses.get(chance.place(plan.responses.len())).cloned().unwrap_or_default();
                let path = PATHS.get(chance.place(PATHS.len())).copied().unwrap_or_default();
                let text = chance.below(100_000).to_string();
                let deed =
                    Deed::Answer { response: response.clone(), path: path.to_owned(), text: text.clone() };
                tell(&deed, || answer(&tablet, &response, path, &text))?;
            }
        }
    }
    Ok(())
}

/// Does what is asked on standard input, a deed a line, on the tablet in `folder`.
///
/// # Errors
/// When nobody reads any more, or asks for something else.
pub fn obey(folder: &Path, plan: &Plan) -> io::Result<()> {
    let carrier = Carrier::to(&plan.url);
    let mut held: Option<Arc<Tablet>> = None;
    for line in io::stdin().lock().lines() {
        let deed: Deed = line?.parse().map_err(|line| io::Error::other(format!("{line:?}")))?;
        if deed == Deed::Open {
            // Closed first, as an app does that ends: this folds the log into the file.
            drop(held.take());
            held = tell(&deed, || tablet::open(folder))?;
            continue;
        }
        let none = || TabletError::Internal { report: "the tablet is not open".to_owned() };
        tell(&deed, || {
            let tablet = held.as_deref().ok_or_else(none)?;
            match &deed {
                Deed::Open => Ok(()),
                Deed::Answer { response, path, text } => answer(tablet, response, path, text),
                Deed::Seal { card } => seal(tablet, plan, *card),
                Deed::Sync => carrier.sync(tablet),
            }
        })?;
    }
    Ok(())
}

/// Types an answer and leaves the field.
///
/// # Errors
/// What the app would be told.
pub fn answer(tablet: &Tablet, response: &str, path: &str, text: &str) -> Result<(), TabletError> {
    tablet.open_response(response.to_owned())?;
    tablet.set_text(response.to_owned(), path.to_owned(), text.to_owned())
}

/// True when the card was used on this tablet.
///
/// # Errors
/// What the app would be told.
pub fn is_used(tablet: &Tablet, plan: &Plan, card: usize) -> Result<bool, TabletError> {
    let code = plan.cards.get(card).cloned().unwrap_or_default();
    let outcome = tablet.open_anonymous(plan.survey.clone(), code)?;
    tablet.abandon_anonymous()?;
    match outcome {
        CardOutcome::Opened => Ok(false),
        CardOutcome::Used => Ok(true),
        other => Err(TabletError::Internal { report: format!("the card was taken as {other:?}") }),
    }
}

/// Answers as a person without a name and seals.
///
/// # Errors
/// What the app would be told.
pub fn seal(tablet: &Tablet, plan: &Plan, card: usize) -> Result<(), TabletError> {
    let code = plan.cards.get(card).cloned().unwrap_or_default();
    match tablet.open_anonymous(plan.survey.clone(), code)? {
        CardOutcome::Opened => {}
        other => return Err(TabletError::Internal { report: format!("the card was taken as {other:?}") }),
    }
    for (path, text) in LONELINESS {
        tablet.anonymous_set_text(path.to_owned(), text.to_owned())?;
    }
    match tablet.finish_anonymous()? {
        FinishOutcome::Sealed => Ok(()),
        FinishOutcome::NotComplete { violations } => {
            Err(TabletError::Internal { report: format!("{} answers are missing", violations.len()) })
        }
    }
}
