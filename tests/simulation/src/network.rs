//! The network: what is in the air, and what becomes of it.
//!
//! Requests and replies are dropped, doubled, delayed, overtaken and cut. Knows nothing of what
//! they say.

use tsumugi_tests::Chance;

use crate::{
    defect::NetworkFlaw,
    server::{Answer, Sent},
};

/// How bad the network is, in percent of what is sent.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    /// Lost on the way.
    pub lost: u64,
    /// Sent twice.
    pub doubled: u64,
    /// Cut off somewhere.
    pub cut: u64,
    /// Answered by something that is not the server: a busy proxy, a page of a hotel.
    pub strange: u64,
}

/// One way.
#[derive(Debug, Clone)]
pub enum Leg {
    /// To the server.
    There(Sent),
    /// To the device.
    Back(Answer),
}

/// Something in the air.
#[derive(Debug, Clone)]
pub struct Flight {
    /// The device that asked, by its place.
    pub tablet: usize,
    /// The process of the device that asked.
    pub life: u32,
    /// The request's number there.
    pub id: u64,
    /// What it carries.
    pub leg: Leg,
}

/// What the network did, for the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// It is on its way.
    Carried,
    /// It was lost.
    Lost,
    /// It is on its way twice.
    Doubled,
    /// It is on its way, cut off.
    Cut,
}

/// Everything in the air.
#[derive(Debug, Default)]
pub struct Network {
    /// How bad it is.
    pub weather: Weather,
    /// What it does wrong on purpose.
    pub flaw: Option<NetworkFlaw>,
    air: Vec<Flight>,
}

impl Network {
    /// A network with nothing in the air.
    pub fn new(weather: Weather, flaw: Option<NetworkFlaw>) -> Self {
        Self { weather, flaw, air: Vec::new() }
    }

    /// Sends something off.
    pub fn send(&mut self, mut flight: Flight, chance: &mut Chance) -> Happened {
        if chance.percent(self.weather.lost) {
            return Happened::Lost;
        }
        if chance.percent(self.weather.cut) {
            let body = match &mut flight.leg {
                Leg::There(sent) => &mut sent.body,
                Leg::Back(answer) => &mut answer.body,
            };
            let length = chance.place(body.len());
            body.truncate(length);
            self.air.push(flight);
            return Happened::Cut;
        }
        let doubled = chance.percent(self.weather.doubled);
        if doubled {
            self.air.push(flight.clone());
        }
        self.air.push(flight);
        if doubled { Happened::Doubled } else { Happened::Carried }
    }

    /// Takes something out of the air, whatever was sent first.
    pub fn arrive(&mut self, chance: &mut Chance) -> Option<Flight> {
        if self.air.is_empty() {
            return None;
        }
        let place = chance.place(self.air.len());
        Some(self.air.swap_remove(place))
    }

    /// How much is in the air.
    pub fn len(&self) -> usize {
        self.air.len()
    }

    /// True when nothing is in the air.
    pub fn is_empty(&self) -> bool {
        self.air.is_empty()
    }

    /// Drops everything.
    pub fn clear(&mut self) {
        self.air.clear();
    }

    /// What a strange network makes of a request that it should carry.
    pub fn disguise(&self, sent: &mut Sent, token: &str, name: &str) {
        if sent.path != "/v1/deposits" {
            return;
        }
        match self.flaw {
            Some(NetworkFlaw::NamesDeposits) => sent.authorization = Some(format!("Bearer {token}")),
            Some(NetworkFlaw::MarksDeposits) => sent.headers.push(("x-device".to_owned(), name.to_owned())),
            None => {}
        }
    }
}
