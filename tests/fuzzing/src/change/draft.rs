//! Changes written from operations.

use super::{
    body::Body,
    leb::{signed, unsigned},
};

/// Numbers of the columns: id times 16 and type.
pub mod column {
    /// Names of objects that operations stand in: the actor.
    pub const OBJECT_ACTOR: u64 = 1;
    /// The counter of these names.
    pub const OBJECT_COUNTER: u64 = 2;
    /// Keys of list elements: the actor.
    pub const KEY_ACTOR: u64 = 1 << 4 | 1;
    /// The counter of these keys.
    pub const KEY_COUNTER: u64 = 1 << 4 | 3;
    /// Keys of maps.
    pub const KEY: u64 = 1 << 4 | 5;
    /// Whether an operation inserts into a list.
    pub const INSERT: u64 = 3 << 4 | 4;
    /// What an operation does.
    pub const ACTION: u64 = 4 << 4 | 2;
    /// Kind and length of values.
    pub const META: u64 = 5 << 4 | 6;
    /// Values.
    pub const VALUE: u64 = 5 << 4 | 7;
    /// How many values an operation replaces.
    pub const PRED_COUNT: u64 = 7 << 4;
    /// Their actors.
    pub const PRED_ACTOR: u64 = 7 << 4 | 1;
    /// Their counters, each less the one before.
    pub const PRED_COUNTER: u64 = 7 << 4 | 3;
    /// Whether a mark grows with what is typed at its edge.
    pub const EXPAND: u64 = 9 << 4 | 4;
    /// Names of marks.
    pub const MARK: u64 = 10 << 4 | 5;
}

/// One operation as it will stand in the columns.
#[derive(Debug, Clone)]
pub struct RawOp {
    /// The path.
    pub key: String,
    /// 0 makes a map, 1 puts, 2 makes a list, 3 deletes, …
    pub action: u64,
    /// Kind of the value, and its length times 16.
    pub meta: u64,
    /// The value.
    pub raw: Vec<u8>,
    /// What it replaces, by index of the actor and number.
    pub replaces: Vec<(u64, i64)>,
}

impl RawOp {
    /// Puts an integer.
    pub fn put(key: &str, value: i64) -> Self {
        let mut raw = Vec::new();
        signed(&mut raw, value);
        Self { key: key.to_owned(), action: 1, meta: 4 | (raw.len() as u64) << 4, raw, replaces: Vec::new() }
    }

    /// Puts a text.
    pub fn text(key: &str, text: &str) -> Self {
        let raw = text.as_bytes().to_vec();
        Self { key: key.to_owned(), action: 1, meta: 6 | (raw.len() as u64) << 4, raw, replaces: Vec::new() }
    }
}

/// A change to be written.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Everything but the columns.
    pub head: Body,
    /// Its operations.
    pub ops: Vec<RawOp>,
}

impl Draft {
    /// The first change of an actor, on nothing.
    pub fn of(actor: [u8; 16]) -> Self {
        let head = Body { actor: actor.to_vec(), seq: 1, start_op: 1, ..Body::default() };
        Self { head, ops: Vec::new() }
    }

    /// With one more operation.
    #[must_use]
    pub fn op(mut self, op: RawOp) -> Self {
        self.ops.push(op);
        self
    }

    /// The change with its columns.
    pub fn body(&self) -> Body {
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
        let keys = each(&|out, op| {
            unsigned(out, op.key.len() as u64);
            out.extend(op.key.as_bytes());
        });
        let (actors, counters) = self.replaced();
        let columns = [
            (column::KEY, keys),
            (column::INSERT, insert),
            (column::ACTION, each(&|out, op| unsigned(out, op.action))),
            (column::META, each(&|out, op| unsigned(out, op.meta))),
            (column::VALUE, self.ops.iter().flat_map(|op| op.raw.iter().copied()).collect()),
            (column::PRED_COUNT, each(&|out, op| unsigned(out, op.replaces.len() as u64))),
            (column::PRED_ACTOR, actors),
            (column::PRED_COUNTER, counters),
        ];
        let columns = columns.into_iter().filter(|(_, bytes)| !bytes.is_empty()).collect();
        Body { columns, ..self.head.clone() }
    }

    fn replaced(&self) -> (Vec<u8>, Vec<u8>) {
        let (mut actors, mut counters, mut last) = (Vec::new(), Vec::new(), 0);
        for (actor, counter) in self.ops.iter().flat_map(|op| &op.replaces) {
            let (mut by, mut step) = (Vec::new(), Vec::new());
            unsigned(&mut by, *actor);
            signed(&mut step, counter - last);
            last = *counter;
            actors.push(by);
            counters.push(step);
        }
        (run_lengths(&actors), run_lengths(&counters))
    }

    /// The change as a chunk.
    pub fn chunk(&self) -> Vec<u8> {
        self.body().chunk()
    }

    /// A change whose columns hold one run of `rows` each: `columns` are numbers and the one value
    /// that is repeated.
    pub fn runs(&self, rows: i64, columns: &[(u64, &[u8])]) -> Body {
        let run = |(column, value): &(u64, &[u8])| {
            let mut bytes = Vec::new();
            match *column {
                // Booleans have bare lengths: so many false, so many true.
                column::INSERT => {
                    bytes.extend(*value);
                    unsigned(&mut bytes, rows.cast_unsigned());
                }
                _ => {
                    signed(&mut bytes, rows);
                    bytes.extend(*value);
                }
            }
            (*column, bytes)
        };
        Body { columns: columns.iter().map(run).collect(), ..self.head.clone() }
    }
}

/// Values as automerge writes them: runs of equal ones, and the others as they are.
fn run_lengths(values: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut singles: Vec<&Vec<u8>> = Vec::new();
    let flush = |out: &mut Vec<u8>, singles: &mut Vec<&Vec<u8>>| {
        if !singles.is_empty() {
            signed(out, -i64::try_from(singles.len()).unwrap_or(i64::MAX));
            singles.drain(..).for_each(|value| out.extend(value));
        }
    };
    for run in values.chunk_by(PartialEq::eq) {
        match run {
            [single] => singles.push(single),
            [value, ..] => {
                flush(&mut out, &mut singles);
                signed(&mut out, i64::try_from(run.len()).unwrap_or(i64::MAX));
                out.extend(value);
            }
            [] => {}
        }
    }
    flush(&mut out, &mut singles);
    out
}
