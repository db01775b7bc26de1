//! A running server and people who speak to it over real HTTP.

#![expect(unreachable_pub, reason = "each test file uses its part of the harness")]

pub mod device;
pub mod office;
pub mod sender;

use serde_json::{Value, json};
use tempfile::TempDir;
use tsumugi_server::{Config, Handle, api::NewAccount, api::Role, run};

/// Passphrase of every anonymous survey of the tests.
pub const PASSPHRASE: &str = "correct horse battery";
/// Password of every account of the tests.
pub const PASSWORD: &str = "staple staple staple";

/// A server on a free port with a folder of its own.
pub struct World {
    pub folder: TempDir,
    pub handle: Option<Handle>,
    pub config: Config,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    pub retry_after: Option<u64>,
    pub content_type: String,
    pub cookie: Option<String>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn ok(self) -> Self {
        assert!((200..300).contains(&self.status), "{}: {}", self.status, self.text());
        self
    }

    /// The stable code of a problem.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl World {
    pub fn start() -> Self {
        Self::with(|_| ())
    }

    pub fn with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config {
            data: folder.path().join("data"),
            listen: "127.0.0.1:0".parse().unwrap(),
            // Deriving a key must not be what a test waits for.
            passphrase_memory_kib: 64,
            ..Config::default()
        };
        change(&mut config);
        let handle = run(config.clone()).unwrap();
        Self { folder, handle: Some(handle), config }
    }

    pub fn handle(&self) -> &Handle {
        self.handle.as_ref().unwrap()
    }

    /// How many items wait, and how many are kept aside.
    pub fn held(&self) -> [u64; 2] {
        self.handle().app().blocking_store().inbox_counts().unwrap()
    }

    /// Returns when the projector has examined everything.
    pub fn settle(&self) {
        while self.held()[0] > 0 {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    /// Stops the server and starts it again on the same folder.
    pub fn restart(&mut self) {
        drop(self.handle.take());
        self.handle = Some(run(self.config.clone()).unwrap());
    }

    /// A request without any credentials.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        send(&self.handle().url(), method, path, headers, body)
    }

    /// A request of the command line on this machine: everything is allowed.
    pub fn local(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        let bearer = format!("Bearer {}", self.handle().app().local_token());
        let json = ("content-type", "application/json");
        self.send(method, path, &[("authorization", &bearer), json], body)
    }

    pub fn local_json(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.local(method, path, body.to_string().as_bytes())
    }

    /// Makes an account and signs it in: its cookie and the value of the CSRF header.
    pub fn staff(&self, name: &str, role: Role) -> Staff {
        let new =
            NewAccount { account: name.to_owned(), password: PASSWORD.to_owned(), role, language: None };
        self.local("POST", "/v1/accounts", &serde_json::to_vec(&new).unwrap()).ok();
        let body = json!({ "account": name, "password": PASSWORD }).to_string();
        let json = ("content-type", "application/json");
        let cookie = self.send("POST", "/v1/session", &[json], body.as_bytes()).ok().cookie.unwrap();
        let session = self.send("GET", "/v1/session", &[("cookie", &cookie)], b"").ok().json();
        Staff { cookie, csrf: session["csrf"].as_str().unwrap().to_owned() }
    }
}

/// A signed-in member of staff.
pub struct Staff {
    pub cookie: String,
    pub csrf: String,
}

impl Staff {
    pub fn send(&self, world: &World, method: &str, path: &str, body: &[u8]) -> Answer {
        let headers = [
            ("cookie", self.cookie.as_str()),
            ("x-csrf-token", &self.csrf),
            ("content-type", "application/json"),
        ];
        world.send(method, path, &headers, body)
    }
}

pub fn send(url: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut request = ureq::http::Request::builder().method(method).uri(format!("{url}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = if matches!(method, "GET" | "DELETE") {
        agent.run(request.body(()).unwrap()).unwrap()
    } else {
        agent.run(request.body(body.to_vec()).unwrap()).unwrap()
    };
    let header =
        |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let retry_after = header("retry-after").and_then(|seconds| seconds.parse().ok());
    let content_type = header("content-type").unwrap_or_default();
    let cookie = header("set-cookie").and_then(|cookie| cookie.split(';').next().map(str::to_owned));
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap();
    Answer { status, body, retry_after, content_type, cookie }
}
