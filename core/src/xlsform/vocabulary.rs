//! The words of XLSForm that the importer knows: what docs/FORMS.md lists and its test holds
//! against the code.

use super::{appearance::APPEARANCES, header, kinds, parameters};

/// The words of XLSForm, as they are written in a workbook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// Types with all their spellings; the first is the one to use.
    pub types: Vec<Vec<&'static str>>,
    /// Columns of the survey sheet.
    pub survey: Vec<&'static str>,
    /// Columns of the choices sheet.
    pub choices: Vec<&'static str>,
    /// Columns of the settings sheet.
    pub settings: Vec<&'static str>,
    /// Parameters, each once.
    pub parameters: Vec<&'static str>,
    /// Appearances; one with a part that varies ends in `…`.
    pub appearances: Vec<&'static str>,
}

/// All words that the importer knows.
pub fn vocabulary() -> Vocabulary {
    Vocabulary {
        types: kinds::spellings(),
        survey: header::known(header::Kind::Survey).to_vec(),
        choices: header::known(header::Kind::Choices).to_vec(),
        settings: header::known(header::Kind::Settings).to_vec(),
        parameters: parameters::all(),
        appearances: APPEARANCES.to_vec(),
    }
}
