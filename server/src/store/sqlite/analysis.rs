//! Responses as projected, rows for analysis, tallies, and what was released of them.

use rusqlite::Connection;
use tsumugi_core::id::{ResponseId, SurveyId};

use super::{
    database::SqliteStore,
    json::{from_json, to_json},
};
use crate::store::{Analysis, AnalysisRow, ResponseState, Stored, StoredLedger, StoredTally};

/// Puts what the projector knows of a response.
pub(super) fn put_response(
    db: &Connection,
    survey: SurveyId,
    response: ResponseId,
    state: &ResponseState,
) -> Stored<()> {
    db.prepare_cached(
        "INSERT INTO responses (survey, response, stratum, state, conflicts)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (survey, response) DO UPDATE
         SET stratum = excluded.stratum, state = excluded.state, conflicts = excluded.conflicts",
    )?
    .execute((survey.as_bytes(), response.as_bytes(), &state.stratum, &state.state, state.conflicts))?;
    Ok(())
}

/// Puts or removes the row of a response.
pub(super) fn replace_row(
    db: &Connection,
    survey: SurveyId,
    response: ResponseId,
    row: Option<&AnalysisRow>,
) -> Stored<()> {
    match row {
        Some(row) => put_row(db, survey, row),
        None => {
            db.prepare_cached("DELETE FROM rows WHERE survey = ?1 AND row = ?2")?
                .execute((survey.as_bytes(), response.as_bytes()))?;
            Ok(())
        }
    }
}

fn put_row(db: &Connection, survey: SurveyId, row: &AnalysisRow) -> Stored<()> {
    db.prepare_cached(
        "INSERT INTO rows (survey, row, stratum, outputs)
         VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (survey, row) DO UPDATE
         SET stratum = excluded.stratum, outputs = excluded.outputs",
    )?
    .execute((survey.as_bytes(), row.row.as_bytes(), &row.stratum, to_json(&row.outputs)?))?;
    Ok(())
}

impl Analysis for SqliteStore {
    fn responses(&self, survey: SurveyId) -> Stored<Vec<(ResponseId, ResponseState)>> {
        self.read(|db| {
            let mut select = db.prepare_cached(
                "SELECT response, stratum, state, conflicts FROM responses WHERE survey = ?1",
            )?;
            let rows = select.query_map([survey.as_bytes()], |row| {
                let state =
                    ResponseState { stratum: row.get(1)?, state: row.get(2)?, conflicts: row.get(3)? };
                Ok((ResponseId::from_bytes(row.get(0)?), state))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn clear_rows(&self, survey: SurveyId) -> Stored<()> {
        self.write(move |db| {
            db.execute("DELETE FROM rows WHERE survey = ?1", [survey.as_bytes()])?;
            Ok(())
        })
    }

    fn put_rows(&self, survey: SurveyId, rows: Vec<AnalysisRow>) -> Stored<()> {
        self.write(move |db| rows.iter().try_for_each(|row| put_row(db, survey, row)))
    }

    fn mark_counted(&self, survey: SurveyId, refused: Vec<(u16, u64)>) -> Stored<()> {
        self.write(move |db| {
            for (stratum, count) in &refused {
                db.execute(
                    "UPDATE sealed_counts SET refused = refused + ?3 WHERE survey = ?1 AND stratum = ?2",
                    (survey.as_bytes(), stratum, count),
                )?;
            }
            db.execute("UPDATE surveys SET counted = 1 WHERE id = ?1", [survey.as_bytes()])?;
            Ok(())
        })
    }

    fn is_counted(&self, survey: SurveyId) -> Stored<bool> {
        let sql = "SELECT COALESCE(MAX(counted), 0) FROM surveys WHERE id = ?1";
        self.read(|db| Ok(db.query_row(sql, [survey.as_bytes()], |row| row.get(0))?))
    }

    fn row_count(&self, survey: SurveyId) -> Stored<u64> {
        let sql = "SELECT COUNT(*) FROM rows WHERE survey = ?1";
        self.read(|db| Ok(db.prepare_cached(sql)?.query_row([survey.as_bytes()], |row| row.get(0))?))
    }

    fn each_row(&self, survey: SurveyId, each: &mut dyn FnMut(AnalysisRow)) -> Stored<()> {
        self.read(|db| {
            let mut select =
                db.prepare("SELECT row, stratum, outputs FROM rows WHERE survey = ?1 ORDER BY row")?;
            let mut rows = select.query([survey.as_bytes()])?;
            while let Some(row) = rows.next()? {
                let outputs = row.get_ref(2)?.as_str().unwrap_or_default();
                each(AnalysisRow {
                    row: ResponseId::from_bytes(row.get(0)?),
                    stratum: row.get(1)?,
                    outputs: from_json(outputs, "a row")?,
                });
            }
            Ok(())
        })
    }

    fn put_tallies(&self, tallies: Vec<StoredTally>) -> Stored<()> {
        self.write(move |db| {
            let mut put = db.prepare_cached(
                "INSERT INTO tallies (indicator, survey, definition, tally)
                 VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (indicator, survey) DO UPDATE
                 SET definition = excluded.definition, tally = excluded.tally",
            )?;
            for tally in &tallies {
                put.execute((&tally.indicator, tally.survey.as_bytes(), &tally.definition, &tally.tally))?;
            }
            Ok(())
        })
    }

    fn put_ledger(&self, ledger: StoredLedger) -> Stored<()> {
        self.write(move |db| {
            let mut put = db.prepare_cached(
                "INSERT INTO ledgers (survey, units, ledger)
                 VALUES (?1, ?2, ?3)
                 ON CONFLICT (survey, units) DO UPDATE
                 SET ledger = excluded.ledger",
            )?;
            put.execute((ledger.survey.as_bytes(), &ledger.units, &ledger.ledger))?;
            Ok(())
        })
    }

    fn ledgers(&self) -> Stored<Vec<StoredLedger>> {
        self.read(|db| {
            let mut select = db.prepare_cached("SELECT survey, units, ledger FROM ledgers")?;
            let rows = select.query_map([], |row| {
                Ok(StoredLedger {
                    survey: SurveyId::from_bytes(row.get(0)?),
                    units: row.get(1)?,
                    ledger: row.get(2)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn tallies(&self) -> Stored<Vec<StoredTally>> {
        self.read(|db| {
            let mut select = db.prepare_cached("SELECT indicator, survey, definition, tally FROM tallies")?;
            let rows = select.query_map([], |row| {
                Ok(StoredTally {
                    indicator: row.get(0)?,
                    survey: SurveyId::from_bytes(row.get(1)?),
                    definition: row.get(2)?,
                    tally: row.get(3)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
