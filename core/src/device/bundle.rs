//! The exchange without a network: what waits is packed into a bundle, and its reply is read.
//!
//! A parcel holds the same request that the device would send over HTTP: a request of the sync
//! with its token, or one deposit. It is kept until it is answered and goes into every bundle
//! with the very same bytes, so whoever carries it twice carries one parcel. A reply may come
//! late, after other exchanges, or never: nothing is deleted for it that the server did not say
//! it has, and a later exchange over the network finds everything already there.

use std::collections::{BTreeMap, BTreeSet};

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use super::{
    Batch, BundleNews, Device, DeviceError, Enrolment, Storage, keys, ledger::ItemState,
    replica::DeviceReplica, safe::position_of, shelf::News,
};
use crate::{
    id::{DeviceId, ItemId, Nullifier, ParcelId},
    item::Item,
    moment::Moment,
    sealed::{
        Bundle, BundleError, BundleReply, Errand, Fate, MAX_BUNDLE_BYTES, Parcel, ParcelAnswer, ReplySecret,
        SealError, SealPublic,
    },
    sync::{Asked, Epoch, MAX_WINDOW_BYTES, Protocol, Replica as _, Request, Session, SessionError, ShortId},
};

/// Media type of bundles and their replies.
pub const BUNDLE_TYPE: &str = "application/x-tsumugi-bundle";

/// Bytes of items in one parcel; one item always fits.
const PARCEL_ITEM_BYTES: usize = 512 * 1024;
const MAX_PARCEL_ITEMS: usize = 4_096;
const MAX_UNCONFIRMED: usize = 4_096;

/// A file was not read.
#[derive(Debug, thiserror::Error)]
pub enum BundleRefused {
    /// It is no bundle or no reply; nothing of it was taken.
    #[error(transparent)]
    File(#[from] BundleError),
    /// The device.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// What is kept with a parcel until its reply comes.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Head {
    /// Opens the reply, hexadecimal.
    secret: String,
    /// The life of the server's log that the device knew when it packed.
    epoch: Option<u64>,
    cargo: Cargo,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Cargo {
    Items { device: DeviceId, tag: [u8; 8], pushed: Vec<ItemId>, unconfirmed: Vec<ItemId> },
    Records(Vec<Nullifier>),
}

/// A parcel that was not answered.
#[derive(Debug)]
struct Packed {
    head: Head,
    parcel: Parcel,
}

impl Packed {
    fn encode(&self) -> Vec<u8> {
        let head = serde_json::to_vec(&self.head).expect("a head has text keys only");
        let length = u32::try_from(head.len()).unwrap_or(u32::MAX);
        [&length.to_be_bytes()[..], &head, self.parcel.as_bytes()].concat()
    }

    fn decode(value: &[u8]) -> Result<Self, DeviceError> {
        let malformed = |detail: String| DeviceError::Malformed { what: "packed parcel", detail };
        let cut = || malformed("it is cut".to_owned());
        let (length, rest) = value.split_first_chunk().ok_or_else(cut)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let (head, parcel) = rest.split_at_checked(length).ok_or_else(cut)?;
        let head = serde_json::from_slice(head).map_err(|error| malformed(position_of(&error)))?;
        let parcel = Parcel::from_bytes(parcel.to_vec()).map_err(|error| malformed(error.to_string()))?;
        Ok(Self { head, parcel })
    }
}

/// The answers of a reply that this device can read.
#[derive(Default)]
struct Answers {
    items: Vec<(ParcelId, Head, ParcelAnswer)>,
    records: Vec<(ParcelId, Head, ParcelAnswer)>,
}

impl<S: Storage> Device<S> {
    /// Packs everything that the server has not acknowledged into one file, with what this device
    /// carries for others. Packing again while nothing has changed gives the same file.
    ///
    /// # Errors
    /// [`DeviceError::NotEnrolled`] when the device is not enrolled and carries nothing, and
    /// [`DeviceError::NoBundleKey`] when its server told no key; [`DeviceError::Storage`].
    pub fn pack_bundle(&mut self, rng: &mut impl CryptoRng) -> Result<Vec<u8>, DeviceError> {
        let mut parcels = match self.enrolment.clone() {
            Some(enrolment) => self.pack_own(&enrolment, rng)?,
            None => Vec::new(),
        };
        parcels.extend(self.carried()?);
        if parcels.is_empty() && self.enrolment.is_none() {
            return Err(DeviceError::NotEnrolled);
        }
        encode(&Bundle::fitting(parcels, MAX_BUNDLE_BYTES))
    }

    fn pack_own(
        &mut self,
        enrolment: &Enrolment,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Parcel>, DeviceError> {
        let key = enrolment.bundle_key.as_ref().ok_or(DeviceError::NoBundleKey)?;
        let server: SealPublic = key.parse().map_err(|_| DeviceError::Seal(SealError::PublicKey))?;
        self.offer_recorded(rng)?;
        let mut packed = self.read_packed()?;
        let quiet = self.request(Vec::new(), true, rng)?.0.tag();
        let device = (!enrolment.revoked).then_some(enrolment.device_id);
        let mut batch = Batch::default();
        packed.retain(|id, one| {
            let needed = self.is_needed(&one.head.cargo, device, quiet);
            if !needed {
                batch.delete(keys::of_parcel(keys::PACKED, *id));
            }
            needed
        });
        let mut errands = self.record_errands(&packed, rng)?;
        if !enrolment.revoked {
            errands.extend(self.item_errands(enrolment, &packed, rng)?);
        }
        for (errand, cargo) in errands {
            let (parcel, secret) = Parcel::seal(&server, &errand, rng)
                .map_err(|error| DeviceError::Malformed { what: "parcel", detail: error.to_string() })?;
            let secret = hex::encode(secret.as_bytes());
            let one = Packed { head: Head { secret, epoch: self.exchange.record.epoch, cargo }, parcel };
            let id = one.parcel.id();
            self.safe.put(&mut batch, keys::of_parcel(keys::PACKED, id), &one.encode(), rng);
            packed.insert(id, one);
        }
        self.safe.commit(batch)?;
        Ok(packed.into_values().map(|one| one.parcel).collect())
    }

    /// False when the server has everything that is in a parcel, by whatever way.
    fn is_needed(&self, cargo: &Cargo, device: Option<DeviceId>, quiet: [u8; 8]) -> bool {
        let waits = |id: &ItemId| self.ledger.get(*id).is_some_and(|(_, state)| state == ItemState::Outgoing);
        match cargo {
            Cargo::Items { device: packed_by, .. } if Some(*packed_by) != device => false,
            Cargo::Items { tag, pushed, .. } if pushed.is_empty() => *tag == quiet,
            Cargo::Items { pushed, .. } => pushed.iter().any(waits),
            Cargo::Records(records) => records.iter().any(|record| self.outbox.is_waiting(record)),
        }
    }

    /// One deposit for each batch of records that no parcel holds yet.
    fn record_errands(
        &self,
        packed: &BTreeMap<ParcelId, Packed>,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<(Errand, Cargo)>, DeviceError> {
        let mut passed: BTreeSet<Nullifier> = BTreeSet::new();
        for one in packed.values() {
            if let Cargo::Records(records) = &one.head.cargo {
                passed.extend(records);
            }
        }
        let mut errands = Vec::new();
        while let Some(delivery) =
            self.outbox.delivery_without(&passed, &self.safe, &self.exchange.closed, rng)?
        {
            passed.extend(&delivery.records);
            errands.push((Errand::Records { deposit: delivery.body }, Cargo::Records(delivery.records)));
        }
        Ok(errands)
    }

    /// Requests of the sync for the items that no parcel holds yet; one that only asks for news
    /// when there is nothing to send and none is on its way.
    fn item_errands(
        &mut self,
        enrolment: &Enrolment,
        packed: &BTreeMap<ParcelId, Packed>,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<(Errand, Cargo)>, DeviceError> {
        let mut held: BTreeSet<ItemId> = BTreeSet::new();
        let mut asked = false;
        for one in packed.values() {
            if let Cargo::Items { pushed, .. } = &one.head.cargo {
                held.extend(pushed);
                asked = true;
            }
        }
        let replica = DeviceReplica { device: self, rng, news: News::default(), late: true };
        let mut items = replica.outgoing(usize::MAX)?;
        items.retain(|item| !held.contains(&item.id()));
        let mut errands = Vec::new();
        for push in in_portions(items, !asked) {
            let first = errands.is_empty();
            let (request, unconfirmed) = self.request(push, first, rng)?;
            let pushed = request.push.iter().map(Item::id).collect();
            let device = enrolment.device_id;
            let cargo = Cargo::Items { device, tag: request.tag(), pushed, unconfirmed };
            let (token, request) = (enrolment.token.clone(), request.encode());
            errands.push((Errand::Items { token, request }, cargo));
        }
        Ok(errands)
    }

    /// A request of the sync; only the first of a bundle asks for news.
    fn request(
        &mut self,
        push: Vec<Item>,
        asks: bool,
        rng: &mut impl CryptoRng,
    ) -> Result<(Request, Vec<ItemId>), DeviceError> {
        let mut request = Request { protocol: Protocol::V2, push, ..Request::default() };
        let replica = DeviceReplica { device: self, rng, news: News::default(), late: true };
        request.epoch = replica.epoch()?;
        let mut unconfirmed = Vec::new();
        if asks {
            request.max_bytes = MAX_WINDOW_BYTES as u64;
            request.cursors = replica.cursors()?;
            unconfirmed = replica.unconfirmed(MAX_UNCONFIRMED)?;
            request.unconfirmed = unconfirmed.iter().copied().map(ShortId::from).collect();
        }
        Ok((request, unconfirmed))
    }

    fn read_packed(&self) -> Result<BTreeMap<ParcelId, Packed>, DeviceError> {
        let mut packed = BTreeMap::new();
        for (key, value) in self.safe.scan(keys::PACKED)? {
            if let Some(id) = keys::parcel_of(keys::PACKED, &key) {
                packed.insert(id, Packed::decode(&value)?);
            }
        }
        Ok(packed)
    }

    /// Reads the reply to a bundle: what the server has is marked, and what is new is taken. What
    /// became of the parcels of other devices is kept for them.
    ///
    /// # Errors
    /// [`BundleRefused::File`] when the file is damaged or no reply; nothing was changed then.
    pub fn read_bundle_reply(
        &mut self,
        bytes: &[u8],
        now: Moment,
        rng: &mut impl CryptoRng,
    ) -> Result<BundleNews, BundleRefused> {
        self.now = now;
        let reply = BundleReply::decode(bytes)?;
        let mut news = BundleNews::default();
        let answers = self.sort(&reply, &mut news, rng)?;
        // Items first: their answers tell whether the server was restored.
        for (id, head, answer) in answers.items {
            self.take_answer(&head, &answer, &mut news, rng)?;
            self.drop_packed(id)?;
        }
        for (id, head, answer) in answers.records {
            self.take_records(&head, &answer, &mut news, now, rng)?;
            self.drop_packed(id)?;
        }
        if news.changes + news.batches > 0 {
            self.remember_sync(now, rng)?;
        }
        Ok(news)
    }

    /// What of a reply is for this device, opened; what is for others is kept for them.
    fn sort(
        &mut self,
        reply: &BundleReply,
        news: &mut BundleNews,
        rng: &mut impl CryptoRng,
    ) -> Result<Answers, DeviceError> {
        let mut answers = Answers::default();
        let mut others = Vec::new();
        for notice in reply.notices() {
            let id = notice.parcel;
            let Some(value) = self.safe.get(&keys::of_parcel(keys::PACKED, id))? else {
                others.push(notice);
                continue;
            };
            let head = Packed::decode(&value)?.head;
            let answer = match notice.fate {
                Fate::Carried => {
                    news.on_the_way += 1;
                    continue;
                }
                Fate::Unreadable => {
                    news.unreadable += 1;
                    self.drop_packed(id)?;
                    continue;
                }
                Fate::Answered(sealed) => head.open(id, &sealed),
            };
            match (answer, &head.cargo) {
                (None, _) => news.strange += 1,
                (Some(answer), Cargo::Items { .. }) => answers.items.push((id, head, answer)),
                (Some(answer), Cargo::Records(_)) => answers.records.push((id, head, answer)),
            }
        }
        let sent = others.len();
        let kept = self.keep_for_others(others, rng)?;
        news.for_others += kept as u64;
        news.strange += (sent - kept) as u64;
        Ok(answers)
    }

    fn drop_packed(&mut self, parcel: ParcelId) -> Result<(), DeviceError> {
        let mut batch = Batch::default();
        batch.delete(keys::of_parcel(keys::PACKED, parcel));
        self.safe.commit(batch)
    }

    fn take_answer(
        &mut self,
        head: &Head,
        answer: &ParcelAnswer,
        news: &mut BundleNews,
        rng: &mut impl CryptoRng,
    ) -> Result<(), DeviceError> {
        let Cargo::Items { device, tag, pushed, unconfirmed } = &head.cargo else { return Ok(()) };
        let own = self.enrolment.as_ref().is_some_and(|enrolment| enrolment.device_id == *device);
        if own && matches!(answer.status, 401 | 403) {
            return self.be_revoked(rng);
        }
        let known = self.exchange.record.epoch;
        // An answer of a life of the log before the one that is known says nothing any more.
        let holds = known.is_none() || known == head.epoch || known == Some(answer.epoch);
        if answer.status != 200 || !holds {
            return Ok(());
        }
        let (pushed, unconfirmed) = (pushed.clone(), unconfirmed.clone());
        let asked = Asked { tag: *tag, epoch: head.epoch.map(Epoch), pushed, unconfirmed };
        let mut session = Session::awaiting(asked);
        let mut replica = DeviceReplica { device: self, rng, news: News::default(), late: true };
        match session.on_reply(&mut replica, &answer.body) {
            Ok(progress) => {
                news.changes += progress.sent;
                news.refused += progress.refused;
                news.changed.extend(replica.news.surveys);
                news.merged.extend(replica.news.responses);
                Ok(())
            }
            Err(SessionError::Storage(error)) => Err(error),
            Err(SessionError::Wire(_) | SessionError::NotMine) => {
                news.strange += 1;
                Ok(())
            }
        }
    }

    fn take_records(
        &mut self,
        head: &Head,
        answer: &ParcelAnswer,
        news: &mut BundleNews,
        now: Moment,
        rng: &mut impl CryptoRng,
    ) -> Result<(), DeviceError> {
        let Cargo::Records(records) = &head.cargo else { return Ok(()) };
        let known = self.exchange.record.epoch;
        // Another life of the log may have forgotten them: they are packed or sent again.
        if answer.status != 200 || known.is_some_and(|known| known != answer.epoch) {
            return Ok(());
        }
        let waited = records.iter().any(|record| self.outbox.is_waiting(record));
        self.on_deposited(records, Some(answer.backups_begun), &answer.body, now, rng)?;
        let waits = records.iter().any(|record| self.outbox.is_waiting(record));
        news.batches += u64::from(waited && !waits);
        Ok(())
    }
}

impl Head {
    /// Opens the reply to the parcel `id`; `None` when it is not what the server sealed for it.
    fn open(&self, id: ParcelId, sealed: &[u8]) -> Option<ParcelAnswer> {
        let mut secret = [0; 32];
        hex::decode_to_slice(&self.secret, &mut secret).ok()?;
        ReplySecret::from_bytes(secret).open(id, sealed).ok()
    }
}

/// Items in portions of a parcel each, in their order; an empty one when there are none and
/// `at_least_one` is wanted.
fn in_portions(items: Vec<Item>, at_least_one: bool) -> Vec<Vec<Item>> {
    let mut portions: Vec<Vec<Item>> = Vec::new();
    let mut bytes = 0;
    for item in items {
        bytes += item.encoded_len();
        match portions.last_mut() {
            Some(portion) if bytes <= PARCEL_ITEM_BYTES && portion.len() < MAX_PARCEL_ITEMS => {
                portion.push(item);
            }
            _ => {
                bytes = item.encoded_len();
                portions.push(vec![item]);
            }
        }
    }
    if portions.is_empty() && at_least_one {
        portions.push(Vec::new());
    }
    portions
}

pub(super) fn encode(bundle: &Bundle) -> Result<Vec<u8>, DeviceError> {
    bundle.encode().map_err(|error| DeviceError::Malformed { what: "bundle", detail: error.to_string() })
}
