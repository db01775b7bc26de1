//! Writes change chunks by hand, honest or not.

use std::io::{Read, Write};

use sha2::{Digest, Sha256};

pub(super) fn unsigned(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

pub(super) fn signed(out: &mut Vec<u8>, mut number: i64) {
    loop {
        let low = number.to_le_bytes()[0] & 0x7f;
        number >>= 7;
        if (number == 0 && low & 0x40 == 0) || (number == -1 && low & 0x40 != 0) {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

/// One operation as it will stand in the columns.
#[derive(Debug, Clone)]
pub(super) struct RawOp {
    pub(super) key: String,
    pub(super) action: u64,
    pub(super) meta: u64,
    pub(super) raw: Vec<u8>,
    pub(super) replaces: Vec<(u64, i64)>,
}

impl RawOp {
    pub(super) fn put(key: &str, value: i64) -> Self {
        let mut raw = Vec::new();
        signed(&mut raw, value);
        Self { key: key.to_owned(), action: 1, meta: 4 | (raw.len() as u64) << 4, raw, replaces: Vec::new() }
    }
}

/// A change to be written.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) deps: Vec<[u8; 32]>,
    pub(super) actor: [u8; 16],
    pub(super) seq: u64,
    pub(super) start_op: u64,
    pub(super) time: i64,
    pub(super) others: Vec<[u8; 16]>,
    pub(super) ops: Vec<RawOp>,
}

impl Draft {
    pub(super) fn new() -> Self {
        Self { deps: vec![], actor: [7; 16], seq: 1, start_op: 1, time: 0, others: vec![], ops: vec![] }
    }

    pub(super) fn put(mut self, key: &str, value: i64) -> Self {
        self.ops.push(RawOp::put(key, value));
        self
    }

    fn head(&self) -> Vec<u8> {
        let mut out = Vec::new();
        unsigned(&mut out, self.deps.len() as u64);
        self.deps.iter().for_each(|dep| out.extend(dep));
        out.push(16);
        out.extend(self.actor);
        unsigned(&mut out, self.seq);
        unsigned(&mut out, self.start_op);
        signed(&mut out, self.time);
        out.push(0);
        unsigned(&mut out, self.others.len() as u64);
        for other in &self.others {
            out.push(16);
            out.extend(other);
        }
        out
    }

    pub(super) fn body(&self) -> Vec<u8> {
        let each = |write: &dyn Fn(&mut Vec<u8>, &RawOp)| {
            let value = |op: &RawOp| {
                let mut value = Vec::new();
                write(&mut value, op);
                value
            };
            run_lengths(&self.ops.iter().map(value).collect::<Vec<_>>())
        };
        let mut insert = Vec::new();
        unsigned(&mut insert, self.ops.len() as u64);
        let (mut by, mut steps, mut last) = (Vec::new(), Vec::new(), 0);
        for (actor, counter) in self.ops.iter().flat_map(|op| &op.replaces) {
            let (mut number, mut step) = (Vec::new(), Vec::new());
            unsigned(&mut number, *actor);
            signed(&mut step, counter - last);
            last = *counter;
            by.push(number);
            steps.push(step);
        }
        let (by, counters) = (run_lengths(&by), run_lengths(&steps));
        let columns = [
            (
                21,
                each(&|out, op| {
                    unsigned(out, op.key.len() as u64);
                    out.extend(op.key.as_bytes());
                }),
            ),
            (52, insert),
            (66, each(&|out, op| unsigned(out, op.action))),
            (86, each(&|out, op| unsigned(out, op.meta))),
            (87, self.ops.iter().flat_map(|op| op.raw.clone()).collect()),
            (112, each(&|out, op| unsigned(out, op.replaces.len() as u64))),
            (113, by),
            (115, counters),
        ];
        self.with_columns(&columns)
    }

    fn with_columns(&self, columns: &[(u64, Vec<u8>)]) -> Vec<u8> {
        let filled: Vec<_> = columns.iter().filter(|(_, data)| !data.is_empty()).collect();
        let mut out = self.head();
        unsigned(&mut out, filled.len() as u64);
        for (column, data) in &filled {
            unsigned(&mut out, *column);
            unsigned(&mut out, data.len() as u64);
        }
        filled.iter().for_each(|(_, data)| out.extend(data));
        out
    }

    pub(super) fn chunk(&self) -> Vec<u8> {
        chunk_of(1, &self.body())
    }

    /// A change of under a hundred bytes that holds this many puts of one path, by run lengths.
    pub(super) fn bomb(&self, puts: i64) -> Vec<u8> {
        let run = |value: &[u8]| {
            let mut column = Vec::new();
            signed(&mut column, puts);
            column.extend(value);
            column
        };
        let mut insert = Vec::new();
        unsigned(&mut insert, puts.cast_unsigned());
        let columns =
            [(21, run(&[1, b'a'])), (52, insert), (66, run(&[1])), (86, run(&[2])), (112, run(&[0]))];
        chunk_of(1, &self.with_columns(&columns))
    }
}

/// Values as automerge writes them: runs of equal ones, and the others as they are.
fn run_lengths(values: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    let runs: Vec<&[Vec<u8>]> = values.chunk_by(PartialEq::eq).collect();
    for group in runs.chunk_by(|a, b| a.len() == 1 && b.len() == 1) {
        let singles: Vec<&Vec<u8>> = group.iter().filter_map(|run| run.first()).collect();
        match group {
            [run] if run.len() > 1 => signed(&mut out, run.len() as i64),
            _ => signed(&mut out, -(singles.len() as i64)),
        }
        singles.into_iter().for_each(|value| out.extend(value));
    }
    out
}

fn framed(kind: u8, hashed: &[u8], body: &[u8]) -> Vec<u8> {
    let mut head = vec![if kind == 2 { 1 } else { kind }];
    unsigned(&mut head, hashed.len() as u64);
    let hash: [u8; 32] = Sha256::new().chain_update(&head).chain_update(hashed).finalize().into();
    let mut chunk = vec![0x85, 0x6f, 0x4a, 0x83];
    chunk.extend(&hash[..4]);
    chunk.push(kind);
    unsigned(&mut chunk, body.len() as u64);
    chunk.extend(body);
    chunk
}

/// A chunk with the right length and checksum.
pub(super) fn chunk_of(kind: u8, body: &[u8]) -> Vec<u8> {
    framed(kind, body, body)
}

/// A deflated change with the right length and checksum.
pub(super) fn deflated(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(body).unwrap();
    framed(2, body, &encoder.finish().unwrap())
}

/// The inflated body of a chunk.
pub(super) fn body_of(chunk: &[u8]) -> Vec<u8> {
    let head = 9 + chunk[9..].iter().take_while(|byte| **byte >= 0x80).count() + 1;
    if chunk[8] == 1 {
        return chunk[head..].to_vec();
    }
    let mut body = Vec::new();
    flate2::read::DeflateDecoder::new(&chunk[head..]).read_to_end(&mut body).unwrap();
    body
}
