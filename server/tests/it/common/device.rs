//! Tablets and company browsers: core's own device over real HTTP.

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::json;
use tsumugi_core::{
    device::{Device, HttpRequest, MemoryStorage},
    form::Start,
    id::{ResponseId, SurveyId},
    moment::Moment,
};

use super::{Answer, World, send};

/// A device with its own randomness and a clock that the test moves.
pub struct Tablet {
    pub device: Device<MemoryStorage>,
    pub rng: ChaCha20Rng,
    pub now: Moment,
}

impl Tablet {
    pub fn new(seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let now = Moment::tokyo(1_790_000_000_000);
        let device = Device::open(MemoryStorage::new(), [7; 32], now, &mut rng).unwrap();
        Self { device, rng, now }
    }

    pub fn start(&self) -> Start {
        Start {
            now: self.now,
            seed: 1,
            device: None,
            properties: std::collections::BTreeMap::new(),
            language: "ja".to_owned(),
        }
    }

    /// Enrols as a tablet of the field staff.
    pub fn enrolled(world: &World, seed: u64, surveys: &[SurveyId]) -> Self {
        let code = world
            .local_json("POST", "/v1/devices/codes", &json!({ "name": "T-01", "surveys": surveys }))
            .ok();
        let code = code.json()["code"].as_str().unwrap().to_owned();
        let mut tablet = Self::new(seed);
        let request = tablet.device.enrol_request(&world.handle().url(), &code, "");
        let answer = tablet.send(world, &request);
        tablet.device.on_enrolled(answer.status, &answer.body, &mut tablet.rng).unwrap();
        tablet
    }

    /// Enters as a person of a company.
    pub fn of_company(world: &World, seed: u64, code: &str, name: &str) -> Self {
        let mut tablet = Self::new(seed);
        let request = tablet.device.company_request(&world.handle().url(), code, name, "経理");
        let answer = tablet.send(world, &request);
        tablet.device.on_enrolled(answer.status, &answer.body, &mut tablet.rng).unwrap();
        tablet
    }

    pub fn response(&self) -> ResponseId {
        self.device.enrolment().unwrap().response.unwrap()
    }

    pub fn send(&self, world: &World, request: &HttpRequest) -> Answer {
        let mut headers = vec![("content-type", request.content_type.as_str())];
        headers.extend(request.authorization.as_deref().map(|token| ("authorization", token)));
        send(&world.handle().url(), &request.method, &request.path, &headers, &request.body)
    }

    /// Exchanges until there is nothing more to say; the statuses that came back.
    pub fn sync(&mut self, world: &World) -> Vec<(String, u16)> {
        self.device.sync_now();
        let mut statuses = Vec::new();
        for _ in 0..200 {
            self.now.unix_ms += 60_000;
            let Some(request) = self.device.next_request(self.now, &mut self.rng).unwrap() else { break };
            let answer = self.send(world, &request);
            statuses.push((request.path.clone(), answer.status));
            let taken = self.device.on_reply(
                request.id,
                answer.status,
                answer.retry_after,
                &answer.body,
                self.now,
                &mut self.rng,
            );
            let more = taken.is_ok_and(|progress| progress.more);
            if !more && (200..300).contains(&answer.status) && self.device.status().waiting_records == 0 {
                break;
            }
            if answer.status >= 400 {
                break;
            }
        }
        statuses
    }
}
