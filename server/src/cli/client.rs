//! The way to the server: the one that runs, or one for the moment.

use serde_json::Value;
use ureq::Agent;

use super::output::Failure;
use crate::{Config, Handle, StartError, app::OpenError, run};

/// A server that answers, and what opens it.
pub(super) struct Client {
    url: String,
    token: String,
    agent: Agent,
    // Lives as long as the command when no server was running.
    _own: Option<Handle>,
}

/// What came back.
pub(super) struct Reply {
    /// The body.
    pub(super) body: Vec<u8>,
}

impl Reply {
    /// The body as JSON.
    pub(super) fn json(&self) -> Result<Value, Failure> {
        serde_json::from_slice(&self.body).map_err(Failure::environment)
    }
}

/// Why a server did not start, with what to do.
pub(super) fn explain(error: &StartError, japanese: bool) -> Failure {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if !words.contains(&cause.to_string()) {
            words = format!("{words}: {cause}");
        }
        source = cause.source();
    }
    let remedy = match (error, japanese) {
        (StartError::Open(OpenError::Locked { .. }), true) => {
            "動いているサーバーを止めるか、別の --data を使ってください。"
        }
        (StartError::Open(OpenError::Locked { .. }), false) => {
            "stop the running server, or use another --data"
        }
        (StartError::Open(OpenError::Database { .. }), true) => {
            "ファイルはそのまま残してあります。写しを取り、`tsumugi doctor` で調べるか、控えから戻してください。"
        }
        (StartError::Open(OpenError::Database { .. }), false) => {
            "the file was left as it is: copy it, look with `tsumugi doctor`, or go back to a backup"
        }
        (StartError::Open(OpenError::Folder { .. }), true) => "フォルダの権限と空き容量を確かめてください。",
        (StartError::Open(OpenError::Folder { .. }), false) => "check the folder's rights and the free space",
        (StartError::PortInUse { .. }, true) => {
            "別のポートを選ぶか(--listen 127.0.0.1:0)、そのプログラムを止めてください。"
        }
        (StartError::PortInUse { .. }, false) => {
            "choose another port (--listen 127.0.0.1:0) or stop that program"
        }
        _ => "",
    };
    Failure::Environment(if remedy.is_empty() { words } else { format!("{words}\n  {remedy}") })
}

impl Client {
    /// Finds the server of the data folder, or starts one on a free port of this machine.
    pub(super) fn open(mut config: Config, japanese: bool) -> Result<Self, Failure> {
        let agent = Agent::config_builder().http_status_as_error(false).build().new_agent();
        let folder = config.data.clone();
        // Codes and letters name the server that people will reach, not the one of this moment.
        if config.public_url.is_none() && config.listen.port() != 0 {
            config.public_url = Some(format!("http://{}", config.listen));
        }
        config.listen = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        match run(config) {
            Ok(handle) => {
                let (url, token) = (handle.url(), handle.app().local_token().to_owned());
                Ok(Self { url, token, agent, _own: Some(handle) })
            }
            Err(error @ StartError::Open(OpenError::Locked { .. })) => {
                let read = |name: &str| std::fs::read_to_string(folder.join(name));
                match (read("server.url"), read("local.token")) {
                    (Ok(url), Ok(token)) => Ok(Self { url, token, agent, _own: None }),
                    _ => Err(explain(&error, japanese)),
                }
            }
            Err(error) => Err(explain(&error, japanese)),
        }
    }

    /// Sends a request; a refusal becomes a failure.
    pub(super) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Reply, Failure> {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("authorization", format!("Bearer {}", self.token));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = if matches!(method, "GET" | "DELETE") {
            self.agent.run(request.body(()).map_err(Failure::environment)?)
        } else {
            self.agent.run(request.body(body).map_err(Failure::environment)?)
        };
        let mut response = sent.map_err(|error| {
            Failure::Environment(format!("the server at {} does not answer: {error}", self.url))
        })?;
        let status = response.status();
        let body =
            response.body_mut().with_config().limit(1 << 30).read_to_vec().map_err(Failure::environment)?;
        if status.is_success() {
            return Ok(Reply { body });
        }
        let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
        let word = |name: &str| problem.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Err(Failure::Refused { code: word("code"), detail: word("detail") })
    }

    /// Gets JSON.
    pub(super) fn get(&self, path: &str) -> Result<Value, Failure> {
        self.send("GET", path, &[], Vec::new())?.json()
    }

    /// Posts JSON; an empty answer is `null`.
    pub(super) fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let json = [("content-type", "application/json")];
        let reply = self.send("POST", path, &json, body.to_string().into_bytes())?;
        if reply.body.is_empty() { Ok(Value::Null) } else { reply.json() }
    }
}
