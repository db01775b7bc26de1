//! The device as JavaScript holds it: opening, enrolment, lists.

use js_sys::Array;
use rand_core::UnwrapErr;
use serde::Serialize;
use tsumugi_core::{
    answers::Path,
    device::{Device, Enrolment, HttpRequest},
    form::Start,
    moment::Moment,
};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::{failure::Failure, journal::JournalStorage};

/// A tablet, or one browser of a company. Texts go in as they are, everything else comes and
/// goes as JSON; moments are milliseconds since 1970 and minutes east of UTC.
#[wasm_bindgen]
#[derive(Debug)]
pub struct WebDevice {
    pub(crate) device: Device<JournalStorage>,
}

/// The browser's own randomness, `crypto.getRandomValues`.
pub(crate) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

pub(crate) fn moment(unix_ms: i64, offset_minutes: i16) -> Moment {
    Moment { unix_ms, offset_minutes }
}

pub(crate) fn json(value: &impl Serialize) -> Result<String, Failure> {
    Ok(serde_json::to_string(value)?)
}

/// How a form is opened: now, with a fresh seed.
pub(crate) fn start(now: Moment, device: Option<String>, language: String) -> Start {
    Start {
        now,
        seed: rand_core::Rng::next_u64(&mut rng()),
        device,
        properties: std::collections::BTreeMap::new(),
        language,
    }
}

/// Who the device is, without its token.
fn view(enrolment: Option<&Enrolment>) -> Result<String, Failure> {
    let mut view = serde_json::to_value(enrolment)?;
    view.as_object_mut().map(|fields| fields.remove("token"));
    json(&view)
}

/// A request for the host to send.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct WebRequest {
    /// To be given back with the reply.
    pub id: u64,
    /// `POST`, or `GET` of the stream of news.
    pub method: String,
    /// Path below the server's address.
    pub path: String,
    /// Media type of the body.
    #[wasm_bindgen(js_name = contentType)]
    pub content_type: String,
    /// Value of the `authorization` header; without it, no credential of any kind may be sent.
    pub authorization: Option<String>,
    /// The bytes.
    pub body: Vec<u8>,
}

impl From<HttpRequest> for WebRequest {
    fn from(request: HttpRequest) -> Self {
        let HttpRequest { id, method, path, content_type, authorization, body } = request;
        Self { id, method, path, content_type, authorization, body }
    }
}

#[wasm_bindgen]
impl WebDevice {
    /// Opens what the page read from its database: an array of `[key, value]`.
    ///
    /// # Errors
    /// `storage-damaged` when the rows do not belong to the key or cannot be read.
    #[wasm_bindgen(constructor)]
    pub fn open(
        rows: &Array,
        data_key: &[u8],
        unix_ms: i64,
        offset_minutes: i16,
    ) -> Result<WebDevice, JsValue> {
        Ok(open(rows, data_key, moment(unix_ms, offset_minutes))?)
    }

    /// What changed since the last call: an array of `[key, value or null]`, to be written
    /// in one transaction before anything is called saved.
    #[wasm_bindgen(js_name = takeJournal)]
    pub fn take_journal(&mut self) -> Array {
        self.device.storage_mut().take_journal()
    }

    /// Who the device is for the server, without its token; `null` before it is enrolled.
    ///
    /// # Errors
    /// None that a person can act on.
    pub fn enrolment(&self) -> Result<String, JsValue> {
        Ok(view(self.device.enrolment())?)
    }

    /// The request that enrols a tablet.
    #[wasm_bindgen(js_name = enrolRequest)]
    pub fn enrol_request(&mut self, server: &str, code: &str, name: &str) -> WebRequest {
        self.device.enrol_request(server, code, name).into()
    }

    /// The request that opens a company's response by the code of its letter.
    #[wasm_bindgen(js_name = companyRequest)]
    pub fn company_request(&mut self, server: &str, code: &str, name: &str, department: &str) -> WebRequest {
        self.device.company_request(server, code, name, department).into()
    }

    /// Takes the server's answer to an enrolment request.
    ///
    /// # Errors
    /// `code-wrong`, `too-many`, `offline`.
    #[wasm_bindgen(js_name = onEnrolled)]
    pub fn on_enrolled(&mut self, status: u16, body: &[u8]) -> Result<(), JsValue> {
        Ok(self.device.on_enrolled(status, body, &mut rng()).map_err(Failure::from)?)
    }

    /// The surveys of this device.
    ///
    /// # Errors
    /// `storage-damaged`.
    pub fn surveys(&mut self, language: &str) -> Result<String, JsValue> {
        Ok(json(&self.device.surveys(language).map_err(Failure::from)?)?)
    }

    /// The responses of a company or register survey.
    ///
    /// # Errors
    /// `not-here`, `storage-damaged`.
    pub fn responses(&mut self, survey: &str) -> Result<String, JsValue> {
        let survey = survey.parse().map_err(Failure::from)?;
        Ok(json(&self.device.responses(survey).map_err(Failure::from)?)?)
    }

    /// What the bar on every page shows.
    ///
    /// # Errors
    /// None that a person can act on.
    pub fn status(&self) -> Result<String, JsValue> {
        Ok(json(&self.device.status())?)
    }

    /// Forgets every wait: the person pressed "sync now", or the network came back.
    #[wasm_bindgen(js_name = syncNow)]
    pub fn sync_now(&mut self) {
        self.device.sync_now();
    }

    /// Milliseconds until asking for a request is worth it.
    #[wasm_bindgen(js_name = waitMs)]
    pub fn wait_ms(&self, unix_ms: i64, offset_minutes: i16) -> u64 {
        self.device.wait_ms(moment(unix_ms, offset_minutes))
    }

    /// The next request to send; nothing when there is none now.
    ///
    /// # Errors
    /// `storage-damaged`, `not-saved`.
    #[wasm_bindgen(js_name = nextRequest)]
    pub fn next_request(&mut self, unix_ms: i64, offset_minutes: i16) -> Result<Option<WebRequest>, JsValue> {
        let now = moment(unix_ms, offset_minutes);
        let request = self.device.next_request(now, &mut rng()).map_err(Failure::from)?;
        Ok(request.map(WebRequest::from))
    }

    /// Takes a reply, with status 0 when none came.
    ///
    /// # Errors
    /// `storage-damaged`, `not-saved`, `internal`; all are tried again later.
    #[wasm_bindgen(js_name = onReply)]
    pub fn on_reply(
        &mut self,
        id: u64,
        status: u16,
        retry_after_seconds: Option<u64>,
        body: &[u8],
        unix_ms: i64,
        offset_minutes: i16,
    ) -> Result<String, JsValue> {
        let now = moment(unix_ms, offset_minutes);
        let progress = self.device.on_reply(id, status, retry_after_seconds, body, now, &mut rng());
        Ok(json(&progress.map_err(Failure::from)?)?)
    }

    /// The request whose answer is a stream of news; nothing when the server would not give one.
    #[wasm_bindgen(js_name = liveRequest)]
    pub fn live_request(&mut self) -> Option<WebRequest> {
        self.device.live_request().map(WebRequest::from)
    }

    /// Takes a piece of the stream; what it said, as JSON.
    ///
    /// # Errors
    /// None that a person can act on.
    #[wasm_bindgen(js_name = onLive)]
    pub fn on_live(&mut self, bytes: &[u8]) -> Result<String, JsValue> {
        Ok(json(&self.device.on_live(bytes))?)
    }

    /// The request that tells the others where this person is; without a response, that they left.
    ///
    /// # Errors
    /// `not-found` when `response` is no name of a response.
    #[wasm_bindgen(js_name = presenceRequest)]
    pub fn presence_request(
        &self,
        response: Option<String>,
        at: &str,
        typing: bool,
    ) -> Result<Option<WebRequest>, JsValue> {
        let response = response.map(|response| response.parse()).transpose().map_err(Failure::from)?;
        Ok(self.device.presence_request(response, &Path::new(at), typing).map(WebRequest::from))
    }
}

fn open(rows: &Array, data_key: &[u8], now: Moment) -> Result<WebDevice, Failure> {
    let key = data_key.try_into().map_err(|_| Failure::new("internal", "a data key has 32 bytes"))?;
    let storage = JournalStorage::from_rows(rows)?;
    Ok(WebDevice { device: Device::open(storage, key, now, &mut rng())? })
}
