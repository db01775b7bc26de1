//! Evaluates an expression at a node.

use std::{borrow::Cow, cell::Cell};

use super::{
    ast::{Axis, Expr, LocationPath, NodeTest, Operator, Origin, Step},
    axes,
    compare::compare,
    context::Context,
    error::EvalError,
    functions::Call,
    names::AcceptedNames,
    object::{NodeRef, Object},
    tree::{NodeKind, Tree},
};

/// Evaluates `expr`.
///
/// # Errors
/// [`EvalError`] by the cause; among them a budget of steps that is used up.
pub fn eval<'t>(expr: &'t Expr, context: &Context<'t>) -> Result<Object<'t>, EvalError> {
    Evaluator::new(context).eval(expr, Focus::of(context))
}

/// Evaluates `expr` to a text, as `string()` does.
///
/// # Errors
/// As [`eval`].
pub fn eval_text<'t>(expr: &'t Expr, context: &Context<'t>) -> Result<Cow<'t, str>, EvalError> {
    let evaluator = Evaluator::new(context);
    Ok(evaluator.eval(expr, Focus::of(context))?.to_text(evaluator.offset))
}

/// Evaluates `expr` to a number, as `number()` does.
///
/// # Errors
/// As [`eval`].
pub fn eval_number(expr: &Expr, context: &Context<'_>) -> Result<f64, EvalError> {
    let evaluator = Evaluator::new(context);
    Ok(evaluator.eval(expr, Focus::of(context))?.to_number(evaluator.offset))
}

/// Evaluates `expr` to true or false, as `boolean()` does.
///
/// # Errors
/// As [`eval`].
pub fn eval_boolean(expr: &Expr, context: &Context<'_>) -> Result<bool, EvalError> {
    Ok(eval(expr, context)?.to_boolean())
}

/// The context node with its place among the nodes that are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Focus<'t> {
    pub(super) node: NodeRef<'t>,
    pub(super) position: usize,
    pub(super) size: usize,
}

impl<'t> Focus<'t> {
    fn of(context: &Context<'t>) -> Self {
        Self { node: context.node, position: context.position, size: context.size }
    }
}

/// One evaluation: the context and what is left of the budget.
pub(super) struct Evaluator<'c, 't> {
    pub(super) context: &'c Context<'t>,
    pub(super) offset: i16,
    left: Cell<u64>,
}

impl<'c, 't> Evaluator<'c, 't> {
    fn new(context: &'c Context<'t>) -> Self {
        Self { context, offset: context.host.offset_minutes(), left: Cell::new(context.budget) }
    }

    /// Takes steps from the budget.
    pub(super) fn spend(&self, steps: u64) -> Result<(), EvalError> {
        match self.left.get().checked_sub(steps) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(EvalError::Budget { budget: self.context.budget }),
        }
    }

    pub(super) fn eval(&self, expr: &'t Expr, focus: Focus<'t>) -> Result<Object<'t>, EvalError> {
        self.spend(1)?;
        match expr {
            Expr::Chain(first, rest) => self.chain(first, rest, focus),
            Expr::Negate(operand) => Ok(Object::Number(-self.number(operand, focus)?)),
            Expr::Number(number) => Ok(Object::Number(*number)),
            Expr::Text(text) => Ok(Object::Text(Cow::Borrowed(text))),
            Expr::Variable(name) => self
                .context
                .host
                .variable(name)
                .ok_or_else(|| EvalError::UnknownVariable { name: name.clone() }),
            Expr::Call(function, arguments) => {
                if !function.arity().takes(arguments.len()) {
                    return Err(EvalError::Arguments { function: function.name() });
                }
                function.run(&Call { evaluator: self, focus, arguments, function })
            }
            Expr::Unknown(name, _) => Err(EvalError::UnknownFunction { name: name.clone() }),
            Expr::Filter(primary, predicates) => {
                let nodes = self.nodes(primary, focus, "a predicate")?;
                self.filter(nodes, predicates).map(Object::Nodes)
            }
            Expr::Path(path) => self.path(path, focus).map(Object::Nodes),
        }
    }

    pub(super) fn number(&self, expr: &'t Expr, focus: Focus<'t>) -> Result<f64, EvalError> {
        Ok(self.eval(expr, focus)?.to_number(self.offset))
    }

    pub(super) fn boolean(&self, expr: &'t Expr, focus: Focus<'t>) -> Result<bool, EvalError> {
        Ok(self.eval(expr, focus)?.to_boolean())
    }

    pub(super) fn nodes(
        &self,
        expr: &'t Expr,
        focus: Focus<'t>,
        what: &'static str,
    ) -> Result<Vec<NodeRef<'t>>, EvalError> {
        match self.eval(expr, focus)? {
            Object::Nodes(nodes) => Ok(nodes),
            _ => Err(EvalError::NotNodes { what }),
        }
    }

    fn chain(
        &self,
        first: &'t Expr,
        rest: &'t [(Operator, Expr)],
        focus: Focus<'t>,
    ) -> Result<Object<'t>, EvalError> {
        let Some((leading, _)) = rest.first() else { return self.eval(first, focus) };
        match leading {
            Operator::Or | Operator::And => self.logic(*leading, first, rest, focus),
            Operator::Union => self.union(first, rest, focus),
            Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Modulo => {
                let mut total = self.number(first, focus)?;
                for (operator, operand) in rest {
                    total = arithmetic(*operator, total, self.number(operand, focus)?);
                }
                Ok(Object::Number(total))
            }
            _ => {
                let mut left = self.eval(first, focus)?;
                for (operator, operand) in rest {
                    let right = self.eval(operand, focus)?;
                    self.spend(pairs(&left, &right))?;
                    left = Object::Boolean(compare(*operator, &left, &right, self.offset));
                }
                Ok(left)
            }
        }
    }

    /// `or` and `and` stop at the first operand that decides.
    fn logic(
        &self,
        operator: Operator,
        first: &'t Expr,
        rest: &'t [(Operator, Expr)],
        focus: Focus<'t>,
    ) -> Result<Object<'t>, EvalError> {
        let decides = operator == Operator::Or;
        for operand in std::iter::once(first).chain(rest.iter().map(|(_, operand)| operand)) {
            if self.boolean(operand, focus)? == decides {
                return Ok(Object::Boolean(decides));
            }
        }
        Ok(Object::Boolean(!decides))
    }

    fn union(
        &self,
        first: &'t Expr,
        rest: &'t [(Operator, Expr)],
        focus: Focus<'t>,
    ) -> Result<Object<'t>, EvalError> {
        let mut nodes = self.nodes(first, focus, "`|`")?;
        for (_, operand) in rest {
            nodes.extend(self.nodes(operand, focus, "`|`")?);
        }
        in_document_order(&mut nodes);
        Ok(Object::Nodes(nodes))
    }

    fn path(&self, path: &'t LocationPath, focus: Focus<'t>) -> Result<Vec<NodeRef<'t>>, EvalError> {
        let mut nodes = match &path.origin {
            Origin::Root => vec![self.context.root],
            Origin::Context => vec![focus.node],
            Origin::Expr(expr) => self.nodes(expr, focus, "a path")?,
        };
        for step in &path.steps {
            nodes = self.step(step, &nodes)?;
            if nodes.is_empty() {
                break;
            }
        }
        Ok(nodes)
    }

    fn step(&self, step: &'t Step, from: &[NodeRef<'t>]) -> Result<Vec<NodeRef<'t>>, EvalError> {
        let mut found = Vec::new();
        let Some(first) = from.first() else { return Ok(found) };
        let mut tree = first.tree;
        let mut names = self.names(step, tree)?;
        for &node in from {
            if !std::ptr::eq(node.tree, tree) {
                tree = node.tree;
                names = self.names(step, tree)?;
            }
            if step.predicates.is_empty() {
                self.axis(step, &names, node, &mut found)?;
            } else {
                let mut reached = Vec::new();
                self.axis(step, &names, node, &mut reached)?;
                found.extend(self.filter(reached, &step.predicates)?);
            }
        }
        in_document_order(&mut found);
        Ok(found)
    }

    fn names(&self, step: &'t Step, tree: &Tree) -> Result<AcceptedNames, EvalError> {
        match &step.test {
            NodeTest::Name(test) => AcceptedNames::of(test, tree, self.context.host),
            _ => Ok(AcceptedNames::Any),
        }
    }

    /// Appends the nodes of one step from one node, in the axis's direction.
    fn axis(
        &self,
        step: &'t Step,
        names: &AcceptedNames,
        from: NodeRef<'t>,
        found: &mut Vec<NodeRef<'t>>,
    ) -> Result<(), EvalError> {
        let tree = from.tree;
        let principal = match step.axis {
            Axis::Attribute => NodeKind::Attribute,
            Axis::Namespace => NodeKind::Namespace,
            _ => NodeKind::Element,
        };
        let mut spent = Ok(());
        axes::visit(step.axis, from, self.context.root, &mut |node| {
            spent = self.spend(1);
            let accepted = match &step.test {
                NodeTest::Name(_) => tree.kind(node) == principal && names.contains(tree, node),
                NodeTest::Node => true,
                NodeTest::Text => tree.kind(node) == NodeKind::Text,
                NodeTest::Comment => tree.kind(node) == NodeKind::Comment,
                NodeTest::Instruction(target) => {
                    tree.kind(node) == NodeKind::Instruction
                        && target.as_ref().is_none_or(|target| tree.name(node).local == *target)
                }
            };
            if accepted {
                found.push(NodeRef::new(tree, node));
            }
            spent.is_ok()
        });
        spent
    }

    /// Keeps the nodes for which all predicates hold; positions count in the given order.
    fn filter(
        &self,
        mut nodes: Vec<NodeRef<'t>>,
        predicates: &'t [Expr],
    ) -> Result<Vec<NodeRef<'t>>, EvalError> {
        for predicate in predicates {
            if let Expr::Number(wanted) = predicate {
                nodes = nth(&nodes, *wanted).into_iter().collect();
                continue;
            }
            let size = nodes.len();
            let mut kept = Vec::new();
            for (index, &node) in nodes.iter().enumerate() {
                let focus = Focus { node, position: index + 1, size };
                if self.holds(predicate, focus)? {
                    kept.push(node);
                }
            }
            nodes = kept;
        }
        Ok(nodes)
    }

    #[expect(clippy::float_cmp, reason = "XPath compares positions exactly")]
    fn holds(&self, predicate: &'t Expr, focus: Focus<'t>) -> Result<bool, EvalError> {
        Ok(match self.eval(predicate, focus)? {
            Object::Number(number) => number == position_as_number(focus.position),
            other => other.to_boolean(),
        })
    }
}

/// A position as the number that XPath sees.
#[expect(clippy::cast_precision_loss, reason = "a tree has fewer than 2^32 nodes")]
pub(super) const fn position_as_number(position: usize) -> f64 {
    position as f64
}

#[expect(clippy::float_cmp, reason = "XPath compares positions exactly")]
fn nth<'t>(nodes: &[NodeRef<'t>], wanted: f64) -> Option<NodeRef<'t>> {
    let index = (1..=nodes.len()).find(|&position| position_as_number(position) == wanted)?;
    nodes.get(index - 1).copied()
}

fn arithmetic(operator: Operator, left: f64, right: f64) -> f64 {
    match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        _ => left % right,
    }
}

/// How many comparisons two objects take.
fn pairs(left: &Object<'_>, right: &Object<'_>) -> u64 {
    let count = |object: &Object<'_>| match object {
        Object::Nodes(nodes) => nodes.len() as u64,
        _ => 1,
    };
    count(left).saturating_mul(count(right))
}

/// Sorts nodes in document order and drops doubles; quick when they are in order already.
pub(super) fn in_document_order(nodes: &mut Vec<NodeRef<'_>>) {
    if !nodes.is_sorted_by(|left, right| left.order_key() < right.order_key()) {
        nodes.sort_by_key(|node| node.order_key());
        nodes.dedup();
    }
}
