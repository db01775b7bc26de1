//! A call: the arguments, evaluated when a function asks for them.

use std::borrow::Cow;

use super::{
    super::{
        ast::Expr,
        context::Host,
        error::EvalError,
        eval::{Evaluator, Focus},
        object::{NodeRef, Object},
    },
    table::Function,
};

/// What a function gives.
pub(super) type Given<'t> = Result<Object<'t>, EvalError>;

/// A function being called.
pub(in crate::xpath) struct Call<'a, 'c, 't> {
    pub(in crate::xpath) evaluator: &'a Evaluator<'c, 't>,
    pub(in crate::xpath) focus: Focus<'t>,
    pub(in crate::xpath) arguments: &'t [Expr],
    pub(in crate::xpath) function: &'static Function,
}

impl<'t> Call<'_, '_, 't> {
    pub(super) fn count(&self) -> usize {
        self.arguments.len()
    }

    pub(super) fn host(&self) -> &'t dyn Host {
        self.evaluator.context.host
    }

    pub(super) fn offset(&self) -> i16 {
        self.evaluator.offset
    }

    /// The argument as it is. An argument that is left out is an empty text.
    pub(super) fn object(&self, index: usize) -> Given<'t> {
        match self.arguments.get(index) {
            Some(argument) => self.evaluator.eval(argument, self.focus),
            None => Ok(Object::text("")),
        }
    }

    pub(super) fn text(&self, index: usize) -> Result<Cow<'t, str>, EvalError> {
        Ok(self.object(index)?.to_text(self.offset()))
    }

    pub(super) fn number(&self, index: usize) -> Result<f64, EvalError> {
        Ok(self.object(index)?.to_number(self.offset()))
    }

    pub(super) fn boolean(&self, index: usize) -> Result<bool, EvalError> {
        Ok(self.object(index)?.to_boolean())
    }

    pub(super) fn nodes(&self, index: usize) -> Result<Vec<NodeRef<'t>>, EvalError> {
        match self.object(index)? {
            Object::Nodes(nodes) => Ok(nodes),
            _ => Err(EvalError::NotNodes { what: self.function.name() }),
        }
    }

    /// The nodes of the argument that are relevant. Alone in an expression, a node that is not
    /// relevant is an empty text, as in JavaRosa; of a set it is no part.
    pub(super) fn present(&self, index: usize) -> Result<Vec<NodeRef<'t>>, EvalError> {
        let mut nodes = self.nodes(index)?;
        nodes.retain(|node| !node.tree.is_hidden(node.node));
        Ok(nodes)
    }

    /// The texts of the argument's nodes one by one, or its single value.
    pub(super) fn each(&self, index: usize) -> Result<Vec<Object<'t>>, EvalError> {
        Ok(match self.object(index)? {
            Object::Nodes(nodes) => nodes.into_iter().map(|node| Object::Text(node.text())).collect(),
            other => vec![other],
        })
    }

    /// The text of each node of the arguments from `first` on, or of their single values.
    pub(super) fn texts_from(&self, first: usize) -> Result<Vec<Cow<'t, str>>, EvalError> {
        let mut texts = Vec::new();
        for index in first..self.count() {
            match self.object(index)? {
                Object::Nodes(nodes) => {
                    let present = nodes.iter().filter(|node| !node.tree.is_hidden(node.node));
                    texts.extend(present.map(|node| node.text()));
                }
                other => texts.push(other.to_text(self.offset())),
            }
        }
        Ok(texts)
    }

    /// The first argument's first node, or the context node when there is no argument.
    pub(super) fn node_or_context(&self) -> Result<Option<NodeRef<'t>>, EvalError> {
        if self.count() == 0 {
            return Ok(Some(self.focus.node));
        }
        Ok(self.nodes(0)?.first().copied())
    }

    /// The first argument's text, or the context node's when there is no argument.
    pub(super) fn text_or_context(&self) -> Result<Cow<'t, str>, EvalError> {
        if self.count() == 0 { Ok(self.focus.node.text()) } else { self.text(0) }
    }

    /// An error about one argument.
    pub(super) fn bad_argument(&self, number: usize, expected: &'static str) -> EvalError {
        EvalError::Argument { function: self.function.name(), number, expected }
    }

    /// An error about something that the host has not.
    pub(super) fn unavailable(&self, what: &'static str) -> EvalError {
        EvalError::Unavailable { function: self.function.name(), what }
    }
}
