//! Files in place of a network: packing, reading replies, carrying for others.

use tsumugi_core::device::BundleNews;

use crate::{error::TabletError, host::rng, tablet::Tablet};

/// What the reply to a bundle led to.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct BundleNewsRecord {
    /// Changes that the server has acknowledged.
    pub changes: u64,
    /// Changes that the server refused for good.
    pub refused: u64,
    /// Batches of sealed records that the server has acknowledged.
    pub batches: u64,
    /// Parcels that somebody holds, on their way to the server.
    pub on_the_way: u64,
    /// Parcels that the server could not open; what is in them is packed again.
    pub unreadable: u64,
    /// What became of parcels that this device carries for others.
    pub for_others: u64,
    /// Notices that fit nothing here.
    pub strange: u64,
    /// Surveys of which something new arrived.
    pub changed: Vec<String>,
    /// Responses that changed here by what others entered.
    pub merged: Vec<String>,
}

impl From<BundleNews> for BundleNewsRecord {
    fn from(news: BundleNews) -> Self {
        Self {
            changes: news.changes,
            refused: news.refused,
            batches: news.batches,
            on_the_way: news.on_the_way,
            unreadable: news.unreadable,
            for_others: news.for_others,
            strange: news.strange,
            changed: news.changed.iter().map(ToString::to_string).collect(),
            merged: news.merged.iter().map(ToString::to_string).collect(),
        }
    }
}

#[uniffi::export]
impl Tablet {
    /// Everything that the server has not acknowledged, sealed to it, in one file: for a stick, for
    /// `POST /v1/bundles` of a relay without any credential, or for another tablet's
    /// [`Tablet::carry_bundle`].
    ///
    /// # Errors
    /// [`TabletError::NotEnrolled`], also when the server told no key: enrol again.
    pub fn pack_bundle(&self) -> Result<Vec<u8>, TabletError> {
        self.with(|device| Ok(device.pack_bundle(&mut rng())?))
    }

    /// Reads what came back for a bundle, from whoever took it.
    ///
    /// # Errors
    /// [`TabletError::FileRefused`] when the file is damaged or no reply; nothing was changed.
    pub fn read_bundle_reply(&self, file: Vec<u8>) -> Result<BundleNewsRecord, TabletError> {
        let now = self.locale.now();
        self.with(|device| Ok(device.read_bundle_reply(&file, now, &mut rng())?.into()))
    }

    /// Takes another tablet's bundle to hand it on; the reply is for that tablet.
    ///
    /// # Errors
    /// [`TabletError::FileRefused`] when the file is damaged or no bundle; nothing was taken.
    pub fn carry_bundle(&self, file: Vec<u8>) -> Result<Vec<u8>, TabletError> {
        self.with(|device| Ok(device.carry_bundle(&file, &mut rng())?))
    }

    /// What is carried for others, in one file. [`Tablet::next_request`] hands it on by itself
    /// when the server is reached, and [`Tablet::pack_bundle`] has it too.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn bundles_to_forward(&self) -> Result<Vec<u8>, TabletError> {
        self.with(|device| Ok(device.bundles_to_forward()?))
    }

    /// How many parcels of other tablets wait here.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn carried_parcels(&self) -> Result<u64, TabletError> {
        self.with(|device| Ok(device.carried_parcels()? as u64))
    }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::Arc};

    use tsumugi_core::sealed::{Bundle, BundleReply, Errand, Fate, Parcel, SealKey};

    use super::*;
    use crate::{DataKey, KeyError, Locale};

    struct FixedKey;

    impl DataKey for FixedKey {
        fn data_key(&self) -> Result<Vec<u8>, KeyError> {
            Ok(vec![7; 32])
        }
    }

    fn tablet(folder: &Path) -> Arc<Tablet> {
        let locale = Locale { language: "ja".to_owned(), utc_offset_minutes: 540 };
        Tablet::open(folder.display().to_string(), Arc::new(FixedKey), locale).expect("a tablet")
    }

    #[test]
    fn a_tablet_carries_for_others_also_after_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        let errand = Errand::Records { deposit: vec![1, 2, 3] };
        let server = SealKey::make(&mut rng());
        let (parcel, _) = Parcel::seal(&server.public(), &errand, &mut rng()).expect("it fits");
        let file = Bundle::of([parcel.clone()]).encode().expect("a small bundle");
        let held = tablet(folder.path()).carry_bundle(file.clone()).expect("a bundle");
        let held = BundleReply::decode(&held).expect("a reply");
        assert!(held.notices().all(|notice| notice.fate == Fate::Carried && notice.parcel == parcel.id()));

        let tablet = tablet(folder.path());
        assert_eq!(tablet.carried_parcels().expect("a count"), 1);
        assert_eq!(tablet.bundles_to_forward().expect("a file"), file);
        assert_eq!(tablet.pack_bundle().expect("what it carries"), file);
        let answered = [tsumugi_core::sealed::Notice { parcel: parcel.id(), fate: Fate::Unreadable }];
        let news = tablet.read_bundle_reply(BundleReply::of(answered).encode().expect("small"));
        assert_eq!(news.expect("a reply").for_others, 1);
        assert_eq!(tablet.carried_parcels().expect("a count"), 0);
    }

    #[test]
    fn a_wrong_file_is_refused_with_words_and_nobody_packs_before_enrolling() {
        let folder = tempfile::tempdir().expect("a folder");
        let tablet = tablet(folder.path());
        for refused in
            [tablet.carry_bundle(vec![1, 2, 3]).map(drop), tablet.read_bundle_reply(vec![1, 2, 3]).map(drop)]
        {
            let Err(TabletError::FileRefused { japanese, english }) = refused else {
                panic!("{refused:?}");
            };
            assert!(japanese.contains("ファイル") && english.contains("bundle"), "{japanese} {english}");
        }
        assert!(matches!(tablet.pack_bundle(), Err(TabletError::NotEnrolled)));
    }
}
