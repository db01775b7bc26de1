//! Forms, surveys, their keys and companies.

use rusqlite::{Connection, OptionalExtension, Row};
use tsumugi_core::{
    id::{ItemId, ResponseId, SurveyId},
    item::{Item, ItemKind},
    survey::{Survey, SurveyState},
};

use super::{
    database::SqliteStore,
    json::{from_json, to_json},
    log::append,
};
use crate::store::{Catalogue, Company, LockedKey, SecretHash, StoreError, Stored, StoredForm};

type FormColumns = ([u8; 32], String, String, bool);

fn form_columns(row: &Row<'_>) -> rusqlite::Result<FormColumns> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn form((id, definition, file_name, published): FormColumns) -> Stored<StoredForm> {
    let definition = from_json(&definition, "a form")?;
    Ok(StoredForm { id: ItemId::from_bytes(id), definition, file_name, published })
}

/// Names of forms whose definition no longer fits: a form's id is that of its item in no survey.
pub(super) fn changed_forms(db: &Connection) -> Stored<Vec<String>> {
    let mut wrong = Vec::new();
    let mut select = db.prepare("SELECT id, CAST(definition AS BLOB) FROM forms")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let id = ItemId::from_bytes(row.get(0)?);
        if Item::of_survey(ItemKind::Form, SurveyId::from_bytes([0; 16]), row.get(1)?).id() != id {
            wrong.push(format!("form {id} has changed since it was written"));
        }
    }
    Ok(wrong)
}

fn company(row: &Row<'_>) -> rusqlite::Result<(SurveyId, Company)> {
    Ok((
        SurveyId::from_bytes(row.get(0)?),
        Company {
            response: ResponseId::from_bytes(row.get(1)?),
            name: row.get(2)?,
            stratum: row.get(3)?,
            corporate_number: row.get(4)?,
            code: row.get(5)?,
        },
    ))
}

const COMPANY: &str = "SELECT survey, response, name, stratum, corporate_number, code FROM companies";

impl Catalogue for SqliteStore {
    fn put_form(&self, form: StoredForm, now: i64) -> Stored<()> {
        self.write(move |db| {
            db.execute(
                "INSERT OR IGNORE INTO forms (id, definition, file_name, published, uploaded)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                (form.id.as_bytes(), to_json(&form.definition)?, &form.file_name, form.published, now),
            )?;
            Ok(())
        })
    }

    fn publish_form(&self, id: ItemId) -> Stored<bool> {
        self.write(move |db| {
            Ok(db.execute("UPDATE forms SET published = 1 WHERE id = ?1", [id.as_bytes()])? > 0)
        })
    }

    fn form(&self, id: ItemId) -> Stored<Option<StoredForm>> {
        let sql = "SELECT id, definition, file_name, published FROM forms WHERE id = ?1";
        let found = self.read(|db| Ok(db.query_row(sql, [id.as_bytes()], form_columns).optional()?))?;
        found.map(form).transpose()
    }

    fn forms(&self) -> Stored<Vec<StoredForm>> {
        let sql = "SELECT id, definition, file_name, published FROM forms ORDER BY uploaded DESC, id";
        self.read(|db| {
            let mut select = db.prepare_cached(sql)?;
            let rows = select.query_map([], form_columns)?;
            rows.map(|columns| form(columns?)).collect()
        })
    }

    fn put_survey(&self, survey: Survey, key: Option<LockedKey>, items: Vec<Item>) -> Stored<()> {
        self.write(move |db| {
            let written = db.execute(
                "INSERT INTO surveys (id, revision, open, survey)
                 VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (id) DO UPDATE
                 SET revision = excluded.revision, open = excluded.open, survey = excluded.survey
                 WHERE excluded.revision > revision",
                (survey.id.as_bytes(), survey.revision, survey.state == SurveyState::Open, to_json(&survey)?),
            )?;
            if written == 0 {
                return Err(StoreError::Missing { what: "the revision that was changed" });
            }
            if let Some(key) = key {
                db.execute(
                    "INSERT INTO survey_keys (survey, salt, memory_kib, locked) VALUES (?1, ?2, ?3, ?4)",
                    (survey.id.as_bytes(), key.salt, key.memory_kib, key.locked),
                )?;
            }
            append(db, &items)
        })
    }

    fn survey(&self, id: SurveyId) -> Stored<Option<Survey>> {
        let sql = "SELECT survey FROM surveys WHERE id = ?1";
        let found: Option<String> = self.read(|db| {
            Ok(db.prepare_cached(sql)?.query_row([id.as_bytes()], |row| row.get(0)).optional()?)
        })?;
        found.map(|json| from_json(&json, "a survey")).transpose()
    }

    fn surveys(&self) -> Stored<Vec<Survey>> {
        self.read(|db| {
            let mut select = db.prepare_cached("SELECT survey FROM surveys ORDER BY id")?;
            let rows = select.query_map([], |row| row.get::<_, String>(0))?;
            rows.map(|json| from_json(&json?, "a survey")).collect()
        })
    }

    fn survey_key(&self, id: SurveyId) -> Stored<Option<LockedKey>> {
        let sql = "SELECT salt, memory_kib, locked FROM survey_keys WHERE survey = ?1";
        self.read(|db| {
            let key = db.query_row(sql, [id.as_bytes()], |row| {
                Ok(LockedKey { salt: row.get(0)?, memory_kib: row.get(1)?, locked: row.get(2)? })
            });
            Ok(key.optional()?)
        })
    }

    fn put_companies(&self, survey: SurveyId, companies: Vec<Company>, items: Vec<Item>) -> Stored<()> {
        self.write(move |db| {
            let mut insert = db.prepare_cached(
                "INSERT INTO companies (survey, response, name, stratum, corporate_number, code)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            let mut expect = db.prepare_cached(
                "INSERT INTO responses (survey, response, stratum, state, conflicts)
                 VALUES (?1, ?2, ?3, 'empty', 0)",
            )?;
            for company in &companies {
                insert.execute((
                    survey.as_bytes(),
                    company.response.as_bytes(),
                    &company.name,
                    &company.stratum,
                    &company.corporate_number,
                    company.code,
                ))?;
                expect.execute((survey.as_bytes(), company.response.as_bytes(), &company.stratum))?;
            }
            append(db, &items)
        })
    }

    fn companies(&self, survey: SurveyId) -> Stored<Vec<Company>> {
        self.read(|db| {
            let mut select = db.prepare_cached(&format!("{COMPANY} WHERE survey = ?1 ORDER BY name"))?;
            let rows = select.query_map([survey.as_bytes()], |row| Ok(company(row)?.1))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn company_by_code(&self, code: SecretHash) -> Stored<Option<(SurveyId, Company)>> {
        self.read(|db| {
            let mut select = db.prepare_cached(&format!("{COMPANY} WHERE code = ?1"))?;
            Ok(select.query_row([code], company).optional()?)
        })
    }
}
