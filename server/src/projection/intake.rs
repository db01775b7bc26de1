//! One exchange of a device: what it delivers is inspected, kept within its quotas and examined,
//! then it gets what it does not have.
//!
//! An item is acknowledged when it is durable, and only then: what is over a quota is not kept, and
//! the whole request is answered with "later". What was admitted of it stands all the same, and is
//! known when the request comes again.

use std::collections::{BTreeMap, BTreeSet};

use tracing::{info, warn};
use tsumugi_core::{
    id::{ItemId, ResponseId, SurveyId},
    item::{Item, ItemKind},
    response::gate::preflight,
    sync::{Grant, Insertion, Refusal, Reply, Request, deliver},
};

use super::projector::Projector;
use crate::{
    app::AppError,
    store::{Delivered, Delivery, Items, OverQuota, Quotas, StoredDevice, Taking},
};

/// New responses of one delivery that are examined before it is answered. More of them come from
/// who was long without a network, or from a register: they are durable and acknowledged, and seen by
/// others when they were examined a moment later.
const AT_ONCE: usize = 32;

/// What became of an exchange.
#[derive(Debug)]
pub enum Exchanged {
    /// The answer.
    Reply(Reply),
    /// Not now.
    Later(OverQuota),
}

/// Answers a request of an enrolled device.
///
/// # Errors
/// [`AppError`] when the store fails; nothing may be acknowledged then.
pub fn exchange(
    projector: &Projector,
    request: &Request,
    grant: &Grant,
    device: &StoredDevice,
    now: i64,
) -> Result<Exchanged, AppError> {
    let store = projector.app().blocking_store();
    let inspected: Vec<Result<Delivered, Refusal>> =
        request.push.iter().map(|item| grant.check(item).and_then(|()| inspect(item))).collect();
    let items: Vec<Delivered> = inspected.iter().filter_map(|one| one.as_ref().ok().cloned()).collect();
    let insertions = if items.is_empty() {
        // A request that only reads must not wait for the writer.
        Vec::new()
    } else {
        match store.take(Delivery {
            device: device.id,
            now,
            quotas: Quotas::of(projector.app().config()),
            items,
        })? {
            Taking::Taken(insertions) => insertions,
            Taking::Over(over) => {
                warn!(device = short(device.id.as_bytes()), "a delivery is over a quota: {over:?}");
                return Ok(Exchanged::Later(over));
            }
        }
    };
    let all_begin = inspected.iter().flatten().all(|delivered| delivered.continues.is_none());
    let mut answers = answers(inspected, insertions);
    let refused_at_the_door = answers.iter().flatten().count();
    if refused_at_the_door > 0 {
        let device = short(device.id.as_bytes());
        info!(device, count = refused_at_the_door, "{refused_at_the_door} delivered items were refused");
    }
    let touched = touched(request, &answers);
    if all_begin && touched.len() > AT_ONCE {
        // None of these waits for another change, so what is acknowledged here is never let go.
        projector.project_soon(touched, device.id);
        return Ok(Exchanged::Reply(deliver(&Items(store), request, grant, answers)?));
    }
    let settled = projector.project(&touched)?;
    projector.app().live().tell(&touched, device.id);
    for (item, answer) in request.push.iter().zip(&mut answers) {
        if settled.gone.contains(&item.id()) {
            warn!(device = short(device.id.as_bytes()), "too many changes of a device wait for others");
            return Ok(Exchanged::Later(OverQuota::Orphans));
        }
        *answer = answer.or_else(|| settled.refused.get(&item.id()).copied());
    }
    Ok(Exchanged::Reply(deliver(&Items(store), request, grant, answers)?))
}

/// What examining left of the items that waited.
#[derive(Debug, Default)]
pub struct Settled {
    /// Refused, and why.
    pub refused: BTreeMap<ItemId, Refusal>,
    /// Not kept, since there was no room to wait in.
    pub gone: BTreeSet<ItemId>,
}

/// The first digits of an id: enough to find it, and no more than that.
pub(super) fn short(id: &[u8]) -> String {
    id.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// Reads the head of a change with our own parser; automerge waits in the projector.
fn inspect(item: &Item) -> Result<Delivered, Refusal> {
    let continues = match item.kind() {
        ItemKind::Change => {
            let head = preflight(item.payload()).map_err(|_| Refusal::Malformed)?;
            (head.seq > 1 || !head.deps.is_empty()).then(|| head.actor())
        }
        _ => None,
    };
    Ok(Delivered { item: item.clone(), continues })
}

fn answers(inspected: Vec<Result<Delivered, Refusal>>, insertions: Vec<Insertion>) -> Vec<Option<Refusal>> {
    let mut insertions = insertions.into_iter();
    let answer = |one: Result<Delivered, Refusal>| match one {
        Ok(_) => match insertions.next() {
            Some(Insertion::Refused(refusal)) => Some(refusal),
            _ => None,
        },
        Err(refusal) => Some(refusal),
    };
    inspected.into_iter().map(answer).collect()
}

fn touched(request: &Request, answers: &[Option<Refusal>]) -> BTreeSet<(SurveyId, ResponseId)> {
    let kept = request.push.iter().zip(answers).filter(|(_, refusal)| refusal.is_none());
    kept.filter_map(|(item, _)| Some((item.survey(), item.response()?))).collect()
}
