//! Inputs of the target `gate` that were made to harm, each under a name that says what it is.
//!
//! What automerge 0.12 makes of them without the gate was measured in November 2026; the figures
//! stand beside them. `tests/bombs.rs` holds the files in `tests/fuzz/regressions/gate` to these
//! functions and writes them anew when `TSUMUGI_WRITE_SEEDS` is set.

use std::io::Write as _;

use crate::{
    change::{Body, Draft, Kind, RawOp, column, frame, framed_as, signed, unsigned},
    gate::{framed, honest},
};

/// A file below `tests/fuzz`.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The target.
    pub target: &'static str,
    /// The name of the file.
    pub name: &'static str,
    /// The input.
    pub bytes: Vec<u8>,
}

/// An actor of a number.
fn actor(number: u64) -> [u8; 16] {
    let mut actor = [6; 16];
    let (front, _) = actor.split_at_mut(8);
    front.copy_from_slice(&number.to_be_bytes());
    actor
}

fn draft(number: u64) -> Draft {
    Draft::of(actor(number))
}

fn zeros(mebibytes: usize) -> Vec<u8> {
    vec![0; mebibytes << 20]
}

fn bomb(name: &'static str, bytes: Vec<u8>) -> Stored {
    Stored { target: "gate", name, bytes }
}

/// One chunk as it is.
fn chunk(name: &'static str, chunk: &[u8]) -> Stored {
    bomb(name, [&[0], chunk].concat())
}

/// Several bodies, the input deflated so that the file is small.
fn packed(name: &'static str, changes: &[(u8, Vec<u8>)]) -> Stored {
    let mut encoder = flate2::write::DeflateEncoder::new(vec![2], flate2::Compression::best());
    let frames = framed(changes);
    let written = encoder.write_all(frames.get(1..).unwrap_or_default());
    bomb(name, written.and_then(|()| encoder.finish()).expect("into memory"))
}

/// All of them.
pub fn bombs() -> Vec<Stored> {
    [inflating(), run_lengths(), other_chunks(), numbers(), crowds(), graphs()].concat()
}

/// Small chunks that inflate to much.
fn inflating() -> Vec<Stored> {
    let put = draft(1).op(RawOp::put("a", 1)).body();
    let with_extra =
        |mebibytes| frame(Kind::Deflated, &Body { extra: zeros(mebibytes), ..put.clone() }.write());
    let deflated_column = |mebibytes: usize| {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        let packed = encoder.write_all(&zeros(mebibytes)).and_then(|()| encoder.finish());
        let mut body = put.clone();
        body.columns.push((column::VALUE | 8, packed.expect("into memory")));
        body.columns.sort();
        body
    };
    // Each chunk of 1 kB is a mebibyte of text.
    let texts = |number: u64| {
        let mut texts = draft(number);
        for at in 0..15 {
            texts = texts.op(RawOp::text(&format!("{number}/{at}"), &"x".repeat(64 * 1024)));
        }
        (2, texts.body().write())
    };
    let paths = |number: u64| {
        let mut paths = draft(number);
        for at in 0..950 {
            paths = paths.op(RawOp::put(&format!("{number:04}/{at:04}/{}", "p".repeat(1_000)), 1));
        }
        (0, frame(Kind::Deflated, &paths.body().write()))
    };
    vec![
        // 64 MiB and 0.25 s; accepted.
        chunk("deflated-extra-bytes-16-mebibytes", &with_extra(16)),
        // 256 MiB and 1 s; accepted.
        chunk("deflated-extra-bytes-64-mebibytes", &with_extra(64)),
        chunk("deflated-column-16-mebibytes", &deflated_column(16).chunk()),
        chunk(
            "deflated-column-of-a-document-64-mebibytes",
            &frame(Kind::Other(0), &deflated_column(64).write()),
        ),
        packed("seven-changes-of-a-mebibyte-of-text", &(1..=7).map(texts).collect::<Vec<_>>()),
        packed("sixty-changes-of-a-mebibyte-of-paths", &(1..=60).map(paths).collect::<Vec<_>>()),
    ]
}

/// A few bytes that say how often something stands.
fn run_lengths() -> Vec<Stored> {
    let puts = |rows| {
        let columns: [(u64, &[u8]); 5] = [
            (column::KEY, &[1, b'a']),
            (column::INSERT, &[]),
            (column::ACTION, &[1]),
            (column::META, &[2]),
            (column::PRED_COUNT, &[0]),
        ];
        draft(1).runs(rows, &columns).chunk()
    };
    let inserts = |rows| {
        let columns: [(u64, &[u8]); 7] = [
            (column::OBJECT_ACTOR, &[0]),
            (column::OBJECT_COUNTER, &[1]),
            (column::KEY_COUNTER, &[1]),
            (column::INSERT, &[0]),
            (column::ACTION, &[1]),
            (column::META, &[2]),
            (column::PRED_COUNT, &[0]),
        ];
        draft(1).runs(rows, &columns).chunk()
    };
    let replaced = {
        let mut body = draft(1).op(RawOp::put("a", 1)).body();
        for (column, bytes) in &mut body.columns {
            if *column == column::PRED_COUNT {
                *bytes = Vec::new();
                signed(bytes, -1);
                unsigned(bytes, 1 << 40);
            }
        }
        for column in [column::PRED_ACTOR, column::PRED_COUNTER] {
            let mut bytes = Vec::new();
            signed(&mut bytes, 1 << 40);
            bytes.push(0);
            body.columns.push((column, bytes));
        }
        body.chunk()
    };
    vec![
        // 41 MiB, 360 MiB, 4.7 GiB; accepted.
        chunk("run-length-100-thousand-puts", &puts(100_000)),
        chunk("run-length-1-million-puts", &puts(1_000_000)),
        chunk("run-length-10-million-puts", &puts(10_000_000)),
        // 535 MiB and 6.9 s; accepted.
        chunk("run-length-1-million-list-inserts", &inserts(1_000_000)),
        chunk("run-length-of-replaced-values", &replaced),
    ]
}

/// What is no single change.
fn other_chunks() -> Vec<Stored> {
    let document = |rows: i64| {
        // actors, heads, columns of changes, columns of operations, what these hold
        let mut body = vec![1, 16];
        body.extend(actor(1));
        body.push(1);
        body.extend([9; 32]);
        let run = |value: &[u8]| {
            let mut bytes = Vec::new();
            signed(&mut bytes, rows);
            bytes.extend(value);
            bytes
        };
        let changes = [
            (1, run(&[0])),
            (3, run(&[1])),
            (19, run(&[1])),
            (35, run(&[0])),
            (53, run(&[0])),
            (64, run(&[0])),
        ];
        unsigned(&mut body, changes.len() as u64);
        for (column, bytes) in &changes {
            unsigned(&mut body, *column);
            unsigned(&mut body, bytes.len() as u64);
        }
        body.push(0);
        changes.iter().for_each(|(_, bytes)| body.extend(bytes));
        frame(Kind::Other(0), &body)
    };
    // 0x42, no heads, nothing needed, one that is had: last sync, then the filter of so many entries,
    // bits of each, and probes.
    let sync = |entries: u64, bits: u64, probes: u64| {
        let mut filter = Vec::new();
        [entries, bits, probes].iter().for_each(|number| unsigned(&mut filter, *number));
        let mut message = vec![0x42, 0, 0, 1, 0];
        unsigned(&mut message, filter.len() as u64);
        message.extend(filter);
        message.push(0);
        message
    };
    let body = draft(1).op(RawOp::put("a", 1)).body().write();
    vec![
        // 1.2 GiB; refused after that. Ten million: over 6 GiB.
        chunk("run-length-document-of-1-million-changes", &document(1_000_000)),
        chunk("run-length-document-of-10-million-changes", &document(10_000_000)),
        chunk("bundle", &frame(Kind::Other(3), &body)),
        chunk("chunk-of-a-later-type", &frame(Kind::Other(4), &body)),
        // A remainder by zero.
        chunk("sync-message-with-a-filter-of-no-bits", &sync(1, 0, 7)),
        // 382 MiB and 71 s.
        chunk("sync-message-with-100-million-probes", &sync(1, 1, 100_000_000)),
        // 17 GB asked for: the process ends.
        chunk("sync-message-with-4-thousand-million-probes", &sync(1, 1, (1 << 32) - 1)),
        chunk("two-changes-in-one-chunk", &[frame(Kind::Plain, &body), frame(Kind::Plain, &body)].concat()),
        chunk("checksum-of-another", &framed_as(1, &[7; 32], &body)),
    ]
}

/// Sequence, operation and actor numbers.
fn numbers() -> Vec<Stored> {
    let with = |change: &dyn Fn(&mut Body)| {
        let mut body = draft(1).op(RawOp::put("a", 1)).body();
        change(&mut body);
        body.chunk()
    };
    let start_op = |number: u64| with(&|body| body.start_op = number);
    let seq = |number: u64| with(&|body| body.seq = number);
    let squatted = {
        // The first person's actor, its next number, built on all that is there.
        let last = honest().changes.last().and_then(|chunk| Body::read(&crate::change::body_of(chunk)?));
        let last = last.expect("the last change of the honest response");
        let mut body = draft(1).op(RawOp::put("shared", 66)).body();
        body.actor.clone_from(&last.actor);
        body.deps = vec![last.hash().to_vec()];
        (body.seq, body.start_op) = (last.seq, last.start_op + 1);
        body.chunk()
    };
    let twice = [
        (1, draft(1).op(RawOp::put("a", 1)).body().write()),
        (1, draft(1).op(RawOp::put("a", 2)).body().write()),
    ];
    let good = (1, draft(2).op(RawOp::put("b", 3)).body().write());
    vec![
        // Accepted; from then on every edit on every device panics.
        chunk("start-op-two-before-the-end-of-numbers", &start_op((1 << 32) - 2)),
        chunk("start-op-at-the-end-of-numbers", &start_op((1 << 32) - 1)),
        // Ignored without a word.
        chunk("start-op-behind-the-end-of-numbers", &start_op(1 << 32)),
        chunk("start-op-that-jumps", &start_op((1 << 30) - 2)),
        // The commonest panic.
        chunk("sequence-begins-with-two", &seq(2)),
        chunk("sequence-at-the-end-of-numbers", &seq(u64::MAX)),
        chunk("sequence-of-somebody-else", &squatted),
        chunk("actor-that-nobody-knows", &with(&|body| body.others = vec![actor(9).to_vec()])),
        chunk("actor-of-no-bytes", &with(&|body| body.actor.clear())),
        chunk(
            "replaces-a-value-of-nobody",
            &draft(1).op(RawOp { replaces: vec![(0, 1)], ..RawOp::put("a", 1) }).chunk(),
        ),
        packed("one-number-twice-among-good-changes", &[twice.to_vec(), vec![good]].concat()),
    ]
}

/// Many of something.
fn crowds() -> Vec<Stored> {
    let orphan = |number: u64| {
        let mut body = draft(number).op(RawOp::put("a", 1)).body();
        body.deps = vec![vec![5; 32]];
        (1, body.write())
    };
    let rival =
        |number: u64| (1, draft(number).op(RawOp::put("shared", number.cast_signed())).body().write());
    // One actor that answers one question again and again, and each time says that it has not seen
    // what stands there.
    let mut blind: Vec<(u8, Vec<u8>)> = Vec::new();
    let mut before: Option<Body> = None;
    for number in 1..=3_000_u64 {
        let mut body = draft(1).op(RawOp::put("shared", number.cast_signed())).body();
        (body.seq, body.start_op) = (number, number);
        body.deps = before.iter().map(|body| body.hash().to_vec()).collect();
        blind.push((1, body.write()));
        before = Some(body);
    }
    let paths = |number: u64| {
        let mut paths = draft(number);
        for at in 0..2_000 {
            paths = paths.op(RawOp::put(&format!("{number:x}/{at:x}"), 1));
        }
        (2, paths.body().write())
    };
    vec![
        // Written into every later save.
        packed("10-thousand-orphans", &(1..=10_000).map(orphan).collect::<Vec<_>>()),
        packed("5-thousand-actors-answer-one-question", &(1..=5_000).map(rival).collect::<Vec<_>>()),
        packed("one-actor-answers-one-question-3-thousand-times", &blind),
        packed("60-changes-of-2-thousand-paths", &(1..=60).map(paths).collect::<Vec<_>>()),
    ]
}

/// Deep, wide and far.
fn graphs() -> Vec<Stored> {
    let nested = {
        // 300 maps, each in the one before.
        let mut body =
            draft(1).op(RawOp { action: 0, meta: 0, raw: Vec::new(), ..RawOp::put("m", 0) }).body();
        let run = |value: &[u8]| {
            let mut bytes = Vec::new();
            signed(&mut bytes, 300);
            bytes.extend(value);
            bytes
        };
        let mut inserts = Vec::new();
        unsigned(&mut inserts, 300);
        body.columns = vec![
            (column::OBJECT_ACTOR, run(&[0])),
            (column::OBJECT_COUNTER, run(&[1])),
            (column::KEY, run(&[1, b'm'])),
            (column::INSERT, inserts),
            (column::ACTION, run(&[0])),
            (column::META, run(&[0])),
            (column::PRED_COUNT, run(&[0])),
        ];
        body.chunk()
    };
    let on = |deps: usize| {
        let mut body = draft(1).op(RawOp::put("a", 1)).body();
        let dep = |number: usize| [vec![0; 24], (number as u64).to_be_bytes().to_vec()].concat();
        body.deps = (0..deps).map(dep).collect();
        (1, body.write())
    };
    // A chain, each link of which replaces what the first one said: whoever looks for that in its past
    // walks all the way, every time.
    let mut chain: Vec<(u8, Vec<u8>)> = Vec::new();
    let mut before: Option<Body> = None;
    for number in 1..=3_000_u64 {
        let op = RawOp::put("far", number.cast_signed());
        let op = if number > 1 { RawOp { replaces: vec![(0, 1)], ..op } } else { op };
        let mut body = draft(1).op(op).body();
        (body.seq, body.start_op) = (number, number);
        body.deps = before.iter().map(|body| body.hash().to_vec()).collect();
        chain.push((1, body.write()));
        before = Some(body);
    }
    // Changes that only their form makes unsound: automerge takes each and loads none of them again.
    let awkward = |number: u64| {
        let mut body = draft(number).op(RawOp::put(&format!("{number}"), 1)).body();
        for (column, bytes) in &mut body.columns {
            if *column == column::ACTION {
                // A run of one, where one single value is shorter.
                *bytes = vec![1, 1];
            }
        }
        (1, body.write())
    };
    vec![
        packed("3-thousand-changes-in-an-awkward-form", &(1..=3_000).map(awkward).collect::<Vec<_>>()),
        // The stack of a thread of 2 MiB is not enough.
        chunk("300-nested-maps", &nested),
        packed("1025-dependencies", &[on(1_025)]),
        packed("1024-dependencies-that-nobody-knows", &[on(1_024)]),
        packed("3-thousand-changes-that-replace-the-first", &chain),
    ]
}
