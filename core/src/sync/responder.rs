//! The server's end of an exchange.

use std::collections::{BTreeSet, HashMap};

use super::{
    Entry, Grant, Insertion, ItemStore, Listing, Probe, ProbeReply, Refusal, Reply, Request, Scope, ShortId,
    Summary, SurveyReply,
    message::{Ask, Found, MAX_ITEMS, MAX_SYMBOLS},
    reconcile::{KeyedId, symbols},
};
use crate::item::Item;

/// The most bytes of items in one reply, whatever the device asks for; one item always fits.
pub const MAX_WINDOW_BYTES: usize = 4 * 1024 * 1024;
/// Symbols beyond this are not computed: the list of ids is shorter then.
const MAX_SYMBOL_INDEX: u64 = 65_536;

/// Answers a request: keeps what was pushed, then delivers.
///
/// `inspect` looks at each pushed item that the grant allows before it is kept; a server gives
/// pre-flight (`response::gate::preflight`) and whether the survey is open. A server that
/// admits at once calls [`receive`], its projector, and [`deliver`] instead: then other devices,
/// and this one, see the items in the same exchange.
///
/// # Errors
/// When the store fails.
pub fn respond<S: ItemStore>(
    store: &mut S,
    request: &Request,
    grant: &Grant,
    inspect: impl Fn(&Item) -> Result<(), Refusal>,
) -> Result<Reply, S::Error> {
    let pushed = receive(store, request, grant, inspect)?;
    deliver(store, request, grant, pushed)
}

/// Keeps what was pushed, as far as grant and `inspect` allow; for each item `None` when it is
/// durably held, or why it is refused.
///
/// # Errors
/// When the store fails; nothing may be acknowledged then.
pub fn receive<S: ItemStore>(
    store: &mut S,
    request: &Request,
    grant: &Grant,
    inspect: impl Fn(&Item) -> Result<(), Refusal>,
) -> Result<Vec<Option<Refusal>>, S::Error> {
    let mut answers: Vec<Option<Refusal>> =
        request.push.iter().map(|item| grant.check(item).and_then(|()| inspect(item)).err()).collect();
    let allowed: Vec<Item> = request
        .push
        .iter()
        .zip(&answers)
        .filter(|(_, refusal)| refusal.is_none())
        .map(|(item, _)| item.clone())
        .collect();
    let mut insertions = store.insert(&allowed)?.into_iter();
    for answer in answers.iter_mut().filter(|answer| answer.is_none()) {
        if let Some(Insertion::Refused(refusal)) = insertions.next() {
            *answer = Some(refusal);
        }
    }
    Ok(answers)
}

/// Reads what the device may see; writes nothing, so it can run on a reader of the database
/// after [`receive`] was committed.
///
/// # Errors
/// When the store fails.
pub fn deliver<S: ItemStore>(
    store: &S,
    request: &Request,
    grant: &Grant,
    pushed: Vec<Option<Refusal>>,
) -> Result<Reply, S::Error> {
    let epoch = store.epoch()?;
    let offered: BTreeSet<ShortId> = (request.push.iter().map(|item| ShortId::from(item.id())))
        .chain(request.unconfirmed.iter().copied())
        .collect();
    let mut window = usize::try_from(request.max_bytes).unwrap_or(usize::MAX).min(MAX_WINDOW_BYTES);
    let mut surveys = Vec::with_capacity(grant.surveys.len());
    for (survey, scope) in &grant.surveys {
        let cursor = request.cursors.iter().find(|cursor| cursor.survey == *survey);
        // Cursors of another epoch mean nothing; the device reconciles or begins again.
        let restart = request.epoch.is_some_and(|asked| asked != epoch);
        let after = cursor.map_or(0, |cursor| cursor.after);
        let summary = store.summary(*survey, scope)?;
        if restart || window == 0 {
            surveys.push(SurveyReply {
                survey: *survey,
                next: after,
                more: true,
                summary,
                entries: Vec::new(),
            });
            continue;
        }
        let page = store.after(*survey, scope, after, window)?;
        let entries: Vec<Entry> = page.items.into_iter().map(|item| as_entry(item, &offered)).collect();
        let bytes: usize = entries.iter().map(entry_bytes).sum();
        window = window.saturating_sub(bytes);
        surveys.push(SurveyReply { survey: *survey, next: page.next, more: page.more, summary, entries });
    }
    Ok(Reply {
        protocol: request.protocol,
        backups: store.backups()?,
        tag: request.tag(),
        epoch,
        retry_after_seconds: 0,
        pushed,
        unconfirmed: store.standing(&request.unconfirmed)?,
        surveys,
        probes: answer_probes(store, request, grant, &mut window)?,
    })
}

fn as_entry(item: Item, offered: &BTreeSet<ShortId>) -> Entry {
    let id = ShortId::from(item.id());
    if offered.contains(&id) { Entry::Yours(id) } else { Entry::Item(item) }
}

fn entry_bytes(entry: &Entry) -> usize {
    match entry {
        Entry::Yours(_) => 9,
        Entry::Item(item) => item.encoded_len() + 4,
    }
}

fn answer_probes<S: ItemStore>(
    store: &S,
    request: &Request,
    grant: &Grant,
    window: &mut usize,
) -> Result<Vec<ProbeReply>, S::Error> {
    let (mut answers, mut asked) = (Vec::new(), BTreeSet::new());
    for probe in &request.probes {
        // One for each survey: listing a large one over and over would be cheap to ask for only.
        if let Some(scope) = grant.scope(probe.survey)
            && asked.insert(probe.survey)
        {
            answers.push(answer_probe(store, probe, scope, window)?);
        }
    }
    Ok(answers)
}

fn answer_probe<S: ItemStore>(
    store: &S,
    probe: &Probe,
    scope: &Scope,
    window: &mut usize,
) -> Result<ProbeReply, S::Error> {
    let epoch = store.epoch()?;
    let Listing { ids, upto } = store.ids(probe.survey, scope, probe.upto)?;
    let summary = Summary::of(ids.iter().copied());
    let keyed = ids.iter().map(|id| KeyedId::derive(epoch, *id));
    let found = match &probe.ask {
        Ask::Symbols { start, count } => {
            let start = (*start).min(MAX_SYMBOL_INDEX);
            let symbols = symbols(keyed, start, (*count).min(MAX_SYMBOLS as u64));
            Found::Symbols { start, symbols }
        }
        Ask::List { start, count } => {
            let mut all: Vec<KeyedId> = keyed.collect();
            all.sort_unstable();
            let skip = usize::try_from(*start).unwrap_or(usize::MAX);
            let count = usize::try_from(*count).unwrap_or(usize::MAX).min(MAX_ITEMS);
            Found::List { start: *start, ids: all.into_iter().skip(skip).take(count).collect() }
        }
        Ask::Items(wanted) => {
            let mut by_key: HashMap<KeyedId, _> = keyed.zip(ids.iter().copied()).collect();
            let mut items = Vec::new();
            // Each once, and no more than are sent: thousands of names are a few bytes to ask for.
            for id in wanted.iter().filter_map(|key| by_key.remove(key)) {
                let Some(item) = store.get(&[id])?.pop() else { continue };
                if !items.is_empty() && item.encoded_len() > *window {
                    break;
                }
                *window = window.saturating_sub(item.encoded_len());
                items.push(item);
            }
            Found::Items(items)
        }
    };
    Ok(ProbeReply { survey: probe.survey, upto, summary, found })
}
