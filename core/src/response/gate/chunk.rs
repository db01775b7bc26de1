//! The framing and the head of a change chunk.
//!
//! ```text
//! 85 6f 4a 83 | checksum 4 | type 1 (1 change, 2 deflated) | length uleb | body
//! body: deps n × 32 | actor (length 16) | seq | start_op | time | message | other actors | columns
//! ```

use std::io::Read;

use sha2::{Digest, Sha256};

use super::{
    GateError,
    columns::{MAX_NUMBER, OpHead, read_ops},
    reader::Reader,
};
use crate::response::{Author, ChangeId, author::MAX_MESSAGE_BYTES};

/// The most bytes of a chunk as it is sent.
pub(crate) const MAX_CHUNK_BYTES: usize = 256 * 1024;
/// The most bytes of a body after inflating.
const MAX_BODY_BYTES: usize = 1024 * 1024;
const MAX_DEPS: usize = 1_024;
/// The most actors beside its own that a change may name.
pub(crate) const MAX_OTHER_ACTORS: usize = 1_024;
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

/// What pre-flight read from a change.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeHead {
    /// SHA-256 of the change, which names it; the same whether deflated or not.
    pub hash: ChangeId,
    /// The changes that this one builds on directly.
    pub deps: Vec<ChangeId>,
    /// The actor of the opening that recorded it, then the other actors whose values it replaces.
    pub actors: Vec<[u8; 16]>,
    /// Number of the change among those of its actor, from 1.
    pub seq: u64,
    /// Number of its first operation.
    pub start_op: u64,
    /// Who recorded it and when, where it says so.
    pub author: Option<Author>,
    /// What it puts and deletes.
    pub ops: Vec<OpHead>,
    /// Bytes of its body, inflated.
    pub bytes: usize,
}

impl ChangeHead {
    /// The number of its last operation.
    pub fn last_op(&self) -> u64 {
        self.start_op + self.ops.len() as u64 - 1
    }

    /// The actor of the opening that recorded it.
    pub fn actor(&self) -> [u8; 16] {
        self.actors.first().copied().unwrap_or_default()
    }
}

/// Reads a change chunk completely, without automerge. Cheap enough for every request; does
/// not say whether what the change builds on is known.
///
/// # Errors
/// [`GateError`] names the first thing that is wrong.
pub fn preflight(chunk: &[u8]) -> Result<ChangeHead, GateError> {
    if chunk.len() > MAX_CHUNK_BYTES {
        return Err(over("bytes of a chunk", chunk.len(), MAX_CHUNK_BYTES));
    }
    let mut reader = Reader::new(chunk);
    if reader.array("magic bytes")? != MAGIC {
        return Err(GateError::Malformed { what: "magic bytes" });
    }
    let checksum: [u8; 4] = reader.array("checksum")?;
    let kind = reader.byte("chunk type")?;
    if !matches!(kind, 1 | 2) {
        return Err(GateError::NotAChange { kind });
    }
    let length = reader.count("bytes of a body", MAX_CHUNK_BYTES)?;
    let body = reader.take(length, "body")?;
    if !reader.is_empty() {
        return Err(GateError::Malformed { what: "bytes after the chunk" });
    }
    let inflated;
    let body = if kind == 2 {
        inflated = inflate(body)?;
        &inflated
    } else {
        body
    };
    let hash = hash(body);
    if hash.as_bytes().first_chunk() != Some(&checksum) {
        return Err(GateError::Checksum);
    }
    read_body(hash, body)
}

fn read_body(hash: ChangeId, body: &[u8]) -> Result<ChangeHead, GateError> {
    let mut reader = Reader::new(body);
    let deps = (0..reader.count("dependencies", MAX_DEPS)?)
        .map(|_| reader.array("dependency").map(ChangeId::from_bytes))
        .collect::<Result<Vec<_>, _>>()?;
    if !deps.is_sorted_by(|a, b| a < b) {
        return Err(GateError::Malformed { what: "order of dependencies" });
    }
    let own = actor(&mut reader)?;
    let seq = number(&mut reader, "sequence number")?;
    let start_op = number(&mut reader, "operation number")?;
    if reader.signed("time")? != 0 {
        return Err(GateError::NotARegister { what: "a time" });
    }
    let author = Author::from_message(reader.text("bytes of a message", MAX_MESSAGE_BYTES)?);
    let others = (0..reader.count("other actors", MAX_OTHER_ACTORS)?)
        .map(|_| actor(&mut reader))
        .collect::<Result<Vec<_>, _>>()?;
    if !others.is_sorted_by(|a, b| a < b) || others.contains(&own) {
        return Err(GateError::Malformed { what: "order of actors" });
    }
    let actors: Vec<_> = std::iter::once(own).chain(others).collect();
    let ops = read_ops(&mut reader, &actors)?;
    if !reader.is_empty() {
        return Err(GateError::Malformed { what: "extra bytes" });
    }
    check_actors_are_used(&ops, actors.len())?;
    let head = ChangeHead { hash, deps, actors, seq, start_op, author, ops, bytes: body.len() };
    if head.last_op() >= MAX_NUMBER {
        return Err(GateError::OverLimit {
            what: "operation number",
            got: head.last_op(),
            limit: MAX_NUMBER - 1,
        });
    }
    Ok(head)
}

/// An actor that is named but not used would reach automerge's table unchecked.
fn check_actors_are_used(ops: &[OpHead], actors: usize) -> Result<(), GateError> {
    let mut used = vec![false; actors];
    let indices = ops.iter().flat_map(|op| op.replaces.iter().map(|(actor, _)| *actor));
    for index in indices.chain([0]) {
        if let Some(slot) = used.get_mut(index) {
            *slot = true;
        }
    }
    if used.into_iter().all(|used| used) {
        Ok(())
    } else {
        Err(GateError::Malformed { what: "an unused actor" })
    }
}

fn actor(reader: &mut Reader<'_>) -> Result<[u8; 16], GateError> {
    if reader.unsigned("actor length")? != 16 {
        return Err(GateError::Malformed { what: "actor length" });
    }
    reader.array("actor")
}

fn number(reader: &mut Reader<'_>, what: &'static str) -> Result<u64, GateError> {
    match reader.unsigned(what)? {
        number @ 1..MAX_NUMBER => Ok(number),
        got => Err(GateError::OverLimit { what, got, limit: MAX_NUMBER - 1 }),
    }
}

fn inflate(body: &[u8]) -> Result<Vec<u8>, GateError> {
    let mut plain = Vec::new();
    let mut decoder = flate2::bufread::DeflateDecoder::new(body).take(MAX_BODY_BYTES as u64 + 1);
    decoder.read_to_end(&mut plain).map_err(|_| GateError::Malformed { what: "deflated body" })?;
    if plain.len() > MAX_BODY_BYTES {
        return Err(over("bytes of an inflated body", plain.len(), MAX_BODY_BYTES));
    }
    // Bytes behind the deflate stream would not be part of the hash.
    if decoder.into_inner().into_inner().is_empty() {
        Ok(plain)
    } else {
        Err(GateError::Malformed { what: "bytes after the deflated body" })
    }
}

fn hash(body: &[u8]) -> ChangeId {
    let mut hash = Sha256::new();
    hash.update([1]);
    let mut length = body.len();
    while length >= 0x80 {
        hash.update([u8::try_from(length & 0x7f).unwrap_or_default() | 0x80]);
        length >>= 7;
    }
    hash.update([u8::try_from(length).unwrap_or_default()]);
    hash.update(body);
    ChangeId::from_bytes(hash.finalize().into())
}

const fn over(what: &'static str, got: usize, limit: usize) -> GateError {
    GateError::OverLimit { what, got: got as u64, limit: limit as u64 }
}
