//! The sample of a company survey: companies from CSV, each with a letter and a code.

use std::collections::{BTreeMap, BTreeSet};

use tsumugi_core::{
    answers::Answers,
    id::{ResponseId, SurveyId},
    item::{Item, ItemKind},
    survey::{Assignment, Mode, Survey, SurveyState},
};

use super::{
    csv_input::{Sheet, finding, read_sheet},
    enrolment::COMPANY,
    error::AppError,
    surveys::read_survey,
};
use crate::{
    api::FileFinding,
    code::Code,
    keyring,
    store::{Company, Store, StoreError},
};

/// The letters to write; codes are shown here and never again.
#[derive(Default)]
pub struct Letters {
    /// Company and code.
    pub letters: Vec<(Company, Code)>,
    /// What is wrong with the file; no letter when there is an error.
    pub findings: Vec<FileFinding>,
}

/// Reads companies from CSV (`name`, `stratum`, `corporate_number`) and adds them to the sample.
/// Answers of the last closed wave go with the assignment, so that a company sees last year's
/// value beside this year's. All or nothing: one error, and no company was taken.
///
/// # Errors
/// [`AppError::Conflict`] when the survey is not one of companies or is closed.
pub fn take_companies(
    store: &dyn Store,
    pepper: &[u8; 32],
    survey: SurveyId,
    bytes: &[u8],
) -> Result<Letters, AppError> {
    let survey = read_survey(store, survey)?;
    if survey.mode != Mode::Company {
        return Err(AppError::conflict("survey-not-company", "only company surveys have companies"));
    }
    if survey.state == SurveyState::Closed {
        return Err(AppError::conflict("survey-closed", "a closed survey takes no answers"));
    }
    let sheet = match read_sheet(bytes) {
        Ok(sheet) => sheet,
        Err(error) => return Ok(Letters { findings: vec![error.finding()], ..Letters::default() }),
    };
    let known: BTreeSet<String> =
        store.companies(survey.id)?.into_iter().filter_map(|company| company.corporate_number).collect();
    let rows = match read_rows(&sheet, &survey, known) {
        Ok(rows) => rows,
        Err(findings) => return Ok(Letters { findings, ..Letters::default() }),
    };
    let previous = previous_answers(store, &survey)?;
    let mut letters = Letters::default();
    let mut items = Vec::with_capacity(rows.len());
    let mut rng = keyring::host_rng();
    for row in rows {
        let code = Code::make(&mut rng);
        let response = ResponseId::make(&mut rng);
        let earlier = row.corporate_number.as_ref().and_then(|number| previous.get(number));
        let assignment = Assignment {
            response,
            name: row.name.clone(),
            stratum: row.stratum.clone(),
            corporate_number: row.corporate_number.clone(),
            previous: earlier.cloned().unwrap_or_default(),
        };
        let json = serde_json::to_vec(&assignment).map_err(|error| StoreError::Database(Box::new(error)))?;
        items.push(Item::of_response(ItemKind::Assignment, survey.id, response, json));
        let company = Company {
            response,
            name: row.name,
            stratum: row.stratum,
            corporate_number: row.corporate_number,
            code: code.hash(pepper, COMPANY),
        };
        letters.letters.push((company, code));
    }
    let companies = letters.letters.iter().map(|(company, _)| company.clone()).collect();
    store.put_companies(survey.id, companies, items)?;
    Ok(letters)
}

struct Row {
    name: String,
    stratum: String,
    corporate_number: Option<String>,
}

fn read_rows(
    sheet: &Sheet,
    survey: &Survey,
    mut known: BTreeSet<String>,
) -> Result<Vec<Row>, Vec<FileFinding>> {
    let Some(name_at) = sheet.column(&["name", "名称", "企業名", "会社名"]) else {
        return Err(vec![finding(
            "row 1",
            "name",
            "column-missing",
            ["列「name」(名称)がありません。", "the column `name` is missing"],
            [
                "1 行目に name, stratum, corporate_number と書いてください。",
                "write name, stratum, corporate_number into row 1",
            ],
        )]);
    };
    let stratum_at = sheet.column(&["stratum", "層", "規模"]);
    let number_at = sheet.column(&["corporate_number", "法人番号"]);
    let (mut rows, mut findings) = (Vec::new(), Vec::new());
    for (line, cells) in &sheet.rows {
        let cell = |at: Option<usize>| at.and_then(|at| cells.get(at)).map_or("", String::as_str);
        let row = Row {
            name: cell(Some(name_at)).to_owned(),
            stratum: stratum_of(survey, cell(stratum_at)).unwrap_or_default(),
            corporate_number: corporate_number(cell(number_at)),
        };
        findings.extend(wrong_with(&row, survey, &format!("row {line}"), &mut known));
        rows.push(row);
    }
    if findings.is_empty() { Ok(rows) } else { Err(findings) }
}

/// What is wrong with one company; its number counts as known afterwards.
fn wrong_with(row: &Row, survey: &Survey, place: &str, known: &mut BTreeSet<String>) -> Vec<FileFinding> {
    let mut findings = Vec::new();
    if row.name.is_empty() {
        let what = ["名称がありません。", "the name is missing"];
        findings.push(finding(
            place,
            "name",
            "name-missing",
            what,
            ["名称を書いてください。", "write the name"],
        ));
    }
    if row.stratum.is_empty() {
        let codes: Vec<&str> = survey.strata.iter().map(|stratum| stratum.code.as_str()).collect();
        let codes = codes.join(", ");
        let remedy = [format!("次のどれかを書いてください: {codes}"), format!("write one of: {codes}")];
        let what = ["この調査にない層です。", "the survey has no such stratum"];
        let [ja, en] = &remedy;
        findings.push(finding(place, "stratum", "stratum-unknown", what, [ja, en]));
    }
    let Some(number) = &row.corporate_number else { return findings };
    if !is_corporate_number(number) {
        let what =
            ["法人番号の検査用数字が合いません。", "the check digit of the corporate number does not fit"];
        let remedy = ["13 桁の法人番号を確かめてください。", "check the 13 digits"];
        findings.push(finding(place, "corporate_number", "corporate-number", what, remedy));
    } else if !known.insert(number.clone()) {
        let what = [
            "この法人番号はもう登録されています。",
            "a company of this corporate number is in the sample already",
        ];
        let remedy = ["重なる行を消してください。", "remove the row"];
        findings.push(finding(place, "corporate_number", "company-twice", what, remedy));
    }
    findings
}

fn stratum_of(survey: &Survey, code: &str) -> Option<String> {
    match survey.strata.as_slice() {
        [only] if code.is_empty() => Some(only.code.clone()),
        strata => strata.iter().find(|stratum| stratum.code == code).map(|stratum| stratum.code.clone()),
    }
}

fn corporate_number(cell: &str) -> Option<String> {
    let digits: String = cell
        .chars()
        .filter_map(|letter| match letter {
            '０'..='９' => char::from_digit(letter as u32 - '０' as u32, 10),
            '-' | ' ' | '　' => None,
            other => Some(other),
        })
        .collect();
    (!digits.is_empty()).then_some(digits)
}

/// The check digit of a corporate number (法人番号): 9 less the weighted sum modulo 9.
fn is_corporate_number(number: &str) -> bool {
    let digits: Option<Vec<u32>> = number.chars().map(|letter| letter.to_digit(10)).collect();
    let Some([check, base @ ..]) = digits.as_deref() else { return false };
    let sum: u32 =
        base.iter().rev().zip([1, 2].into_iter().cycle()).map(|(digit, weight)| digit * weight).sum();
    base.len() == 12 && *check == 9 - sum % 9
}

/// Answers of the latest closed wave of the same form, by corporate number.
fn previous_answers(store: &dyn Store, survey: &Survey) -> Result<BTreeMap<String, Answers>, AppError> {
    let earlier = store.surveys()?.into_iter().filter(|other| {
        other.form_name == survey.form_name
            && other.mode == Mode::Company
            && other.state == SurveyState::Closed
            && other.fiscal_year < survey.fiscal_year
    });
    let Some(last) = earlier.max_by_key(|other| other.fiscal_year) else { return Ok(BTreeMap::new()) };
    let numbers: BTreeMap<ResponseId, String> = store
        .companies(last.id)?
        .into_iter()
        .filter_map(|company| Some((company.response, company.corporate_number?)))
        .collect();
    let mut previous = BTreeMap::new();
    store.each_row(last.id, &mut |row| {
        if let Some(number) = numbers.get(&row.row) {
            previous.insert(number.clone(), row.outputs);
        }
    })?;
    Ok(previous)
}

#[cfg(test)]
mod tests {
    use super::is_corporate_number;

    #[test]
    fn the_check_digit_of_a_corporate_number_is_checked() {
        // The worked example of the National Tax Agency: 700110005901 has the check digit 8.
        assert!(is_corporate_number("8700110005901"));
        assert!(!is_corporate_number("7700110005901"));
        assert!(!is_corporate_number("870011000590"));
    }
}
