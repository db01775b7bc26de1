//! News while there is a network: a stream that says that there is something to fetch, and who
//! else is at work on a form. The data itself comes by the exchange, always.
//!
//! Nothing here is stored or needed: without the stream a device asks once a minute as before.

use serde::{Deserialize, Serialize};

use super::{Device, HttpRequest, Storage};
use crate::{answers::Path, id::ResponseId};

const LIVE_PATH: &str = "/v1/live";
const PRESENCE_PATH: &str = "/v1/presence";
/// No event of the server is as long; a longer one is not read on.
const MAX_EVENT_BYTES: usize = 64 * 1024;

/// Somebody else who has a form open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// Department and name, as entered on their device.
    pub name: String,
    /// The question or section that they are at; empty for the form as a whole.
    pub at: String,
    /// They are in that question's field: what is typed there now may meet theirs.
    #[serde(default)]
    pub typing: bool,
}

/// Who is at work on a response, without this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Presence {
    /// The response.
    pub response: ResponseId,
    /// Each once.
    pub people: Vec<Person>,
}

/// Where this device's person is; the body of `POST /v1/presence`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The response that is open; `None` when it was left.
    pub response: Option<ResponseId>,
    /// The question or section; empty for the form as a whole.
    #[serde(default)]
    pub at: String,
    /// The person is in the field of that question.
    #[serde(default)]
    pub typing: bool,
}

/// What a piece of the stream brought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveNews {
    /// An exchange is worth it now.
    pub fetch: bool,
    /// Who is where, of the responses whose people changed.
    pub people: Vec<Presence>,
}

/// The stream of server-sent events as far as it has come
/// (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).
#[derive(Debug, Default)]
pub(super) struct Feed {
    line: Vec<u8>,
    event: String,
    data: String,
}

impl Feed {
    /// Reads a piece, wherever it was cut.
    fn take(&mut self, bytes: &[u8]) -> LiveNews {
        let mut news = LiveNews::default();
        for byte in bytes {
            match byte {
                b'\n' => self.end_line(&mut news),
                b'\r' => {}
                _ if self.line.len() < MAX_EVENT_BYTES => self.line.push(*byte),
                _ => {}
            }
        }
        news
    }

    fn end_line(&mut self, news: &mut LiveNews) {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        if line.is_empty() {
            self.end_event(news);
        } else if let Some(event) = line.strip_prefix("event:") {
            event.trim().clone_into(&mut self.event);
        } else if let Some(data) = line.strip_prefix("data:")
            && self.data.len() + data.len() <= MAX_EVENT_BYTES
        {
            self.data.push_str(data.trim());
        }
    }

    /// An event of a later version, or one that cannot be read, says nothing.
    fn end_event(&mut self, news: &mut LiveNews) {
        let data = std::mem::take(&mut self.data);
        match std::mem::take(&mut self.event).as_str() {
            "news" => news.fetch = true,
            "people" => {
                if let Ok(presence) = serde_json::from_str::<Presence>(&data) {
                    news.people.retain(|earlier| earlier.response != presence.response);
                    news.people.push(presence);
                }
            }
            _ => {}
        }
    }
}

impl<S: Storage> Device<S> {
    /// The request whose answer is the stream of news, for a host that can read an answer while
    /// it comes; `None` when the device is not enrolled or was revoked. A new stream begins anew.
    pub fn live_request(&mut self) -> Option<HttpRequest> {
        self.live = Feed::default();
        self.request_of_person("GET", LIVE_PATH, Vec::new())
    }

    /// Takes a piece of the stream. After news the next exchange is due at once, unless the
    /// server asked to wait.
    pub fn on_live(&mut self, bytes: &[u8]) -> LiveNews {
        let news = self.live.take(bytes);
        if news.fetch {
            self.exchange.poll_soon();
        }
        news
    }

    /// The request that says where the person is, for the others who have the same response open.
    /// Sent again every 20 seconds; its reply says nothing.
    pub fn presence_request(
        &self,
        response: Option<ResponseId>,
        at: &Path,
        typing: bool,
    ) -> Option<HttpRequest> {
        let place = Place { response, at: at.as_str().to_owned(), typing };
        self.request_of_person("POST", PRESENCE_PATH, serde_json::to_vec(&place).ok()?)
    }

    fn request_of_person(&self, method: &str, path: &str, body: Vec<u8>) -> Option<HttpRequest> {
        let enrolment = self.enrolment.as_ref().filter(|enrolment| !enrolment.revoked)?;
        Some(HttpRequest {
            // Not one of the exchange's: its reply is not told to the device.
            id: 0,
            method: method.to_owned(),
            path: path.to_owned(),
            content_type: "application/json".to_owned(),
            authorization: Some(format!("Bearer {}", enrolment.token)),
            body,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "retry: 3000\n\n: still here\n\nevent: news\ndata: {}\n\nevent: people\r\n\
        data: {\"response\":\"07070707070707070707070707070707\",\r\n\
        data: \"people\":[{\"name\":\"人事 鈴木\",\"at\":\"costs/equipment\",\"typing\":true}]}\r\n\r\n\
        event: weather\ndata: rain\n\n";

    fn suzuki() -> LiveNews {
        let person =
            Person { name: "人事 鈴木".to_owned(), at: "costs/equipment".to_owned(), typing: true };
        let presence = Presence { response: ResponseId::from_bytes([7; 16]), people: vec![person] };
        LiveNews { fetch: true, people: vec![presence] }
    }

    #[test]
    fn a_stream_says_the_same_wherever_it_is_cut() {
        for cut in 0..=STREAM.len() {
            let mut feed = Feed::default();
            let first = feed.take(&STREAM.as_bytes()[..cut]);
            let second = feed.take(&STREAM.as_bytes()[cut..]);
            let both = LiveNews {
                fetch: first.fetch || second.fetch,
                people: [first.people, second.people].concat(),
            };
            assert_eq!(both, suzuki(), "cut at {cut}");
        }
    }

    #[test]
    fn an_event_without_end_is_not_kept() {
        let mut feed = Feed::default();
        for _ in 0..100 {
            assert_eq!(feed.take(&[b'x'; 4096]), LiveNews::default());
            assert_eq!(
                feed.take(b"data: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"),
                LiveNews::default()
            );
        }
        assert!(feed.line.len() <= MAX_EVENT_BYTES && feed.data.len() <= MAX_EVENT_BYTES);
        assert_eq!(feed.take(STREAM.as_bytes()).people.len(), 1, "the next event is read");
    }
}
