//! A device that sends whatever it is told to, by the protocol and with a token of its own.

use serde_json::json;
use tsumugi_core::{
    id::{ResponseId, SurveyId},
    item::{Item, ItemKind},
    sync::{Refusal, Reply, Request},
};
use tsumugi_fuzzing::change::{Draft, RawOp};

use super::{Answer, World};

/// An enrolled device without core's own logic.
pub struct Sender {
    pub survey: SurveyId,
    pub response: ResponseId,
    token: String,
}

impl Sender {
    pub fn enrolled(world: &World, survey: SurveyId, response: ResponseId) -> Self {
        let code = world
            .local_json("POST", "/v1/devices/codes", &json!({ "name": "T-66", "surveys": [survey] }))
            .ok()
            .json();
        let body = json!({ "code": code["code"], "name": "" }).to_string();
        let json = [("content-type", "application/json")];
        let enrolled = world.send("POST", "/v1/enrol", &json, body.as_bytes()).ok().json();
        Self { survey, response, token: enrolled["token"].as_str().unwrap().to_owned() }
    }

    /// Somebody who has another's token.
    pub fn with_token(&self, token: String, response: ResponseId) -> Self {
        Self { survey: self.survey, response, token }
    }

    /// The same device at another response.
    pub fn to(&self, response: ResponseId) -> Self {
        self.with_token(self.token.clone(), response)
    }

    pub fn item(&self, chunk: Vec<u8>) -> Item {
        Item::of_response(ItemKind::Change, self.survey, self.response, chunk)
    }

    pub fn push(&self, world: &World, chunks: Vec<Vec<u8>>) -> Answer {
        self.deliver(world, chunks.into_iter().map(|chunk| self.item(chunk)).collect())
    }

    /// Pushes items of any responses.
    pub fn deliver(&self, world: &World, push: Vec<Item>) -> Answer {
        let request = Request { max_bytes: 1 << 20, push, ..Request::default() };
        let bearer = format!("Bearer {}", self.token);
        world.send("POST", "/v1/sync", &[("authorization", &bearer)], &request.encode())
    }

    /// What became of each.
    pub fn verdicts(&self, world: &World, chunks: Vec<Vec<u8>>) -> Vec<Option<Refusal>> {
        Reply::decode(&self.push(world, chunks).ok().body).unwrap().pushed
    }
}

/// The first change of an actor: one answer.
pub fn first(actor: u64, path: &str) -> Draft {
    let mut bytes = [9; 16];
    bytes[..8].copy_from_slice(&actor.to_be_bytes());
    Draft::of(bytes).op(RawOp::put(path, 1))
}

/// The same, on a change that nobody has.
pub fn orphan(actor: u64) -> Vec<u8> {
    let mut body = first(actor, "a").body();
    body.deps = vec![vec![5; 32]];
    body.chunk()
}
