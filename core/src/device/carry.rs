//! Parcels of other devices, which this one hands on without being able to read them.
//!
//! A small store and nothing else: what comes in a bundle is kept durably before it is called
//! carried; what the server answered is kept for whoever brought the parcel. The device hands
//! them on at its own next exchange, and in every bundle that it packs. Who packed a parcel
//! keeps everything until the server's own reply comes, so losing a carrier loses nothing.

use rand_core::CryptoRng;

use super::{
    Batch, BundleRefused, Device, DeviceError, Storage, bundle::encode, keys, safe::Safe, shelf::News,
};
use crate::{
    id::ParcelId,
    moment::Moment,
    sealed::{Bundle, BundleReply, Fate, Notice, Parcel},
};

/// The most bytes that are carried for others; a parcel over it is not taken.
const MAX_CARRIED_BYTES: usize = 32 * 1024 * 1024;
/// The most bytes of answers that are kept for others; older ones make room, and are asked for again.
const MAX_BROUGHT_BYTES: usize = 32 * 1024 * 1024;
/// Between two tries to hand on what was handed on and not answered.
const AGAIN_MS: i64 = 60_000;

/// When to hand on what waits here for others.
#[derive(Debug, Default)]
pub(super) struct Errands {
    waiting: bool,
    asked: Option<Moment>,
    /// The last parcel that was handed on: the next request goes on behind it.
    after: Option<ParcelId>,
}

impl Errands {
    pub(super) fn read<S: Storage>(safe: &Safe<S>) -> Result<Self, DeviceError> {
        Ok(Self { waiting: !safe.keys(keys::CARRIED)?.is_empty(), ..Self::default() })
    }

    pub(super) fn ask_soon(&mut self) {
        self.asked = None;
    }

    pub(super) fn are_due(&self, now: Moment) -> bool {
        let passed = |since: Moment| now.unix_ms.saturating_sub(since.unix_ms);
        self.waiting && self.asked.is_none_or(|since| !(0..AGAIN_MS).contains(&passed(since)))
    }
}

impl<S: Storage> Device<S> {
    /// Takes a bundle of another device to hand it on. What it gives back is for that device: which
    /// parcels are held here, and what the server said to those that came earlier.
    ///
    /// # Errors
    /// [`BundleRefused::File`] when the file is damaged or no bundle; nothing was taken then.
    pub fn carry_bundle(&mut self, bytes: &[u8], rng: &mut impl CryptoRng) -> Result<Vec<u8>, BundleRefused> {
        let bundle = Bundle::decode(bytes)?;
        let mut room = MAX_CARRIED_BYTES.saturating_sub(self.safe.bytes_below(keys::CARRIED)?);
        let mut batch = Batch::default();
        let mut notices = Vec::new();
        for (id, parcel) in bundle.parcels() {
            let fate = match self.brought(id)? {
                Some(fate) => fate,
                None if self.is_here(id)? => Fate::Carried,
                None if parcel.as_bytes().len() > room => continue,
                None => {
                    room -= parcel.as_bytes().len();
                    self.safe.put(&mut batch, keys::of_parcel(keys::CARRIED, id), parcel.as_bytes(), rng);
                    Fate::Carried
                }
            };
            notices.push(Notice { parcel: id, fate });
        }
        let new = !batch.writes.is_empty();
        self.safe.commit(batch)?;
        if new {
            self.exchange.errands = Errands { waiting: true, ..Errands::default() };
        }
        Ok(BundleReply::of(notices).encode()?)
    }

    /// A file with what this device carries for others, and nothing of its own.
    ///
    /// # Errors
    /// [`DeviceError::Storage`].
    pub fn bundles_to_forward(&self) -> Result<Vec<u8>, DeviceError> {
        encode(&Bundle::of(self.carried()?))
    }

    /// How many parcels of other devices wait here.
    ///
    /// # Errors
    /// [`DeviceError::Storage`].
    pub fn carried_parcels(&self) -> Result<usize, DeviceError> {
        Ok(self.safe.keys(keys::CARRIED)?.len())
    }

    pub(super) fn carried(&self) -> Result<Vec<Parcel>, DeviceError> {
        let parcel = |(_, value)| {
            Parcel::from_bytes(value)
                .map_err(|error| DeviceError::Malformed { what: "carried parcel", detail: error.to_string() })
        };
        self.safe.scan(keys::CARRIED)?.into_iter().map(parcel).collect()
    }

    /// True when the parcel waits here already, or was packed here and came back.
    fn is_here(&self, parcel: ParcelId) -> Result<bool, DeviceError> {
        Ok(self.safe.has(&keys::of_parcel(keys::CARRIED, parcel))?
            || self.safe.has(&keys::of_parcel(keys::PACKED, parcel))?)
    }

    fn brought(&self, parcel: ParcelId) -> Result<Option<Fate>, DeviceError> {
        let Some(value) = self.safe.get(&keys::of_parcel(keys::BROUGHT, parcel))? else { return Ok(None) };
        let fate = value.split_first().and_then(|(code, reply)| Fate::from_parts(*code, reply.to_vec()));
        Ok(fate)
    }

    /// Keeps what became of parcels that are carried here; how many there were.
    pub(super) fn keep_for_others(
        &mut self,
        notices: Vec<Notice>,
        rng: &mut impl CryptoRng,
    ) -> Result<usize, DeviceError> {
        let mut kept = 0;
        for Notice { parcel, fate } in notices {
            let carried = keys::of_parcel(keys::CARRIED, parcel);
            if !self.safe.has(&carried)? {
                continue;
            }
            kept += 1;
            if fate == Fate::Carried {
                continue;
            }
            let mut batch = Batch::default();
            self.make_room(fate.reply().len(), &mut batch)?;
            batch.delete(carried);
            let value = [&[fate.code()][..], fate.reply()].concat();
            self.safe.put(&mut batch, keys::of_parcel(keys::BROUGHT, parcel), &value, rng);
            self.safe.commit(batch)?;
        }
        self.exchange.errands.waiting = self.carried_parcels()? > 0;
        Ok(kept)
    }

    /// Lets answers for others go until `bytes` more fit: they are asked for again.
    fn make_room(&self, bytes: usize, batch: &mut Batch) -> Result<(), DeviceError> {
        if self.safe.bytes_below(keys::BROUGHT)?.saturating_add(bytes) > MAX_BROUGHT_BYTES {
            for key in self.safe.keys(keys::BROUGHT)? {
                batch.delete(key);
            }
        }
        Ok(())
    }

    /// What to post for others now.
    pub(super) fn next_carried(&mut self, now: Moment) -> Result<Option<Vec<u8>>, DeviceError> {
        if !self.exchange.errands.are_due(now) {
            return Ok(None);
        }
        let mut parcels = self.carried()?;
        let after = self.exchange.errands.after;
        parcels.sort_by_key(|parcel| (Some(parcel.id()) <= after, parcel.id()));
        let bundle = Bundle::for_post(parcels);
        // The last in the order in which they were chosen, which begins behind `after`.
        let last = bundle.parcels().map(|(id, _)| id).max_by_key(|id| (Some(*id) <= after, *id));
        self.exchange.errands.asked = Some(now);
        self.exchange.errands.after = last;
        if bundle.is_empty() { Ok(None) } else { encode(&bundle).map(Some) }
    }

    /// Takes the reply to what was posted for others.
    pub(super) fn on_carried(
        &mut self,
        body: &[u8],
        now: Moment,
        rng: &mut impl CryptoRng,
    ) -> Result<News, DeviceError> {
        let before = self.carried_parcels()?;
        self.read_bundle_reply(body, now, rng).map_err(|error| match error {
            BundleRefused::File(error) => DeviceError::Reply { detail: error.to_string() },
            BundleRefused::Device(error) => error,
        })?;
        // Some were answered: there may be room for more at once.
        if self.carried_parcels()? < before {
            self.exchange.errands.ask_soon();
        }
        Ok(News::default())
    }
}
