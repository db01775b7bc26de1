//! What a tablet's child does, a line each: `try …` before the call, `did` when it returned Ok.
//!
//! The line `did` is the acknowledgement: from then on the person may put the tablet down.

use std::{fmt, str::FromStr};

/// One thing that a person asks of the tablet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// The storage is opened.
    Open,
    /// An answer of a company is typed and its field left.
    Answer {
        /// The response, hexadecimal.
        response: String,
        /// The question.
        path: String,
        /// What was typed; holds no space.
        text: String,
    },
    /// An anonymous entry is sealed under a card.
    Seal {
        /// Which card of the ward, from 0.
        card: usize,
    },
    /// Everything that waits is sent, and news taken.
    Sync,
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => write!(f, "open"),
            Self::Answer { response, path, text } => write!(f, "answer {response} {path} {text}"),
            Self::Seal { card } => write!(f, "seal {card}"),
            Self::Sync => write!(f, "sync"),
        }
    }
}

/// A line that is none of a deed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotADeed(pub String);

impl FromStr for Deed {
    type Err = NotADeed;

    fn from_str(line: &str) -> Result<Self, NotADeed> {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["open"] => Ok(Self::Open),
            ["sync"] => Ok(Self::Sync),
            ["answer", response, path, text] => Ok(Self::Answer {
                response: (*response).to_owned(),
                path: (*path).to_owned(),
                text: (*text).to_owned(),
            }),
            ["seal", card] => {
                card.parse().map(|card| Self::Seal { card }).map_err(|_| NotADeed(line.to_owned()))
            }
            _ => Err(NotADeed(line.to_owned())),
        }
    }
}

/// What became of a deed, as far as the child told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The call returned Ok: this is the acknowledgement.
    Done,
    /// The call returned an error, in these words: it may have happened or not.
    Failed(String),
    /// The child ended before the call came back: it may have happened or not.
    Cut,
}

/// What one life of a child said before it ended, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Each deed that was begun.
    pub deeds: Vec<(Deed, Ending)>,
}

impl Told {
    /// Reads the lines of a child; a line without its end was never told.
    ///
    /// # Errors
    /// [`NotADeed`] with the line that is none of a deed.
    pub fn read(text: &str) -> Result<Self, NotADeed> {
        let mut told = Self::default();
        for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            told.hear(line)?;
        }
        Ok(told)
    }

    /// Takes one whole line.
    ///
    /// # Errors
    /// [`NotADeed`] when it is none of a deed.
    pub fn hear(&mut self, line: &str) -> Result<(), NotADeed> {
        if let Some(deed) = line.strip_prefix("try ") {
            self.deeds.push((deed.parse()?, Ending::Cut));
            return Ok(());
        }
        let ending = match line.strip_prefix("failed ") {
            Some(words) => Ending::Failed(words.to_owned()),
            None if line == "did" => Ending::Done,
            None => return Err(NotADeed(line.to_owned())),
        };
        match self.deeds.last_mut() {
            Some((_, last)) if *last == Ending::Cut => *last = ending,
            _ => return Err(NotADeed(line.to_owned())),
        }
        Ok(())
    }

    /// How many deeds were acknowledged.
    pub fn done(&self) -> usize {
        self.deeds.iter().filter(|(_, ending)| *ending == Ending::Done).count()
    }

    /// What the child was told when a call failed.
    pub fn failures(&self) -> impl Iterator<Item = (&Deed, &str)> {
        self.deeds.iter().filter_map(|(deed, ending)| match ending {
            Ending::Failed(words) => Some((deed, words.as_str())),
            Ending::Done | Ending::Cut => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Deed, Ending, Told};

    #[test]
    fn what_was_tried_counts_as_done_only_when_the_call_came_back() {
        let text = "try open\ndid\ntry seal 3\nfailed no space\ntry answer ab p/q 7\ndi";
        let told = Told::read(text).expect("lines");
        let answer = Deed::Answer { response: "ab".into(), path: "p/q".into(), text: "7".into() };
        assert_eq!(
            told.deeds,
            [
                (Deed::Open, Ending::Done),
                (Deed::Seal { card: 3 }, Ending::Failed("no space".into())),
                (answer, Ending::Cut),
            ]
        );
    }

    #[test]
    fn a_line_that_is_none_of_a_deed_is_not_passed_over() {
        assert!(Told::read("try open\ndid\nthread 'main' panicked\n").is_err());
        assert!(Told::read("did\n").is_err());
    }
}
