//! What must be on a tablet after what its children told, and the comparison.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use tsumugi_core::answers::Value;
use tsumugi_mobile::{StorageCheck, Tablet, TabletError};

use crate::{
    deed::{Deed, Ending, Told},
    life::{Plan, is_used},
};

/// Which values may stand at a question: one when it was acknowledged, more when a call was cut.
type Possible = BTreeSet<Option<String>>;

/// What must be there.
#[derive(Debug, Clone, Default)]
pub struct Lived {
    answers: BTreeMap<(String, String), Possible>,
    /// Cards that must be spent (true), and those that may be (false).
    cards: BTreeMap<usize, bool>,
    synced: bool,
}

impl Lived {
    /// Adds what one life told.
    pub fn hear(&mut self, told: &Told) {
        for (deed, ending) in &told.deeds {
            match deed {
                Deed::Open => {}
                Deed::Sync => self.synced = true,
                Deed::Seal { card } => {
                    let sure = self.cards.entry(*card).or_insert(false);
                    *sure |= *ending == Ending::Done;
                }
                Deed::Answer { response, path, text } => {
                    let key = (response.clone(), path.clone());
                    let possible = self.answers.entry(key).or_insert_with(|| BTreeSet::from([None]));
                    if *ending == Ending::Done {
                        possible.clear();
                    }
                    possible.insert(Some(text.clone()));
                }
            }
        }
    }

    /// Compares an open tablet with what must be on it; a sentence for each thing that does not
    /// hold. What was open is decided by what is there: it must not change any more.
    ///
    /// # Errors
    /// What the app would be told.
    pub fn compare(&mut self, tablet: &Tablet, plan: &Plan) -> Result<Vec<String>, TabletError> {
        let mut wrong = Vec::new();
        if tablet.storage_check() != StorageCheck::Sound {
            wrong.push(format!("the storage was found as {:?}", tablet.storage_check()));
        }
        self.compare_answers(tablet, &mut wrong)?;
        self.compare_cards(tablet, plan, &mut wrong)?;
        Ok(wrong)
    }

    fn compare_answers(&mut self, tablet: &Tablet, wrong: &mut Vec<String>) -> Result<(), TabletError> {
        let mut screens: BTreeMap<String, Json> = BTreeMap::new();
        for ((response, path), possible) in &mut self.answers {
            if !screens.contains_key(response) {
                screens.insert(response.clone(), screen(tablet, response)?);
            }
            let found = screens.get(response).and_then(|screen| value_at(screen, path));
            if !possible.contains(&found) {
                wrong.push(format!("{path} of {response} holds {found:?}, and may hold {possible:?}"));
            }
            *possible = BTreeSet::from([found]);
        }
        Ok(())
    }

    fn compare_cards(
        &mut self,
        tablet: &Tablet,
        plan: &Plan,
        wrong: &mut Vec<String>,
    ) -> Result<(), TabletError> {
        for (card, sure) in &mut self.cards {
            let used = is_used(tablet, plan, *card)?;
            if *sure && !used {
                wrong.push(format!("card {card} was sealed, and is not spent"));
            }
            *sure = used;
        }
        self.cards.retain(|_, spent| *spent);
        let waiting = usize::try_from(tablet.status()?.waiting_records).unwrap_or(usize::MAX);
        // Once something was sent, what left the outbox is counted at the server.
        let fits = if self.synced { waiting <= self.spent() } else { waiting == self.spent() };
        if !fits {
            wrong.push(format!("{} cards are spent, and {waiting} records wait", self.spent()));
        }
        Ok(())
    }

    /// Cards that are spent.
    pub fn spent(&self) -> usize {
        self.cards.values().filter(|spent| **spent).count()
    }

    /// The answers that stand, after a comparison: response, question, text.
    pub fn answers(&self) -> impl Iterator<Item = (&str, &str, Option<&str>)> {
        self.answers.iter().map(|((response, path), possible)| {
            (response.as_str(), path.as_str(), possible.first().and_then(Option::as_deref))
        })
    }
}

fn screen(tablet: &Tablet, response: &str) -> Result<Json, TabletError> {
    tablet.open_response(response.to_owned())?;
    let text = tablet.screen(response.to_owned(), "ja".to_owned())?;
    tablet.close_response(response.to_owned())?;
    serde_json::from_str(&text).map_err(|error| TabletError::Internal { report: error.to_string() })
}

/// The answer that a screen shows at a question.
pub fn value_at(node: &Json, path: &str) -> Option<String> {
    match node {
        Json::Object(fields)
            if fields.get("path").is_some_and(|known| known == path) && fields.contains_key("control") =>
        {
            serde_json::from_value::<Value>(fields.get("value")?.clone()).ok().map(|value| value.to_string())
        }
        Json::Object(fields) => fields.values().find_map(|field| value_at(field, path)),
        Json::Array(items) => items.iter().find_map(|item| value_at(item, path)),
        _ => None,
    }
}
