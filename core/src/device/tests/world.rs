//! A ward in memory: two surveys, cards, a server that keeps items and deposits, devices.

use std::collections::BTreeMap;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng as _;

use crate::{
    answers::{Answers, Path, Value},
    device::{Device, DeviceError, HttpRequest, MemoryStorage, Progress, Storage},
    form::{
        Bind, Choice, ChoiceList, ChoiceSource, Control, DataType, FormDefinition, Group, Language, Node,
        Question, Repeat, Start,
    },
    id::{DeviceId, Nullifier, ResponseId, SurveyId},
    item::{Item, ItemKind},
    moment::Moment,
    response::gate,
    sealed::{
        Bundle, BundleReply, Card, Deposit, DepositReply, Errand, Fate, Notice, Parcel, ParcelAnswer,
        SealKey, SealedRecord, open,
    },
    survey::{Assignment, CardList, Mode, Stratum, Survey, SurveyState},
    sync::{Epoch, Grant, ItemStore as _, MemoryItems, Protocol, Refusal, Request, Scope, receive, respond},
    text::Localized,
};

pub(super) const NOON: Moment = Moment::tokyo(1_795_316_400_000);
pub(super) const DATA_KEY: [u8; 32] = [7; 32];
pub(super) const RECORD_BYTES: u32 = 256;

pub(super) fn start() -> Start {
    Start {
        now: NOON,
        seed: 1,
        device: Some("T-01".to_owned()),
        properties: BTreeMap::new(),
        language: "ja".to_owned(),
    }
}

pub(super) fn path(text: &str) -> Path {
    Path::new(text)
}

fn question(name: &str, label: &str, control: Control, data_type: DataType) -> Question {
    Question {
        name: name.to_owned(),
        label: Localized::of([("ja", label)]),
        control,
        data_type,
        ..Question::default()
    }
}

fn number(name: &str, label: &str) -> Node {
    Node::Question(Box::new(question(name, label, Control::Input, DataType::Int)))
}

fn text(name: &str, label: &str) -> Node {
    Node::Question(Box::new(question(name, label, Control::Input, DataType::String)))
}

fn group(name: &str, children: Vec<Node>) -> Node {
    Node::Group(Box::new(Group { name: name.to_owned(), children, ..Group::default() }))
}

fn definition(form_id: &str, nodes: Vec<Node>) -> FormDefinition {
    FormDefinition {
        form_id: form_id.to_owned(),
        version: "1".to_owned(),
        title: Localized::of([("ja", "調査")]),
        root: "data".to_owned(),
        default_language: "ja".to_owned(),
        languages: vec![Language { tag: "ja".to_owned(), name: "日本語".to_owned() }],
        nodes,
        ..FormDefinition::default()
    }
}

/// Two departments: staff with sites, costs with a total.
pub(super) fn company_form() -> FormDefinition {
    let mut total = question("total", "費用の計", Control::None, DataType::Int);
    total.bind.calculate = Some("coalesce(../devices, 0) + coalesce(../lines, 0)".to_owned());
    let mut employees = question("employees", "従業員数", Control::Input, DataType::Int);
    employees.bind.required = Some("true()".to_owned());
    let sites = Repeat {
        name: "sites".to_owned(),
        label: Localized::of([("ja", "事業所")]),
        children: vec![text("site_name", "事業所の名前"), number("site_staff", "人数")],
        ..Repeat::default()
    };
    let staff = vec![Node::Question(Box::new(employees)), Node::Repeat(Box::new(sites))];
    let costs = vec![number("devices", "機器"), number("lines", "回線"), Node::Question(Box::new(total))];
    definition("company-telework", vec![group("staff", staff), group("costs", costs)])
}

/// Two questions, one required with a choice "do not want to answer".
pub(super) fn anonymous_form() -> FormDefinition {
    let mut direct =
        question("direct", "孤独だと感じることがありますか", Control::SelectOne, DataType::String);
    direct.bind.required = Some("true()".to_owned());
    direct.choices = Some(ChoiceSource {
        list: "often".to_owned(),
        value: "name".to_owned(),
        label: "label".to_owned(),
        ..ChoiceSource::default()
    });
    let mut days = question("days", "テレワークの日数", Control::Input, DataType::Int);
    days.bind = Bind { constraint: Some(". >= 0 and . <= 7".to_owned()), ..Bind::default() };
    let nodes = vec![Node::Question(Box::new(direct)), Node::Question(Box::new(days))];
    let mut form = definition("loneliness", nodes);
    let items = ["never", "often", "na"].map(|name| Choice {
        name: name.to_owned(),
        label: Localized::of([("ja", name)]),
        ..Choice::default()
    });
    form.choices.insert("often".to_owned(), ChoiceList { items: items.into(), ..ChoiceList::default() });
    form
}

/// A free text, which only a form that says so may ask anonymously.
pub(super) fn free_text_form() -> FormDefinition {
    definition("opinions", vec![text("opinion", "ご意見")])
}

/// A ward: what the server holds.
pub(super) struct World {
    pub(super) rng: ChaCha20Rng,
    pub(super) items: MemoryItems,
    pub(super) records: BTreeMap<Nullifier, Vec<Vec<u8>>>,
    pub(super) deposits: Vec<HttpRequest>,
    pub(super) key: SealKey,
    /// What parcels are sealed to.
    pub(super) server: SealKey,
    pub(super) company: SurveyId,
    pub(super) anonymous: SurveyId,
    pub(super) response: ResponseId,
    pub(super) cards: Vec<Card>,
    /// The company survey takes no answers any more.
    pub(super) closed: bool,
    /// Status that every request gets instead of an answer.
    pub(super) down: Option<u16>,
    /// What stands in such a failure.
    pub(super) says: Vec<u8>,
    /// The newest version of the messages that the server knows.
    pub(super) speaks: Protocol,
    clock_ms: i64,
}

impl World {
    pub(super) fn new() -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(99);
        let (key, server) = (SealKey::make(&mut rng), SealKey::make(&mut rng));
        let (company, anonymous) = (SurveyId::make(&mut rng), SurveyId::make(&mut rng));
        let response = ResponseId::make(&mut rng);
        let mut world = Self {
            rng,
            items: MemoryItems::new(),
            records: BTreeMap::new(),
            deposits: Vec::new(),
            key,
            server,
            company,
            anonymous,
            response,
            cards: Vec::new(),
            closed: false,
            down: None,
            says: Vec::new(),
            speaks: Protocol::NEWEST,
            clock_ms: NOON.unix_ms,
        };
        world.publish(company, Mode::Company, &company_form(), SurveyState::Open, 1);
        world.publish(anonymous, Mode::Anonymous, &anonymous_form(), SurveyState::Open, 1);
        let assignment = Assignment {
            response,
            name: "北製作所".to_owned(),
            stratum: "all".to_owned(),
            corporate_number: None,
            previous: Answers::default(),
        };
        let assignment = serde_json::to_vec(&assignment).expect("JSON");
        world.admit(Item::of_response(ItemKind::Assignment, company, response, assignment));
        let cards: Vec<Card> = (0..40).map(|_| Card::make(anonymous, 0, &mut world.rng)).collect();
        let list = CardList::make(0, &cards, &mut world.rng);
        world.cards = cards;
        world.admit(Item::of_survey(ItemKind::Cards, anonymous, serde_json::to_vec(&list).expect("JSON")));
        world
    }

    pub(super) fn publish(
        &mut self,
        id: SurveyId,
        mode: Mode,
        form: &FormDefinition,
        state: SurveyState,
        revision: u32,
    ) {
        let form_item = Item::of_survey(ItemKind::Form, id, serde_json::to_vec(form).expect("JSON"));
        let stratum =
            Stratum { id: 0, code: "all".to_owned(), label: Localized::plain("all"), population: Some(100) };
        let survey = Survey {
            id,
            form_name: form.form_id.clone(),
            form: form_item.id(),
            title: Localized::of([("ja", "実態調査"), ("en", "Survey")]),
            mode,
            fiscal_year: 2026,
            opens: "2026-11-01".to_owned(),
            closes: "2026-12-18".to_owned(),
            state,
            strata: vec![stratum],
            seal_key: Some(self.key.public().to_string()),
            record_bytes: RECORD_BYTES,
            revision,
            contact: Localized::plain("03-0000-0000"),
            fictitious: true,
        };
        let survey = serde_json::to_vec(&survey).expect("JSON");
        self.admit(form_item);
        self.admit(Item::of_survey(ItemKind::Survey, id, survey));
    }

    fn admit(&mut self, item: Item) {
        let id = item.id();
        self.items.insert(&[item]).expect("memory");
        self.items.admit(&[id]).expect("memory");
    }

    /// What a server that was restored from last night's copy has: another epoch.
    pub(super) fn restore(&mut self, items: MemoryItems, records: BTreeMap<Nullifier, Vec<Vec<u8>>>) {
        self.items = items;
        self.items.set_epoch(Epoch(2));
        self.records = records;
    }

    pub(super) fn now(&mut self) -> Moment {
        self.clock_ms += 1_000;
        Moment::tokyo(self.clock_ms)
    }

    /// A device that has synced once.
    pub(super) fn device(&mut self, name: &str) -> Device<MemoryStorage> {
        let mut device = self.enrolled(MemoryStorage::new(), name);
        self.sync(&mut device);
        device
    }

    pub(super) fn enrolled<S: Storage>(&mut self, storage: S, name: &str) -> Device<S> {
        let mut device = Device::open(storage, DATA_KEY, NOON, &mut self.rng).expect("a new storage opens");
        device.enrol_request("http://ward.example/", "CODE", name);
        let reply = serde_json::json!({
            "deviceId": DeviceId::make(&mut self.rng), "token": "tsm_secret", "role": "tablet", "name": name,
            "server": { "name": { "ja": "区" }, "contact": { "ja": "03" },
                "bundleKey": self.server.public().to_string() },
            "surveys": [],
        });
        device.on_enrolled(200, reply.to_string().as_bytes(), &mut self.rng).expect("an enrolment is taken");
        device
    }

    pub(super) fn reopen<S: Storage>(&mut self, storage: S) -> Result<Device<S>, DeviceError> {
        Device::open(storage, DATA_KEY, NOON, &mut self.rng)
    }

    /// Exchanges until the device has nothing to send and nothing to ask.
    pub(super) fn sync<S: Storage>(&mut self, device: &mut Device<S>) {
        self.try_sync(device).expect("the storage holds");
    }

    pub(super) fn try_sync<S: Storage>(
        &mut self,
        device: &mut Device<S>,
    ) -> Result<Vec<Progress>, DeviceError> {
        device.sync_now();
        let mut steps = Vec::new();
        loop {
            let now = self.now();
            let Some(request) = device.next_request(now, &mut self.rng)? else { return Ok(steps) };
            let (status, body) = self.answer(&request);
            steps.push(device.on_reply(request.id, status, None, &body, now, &mut self.rng)?);
            assert!(steps.len() < 100, "the exchange comes to an end");
        }
    }

    /// What the server answers; a projector runs after each push.
    pub(super) fn answer(&mut self, request: &HttpRequest) -> (u16, Vec<u8>) {
        if let Some(status) = self.down {
            return (status, self.says.clone());
        }
        match request.path.as_str() {
            "/v1/sync" => {
                assert_eq!(request.authorization.as_deref(), Some("Bearer tsm_secret"));
                let asked = Request::decode(&request.body).expect("a request");
                if asked.protocol > self.speaks {
                    return (400, Vec::new());
                }
                let grant = Grant::of([(self.company, Scope::Whole), (self.anonymous, Scope::Whole)]);
                let closed = self.closed;
                let judge = |item: &Item| match gate::preflight(item.payload()) {
                    Ok(_) if closed => Err(Refusal::Closed),
                    Ok(_) => Ok(()),
                    Err(_) => Err(Refusal::Malformed),
                };
                receive(&mut self.items, &asked, &grant, judge).expect("memory");
                let pending: Vec<_> = self.items.pending(None, usize::MAX).expect("memory");
                let ids: Vec<_> = pending.iter().map(Item::id).collect();
                self.items.admit(&ids).expect("memory");
                (200, respond(&mut self.items, &asked, &grant, judge).expect("memory").encode())
            }
            "/v1/deposits" => {
                assert_eq!(request.authorization, None, "the deposit route knows no account");
                self.deposits.push(request.clone());
                for record in Deposit::decode(&request.body).expect("a deposit").records {
                    let bytes = self.records.entry(record.nullifier()).or_default();
                    if !bytes.contains(&record.encode()) {
                        bytes.push(record.encode());
                    }
                }
                (200, DepositReply::Accepted.encode().to_vec())
            }
            "/v1/bundles" => {
                assert_eq!(request.authorization, None, "each parcel has its own credential");
                (200, self.answer_bundle(&request.body))
            }
            other => panic!("no such route: {other}"),
        }
    }

    /// What the server answers to a bundle, whoever brings it.
    pub(super) fn answer_bundle(&mut self, bytes: &[u8]) -> Vec<u8> {
        let bundle = Bundle::decode(bytes).expect("a bundle");
        let notices: Vec<Notice> = bundle
            .parcels()
            .map(|(id, parcel)| Notice { parcel: id, fate: self.answer_parcel(parcel) })
            .collect();
        BundleReply::of(notices).encode().expect("a small reply")
    }

    fn answer_parcel(&mut self, parcel: &Parcel) -> Fate {
        let Ok((errand, secret)) = parcel.open(&self.server) else { return Fate::Unreadable };
        let (path, authorization, body) = match errand {
            Errand::Items { token, request } => ("/v1/sync", Some(format!("Bearer {token}")), request),
            Errand::Records { deposit } => ("/v1/deposits", None, deposit),
        };
        let request = HttpRequest {
            id: 0,
            method: "POST".to_owned(),
            path: path.to_owned(),
            content_type: String::new(),
            authorization,
            body,
        };
        let (status, body) = self.answer(&request);
        let Epoch(epoch) = self.items.epoch().expect("memory");
        let backups_begun = self.items.backups().expect("memory").begun;
        let answer = ParcelAnswer { status, epoch, backups_begun, body };
        Fate::Answered(secret.seal(parcel.id(), &answer, &mut self.rng))
    }

    /// The answers of a record that arrived; fails when a card was used with two records.
    pub(super) fn opened(&self, card: &Card) -> Option<Answers> {
        let records = self.records.get(&card.nullifier())?;
        assert_eq!(records.len(), 1, "one card, one record, always the same bytes");
        let record = SealedRecord::decode(&records[0]).expect("a record");
        Some(open(&self.key, &record).expect("the survey's key opens it"))
    }

    /// One person at the kiosk.
    pub(super) fn interview<S: Storage>(&mut self, device: &mut Device<S>, card: usize, days: i64) {
        let code = self.cards[card].code.to_string();
        device.open_anonymous(self.anonymous, &code, &start()).expect("the card is good");
        device.anonymous_set_answer(&path("direct"), Some(Value::text("often"))).expect("a choice");
        device.anonymous_set_answer(&path("days"), Some(Value::Integer(days))).expect("a number");
        device.finish_anonymous(&mut self.rng).expect("the answers are complete");
    }

    pub(super) fn set<S: Storage>(
        &mut self,
        device: &mut Device<S>,
        at: &str,
        value: i64,
    ) -> Result<(), DeviceError> {
        let now = self.now();
        device.set_text(self.response, &path(at), &value.to_string(), now, &mut self.rng)
    }

    pub(super) fn open<S: Storage>(&mut self, device: &mut Device<S>) {
        device.open_response(self.response, &start()).expect("the response is here");
    }
}

/// The whole numbers of a response, by path.
pub(super) fn numbers<S: Storage>(device: &Device<S>, response: ResponseId) -> BTreeMap<String, i64> {
    let answers = device.opened(response).expect("open").doc.answers();
    answers
        .iter()
        .filter(|(path, _)| !path.as_str().starts_with('@'))
        .filter_map(|(path, value)| match value {
            Value::Integer(number) => Some((path.to_string(), *number)),
            _ => None,
        })
        .collect()
}
