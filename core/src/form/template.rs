//! Labels with outputs: rich text in which `${expression}` stands for a value.
//!
//! The text is parsed once; values are put in afterwards, so what a person answered is
//! never read as Markdown.

use super::rich::{Piece, Rich, parse_rich};
use crate::text::Localized;

/// Stands for the first output inside parsed text; the next ones follow it. The characters
/// lie in a private plane of Unicode and are taken out of what authors write.
const FIRST_MARK: u32 = 0xF_0000;
/// Most outputs in one label.
const MOST_OUTPUTS: u32 = 1_000;

/// The same label in every language that it has.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts(Vec<(String, Template)>);

/// A label in one language.
#[derive(Debug, Clone, Default)]
pub(super) struct Template {
    rich: Rich,
    outputs: Vec<usize>,
    /// What the author wrote, with Markdown, between the outputs.
    written: Vec<String>,
}

impl Texts {
    /// Parses each language; `take` is given the source of each output and names it.
    pub(super) fn parse(source: &Localized, mut take: impl FnMut(&str) -> Option<usize>) -> Self {
        let parse = |(tag, text): (&String, &String)| (tag.clone(), Template::parse(text, &mut take));
        Self(source.0.iter().map(parse).collect())
    }

    /// True when no language has a text.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The label in `language`, or in the next best one, as [`Localized::get`] chooses.
    pub(super) fn get(&self, language: &str) -> Option<&Template> {
        let base = language.split('-').next().unwrap_or(language);
        let of = |tag: &str| self.0.iter().find(|(known, _)| known == tag);
        let found = [language, base, "default", "ja", "en"].into_iter().find_map(of);
        found.or_else(|| self.0.first()).map(|(_, template)| template)
    }
}

impl Template {
    fn parse(source: &str, take: &mut impl FnMut(&str) -> Option<usize>) -> Self {
        let mut text = String::new();
        let mut outputs = Vec::new();
        let mut rest = source;
        while let Some((before, after)) = rest.split_once("${") {
            text.extend(before.chars().filter(|c| !is_mark(*c)));
            let Some((expression, behind)) = split_output(after) else {
                text.push_str("${");
                rest = after;
                continue;
            };
            let mark = u32::try_from(outputs.len()).ok().filter(|count| *count < MOST_OUTPUTS);
            if let (Some(mark), Some(output)) =
                (mark.and_then(|m| char::from_u32(FIRST_MARK + m)), take(expression))
            {
                text.push(mark);
                outputs.push(output);
            }
            rest = behind;
        }
        text.extend(rest.chars().filter(|c| !is_mark(*c)));
        let written = text.split(is_mark).map(str::to_owned).collect();
        Self { rich: parse_rich(&text), outputs, written }
    }

    /// The text as it was written, with the value of each output in its place.
    pub(super) fn fill_written(&self, mut value: impl FnMut(usize) -> String) -> String {
        let mut filled = String::new();
        for (at, text) in self.written.iter().enumerate() {
            filled.push_str(text);
            filled.extend(self.outputs.get(at).map(|&output| value(output)));
        }
        filled
    }

    /// The rich text with the value of each output in its place.
    pub(super) fn fill(&self, mut value: impl FnMut(usize) -> String) -> Rich {
        if self.outputs.is_empty() {
            return self.rich.clone();
        }
        let values: Vec<String> = self.outputs.iter().map(|&output| value(output)).collect();
        self.rich.iter().map(|piece| fill_piece(piece, &values)).collect()
    }
}

/// Divides `expression} behind`, passing over braces in quotes.
fn split_output(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    let end = text.char_indices().find_map(|(at, c)| match (quote, c) {
        (None, '}') => Some(at),
        (None, '"' | '\'') => {
            quote = Some(c);
            None
        }
        (Some(open), c) if open == c => {
            quote = None;
            None
        }
        _ => None,
    })?;
    let (expression, behind) = text.split_at_checked(end)?;
    Some((expression.trim(), behind.strip_prefix('}')?))
}

fn is_mark(c: char) -> bool {
    (FIRST_MARK..FIRST_MARK + MOST_OUTPUTS).contains(&u32::from(c))
}

fn fill_text(text: &str, values: &[String]) -> String {
    let mut filled = String::with_capacity(text.len());
    for c in text.chars() {
        let mark = u32::from(c).checked_sub(FIRST_MARK).and_then(|mark| usize::try_from(mark).ok());
        match mark.and_then(|mark| values.get(mark)) {
            Some(value) => filled.push_str(value),
            None => filled.push(c),
        }
    }
    filled
}

fn fill_piece(piece: &Piece, values: &[String]) -> Piece {
    let fill_all = |c: &[Piece]| c.iter().map(|piece| fill_piece(piece, values)).collect();
    match piece {
        Piece::Text { v } => Piece::Text { v: fill_text(v, values) },
        Piece::Strong { c } => Piece::Strong { c: fill_all(c) },
        Piece::Em { c } => Piece::Em { c: fill_all(c) },
        Piece::Link { href, c } => Piece::Link { href: fill_text(href, values), c: fill_all(c) },
        Piece::Br => Piece::Br,
        Piece::H { level, c } => Piece::H { level: *level, c: fill_all(c) },
        Piece::Ruby { base, text } => {
            Piece::Ruby { base: fill_text(base, values), text: fill_text(text, values) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::plain_text;

    #[test]
    fn an_answer_in_a_label_is_never_read_as_markdown() {
        let mut sources = Vec::new();
        let texts =
            Texts::parse(&Localized::plain("**${ /data/name }** ${if(1, '}', 'b')} ${open"), |source| {
                sources.push(source.to_owned());
                Some(sources.len() - 1)
            });
        let label = texts.get("ja").map(|label| label.fill(|output| ["*x*", "y"][output].to_owned()));
        let label = label.expect("the label has a text");
        assert_eq!(label[0], Piece::Strong { c: vec![Piece::Text { v: "*x*".to_owned() }] });
        assert_eq!(plain_text(&label), "*x* y ${open");
        assert_eq!(sources, ["/data/name", "if(1, '}', 'b')"]);
    }
}
