//! The operation columns of a change: each run, key and value is read and bounded.
//!
//! A column's number is its id times 16 plus its type, as in automerge's storage format
//! <https://automerge.org/automerge-binary-format-spec/>. The columns of objects, lists and
//! marks do not exist in a flat register and are refused by name.

use crate::answers::{Path, Value};

use super::{
    GateError,
    reader::{Reader, run_lengths},
};

/// The most operations that one change may hold. 2,000 cost 1.6 MiB and 28 ms at worst.
pub(crate) const MAX_OPS: usize = 2_000;
/// The most bytes of a path.
pub(crate) const MAX_KEY_BYTES: usize = 1_024;
/// The most bytes of a text answer.
pub(crate) const MAX_TEXT_BYTES: usize = 64 * 1_024;
/// The most values that one operation may replace.
const MAX_PREDECESSORS: usize = 1_024;
/// The most values that one change may replace.
pub(crate) const MAX_REPLACED: usize = MAX_OPS * 4;
/// Operation and sequence numbers stay below this.
pub(super) const MAX_NUMBER: u64 = 1 << 30;

const KEY_TEXT: u64 = 1 << 4 | 5;
const INSERT: u64 = 3 << 4 | 4;
const ACTION: u64 = 4 << 4 | 2;
const VALUE_META: u64 = 5 << 4 | 6;
const VALUE: u64 = 5 << 4 | 7;
const PRED_COUNT: u64 = 7 << 4;
const PRED_ACTOR: u64 = 7 << 4 | 1;
const PRED_COUNTER: u64 = 7 << 4 | 3;
const MAX_COLUMNS: usize = 8;

const ACTION_PUT: u64 = 1;
const ACTION_DELETE: u64 = 3;

/// One operation as the gate sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct OpHead {
    /// The question.
    pub path: Path,
    /// The answer, or `None` when it is deleted.
    pub value: Option<Value>,
    /// The values that this one replaces, by index into the change's actors and by
    /// operation number.
    pub replaces: Vec<(usize, u64)>,
}

#[derive(Default)]
struct Columns<'a> {
    key: &'a [u8],
    insert: &'a [u8],
    action: &'a [u8],
    meta: &'a [u8],
    value: &'a [u8],
    pred_count: &'a [u8],
    pred_actor: &'a [u8],
    pred_counter: &'a [u8],
}

impl<'a> Columns<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, GateError> {
        let count = reader.count("columns", MAX_COLUMNS)?;
        let mut heads = Vec::with_capacity(count);
        for _ in 0..count {
            let column = reader.unsigned("column number")?;
            if heads.last().is_some_and(|(last, _)| *last >= column) {
                return Err(GateError::Malformed { what: "column order" });
            }
            let length = reader.unsigned("column length")?;
            if length == 0 {
                return Err(GateError::NotShortest { what: "an empty column" });
            }
            heads.push((column, length));
        }
        let mut columns = Self::default();
        for (column, length) in heads {
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            let bytes = reader.take(length, "column")?;
            *columns.slot(column)? = bytes;
        }
        Ok(columns)
    }

    fn slot(&mut self, column: u64) -> Result<&mut &'a [u8], GateError> {
        Ok(match column {
            KEY_TEXT => &mut self.key,
            INSERT => &mut self.insert,
            ACTION => &mut self.action,
            VALUE_META => &mut self.meta,
            VALUE => &mut self.value,
            PRED_COUNT => &mut self.pred_count,
            PRED_ACTOR => &mut self.pred_actor,
            PRED_COUNTER => &mut self.pred_counter,
            _ => return Err(GateError::NotARegister { what: "column of an object, a list or a mark" }),
        })
    }
}

/// Reads all operations; `actors` are those that the change names, its own first.
pub(super) fn read_ops(reader: &mut Reader<'_>, actors: &[[u8; 16]]) -> Result<Vec<OpHead>, GateError> {
    let columns = Columns::read(reader)?;
    let actions = run_lengths(columns.action, MAX_OPS, "operations", |r| r.unsigned("action"))?;
    if actions.is_empty() {
        return Err(GateError::Malformed { what: "a change without operations" });
    }
    check_inserts(columns.insert, actions.len())?;
    let keys = run_lengths(columns.key, MAX_OPS, "keys", |r| r.text("key", MAX_KEY_BYTES))?;
    let metas = run_lengths(columns.meta, MAX_OPS, "value kinds", |r| r.unsigned("value kind"))?;
    let mut preds = read_preds(&columns, actors)?.into_iter();
    if keys.len() != actions.len() || metas.len() != actions.len() || preds.len() != actions.len() {
        return Err(GateError::Malformed { what: "columns of different lengths" });
    }
    let mut values = Reader::new(columns.value);
    let mut ops = Vec::with_capacity(actions.len());
    let mut seen = std::collections::BTreeSet::new();
    for ((action, key), meta) in actions.into_iter().zip(keys).zip(metas) {
        let value = read_value(action, meta, &mut values)?;
        let replaces = preds.next().unwrap_or_default();
        if key.is_empty() || !seen.insert(key) {
            return Err(GateError::NotARegister { what: "an empty path or one path twice" });
        }
        if value.is_none() && replaces.is_empty() {
            return Err(GateError::NotARegister { what: "a delete of nothing" });
        }
        ops.push(OpHead { path: Path::new(key), value, replaces });
    }
    if !values.is_empty() {
        return Err(GateError::Malformed { what: "values left over" });
    }
    Ok(ops)
}

/// The insert column holds one run of `false`: nothing is inserted into a list.
fn check_inserts(bytes: &[u8], rows: usize) -> Result<(), GateError> {
    let mut reader = Reader::new(bytes);
    let run = reader.count("insert run", MAX_OPS)?;
    if run == rows && reader.is_empty() {
        Ok(())
    } else {
        Err(GateError::NotARegister { what: "insert into a list" })
    }
}

fn read_value(action: u64, meta: u64, values: &mut Reader<'_>) -> Result<Option<Value>, GateError> {
    let length = usize::try_from(meta >> 4).unwrap_or(usize::MAX);
    if length > MAX_TEXT_BYTES {
        let limit = MAX_TEXT_BYTES as u64;
        return Err(GateError::OverLimit { what: "bytes of a value", got: meta >> 4, limit });
    }
    let mut raw = Reader::new(values.take(length, "value")?);
    match (action, meta & 0xf) {
        (ACTION_DELETE, 0) if length == 0 => Ok(None),
        (ACTION_PUT, 4) => {
            let number = raw.signed("integer")?;
            if raw.is_empty() {
                Ok(Some(Value::Integer(number)))
            } else {
                Err(GateError::Malformed { what: "integer" })
            }
        }
        (ACTION_PUT, 5) if length == 8 => {
            let number = f64::from_le_bytes(raw.array("decimal")?);
            if number.is_finite() {
                Ok(Some(Value::Decimal(number)))
            } else {
                Err(GateError::NotARegister { what: "a decimal that is not finite" })
            }
        }
        (ACTION_PUT, 6) => {
            let text = std::str::from_utf8(raw.take(length, "text")?)
                .map_err(|_| GateError::Malformed { what: "text" })?;
            Ok(Some(Value::text(text)))
        }
        _ => Err(GateError::NotARegister { what: "action or kind of value" }),
    }
}

fn read_preds(columns: &Columns<'_>, actors: &[[u8; 16]]) -> Result<Vec<Vec<(usize, u64)>>, GateError> {
    let counts = run_lengths(columns.pred_count, MAX_OPS, "replaced counts", |r| {
        r.count("values replaced by one operation", MAX_PREDECESSORS)
    })?;
    let total: usize = counts.iter().sum();
    let by = run_lengths(columns.pred_actor, MAX_REPLACED, "replaced values", |r| {
        r.count("actor index", actors.len().saturating_sub(1))
    })?;
    let deltas = run_lengths(columns.pred_counter, MAX_REPLACED, "replaced values", |r| r.signed("counter"))?;
    if by.len() != total || deltas.len() != total {
        return Err(GateError::Malformed { what: "columns of replaced values" });
    }
    let mut counter = 0_i64;
    let mut pairs = Vec::with_capacity(total);
    for (actor, delta) in by.into_iter().zip(deltas) {
        counter = counter.checked_add(delta).ok_or(GateError::Malformed { what: "counter" })?;
        match u64::try_from(counter) {
            Ok(number @ 1..MAX_NUMBER) => pairs.push((actor, number)),
            _ => return Err(GateError::Malformed { what: "counter" }),
        }
    }
    let mut pairs = pairs.into_iter();
    let preds: Vec<Vec<_>> = counts.into_iter().map(|count| pairs.by_ref().take(count).collect()).collect();
    let order = |(actor, number): &(usize, u64)| (*number, actors.get(*actor));
    if preds.iter().all(|of_one| of_one.is_sorted_by(|a, b| order(a) < order(b))) {
        Ok(preds)
    } else {
        Err(GateError::NotShortest { what: "replaced values" })
    }
}
