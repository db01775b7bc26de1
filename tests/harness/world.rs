//! One server in this process, on a folder of its own.

use std::path::Path;

use tempfile::TempDir;
use tsumugi_core::{
    id::SurveyId,
    moment::Moment,
    survey::{Mode, Survey},
    text::Localized,
};
use tsumugi_server::{
    Config, Handle,
    api::{CompanyLetter, NewAccount, NewStratum, NewSurvey, Role, SurveyView},
    app::put_account,
    clock,
    demo::{Client, Dice, Office, Tablet, WORKBOOKS, corporate_number},
    store::Store,
};

const PASSPHRASE: &str = "correct horse battery staple";

/// A server with staff, and what its people do.
pub struct World {
    handle: Option<Handle>,
    folder: TempDir,
    config: Config,
    /// The field manager.
    pub office: Office,
    /// The analyst.
    pub analyst: Client,
    /// The administrator.
    pub admin: Client,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// A server with an administrator, a field manager and an analyst.
    pub fn new() -> Self {
        Self::on(|_| ())
    }

    /// As [`World::new`], on a data folder that `fill` has filled.
    pub fn on(fill: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let indicators = folder.path().join("indicators.toml");
        std::fs::write(&indicators, include_str!("../../forms/indicators.toml")).expect("the indicator file");
        let data = folder.path().join("data");
        std::fs::create_dir(&data).expect("the data folder");
        fill(&data);
        let config = Config {
            data,
            listen: ([127, 0, 0, 1], 0).into(),
            indicators: Some(indicators),
            fictitious: true,
            name: Localized::of([("ja", "架空区"), ("en", "Made-up Ward")]),
            log: "error".to_owned(),
            // Guessing is not what these tests are about; the limits have tests of their own.
            passphrase_memory_kib: 64,
            ..Config::default()
        };
        let handle = tsumugi_server::run(config.clone()).expect("a server");
        let sign_in = |name: &str, role| {
            let password = format!("{name} {name} {name}");
            let new =
                NewAccount { account: name.to_owned(), password: password.clone(), role, language: None };
            let (store, memory) = (handle.app().blocking_store(), config.passphrase_memory_kib);
            put_account(store, new, memory, "local".to_owned(), clock::now().unix_ms).expect("an account");
            let mut client = Client::new(&handle.url());
            client.sign_in(name, &password).expect("a session");
            client
        };
        let office = Office::new(sign_in("manager", Role::FieldManager), PASSPHRASE.to_owned());
        let analyst = sign_in("analyst", Role::Analyst);
        let admin = sign_in("admin", Role::Admin);
        Self { handle: Some(handle), folder, config, office, analyst, admin }
    }

    /// Address of the server.
    pub fn url(&self) -> String {
        self.handle.as_ref().map(Handle::url).unwrap_or_default()
    }

    /// The data folder of the server.
    pub fn data(&self) -> &Path {
        &self.config.data
    }

    /// The folder that this world may write into.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Passphrase of the survey keys.
    pub const fn passphrase(&self) -> &'static str {
        PASSPHRASE
    }

    /// Stops the server; the data stays.
    pub fn stop(&mut self) {
        if let Some(handle) = self.handle.take() {
            // Devices find it again at the same address.
            self.config.listen = handle.addr();
        }
    }

    /// Starts it again, on whatever lies in the data folder.
    pub fn start(&mut self) {
        self.handle = Some(tsumugi_server::run(self.config.clone()).expect("a server"));
    }

    /// Publishes one of the ten forms and opens a survey of it.
    pub fn open(&self, form: &str, mode: Mode, fiscal_year: i32, strata: &[(&str, u64)]) -> SurveyView {
        let (_, workbook) = WORKBOOKS.iter().find(|(name, _)| *name == form).expect("one of the ten forms");
        self.open_form(form, workbook, mode, fiscal_year, strata)
    }

    /// Publishes a form and opens a survey of it.
    pub fn open_form(
        &self,
        form: &str,
        workbook: &[u8],
        mode: Mode,
        fiscal_year: i32,
        strata: &[(&str, u64)],
    ) -> SurveyView {
        let published = self.office.publish(form, workbook).expect("a sound workbook");
        let survey = NewSurvey {
            form: published,
            mode,
            title: Localized::of([("ja", form), ("en", form)]),
            fiscal_year,
            opens: "2026-04-01".to_owned(),
            closes: "2099-03-31".to_owned(),
            strata: strata
                .iter()
                .map(|(code, population)| NewStratum {
                    code: (*code).to_owned(),
                    label: Localized::plain(*code),
                    population: Some(*population),
                })
                .collect(),
            contact: None,
            fictitious: true,
            passphrase: (mode == Mode::Anonymous).then(|| PASSPHRASE.to_owned()),
            record_bytes: None,
        };
        self.office.open(&survey).expect("an open survey")
    }

    /// A letter to one company.
    pub fn letter(&self, survey: SurveyId, name: &str, stratum: &str) -> CompanyLetter {
        // Companies of one survey have numbers of their own; a name gives the same one each time.
        let place = name.bytes().fold(0, |place, byte| (place * 31 + usize::from(byte)) % 1_000_000_007);
        let number = corporate_number(place);
        let letters = self.office.letters(survey, &[(name, stratum, &number)]).expect("a letter");
        letters.into_iter().next().expect("one letter")
    }

    /// A person of a company at a device of their own.
    pub fn person(&self, letter: &CompanyLetter, department: &str, name: &str) -> Tablet {
        self.person_at(letter, department, name, now())
    }

    /// A person of a company at a device whose clock shows `clock`.
    pub fn person_at(&self, letter: &CompanyLetter, department: &str, name: &str, clock: Moment) -> Tablet {
        let dice = Dice::of(1, &format!("{department} {name}"));
        let mut device = Tablet::new(Client::new(&self.url()), dice, clock).expect("a device");
        device.enter_company(&self.url(), &letter.code, name, department).expect("the letter's code");
        device.sync().expect("a first sync");
        device
    }

    /// A device that nobody has enrolled yet.
    pub fn unenrolled(&self, name: &str) -> Tablet {
        Tablet::new(Client::new(&self.url()), Dice::of(1, name), now()).expect("a device")
    }

    /// The server's store.
    pub fn store(&self) -> &dyn Store {
        self.handle.as_ref().expect("a running server").app().blocking_store()
    }

    /// The survey as the server's store holds it.
    pub fn survey(&self, survey: SurveyId) -> Survey {
        self.store().survey(survey).expect("the store").expect("the survey")
    }

    /// The public key that records of `survey` are sealed to, hexadecimal.
    pub fn seal_key(&self, survey: SurveyId) -> String {
        self.survey(survey).seal_key.expect("an anonymous survey has a key")
    }

    /// Number of the first stratum.
    pub fn stratum(&self, survey: SurveyId) -> u16 {
        self.survey(survey).strata.first().map_or(0, |stratum| stratum.id)
    }

    /// A surveyor's tablet that has synced once.
    pub fn tablet(&self, name: &str, surveys: &[SurveyId]) -> Tablet {
        let code = self.office.device_code(name, surveys).expect("an enrolment code");
        let mut tablet = self.unenrolled(name);
        tablet.enrol(&self.url(), &code, name).expect("an enrolment");
        tablet.sync().expect("a first sync");
        tablet
    }
}

/// The moment at which stories begin, in Tokyo.
pub fn now() -> Moment {
    Moment::tokyo(1_795_000_000_000)
}
