//! Bytes that resemble a corpus, the same on every machine.

use rand_core::{Rng as _, SeedableRng as _};

use chacha20::ChaCha20Rng;

/// Words that forms are made of, put where they do not belong.
const WORDS: [&str; 32] = [
    "/data/a",
    "..",
    "current()/../",
    "[",
    "]",
    "(",
    ")",
    "'",
    "\"",
    "-",
    "*",
    "//",
    " div ",
    "$v",
    "instance('i')",
    "once(",
    "position(..)",
    "9e999",
    "0.0",
    "<",
    ">",
    "&amp;",
    "&#0;",
    "<group ref=\"/data/g\">",
    "</group>",
    "<repeat nodeset=\"/data/r\">",
    " relevant=\"",
    "jr:itext('x')",
    "${a}",
    "\u{0}",
    "\u{10ffff}",
    "令和",
];

/// Makes inputs from a corpus.
pub struct Mutator {
    corpus: Vec<Vec<u8>>,
    rng: ChaCha20Rng,
}

impl Mutator {
    /// Makes inputs that resemble `corpus`; random ones where it is empty.
    pub fn new(corpus: Vec<Vec<u8>>, seed: u64) -> Self {
        Self { corpus, rng: ChaCha20Rng::seed_from_u64(seed) }
    }

    /// The next input.
    pub fn next_input(&mut self) -> Vec<u8> {
        let mut bytes = self.any_of_corpus();
        for _ in 0..=self.below(6) {
            self.change(&mut bytes);
        }
        bytes
    }

    fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).unwrap_or(1);
        usize::try_from(self.rng.next_u64() % limit).unwrap_or_default()
    }

    fn any_of_corpus(&mut self) -> Vec<u8> {
        let (at, from_corpus) = (self.below(self.corpus.len()), self.below(8) > 0);
        match self.corpus.get(at) {
            Some(bytes) if from_corpus => bytes.clone(),
            _ => {
                let mut bytes = vec![0; 1 + self.below(600)];
                self.rng.fill_bytes(&mut bytes);
                bytes
            }
        }
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let (from, to) = self.range(bytes);
        match self.below(7) {
            0 => {
                let value = self.rng.next_u64().to_le_bytes()[0];
                if let Some(byte) = bytes.get_mut(from) {
                    *byte = value;
                }
            }
            1 => drop(bytes.drain(from..to)),
            2 => {
                let copy = bytes.get(from..to).unwrap_or_default().to_vec();
                let at = self.cut(bytes);
                bytes.splice(at..at, copy);
            }
            3 | 4 => {
                let word = WORDS.get(self.below(WORDS.len())).copied().unwrap_or_default();
                let end = if self.below(2) == 0 { from } else { to };
                bytes.splice(from..end, word.bytes());
            }
            5 => {
                let other = self.any_of_corpus();
                let (start, end) = self.range(&other);
                let part = other.get(start..end).unwrap_or_default().to_vec();
                bytes.splice(from..to, part);
            }
            _ => {
                let copies = 1 + self.below(40);
                let part = bytes.get(from..to.min(from + 200)).unwrap_or_default().repeat(copies);
                bytes.splice(from..from, part);
            }
        }
    }

    /// A part of up to a few hundred bytes, mostly from one sign of markup to another, so
    /// that a document stays well-formed more often.
    fn range(&mut self, bytes: &[u8]) -> (usize, usize) {
        let from = self.cut(bytes);
        let length = [1, 4, 40, 400][self.below(4)];
        let to = (from + 1 + self.below(length)).min(bytes.len());
        if self.below(3) == 0 { (from, to) } else { (from, self.towards_markup(bytes, to).max(from)) }
    }

    fn cut(&mut self, bytes: &[u8]) -> usize {
        let at = self.below(bytes.len() + 1);
        if self.below(3) == 0 { at } else { self.towards_markup(bytes, at) }
    }

    fn towards_markup(&self, bytes: &[u8], at: usize) -> usize {
        let rest = bytes.get(at..).unwrap_or_default();
        rest.iter().position(|byte| b"<\"' /([|".contains(byte)).map_or(at, |place| at + place)
    }
}
