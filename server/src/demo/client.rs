//! One person's or one device's HTTP.

use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};
use tsumugi_core::device::HttpRequest;
use ureq::Agent;

use super::DemoError;

/// Sends requests to one server and keeps the cookie of a session.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    url: String,
    session: Option<(String, String)>,
}

/// A reply, whatever its status.
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Header `retry-after`.
    pub retry_after: Option<String>,
    cookie: Option<String>,
    /// The bytes.
    pub body: Vec<u8>,
}

impl Client {
    /// A client without a session.
    pub fn new(url: &str) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // Opening and counting a million sealed answers takes minutes.
            .timeout_global(Some(Duration::from_secs(3_600)))
            .build()
            .new_agent();
        Self { agent, url: url.to_owned(), session: None }
    }

    /// Signs in; later requests carry the session.
    ///
    /// # Errors
    /// [`DemoError`] when the server is not reached or answers with a failure.
    pub fn sign_in(&mut self, account: &str, password: &str) -> Result<(), DemoError> {
        let body = serde_json::json!({ "account": account, "password": password });
        let reply = self.send("POST", "/v1/session", "application/json", body.to_string().as_bytes(), &[])?;
        let cookie = reply.cookie.clone().unwrap_or_default();
        accept("/v1/session", reply)?;
        let headers = [("cookie", cookie.as_str())];
        let view = accept("/v1/session", self.send("GET", "/v1/session", "", &[], &headers)?)?;
        let view: crate::api::SessionView = parse("/v1/session", &view)?;
        self.session = Some((cookie, view.csrf));
        Ok(())
    }

    /// Posts JSON and reads JSON.
    ///
    /// # Errors
    /// [`DemoError`] when the server is not reached or answers with a failure.
    pub fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, DemoError> {
        let body = serde_json::to_vec(body).map_err(|_| DemoError::reply(path, 0, "not JSON"))?;
        self.post_bytes(path, "application/json", &body)
    }

    /// Posts bytes and reads JSON.
    ///
    /// # Errors
    /// [`DemoError`] when the server is not reached or answers with a failure.
    pub fn post_bytes<T: DeserializeOwned>(
        &self,
        path: &str,
        media: &str,
        body: &[u8],
    ) -> Result<T, DemoError> {
        parse(path, &accept(path, self.send("POST", path, media, body, &self.credentials())?)?)
    }

    /// Gets JSON.
    ///
    /// # Errors
    /// [`DemoError`] when the server is not reached or answers with a failure.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, DemoError> {
        parse(path, &accept(path, self.send("GET", path, "", &[], &self.credentials())?)?)
    }

    /// Sends what a device asks for, with its own credentials only.
    ///
    /// # Errors
    /// [`DemoError`] when the server is not reached or answers with a failure.
    pub fn exchange(&self, request: &HttpRequest) -> Result<Reply, DemoError> {
        let authorization = request.authorization.as_deref().map(|token| ("authorization", token));
        let headers: Vec<_> = authorization.into_iter().collect();
        self.send(&request.method, &request.path, &request.content_type, &request.body, &headers)
    }

    fn credentials(&self) -> Vec<(&str, &str)> {
        self.session
            .iter()
            .flat_map(|(cookie, csrf)| [("cookie", cookie.as_str()), ("x-csrf-token", csrf.as_str())])
            .collect()
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        media: &str,
        body: &[u8],
        headers: &[(&str, &str)],
    ) -> Result<Reply, DemoError> {
        let address = format!("{}{path}", self.url);
        let unreachable =
            |error: ureq::Error| DemoError::Unreachable { path: path.to_owned(), detail: error.to_string() };
        let sent = if method == "GET" {
            let request = headers
                .iter()
                .fold(self.agent.get(&address), |request, (name, value)| request.header(*name, *value));
            request.call()
        } else {
            let request = headers
                .iter()
                .fold(self.agent.post(&address), |request, (name, value)| request.header(*name, *value));
            request.header("content-type", media).send(body)
        };
        let mut response = sent.map_err(unreachable)?;
        let header =
            |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let cookie = header("set-cookie").and_then(|cookie| cookie.split(';').next().map(str::to_owned));
        let retry_after = header("retry-after");
        let status = response.status().as_u16();
        let body =
            response.body_mut().with_config().limit(64 * 1024 * 1024).read_to_vec().map_err(unreachable)?;
        Ok(Reply { status, retry_after, cookie, body })
    }
}

fn accept(path: &str, reply: Reply) -> Result<Vec<u8>, DemoError> {
    if (200..300).contains(&reply.status) {
        return Ok(reply.body);
    }
    Err(DemoError::reply(path, reply.status, &String::from_utf8_lossy(&reply.body)))
}

fn parse<T: DeserializeOwned>(path: &str, body: &[u8]) -> Result<T, DemoError> {
    let body = if body.is_empty() { b"null" } else { body };
    serde_json::from_slice(body).map_err(|error| DemoError::reply(path, 200, &error.to_string()))
}
