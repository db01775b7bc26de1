//! Fail the n-th call until none fails, on the server's real binary.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use tsumugi_tests::Chance;

use crate::{
    client::{Company, Urn},
    held,
    report::Report,
    season::scratch,
    sent::Sent,
    served::{NotServed, Served},
    shim::{Calls, Errno, Fault, Shim, lift, was_met},
    siege::{PLAIN, copy_folder},
    tablet::Carrier,
    ward::Ward,
};

/// What is done while a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// The server starts on an empty folder: every migration runs.
    Begin,
    /// The server starts after it was killed.
    Start,
    /// The server stops, which folds its log into the file.
    Stop,
    /// A company's device pushes changes.
    Push,
    /// Sealed records are deposited.
    Deposit,
}

/// More than one for each fault.
const CARDS: u32 = 1_200;

/// How calls fail.
const WAYS: [(Errno, Calls, bool); 4] = [
    (Errno::Io, Calls::All, false),
    (Errno::Io, Calls::All, true),
    (Errno::NoSpace, Calls::Writes, false),
    (Errno::NoSpace, Calls::Writes, true),
];

/// Plays a scene until none of its calls fails; `program` is the binary `durability-server`.
///
/// # Panics
/// When the ward around the server does not do what its own stories prove.
pub fn play(program: &Path, scene: Scene) -> Report {
    let stage = Stage { program: program.to_owned(), shim: Shim::compile() };
    let mut report = Report::default();
    for (errno, calls, forever) in WAYS {
        // Each way has clients and a folder of its own, which all faults of it go through.
        let folder = scratch();
        let mut clients = Clients::of(folder.path());
        let mut at = 1;
        loop {
            let fault = Fault { at, errno, forever, calls };
            let (met, wrong) = stage.one(scene, folder.path(), fault, &mut clients);
            report.blows += 1;
            report.note(&format!("{scene:?}, {fault:?}"), wrong);
            if !met {
                break;
            }
            at += 1;
        }
        report.acknowledged += clients.sent.acknowledged() as u64;
    }
    report
}

struct Stage {
    program: PathBuf,
    shim: Shim,
}

struct Clients {
    company: Company,
    urn: Urn,
    sent: Sent,
    chance: Chance,
}

impl Clients {
    /// A company and an urn, whose server's data lies in `data` and rests.
    fn of(data: &Path) -> Self {
        let mut ward = Ward::with(1, CARDS);
        let company = Company::of(&ward, ward.letters.first().expect("a letter"), 1);
        let urn = Urn::of(&ward, 0, ward.cards.len(), 2);
        ward.world.stop();
        copy_folder(ward.world.data(), data);
        Self { company, urn, sent: Sent::default(), chance: Chance::of(1) }
    }

    fn push(&mut self, carrier: &Carrier) -> bool {
        self.company.exchange(carrier, &mut self.sent)
    }

    fn deposit(&mut self, carrier: &Carrier) -> bool {
        self.urn.deposit(carrier, &mut self.sent, &mut self.chance)
    }
}

impl Stage {
    fn start(&self, data: &Path, order: &Path) -> Result<Served, NotServed> {
        let environment = self.shim.environment(data, None, Some(order));
        let environment: Vec<(&str, &OsStr)> =
            environment.iter().map(|(name, value)| (*name, value.as_os_str())).collect();
        Served::start(&self.program, data, environment)
    }

    /// One fault: whether the scene met it, and what does not hold.
    fn one(&self, scene: Scene, data: &Path, fault: Fault, clients: &mut Clients) -> (bool, Vec<String>) {
        let outside = scratch();
        let order = outside.path().join("fault");
        let mut wrong = Vec::new();
        if scene == Scene::Begin {
            let empty = scratch();
            self.begin(empty.path(), fault, &order, &mut wrong);
            self.start_again(empty.path(), &mut wrong);
            return (was_met(&order), wrong);
        }
        match scene {
            Scene::Start => self.begin(data, fault, &order, &mut wrong),
            _ => self.serve(scene, data, fault, &order, clients, &mut wrong),
        }
        self.start_again(data, &mut wrong);
        wrong.extend(held::compare(&data.join("tsumugi.db"), &clients.sent).wrong);
        (was_met(&order), wrong)
    }

    fn start_again(&self, data: &Path, wrong: &mut Vec<String>) {
        match Served::start(&self.program, data, PLAIN) {
            Ok(mut served) => wrong.extend(served.kill()),
            Err(error) => wrong.push(format!("it does not start again: {error:?}")),
        }
    }

    /// Starts the server with a fault.
    fn begin(&self, data: &Path, fault: Fault, order: &Path, wrong: &mut Vec<String>) {
        fault.order(order).expect("the order");
        match self.start(data, order) {
            Ok(mut served) => wrong.extend(served.kill()),
            Err(NotServed { code: Some(_), words }) if !words.is_empty() && !words.contains("panicked") => {}
            Err(crashed) => wrong.push(format!("it does not say why: {crashed:?}")),
        }
    }

    /// Sends with a fault, then the same again without one; or stops with one.
    fn serve(
        &self,
        scene: Scene,
        data: &Path,
        fault: Fault,
        order: &Path,
        clients: &mut Clients,
        wrong: &mut Vec<String>,
    ) {
        let mut served = match self.start(data, order) {
            Ok(served) => served,
            Err(error) => return wrong.push(format!("it does not start: {error:?}")),
        };
        let carrier = Carrier::to(&served.url);
        clients.company.answer();
        if scene == Scene::Stop {
            if !(clients.push(&carrier) && clients.deposit(&carrier)) {
                wrong.push("nothing is taken without a fault".to_owned());
            }
            fault.order(order).expect("the order");
            let end = served.stop();
            if !end.success() {
                wrong.push(format!("it ended by {end}"));
            }
            return;
        }
        fault.order(order).expect("the order");
        let send = |clients: &mut Clients| match scene {
            Scene::Deposit => clients.deposit(&carrier),
            _ => clients.push(&carrier),
        };
        let first = send(clients);
        let told = carrier.last_status();
        let well_told = if fault.errno == Errno::NoSpace { 507..=507 } else { 500..=507 };
        if !first && !well_told.contains(&told) {
            wrong.push(format!("the fault was told with status {told}"));
        }
        if let Some(end) = served.ended() {
            wrong.push(format!("it ended by {end}"));
        }
        lift(order).expect("the end of the fault");
        if !send(clients) {
            wrong.push(format!("the same is not taken without the fault (taken with it: {first})"));
        }
        if scene == Scene::Push && clients.company.waiting() > 0 {
            wrong.push("changes still wait".to_owned());
        }
        wrong.extend(served.kill());
    }
}
