//! A ward in this process: a server, a company survey, an anonymous one, and tablets for both.

use std::path::Path;

use tsumugi_core::survey::Mode;
use tsumugi_server::{
    api::{CompanyLetter, SurveyView},
    demo::Tablet as MemoryTablet,
};
use tsumugi_tests::World;

use crate::{
    life::Plan,
    tablet::{self, Carrier},
};

/// Stratum of everybody.
const STRATUM: &str = "30-99";

/// A ward with a running server.
pub struct Ward {
    /// The server and its staff.
    pub world: World,
    /// The company survey.
    pub company: SurveyView,
    /// The anonymous survey.
    pub anonymous: SurveyView,
    /// Companies.
    pub letters: Vec<CompanyLetter>,
    /// Cards of the anonymous survey.
    pub cards: Vec<String>,
}

impl Ward {
    /// A ward with this many companies and cards.
    ///
    /// # Panics
    /// When the server does not do what its own stories prove.
    pub fn with(companies: usize, cards: u32) -> Self {
        let world = World::new();
        let company = world.open("company-telework", Mode::Company, 2026, &[(STRATUM, 1_840)]);
        let anonymous = world.open("loneliness", Mode::Anonymous, 2026, &[(STRATUM, 96_000)]);
        let letters = (0..companies)
            .map(|number| world.letter(company.id, &format!("会社{number}"), STRATUM))
            .collect();
        let cards = world.office.cards(anonymous.id, STRATUM, cards).expect("cards");
        Self { world, company, anonymous, letters, cards }
    }

    /// Enrols a real tablet on `folder` and lets it fetch everything.
    ///
    /// # Panics
    /// When the tablet or the server does not do what its own stories prove.
    pub fn tablet_on(&self, folder: &Path) {
        let surveys = [self.company.id, self.anonymous.id];
        let code = self.world.office.device_code("T-01", &surveys).expect("an enrolment code");
        let tablet = tablet::open(folder).expect("a new tablet");
        let carrier = Carrier::to(&self.world.url());
        let request = tablet.enrol_request(self.world.url(), code, "T-01".to_owned()).expect("a request");
        let reply = carrier.send(&request);
        tablet.on_enrolled(reply.status, reply.body).expect("an enrolment");
        carrier.sync(&tablet).expect("a first sync");
    }

    /// What a child needs to know of the ward.
    pub fn plan(&self) -> Plan {
        Plan {
            url: self.world.url(),
            survey: self.anonymous.id.to_string(),
            responses: self.letters.iter().map(|letter| letter.response.to_string()).collect(),
            cards: self.cards.clone(),
        }
    }

    /// A person of a company who sees what the server holds, in memory.
    ///
    /// # Panics
    /// When the server does not do what its own stories prove.
    pub fn reader(&self, letter: &CompanyLetter) -> MemoryTablet {
        let mut reader = self.world.person(letter, "監査", "読");
        reader.open(letter.response).expect("the response");
        reader
    }
}
