//! Answers: typed values at paths; only what a person entered.
//!
//! Owns the words `Path` and `Value`. Does not know forms, people or devices.
//! A path names an answer inside one response: names joined by `/`, where a repeat is
//! followed by the random id of the instance (`sites/7f3a/employees`). The entry
//! `sites/7f3a` itself holds the instance's place among its siblings, so that an
//! instance without answers exists and instances keep their order after a merge.
//! Names that begin with `@` are the response's own: `@start`, `@submitted`, `@note/…`.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// Where an answer stands in a response.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Path(Arc<str>);

impl Path {
    /// Takes a path as text, without a leading slash.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(Arc::from(text.as_ref()))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names and instance ids.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/').filter(|segment| !segment.is_empty())
    }

    /// The last name.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The path of `name` below this one; below the empty path, `name` itself.
    pub fn child(&self, name: &str) -> Self {
        if self.0.is_empty() { Self::new(name) } else { Self::new(format!("{}/{name}", self.0)) }
    }

    /// The path above, or `None` at the top.
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('/').map(|(parent, _)| Self::new(parent))
    }

    /// True when this path is `ancestor` or stands below it.
    pub fn is_within(&self, ancestor: &Self) -> bool {
        self.0
            .strip_prefix(&*ancestor.0)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || ancestor.0.is_empty())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Path({self})")
    }
}

impl From<&str> for Path {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// One answer. Dates, times, choices and places are text in the notation of XForms
/// (ISO 8601; several choices separated by spaces; `lat lon alt acc`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A whole number.
    Integer(i64),
    /// A number with a fraction; never NaN or infinite.
    Decimal(f64),
    /// Anything else.
    Text(String),
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

impl fmt::Display for Value {
    /// Prints the lexical form that an XForm instance holds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => write!(f, "{number}"),
            Self::Decimal(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// What a person entered into one form, by path.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(pub BTreeMap<Path, Value>);

impl Answers {
    /// The answer at `path`.
    pub fn get(&self, path: &Path) -> Option<&Value> {
        self.0.get(path)
    }

    /// Puts or, with `None`, removes the answer at `path`.
    pub fn set(&mut self, path: Path, value: Option<Value>) {
        match value {
            Some(value) => drop(self.0.insert(path, value)),
            None => drop(self.0.remove(&path)),
        }
    }

    /// Answers in path order.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &Value)> {
        self.0.iter()
    }

    /// How many answers there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when nothing was entered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Path, Value)> for Answers {
    fn from_iter<I: IntoIterator<Item = (Path, Value)>>(answers: I) -> Self {
        Self(answers.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn a_path_is_within_its_ancestors_only() {
        let path = Path::new("sites/7f3a/employees");
        assert!(path.is_within(&Path::new("sites/7f3a")));
        assert!(path.is_within(&Path::new("")));
        assert!(!path.is_within(&Path::new("sites/7f")));
        assert_eq!(path.parent(), Some(Path::new("sites/7f3a")));
    }
}
