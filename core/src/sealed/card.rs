//! Cards: the unlinkable right to answer once.
//!
//! A card is drawn from a shuffled pile; nobody notes who drew which. The tablet knows the
//! salted hashes of the valid serials ([`CardList`]), the server their nullifiers; the secret
//! exists on the printed card alone.

use std::{collections::BTreeSet, fmt};

use rand_core::CryptoRng;
use sha2::{Digest, Sha256};

use super::CardCode;
use crate::{
    id::{Nullifier, SurveyId},
    survey::CardList,
};

const SERIAL_CONTEXT: &[u8] = b"tsumugi/card/v1";
const NULLIFIER_CONTEXT: &[u8] = b"tsumugi/null/v1";
const SALT_BYTES: usize = 16;
const LISTED_BYTES: usize = 16;

/// The 128-bit serial of a card, derived from its printed secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CardSerial([u8; 16]);

impl CardSerial {
    /// Derives the serial of the card whose code is `code`.
    pub fn derive(code: CardCode) -> Self {
        let mut hash = Sha256::new();
        hash.update(SERIAL_CONTEXT);
        hash.update(code.secret_bytes());
        Self(first_16(hash))
    }

    /// Derives what decides that the card is counted once in `survey`.
    pub fn nullifier(&self, survey: SurveyId) -> Nullifier {
        let mut hash = Sha256::new();
        hash.update(NULLIFIER_CONTEXT);
        hash.update(survey.as_bytes());
        hash.update(self.0);
        Nullifier::from_bytes(hash.finalize().into())
    }

    fn listed(&self, salt: &[u8]) -> [u8; LISTED_BYTES] {
        let mut hash = Sha256::new();
        hash.update(salt);
        hash.update(self.0);
        first_16(hash)
    }
}

impl fmt::Debug for CardSerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardSerial(not shown)")
    }
}

fn first_16(hash: Sha256) -> [u8; 16] {
    let digest: [u8; 32] = hash.finalize().into();
    let mut first = [0; 16];
    first.copy_from_slice(digest.split_at(16).0);
    first
}

/// One card of a stratum. Exists where cards are printed and where one is typed, nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The survey that it gives the right to answer.
    pub survey: SurveyId,
    /// The stratum that it was handed out in.
    pub stratum: u16,
    /// What is printed on it.
    pub code: CardCode,
}

impl Card {
    /// Makes a card with a random secret.
    pub fn make(survey: SurveyId, stratum: u16, rng: &mut impl CryptoRng) -> Self {
        Self { survey, stratum, code: CardCode::make(rng) }
    }

    /// The serial.
    pub fn serial(&self) -> CardSerial {
        CardSerial::derive(self.code)
    }

    /// What decides that the card is counted once.
    pub fn nullifier(&self) -> Nullifier {
        self.serial().nullifier(self.survey)
    }
}

impl CardList {
    /// Lists the cards of one stratum by salted hashes, sorted, so that the order of printing is gone.
    pub fn make(stratum: u16, cards: &[Card], rng: &mut impl CryptoRng) -> Self {
        let mut salt = [0; SALT_BYTES];
        rng.fill_bytes(&mut salt);
        let hashes: BTreeSet<String> =
            cards.iter().map(|card| hex::encode(card.serial().listed(&salt))).collect();
        Self { stratum, salt: hex::encode(salt), hashes: hashes.into_iter().collect() }
    }

    /// True when the card with `serial` is on the list.
    pub fn has(&self, serial: &CardSerial) -> bool {
        hex::decode(&self.salt).is_ok_and(|salt| {
            let wanted = hex::encode(serial.listed(&salt));
            self.hashes.binary_search(&wanted).is_ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng as _;

    use super::*;

    #[test]
    fn a_list_knows_its_cards_and_no_others() {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        let survey = SurveyId::from_bytes([1; 16]);
        let cards: Vec<Card> = (0..50).map(|_| Card::make(survey, 2, &mut rng)).collect();
        let list = CardList::make(2, &cards, &mut rng);
        assert!(cards.iter().all(|card| list.has(&card.serial())));
        assert!(!list.has(&Card::make(survey, 2, &mut rng).serial()));
        assert!(list.hashes.is_sorted());
        let text = serde_json::to_string(&list).expect("a list is JSON");
        assert!(cards.iter().all(|card| !text.contains(&hex::encode(card.serial().0))));
    }

    #[test]
    fn a_card_has_another_nullifier_in_another_survey() {
        let code = CardCode::make(&mut ChaCha20Rng::seed_from_u64(4));
        let here = Card { survey: SurveyId::from_bytes([1; 16]), stratum: 1, code };
        let there = Card { survey: SurveyId::from_bytes([2; 16]), ..here.clone() };
        assert_ne!(here.nullifier(), there.nullifier());
        let typed = here.code.to_string().parse().map(|code| Card { code, ..here.clone() });
        assert_eq!(typed.map(|card| card.nullifier()), Ok(here.nullifier()));
    }
}
