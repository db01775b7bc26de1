//! Sealed records on their way: shuffled batches of one size, no credentials.
//!
//! Knows no response, no person and no time. A record is offered with the very same bytes until
//! the server acknowledges it; then its copy stays until a verified backup of the server holds
//! the record, because a server that was restored from an older one needs it again.

use std::collections::{BTreeMap, BTreeSet};

use rand_core::CryptoRng;

use super::{Batch, DeviceError, Storage, keys, safe::Safe};
use crate::{
    id::{Nullifier, SurveyId},
    sealed::{Deposit, SealedRecord},
};

/// Records of every batch. A day with fewer is padded with records that the server has, or with
/// repeats: the size of a request does not tell how many people answered since the last visit.
/// Eight records of 2 KiB cost 17 kB.
pub const DEPOSIT_RECORDS: usize = 8;

/// A batch to send.
#[derive(Debug)]
pub(super) struct Delivery {
    /// The waiting records in it.
    pub(super) records: Vec<Nullifier>,
    /// The bytes.
    pub(super) body: Vec<u8>,
}

/// What this device knows of a record without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kept {
    survey: SurveyId,
    record_bytes: usize,
}

/// The sealed records of this device.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: BTreeMap<Nullifier, Kept>,
    sent: BTreeMap<Nullifier, Kept>,
}

impl Outbox {
    pub(super) fn read<S: Storage>(safe: &Safe<S>) -> Result<Self, DeviceError> {
        Ok(Self { waiting: read_below(safe, keys::OUTBOX)?, sent: read_below(safe, keys::SENT)? })
    }

    /// True when the card was used on this device.
    pub(super) fn is_spent<S: Storage>(safe: &Safe<S>, nullifier: Nullifier) -> Result<bool, DeviceError> {
        safe.has(&keys::of_nullifier(keys::SPENT, nullifier))
    }

    /// Makes a record durable and its card spent, together.
    pub(super) fn push<S: Storage>(
        &mut self,
        safe: &mut Safe<S>,
        record: &SealedRecord,
        rng: &mut impl CryptoRng,
    ) -> Result<(), DeviceError> {
        let nullifier = record.nullifier();
        let mut batch = Batch::default();
        safe.put(&mut batch, keys::of_nullifier(keys::OUTBOX, nullifier), &record.encode(), rng);
        safe.put(&mut batch, keys::of_nullifier(keys::SPENT, nullifier), &[], rng);
        if let Err(error) = safe.commit(batch) {
            // The outcome may be unknown: only what can be read decides. Sealing again would make
            // other bytes under the same nullifier, which counts as a card used twice.
            let kept = read_below(safe, keys::OUTBOX)?;
            if kept.get(&nullifier) != Some(&kept_of(record)) {
                return Err(error);
            }
        }
        self.waiting.insert(nullifier, kept_of(record));
        Ok(())
    }

    /// The next batch: records of one survey, shuffled and padded; `None` when nothing waits but
    /// records of surveys that `closed` holds.
    pub(super) fn next_delivery<S: Storage>(
        &self,
        safe: &Safe<S>,
        closed: &[SurveyId],
        rng: &mut impl CryptoRng,
    ) -> Result<Option<Delivery>, DeviceError> {
        self.delivery_without(&BTreeSet::new(), safe, closed, rng)
    }

    /// As [`Outbox::next_delivery`], of records that are not among `passed`.
    pub(super) fn delivery_without<S: Storage>(
        &self,
        passed: &BTreeSet<Nullifier>,
        safe: &Safe<S>,
        closed: &[SurveyId],
        rng: &mut impl CryptoRng,
    ) -> Result<Option<Delivery>, DeviceError> {
        let sendable = |(nullifier, kept): &(&Nullifier, &Kept)| {
            !closed.contains(&kept.survey) && !passed.contains(*nullifier)
        };
        let Some((_, kind)) = self.waiting.iter().find(sendable) else { return Ok(None) };
        let kind = *kind;
        let mut chosen = alike(&self.waiting, kind);
        chosen.retain(|nullifier| !passed.contains(nullifier));
        shuffle(&mut chosen, rng);
        chosen.truncate(DEPOSIT_RECORDS);
        let mut padding = alike(&self.sent, kind);
        shuffle(&mut padding, rng);
        let waiting = chosen.iter().map(|nullifier| (keys::OUTBOX, *nullifier));
        let known = padding.iter().map(|nullifier| (keys::SENT, *nullifier));
        let repeated = chosen.iter().cycle().map(|nullifier| (keys::OUTBOX, *nullifier));
        let mut batch: Vec<_> = waiting.chain(known).chain(repeated).take(DEPOSIT_RECORDS).collect();
        shuffle(&mut batch, rng);
        let records = batch
            .into_iter()
            .map(|(prefix, nullifier)| read_record(safe, &keys::of_nullifier(prefix, nullifier)))
            .collect::<Result<_, _>>()?;
        let body = Deposit { records }
            .encode()
            .map_err(|error| DeviceError::Malformed { what: "deposit", detail: error.to_string() })?;
        Ok(Some(Delivery { records: chosen, body }))
    }

    /// True when the record of this card waits for its acknowledgement.
    pub(super) fn is_waiting(&self, nullifier: &Nullifier) -> bool {
        self.waiting.contains_key(nullifier)
    }

    /// Keeps acknowledged records as sent, together with what `batch` holds.
    pub(super) fn acknowledge<S: Storage>(
        &mut self,
        safe: &mut Safe<S>,
        records: &[Nullifier],
        mut batch: Batch,
        rng: &mut impl CryptoRng,
    ) -> Result<(), DeviceError> {
        let moved: Vec<_> = records.iter().filter(|one| self.waiting.contains_key(one)).copied().collect();
        relocate(safe, &mut batch, &moved, (keys::OUTBOX, keys::SENT), rng)?;
        safe.commit(batch).or_else(|error| self.reread(safe, error))?;
        for nullifier in moved {
            if let Some(kept) = self.waiting.remove(&nullifier) {
                self.sent.insert(nullifier, kept);
            }
        }
        Ok(())
    }

    /// Offers again what was sent: the server was restored from an older copy.
    pub(super) fn offer_again<S: Storage>(
        &mut self,
        safe: &mut Safe<S>,
        rng: &mut impl CryptoRng,
    ) -> Result<(), DeviceError> {
        let moved: Vec<Nullifier> = self.sent.keys().copied().collect();
        if moved.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::default();
        relocate(safe, &mut batch, &moved, (keys::SENT, keys::OUTBOX), rng)?;
        safe.commit(batch).or_else(|error| self.reread(safe, error))?;
        self.waiting.append(&mut self.sent);
        Ok(())
    }

    /// After a commit that failed: it may have happened all the same, and a record that is looked
    /// for where it was would stop every later delivery.
    pub(super) fn reread<S: Storage>(
        &mut self,
        safe: &Safe<S>,
        error: DeviceError,
    ) -> Result<(), DeviceError> {
        if let Ok(read) = Self::read(safe) {
            *self = read;
        }
        Err(error)
    }

    /// Adds the removal of every sent copy to `batch`; [`Outbox::forget_sent`] follows when it is
    /// committed.
    pub(super) fn remove_sent(&self, batch: &mut Batch) {
        for nullifier in self.sent.keys() {
            batch.delete(keys::of_nullifier(keys::SENT, *nullifier));
        }
    }

    pub(super) fn forget_sent(&mut self) {
        self.sent.clear();
    }

    /// How many sent records are kept until a backup of the server holds them.
    pub(super) fn sent(&self) -> usize {
        self.sent.len()
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn of_survey(&self, survey: SurveyId) -> usize {
        self.waiting.values().filter(|kept| kept.survey == survey).count()
    }

    /// The survey of one of these waiting records.
    pub(super) fn survey_of(&self, records: &[Nullifier]) -> Option<SurveyId> {
        records.iter().find_map(|one| self.waiting.get(one)).map(|kept| kept.survey)
    }
}

/// Adds the move of records from one prefix to another to `batch`.
fn relocate<S: Storage>(
    safe: &Safe<S>,
    batch: &mut Batch,
    records: &[Nullifier],
    (from, to): (&[u8], &[u8]),
    rng: &mut impl CryptoRng,
) -> Result<(), DeviceError> {
    for nullifier in records {
        let old = keys::of_nullifier(from, *nullifier);
        let Some(record) = safe.get(&old)? else { continue };
        safe.put(batch, keys::of_nullifier(to, *nullifier), &record, rng);
        batch.delete(old);
    }
    Ok(())
}

const fn kept_of(record: &SealedRecord) -> Kept {
    Kept { survey: record.survey(), record_bytes: record.record_bytes() }
}

fn read_below<S: Storage>(safe: &Safe<S>, prefix: &[u8]) -> Result<BTreeMap<Nullifier, Kept>, DeviceError> {
    let mut records = BTreeMap::new();
    for (key, value) in safe.scan(prefix)? {
        let record = decode(&value)?;
        if let Some(nullifier) = keys::nullifier_of(prefix, &key) {
            records.insert(nullifier, kept_of(&record));
        }
    }
    Ok(records)
}

fn read_record<S: Storage>(safe: &Safe<S>, key: &[u8]) -> Result<SealedRecord, DeviceError> {
    decode(&safe.get(key)?.unwrap_or_default())
}

fn decode(bytes: &[u8]) -> Result<SealedRecord, DeviceError> {
    SealedRecord::decode(bytes)
        .map_err(|error| DeviceError::Malformed { what: "sealed record", detail: error.to_string() })
}

fn alike(records: &BTreeMap<Nullifier, Kept>, kind: Kept) -> Vec<Nullifier> {
    records.iter().filter(|(_, kept)| **kept == kind).map(|(nullifier, _)| *nullifier).collect()
}

/// Fisher and Yates' shuffle. The remainder favours low places by less than one in 2^50.
fn shuffle<T>(items: &mut [T], rng: &mut impl CryptoRng) {
    for last in (1..items.len()).rev() {
        let places = last as u64 + 1;
        let chosen = usize::try_from(rng.next_u64() % places).unwrap_or(0);
        items.swap(last, chosen);
    }
}
