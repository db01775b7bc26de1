//! What the office does before anybody answers.

use serde_json::{Value, json};
use tsumugi_core::id::SurveyId;

use super::{PASSPHRASE, World};

fn workbook(name: &str) -> Vec<u8> {
    let path = format!("{}/../forms/{name}.xlsx", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

impl World {
    /// Imports and publishes one of the project's forms.
    pub fn publish(&self, name: &str) -> String {
        let answer = self.local("POST", &format!("/v1/forms?filename={name}.xlsx"), &workbook(name)).ok();
        let form = answer.json()["formId"].as_str().unwrap_or_else(|| panic!("{}", answer.text())).to_owned();
        self.local_json("POST", &format!("/v1/forms/{form}/publish"), &json!({})).ok();
        form
    }

    /// A survey that takes answers.
    pub fn open(&self, form: &str, mode: &str, strata: &[&str]) -> SurveyId {
        let strata: Vec<Value> =
            strata.iter().map(|code| json!({ "code": code, "population": 500 })).collect();
        let form = self.publish(form);
        let survey = self
            .local_json(
                "POST",
                "/v1/surveys",
                &json!({
                    "form": form, "mode": mode, "title": { "ja": "試験", "en": "test" }, "fiscalYear": 2026,
                    "opens": "2026-04-01", "closes": "2027-03-31", "strata": strata, "passphrase": PASSPHRASE,
                }),
            )
            .ok()
            .json();
        let id = survey["id"].as_str().unwrap().to_owned();
        self.local_json("POST", &format!("/v1/surveys/{id}/open"), &json!({})).ok();
        id.parse().unwrap()
    }

    pub fn cards(&self, survey: SurveyId, stratum: &str, count: usize) -> Vec<String> {
        let path = format!("/v1/surveys/{survey}/cards");
        let sheet =
            self.local_json("POST", &path, &json!({ "stratum": stratum, "count": count })).ok().json();
        sheet["cards"]
            .as_array()
            .unwrap()
            .iter()
            .map(|card| card["code"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Codes of the letters, in the order of the file.
    pub fn companies(&self, survey: SurveyId, csv: &str) -> Vec<String> {
        let letters =
            self.local("POST", &format!("/v1/surveys/{survey}/companies"), csv.as_bytes()).ok().json();
        assert_eq!(letters["findings"], json!([]));
        letters["letters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|letter| letter["code"].as_str().unwrap().to_owned())
            .collect()
    }

    pub fn close(&self, survey: SurveyId, passphrase: &str) -> super::Answer {
        self.local_json("POST", &format!("/v1/surveys/{survey}/close"), &json!({ "passphrase": passphrase }))
    }
}
