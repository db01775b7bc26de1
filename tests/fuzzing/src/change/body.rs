//! The body of a change, apart and together again.

use std::io::{Read as _, Write as _};

use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use sha2::{Digest as _, Sha256};

use super::leb::{Reader, signed, unsigned};

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
/// What a chunk inflates to is read up to here.
const MOST_INFLATED: u64 = 4 << 20;

/// What stands in the type byte of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A change as it is.
    Plain,
    /// A change, deflated.
    Deflated,
    /// Any other type: a document, a bundle, one of later.
    Other(u8),
}

/// A change apart. Nothing in it need be right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Body {
    /// Hashes that it builds on.
    pub deps: Vec<Vec<u8>>,
    /// Its actor.
    pub actor: Vec<u8>,
    /// Number among the changes of its actor.
    pub seq: u64,
    /// Number of its first operation.
    pub start_op: u64,
    /// Milliseconds.
    pub time: i64,
    /// Commit message.
    pub message: Vec<u8>,
    /// The other actors that it names.
    pub others: Vec<Vec<u8>>,
    /// Number and bytes of each column.
    pub columns: Vec<(u64, Vec<u8>)>,
    /// What follows the columns.
    pub extra: Vec<u8>,
}

impl Body {
    /// Takes bytes apart; nothing when they are no body.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let deps = (0..reader.count()?).map(|_| Some(reader.take(32)?.to_vec())).collect::<Option<_>>()?;
        let actor = reader.prefixed()?.to_vec();
        let (seq, start_op) = (reader.number()?, reader.number()?);
        // Written anew as 0: the gate takes no other time.
        let _time = reader.number()?;
        let message = reader.prefixed()?.to_vec();
        let others =
            (0..reader.count()?).map(|_| Some(reader.prefixed()?.to_vec())).collect::<Option<_>>()?;
        let heads: Vec<(u64, u64)> = (0..reader.count()?)
            .map(|_| Some((reader.number()?, reader.number()?)))
            .collect::<Option<_>>()?;
        let columns = heads
            .into_iter()
            .map(|(column, length)| Some((column, reader.take(usize::try_from(length).ok()?)?.to_vec())))
            .collect::<Option<_>>()?;
        let extra = reader.0.to_vec();
        Some(Self { deps, actor, seq, start_op, time: 0, message, others, columns, extra })
    }

    /// Puts the parts together.
    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        unsigned(&mut out, self.deps.len() as u64);
        self.deps.iter().for_each(|dep| out.extend(dep));
        unsigned(&mut out, self.actor.len() as u64);
        out.extend(&self.actor);
        unsigned(&mut out, self.seq);
        unsigned(&mut out, self.start_op);
        signed(&mut out, self.time);
        unsigned(&mut out, self.message.len() as u64);
        out.extend(&self.message);
        unsigned(&mut out, self.others.len() as u64);
        for other in &self.others {
            unsigned(&mut out, other.len() as u64);
            out.extend(other);
        }
        unsigned(&mut out, self.columns.len() as u64);
        for (column, bytes) in &self.columns {
            unsigned(&mut out, *column);
            unsigned(&mut out, bytes.len() as u64);
        }
        self.columns.iter().for_each(|(_, bytes)| out.extend(bytes));
        out.extend(&self.extra);
        out
    }

    /// The change as a chunk with the right length and checksum.
    pub fn chunk(&self) -> Vec<u8> {
        frame(Kind::Plain, &self.write())
    }

    /// The hash by which others build on it.
    pub fn hash(&self) -> [u8; 32] {
        hash_of(1, &self.write())
    }
}

fn hash_of(kind: u8, body: &[u8]) -> [u8; 32] {
    let mut head = vec![kind];
    unsigned(&mut head, body.len() as u64);
    Sha256::new().chain_update(head).chain_update(body).finalize().into()
}

/// A chunk around this body with the right length and checksum; deflates it where that is asked.
pub fn frame(kind: Kind, body: &[u8]) -> Vec<u8> {
    match kind {
        Kind::Plain => framed_as(1, &hash_of(1, body), body),
        Kind::Other(kind) => framed_as(kind, &hash_of(kind, body), body),
        Kind::Deflated => {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
            let packed = encoder.write_all(body).and_then(|()| encoder.finish());
            framed_as(2, &hash_of(1, body), &packed.expect("into memory"))
        }
    }
}

/// A chunk of this type with the first bytes of this hash as its checksum.
pub fn framed_as(kind: u8, hash: &[u8; 32], body: &[u8]) -> Vec<u8> {
    let mut chunk = MAGIC.to_vec();
    chunk.extend(hash.iter().take(4));
    chunk.push(kind);
    unsigned(&mut chunk, body.len() as u64);
    chunk.extend(body);
    chunk
}

/// The body in a chunk, inflated; nothing when there is none.
pub fn body_of(chunk: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader(chunk);
    let head = reader.take(9)?;
    let body = reader.prefixed()?;
    if head.last() != Some(&2) {
        return Some(body.to_vec());
    }
    let mut plain = Vec::new();
    DeflateDecoder::new(body).take(MOST_INFLATED).read_to_end(&mut plain).ok()?;
    Some(plain)
}
