//! The two messages of an exchange. `docs/PROTOCOL.md` draws their bytes.

use sha2::{Digest, Sha256};

use super::{
    Backups, Cursor, Epoch, Refusal, ShortId, Standing, Summary,
    frame::{self, Protocol},
    reconcile::{CodedSymbol, KeyedId},
    wire::{MAX_ITEM_BYTES, Reader, WireError, Writer},
};
use crate::{id::SurveyId, item::Item};

/// The most bytes of a request.
pub const MAX_REQUEST_BYTES: usize = 4 * 1024 * 1024;
/// The most bytes of a reply: one form and its head, or a window.
pub const MAX_REPLY_BYTES: usize = 2 * MAX_ITEM_BYTES;
/// The most surveys in one message.
pub(super) const MAX_SURVEYS: usize = 1_024;
/// The most items, or pointers to items, in one list.
pub(super) const MAX_ITEMS: usize = 8_192;
/// The most surveys that are reconciled in one exchange.
pub(super) const MAX_PROBES: usize = 16;
/// The most coded symbols in one reply.
pub(super) const MAX_SYMBOLS: usize = 4_096;

/// What a device sends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// The version of the message.
    pub protocol: Protocol,
    /// The epoch that the cursors belong to; `None` before the first reply.
    pub epoch: Option<Epoch>,
    /// The window: bytes of items that the reply may hold. One item always fits.
    pub max_bytes: u64,
    /// How far each survey was read; one that is missing was not read yet.
    pub cursors: Vec<Cursor>,
    /// Items that the server acknowledged and that were not yet seen in its log.
    pub unconfirmed: Vec<ShortId>,
    /// Items that the server has not acknowledged.
    pub push: Vec<Item>,
    /// Steps of reconciliation.
    pub probes: Vec<Probe>,
}

/// One step of making two sets equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The survey.
    pub survey: SurveyId,
    /// The place in the log up to which the sets are compared; `None` for its end.
    pub upto: Option<u64>,
    /// What is asked.
    pub ask: Ask,
}

/// What a probe asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Coded symbols from `start`.
    Symbols {
        /// Index of the first.
        start: u64,
        /// How many.
        count: u64,
    },
    /// The sorted keyed ids from `start`.
    List {
        /// Index of the first.
        start: u64,
        /// How many.
        count: u64,
    },
    /// The items with these keyed ids.
    Items(Vec<KeyedId>),
}

/// What the server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The version of the message, that of the request.
    pub protocol: Protocol,
    /// [`Request::tag`] of the request that is answered.
    pub tag: [u8; 8],
    /// The life of the server's log.
    pub epoch: Epoch,
    /// Seconds to wait before the next exchange; 0 for none.
    pub retry_after_seconds: u64,
    /// What is in a backup; version 1 does not tell.
    pub backups: Backups,
    /// For each pushed item: durably held, or refused.
    pub pushed: Vec<Option<Refusal>>,
    /// For each unconfirmed item: where it stands.
    pub unconfirmed: Vec<Standing>,
    /// Each granted survey.
    pub surveys: Vec<SurveyReply>,
    /// For each probe that could be answered.
    pub probes: Vec<ProbeReply>,
}

/// News of one survey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurveyReply {
    /// The survey.
    pub survey: SurveyId,
    /// The cursor after these entries.
    pub next: u64,
    /// True when more follows: ask again.
    pub more: bool,
    /// Everything in the log that the device may see.
    pub summary: Summary,
    /// What follows the cursor.
    pub entries: Vec<Entry>,
}

/// One item of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// An item that the device offered itself: pushed in this request, or unconfirmed.
    Yours(ShortId),
    /// Any other.
    Item(Item),
}

/// The answer to a probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeReply {
    /// The survey.
    pub survey: SurveyId,
    /// The place in the log up to which the set goes.
    pub upto: u64,
    /// The set.
    pub summary: Summary,
    /// What was asked for.
    pub found: Found,
}

/// What a probe found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Coded symbols from `start`.
    Symbols {
        /// Index of the first.
        start: u64,
        /// In order.
        symbols: Vec<CodedSymbol>,
    },
    /// Sorted keyed ids from `start`.
    List {
        /// Index of the first.
        start: u64,
        /// In order.
        ids: Vec<KeyedId>,
    },
    /// As many of the items as fit in the window.
    Items(Vec<Item>),
}

impl Request {
    /// Eight bytes that a reply repeats, so that it is never taken for the answer to another
    /// request: the first of SHA-256 of the encoding, as it is without compression.
    pub fn tag(&self) -> [u8; 8] {
        let mut hash = Sha256::new();
        hash.update([self.protocol as u8, 0]);
        hash.update(self.content());
        let hash: [u8; 32] = hash.finalize().into();
        hash.first_chunk().copied().unwrap_or_default()
    }

    /// The bytes that are sent.
    pub fn encode(&self) -> Vec<u8> {
        frame::close(self.protocol, &self.content())
    }

    fn content(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.bytes(&self.epoch.map_or(0, |epoch| epoch.0).to_le_bytes());
        out.number(self.max_bytes);
        out.list(&self.cursors, |out, cursor| {
            out.bytes(cursor.survey.as_bytes());
            out.number(cursor.after);
        });
        out.list(&self.unconfirmed, |out, id| out.bytes(id.as_bytes()));
        out.list(&self.push, Writer::item);
        out.list(&self.probes, |out, probe| {
            out.bytes(probe.survey.as_bytes());
            out.number(probe.upto.map_or(0, |upto| upto.saturating_add(1)));
            match &probe.ask {
                Ask::Symbols { start, count } => write_range(out, 1, *start, *count),
                Ask::List { start, count } => write_range(out, 2, *start, *count),
                Ask::Items(ids) => {
                    out.byte(3);
                    out.list(ids, |out, id| out.bytes(&id.0.to_le_bytes()));
                }
            }
        });
        out.finish()
    }

    /// Reads what [`Request::encode`] wrote.
    ///
    /// # Errors
    /// [`WireError`] when the bytes are cut, over a limit, of another version, or no request.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let opened = frame::open(bytes, MAX_REQUEST_BYTES)?;
        let mut reader = Reader::new(&opened.content);
        let epoch = u64::from_le_bytes(reader.array("epoch")?);
        let request = Self {
            protocol: opened.protocol,
            epoch: (epoch != 0).then_some(Epoch(epoch)),
            max_bytes: reader.number("window")?,
            cursors: reader.list("cursors", MAX_SURVEYS, |reader| {
                let survey = SurveyId::from_bytes(reader.array("cursor")?);
                Ok(Cursor { survey, after: reader.number("cursor")? })
            })?,
            unconfirmed: reader.list("unconfirmed items", MAX_ITEMS, |reader| {
                reader.array("unconfirmed item").map(ShortId::from_bytes)
            })?,
            push: reader.list("pushed items", MAX_ITEMS, |reader| {
                reader.item()?.ok_or(WireError::Meaningless { what: "pushed item" })
            })?,
            probes: reader.list("probes", MAX_PROBES, read_probe)?,
        };
        reader.finish()?;
        Ok(request)
    }
}

fn write_range(out: &mut Writer, kind: u8, start: u64, count: u64) {
    out.byte(kind);
    out.number(start);
    out.number(count);
}

fn read_probe(reader: &mut Reader<'_>) -> Result<Probe, WireError> {
    let survey = SurveyId::from_bytes(reader.array("probe")?);
    let upto = reader.number("probe")?.checked_sub(1);
    let ask = match reader.byte("probe")? {
        1 => Ask::Symbols { start: reader.number("probe")?, count: reader.number("probe")? },
        2 => Ask::List { start: reader.number("probe")?, count: reader.number("probe")? },
        3 => Ask::Items(reader.list("wanted items", MAX_ITEMS, read_keyed)?),
        _ => return Err(WireError::Meaningless { what: "probe" }),
    };
    Ok(Probe { survey, upto, ask })
}

fn read_keyed(reader: &mut Reader<'_>) -> Result<KeyedId, WireError> {
    reader.array("keyed id").map(|bytes| KeyedId(u64::from_le_bytes(bytes)))
}

impl Reply {
    /// The bytes that are sent.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.bytes(&self.tag);
        out.bytes(&self.epoch.0.to_le_bytes());
        out.number(self.retry_after_seconds);
        if self.protocol >= Protocol::V2 {
            out.number(self.backups.begun);
            out.number(self.backups.verified);
        }
        out.list(&self.pushed, |out, refusal| out.byte(refusal.map_or(0, Refusal::to_byte)));
        out.list(&self.unconfirmed, |out, standing| out.byte(standing_byte(*standing)));
        out.list(&self.surveys, |out, survey| {
            out.bytes(survey.survey.as_bytes());
            out.number(survey.next);
            out.byte(u8::from(survey.more));
            write_summary(out, survey.summary);
            out.list(&survey.entries, |out, entry| match entry {
                Entry::Yours(id) => {
                    out.number(0);
                    out.bytes(id.as_bytes());
                }
                Entry::Item(item) => out.item(item),
            });
        });
        out.list(&self.probes, |out, probe| {
            out.bytes(probe.survey.as_bytes());
            out.number(probe.upto);
            write_summary(out, probe.summary);
            write_found(out, &probe.found, probe.summary.count);
        });
        frame::close(self.protocol, &out.finish())
    }

    /// Reads what [`Reply::encode`] wrote.
    ///
    /// # Errors
    /// [`WireError`] when the bytes are cut, over a limit, of another version, or no reply.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let opened = frame::open(bytes, MAX_REPLY_BYTES)?;
        let mut reader = Reader::new(&opened.content);
        let reply = Self {
            protocol: opened.protocol,
            tag: reader.array("tag")?,
            epoch: Epoch(u64::from_le_bytes(reader.array("epoch")?)),
            retry_after_seconds: reader.number("back-off")?,
            backups: read_backups(&mut reader, opened.protocol)?,
            pushed: reader
                .list("answers", MAX_ITEMS, |reader| reader.byte("answer").map(Refusal::from_byte))?,
            unconfirmed: reader.list("standings", MAX_ITEMS, read_standing)?,
            surveys: reader.list("surveys", MAX_SURVEYS, |reader| {
                Ok(SurveyReply {
                    survey: SurveyId::from_bytes(reader.array("survey")?),
                    next: reader.number("cursor")?,
                    more: reader.flag("more")?,
                    summary: read_summary(reader)?,
                    entries: reader.list("entries", MAX_ENTRIES, |reader| match reader.item()? {
                        Some(item) => Ok(Entry::Item(item)),
                        None => reader.array("entry").map(ShortId::from_bytes).map(Entry::Yours),
                    })?,
                })
            })?,
            probes: reader.list("probes", MAX_PROBES, |reader| {
                let survey = SurveyId::from_bytes(reader.array("probe")?);
                let upto = reader.number("probe")?;
                let summary = read_summary(reader)?;
                let found = read_found(reader, summary.count)?;
                Ok(ProbeReply { survey, upto, summary, found })
            })?,
        };
        reader.finish()?;
        Ok(reply)
    }
}

fn read_backups(reader: &mut Reader<'_>, protocol: Protocol) -> Result<Backups, WireError> {
    if protocol < Protocol::V2 {
        return Ok(Backups::default());
    }
    Ok(Backups { begun: reader.number("backups")?, verified: reader.number("backups")? })
}

/// An entry has at least nine bytes, so this is more than a reply can hold.
const MAX_ENTRIES: usize = MAX_REPLY_BYTES / 9;

fn standing_byte(standing: Standing) -> u8 {
    match standing {
        Standing::Pending => 0,
        Standing::Admitted => 1,
        Standing::Unknown => 2,
        Standing::Refused(refusal) => 16 + refusal.to_byte(),
    }
}

fn read_standing(reader: &mut Reader<'_>) -> Result<Standing, WireError> {
    let what = "standing";
    match reader.byte(what)? {
        0 => Ok(Standing::Pending),
        1 => Ok(Standing::Admitted),
        2 => Ok(Standing::Unknown),
        byte => byte
            .checked_sub(16)
            .and_then(Refusal::from_byte)
            .map(Standing::Refused)
            .ok_or(WireError::Meaningless { what }),
    }
}

fn write_summary(out: &mut Writer, summary: Summary) {
    out.number(summary.count);
    out.bytes(&summary.fingerprint.to_le_bytes());
}

fn read_summary(reader: &mut Reader<'_>) -> Result<Summary, WireError> {
    let count = reader.number("summary")?;
    let fingerprint = u128::from_le_bytes(reader.array("summary")?);
    Ok(Summary { count, fingerprint })
}

fn write_found(out: &mut Writer, found: &Found, set: u64) {
    match found {
        Found::Symbols { start, symbols } => {
            out.byte(1);
            out.number(*start);
            out.number(symbols.len() as u64);
            for (index, symbol) in (*start..).zip(symbols) {
                out.bytes(&symbol.sum.to_le_bytes());
                out.bytes(&symbol.check.to_le_bytes());
                out.signed(symbol.count.wrapping_sub(CodedSymbol::expected_count(set, index)));
            }
        }
        Found::List { start, ids } => {
            out.byte(2);
            out.number(*start);
            out.list(ids, |out, id| out.bytes(&id.0.to_le_bytes()));
        }
        Found::Items(items) => {
            out.byte(3);
            out.list(items, Writer::item);
        }
    }
}

fn read_found(reader: &mut Reader<'_>, set: u64) -> Result<Found, WireError> {
    match reader.byte("probe")? {
        1 => {
            let start = reader.number("symbols")?;
            let mut index = start;
            let symbols = reader.list("symbols", MAX_SYMBOLS, |reader| {
                let sum = u64::from_le_bytes(reader.array("symbol")?);
                let check = u32::from_le_bytes(reader.array("symbol")?);
                let deviation = reader.signed("symbol")?;
                let count = deviation.wrapping_add(CodedSymbol::expected_count(set, index));
                index = index.saturating_add(1);
                Ok(CodedSymbol { sum, check, count })
            })?;
            Ok(Found::Symbols { start, symbols })
        }
        2 => {
            let start = reader.number("list")?;
            Ok(Found::List { start, ids: reader.list("list", MAX_ITEMS, read_keyed)? })
        }
        3 => {
            let items = reader.list("items", MAX_ITEMS, |reader| {
                reader.item()?.ok_or(WireError::Meaningless { what: "item" })
            })?;
            Ok(Found::Items(items))
        }
        _ => Err(WireError::Meaningless { what: "probe" }),
    }
}
