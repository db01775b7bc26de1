//! The reference model of company answers: who knew what when it was written, and nothing else.
//!
//! Owns the graph of changes and the reading of it: a value at a path stands until somebody who
//! knew it writes there. Does not use automerge; what a change puts is read from its bytes, and
//! what it says that it replaces is compared with what its writer knew.

use std::collections::{BTreeMap, BTreeSet};

use tsumugi_core::{
    answers::{Path, Value},
    id::ResponseId,
    response::{ChangeId, gate::preflight},
};

/// A change by the order in which the model met it.
pub type Place = usize;

/// The values that stand at each path, as text with their type.
pub type Standing = BTreeMap<Path, BTreeSet<String>>;

/// A set of changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places(Vec<u64>);

impl Places {
    /// Adds a change.
    pub fn insert(&mut self, place: Place) {
        if self.0.len() <= place / 64 {
            self.0.resize(place / 64 + 1, 0);
        }
        if let Some(word) = self.0.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
    }

    /// Takes a change out.
    pub fn remove(&mut self, place: Place) {
        if let Some(word) = self.0.get_mut(place / 64) {
            *word &= !(1 << (place % 64));
        }
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    /// True when the change is there.
    pub fn contains(&self, place: Place) -> bool {
        self.0.get(place / 64).is_some_and(|word| word & (1 << (place % 64)) != 0)
    }

    /// Adds all of another set.
    pub fn extend(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    /// True when every change of this set is in the other.
    pub fn is_within(&self, other: &Self) -> bool {
        let at = |place: usize| other.0.get(place).copied().unwrap_or(0);
        self.0.iter().enumerate().all(|(place, word)| word & !at(place) == 0)
    }

    /// The changes, in order.
    pub fn iter(&self) -> impl Iterator<Item = Place> {
        let bits = |word: u64| (0..64).filter(move |bit| word & (1 << bit) != 0);
        self.0.iter().enumerate().flat_map(move |(at, word)| bits(*word).map(move |bit| at * 64 + bit))
    }
}

impl FromIterator<Place> for Places {
    fn from_iter<I: IntoIterator<Item = Place>>(places: I) -> Self {
        let mut set = Self::default();
        for place in places {
            set.insert(place);
        }
        set
    }
}

/// One write of a change.
#[derive(Debug)]
pub struct Op {
    /// The question.
    pub path: Path,
    /// The answer; `None` clears.
    pub value: Option<Value>,
    /// The changes whose values it replaces.
    pub replaces: Vec<Place>,
}

/// One change as the model keeps it.
#[derive(Debug)]
pub struct Deed {
    /// The response.
    pub response: ResponseId,
    /// What it builds on, all the way down.
    pub past: Places,
    /// What it writes.
    pub ops: Vec<Op>,
}

/// Every change that any device ever wrote.
#[derive(Debug, Default)]
pub struct History {
    deeds: Vec<Deed>,
    known: BTreeMap<ChangeId, Place>,
    /// The change of each operation, by its actor and number.
    numbers: BTreeMap<([u8; 16], u64), Place>,
}

impl History {
    /// Takes a change, known or new.
    ///
    /// # Errors
    /// A sentence when the change cannot be read or builds on one that nobody wrote.
    pub fn note(&mut self, response: ResponseId, chunk: &[u8]) -> Result<Place, String> {
        let head = preflight(chunk).map_err(|error| format!("a written change cannot be read: {error}"))?;
        if let Some(place) = self.known.get(&head.hash) {
            return Ok(*place);
        }
        let mut past = Places::default();
        for dep in &head.deps {
            let place = self.known.get(dep).ok_or("a change builds on one that nobody wrote")?;
            past.insert(*place);
            if let Some(deed) = self.deeds.get(*place) {
                past.extend(&deed.past);
            }
        }
        let place = self.deeds.len();
        let before = self.writers(&past);
        let mut ops = Vec::with_capacity(head.ops.len());
        for (number, op) in (head.start_op..).zip(&head.ops) {
            let named = op.replaces.iter().map(|(actor, number)| {
                let actor = head.actors.get(*actor).copied().unwrap_or_default();
                self.numbers.get(&(actor, *number)).copied().ok_or("a change replaces what nobody wrote")
            });
            let replaces = named.collect::<Result<Vec<_>, _>>()?;
            let there = before.get(&op.path).cloned().unwrap_or_default();
            let named: BTreeSet<Place> = replaces.iter().copied().collect();
            // Who settles a conflict for the value that wins takes the others away and leaves that.
            let fits = if op.value.is_some() { named == there } else { named.is_subset(&there) };
            if !fits {
                return Err(format!("a change replaces {named:?} at {}, and {there:?} stand there", op.path));
            }
            self.numbers.insert((head.actor(), number), place);
            ops.push(Op { path: op.path.clone(), value: op.value.clone(), replaces });
        }
        self.deeds.push(Deed { response, past, ops });
        self.known.insert(head.hash, place);
        Ok(place)
    }

    /// The changes whose values stand at each path when these changes are known.
    fn writers(&self, places: &Places) -> BTreeMap<Path, BTreeSet<Place>> {
        let mut writers: BTreeMap<Path, BTreeSet<Place>> = BTreeMap::new();
        let ops = || places.iter().filter_map(|place| Some((place, &self.deeds.get(place)?.ops)));
        for (place, ops) in ops() {
            for op in ops.iter().filter(|op| op.value.is_some()) {
                writers.entry(op.path.clone()).or_default().insert(place);
            }
        }
        for op in ops().flat_map(|(_, ops)| ops) {
            if let Some(standing) = writers.get_mut(&op.path) {
                standing.retain(|place| !op.replaces.contains(place));
            }
        }
        writers.retain(|_, standing| !standing.is_empty());
        writers
    }

    /// The change at a place.
    pub fn deed(&self, place: Place) -> Option<&Deed> {
        self.deeds.get(place)
    }

    /// The place of a change.
    pub fn place(&self, change: ChangeId) -> Option<Place> {
        self.known.get(&change).copied()
    }

    /// A change and everything that it builds on.
    pub fn with_past(&self, place: Place) -> Places {
        let mut places = self.deeds.get(place).map(|deed| deed.past.clone()).unwrap_or_default();
        places.insert(place);
        places
    }

    /// The changes of a set whose past is in the set.
    pub fn closed(&self, places: &Places) -> Places {
        let whole = |place: &Place| self.deeds.get(*place).is_some_and(|deed| deed.past.is_within(places));
        places.iter().filter(whole).collect()
    }

    /// The changes of a response among `places`.
    pub fn of(&self, response: ResponseId, places: &Places) -> Places {
        let its = |place: &Place| self.deeds.get(*place).is_some_and(|deed| deed.response == response);
        places.iter().filter(its).collect()
    }

    /// What stands when these changes are known: every value that nobody who knew it wrote over.
    pub fn standing(&self, places: &Places) -> Standing {
        let value = |path: &Path, place: &Place| {
            let ops = &self.deeds.get(*place)?.ops;
            ops.iter().find(|op| op.path == *path)?.value.as_ref().map(told)
        };
        let told_values = |(path, writers): (Path, BTreeSet<Place>)| {
            let values = writers.iter().filter_map(|place| value(&path, place)).collect();
            (path, values)
        };
        self.writers(places).into_iter().map(told_values).collect()
    }
}

/// A value as text with its type.
pub fn told(value: &Value) -> String {
    match value {
        Value::Integer(number) => format!("{number}"),
        Value::Decimal(number) => format!("{number:?}"),
        Value::Text(text) => format!("\"{text}\""),
    }
}

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng as _;
    use tsumugi_core::response::ResponseDoc;

    use super::*;

    #[test]
    fn two_values_stand_until_somebody_who_knows_both_writes() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let response = ResponseId::from_bytes([1; 16]);
        let mut history = History::default();
        let mut write = |doc: &mut ResponseDoc, value: i64| {
            let entry = [(Path::new("a"), Some(Value::Integer(value)))];
            doc.record(&entry, &mut rng).expect("recordable").expect("something new")
        };
        let (mut here, mut there) = (ResponseDoc::new(), ResponseDoc::new());
        let (first, second) = (write(&mut here, 1), write(&mut there, 2));
        here.apply(std::slice::from_ref(&second));
        let mut known = Places::default();
        for chunk in [&first, &second] {
            known.insert(history.note(response, chunk).expect("a change"));
        }
        let both = BTreeSet::from(["1".to_owned(), "2".to_owned()]);
        assert_eq!(history.standing(&known).get(&Path::new("a")), Some(&both));
        known.insert(history.note(response, &write(&mut here, 3)).expect("a change"));
        let one = BTreeSet::from(["3".to_owned()]);
        assert_eq!(history.standing(&known).get(&Path::new("a")), Some(&one));
    }
}
