//! The real tablet, opened on a folder, and its bytes moved over HTTP as an app does.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
};

use tsumugi_mobile::{DataKey, KeyError, Locale, RequestRecord, Tablet, TabletError};
use ureq::Agent;

/// Requests of one exchange after which something is wrong.
const MOST_REQUESTS: usize = 2_000;

/// A key store: the same key on every start.
struct Key;

impl DataKey for Key {
    fn data_key(&self) -> Result<Vec<u8>, KeyError> {
        Ok((0..32).collect())
    }
}

/// Opens the tablet in `folder`.
///
/// # Errors
/// What the app would be told.
pub fn open(folder: &Path) -> Result<Arc<Tablet>, TabletError> {
    let locale = Locale { language: "ja".to_owned(), utc_offset_minutes: 540 };
    Tablet::open(folder.display().to_string(), Arc::new(Key), locale)
}

/// Moves requests to one server.
pub struct Carrier {
    agent: Agent,
    url: String,
    last: AtomicU16,
}

/// What came back.
pub struct Reply {
    /// HTTP status; 0 when no reply came.
    pub status: u16,
    /// The bytes.
    pub body: Vec<u8>,
}

impl Carrier {
    /// A carrier to the server at `url`.
    pub fn to(url: &str) -> Self {
        let agent = Agent::config_builder().http_status_as_error(false).build().new_agent();
        Self { agent, url: url.to_owned(), last: AtomicU16::new(0) }
    }

    /// Sends one request; status 0 when no whole reply came.
    pub fn send(&self, request: &RequestRecord) -> Reply {
        self.post(&request.path, &request.content_type, request.authorization.as_deref(), &request.body)
    }

    /// Posts bytes; status 0 when no whole reply came.
    pub fn post(&self, path: &str, media: &str, authorization: Option<&str>, body: &[u8]) -> Reply {
        let mut post = self.agent.post(format!("{}{path}", self.url)).header("content-type", media);
        if let Some(token) = authorization {
            post = post.header("authorization", token);
        }
        self.last.store(0, Ordering::Relaxed);
        let nothing = Reply { status: 0, body: Vec::new() };
        let Ok(mut response) = post.send(body) else { return nothing };
        let status = response.status().as_u16();
        self.last.store(status, Ordering::Relaxed);
        match response.body_mut().with_config().limit(64 << 20).read_to_vec() {
            Ok(body) => Reply { status, body },
            Err(_) => nothing,
        }
    }

    /// Status of the last reply; 0 when none came.
    pub fn last_status(&self) -> u16 {
        self.last.load(Ordering::Relaxed)
    }

    /// Exchanges until nothing waits and the news is taken, or the first request without success.
    ///
    /// # Errors
    /// What the app would be told; a server that does not answer is an error too.
    pub fn sync(&self, tablet: &Tablet) -> Result<(), TabletError> {
        let mut answered = false;
        tablet.sync_now()?;
        for _ in 0..MOST_REQUESTS {
            let Some(request) = tablet.next_request()? else {
                let status = tablet.status()?;
                if answered && status.waiting_changes + status.waiting_records == 0 {
                    return Ok(());
                }
                // A wait after a failure of before: the person presses the button.
                tablet.sync_now()?;
                continue;
            };
            let reply = self.send(&request);
            let progress = tablet.on_reply(request.id, reply.status, None, reply.body)?;
            if !(200..300).contains(&reply.status) {
                let report = format!("{} was answered with {}", request.path, reply.status);
                return Err(TabletError::Internal { report });
            }
            let status = tablet.status()?;
            if !progress.more && status.waiting_changes + status.waiting_records == 0 {
                return Ok(());
            }
            answered = true;
        }
        Err(TabletError::Internal { report: "the exchange does not end".to_owned() })
    }
}
