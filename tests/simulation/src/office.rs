//! The office: two surveys, their forms, the companies' responses, the cards and the key.
//!
//! Owns what exists before the field work begins, and the versions of the company form.

use tsumugi_core::{
    answers::Answers,
    form::{Control, DataType, FormDefinition, Group, Node, Question},
    id::{ResponseId, SurveyId},
    item::{Item, ItemKind},
    sealed::{Card, SealKey},
    survey::{Assignment, CardList, Mode, Stratum, Survey, SurveyState},
    text::Localized,
};
use tsumugi_tests::Chance;

/// The passphrase of the survey's key.
pub const PASSPHRASE: &str = "correct horse battery staple";
/// Code of the only stratum.
const STRATUM: &str = "all";
/// The smallest record that there is: it holds the two answers of the anonymous form.
const RECORD_BYTES: u32 = 256;

/// Everything that the office made before the field work.
pub struct Office {
    /// The company survey as it began.
    pub company: Survey,
    /// The anonymous survey as it began.
    pub anonymous: Survey,
    /// Opens the sealed records.
    pub key: SealKey,
    /// Cards that nobody has used.
    pub cards: Vec<Card>,
    /// The companies' responses.
    pub responses: Vec<ResponseId>,
    /// What devices get of it: surveys, forms, assignments, the list of cards.
    pub items: Vec<Item>,
}

impl Office {
    /// Makes two surveys with so many companies and cards.
    pub fn make(companies: usize, cards: usize, chance: &mut Chance) -> Self {
        let rng = chance.rng();
        let key = SealKey::make(rng);
        let [company, anonymous] = [SurveyId::make(rng), SurveyId::make(rng)];
        let cards: Vec<Card> = (0..cards).map(|_| Card::make(anonymous, 0, rng)).collect();
        let list = CardList::make(0, &cards, rng);
        let responses: Vec<ResponseId> = (0..companies).map(|_| ResponseId::make(rng)).collect();
        let company_form = form_item(company, &company_form(1));
        let anonymous_form = form_item(anonymous, &anonymous_form());
        let company = survey(company, &company_form, Mode::Company, None);
        let anonymous = survey(anonymous, &anonymous_form, Mode::Anonymous, Some(key.public().to_string()));
        let assigned = responses.iter().enumerate().map(|(number, response)| {
            let assignment = Assignment {
                response: *response,
                name: format!("company {number}"),
                stratum: STRATUM.to_owned(),
                corporate_number: None,
                previous: Answers::default(),
            };
            Item::of_response(ItemKind::Assignment, company.id, *response, json(&assignment))
        });
        let mut items: Vec<Item> = assigned.collect();
        items.extend([company_form, anonymous_form, survey_item(&company), survey_item(&anonymous)]);
        items.push(Item::of_survey(ItemKind::Cards, anonymous.id, json(&list)));
        Self { company, anonymous, key, cards, responses, items }
    }
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("what the office makes has text keys only")
}

/// The item that tells devices of a survey.
pub fn survey_item(survey: &Survey) -> Item {
    Item::of_survey(ItemKind::Survey, survey.id, json(survey))
}

/// The item that holds a form.
pub fn form_item(survey: SurveyId, form: &FormDefinition) -> Item {
    Item::of_survey(ItemKind::Form, survey, json(form))
}

fn survey(id: SurveyId, form: &Item, mode: Mode, seal_key: Option<String>) -> Survey {
    Survey {
        id,
        form_name: "simulated".to_owned(),
        form: form.id(),
        title: Localized::plain("1"),
        mode,
        fiscal_year: 2026,
        opens: "2026-04-01".to_owned(),
        closes: "2099-03-31".to_owned(),
        state: SurveyState::Open,
        strata: vec![Stratum {
            id: 0,
            code: STRATUM.to_owned(),
            label: Localized::plain(STRATUM),
            population: Some(1_000),
        }],
        record_bytes: if seal_key.is_some() { RECORD_BYTES } else { 0 },
        seal_key,
        revision: 1,
        contact: Localized::default(),
        fictitious: true,
    }
}

/// A version of the company form: every second one has other questions beside those that stay.
pub fn company_form(version: u32) -> FormDefinition {
    let mut nodes = vec![question("staff", DataType::Int), question("remark", DataType::String)];
    let mut inner = vec![question("days", DataType::Int)];
    if version.is_multiple_of(2) {
        nodes.push(question("cost", DataType::Int));
    } else {
        inner.push(question("hours", DataType::Int));
    }
    let work = Group {
        name: "work".to_owned(),
        label: Localized::plain("work"),
        children: inner,
        ..Group::default()
    };
    nodes.push(Node::Group(Box::new(work)));
    form("company", version, nodes)
}

/// Paths that the given version of the company form asks.
pub fn company_paths(version: u32) -> [&'static str; 4] {
    if version.is_multiple_of(2) {
        ["staff", "remark", "work/days", "cost"]
    } else {
        ["staff", "remark", "work/days", "work/hours"]
    }
}

fn anonymous_form() -> FormDefinition {
    form("anonymous", 1, vec![question("lonely", DataType::Int), question("number", DataType::Int)])
}

fn form(id: &str, version: u32, nodes: Vec<Node>) -> FormDefinition {
    FormDefinition {
        form_id: id.to_owned(),
        version: version.to_string(),
        title: Localized::plain(id),
        root: "data".to_owned(),
        default_language: "ja".to_owned(),
        nodes,
        ..FormDefinition::default()
    }
}

fn question(name: &str, data_type: DataType) -> Node {
    Node::Question(Box::new(Question {
        name: name.to_owned(),
        label: Localized::plain(name),
        data_type,
        control: Control::Input,
        ..Question::default()
    }))
}
