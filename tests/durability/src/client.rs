//! Clients of a server that dies: a company's device that pushes changes, and whoever deposits
//! sealed records. Each repeats what was not acknowledged, as real ones do.

use tsumugi_core::{
    answers::{Answers, Path, Value},
    device::{Device, HttpRequest, MemoryStorage},
    form::Start,
    id::{ResponseId, SurveyId},
    moment::Moment,
    sealed::{Card, CardCode, Deposit, DepositReply, SealPublic, SealedRecord, seal},
    sync::{Reply as SyncReply, Request},
};
use tsumugi_server::api::CompanyLetter;
use tsumugi_tests::Chance;

use crate::{
    life::PATHS,
    sent::{Sent, Standing},
    tablet::{Carrier, Reply},
    ward::Ward,
};

/// Media type of a deposit.
pub const DEPOSIT_TYPE: &str = "application/x-tsumugi-deposit";
/// Records that travel together, at most.
const TOGETHER: usize = 8;

/// A company's device with everything in memory: only the server can lose something.
pub struct Company {
    device: Device<MemoryStorage>,
    response: ResponseId,
    chance: Chance,
    now: Moment,
}

impl Company {
    /// A person of the letter's company, in a ward whose server runs.
    ///
    /// # Panics
    /// When device or server do not do what their own stories prove.
    pub fn of(ward: &Ward, letter: &CompanyLetter, seed: u64) -> Self {
        let mut chance = Chance::of(seed);
        let now = Moment::tokyo(1_795_000_000_000);
        let storage = MemoryStorage::default();
        let mut device = Device::open(storage, [7; 32], now, chance.rng()).expect("a new device");
        let url = ward.world.url();
        let request = device.company_request(&url, &letter.code, "佐藤", "経理");
        let carrier = Carrier::to(&url);
        let reply = send(&carrier, &request);
        device.on_enrolled(reply.status, &reply.body, chance.rng()).expect("the letter's code");
        let mut company = Self { device, response: letter.response, chance, now };
        company.exchange(&carrier, &mut Sent::default());
        let start = Start {
            now,
            seed: 1,
            device: None,
            properties: std::collections::BTreeMap::new(),
            language: "ja".to_owned(),
        };
        company.device.open_response(letter.response, &start).expect("the response");
        company
    }

    /// Types one answer.
    ///
    /// # Panics
    /// When the device does not take it.
    pub fn answer(&mut self) {
        let path = PATHS.get(self.chance.place(PATHS.len())).copied().unwrap_or_default();
        let text = self.chance.below(100_000).to_string();
        self.now.unix_ms += 1_000;
        self.device
            .set_text(self.response, &Path::new(path), &text, self.now, self.chance.rng())
            .expect("an answer that fits");
    }

    /// Exchanges until nothing waits; false when a reply did not come or was none of success.
    ///
    /// # Panics
    /// When the device does not take a reply.
    pub fn exchange(&mut self, carrier: &Carrier, sent: &mut Sent) -> bool {
        self.exchange_by(sent, &mut |request| send(carrier, request))
    }

    /// As [`Company::exchange`], with requests moved by `send`.
    ///
    /// # Panics
    /// When the device does not take a reply.
    pub fn exchange_by(&mut self, sent: &mut Sent, send: &mut dyn FnMut(&HttpRequest) -> Reply) -> bool {
        self.device.sync_now();
        loop {
            self.now.unix_ms += 1_000;
            let request = self.device.next_request(self.now, self.chance.rng()).expect("the device");
            let Some(request) = request else { return true };
            let pushed = Request::decode(&request.body).map(|request| request.push).unwrap_or_default();
            for item in &pushed {
                sent.item(item.id(), Standing::Tried);
            }
            let reply = send(&request);
            if let Some(taken) = (reply.status == 200).then(|| SyncReply::decode(&reply.body).ok()).flatten()
            {
                for (item, _) in pushed.iter().zip(&taken.pushed).filter(|(_, refusal)| refusal.is_none()) {
                    sent.item(item.id(), Standing::Acknowledged);
                }
            }
            let progress = self
                .device
                .on_reply(request.id, reply.status, None, &reply.body, self.now, self.chance.rng())
                .expect("the device takes the reply");
            if reply.status != 200 {
                return false;
            }
            if !progress.more {
                return true;
            }
        }
    }

    /// Changes that wait for the server.
    pub fn waiting(&self) -> usize {
        self.device.status().waiting_changes
    }
}

fn send(carrier: &Carrier, request: &HttpRequest) -> Reply {
    carrier.post(&request.path, &request.content_type, request.authorization.as_deref(), &request.body)
}

/// Sealed records that are not acknowledged yet.
pub struct Urn {
    waiting: Vec<SealedRecord>,
}

impl Urn {
    /// Seals one entry under each card of the ward from `from` to `to`.
    ///
    /// # Panics
    /// When the ward's cards or key are none.
    pub fn of(ward: &Ward, from: usize, to: usize, seed: u64) -> Self {
        let survey: SurveyId = ward.anonymous.id;
        let public: SealPublic = ward.world.seal_key(survey).parse().expect("a public key");
        let stratum = ward.world.stratum(survey);
        let mut chance = Chance::of(seed);
        let answers: Answers =
            [(Path::new("feelings/loneliness_direct"), Value::text("3"))].into_iter().collect();
        let cards = ward.cards.get(from..to).expect("that many cards");
        let waiting = cards
            .iter()
            .map(|code| {
                let code: CardCode = code.parse().expect("a card");
                let card = Card { survey, stratum, code };
                seal(&public, survey, stratum, card.nullifier(), &answers, 2_048, chance.rng())
                    .expect("a record")
            })
            .collect();
        Self { waiting }
    }

    /// Deposits a few records; false when no reply came or it was none of success.
    pub fn deposit(&mut self, carrier: &Carrier, sent: &mut Sent, chance: &mut Chance) -> bool {
        let count = (chance.place(TOGETHER) + 1).min(self.waiting.len());
        let records: Vec<SealedRecord> = self.waiting.iter().rev().take(count).cloned().collect();
        let note = |sent: &mut Sent, standing| {
            for record in &records {
                sent.record(record.nullifier(), record.encode(), standing);
            }
        };
        note(sent, Standing::Tried);
        let Some(body) = body_of(&records) else { return true };
        let reply = carrier.post("/v1/deposits", DEPOSIT_TYPE, None, &body);
        let accepted =
            reply.status == 200 && DepositReply::decode(&reply.body) == Some(DepositReply::Accepted);
        if accepted {
            note(sent, Standing::Acknowledged);
            self.waiting.truncate(self.waiting.len() - count);
        }
        accepted
    }

    /// Takes one record out, as long as there are any.
    pub fn take(&mut self) -> Option<SealedRecord> {
        self.waiting.pop()
    }

    /// Records that wait for the server.
    pub const fn waiting(&self) -> usize {
        self.waiting.len()
    }
}

/// The body of a deposit; nothing for no records.
pub fn body_of(records: &[SealedRecord]) -> Option<Vec<u8>> {
    Deposit { records: records.to_vec() }.encode().ok()
}
