//! The way between devices and the server, and what must be true at the server's door.

use std::collections::BTreeSet;

use tsumugi_core::{
    device::{DEPOSIT_RECORDS, DeviceError, HttpRequest},
    sealed::{Deposit, DepositReply, SealedRecord},
    sync::{Refusal, Reply, Request, Standing},
};

use crate::{
    ballots::{add, hash_of},
    checks::SERVERS,
    network::{Flight, Happened, Leg},
    server::{Answer, Sent},
    world::{Held, World},
};

const SYNC: &str = "/v1/sync";
const DEPOSITS: &str = "/v1/deposits";
/// Requests of one exchange after which something is wrong.
const MOST_REQUESTS: usize = 200;
/// What stands between a device and a server may answer, too: statuses that waiting mends.
const STRANGE: [u16; 10] = [200, 401, 403, 404, 407, 408, 429, 500, 502, 507];

impl World {
    /// A device asks for the next exchange, if it has one.
    ///
    /// # Errors
    /// A sentence when it asks for something that it must not.
    pub fn ask(&mut self, at: usize) -> Held {
        if self.chance.percent(30) {
            self.act(at, |device, _, _| device.sync_now())?;
        }
        let Some((life, request)) = self.next_request(at)? else { return Ok(()) };
        let id = request.id;
        let sent = self.leaves(at, request)?;
        let flight = Flight { tablet: at, life, id, leg: Leg::There(sent) };
        let happened = self.network.send(flight, &mut self.chance);
        self.weather_counts(happened);
        // The host mostly tells that no reply came; sometimes the device has to find out.
        if happened == Happened::Lost && self.chance.percent(70) {
            self.told(at, life, id, &Answer::bare(0))?;
        }
        Ok(())
    }

    fn next_request(&mut self, at: usize) -> Held<Option<(u32, HttpRequest)>> {
        match self.act(at, |device, now, rng| device.next_request(now, rng))? {
            Some((Ok(Some(request)), _)) => {
                let life = self.tablets.get(at).map_or(0, |tablet| tablet.life);
                Ok(Some((life, request)))
            }
            Some((Err(DeviceError::Storage(_)), _)) | Some((Ok(None), _)) | None => Ok(None),
            Some((Err(error), _)) => Err(format!("{} cannot ask: {error}", self.name(at))),
        }
    }

    /// A request leaves a device: what it offers is offered from now on.
    fn leaves(&mut self, at: usize, request: HttpRequest) -> Held<Sent> {
        self.counts.one("requests");
        self.say(format!("{} sends {} bytes to {}", self.name(at), request.body.len(), request.path));
        let mut sent = Sent {
            path: request.path,
            content_type: request.content_type,
            authorization: request.authorization,
            headers: Vec::new(),
            body: request.body,
        };
        let Some(tablet) = self.tablets.get_mut(at) else { return Ok(sent) };
        if sent.path == SYNC {
            let request = Request::decode(&sent.body)
                .map_err(|error| format!("{} sends what is no request: {error}", tablet.name))?;
            tablet.shelf.offered.extend(request.push.iter().map(|item| item.id()));
        }
        let (token, name) = (tablet.token.clone(), tablet.name.clone());
        self.network.disguise(&mut sent, &token, &name);
        Ok(sent)
    }

    /// Something that is in the air arrives.
    ///
    /// # Errors
    /// A sentence when the server or the device does with it what it must not.
    pub fn something_arrives(&mut self) -> Held {
        let Some(flight) = self.network.arrive(&mut self.chance) else { return Ok(()) };
        match flight.leg {
            Leg::There(sent) => {
                let answer = if self.chance.percent(self.network.weather.strange) {
                    self.strange_answer(&sent)?
                } else {
                    self.door(&sent)?
                };
                let flight = Flight { leg: Leg::Back(answer), ..flight };
                let (at, life, id) = (flight.tablet, flight.life, flight.id);
                let happened = self.network.send(flight, &mut self.chance);
                self.weather_counts(happened);
                if happened == Happened::Lost && self.chance.percent(70) {
                    self.told(at, life, id, &Answer::bare(0))?;
                }
                Ok(())
            }
            Leg::Back(answer) => self.told(flight.tablet, flight.life, flight.id, &answer),
        }
    }

    fn weather_counts(&mut self, happened: Happened) {
        match happened {
            Happened::Carried => {}
            Happened::Lost => self.counts.one("messages lost"),
            Happened::Doubled => self.counts.one("messages doubled"),
            Happened::Cut => self.counts.one("messages cut"),
        }
    }

    /// Something that is not the server answers, before or after the server did its work.
    fn strange_answer(&mut self, sent: &Sent) -> Held<Answer> {
        self.counts.one("strange answers");
        if self.chance.percent(50) {
            self.door(sent)?;
        }
        let status = STRANGE.get(self.chance.place(STRANGE.len())).copied().unwrap_or(502);
        let retry_after = (status == 429).then(|| self.chance.below(600));
        Ok(Answer { status, retry_after, body: b"<html>welcome to the hotel</html>".to_vec() })
    }

    /// A device is told the reply to its request; another process of it never hears of it.
    fn told(&mut self, at: usize, life: u32, id: u64, answer: &Answer) -> Held {
        if self.tablets.get(at).is_none_or(|tablet| tablet.life != life) {
            return Ok(());
        }
        let (status, retry) = (answer.status, answer.retry_after);
        let taken =
            self.act(at, |device, now, rng| device.on_reply(id, status, retry, &answer.body, now, rng))?;
        match taken {
            Some((Err(DeviceError::Storage(_)), _)) => {
                if let Some(tablet) = self.tablets.get_mut(at) {
                    tablet.blurred = true;
                }
                Ok(())
            }
            Some((Ok(_) | Err(DeviceError::Reply { .. }), _)) | None => Ok(()),
            Some((Err(error), _)) => Err(format!("{} cannot take a reply: {error}", self.name(at))),
        }
    }

    /// The server's door: what comes in and what goes out is looked at.
    ///
    /// # Errors
    /// A sentence when something is acknowledged that is not held, when a sound change is
    /// refused, or when a deposit comes with a name.
    pub fn door(&mut self, sent: &Sent) -> Held<Answer> {
        let request = match sent.path.as_str() {
            DEPOSITS => {
                self.check_bare(sent)?;
                None
            }
            _ => Request::decode(&sent.body).ok(),
        };
        let answer = self.server.carry(sent);
        match (answer.status, request, sent.path.as_str()) {
            (200, Some(request), SYNC) => self.check_sync(&request, &answer)?,
            (200, _, DEPOSITS) => self.check_deposit(sent, &answer)?,
            (401 | 403, _, SYNC) => self.counts.one("requests of revoked devices"),
            (400, _, _) => self.counts.one("requests that cannot be read"),
            _ => return Err(format!("the server answers {} to {}", answer.status, sent.path)),
        }
        Ok(answer)
    }

    /// A deposit carries records of one size and nothing else.
    fn check_bare(&self, sent: &Sent) -> Held {
        if sent.authorization.is_some() || !sent.headers.is_empty() {
            return Err("a deposit comes with a name".to_owned());
        }
        let Ok(deposit) = Deposit::decode(&sent.body) else { return Ok(()) };
        if deposit.records.len() != DEPOSIT_RECORDS {
            return Err(format!("a deposit of {} records tells how many waited", deposit.records.len()));
        }
        let secrets = self.tablets.iter().flat_map(|tablet| {
            [
                tablet.id.as_bytes().to_vec(),
                tablet.token.clone().into_bytes(),
                tablet.name.clone().into_bytes(),
            ]
        });
        for secret in secrets {
            if sent.body.windows(secret.len()).any(|part| part == secret) {
                return Err("a deposit holds the name of a device".to_owned());
            }
        }
        Ok(())
    }

    fn check_sync(&mut self, request: &Request, answer: &Answer) -> Held {
        let reply =
            Reply::decode(&answer.body).map_err(|error| format!("the server says nonsense: {error}"))?;
        let mut taken = BTreeSet::new();
        for (item, refusal) in request.push.iter().zip(&reply.pushed) {
            match refusal {
                None => drop(taken.insert(item.id())),
                // What only a server makes and a restored one has forgotten is offered back to it.
                Some(Refusal::KindNotAllowed) if SERVERS.contains(&item.kind()) && self.was_restored() => {
                    self.counts.one("the server's own items offered back");
                }
                Some(refusal) => self.check_refusal(*refusal)?,
            }
        }
        for standing in &reply.unconfirmed {
            if let Standing::Refused(refusal) = standing {
                self.check_refusal(*refusal)?;
            }
        }
        if taken.is_empty() {
            return Ok(());
        }
        let held = self.server.items();
        // What came to a closed survey is held aside.
        let open = self.is_open(self.office.company.id);
        if open && !taken.is_subset(&held) {
            return Err("the server acknowledges an item that it does not hold".to_owned());
        }
        self.counts.more("items acknowledged", taken.len() as u64);
        self.acknowledged.items.extend(taken.intersection(&held));
        Ok(())
    }

    fn was_restored(&self) -> bool {
        self.counts.of("servers restored") > 0
    }

    fn check_refusal(&mut self, refusal: Refusal) -> Held {
        self.counts.one("items refused");
        match refusal {
            Refusal::Closed if !self.is_open(self.office.company.id) => Ok(()),
            other => Err(format!("a sound item is refused: {other}")),
        }
    }

    fn check_deposit(&mut self, sent: &Sent, answer: &Answer) -> Held {
        let deposit = Deposit::decode(&sent.body).map_err(|error| format!("nonsense is taken: {error}"))?;
        match DepositReply::decode(&answer.body) {
            Some(DepositReply::Accepted) => {}
            Some(DepositReply::Closed) => {
                self.counts.one("deposits too late");
                return if self.is_open(self.office.anonymous.id) {
                    Err("an open survey takes no deposit".to_owned())
                } else {
                    Ok(())
                };
            }
            None => return Err("the server says nonsense to a deposit".to_owned()),
        }
        for record in &deposit.records {
            self.check_kept(record)?;
        }
        Ok(())
    }

    /// An acknowledged record is kept, or one of the same card that counts before it.
    fn check_kept(&mut self, record: &SealedRecord) -> Held {
        let (nullifier, hash) = (record.nullifier(), hash_of(&record.encode()));
        if !self.ballots.knows(nullifier, hash) {
            return Err("a record is sent that nobody sealed".to_owned());
        }
        match self.server.record(record.survey(), nullifier) {
            Some(kept) if hash_of(&kept) <= hash => {}
            Some(_) => return Err("of two records of a card the one stays that must not".to_owned()),
            None => return Err("the server acknowledges a record that it does not hold".to_owned()),
        }
        if add(&mut self.acknowledged.records, nullifier, hash) {
            self.counts.one("records acknowledged");
        }
        Ok(())
    }

    /// One whole exchange of a device on a network without faults.
    ///
    /// # Errors
    /// A sentence when it does not come to an end, or something does not hold on the way.
    pub fn sync_whole(&mut self, at: usize) -> Held {
        self.act(at, |device, _, _| device.sync_now())?;
        for _ in 0..MOST_REQUESTS {
            let Some((life, request)) = self.next_request(at)? else { return Ok(()) };
            let id = request.id;
            let sent = self.leaves(at, request)?;
            let answer = self.door(&sent)?;
            self.told(at, life, id, &answer)?;
        }
        Err(format!("the exchange of {} does not come to an end", self.name(at)))
    }
}
