//! Walks an expression, and tells what it depends on.

use super::{
    ast::{Expr, LocationPath, Origin},
    functions::Function,
};

/// Sees each part of an expression once, the outer before the inner.
pub trait Visitor {
    /// Sees an expression; its parts follow.
    fn expr(&mut self, _expr: &Expr) {}

    /// Sees a location path; its origin and predicates follow.
    fn path(&mut self, _path: &LocationPath) {}
}

/// Walks `expr` with `visitor`.
pub fn walk(expr: &Expr, visitor: &mut impl Visitor) {
    visitor.expr(expr);
    match expr {
        Expr::Chain(first, rest) => {
            walk(first, visitor);
            rest.iter().for_each(|(_, operand)| walk(operand, visitor));
        }
        Expr::Negate(operand) => walk(operand, visitor),
        Expr::Number(_) | Expr::Text(_) | Expr::Variable(_) => {}
        Expr::Call(_, arguments) | Expr::Unknown(_, arguments) => {
            arguments.iter().for_each(|argument| walk(argument, visitor))
        }
        Expr::Filter(primary, predicates) => {
            walk(primary, visitor);
            predicates.iter().for_each(|predicate| walk(predicate, visitor));
        }
        Expr::Path(path) => {
            visitor.path(path);
            if let Origin::Expr(origin) = &path.origin {
                walk(origin, visitor);
            }
            for step in &path.steps {
                step.predicates.iter().for_each(|predicate| walk(predicate, visitor));
            }
        }
    }
}

/// What an expression depends on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dependencies {
    /// The location paths as written, predicates within them too.
    pub paths: Vec<LocationPath>,
    /// The functions that are called.
    pub functions: Vec<&'static Function>,
    /// The ids of secondary instances (`instance('id')`, `pulldata('id', …)`).
    pub instances: Vec<Box<str>>,
    /// The variables that are read.
    pub variables: Vec<Box<str>>,
}

impl Dependencies {
    /// True when a function of this name is called.
    pub fn calls(&self, name: &str) -> bool {
        self.functions.iter().any(|function| function.name() == name)
    }
}

impl Visitor for Dependencies {
    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Call(function, arguments) => {
                if let ("instance" | "pulldata", Some(Expr::Text(id))) = (function.name(), arguments.first())
                {
                    self.instances.push(id.clone());
                }
                self.functions.push(function);
            }
            Expr::Variable(name) => self.variables.push(name.clone()),
            _ => {}
        }
    }

    fn path(&mut self, path: &LocationPath) {
        self.paths.push(path.clone());
    }
}

/// Lists what `expr` depends on, in the order of reading.
pub fn dependencies(expr: &Expr) -> Dependencies {
    let mut found = Dependencies::default();
    walk(expr, &mut found);
    found
}
