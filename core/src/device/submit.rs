//! Submitting and amending a response; the receipt.
//!
//! A submission is a change like any other: it writes the response's own names `@submitted`,
//! `@submitted_by`, `@revision`, `@reason` and `@digest`. The digest of what was submitted tells
//! every device alike whether something was changed since.

use rand_core::CryptoRng;
use sha2::{Digest, Sha256};

use super::{Device, DeviceError, NotSubmitted, Receipt, Storage, conflicts::on_questions};
use crate::{
    answers::{Answers, Path, Value},
    id::{ResponseId, SurveyId},
    moment::Moment,
};

const SUBMITTED: &str = "@submitted";
const SUBMITTED_BY: &str = "@submitted_by";
const REVISION: &str = "@revision";
const REASON: &str = "@reason";
const DIGEST: &str = "@digest";
const RECEIPT_CONTEXT: &[u8] = b"tsumugi/receipt/v1";
const LETTERS: &[u8; 31] = b"0123456789ABCDEFGHJKMNPQRSTVWXY";

/// A response was not submitted.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// Something is missing first.
    #[error("{} answers do not fit and {} conflicts are open", .0.violations.len(), .0.conflicts.len())]
    NotReady(NotSubmitted),
    /// The device.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

impl<S: Storage> Device<S> {
    /// Submits an open response, or a new revision of one that was submitted before; durable when
    /// it returns. Submitting again what is submitted gives the same receipt.
    ///
    /// # Errors
    /// [`SubmitError::NotReady`] says what is missing: answers, choices, or the reason of an amendment.
    pub fn submit(
        &mut self,
        response: ResponseId,
        by: &str,
        reason: &str,
        language: &str,
        now: Moment,
        rng: &mut impl CryptoRng,
    ) -> Result<Receipt, SubmitError> {
        self.opened_to_write(response)?;
        // What the form captured when it was opened belongs to what is submitted.
        self.save(response, Vec::new(), now, rng)?;
        let opened = self.opened(response)?;
        let survey = opened.survey;
        let answers = opened.doc.answers();
        let before = revision_of(&answers);
        let digest = digest_of(&answers);
        let unchanged = answers.get(&Path::new(DIGEST)) == Some(&Value::text(digest.as_str()));
        let conflicts = on_questions(&opened.doc, &opened.entry);
        let missing = NotSubmitted {
            violations: opened.entry.validate(language),
            conflicts: conflicts.into_iter().map(|conflict| conflict.path).collect(),
            reason_missing: before > 0 && !unchanged && reason.trim().is_empty(),
        };
        if !missing.violations.is_empty() || !missing.conflicts.is_empty() || missing.reason_missing {
            return Err(SubmitError::NotReady(missing));
        }
        if before == 0 || !unchanged {
            let names = [
                (SUBMITTED, Some(Value::text(now.to_rfc3339()))),
                (SUBMITTED_BY, Some(Value::text(by))),
                (REVISION, Some(Value::Integer(before + 1))),
                (REASON, (before > 0).then(|| Value::text(reason.trim()))),
                (DIGEST, Some(Value::text(digest))),
            ];
            let names = names.into_iter().map(|(name, value)| (Path::new(name), value)).collect();
            self.save(response, names, now, rng)?;
        }
        let answers = self.opened(response)?.doc.answers();
        let not_open = DeviceError::NotOpen { response };
        Ok(self.receipt_of(survey, response, &answers)?.ok_or(not_open)?)
    }

    /// The receipt of the last submission of an open response, from whichever device it came.
    ///
    /// # Errors
    /// [`DeviceError::NotOpen`].
    pub fn receipt(&self, response: ResponseId) -> Result<Option<Receipt>, DeviceError> {
        let opened = self.opened(response)?;
        self.receipt_of(opened.survey, response, &opened.doc.answers())
    }

    pub(super) fn receipt_of(
        &self,
        survey: SurveyId,
        response: ResponseId,
        answers: &Answers,
    ) -> Result<Option<Receipt>, DeviceError> {
        let revision = revision_of(answers);
        if revision == 0 {
            return Ok(None);
        }
        let text = |name: &str| answers.get(&Path::new(name)).map(Value::to_string).unwrap_or_default();
        let fiscal_year = self.catalog.survey(survey)?.fiscal_year;
        Ok(Some(Receipt {
            number: receipt_number(fiscal_year, survey, response, revision),
            at: text(SUBMITTED),
            revision,
            by: text(SUBMITTED_BY),
        }))
    }
}

/// True when what is entered is what was submitted.
pub(super) fn is_as_submitted(answers: &Answers) -> bool {
    answers.get(&Path::new(DIGEST)) == Some(&Value::text(digest_of(answers)))
}

/// The revision that was submitted last; 0 before the first.
pub(super) fn revision_of(answers: &Answers) -> i64 {
    match answers.get(&Path::new(REVISION)) {
        Some(Value::Integer(revision)) => *revision,
        _ => 0,
    }
}

/// The first 16 bytes of SHA-256 over all answers but the response's own names, hexadecimal.
fn digest_of(answers: &Answers) -> String {
    let given: Answers = answers
        .iter()
        .filter(|(path, _)| !path.as_str().starts_with('@'))
        .map(|(path, value)| (path.clone(), value.clone()))
        .collect();
    let json = serde_json::to_vec(&given).expect("answers are a map of numbers and texts");
    let digest: [u8; 32] = Sha256::digest(json).into();
    hex::encode(digest.split_at(16).0)
}

/// The number on a receipt: fiscal year in the Japanese era, eight digits that follow from the
/// response, the revision, and a check letter (`R8-0142-7351-1-K`). Two devices compute the same.
fn receipt_number(fiscal_year: i32, survey: SurveyId, response: ResponseId, revision: i64) -> String {
    let mut hash = Sha256::new();
    hash.update(RECEIPT_CONTEXT);
    hash.update(survey.as_bytes());
    hash.update(response.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let digits = digest.iter().take(8).fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
    let digits = digits % 100_000_000;
    let era = if fiscal_year >= 2019 {
        format!("R{}", fiscal_year - 2018)
    } else {
        format!("H{}", fiscal_year - 1988)
    };
    let body = format!("{era}-{:04}-{:04}-{revision}", digits / 10_000, digits % 10_000);
    let sum = body
        .bytes()
        .filter(u8::is_ascii_digit)
        .fold(0_usize, |sum, digit| (sum * 10 + usize::from(digit - b'0')) % LETTERS.len());
    format!("{body}-{}", LETTERS.get(sum).copied().map_or('0', char::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_number_follows_from_response_and_revision_and_a_wrong_digit_is_noticed() {
        let (survey, response) = (SurveyId::from_bytes([1; 16]), ResponseId::from_bytes([2; 16]));
        let number = receipt_number(2026, survey, response, 1);
        assert_eq!(number, receipt_number(2026, survey, response, 1));
        assert_ne!(number, receipt_number(2026, survey, response, 2));
        assert!(number.starts_with("R8-"), "{number}");
        // Ten has no divisor in common with the prime 31: no single digit changes unnoticed.
        let other = receipt_number(2027, survey, response, 1);
        assert_ne!(number.chars().last(), other.chars().last());
    }
}
