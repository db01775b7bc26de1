//! The scenarios of `cargo xtask bench engine` for a page or Node.js, which has the clock.

use tsumugi_core::form::Form;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::engine_scenarios::{Filled, Measure, Operation, Scenario, parse};

/// A scenario on one form, made ready; JavaScript times [`Bench::run`].
#[wasm_bindgen]
pub struct Bench {
    scenario: Scenario,
    xml: String,
    form: Form,
    filled: Filled,
}

#[wasm_bindgen]
impl Bench {
    /// Reads a scenario (JSON) and its form, and performs what comes before.
    ///
    /// # Errors
    /// What cannot be read, in words.
    #[wasm_bindgen(constructor)]
    pub fn new(scenario: &str, xml: &str) -> Result<Self, String> {
        let scenario: Scenario = serde_json::from_str(scenario).map_err(|error| error.to_string())?;
        let form = parse(xml)?;
        let mut filled = Filled::new(form.clone());
        perform(&mut filled, &scenario.before)?;
        Ok(Self { scenario, xml: xml.to_owned(), form, filled })
    }

    /// What is timed, once; `turn` counts the runs. Gives what was read of the form.
    ///
    /// # Errors
    /// What was refused, in words.
    pub fn run(&mut self, turn: usize) -> Result<Vec<String>, String> {
        match self.scenario.measure {
            Measure::Parse => parse(&self.xml).map(|_| Vec::new()),
            Measure::Create => {
                std::hint::black_box(Filled::new(self.form.clone()));
                Ok(Vec::new())
            }
            Measure::Open => {
                std::hint::black_box(Filled::new(parse(&self.xml)?));
                Ok(Vec::new())
            }
            Measure::Operations => {
                let turns = self.scenario.timed.len().max(1);
                let operations = self.scenario.timed.get(turn % turns).map_or(&[][..], Vec::as_slice);
                perform(&mut self.filled, operations)
            }
        }
    }

    /// What comes after each run, untimed.
    ///
    /// # Errors
    /// What was refused, in words.
    pub fn after(&mut self) -> Result<(), String> {
        perform(&mut self.filled, &self.scenario.after).map(drop)
    }
}

fn perform(filled: &mut Filled, operations: &[Operation]) -> Result<Vec<String>, String> {
    let read: Result<Vec<_>, _> = operations.iter().map(|operation| filled.perform(operation)).collect();
    Ok(read?.into_iter().flatten().collect())
}
