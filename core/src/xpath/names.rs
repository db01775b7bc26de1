//! Prefixes that OpenRosa forms use, and the tests of names.

use super::{
    ast::NameTest,
    context::Host,
    error::EvalError,
    tree::{NodeId, Tree},
};

/// The namespace of the functions and attributes of JavaRosa.
pub(super) const JAVAROSA: &str = "http://openrosa.org/javarosa";

/// The namespaces that are known without being declared.
pub(super) fn well_known_namespace(prefix: &str) -> Option<&'static str> {
    Some(match prefix {
        "" | "xf" | "xforms" => "http://www.w3.org/2002/xforms",
        "jr" | "javarosa" => JAVAROSA,
        "odk" => "http://www.opendatakit.org/xforms",
        "orx" => "http://openrosa.org/xforms",
        "h" | "html" | "xhtml" => "http://www.w3.org/1999/xhtml",
        "ev" => "http://www.w3.org/2001/xml-events",
        "xsd" => "http://www.w3.org/2001/XMLSchema",
        "enk" => "http://enketo.org/xforms",
        "entities" => "http://www.opendatakit.org/xforms/entities",
        "xml" => "http://www.w3.org/XML/1998/namespace",
        _ => return None,
    })
}

/// The names of one tree that a test accepts.
#[derive(Debug)]
pub(super) enum AcceptedNames {
    /// Any name.
    Any,
    /// No name of the tree, or one, as nearly always.
    One(Option<u32>),
    /// Several.
    Many(Vec<u32>),
}

impl AcceptedNames {
    /// Looks a test up in the names of `tree`, once for all nodes of a step.
    pub(super) fn of(test: &NameTest, tree: &Tree, host: &dyn Host) -> Result<Self, EvalError> {
        let uri_of = |prefix: &str| {
            host.namespace(prefix)
                .or_else(|| well_known_namespace(prefix))
                .ok_or_else(|| EvalError::Prefix { prefix: prefix.into() })
        };
        Ok(match test {
            NameTest::Any => Self::Any,
            NameTest::AnyIn(prefix) => {
                let uri = uri_of(prefix)?;
                let names = tree.numbered_names().filter(|(_, name)| name.uri.as_deref() == Some(uri));
                Self::Many(names.map(|(number, _)| number).collect())
            }
            NameTest::Named { prefix: None, local } => {
                // Instances of OpenRosa forms stand in no namespace or in the form's own.
                Self::with_local(tree, local, |uri| uri.is_none() || uri == host.namespace(""))
            }
            NameTest::Named { prefix: Some(prefix), local } => {
                let wanted = uri_of(prefix)?;
                Self::with_local(tree, local, |uri| uri == Some(wanted))
            }
        })
    }

    fn with_local(tree: &Tree, local: &str, accepts: impl Fn(Option<&str>) -> bool) -> Self {
        let accepted = |number: &u32| accepts(tree.numbered_name(*number).uri.as_deref());
        match tree.names_of(local) {
            [] => Self::One(None),
            [only] => Self::One(Some(*only).filter(accepted)),
            several => Self::Many(several.iter().copied().filter(accepted).collect()),
        }
    }

    /// True when a node's name is among them.
    pub(super) fn contains(&self, tree: &Tree, node: NodeId) -> bool {
        match self {
            Self::Any => true,
            Self::One(number) => *number == Some(tree.name_number(node)),
            Self::Many(numbers) => numbers.contains(&tree.name_number(node)),
        }
    }
}
