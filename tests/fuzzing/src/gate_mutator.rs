//! Hostile changes that know the change format: the same on every machine.
//!
//! A body is taken from a seed and hurt in one to three of twelve ways; then it is framed with the
//! right length and checksum, mostly. What only a random byte could find is left to libFuzzer.

use chacha20::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};

use crate::{
    change::{Body, Kind, column, frame, signed, unsigned},
    gate::{framed, offered},
};

/// The twelve ways.
const WAYS: usize = 12;
/// Numbers at the edges of what their readers hold.
const GIANTS: [u64; 12] = [
    0,
    1,
    2_000,
    2_001,
    (1 << 30) - 1,
    1 << 30,
    (1 << 31) - 1,
    (1 << 32) - 2,
    (1 << 32) - 1,
    1 << 32,
    (1 << 63) - 1,
    u64::MAX,
];
/// Columns that stand in a change, also those of objects, lists and marks.
const COLUMNS: [u64; 13] = [
    column::OBJECT_ACTOR,
    column::OBJECT_COUNTER,
    column::KEY_ACTOR,
    column::KEY_COUNTER,
    column::KEY,
    column::INSERT,
    column::ACTION,
    column::META,
    column::VALUE,
    column::PRED_COUNT,
    column::PRED_ACTOR,
    column::PRED_COUNTER,
    column::EXPAND,
];

/// Makes inputs of the target `gate` from the changes of its seeds.
pub struct GateMutator {
    bodies: Vec<Body>,
    rng: ChaCha20Rng,
}

impl GateMutator {
    /// Takes the seeds apart; changes that no body can be read from are left out.
    pub fn new(corpus: &[Vec<u8>], seed: u64) -> Self {
        let chunks = corpus.iter().flat_map(|input| offered(input));
        let bodies: Vec<Body> = chunks
            .filter_map(|chunk| Body::read(&crate::change::body_of(&chunk)?))
            .filter(|body| body.write().len() < 4_096)
            .collect();
        assert!(!bodies.is_empty(), "the seeds hold no change");
        Self { bodies, rng: ChaCha20Rng::seed_from_u64(seed) }
    }

    /// The next input: up to seven hostile changes, and good ones between them.
    pub fn next_input(&mut self) -> Vec<u8> {
        let changes: Vec<(u8, Vec<u8>)> = (0..=self.below(7)).map(|_| self.next_change()).collect();
        framed(&changes)
    }

    /// One change as it would be offered, with how that is done.
    pub fn next_change(&mut self) -> (u8, Vec<u8>) {
        let mut body = self.any_body();
        for _ in 0..self.below(4) {
            self.hurt(&mut body);
        }
        let mut bytes = body.write();
        if self.one_in(4) {
            self.hurt_bytes(&mut bytes);
        }
        self.frame(bytes)
    }

    fn frame(&mut self, body: Vec<u8>) -> (u8, Vec<u8>) {
        match self.below(12) {
            0..=6 => (1, body),
            7..=9 => (2, body),
            10 => (0, frame(Kind::Other(self.byte() % 8), &body)),
            _ => {
                let mut chunk = frame(if self.one_in(2) { Kind::Deflated } else { Kind::Plain }, &body);
                self.hurt_bytes(&mut chunk);
                (0, chunk)
            }
        }
    }

    fn any_body(&mut self) -> Body {
        let at = self.below(self.bodies.len());
        self.bodies.get(at).cloned().unwrap_or_default()
    }

    fn hurt(&mut self, body: &mut Body) {
        match self.below(WAYS) {
            0 => body.seq = self.near(body.seq),
            1 => body.start_op = self.near(body.start_op),
            2 => self.hurt_deps(body),
            3 => self.hurt_actors(body),
            4 => body.time = self.near(0).cast_signed(),
            5 => body.message = self.random(300),
            6 => body.extra = self.random(20),
            7 => self.hurt_run(body),
            8 => self.hurt_column(body),
            9 => self.splice(body),
            10 => self.hurt_number(body),
            _ => {
                let at = self.below(body.columns.len());
                if let Some((_, bytes)) = body.columns.get_mut(at) {
                    let mut taken = std::mem::take(bytes);
                    self.hurt_bytes(&mut taken);
                    *bytes = taken;
                }
            }
        }
    }

    fn hurt_deps(&mut self, body: &mut Body) {
        let other = self.any_body();
        match self.below(5) {
            0 => drop(body.deps.pop()),
            1 => body.deps.clear(),
            2 => body.deps.push(self.random_of(32)),
            3 => body.deps.push(other.hash().to_vec()),
            _ => body.deps = other.deps,
        }
        if !self.one_in(4) {
            body.deps.sort();
            body.deps.dedup();
        }
    }

    fn hurt_actors(&mut self, body: &mut Body) {
        let other = self.any_body();
        match self.below(6) {
            0 => body.actor = self.random_of(16),
            1 => body.actor = other.actor,
            2 => body.others.push(other.actor),
            3 => body.others = other.others,
            4 => drop(body.others.pop()),
            _ => {
                let length = [0, 15, 17, 64][self.below(4)];
                body.actor = self.random_of(length);
            }
        }
        if !self.one_in(4) {
            body.others.sort();
            body.others.dedup();
        }
    }

    /// Another length of a run, most often a giant one, in the place of a column's first.
    fn hurt_run(&mut self, body: &mut Body) {
        let at = self.below(body.columns.len());
        let giant = self.giant();
        let Some((column, bytes)) = body.columns.get_mut(at) else { return };
        let mut run = Vec::new();
        match *column {
            column::INSERT => unsigned(&mut run, giant),
            _ => signed(
                &mut run,
                if giant.is_multiple_of(3) {
                    giant.cast_signed().wrapping_neg()
                } else {
                    giant.cast_signed()
                },
            ),
        }
        let first = bytes.iter().take_while(|byte| **byte >= 0x80).count() + 1;
        bytes.splice(..first.min(bytes.len()), run);
    }

    /// Columns that are missing, doubled, in another order, under another number, or of objects.
    fn hurt_column(&mut self, body: &mut Body) {
        let at = self.below(body.columns.len());
        let number = COLUMNS[self.below(COLUMNS.len())];
        match self.below(6) {
            0 if at < body.columns.len() => drop(body.columns.remove(at)),
            1 => body.columns.extend(body.columns.get(at).cloned()),
            2 => body.columns.reverse(),
            3 => {
                let bytes = self.random(12);
                body.columns.push((number, bytes));
            }
            4 => {
                // The same, said to be deflated.
                if let Some((column, bytes)) = body.columns.get_mut(at) {
                    *column |= 8;
                    *bytes = deflate(bytes);
                }
            }
            _ => {
                if let Some((column, _)) = body.columns.get_mut(at) {
                    *column = number;
                }
            }
        }
        if !self.one_in(4) {
            body.columns.sort_by_key(|(column, _)| *column);
        }
    }

    /// A column of another change.
    fn splice(&mut self, body: &mut Body) {
        let other = self.any_body();
        let at = self.below(other.columns.len());
        let Some((column, bytes)) = other.columns.get(at).cloned() else { return };
        match body.columns.iter_mut().find(|(known, _)| *known == column) {
            Some((_, mine)) if self.rng.next_u64().is_multiple_of(3) => mine.extend(bytes),
            Some((_, mine)) => *mine = bytes,
            None => body.columns.push((column, bytes)),
        }
    }

    /// A giant number in the place of one byte of a column.
    fn hurt_number(&mut self, body: &mut Body) {
        let at = self.below(body.columns.len());
        let giant = self.giant();
        let place = self.rng.next_u64();
        let Some((_, bytes)) = body.columns.get_mut(at) else { return };
        let place = usize::try_from(place % (bytes.len() as u64 + 1)).unwrap_or_default();
        let mut number = Vec::new();
        unsigned(&mut number, giant);
        bytes.splice(place..(place + 1).min(bytes.len()), number);
    }

    fn hurt_bytes(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len() + 1);
        let byte = self.byte();
        match self.below(5) {
            0 => {
                if let Some(there) = bytes.get_mut(at) {
                    *there ^= 1 << (byte % 8);
                }
            }
            1 => {
                if let Some(there) = bytes.get_mut(at) {
                    *there = byte;
                }
            }
            2 => bytes.insert(at, byte),
            3 => bytes.truncate(at),
            _ => {
                let end = (at + 1 + self.below(8)).min(bytes.len());
                bytes.drain(at.min(end)..end);
            }
        }
    }

    /// A number a little beside this one, or a giant.
    fn near(&mut self, number: u64) -> u64 {
        match self.below(4) {
            0 => number.wrapping_add(1),
            1 => number.wrapping_sub(1),
            2 => number.wrapping_add(self.rng.next_u64() % 16),
            _ => self.giant(),
        }
    }

    fn giant(&mut self) -> u64 {
        GIANTS[self.below(GIANTS.len())]
    }

    fn random(&mut self, most: usize) -> Vec<u8> {
        let length = self.below(most);
        self.random_of(length)
    }

    fn random_of(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }

    fn byte(&mut self) -> u8 {
        let [first, ..] = self.rng.next_u64().to_le_bytes();
        first
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).unwrap_or(1);
        usize::try_from(self.rng.next_u64() % limit).unwrap_or_default()
    }
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("into memory")
}
