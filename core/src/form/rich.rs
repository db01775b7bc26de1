//! Rich text: the Markdown subset of XLSForm labels as a tree, and ruby over kanji.

use serde::{Deserialize, Serialize};

/// A label, a hint: pieces of text in order.
pub type Rich = Vec<Piece>;

/// A piece of rich text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "lowercase")]
pub enum Piece {
    /// Plain text.
    Text {
        /// The text.
        v: String,
    },
    /// Strong emphasis (`**…**`).
    Strong {
        /// What is emphasised.
        c: Rich,
    },
    /// Emphasis (`*…*`, `_…_`).
    Em {
        /// What is emphasised.
        c: Rich,
    },
    /// A link (`[…](https://…)`).
    Link {
        /// Target: `https`, `http`, `mailto` or `tel` only.
        href: String,
        /// What is shown.
        c: Rich,
    },
    /// A line break.
    Br,
    /// A heading (`# …`).
    H {
        /// 1 to 6.
        level: u8,
        /// What is shown.
        c: Rich,
    },
    /// Reading above characters (`{漢字|かんじ}`).
    Ruby {
        /// The characters.
        base: String,
        /// How they are read.
        text: String,
    },
}

impl Piece {
    fn text(text: impl Into<String>) -> Self {
        Self::Text { v: text.into() }
    }
}

/// The text of `rich` without any marks; ruby gives the characters, not the reading.
pub fn plain_text(rich: &[Piece]) -> String {
    let mut text = String::new();
    for piece in rich {
        match piece {
            Piece::Text { v } => text.push_str(v),
            Piece::Strong { c } | Piece::Em { c } | Piece::Link { c, .. } | Piece::H { c, .. } => {
                text.push_str(&plain_text(c));
            }
            Piece::Br => text.push(' '),
            Piece::Ruby { base, .. } => text.push_str(base),
        }
    }
    text
}

/// Reads the Markdown subset of XLSForm. HTML is not read: `<span>` tags are dropped,
/// anything else stays text.
pub fn parse_rich(source: &str) -> Rich {
    let mut rich = Rich::new();
    let mut after_line = false;
    for line in source.trim_end_matches('\n').split('\n') {
        let level = line.chars().take_while(|c| *c == '#').count();
        let heading = line.trim_start_matches('#').strip_prefix(' ').filter(|_| (1..=6).contains(&level));
        if let Some(heading) = heading {
            let level = u8::try_from(level).unwrap_or(6);
            rich.push(Piece::H { level, c: parse_inline(&without_spans(heading.trim())) });
            after_line = false;
            continue;
        }
        if after_line {
            rich.push(Piece::Br);
        }
        rich.extend(parse_inline(&without_spans(line)));
        after_line = true;
    }
    rich
}

/// Drops `<span …>` and `</span>`: colours are the design system's.
fn without_spans(line: &str) -> String {
    let mut kept = String::new();
    let mut rest = line;
    while let Some((before, tag)) = rest.split_once('<') {
        kept.push_str(before);
        let name = tag.strip_prefix('/').unwrap_or(tag);
        match tag.split_once('>') {
            Some((_, after)) if name.starts_with("span") => rest = after,
            _ => {
                kept.push('<');
                rest = tag;
            }
        }
    }
    kept.push_str(rest);
    kept
}

fn parse_inline(line: &str) -> Rich {
    let chars: Vec<char> = line.chars().collect();
    let mut reader = Inline { chars: &chars, pieces: Rich::new(), text: String::new() };
    reader.read();
    reader.pieces
}

struct Inline<'a> {
    chars: &'a [char],
    pieces: Rich,
    text: String,
}

impl Inline<'_> {
    fn read(&mut self) {
        let mut at = 0;
        while let Some(&here) = self.chars.get(at) {
            let read = match here {
                '\\' => self.escaped(at),
                '*' | '_' => self.emphasis(at, here),
                '[' => self.link(at),
                '{' => self.ruby(at),
                _ => None,
            };
            at = read.unwrap_or_else(|| {
                self.text.push(here);
                at + 1
            });
        }
        self.flush();
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.pieces.push(Piece::text(std::mem::take(&mut self.text)));
        }
    }

    fn push(&mut self, piece: Piece) {
        self.flush();
        self.pieces.push(piece);
    }

    fn slice(&self, from: usize, to: usize) -> String {
        self.chars.get(from..to).unwrap_or_default().iter().collect()
    }

    fn find(&self, from: usize, wanted: &[char]) -> Option<usize> {
        let tail = self.chars.get(from..)?;
        tail.windows(wanted.len()).position(|window| window == wanted).map(|found| from + found)
    }

    fn escaped(&mut self, at: usize) -> Option<usize> {
        let next = *self.chars.get(at + 1).filter(|c| c.is_ascii_punctuation())?;
        self.text.push(next);
        Some(at + 2)
    }

    fn emphasis(&mut self, at: usize, mark: char) -> Option<usize> {
        let strong = self.chars.get(at + 1) == Some(&mark);
        let marks: &[char] = if strong { &[mark, mark] } else { &[mark] };
        let from = at + marks.len();
        self.chars.get(from).filter(|c| !c.is_whitespace())?;
        // Underscores inside a word are part of the word.
        let before = at.checked_sub(1).and_then(|before| self.chars.get(before));
        if mark == '_' && before.is_some_and(|c| c.is_alphanumeric()) {
            return None;
        }
        let mut to = self.find(from + 1, marks)?;
        while mark == '_' && self.chars.get(to + marks.len()).is_some_and(|c| c.is_alphanumeric()) {
            to = self.find(to + 1, marks)?;
        }
        let c = parse_inline(&self.slice(from, to));
        self.push(if strong { Piece::Strong { c } } else { Piece::Em { c } });
        Some(to + marks.len())
    }

    fn link(&mut self, at: usize) -> Option<usize> {
        let middle = self.find(at, &[']', '('])?;
        let end = self.find(middle, &[')'])?;
        let href = self.slice(middle + 2, end);
        let safe = ["https://", "http://", "mailto:", "tel:"].iter().any(|scheme| href.starts_with(scheme));
        if !safe {
            return None;
        }
        let c = parse_inline(&self.slice(at + 1, middle));
        self.push(Piece::Link { href, c });
        Some(end + 1)
    }

    fn ruby(&mut self, at: usize) -> Option<usize> {
        let end = self.find(at, &['}'])?;
        let inner = self.slice(at + 1, end);
        let (base, text) = inner.split_once(['|', '|'])?;
        if base.is_empty() || text.is_empty() || base.contains('{') {
            return None;
        }
        let piece = Piece::Ruby { base: base.to_owned(), text: text.to_owned() };
        self.push(piece);
        Some(end + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(source: &str) -> String {
        serde_json::to_string(&parse_rich(source)).expect("rich text is plain data")
    }

    #[test]
    fn marks_become_a_tree_and_words_stay_words() {
        assert_eq!(
            json("a **b _c_** d"),
            r#"[{"t":"text","v":"a "},{"t":"strong","c":[{"t":"text","v":"b "},{"t":"em","c":[{"t":"text","v":"c"}]}]},{"t":"text","v":" d"}]"#
        );
        assert_eq!(json("snake_case_name"), r#"[{"t":"text","v":"snake_case_name"}]"#);
        assert_eq!(
            json("_em_ and \\*"),
            r#"[{"t":"em","c":[{"t":"text","v":"em"}]},{"t":"text","v":" and *"}]"#
        );
        assert_eq!(json("5 * 3 = 15"), r#"[{"t":"text","v":"5 * 3 = 15"}]"#);
    }

    #[test]
    fn ruby_lines_headings_and_links_are_read() {
        assert_eq!(
            json("{孤独|こどく}です"),
            r#"[{"t":"ruby","base":"孤独","text":"こどく"},{"t":"text","v":"です"}]"#
        );
        assert_eq!(
            json("# 題\na\nb"),
            r#"[{"t":"h","level":1,"c":[{"t":"text","v":"題"}]},{"t":"text","v":"a"},{"t":"br"},{"t":"text","v":"b"}]"#
        );
        assert_eq!(
            json("[区](https://example.jp)"),
            r#"[{"t":"link","href":"https://example.jp","c":[{"t":"text","v":"区"}]}]"#
        );
    }

    #[test]
    fn html_and_scripts_stay_text() {
        assert_eq!(json("[x](javascript:alert(1))"), r#"[{"t":"text","v":"[x](javascript:alert(1))"}]"#);
        assert_eq!(json("<b>x</b>"), r#"[{"t":"text","v":"<b>x</b>"}]"#);
        assert_eq!(json("<span style=\"color:red\">x</span>"), r#"[{"t":"text","v":"x"}]"#);
        assert_eq!(plain_text(&parse_rich("**{孤独|こどく}** a\nb")), "孤独 a b");
    }
}
