//! A server in memory, made of core's own pieces: the log, the responder, the gate, the opening.
//!
//! Does what `server` does with a request, in the same order, without HTTP and SQLite, so that a
//! seed costs milliseconds. Every n-th seed has the real one instead.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};
use tsumugi_core::{
    answers::{Answers, Path},
    form::{Form, FormDefinition, FormEntry, Start},
    id::{DeviceId, ItemId, Nullifier, ResponseId, SurveyId},
    item::{Item, ItemKind},
    moment::Moment,
    response::{
        ResponseDoc,
        gate::{GateError, preflight},
    },
    sealed::{Deposit, DepositReply, SealKey, SealedRecord, open},
    survey::{Mode, Survey, SurveyState},
    sync::{
        Backups, Epoch, Grant, ItemStore as _, MemoryItems, Refusal, Request, Scope, ShortId, Standing,
        deliver, receive,
    },
};

use crate::{
    ballots::hash_of,
    defect::ServerFlaw,
    office::{Office, survey_item},
    server::{Answer, Backing, Carrier, Counted, Row, Sent, Server},
    tablet::Right,
};

/// The response of an anonymous row.
const NOBODY: ResponseId = ResponseId::from_bytes([0; ResponseId::LEN]);

/// An enrolled device.
#[derive(Debug, Clone)]
struct Enrolled {
    id: DeviceId,
    right: Right,
    revoked: bool,
}

/// What is on the disk.
#[derive(Debug, Clone, Default)]
struct State {
    items: MemoryItems,
    names: BTreeSet<ItemId>,
    surveys: BTreeMap<SurveyId, Survey>,
    devices: BTreeMap<String, Enrolled>,
    cards: BTreeSet<(SurveyId, Nullifier)>,
    sealed: BTreeMap<(SurveyId, Nullifier), Vec<u8>>,
    beside: BTreeSet<(SurveyId, Nullifier, [u8; 32])>,
    refused_records: u64,
    docs: BTreeMap<ResponseId, ResponseDoc>,
    forms: BTreeMap<ItemId, Form>,
    backups: Backups,
    /// Records in the order of their arrival; only a flawed server keeps it.
    arrivals: Vec<Nullifier>,
}

/// The server.
pub struct MemoryServer {
    state: State,
    key: Option<SealKey>,
    begun: Vec<(u64, State)>,
    verified: Option<State>,
    lives: u64,
    /// The projector of a killed server: the next request finds its work undone.
    idle: bool,
    flaw: Option<ServerFlaw>,
    carried: u32,
}

impl MemoryServer {
    /// A server without surveys.
    pub fn new(flaw: Option<ServerFlaw>) -> Self {
        Self {
            state: State::default(),
            key: None,
            begun: Vec::new(),
            verified: None,
            lives: 1,
            idle: false,
            flaw,
            carried: 0,
        }
    }

    fn append(&mut self, items: &[Item]) {
        let state = &mut self.state;
        for item in items {
            let Ok(_inserted) = state.items.insert(std::slice::from_ref(item));
            let Ok(()) = state.items.admit(&[item.id()]);
            state.names.insert(item.id());
            if item.kind() == ItemKind::Form {
                let definition: FormDefinition = serde_json::from_slice(item.payload()).expect("a form");
                state.forms.insert(item.id(), Form::compile(definition).expect("a sound form"));
            }
        }
    }

    fn sync(&mut self, sent: &Sent) -> Answer {
        let token = sent.authorization.as_deref().and_then(|value| value.strip_prefix("Bearer "));
        let device = match token.and_then(|token| self.state.devices.get(token)) {
            None => return Answer::shut_out(401, "device-unknown"),
            Some(device) if device.revoked => return Answer::shut_out(403, "device-revoked"),
            Some(device) => device.clone(),
        };
        let Ok(request) = Request::decode(&sent.body) else { return Answer::bare(400) };
        let grant = self.grant(&device);
        let Ok(pushed) = receive(&mut self.state.items, &request, &grant, inspect);
        let taken = request.push.iter().zip(&pushed).filter(|(_, refusal)| refusal.is_none());
        let mut touched = BTreeSet::new();
        for (item, _) in taken {
            self.state.names.insert(item.id());
            touched.extend(item.response().map(|response| (item.survey(), response)));
        }
        if !self.idle {
            self.project(&touched);
        }
        let Ok(reply) = deliver(&self.state.items, &request, &grant, pushed);
        Answer::ok(reply.encode())
    }

    fn grant(&self, device: &Enrolled) -> Grant {
        let shown = |survey: &&Survey| survey.state != SurveyState::Draft;
        let scope = |survey: &Survey| match device.right {
            Right::Field => Some(Scope::Whole),
            Right::Company(..) if self.flaw == Some(ServerFlaw::ShowsEverything) => Some(Scope::Whole),
            Right::Company(own, response) => (own == survey.id).then(|| Scope::response(response)),
        };
        let surveys = self.state.surveys.values().filter(shown);
        Grant::of(surveys.filter_map(|survey| Some((survey.id, scope(survey)?))))
    }

    /// Examines what waits for these responses, as the projector does.
    fn project(&mut self, touched: &BTreeSet<(SurveyId, ResponseId)>) {
        for (survey, response) in touched {
            let Ok(waiting) = self.state.items.pending(Some((*survey, *response)), usize::MAX);
            let open = self.state.surveys.get(survey).is_some_and(|survey| survey.state == SurveyState::Open);
            if !open {
                for item in &waiting {
                    let Ok(()) = self.state.items.refuse(item.id(), Refusal::Closed);
                }
                continue;
            }
            let (changes, others): (Vec<_>, Vec<_>) =
                waiting.into_iter().partition(|item| item.kind() == ItemKind::Change);
            let others: Vec<ItemId> = others.iter().map(Item::id).collect();
            let Ok(()) = self.state.items.admit(&others);
            let chunks: Vec<Vec<u8>> = changes.iter().map(|item| item.payload().to_vec()).collect();
            let doc = self.state.docs.entry(*response).or_default();
            let admission = doc.apply(&chunks);
            let name = |index: &usize| changes.get(*index).map(Item::id);
            let admitted: Vec<ItemId> =
                admission.accepted.iter().chain(&admission.known).filter_map(name).collect();
            let Ok(()) = self.state.items.admit(&admitted);
            for (index, error) in &admission.refused {
                if let Some(id) = name(index) {
                    let Ok(()) = self.state.items.refuse(id, refusal(error));
                }
            }
        }
    }

    fn catch_up(&mut self) {
        self.idle = false;
        let Ok(waiting) = self.state.items.pending(None, usize::MAX);
        let touched = waiting.iter().filter_map(|item| Some((item.survey(), item.response()?))).collect();
        self.project(&touched);
    }

    fn deposit(&mut self, sent: &Sent) -> Answer {
        if sent.authorization.is_some() {
            return Answer::bare(400);
        }
        let Ok(deposit) = Deposit::decode(&sent.body) else { return Answer::bare(400) };
        let mut all_open = true;
        for record in &deposit.records {
            let survey = self.state.surveys.get(&record.survey());
            if survey.is_none_or(|survey| survey.state != SurveyState::Open) {
                all_open = false;
                continue;
            }
            self.deposit_one(record);
        }
        let reply = if all_open { DepositReply::Accepted } else { DepositReply::Closed };
        Answer::ok(reply.encode().to_vec())
    }

    fn deposit_one(&mut self, record: &SealedRecord) {
        let (key, bytes) = ((record.survey(), record.nullifier()), record.encode());
        if !self.state.cards.contains(&key) || record.stratum() != 0 {
            self.state.refused_records += 1;
            return;
        }
        if self.flaw == Some(ServerFlaw::KeepsOrder) {
            self.state.arrivals.push(record.nullifier());
        }
        let Some(kept) = self.state.sealed.get(&key).cloned() else {
            self.state.sealed.insert(key, bytes);
            return;
        };
        if kept == bytes {
            return;
        }
        let (new, old) = (hash_of(&bytes), hash_of(&kept));
        let newer_stays = self.flaw == Some(ServerFlaw::LastOneStays);
        if new < old || newer_stays {
            self.state.sealed.insert(key, bytes);
        }
        self.state.beside.insert((key.0, key.1, new.max(old)));
    }

    fn open_records(&self, survey: &Survey) -> (Vec<(ResponseId, Answers)>, u64) {
        let (mut rows, mut refused) = (Vec::new(), 0);
        let Some(key) = &self.key else { return (rows, refused) };
        let Some(form) = self.state.forms.get(&survey.form) else { return (rows, refused) };
        for ((of, nullifier), bytes) in &self.state.sealed {
            if *of != survey.id {
                continue;
            }
            let answers = SealedRecord::decode(bytes).ok().and_then(|record| open(key, &record).ok());
            let entry = answers.map(|answers| entry(form, &answers));
            match entry.filter(|entry| entry.validate("ja").is_empty()) {
                Some(entry) => rows.push((NOBODY, entry.outputs())),
                None => refused += 1,
            }
            let again = self.state.beside.iter().any(|(_, other, _)| other == nullifier);
            if self.flaw == Some(ServerFlaw::CountsDoubles) && again {
                rows.extend(rows.last().cloned());
            }
        }
        (rows, refused)
    }

    fn company_rows(&self, survey: &Survey) -> Vec<(ResponseId, Answers)> {
        let Some(form) = self.state.forms.get(&survey.form) else { return Vec::new() };
        let submitted = |answers: &Answers| answers.get(&Path::new("@submitted")).is_some();
        let answers = self.state.docs.iter().map(|(response, doc)| (*response, doc.answers()));
        let answers = answers.filter(|(_, answers)| submitted(answers));
        answers.map(|(response, answers)| (response, entry(form, &answers).outputs())).collect()
    }
}

fn entry(form: &Form, answers: &Answers) -> FormEntry {
    let start = Start {
        now: Moment::tokyo(0),
        seed: 0,
        device: None,
        properties: BTreeMap::new(),
        language: "ja".to_owned(),
    };
    FormEntry::load(form.clone(), answers, &start)
}

fn inspect(item: &Item) -> Result<(), Refusal> {
    match item.kind() {
        ItemKind::Change => preflight(item.payload()).map(drop).map_err(|_| Refusal::Malformed),
        _ => Ok(()),
    }
}

const fn refusal(error: &GateError) -> Refusal {
    match error {
        GateError::DuplicateSequence { .. } => Refusal::DuplicateSequence,
        GateError::OutOfSequence { .. } | GateError::UnseenPredecessor { .. } | GateError::Trial { .. } => {
            Refusal::Unsound
        }
        _ => Refusal::Malformed,
    }
}

impl Carrier for MemoryServer {
    fn carry(&mut self, sent: &Sent) -> Answer {
        self.carried += 1;
        let forgets = self.flaw == Some(ServerFlaw::AcknowledgesFirst) && self.carried.is_multiple_of(7);
        let before = forgets.then(|| self.state.clone());
        let answer = match sent.path.as_str() {
            "/v1/sync" => self.sync(sent),
            "/v1/deposits" => self.deposit(sent),
            _ => Answer::bare(404),
        };
        if let Some(before) = before {
            self.state = before;
        }
        answer
    }
}

impl Server for MemoryServer {
    fn begin(&mut self, office: &Office) {
        self.key = SealKey::from_secret_bytes(&*office.key.secret_bytes()).ok();
        for survey in [&office.company, &office.anonymous] {
            self.state.surveys.insert(survey.id, survey.clone());
        }
        let survey = office.anonymous.id;
        self.state.cards.extend(office.cards.iter().map(|card| (survey, card.nullifier())));
        self.append(&office.items);
    }

    fn enrol(&mut self, device: DeviceId, token: &str, _name: &str, right: Right) {
        let enrolled = Enrolled { id: device, right, revoked: false };
        self.state.devices.insert(token.to_owned(), enrolled);
    }

    fn revoke(&mut self, device: DeviceId) {
        for enrolled in self.state.devices.values_mut().filter(|enrolled| enrolled.id == device) {
            enrolled.revoked = true;
        }
    }

    fn survey(&self, survey: SurveyId) -> Survey {
        self.state.surveys.get(&survey).cloned().expect("a survey of the office")
    }

    fn revise(&mut self, survey: &Survey, items: Vec<Item>) {
        self.state.surveys.insert(survey.id, survey.clone());
        self.append(&items);
    }

    fn items(&self) -> BTreeSet<ItemId> {
        let names: Vec<ItemId> = self.state.names.iter().copied().collect();
        let short: Vec<ShortId> = names.iter().map(|name| ShortId::from(*name)).collect();
        let Ok(standing) = self.state.items.standing(&short);
        let held = |standing: &Standing| matches!(standing, Standing::Pending | Standing::Admitted);
        names
            .into_iter()
            .zip(&standing)
            .filter(|(_, standing)| held(standing))
            .map(|(name, _)| name)
            .collect()
    }

    fn changes(&self, response: ResponseId) -> Vec<Vec<u8>> {
        let names: Vec<ItemId> = self.state.names.iter().copied().collect();
        let Ok(items) = self.state.items.get(&names);
        let of = |item: &Item| item.kind() == ItemKind::Change && item.response() == Some(response);
        let admitted = |item: &Item| {
            let Ok(standing) = self.state.items.standing(&[ShortId::from(item.id())]);
            standing == [Standing::Admitted]
        };
        items.iter().filter(|item| of(item) && admitted(item)).map(|item| item.payload().to_vec()).collect()
    }

    fn record(&self, survey: SurveyId, nullifier: Nullifier) -> Option<Vec<u8>> {
        self.state.sealed.get(&(survey, nullifier)).cloned()
    }

    fn kept(&self) -> Vec<Row> {
        let row = |table: &str, bytes: Vec<Vec<u8>>| Row { table: table.to_owned(), bytes, numbers: vec![] };
        let sealed = self.state.sealed.iter().map(|((survey, nullifier), record)| {
            row("sealed", vec![survey.as_bytes().to_vec(), nullifier.as_bytes().to_vec(), record.clone()])
        });
        let beside = self.state.beside.iter().map(|(survey, nullifier, hash)| {
            row("beside", vec![survey.as_bytes().to_vec(), nullifier.as_bytes().to_vec(), hash.to_vec()])
        });
        let mut rows: Vec<Row> = sealed.chain(beside).collect();
        let arrivals = self.state.arrivals.iter().map(|one| row("arrivals", vec![one.as_bytes().to_vec()]));
        rows.extend(arrivals);
        rows
    }

    fn restart(&mut self, later: bool) {
        self.catch_up();
        self.idle = later;
    }

    fn backups(&mut self) -> &mut dyn Backing {
        self
    }

    fn close(&mut self, survey: SurveyId) -> Counted {
        self.catch_up();
        let mut survey = self.survey(survey);
        if survey.state != SurveyState::Closed {
            survey.state = SurveyState::Closed;
            survey.revision += 1;
            let item = survey_item(&survey);
            self.revise(&survey, vec![item]);
        }
        match survey.mode {
            Mode::Anonymous => {
                let (rows, refused) = self.open_records(&survey);
                let refused = refused + self.state.refused_records;
                Counted { rows, conflicts: self.state.beside.len() as u64, refused }
            }
            Mode::Company | Mode::Register => {
                Counted { rows: self.company_rows(&survey), conflicts: 0, refused: 0 }
            }
        }
    }
}

impl Backing for MemoryServer {
    fn begin(&mut self) -> bool {
        let number = self.state.backups.begun + 1;
        let copy = self.state.clone();
        self.state.backups.begun = number;
        self.state.items.set_backups(self.state.backups);
        // The copy was made after its number was given out.
        let mut copy = State { backups: self.state.backups, ..copy };
        copy.items.set_backups(copy.backups);
        self.begun.push((number, copy));
        if self.flaw == Some(ServerFlaw::VerifiesUnread) {
            self.state.backups.verified = number;
            self.state.items.set_backups(self.state.backups);
        }
        false
    }

    fn verify(&mut self) {
        let Some((number, copy)) = self.begun.pop() else { return };
        self.begun.clear();
        self.state.backups.verified = number;
        self.state.items.set_backups(self.state.backups);
        self.verified = Some(copy);
    }

    fn restore(&mut self) {
        let Some(copy) = &self.verified else { return };
        self.state = copy.clone();
        self.begun.clear();
        self.lives += 1;
        self.idle = false;
        if self.flaw != Some(ServerFlaw::KeepsEpoch) {
            let name: [u8; 32] = Sha256::digest(self.lives.to_be_bytes()).into();
            let epoch = u64::from_be_bytes(name.first_chunk().copied().unwrap_or_default());
            self.state.items.set_epoch(Epoch(epoch.max(1)));
        }
        self.catch_up();
    }
}
