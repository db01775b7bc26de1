//! Cards of anonymous surveys: made, shown once, known by their nullifiers only.

use rand_core::Rng;
use tsumugi_core::{
    id::SurveyId,
    item::{Item, ItemKind},
    sealed::Card,
    survey::{CardList, Mode, SurveyState},
};

use super::{error::AppError, surveys::read_survey};
use crate::{
    api::NewCards,
    keyring,
    store::{Store, StoreError},
};

/// Most cards of one request: a page that a browser can still print.
const MOST_CARDS: u32 = 10_000;

/// Makes cards in random order. The serials exist in the returned cards and nowhere else.
///
/// # Errors
/// [`AppError::Invalid`] for a wrong stratum or number, [`AppError::Conflict`] for a survey without cards.
pub fn make_cards(store: &dyn Store, survey: SurveyId, new: &NewCards) -> Result<Vec<Card>, AppError> {
    let survey = read_survey(store, survey)?;
    if survey.mode != Mode::Anonymous {
        return Err(AppError::conflict("survey-not-anonymous", "only anonymous surveys have cards"));
    }
    if survey.state == SurveyState::Closed {
        return Err(AppError::conflict("survey-closed", "a closed survey takes no answers"));
    }
    let Some(stratum) = survey.strata.iter().find(|stratum| stratum.code == new.stratum) else {
        return Err(AppError::invalid("stratum-unknown", "the survey has no stratum of that code"));
    };
    if !(1..=MOST_CARDS).contains(&new.count) {
        return Err(AppError::invalid("card-count", format!("1 to {MOST_CARDS} cards at a time")));
    }
    let mut rng = keyring::host_rng();
    let mut cards: Vec<Card> = (0..new.count).map(|_| Card::make(survey.id, stratum.id, &mut rng)).collect();
    let list = CardList::make(stratum.id, &cards, &mut rng);
    let json = serde_json::to_vec(&list).map_err(|error| StoreError::Database(Box::new(error)))?;
    let item = Item::of_survey(ItemKind::Cards, survey.id, json);
    let nullifiers = cards.iter().map(Card::nullifier).collect();
    store.put_cards(survey.id, stratum.id, nullifiers, vec![item])?;
    shuffle(&mut cards, &mut rng);
    Ok(cards)
}

/// Puts a list in random order (Fisher and Yates).
pub(crate) fn shuffle<T>(list: &mut [T], rng: &mut impl Rng) {
    for end in (1..list.len()).rev() {
        let bound = u64::try_from(end + 1).unwrap_or(u64::MAX);
        // Numbers past the last whole multiple would make small places likelier.
        let limit = u64::MAX - u64::MAX % bound;
        let drawn = loop {
            let number = rng.next_u64();
            if number < limit {
                break number % bound;
            }
        };
        list.swap(end, usize::try_from(drawn).unwrap_or(end));
    }
}
