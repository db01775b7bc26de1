//! Enrolment and the exchange with the server: the app moves the bytes.

use tsumugi_core::{answers::Path, device::EnrolError};

use crate::{
    error::TabletError,
    host::rng,
    tablet::{Tablet, id},
    traffic::{EnrolOutcome, EnrolmentRecord, LiveRecord, ProgressRecord, RequestRecord, StatusRecord},
};

#[uniffi::export]
impl Tablet {
    /// Who this device is for the server; nothing before it is enrolled.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn enrolment(&self) -> Result<Option<EnrolmentRecord>, TabletError> {
        self.with(|device| Ok(device.enrolment().map(EnrolmentRecord::from)))
    }

    /// The request that enrols a tablet by a one-time code, to be sent to `server_url`.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn enrol_request(
        &self,
        server_url: String,
        code: String,
        name: String,
    ) -> Result<RequestRecord, TabletError> {
        self.with(|device| Ok(device.enrol_request(&server_url, &code, &name).into()))
    }

    /// The request that opens a company's response by the code of its letter.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn company_request(
        &self,
        server_url: String,
        code: String,
        name: String,
        department: String,
    ) -> Result<RequestRecord, TabletError> {
        self.with(|device| Ok(device.company_request(&server_url, &code, &name, &department).into()))
    }

    /// Takes the server's answer to the last enrolment request.
    ///
    /// # Errors
    /// [`TabletError`] of the storage; a refused code is an outcome, no error.
    pub fn on_enrolled(&self, status: u16, body: Vec<u8>) -> Result<EnrolOutcome, TabletError> {
        self.with(|device| match device.on_enrolled(status, &body, &mut rng()) {
            Ok(()) => Ok(EnrolOutcome::Enrolled),
            Err(EnrolError::CodeRefused) => Ok(EnrolOutcome::CodeRefused),
            Err(EnrolError::TooMany) => Ok(EnrolOutcome::TooMany),
            Err(EnrolError::Server { .. }) => Ok(EnrolOutcome::ServerFailed),
            Err(EnrolError::Device(error)) => Err(error.into()),
        })
    }

    /// What the bar on every page shows.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn status(&self) -> Result<StatusRecord, TabletError> {
        self.with(|device| Ok(device.status().into()))
    }

    /// Forgets every wait: the person pressed the button, or the network came back.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn sync_now(&self) -> Result<(), TabletError> {
        self.with(|device| {
            device.sync_now();
            Ok(())
        })
    }

    /// Milliseconds until [`Tablet::next_request`] is worth asking; 0 for now.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn wait_ms(&self) -> Result<u64, TabletError> {
        let now = self.locale.now();
        self.with(|device| Ok(device.wait_ms(now)))
    }

    /// The next request to send, or nothing when there is nothing to send now.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn next_request(&self) -> Result<Option<RequestRecord>, TabletError> {
        let now = self.locale.now();
        self.with(|device| Ok(device.next_request(now, &mut rng())?.map(RequestRecord::from)))
    }

    /// Takes the reply to a request: its HTTP status, 0 when none came, the seconds of
    /// `Retry-After`, and the body.
    ///
    /// # Errors
    /// [`TabletError`]; the exchange is tried again later.
    pub fn on_reply(
        &self,
        id: u64,
        status: u16,
        retry_after_seconds: Option<u64>,
        body: Vec<u8>,
    ) -> Result<ProgressRecord, TabletError> {
        let now = self.locale.now();
        self.with(|device| {
            Ok(device.on_reply(id, status, retry_after_seconds, &body, now, &mut rng())?.into())
        })
    }

    /// The request whose answer is a stream of news; nothing when the server would not give one.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn live_request(&self) -> Result<Option<RequestRecord>, TabletError> {
        self.with(|device| Ok(device.live_request().map(RequestRecord::from)))
    }

    /// Takes a piece of the stream and says what it told.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn on_live(&self, bytes: Vec<u8>) -> Result<LiveRecord, TabletError> {
        self.with(|device| Ok(device.on_live(&bytes).into()))
    }

    /// The request that tells the others where this person is; without a response, that they
    /// left. To be sent again every 20 seconds.
    ///
    /// # Errors
    /// [`TabletError`].
    pub fn presence_request(
        &self,
        response: Option<String>,
        at: String,
        typing: bool,
    ) -> Result<Option<RequestRecord>, TabletError> {
        let response = response.map(|response| id(&response)).transpose()?;
        self.with(|device| {
            let request = device.presence_request(response, &Path::new(at), typing);
            Ok(request.map(RequestRecord::from))
        })
    }
}
