//! What is printed, and how a command ends.

use std::{
    fmt::Display,
    io::{self, Write as _},
    process::ExitCode,
};

use serde_json::{Value, json};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// Done.
    Ok,
    /// Something is wrong with what was looked at.
    Findings,
}

/// A command could not be done.
#[derive(Debug)]
pub(super) enum Failure {
    /// What was typed cannot be.
    Usage(String),
    /// The server refused.
    Refused {
        /// Stable word.
        code: String,
        /// What is wrong and what to do.
        detail: String,
    },
    /// The machine or the data folder.
    Environment(String),
}

impl Failure {
    /// Something of the machine, in words.
    pub(super) fn environment(words: impl Display) -> Self {
        Self::Environment(words.to_string())
    }

    fn code(&self) -> u8 {
        match self {
            Self::Refused { .. } => 1,
            Self::Usage(_) => 2,
            Self::Environment(_) => 3,
        }
    }
}

/// Prints for people or for programs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    /// JSON.
    pub(super) json: bool,
    /// Japanese; English otherwise.
    pub(super) japanese: bool,
}

impl Output {
    /// Reads the language of the terminal.
    pub(super) fn new(json: bool) -> Self {
        let language = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
        Self { json, japanese: language.is_some_and(|language| language.starts_with("ja")) }
    }

    /// Prints a value for programs, or words for people.
    pub(super) fn show(self, value: &Value, words: impl Display) {
        if self.json { line(value) } else { line(words) }
    }

    /// One of two sentences, by the language of the terminal.
    pub(super) fn say<'a>(self, ja: &'a str, en: &'a str) -> &'a str {
        if self.japanese { ja } else { en }
    }

    /// Language tag for texts.
    pub(super) const fn language(self) -> &'static str {
        if self.japanese { "ja" } else { "en" }
    }

    /// Reports how a command ended.
    pub(super) fn end(self, outcome: Result<Ending, Failure>) -> ExitCode {
        match outcome {
            Ok(Ending::Ok) => ExitCode::SUCCESS,
            Ok(Ending::Findings) => ExitCode::from(1),
            Err(failure) => {
                let (code, words) = match &failure {
                    Failure::Refused { code, detail } => (code.as_str(), detail),
                    Failure::Usage(words) => ("usage", words),
                    Failure::Environment(words) => ("environment", words),
                };
                if self.json {
                    line(json!({ "error": { "code": code, "detail": words } }));
                } else {
                    let _ = writeln!(io::stderr(), "tsumugi: {words}");
                }
                ExitCode::from(failure.code())
            }
        }
    }
}

/// Prints a line; a closed pipe is no failure of ours.
fn line(words: impl Display) {
    let _ = writeln!(io::stdout(), "{words}");
}
