//! Prints an expression so that it parses to the same tree.

use std::fmt::{self, Display, Formatter, Write};

use super::ast::{Axis, Expr, LocationPath, NameTest, NodeTest, Operator, Origin, Step};

/// Binds tighter than unary minus: what stands alone.
const OPERAND: u8 = 8;

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chain(first, rest) => chain(f, first, rest),
            Self::Negate(operand) => {
                f.write_char('-')?;
                enclosed(f, operand, 6)
            }
            Self::Number(number) if number.is_infinite() => f.write_str("1e999"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => quoted(f, text),
            Self::Variable(name) => write!(f, "${name}"),
            Self::Call(function, arguments) => call(f, function.name(), arguments),
            Self::Unknown(name, arguments) => call(f, name, arguments),
            Self::Filter(primary, predicates) => {
                primary_of(f, primary)?;
                bracketed(f, predicates)
            }
            Self::Path(path) => path.fmt(f),
        }
    }
}

fn call(f: &mut Formatter<'_>, name: &str, arguments: &[Expr]) -> fmt::Result {
    write!(f, "{name}(")?;
    for (index, argument) in arguments.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { ", " })?;
        argument.fmt(f)?;
    }
    f.write_char(')')
}

fn chain(f: &mut Formatter<'_>, first: &Expr, rest: &[(Operator, Expr)]) -> fmt::Result {
    let least = rest.first().map_or(OPERAND, |(operator, _)| operator.precedence() + 1);
    enclosed(f, first, least)?;
    for (operator, operand) in rest {
        write!(f, " {} ", operator.symbol())?;
        enclosed(f, operand, least)?;
    }
    Ok(())
}

fn precedence(expr: &Expr) -> u8 {
    match expr {
        Expr::Chain(_, rest) => rest.first().map_or(OPERAND, |(operator, _)| operator.precedence()),
        Expr::Negate(_) => 6,
        // A lone `/` would swallow a `*` or a name that follows.
        Expr::Path(path) if path.origin == Origin::Root && path.steps.is_empty() => 0,
        _ => OPERAND,
    }
}

fn enclosed(f: &mut Formatter<'_>, expr: &Expr, least: u8) -> fmt::Result {
    if precedence(expr) < least { write!(f, "({expr})") } else { expr.fmt(f) }
}

/// The expression before predicates or a slash.
fn primary_of(f: &mut Formatter<'_>, expr: &Expr) -> fmt::Result {
    match expr {
        Expr::Number(_) | Expr::Text(_) | Expr::Variable(_) | Expr::Call(..) | Expr::Unknown(..) => {
            expr.fmt(f)
        }
        _ => write!(f, "({expr})"),
    }
}

/// A text in the quotes that it does not contain. XPath 1.0 has no escapes; a text with
/// both quotes cannot be read from an expression and is printed as a `concat()`.
fn quoted(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    if !text.contains('\'') {
        return write!(f, "'{text}'");
    }
    if !text.contains('"') {
        return write!(f, "\"{text}\"");
    }
    f.write_str("concat('")?;
    for (index, part) in text.split('\'').enumerate() {
        f.write_str(if index == 0 { "" } else { "', \"'\", '" })?;
        f.write_str(part)?;
    }
    f.write_str("')")
}

fn bracketed(f: &mut Formatter<'_>, predicates: &[Expr]) -> fmt::Result {
    predicates.iter().try_for_each(|predicate| write!(f, "[{predicate}]"))
}

impl Display for LocationPath {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut slash = match &self.origin {
            Origin::Root if self.steps.is_empty() => return f.write_char('/'),
            Origin::Root => true,
            Origin::Context => false,
            Origin::Expr(expr) => {
                match &**expr {
                    Expr::Filter(..) => expr.fmt(f)?,
                    other => primary_of(f, other)?,
                }
                true
            }
        };
        let mut steps = self.steps.iter().peekable();
        while let Some(step) = steps.next() {
            if slash {
                f.write_char('/')?;
                if step.is_any_depth() && steps.peek().is_some() {
                    continue;
                }
            }
            step.fmt(f)?;
            slash = true;
        }
        Ok(())
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (self.axis, &self.test, self.predicates.is_empty()) {
            (Axis::SelfNode, NodeTest::Node, true) => return f.write_char('.'),
            (Axis::Parent, NodeTest::Node, true) => return f.write_str(".."),
            (Axis::Child, ..) => {}
            (Axis::Attribute, ..) => f.write_char('@')?,
            (axis, ..) => write!(f, "{}::", axis.name())?,
        }
        self.test.fmt(f)?;
        bracketed(f, &self.predicates)
    }
}

impl Display for NodeTest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(NameTest::Any) => f.write_char('*'),
            Self::Name(NameTest::AnyIn(prefix)) => write!(f, "{prefix}:*"),
            Self::Name(NameTest::Named { prefix: None, local }) => f.write_str(local),
            Self::Name(NameTest::Named { prefix: Some(prefix), local }) => write!(f, "{prefix}:{local}"),
            Self::Node => f.write_str("node()"),
            Self::Text => f.write_str("text()"),
            Self::Comment => f.write_str("comment()"),
            Self::Instruction(None) => f.write_str("processing-instruction()"),
            Self::Instruction(Some(target)) => {
                f.write_str("processing-instruction(")?;
                quoted(f, target)?;
                f.write_char(')')
            }
        }
    }
}
