//! Population totals from a CSV file: `margin,class,total`, one class a line.
//!
//! RFC 4180 with a header; every mistake is reported with its line and column, all at once.

use std::collections::BTreeMap;

/// How many of the population are in each class of one characteristic.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PopulationMargin {
    /// Name of the characteristic (`sex`); two joined by `*` are one margin of their pairs.
    pub name: String,
    /// Population of each class.
    pub totals: BTreeMap<String, f64>,
}

/// A mistake in the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct MarginIssue {
    /// Line, from 1.
    pub line: usize,
    /// Field of the line, from 1.
    pub column: usize,
    /// What is wrong.
    pub problem: MarginProblem,
}

/// What can be wrong with a file of margins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarginProblem {
    /// The header is another one.
    #[error("the header is `margin,class,total`")]
    Header,
    /// A line with more or fewer fields.
    #[error("a line has 3 fields, this one {0}")]
    Fields(usize),
    /// A quotation mark that does not close, or stands inside of an unquoted field.
    #[error("a quotation mark is out of place")]
    Quote,
    /// A field without text.
    #[error("this field is empty")]
    Empty,
    /// A total that is no number of units.
    #[error("this is not a number of units: write digits and a point only")]
    Total,
    /// A class that stands twice in its margin.
    #[error("this class stands already on line {0}")]
    Twice(usize),
    /// A margin that adds up to another population than the first one.
    #[error("this margin adds up to {sum}, the first one to {first}")]
    Sum {
        /// Sum of the margin.
        sum: String,
        /// Sum of the first margin.
        first: String,
    },
    /// There is no line below the header.
    #[error("there is no class")]
    Nothing,
}

/// A field with the place where it stands.
struct Field {
    text: String,
    line: usize,
    column: usize,
}

impl PopulationMargin {
    /// Reads a file of margins, in the order of their first lines.
    ///
    /// # Errors
    /// Every [`MarginIssue`] of the file, in file order.
    pub fn parse(text: &str) -> Result<Vec<Self>, Vec<MarginIssue>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (lines, mut issues) = fields(text);
        let mut issue = |line, column, problem| issues.push(MarginIssue { line, column, problem });
        let mut lines = lines.into_iter();
        let header = lines.next().unwrap_or_default();
        let names: Vec<&str> = header.iter().map(|field| field.text.trim()).collect();
        if names != ["margin", "class", "total"] {
            issue(1, 1, MarginProblem::Header);
        }
        let mut margins: Vec<Self> = Vec::new();
        let mut first_lines: BTreeMap<(String, String), usize> = BTreeMap::new();
        let mut begins: Vec<usize> = Vec::new();
        for line in lines {
            let Some(at) = line.first().map(|field| field.line) else { continue };
            let [margin, class, total] = line.as_slice() else {
                issue(at, line.len().min(4), MarginProblem::Fields(line.len()));
                continue;
            };
            let mut sound = true;
            for field in [margin, class].into_iter().filter(|field| field.text.trim().is_empty()) {
                issue(field.line, field.column, MarginProblem::Empty);
                sound = false;
            }
            let Some(number) = units(total.text.trim()) else {
                issue(total.line, total.column, MarginProblem::Total);
                continue;
            };
            let key = (margin.text.trim().to_owned(), class.text.trim().to_owned());
            if let Some(first) = first_lines.get(&key) {
                issue(class.line, class.column, MarginProblem::Twice(*first));
                continue;
            }
            if sound {
                first_lines.insert(key.clone(), at);
                let known = margins.iter().position(|margin| margin.name == key.0).unwrap_or_else(|| {
                    margins.push(Self { name: key.0.clone(), totals: BTreeMap::new() });
                    begins.push(at);
                    margins.len() - 1
                });
                margins[known].totals.insert(key.1, number);
            }
        }
        let sums: Vec<f64> = margins.iter().map(|margin| margin.totals.values().sum()).collect();
        if let Some(first) = sums.first() {
            for (sum, line) in sums.iter().zip(&begins).filter(|(sum, _)| (*sum - first).abs() > 1e-9 * first)
            {
                issue(*line, 3, MarginProblem::Sum { sum: sum.to_string(), first: first.to_string() });
            }
        } else if issues.is_empty() {
            issues.push(MarginIssue { line: 2, column: 1, problem: MarginProblem::Nothing });
        }
        issues.sort_by_key(|issue| (issue.line, issue.column));
        if issues.is_empty() { Ok(margins) } else { Err(issues) }
    }
}

/// Digits with at most one point, above 0 or 0.
fn units(text: &str) -> Option<f64> {
    let plain = !text.is_empty() && text.chars().all(|sign| sign.is_ascii_digit() || sign == '.');
    plain.then(|| text.parse::<f64>().ok()).flatten()
}

/// The fields of each line that is not empty.
fn fields(text: &str) -> (Vec<Vec<Field>>, Vec<MarginIssue>) {
    let (mut lines, mut issues) = (Vec::new(), Vec::new());
    let mut current: Vec<Field> = Vec::new();
    let (mut line, mut begun) = (1, 1);
    let mut field = String::new();
    let (mut quoted, mut closed) = (false, false);
    let mut signs = text.chars().peekable();
    loop {
        let sign = signs.next();
        let column = current.len() + 1;
        match sign {
            Some('"') if quoted && signs.peek() == Some(&'"') => {
                signs.next();
                field.push('"');
            }
            Some('"') if quoted => (quoted, closed) = (false, true),
            Some('"') if field.is_empty() && !closed => quoted = true,
            Some('"') => issues.push(MarginIssue { line, column, problem: MarginProblem::Quote }),
            Some('\n') if quoted => {
                line += 1;
                field.push('\n');
            }
            Some(sign) if quoted => field.push(sign),
            Some('\r') if signs.peek() == Some(&'\n') => {}
            Some(',') => {
                current.push(Field { text: std::mem::take(&mut field), line: begun, column });
                closed = false;
            }
            Some('\n') | None => {
                if quoted {
                    issues.push(MarginIssue { line: begun, column, problem: MarginProblem::Quote });
                }
                if !(field.is_empty() && current.is_empty() && !closed) {
                    current.push(Field { text: std::mem::take(&mut field), line: begun, column });
                    lines.push(std::mem::take(&mut current));
                }
                (quoted, closed) = (false, false);
                line += 1;
                begun = line;
                if sign.is_none() {
                    return (lines, issues);
                }
            }
            Some(_) if closed => issues.push(MarginIssue { line, column, problem: MarginProblem::Quote }),
            Some(sign) => field.push(sign),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_are_read_in_order() {
        let text =
            "\u{feff}margin,class,total\r\nsex,F,102500\r\nsex,M,97500\r\n\r\narea,\"A, north\",200000.0\r\n";
        let margins = PopulationMargin::parse(text).expect("a sound file");
        assert_eq!(margins.iter().map(|margin| margin.name.as_str()).collect::<Vec<_>>(), ["sex", "area"]);
        assert_eq!(margins[0].totals["M"], 97_500.0);
        assert_eq!(margins[1].totals["A, north"], 200_000.0);
    }

    #[test]
    fn every_mistake_is_reported_with_its_line_and_column() {
        let text =
            "margin,class,total\nsex,F,\"1,000\"\nsex,,5\nsex,F\nsex,M,10\nsex,M,11\narea,A,7\n\"area,B,3\n";
        let issues = PopulationMargin::parse(text).expect_err("six mistakes");
        let said: Vec<String> = issues.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "line 2, column 3: this is not a number of units: write digits and a point only",
                "line 3, column 2: this field is empty",
                "line 4, column 2: a line has 3 fields, this one 2",
                "line 6, column 2: this class stands already on line 5",
                "line 7, column 3: this margin adds up to 7, the first one to 10",
                "line 8, column 1: a quotation mark is out of place",
                "line 8, column 1: a line has 3 fields, this one 1",
            ]
        );
    }

    #[test]
    fn a_file_without_a_class_or_with_another_header_is_refused() {
        let said = |text: &str| PopulationMargin::parse(text).expect_err("a mistake")[0].to_string();
        assert_eq!(said("margin,class,total\n"), "line 2, column 1: there is no class");
        assert_eq!(said("sex,F,3\n"), "line 1, column 1: the header is `margin,class,total`");
    }
}
