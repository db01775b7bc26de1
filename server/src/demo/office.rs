//! What the ward's staff do: publish forms, make surveys, print cards and letters, close.

use tsumugi_core::{
    id::{ItemId, SurveyId},
    survey::Mode,
};

use super::{DemoError, client::Client, company::Typed, waves::Wave};
use crate::api::{
    CardSheet, CloseReport, CloseSurvey, CompanyLetter, CompanyLetters, DeviceCode, FileFinding, FormUpload,
    FormView, NewCards, NewDeviceCode, NewSurvey, Readiness, RowsTaken, SurveyView,
};

/// The ten workbooks that the ward fields, as they stand in `forms/`.
pub const WORKBOOKS: &[(&str, &[u8])] = &[
    ("loneliness", include_bytes!("../../../forms/loneliness.xlsx")),
    ("company-telework", include_bytes!("../../../forms/company-telework.xlsx")),
    ("resident", include_bytes!("../../../forms/resident.xlsx")),
    ("supported-company-follow-up", include_bytes!("../../../forms/supported-company-follow-up.xlsx")),
    ("digital-juku-follow-up", include_bytes!("../../../forms/digital-juku-follow-up.xlsx")),
    ("support-register", include_bytes!("../../../forms/support-register.xlsx")),
    ("training-register", include_bytes!("../../../forms/training-register.xlsx")),
    ("procedure-inventory", include_bytes!("../../../forms/procedure-inventory.xlsx")),
    ("staff-attendance", include_bytes!("../../../forms/staff-attendance.xlsx")),
    ("bpr-register", include_bytes!("../../../forms/bpr-register.xlsx")),
];

/// A signed-in field manager.
pub struct Office {
    client: Client,
    passphrase: String,
}

impl Office {
    /// Takes a signed-in client.
    pub const fn new(client: Client, passphrase: String) -> Self {
        Self { client, passphrase }
    }

    /// Uploads and publishes a workbook.
    ///
    /// # Errors
    /// [`DemoError`] with the server's answer.
    pub fn publish(&self, name: &str, workbook: &[u8]) -> Result<ItemId, DemoError> {
        let path = format!("/v1/forms?filename={name}.xlsx");
        let media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        let upload: FormUpload = self.client.post_bytes(&path, media, workbook)?;
        let Some(form) = upload.form_id else {
            return Err(DemoError::reply(&path, 200, &first(&upload.findings)));
        };
        let _: FormView = self.client.post(&format!("/v1/forms/{form}/publish"), &())?;
        Ok(form)
    }

    /// Makes and opens a survey.
    pub(crate) fn open_survey(&self, form: ItemId, wave: &Wave) -> Result<SurveyView, DemoError> {
        let survey = NewSurvey {
            form,
            mode: wave.mode,
            title: wave.title.clone(),
            fiscal_year: wave.fiscal_year,
            opens: wave.opens.clone(),
            closes: wave.closes.clone(),
            strata: wave.strata.clone(),
            contact: None,
            fictitious: true,
            passphrase: (wave.mode == Mode::Anonymous).then(|| self.passphrase.clone()),
            record_bytes: None,
        };
        self.open(&survey)
    }

    /// Makes a survey and opens it.
    ///
    /// # Errors
    /// [`DemoError`] with the server's answer.
    pub fn open(&self, survey: &NewSurvey) -> Result<SurveyView, DemoError> {
        let made: SurveyView = self.client.post("/v1/surveys", survey)?;
        self.client.post(&format!("/v1/surveys/{}/open", made.id), &())
    }

    /// Prints cards of a stratum.
    ///
    /// # Errors
    /// [`DemoError`] with the server's answer.
    pub fn cards(&self, survey: SurveyId, stratum: &str, count: u32) -> Result<Vec<String>, DemoError> {
        let cards = NewCards { stratum: stratum.to_owned(), count, qr: false };
        let sheet: CardSheet = self.client.post(&format!("/v1/surveys/{survey}/cards"), &cards)?;
        Ok(sheet.cards.into_iter().map(|card| card.code).collect())
    }

    /// Writes letters to companies: name, stratum and corporate number of each.
    ///
    /// # Errors
    /// [`DemoError`] with the server's answer.
    pub fn letters(
        &self,
        survey: SurveyId,
        companies: &[(&str, &str, &str)],
    ) -> Result<Vec<CompanyLetter>, DemoError> {
        let head = "name,stratum,corporate_number\n".to_owned();
        let csv = companies
            .iter()
            .fold(head, |csv, (name, stratum, number)| csv + &format!("{name},{stratum},{number}\n"));
        let path = format!("/v1/surveys/{survey}/companies?qr=false");
        let letters: CompanyLetters = self.client.post_bytes(&path, "text/csv", csv.as_bytes())?;
        if letters.letters.len() == companies.len() {
            return Ok(letters.letters);
        }
        Err(DemoError::reply(&path, 200, &first(&letters.findings)))
    }

    /// Imports rows of a register from CSV.
    ///
    /// # Errors
    /// [`DemoError`] with the server's answer.
    pub fn rows(&self, survey: SurveyId, rows: &[Typed]) -> Result<usize, DemoError> {
        let path = format!("/v1/surveys/{survey}/rows");
        let taken: RowsTaken = self.client.post_bytes(&path, "text/csv", csv(rows).as_bytes())?;
        if taken.accepted == rows.len() {
            return Ok(taken.accepted);
        }
        Err(DemoError::reply(&path, 200, &first(&taken.findings)))
    }

    /// A right to enrol one tablet.
    ///
    /// # Errors
    /// [`DemoError`] with the server's answer.
    pub fn device_code(&self, name: &str, surveys: &[SurveyId]) -> Result<String, DemoError> {
        let code = NewDeviceCode { name: name.to_owned(), surveys: surveys.to_vec() };
        Ok(self.client.post::<DeviceCode>("/v1/devices/codes", &code)?.code)
    }

    /// Waits until the server has admitted every change that it was sent.
    ///
    /// # Errors
    /// [`DemoError`] with the server's answer.
    pub fn settle(&self) -> Result<(), DemoError> {
        for _ in 0..3_000 {
            let readiness: Readiness = self.client.get("/readyz")?;
            if readiness.inbox == 0 {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Err(DemoError::Endless)
    }

    /// Closes a survey; anonymous records are opened and counted.
    ///
    /// # Errors
    /// [`DemoError`] with the server's answer.
    pub fn close(&self, survey: SurveyId) -> Result<CloseReport, DemoError> {
        let passphrase = CloseSurvey { passphrase: Some(self.passphrase.clone()) };
        self.client.post(&format!("/v1/surveys/{survey}/close"), &passphrase)
    }
}

/// The first finding in words, and how many there are.
fn first(findings: &[FileFinding]) -> String {
    let words = |finding: &FileFinding| {
        format!(
            "{} {}: {}; {}",
            finding.cell,
            finding.column,
            finding.what.get("en"),
            finding.remedy.get("en")
        )
    };
    format!("{} findings, the first: {}", findings.len(), findings.first().map(words).unwrap_or_default())
}

/// Rows with different cells as one CSV: a column for each name, in order of first appearance.
fn csv(rows: &[Typed]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in rows.iter().flatten() {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let mut text = names.join(",") + "\n";
    for row in rows {
        let cells: Vec<&str> = names
            .iter()
            .map(|name| row.iter().find(|(cell, _)| cell == name).map_or("", |(_, text)| text.as_str()))
            .collect();
        text += &cells.join(",");
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::csv;

    #[test]
    fn rows_with_different_cells_share_one_header() {
        let cell = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let rows = [vec![cell("id", "1"), cell("yen", "5")], vec![cell("id", "2"), cell("hours", "3")]];
        assert_eq!(csv(&rows), "id,yen,hours\n1,5,\n2,,3\n");
    }
}
