//! The document of one response.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use automerge::{
    ActorId, Automerge, ChangeHash, ObjId, ROOT, ReadDoc, ScalarValue, TextEncoding,
    transaction::{CommitOptions, Transactable},
};
use rand_core::CryptoRng;

use super::{
    Author, Candidate, Conflict,
    batch::Batch,
    gate::{self, Admission, GateError, Limits, MAX_KEY_BYTES, MAX_OPS, MAX_TEXT_BYTES},
    history::{History, Standing},
};
use crate::answers::{Answers, Path, Value};

/// Set in every document: automerge's default depends on cargo features of the whole build.
pub(super) const ENCODING: TextEncoding = TextEncoding::UnicodeCodePoint;

/// Names a change: SHA-256 as automerge computes it, the same on every device.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChangeId([u8; 32]);

impl ChangeId {
    /// Takes bytes as they are.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChangeId({self})")
    }
}

/// What a person entered cannot be recorded as one change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Too many answers at once; [`ResponseDoc::record_all`] splits them.
    #[error("{got} answers in one change, at most {limit} are allowed")]
    TooMany {
        /// How many differ from what is recorded.
        got: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// One text is too long.
    #[error("the text at `{path}` has {got} bytes, at most {limit} are allowed")]
    TextTooLong {
        /// The question.
        path: Path,
        /// Bytes of the text.
        got: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The path is empty or too long, or the number is not finite.
    #[error("`{path}` or the number there cannot be recorded")]
    NotRecordable {
        /// The question.
        path: Path,
    },
    /// The change as a whole does not pass the gate: it is too large.
    #[error("the change does not pass the gate: {0}")]
    Gate(#[from] GateError),
}

/// The stored changes of a response do not make a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{refused} of {total} changes are refused and {parked} build on changes that are missing")]
pub struct OpenError {
    /// How many the gate refuses.
    pub refused: usize,
    /// How many wait for others.
    pub parked: usize,
    /// How many there are.
    pub total: usize,
}

/// One response: a flat multi-value register by path.
///
/// A document that is open records under an actor of its own, made from the generator at the
/// first record; a clone is another opening. So a tablet restored from a backup, or cloned,
/// never continues the sequence of another.
#[derive(Debug)]
pub struct ResponseDoc {
    pub(super) automerge: Automerge,
    pub(super) history: History,
    actor: Option<ActorId>,
    author: Option<Author>,
    own: BTreeSet<ChangeId>,
}

impl Default for ResponseDoc {
    fn default() -> Self {
        Self::new()
    }
}

impl Clone for ResponseDoc {
    /// Opens the same document again: the clone records under an actor of its own.
    fn clone(&self) -> Self {
        Self {
            automerge: self.automerge.clone(),
            history: self.history.clone(),
            actor: None,
            author: self.author.clone(),
            own: self.own.clone(),
        }
    }
}

impl ResponseDoc {
    /// Opens a response without answers.
    pub fn new() -> Self {
        Self {
            automerge: Automerge::new_with_encoding(ENCODING),
            history: History::default(),
            actor: None,
            author: None,
            own: BTreeSet::new(),
        }
    }

    /// Opens a response from all of its changes, in any order.
    ///
    /// # Errors
    /// [`OpenError`] when a change is refused or builds on one that is missing; use
    /// [`ResponseDoc::open`] to go on without these.
    pub fn from_changes(changes: &[Vec<u8>]) -> Result<Self, OpenError> {
        let (doc, admission) = Self::open(changes);
        match (admission.refused.len(), admission.parked.len()) {
            (0, 0) => Ok(doc),
            (refused, parked) => Err(OpenError { refused, parked, total: changes.len() }),
        }
    }

    /// Opens a response from what the gate admits of `changes`, in any order.
    pub fn open(changes: &[Vec<u8>]) -> (Self, Admission) {
        let mut doc = Self::new();
        let admission = doc.apply(changes);
        (doc, admission)
    }

    /// Names who records from now on; shown to others beside a conflict.
    pub fn set_author(&mut self, author: Option<Author>) {
        self.author = author;
    }

    /// Says that these changes were recorded on this device in earlier openings.
    pub fn claim(&mut self, changes: impl IntoIterator<Item = ChangeId>) {
        self.own.extend(changes);
    }

    /// Applies changes of other devices through the gate.
    pub fn apply(&mut self, changes: &[Vec<u8>]) -> Admission {
        gate::admit(self, changes, &Limits::HELD)
    }

    /// Applies changes as a server does: what it takes every device can take.
    pub fn apply_within(&mut self, changes: &[Vec<u8>], limits: &Limits) -> Admission {
        gate::admit(self, changes, limits)
    }

    /// Records what differs from what is recorded, as one change; `None` when nothing does.
    /// Of several entries of one path the last counts. A path in conflict gets one value again,
    /// unless the entry repeats the value that it shows.
    ///
    /// # Errors
    /// [`RecordError`] when an entry or the change as a whole is over a limit; nothing was recorded.
    pub fn record(
        &mut self,
        entries: &[(Path, Option<Value>)],
        rng: &mut impl CryptoRng,
    ) -> Result<Option<Vec<u8>>, RecordError> {
        let differing = self.differing(entries)?;
        if differing.len() > MAX_OPS {
            return Err(RecordError::TooMany { got: differing.len(), limit: MAX_OPS });
        }
        self.commit(&differing, rng)
    }

    /// Records any number of entries, as several changes where one would be over the limits.
    ///
    /// # Errors
    /// [`RecordError`] when a single entry is over a limit; nothing was recorded.
    pub fn record_all(
        &mut self,
        entries: &[(Path, Option<Value>)],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Vec<u8>>, RecordError> {
        let differing = self.differing(entries)?;
        self.commit_all(differing, rng)
    }

    /// Writes entries as they are, as several changes where one would be over the limits.
    pub(super) fn commit_all(
        &mut self,
        entries: BTreeMap<Path, Option<Value>>,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Vec<u8>>, RecordError> {
        let mut chunks = Vec::new();
        let mut batch = Batch::default();
        for (path, value) in entries {
            let replaced = self.values_at(path.as_str());
            if !batch.holds(&path, value.as_ref(), &replaced) {
                chunks.extend(self.commit(&std::mem::take(&mut batch).entries, rng)?);
            }
            batch.put(path, value, &replaced);
        }
        chunks.extend(self.commit(&batch.entries, rng)?);
        Ok(chunks)
    }

    /// Resolves a conflict: one change that supersedes every value at `path`. `None` when the
    /// path already has this value alone.
    ///
    /// # Errors
    /// As [`ResponseDoc::record`].
    pub fn choose(
        &mut self,
        path: &Path,
        value: Value,
        rng: &mut impl CryptoRng,
    ) -> Result<Option<Vec<u8>>, RecordError> {
        check_entry(path, Some(&value))?;
        let values = self.values_at(path.as_str());
        if values.len() == 1 && values.first().is_some_and(|(one, _)| *one == value) {
            return Ok(None);
        }
        self.commit(&BTreeMap::from([(path.clone(), Some(value))]), rng)
    }

    /// Every answer. Where people differ, the value with the highest operation number, and of
    /// these the one of the greatest actor: the same on every device.
    pub fn answers(&self) -> Answers {
        self.paths()
            .filter_map(|path| {
                let (value, _) = self.values_at(&path).pop()?;
                Some((Path::new(path), value))
            })
            .collect()
    }

    /// Where people differ, by path.
    pub fn conflicts(&self) -> Vec<Conflict> {
        self.paths().filter_map(|path| self.conflict_at(&Path::new(path))).collect()
    }

    /// The different answers at `path`, or `None` when there are not two.
    pub fn conflict_at(&self, path: &Path) -> Option<Conflict> {
        let mut values: Vec<Candidate> = Vec::new();
        for (value, id) in self.values_at(path.as_str()).into_iter().rev() {
            let Some(change) = self.change_of(&id) else { continue };
            if values.iter().all(|candidate| candidate.value != value) {
                let author = self.history.author(change).cloned();
                let by_this_device = self.own.contains(&change);
                values.push(Candidate { value, change, author, by_this_device });
            }
        }
        (values.len() > 1).then(|| Conflict { path: path.clone(), values })
    }

    /// The changes on which no other builds, sorted: two documents with equal heads are equal.
    pub fn heads(&self) -> Vec<ChangeId> {
        self.history.heads().into_iter().collect()
    }

    /// True when the change was admitted or recorded here.
    pub fn contains(&self, change: ChangeId) -> bool {
        self.history.contains(change)
    }

    /// How many changes the document has.
    pub fn change_count(&self) -> usize {
        self.history.len()
    }

    pub(super) fn heads_of(automerge: &Automerge) -> Vec<ChangeId> {
        automerge.get_heads().iter().map(|hash| ChangeId(hash.0)).collect()
    }

    fn paths(&self) -> impl Iterator<Item = String> {
        self.automerge.keys(ROOT)
    }

    /// The values at a path, the one that wins last.
    fn values_at(&self, path: &str) -> Vec<(Value, ObjId)> {
        let values = self.automerge.get_all(ROOT, path).unwrap_or_default();
        values.into_iter().filter_map(|(value, id)| Some((value_of(value.as_scalar()?)?, id))).collect()
    }

    fn change_of(&self, id: &ObjId) -> Option<ChangeId> {
        self.automerge.hash_for_opid(id).map(|ChangeHash(hash)| ChangeId(hash))
    }

    fn differing(
        &self,
        entries: &[(Path, Option<Value>)],
    ) -> Result<BTreeMap<Path, Option<Value>>, RecordError> {
        let mut differing = BTreeMap::new();
        for (path, value) in entries {
            check_entry(path, value.as_ref())?;
            differing.insert(path.clone(), value.clone());
        }
        differing
            .retain(|path, value| self.values_at(path.as_str()).pop().map(|(current, _)| current) != *value);
        Ok(differing)
    }

    /// True when putting `value` at `path`, or deleting what is there, is something new.
    pub(super) fn is_written(&self, path: &Path, value: Option<&Value>) -> bool {
        let there = self.values_at(path.as_str());
        match (value, there.as_slice()) {
            (None, []) => false,
            (Some(value), [(only, _)]) => only != value,
            _ => true,
        }
    }

    /// Records on a clone, so that a change that does not pass the gate leaves no trace.
    pub(super) fn commit(
        &mut self,
        entries: &BTreeMap<Path, Option<Value>>,
        rng: &mut impl CryptoRng,
    ) -> Result<Option<Vec<u8>>, RecordError> {
        if entries.is_empty() {
            return Ok(None);
        }
        let actor = self.actor.get_or_insert_with(|| {
            let mut bytes = [0; 16];
            rng.fill_bytes(&mut bytes);
            ActorId::from(bytes)
        });
        let mut clone = self.automerge.clone().with_actor(actor.clone());
        let mut options = CommitOptions::default().with_time(0);
        options.message = self.author.as_ref().and_then(Author::to_message);
        let mut transaction = clone.transaction();
        for (path, value) in entries {
            let written = match value {
                Some(value) => transaction.put(ROOT, path.as_str(), scalar_of(value)),
                None => transaction.delete(ROOT, path.as_str()),
            };
            written.map_err(|_| GateError::Trial { stage: "record" })?;
        }
        transaction.commit_with(options);
        let mut change = clone.get_last_local_change().ok_or(GateError::Trial { stage: "record" })?;
        let chunk = change.bytes().into_owned();
        let head = gate::preflight(&chunk)?;
        if self.history.check(&head, &Limits::ADMITTED)? != Standing::Ready {
            return Err(GateError::Trial { stage: "record" }.into());
        }
        self.history.push(&head);
        self.own.insert(head.hash);
        self.automerge = clone;
        Ok(Some(chunk))
    }
}

fn check_entry(path: &Path, value: Option<&Value>) -> Result<(), RecordError> {
    let length = path.as_str().len();
    if length == 0 || length > MAX_KEY_BYTES {
        return Err(RecordError::NotRecordable { path: path.clone() });
    }
    match value {
        Some(Value::Text(text)) if text.len() > MAX_TEXT_BYTES => {
            Err(RecordError::TextTooLong { path: path.clone(), got: text.len(), limit: MAX_TEXT_BYTES })
        }
        Some(Value::Decimal(number)) if !number.is_finite() => {
            Err(RecordError::NotRecordable { path: path.clone() })
        }
        _ => Ok(()),
    }
}

fn scalar_of(value: &Value) -> ScalarValue {
    match value {
        Value::Integer(number) => ScalarValue::Int(*number),
        Value::Decimal(number) => ScalarValue::F64(*number),
        Value::Text(text) => ScalarValue::Str(text.as_str().into()),
    }
}

fn value_of(scalar: &ScalarValue) -> Option<Value> {
    match scalar {
        ScalarValue::Int(number) => Some(Value::Integer(*number)),
        ScalarValue::F64(number) => Some(Value::Decimal(*number)),
        ScalarValue::Str(text) => Some(Value::text(text.as_str())),
        _ => None,
    }
}

/// True when two documents have the same values, of the same operations, at the same paths. One
/// path at a time: all of them at once would be the document twice more.
pub(super) fn same_values(one: &Automerge, other: &Automerge) -> bool {
    let at = |doc: &Automerge, key: &str| {
        let values = doc.get_all(ROOT, key).unwrap_or_default();
        values.into_iter().map(|(value, id)| (value.into_owned(), id.to_string())).collect::<Vec<_>>()
    };
    one.keys(ROOT).eq(other.keys(ROOT)) && one.keys(ROOT).all(|key| at(one, &key) == at(other, &key))
}

#[cfg(test)]
mod tests;
