//! From a response to counted units: the expressions of a definition over the outputs of a form.

use crate::{
    answers::{Answers, Path, Value},
    xpath::{Context, EvalError, Expr, NoHost, NodeId, Tree, eval_boolean, eval_number, eval_text},
};

use super::{
    definition::{Definition, Measure},
    issue::IndicatorIssue,
    tally::{Contribution, Tally, Unit},
};
use crate::text::Localized;

/// One response as it is counted.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// Code of the stratum of the response.
    pub stratum: &'a str,
    /// Entered and calculated values of the relevant questions.
    pub values: &'a Answers,
}

/// A response could not be counted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CountError {
    /// An expression failed on this response.
    #[error("`{field}` of indicator {indicator} cannot be computed: {source}")]
    Expression {
        /// Id of the indicator.
        indicator: String,
        /// Key of the expression.
        field: &'static str,
        /// Why.
        source: EvalError,
    },
    /// A weight that is no weight.
    #[error("the weight of indicator {indicator} is negative or not a number")]
    Weight {
        /// Id of the indicator.
        indicator: String,
    },
}

/// A named expression of a definition.
#[derive(Debug, Clone)]
struct Term {
    field: &'static str,
    expr: Expr,
}

/// What is read from a unit in the population.
#[derive(Debug, Clone)]
enum Reading {
    Condition(Term),
    Number(Term),
    Nothing,
    Key(Term),
    Two { x: Term, y: Term },
}

/// A definition with its expressions parsed: counts rows into a [`Tally`].
#[derive(Debug, Clone)]
pub struct Counter {
    id: String,
    rows: Option<Path>,
    population: Option<Term>,
    answered: Option<Term>,
    reading: Reading,
    weight: Option<Term>,
    cluster: Option<Term>,
    contributor: Option<Term>,
    margins: Vec<Term>,
    groups: Vec<Term>,
}

impl Counter {
    /// Parses the expressions of a definition.
    ///
    /// # Errors
    /// An [`IndicatorIssue`] for each expression that does not parse.
    pub fn compile(definition: &Definition) -> Result<Self, Vec<IndicatorIssue>> {
        let mut parser = Parser { indicator: &definition.id, issues: Vec::new() };
        let design = &definition.design;
        let counter = Self {
            id: definition.id.clone(),
            rows: definition.rows.as_deref().map(Path::new),
            population: parser.optional("population", definition.population.as_deref()),
            answered: parser.optional("answered", definition.answered.as_deref()),
            reading: parser.reading(&definition.measure),
            weight: parser.optional("design.weight", design.weight.as_deref()),
            cluster: parser.optional("design.cluster", design.cluster.as_deref()),
            contributor: parser.optional("design.contributor", design.contributor.as_deref()),
            margins: design
                .calibration
                .0
                .iter()
                .map(|margin| parser.term("calibration.by", &margin.by))
                .collect(),
            groups: definition
                .disaggregations
                .iter()
                .map(|by| parser.term("by.expression", &by.expression))
                .collect(),
        };
        if parser.issues.is_empty() { Ok(counter) } else { Err(parser.issues) }
    }

    /// Counts a response, or each instance of the definition's repeat in it.
    ///
    /// # Errors
    /// [`CountError`] when an expression fails; nothing of the row is counted then.
    pub fn count(&self, tally: &mut Tally, row: &Row<'_>) -> Result<(), CountError> {
        for unit in &self.units(row)? {
            tally.add(unit);
        }
        Ok(())
    }

    /// The units of a response: itself, or each instance of the definition's repeat in it.
    pub(super) fn units(&self, row: &Row<'_>) -> Result<Vec<Unit>, CountError> {
        let (tree, instances) = tree_of(row.values, self.rows.as_ref());
        let nodes = match (&self.rows, tree.root_element()) {
            (Some(_), _) => instances,
            (None, root) => root.into_iter().collect(),
        };
        nodes.into_iter().map(|node| self.unit(row, &tree, node)).collect()
    }

    fn unit(&self, row: &Row<'_>, tree: &Tree, node: NodeId) -> Result<Unit, CountError> {
        let context = Context::new(&NoHost, tree).at(node);
        let weight = self.weight.as_ref().map_or(Ok(1.0), |term| self.number(term, &context))?;
        if !(weight.is_finite() && weight >= 0.0) {
            return Err(CountError::Weight { indicator: self.id.clone() });
        }
        let text = |term: &Term| self.text(term, &context);
        let mut unit = Unit {
            stratum: row.stratum.to_owned(),
            classes: self.margins.iter().map(text).collect::<Result<_, _>>()?,
            groups: self.groups.iter().map(text).collect::<Result<_, _>>()?,
            cluster: self.cluster.as_ref().map(text).transpose()?,
            contributor: self.contributor.as_ref().map(text).transpose()?,
            weight,
            ..Unit::default()
        };
        let holds = |term: &Option<Term>| term.as_ref().map_or(Ok(true), |term| self.boolean(term, &context));
        if holds(&self.population)? {
            unit.value = if holds(&self.answered)? { self.contribution(&context)? } else { None };
            unit.missing = unit.value.is_none();
        }
        Ok(unit)
    }

    /// What the unit adds; `None` where a number is missing.
    fn contribution(&self, context: &Context<'_>) -> Result<Option<Contribution>, CountError> {
        let (x, y, key) = match &self.reading {
            Reading::Nothing => (1.0, 1.0, None),
            Reading::Condition(term) => (1.0, if self.boolean(term, context)? { 1.0 } else { 0.0 }, None),
            Reading::Number(term) => (1.0, self.number(term, context)?, None),
            Reading::Key(term) => (1.0, 1.0, Some(self.text(term, context)?)),
            Reading::Two { x, y } => (self.number(x, context)?, self.number(y, context)?, None),
        };
        let known = x.is_finite() && y.is_finite() && key.as_ref().is_none_or(|key| !key.is_empty());
        Ok(known.then_some(Contribution { x, y, key }))
    }

    fn failed(&self, field: &'static str) -> impl FnOnce(EvalError) -> CountError {
        let indicator = self.id.clone();
        move |source| CountError::Expression { indicator, field, source }
    }

    fn boolean(&self, term: &Term, context: &Context<'_>) -> Result<bool, CountError> {
        eval_boolean(&term.expr, context).map_err(self.failed(term.field))
    }

    fn number(&self, term: &Term, context: &Context<'_>) -> Result<f64, CountError> {
        eval_number(&term.expr, context).map_err(self.failed(term.field))
    }

    fn text(&self, term: &Term, context: &Context<'_>) -> Result<String, CountError> {
        Ok(eval_text(&term.expr, context).map_err(self.failed(term.field))?.trim().to_owned())
    }
}

struct Parser<'d> {
    indicator: &'d str,
    issues: Vec<IndicatorIssue>,
}

impl Parser<'_> {
    fn term(&mut self, field: &'static str, text: &str) -> Term {
        let expr = Expr::parse(text).or_else(|error| {
            self.issues.push(IndicatorIssue {
                line: None,
                indicator: self.indicator.to_owned(),
                field: field.to_owned(),
                what: Localized::of([
                    ("ja", &format!("式が読めません: {error}")),
                    ("en", &format!("the expression cannot be read: {error}")),
                ]),
            });
            Expr::parse("''")
        });
        Term { field, expr: expr.expect("an empty text in quotes is an expression") }
    }

    fn optional(&mut self, field: &'static str, text: Option<&str>) -> Option<Term> {
        text.map(|text| self.term(field, text))
    }

    fn reading(&mut self, measure: &Measure) -> Reading {
        match measure {
            Measure::Proportion { numerator } => {
                Reading::Condition(self.term("measure.numerator", numerator))
            }
            Measure::Mean { value } | Measure::Total { value } => {
                Reading::Number(self.term("measure.value", value))
            }
            Measure::Count => Reading::Nothing,
            Measure::DistinctCount { key } => Reading::Key(self.term("measure.key", key)),
            Measure::Ratio { numerator, denominator, .. } => Reading::Two {
                x: self.term("measure.denominator", denominator),
                y: self.term("measure.numerator", numerator),
            },
            Measure::PairedChange { before, after, .. } => {
                Reading::Two { x: self.term("measure.before", before), y: self.term("measure.after", after) }
            }
        }
    }
}

/// The values as a tree below one root element, and the instances of `repeat` in it.
/// A repeat instance is an element named like its repeat, as in an XForms instance.
fn tree_of(values: &Answers, repeat: Option<&Path>) -> (Tree, Vec<NodeId>) {
    let mut tree = Tree::new();
    let root = tree.append_element(NodeId::DOCUMENT, "data");
    let mut open: Vec<(String, NodeId)> = Vec::new();
    let mut instances = Vec::new();
    for (path, value) in values.iter().filter(|(path, _)| !path.as_str().starts_with('@')) {
        let segments: Vec<&str> = path.segments().collect();
        let mut prefix = String::new();
        let mut parent = root;
        let mut depth = 0;
        for (index, segment) in segments.iter().enumerate() {
            let next_is_instance = segments.get(index + 1).is_some_and(|next| is_instance_id(next));
            if next_is_instance {
                prefix.push_str(segment);
                prefix.push('/');
                continue;
            }
            let is_instance = is_instance_id(segment);
            let name = if is_instance {
                segments.get(index.wrapping_sub(1)).copied().unwrap_or(segment)
            } else {
                segment
            };
            prefix.push_str(segment);
            let known =
                open.get(depth).filter(|(open_prefix, _)| *open_prefix == prefix).map(|(_, node)| *node);
            parent = known.unwrap_or_else(|| {
                open.truncate(depth);
                let node = tree.append_element(parent, name);
                open.push((prefix.clone(), node));
                let is_unit =
                    repeat.is_some_and(|repeat| is_instance && is_instance_of(&segments, index, repeat));
                instances.extend(is_unit.then_some(node));
                node
            });
            prefix.push('/');
            depth += 1;
        }
        if !segments.last().is_some_and(|last| is_instance_id(last)) {
            tree.set_text(parent, &text_of(value));
        }
    }
    (tree, instances)
}

fn text_of(value: &Value) -> String {
    value.to_string()
}

/// The id of a repeat instance: eight hexadecimal digits. No question is named so: XLSForm
/// names are words, and the form check refuses one of this shape.
fn is_instance_id(segment: &str) -> bool {
    segment.len() == 8 && segment.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// True when the segments up to `index` name an instance of `repeat`, whose path has no ids.
fn is_instance_of(segments: &[&str], index: usize, repeat: &Path) -> bool {
    let names = segments.iter().take(index).filter(|segment| !is_instance_id(segment));
    names.copied().eq(repeat.segments())
}
