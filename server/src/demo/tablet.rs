//! A device of the made-up ward: a surveyor's tablet or a browser of a company, over the same
//! `Device` that real ones embed, with memory in place of a disk.

use chacha20::ChaCha20Rng;
use tsumugi_core::{
    answers::{Path, Value},
    device::{Device, MemoryStorage},
    form::{Element, Screen, Start},
    id::{ResponseId, SurveyId},
    moment::Moment,
};

use super::{DemoError, client::Client, company::CompanyAnswers, company::Typed, dice::Dice};

/// Requests of one exchange after which something is wrong.
const MOST_REQUESTS: usize = 10_000;

/// One device with its connection.
pub struct Tablet {
    device: Device<MemoryStorage>,
    client: Client,
    rng: ChaCha20Rng,
    now: Moment,
    bytes: u64,
}

impl Tablet {
    /// A new device, not yet enrolled.
    ///
    /// # Errors
    /// [`DemoError`] in the words of the device or of the server.
    pub fn new(client: Client, mut dice: Dice, now: Moment) -> Result<Self, DemoError> {
        let key = std::array::from_fn(|_| u8::try_from(dice.between(0, 255)).unwrap_or(0));
        let mut rng = dice.into_rng();
        let device = Device::open(MemoryStorage::default(), key, now, &mut rng).map_err(DemoError::device)?;
        Ok(Self { device, client, rng, now, bytes: 0 })
    }

    /// Enrols a surveyor's tablet by its one-time code.
    ///
    /// # Errors
    /// [`DemoError`] in the words of the device or of the server.
    pub fn enrol(&mut self, url: &str, code: &str, name: &str) -> Result<(), DemoError> {
        let request = self.device.enrol_request(url, code, name);
        self.enrolled(&request)
    }

    /// Opens a company's response by the code of its letter.
    ///
    /// # Errors
    /// [`DemoError`] in the words of the device or of the server.
    pub fn enter_company(
        &mut self,
        url: &str,
        code: &str,
        name: &str,
        department: &str,
    ) -> Result<(), DemoError> {
        let request = self.device.company_request(url, code, name, department);
        self.enrolled(&request)
    }

    fn enrolled(&mut self, request: &tsumugi_core::device::HttpRequest) -> Result<(), DemoError> {
        let reply = self.client.exchange(request)?;
        self.device.on_enrolled(reply.status, &reply.body, &mut self.rng).map_err(DemoError::device)
    }

    /// Sends and receives until nothing is left. Waiting costs no time: the clock is an argument.
    ///
    /// # Errors
    /// [`DemoError`] in the words of the device or of the server.
    pub fn sync(&mut self) -> Result<(), DemoError> {
        let mut answered = false;
        for _ in 0..MOST_REQUESTS {
            let request = self.device.next_request(self.now, &mut self.rng).map_err(DemoError::device)?;
            let Some(request) = request else {
                let status = self.device.status();
                if answered && status.waiting_changes + status.waiting_records == 0 {
                    return Ok(());
                }
                self.now.unix_ms += 15_000;
                continue;
            };
            let reply = self.client.exchange(&request)?;
            self.bytes += (request.body.len() + reply.body.len()) as u64;
            let retry_after = reply.retry_after.as_deref().and_then(|seconds| seconds.parse().ok());
            self.device
                .on_reply(request.id, reply.status, retry_after, &reply.body, self.now, &mut self.rng)
                .map_err(DemoError::device)?;
            answered = true;
        }
        Err(DemoError::Endless)
    }

    /// Hands the tablet over: one person answers, the answers are sealed.
    ///
    /// # Errors
    /// [`DemoError`] in the words of the device.
    pub fn kiosk(&mut self, survey: SurveyId, card: &str, answers: &Typed) -> Result<(), DemoError> {
        self.begin(survey, card, answers)?;
        self.device.finish_anonymous(&mut self.rng).map_err(DemoError::device)
    }

    /// Hands the tablet over and takes answers that are not finished.
    ///
    /// # Errors
    /// [`DemoError`] in the words of the device.
    pub fn begin(&mut self, survey: SurveyId, card: &str, answers: &Typed) -> Result<(), DemoError> {
        let start = self.start();
        self.device.open_anonymous(survey, card, &start).map_err(DemoError::device)?;
        for (path, text) in answers {
            self.device
                .anonymous_set_text(&Path::new(path), text)
                .map_err(|error| DemoError::answer(path, error))?;
        }
        Ok(())
    }

    /// Chooses one of different answers.
    ///
    /// # Errors
    /// [`DemoError`] in the words of the device.
    pub fn choose(&mut self, response: ResponseId, path: &str, value: Value) -> Result<(), DemoError> {
        self.device
            .choose(response, &Path::new(path), value, self.now, &mut self.rng)
            .map_err(DemoError::device)
    }

    /// Fills the sections `which` of a company's response.
    pub(crate) fn fill(
        &mut self,
        response: ResponseId,
        answers: &CompanyAnswers,
        which: std::ops::Range<usize>,
    ) -> Result<(), DemoError> {
        let start = self.start();
        self.device.open_response(response, &start).map_err(DemoError::device)?;
        for (place, section) in answers.sections.iter().enumerate() {
            if !which.contains(&place) {
                continue;
            }
            self.enter(response, section)?;
            if place == 0 {
                self.add_sites(response, &answers.sites)?;
            }
        }
        Ok(())
    }

    /// Enters answers, one save each.
    ///
    /// # Errors
    /// [`DemoError`] in the words of the device or of the server.
    pub fn enter(&mut self, response: ResponseId, answers: &Typed) -> Result<(), DemoError> {
        for (path, text) in answers {
            self.now.unix_ms += 4_000;
            self.device
                .set_text(response, &Path::new(path), text, self.now, &mut self.rng)
                .map_err(|error| DemoError::answer(path, error))?;
        }
        Ok(())
    }

    /// The form begins with one site; the others are added.
    fn add_sites(&mut self, response: ResponseId, sites: &[Typed]) -> Result<(), DemoError> {
        let screen = self.device.screen(response, "ja").map_err(DemoError::device)?;
        let mut there = instances(&screen).into_iter();
        for site in sites {
            let instance = match there.next() {
                Some(instance) => instance,
                None => self
                    .device
                    .add_repeat(response, &Path::new("profile/sites"), self.now, &mut self.rng)
                    .map_err(DemoError::device)?,
            };
            let typed: Typed =
                site.iter().map(|(name, text)| (instance.child(name).to_string(), text.clone())).collect();
            self.enter(response, &typed)?;
        }
        Ok(())
    }

    /// Opens a response without answering anything.
    ///
    /// # Errors
    /// [`DemoError`] in the words of the device.
    pub fn open(&mut self, response: ResponseId) -> Result<(), DemoError> {
        let start = self.start();
        self.device.open_response(response, &start).map_err(DemoError::device)
    }

    /// Bytes of all bodies that were exchanged so far, both ways.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The device itself.
    pub const fn device(&mut self) -> &mut Device<MemoryStorage> {
        &mut self.device
    }

    /// Submits a filled response.
    ///
    /// # Errors
    /// [`DemoError`] in the words of the device or of the server.
    pub fn submit(&mut self, response: ResponseId, by: &str) -> Result<(), DemoError> {
        self.now.unix_ms += 60_000;
        self.device
            .submit(response, by, "", "ja", self.now, &mut self.rng)
            .map(drop)
            .map_err(DemoError::device)
    }

    fn start(&mut self) -> Start {
        Start {
            now: self.now,
            seed: rand_core::Rng::next_u64(&mut self.rng),
            device: None,
            properties: std::collections::BTreeMap::new(),
            language: "ja".to_owned(),
        }
    }
}

/// The instances of every repeat right below a section.
pub(crate) fn instances(screen: &Screen) -> Vec<Path> {
    let elements = screen.sections.iter().flat_map(|section| &section.elements);
    elements
        .filter_map(|element| match element {
            Element::Repeat(repeat) => Some(repeat.instances.iter().map(|instance| instance.path.clone())),
            _ => None,
        })
        .flatten()
        .collect()
}
