//! The device: its state, and how it is opened.

use std::collections::BTreeMap;

use rand_core::CryptoRng;

use super::{
    Batch, DeviceError, Enrolment, ResponseCard, Storage, anonymous::AnonymousEntry, catalog::Catalog,
    company::OpenResponse, enrol::Enrolling, exchange::Exchange, keys, ledger::Ledger, live::Feed,
    outbox::Outbox, safe::Safe,
};
use crate::{id::ResponseId, item::Item, moment::Moment};

/// What stands under [`keys::MARK`] since the first version.
const STORAGE_VERSION: &[u8] = b"1";

/// A tablet, or one browser of a company.
///
/// Every method that changes something durable has changed it when it returns; after an error
/// of the storage the device holds what the storage holds.
#[derive(Debug)]
pub struct Device<S> {
    pub(super) safe: Safe<S>,
    pub(super) enrolment: Option<Enrolment>,
    pub(super) enrolling: Option<Enrolling>,
    pub(super) catalog: Catalog,
    pub(super) open: BTreeMap<ResponseId, OpenResponse>,
    /// Cards of responses as last computed; dropped when a response changes.
    pub(super) cards: BTreeMap<ResponseId, ResponseCard>,
    pub(super) ledger: Ledger,
    pub(super) outbox: Outbox,
    pub(super) anonymous: Option<AnonymousEntry>,
    pub(super) exchange: Exchange,
    pub(super) live: Feed,
    /// The moment that the host told last: lists show what a form would show then.
    pub(super) now: Moment,
}

impl<S: Storage> Device<S> {
    /// Opens what `storage` holds, or begins anew in an empty one. Encrypts a word under the data
    /// key when it begins, so that another key is noticed at once.
    ///
    /// # Errors
    /// [`DeviceError::Vault`] when the data key is not the one that the storage was written
    /// with; [`DeviceError::Storage`] and [`DeviceError::Malformed`] when it is damaged.
    pub fn open(
        storage: S,
        data_key: [u8; 32],
        now: Moment,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, DeviceError> {
        let mut safe = Safe::new(storage, &data_key);
        if safe.get(keys::MARK)?.is_none() {
            let mut batch = Batch::default();
            safe.put(&mut batch, keys::MARK.to_vec(), STORAGE_VERSION, rng);
            safe.commit(batch)?;
        }
        let enrolment = safe.get_json(keys::ENROLMENT, "enrolment")?;
        let ledger = Ledger::read(&safe)?;
        let catalog = Catalog::read(&safe, &ledger)?;
        let outbox = Outbox::read(&safe)?;
        let exchange = Exchange::read(&safe)?;
        Ok(Self {
            safe,
            enrolment,
            enrolling: None,
            catalog,
            open: BTreeMap::new(),
            cards: BTreeMap::new(),
            ledger,
            outbox,
            anonymous: None,
            exchange,
            live: Feed::default(),
            now,
        })
    }

    /// The storage, for a host that reads its journal or its size.
    pub fn storage(&self) -> &S {
        self.safe.storage()
    }

    /// The storage, for a host that empties its journal. Writing keys here is not for hosts.
    pub fn storage_mut(&mut self) -> &mut S {
        self.safe.storage_mut()
    }

    /// Closes the device and gives the storage back.
    pub fn into_storage(self) -> S {
        self.safe.into_storage()
    }

    /// Takes items that came by another way than the sync: a survey package that a server hands
    /// to whoever opens a printed link, or a file carried by hand.
    ///
    /// # Errors
    /// [`DeviceError::Storage`]; none of the items was taken then.
    pub fn take_items(&mut self, items: &[Item], rng: &mut impl CryptoRng) -> Result<(), DeviceError> {
        let mut batch = Batch::default();
        let new = self.put_foreign(&mut batch, items, rng);
        self.safe.commit(batch)?;
        self.file_items(&new).map(|_| ())
    }
}
