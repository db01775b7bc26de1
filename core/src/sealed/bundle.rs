//! A bundle: parcels in one file, for a USB stick, a relay or another tablet; and its reply.
//!
//! ```text
//! file    magic 8 | version 1 | kind 1 | length of the file 4 | count 2 | entries | sha256 32
//! bundle  kind 1: entries are length 4 | parcel
//! reply   kind 2: entries are parcel's name 32 | fate 1 | length 4 | sealed reply
//! ```
//!
//! Entries stand in the order of their parcels' names, each once: nothing tells which was packed
//! first, and the same parcels are the same file. The hash at the end notices what a bad stick
//! or a cut copy did; what somebody does on purpose is noticed by the parcels themselves.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{MAX_PARCEL_BYTES, Parcel, ParcelError};
use crate::id::ParcelId;

/// As in a PNG file: a transfer that changes line ends or cuts the eighth bit is noticed.
const MAGIC: &[u8; 8] = b"\x89TSM\r\n\x1a\n";
const VERSION: u8 = 1;
const HEAD_BYTES: usize = 8 + 1 + 1 + 4 + 2;
const HASH_BYTES: usize = 32;
const FRAME_BYTES: usize = HEAD_BYTES + HASH_BYTES;

/// The most bytes of a bundle or a reply.
pub const MAX_BUNDLE_BYTES: usize = 64 * 1024 * 1024;
/// The most parcels of a bundle, or notices of a reply.
pub const MAX_BUNDLE_PARCELS: usize = 4_096;
/// The most bytes of a bundle that is posted without an account.
pub const MAX_POST_BYTES: usize = 8 * 1024 * 1024;
/// The most parcels that a server answers in one such post: each may be a write of its own.
pub const MAX_POST_PARCELS: usize = 256;

/// Which of the two files it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bundle = 1,
    Reply = 2,
}

/// A file is no bundle or no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Begins with something else.
    #[error("the file is no bundle: its first 8 bytes are not those of one")]
    NotABundle,
    /// Of a later version.
    #[error("bundle version {version} is not known here")]
    Version {
        /// The version byte.
        version: u8,
    },
    /// A bundle was expected and this is a reply.
    #[error("the file is the reply to a bundle")]
    IsReply,
    /// A reply was expected and this is a bundle.
    #[error("the file is a bundle, not the reply to one")]
    IsBundle,
    /// Neither a bundle nor a reply.
    #[error("byte 9 of the file says {kind}, which is neither a bundle nor a reply")]
    Kind {
        /// The kind byte.
        kind: u8,
    },
    /// Bytes are missing, or were added.
    #[error("the file has {got} bytes and says that it has {expected}")]
    Length {
        /// Bytes received.
        got: usize,
        /// Bytes that its head announces; the head itself when that is cut.
        expected: usize,
    },
    /// Bytes have changed.
    #[error("the hash at byte {at} does not fit the bytes before it")]
    Hash {
        /// Where the hash begins.
        at: usize,
    },
    /// More than a bundle may have.
    #[error("{what}: {got} is over the limit of {limit}")]
    OverLimit {
        /// What was counted.
        what: &'static str,
        /// How many.
        got: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// The entries do not add up: not written by this program.
    #[error("entry {index} at byte {at} does not add up")]
    Entry {
        /// Which, from 0.
        index: usize,
        /// Where it begins.
        at: usize,
    },
    /// An entry is no parcel.
    #[error("entry {index}: {cause}")]
    Parcel {
        /// Which, from 0.
        index: usize,
        /// What is wrong with it.
        cause: ParcelError,
    },
}

impl BundleError {
    /// What is wrong, where, and what to do, in Japanese (`ja`) or English.
    pub fn message(&self, language: &str) -> String {
        let (ja, en) = match self {
            Self::NotABundle => (
                "つむぎの持ち運びファイルではありません(先頭の8バイトが違います)。ファイルを取り違えていないか確かめてください。".to_owned(),
                "this is not a bundle of Tsumugi (its first 8 bytes differ): check that it is the right file".to_owned(),
            ),
            Self::Version { version } => (
                format!("新しい版(第{version}版)の持ち運びファイルです。このプログラムを新しくしてください。"),
                format!("this bundle is of a later version ({version}): update this program"),
            ),
            Self::IsReply => (
                "これは返事のファイルです。持ち運びファイルを書き出した端末で読み込んでください。".to_owned(),
                "this is a reply: read it on the device that wrote the bundle".to_owned(),
            ),
            Self::IsBundle => (
                "これは返事ではなく、持ち運びファイルです。サーバーに取り込んでください。".to_owned(),
                "this is a bundle, not a reply: bring it to the server".to_owned(),
            ),
            Self::Length { got, expected } => (
                format!("ファイルの長さが合いません({got}バイト。{expected}バイトのはずです)。コピーが途中で切れています。もう一度コピーするか、端末で書き出し直してください。端末の回答はそのまま残っています。"),
                format!("the file has {got} bytes and must have {expected}: the copy is cut; copy it again, or write it anew on the device, which still has every answer"),
            ),
            Self::Kind { .. } | Self::Hash { .. } | Self::Entry { .. } | Self::Parcel { .. } => (
                format!("ファイルの中身が壊れています({self})。もう一度コピーするか、端末で書き出し直してください。端末の回答はそのまま残っています。"),
                format!("the file is damaged ({self}): copy it again, or write it anew on the device, which still has every answer"),
            ),
            Self::OverLimit { limit, .. } => (
                format!("持ち運びファイルの上限({limit})を超えています({self})。いくつかに分けてください。"),
                format!("the bundle is over its limit of {limit} ({self}): bring it in parts"),
            ),
        };
        if language == "ja" { ja } else { en }
    }
}

/// True when the bytes begin as a reply does, so that a program can take either file.
pub fn is_reply(bytes: &[u8]) -> bool {
    bytes
        .strip_prefix(MAGIC)
        .is_some_and(|rest| matches!(rest, [VERSION, kind, ..] if *kind == Kind::Reply as u8))
}

fn close(kind: Kind, entries: &[Vec<u8>]) -> Result<Vec<u8>, BundleError> {
    let length = FRAME_BYTES + entries.iter().map(Vec::len).sum::<usize>();
    within("bytes", length, MAX_BUNDLE_BYTES)?;
    within("parcels", entries.len(), MAX_BUNDLE_PARCELS)?;
    let fits = "checked against the limits above";
    let mut bytes = Vec::with_capacity(length);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[VERSION, kind as u8]);
    bytes.extend_from_slice(&u32::try_from(length).expect(fits).to_be_bytes());
    bytes.extend_from_slice(&u16::try_from(entries.len()).expect(fits).to_be_bytes());
    for entry in entries {
        bytes.extend_from_slice(entry);
    }
    let hash: [u8; HASH_BYTES] = Sha256::digest(&bytes).into();
    bytes.extend_from_slice(&hash);
    Ok(bytes)
}

fn within(what: &'static str, got: usize, limit: usize) -> Result<(), BundleError> {
    if got > limit { Err(BundleError::OverLimit { what, got, limit }) } else { Ok(()) }
}

/// Takes the frame off: how many entries, and their bytes.
fn open(bytes: &[u8], wanted: Kind) -> Result<(usize, &[u8]), BundleError> {
    within("bytes", bytes.len(), MAX_BUNDLE_BYTES)?;
    let got = bytes.len();
    let rest = bytes.strip_prefix(MAGIC).ok_or(BundleError::NotABundle)?;
    let cut = BundleError::Length { got, expected: FRAME_BYTES };
    let (&[version, kind], rest) = rest.split_first_chunk().ok_or(cut)?;
    if version != VERSION {
        return Err(BundleError::Version { version });
    }
    match (kind, wanted) {
        (1, Kind::Bundle) | (2, Kind::Reply) => {}
        (1, Kind::Reply) => return Err(BundleError::IsBundle),
        (2, Kind::Bundle) => return Err(BundleError::IsReply),
        _ => return Err(BundleError::Kind { kind }),
    }
    let (length, rest) = rest.split_first_chunk().ok_or(cut)?;
    let expected = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    if got != expected || got < FRAME_BYTES {
        return Err(BundleError::Length { got, expected: expected.max(FRAME_BYTES) });
    }
    let (count, rest) = rest.split_first_chunk().ok_or(cut)?;
    let (entries, hash) = rest.split_last_chunk::<HASH_BYTES>().ok_or(cut)?;
    let at = got - HASH_BYTES;
    let (hashed, _) = bytes.split_at_checked(at).ok_or(cut)?;
    let computed: [u8; HASH_BYTES] = Sha256::digest(hashed).into();
    if computed != *hash {
        return Err(BundleError::Hash { at });
    }
    let count = usize::from(u16::from_be_bytes(*count));
    within("parcels", count, MAX_BUNDLE_PARCELS)?;
    Ok((count, entries))
}

/// A length of 4 bytes and as many bytes.
fn take_sized<'a>(bytes: &mut &'a [u8], limit: usize) -> Option<&'a [u8]> {
    let (length, rest) = bytes.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok().filter(|length| *length <= limit)?;
    let (taken, rest) = rest.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

fn sized(bytes: &[u8]) -> Vec<u8> {
    // Longer ones are refused by the limit of the whole file, before anybody reads them.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], bytes].concat()
}

/// Parcels on their way to the server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bundle {
    parcels: BTreeMap<ParcelId, Parcel>,
}

impl Bundle {
    /// Puts parcels together; the order and repeats do not matter.
    pub fn of(parcels: impl IntoIterator<Item = Parcel>) -> Self {
        Self { parcels: parcels.into_iter().map(|parcel| (parcel.id(), parcel)).collect() }
    }

    /// Puts together as many of the parcels, from the first, as fit in one post.
    pub fn for_post(parcels: impl IntoIterator<Item = Parcel>) -> Self {
        Self::fitting(parcels.into_iter().take(MAX_POST_PARCELS), MAX_POST_BYTES)
    }

    /// Puts together as many of the parcels, from the first, as fit in a file of `max_bytes`.
    pub fn fitting(parcels: impl IntoIterator<Item = Parcel>, max_bytes: usize) -> Self {
        let mut bundle = Self::default();
        let mut bytes = FRAME_BYTES;
        for parcel in parcels {
            bytes += 4 + parcel.as_bytes().len();
            if bytes > max_bytes.min(MAX_BUNDLE_BYTES) || bundle.parcels.len() == MAX_BUNDLE_PARCELS {
                break;
            }
            bundle.parcels.insert(parcel.id(), parcel);
        }
        bundle
    }

    /// The parcels in the order of their names.
    pub fn parcels(&self) -> impl ExactSizeIterator<Item = (ParcelId, &Parcel)> {
        self.parcels.iter().map(|(id, parcel)| (*id, parcel))
    }

    /// How many parcels.
    pub fn len(&self) -> usize {
        self.parcels.len()
    }

    /// True when there is no parcel.
    pub fn is_empty(&self) -> bool {
        self.parcels.is_empty()
    }

    /// Refuses a bundle that is too much for one post.
    ///
    /// # Errors
    /// [`BundleError::OverLimit`].
    pub fn check_post(&self) -> Result<(), BundleError> {
        within("parcels", self.parcels.len(), MAX_POST_PARCELS)
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// [`BundleError::OverLimit`].
    pub fn encode(&self) -> Result<Vec<u8>, BundleError> {
        let entries: Vec<Vec<u8>> = self.parcels.values().map(|parcel| sized(parcel.as_bytes())).collect();
        close(Kind::Bundle, &entries)
    }

    /// Reads what [`Bundle::encode`] wrote.
    ///
    /// # Errors
    /// [`BundleError`] says what is wrong and where; nothing of the file is to be taken then.
    pub fn decode(bytes: &[u8]) -> Result<Self, BundleError> {
        let (count, mut rest) = open(bytes, Kind::Bundle)?;
        let mut bundle = Self::default();
        let place = |rest: &[u8]| bytes.len() - HASH_BYTES - rest.len();
        for index in 0..count {
            let broken = BundleError::Entry { index, at: place(rest) };
            let parcel = take_sized(&mut rest, MAX_PARCEL_BYTES).ok_or(broken)?;
            let parcel =
                Parcel::from_bytes(parcel.to_vec()).map_err(|cause| BundleError::Parcel { index, cause })?;
            let id = parcel.id();
            if bundle.parcels.last_key_value().is_some_and(|(last, _)| *last >= id) {
                return Err(broken);
            }
            bundle.parcels.insert(id, parcel);
        }
        if rest.is_empty() { Ok(bundle) } else { Err(BundleError::Entry { index: count, at: place(rest) }) }
    }
}

/// What became of a parcel, as far as who answers knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Held durably by who answers, on its way to the server.
    Carried,
    /// The server's sealed reply.
    Answered(Vec<u8>),
    /// The server could not open it. Anybody could say so: what is in it is to be packed again.
    Unreadable,
}

impl Fate {
    /// The byte on the wire.
    pub const fn code(&self) -> u8 {
        match self {
            Self::Carried => 0,
            Self::Answered(_) => 1,
            Self::Unreadable => 2,
        }
    }

    /// Reads what [`Fate::code`] told; `reply` is that of an answered parcel, empty for others.
    pub fn from_parts(code: u8, reply: Vec<u8>) -> Option<Self> {
        match (code, reply.is_empty()) {
            (0, true) => Some(Self::Carried),
            (1, false) => Some(Self::Answered(reply)),
            (2, true) => Some(Self::Unreadable),
            _ => None,
        }
    }

    /// The sealed reply; empty without one.
    pub fn reply(&self) -> &[u8] {
        match self {
            Self::Answered(reply) => reply,
            Self::Carried | Self::Unreadable => &[],
        }
    }
}

/// What became of one parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The parcel.
    pub parcel: ParcelId,
    /// What became of it.
    pub fate: Fate,
}

/// What became of the parcels of a bundle. A parcel that is missing was not taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BundleReply {
    fates: BTreeMap<ParcelId, Fate>,
}

impl BundleReply {
    /// Puts notices together; of two about one parcel the later stays.
    pub fn of(notices: impl IntoIterator<Item = Notice>) -> Self {
        Self { fates: notices.into_iter().map(|notice| (notice.parcel, notice.fate)).collect() }
    }

    /// The notices in the order of the parcels' names.
    pub fn notices(&self) -> impl ExactSizeIterator<Item = Notice> {
        self.fates.iter().map(|(parcel, fate)| Notice { parcel: *parcel, fate: fate.clone() })
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// [`BundleError::OverLimit`].
    pub fn encode(&self) -> Result<Vec<u8>, BundleError> {
        let entry = |(parcel, fate): (&ParcelId, &Fate)| {
            [&parcel.as_bytes()[..], &[fate.code()], &sized(fate.reply())].concat()
        };
        let entries: Vec<Vec<u8>> = self.fates.iter().map(entry).collect();
        close(Kind::Reply, &entries)
    }

    /// Reads what [`BundleReply::encode`] wrote.
    ///
    /// # Errors
    /// [`BundleError`] says what is wrong and where; nothing of the file is to be taken then.
    pub fn decode(bytes: &[u8]) -> Result<Self, BundleError> {
        let (count, mut rest) = open(bytes, Kind::Reply)?;
        let mut reply = Self::default();
        let place = |rest: &[u8]| bytes.len() - HASH_BYTES - rest.len();
        for index in 0..count {
            let broken = BundleError::Entry { index, at: place(rest) };
            let (parcel, behind) = rest.split_first_chunk().ok_or(broken)?;
            let (&code, behind) = behind.split_first().ok_or(broken)?;
            rest = behind;
            let sealed = take_sized(&mut rest, MAX_BUNDLE_BYTES).ok_or(broken)?;
            let fate = Fate::from_parts(code, sealed.to_vec()).ok_or(broken)?;
            let parcel = ParcelId::from_bytes(*parcel);
            if reply.fates.last_key_value().is_some_and(|(last, _)| *last >= parcel) {
                return Err(broken);
            }
            reply.fates.insert(parcel, fate);
        }
        if rest.is_empty() { Ok(reply) } else { Err(BundleError::Entry { index: count, at: place(rest) }) }
    }
}

#[cfg(test)]
#[path = "bundle_tests.rs"]
mod tests;
