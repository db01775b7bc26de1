//! The reference model of anonymous answers: which records were sealed for which card.
//!
//! Owns what a card may count as. A card that was used once counts as what was answered; of a
//! card that was used on two copies of a tablet, the record with the smaller SHA-256 counts.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};
use tsumugi_core::{answers::Answers, id::Nullifier};

use crate::history::told;

/// SHA-256 of a record.
pub type RecordHash = [u8; 32];

/// Records by card.
pub type Records = BTreeMap<Nullifier, BTreeSet<RecordHash>>;

/// The SHA-256 of a record.
pub fn hash_of(record: &[u8]) -> RecordHash {
    Sha256::digest(record).into()
}

/// Adds a record to a set; true when it is new there.
pub fn add(records: &mut Records, nullifier: Nullifier, hash: RecordHash) -> bool {
    records.entry(nullifier).or_default().insert(hash)
}

/// Answers as one text: what the simulation compares.
pub fn told_answers(answers: &Answers) -> String {
    let told: Vec<String> = answers.iter().map(|(path, value)| format!("{path}={}", told(value))).collect();
    told.join(" ")
}

/// What was sealed anywhere.
#[derive(Debug, Default)]
pub struct Ballots {
    sealed: BTreeMap<Nullifier, BTreeMap<RecordHash, String>>,
}

impl Ballots {
    /// Notes what a record holds.
    pub fn note(&mut self, nullifier: Nullifier, hash: RecordHash, answers: &str) {
        self.sealed.entry(nullifier).or_default().insert(hash, answers.to_owned());
    }

    /// True when the record was sealed by a tablet.
    pub fn knows(&self, nullifier: Nullifier, hash: RecordHash) -> bool {
        self.sealed.get(&nullifier).is_some_and(|records| records.contains_key(&hash))
    }

    /// What counts of these records: one text for each card.
    pub fn counted(&self, records: &Records) -> Vec<String> {
        let mut counted: Vec<String> = records
            .iter()
            .filter_map(|(nullifier, hashes)| self.sealed.get(nullifier)?.get(hashes.first()?).cloned())
            .collect();
        counted.sort();
        counted
    }

    /// How many of these records are second ones of their card.
    pub fn beside(records: &Records) -> u64 {
        records.values().map(|hashes| hashes.len() as u64 - 1).sum()
    }
}
