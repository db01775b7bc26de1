//! Scales of loneliness and well-being against vectors of their rules.

use serde_json::{Value, json};
use tsumugi_core::indicator::scale::{direct5, djg6, lsns6, ucla3_japan, ucla3_us, ucla20, who5};

use crate::report::{Outcome, Report};

fn code(value: &Value) -> Option<u8> {
    value.as_u64().and_then(|code| u8::try_from(code).ok())
}

fn items<const N: usize>(vector: &Value) -> [Option<u8>; N] {
    std::array::from_fn(|index| code(&vector["x"][index]))
}

/// What core makes of a vector, in the words of the file.
fn scored(scale: &str, vector: &Value) -> Option<Value> {
    Some(match scale {
        "direct5" => {
            let score = direct5(code(&vector["x"]));
            json!({ "any": score.map(|score| score.any), "strong": score.map(|score| score.strong) })
        }
        "ucla3_jp" => {
            let score = ucla3_japan(items(vector));
            json!({ "score": score.map(|(score, _)| score), "band": score.map(|(_, band)| band.code()) })
        }
        "ucla3_us" => {
            let score = ucla3_us(items(vector));
            json!({ "score": score.map(|(score, _)| score), "lonely6": score.map(|(_, lonely)| lonely) })
        }
        "ucla20_v3" => json!({ "score": ucla20(items(vector)) }),
        "djg6" => {
            let score = djg6(items(vector));
            json!({ "total": score.total, "emotional": score.emotional, "social": score.social,
                    "category": score.category.map(|category| category.code()) })
        }
        "lsns6" => {
            let score = lsns6(items(vector));
            json!({ "score": score.map(|score| score.score), "family": score.map(|score| score.family),
                    "friends": score.map(|score| score.friends), "at_risk": score.map(|score| score.at_risk) })
        }
        "who5" => {
            let score = who5(items(vector));
            json!({ "raw": score.map(|score| score.raw), "percent": score.map(|score| score.percent),
                    "low": score.map(|score| score.low) })
        }
        _ => return None,
    })
}

/// Runs a file of scales.
pub(crate) fn run(bytes: &[u8]) -> Result<Report, String> {
    let file: Value =
        serde_json::from_slice(bytes).map_err(|error| format!("not a file of cases: {error}"))?;
    let mut report = Report::new("scales");
    for (scale, description) in file.as_object().ok_or("there are no scales")? {
        for vector in description["vectors"].as_array().into_iter().flatten() {
            let outcome = match scored(scale, vector) {
                None => Outcome::Skipped("scale that is not offered"),
                Some(got) => {
                    let keys = vector.as_object().into_iter().flatten().filter(|(key, _)| *key != "x");
                    let same = keys.into_iter().all(|(key, expected)| got[key] == *expected);
                    if same { Outcome::Passed } else { Outcome::Failed(got) }
                }
            };
            report.count(outcome, || json!({ "scale": scale, "vector": vector }));
        }
    }
    Ok(report)
}
