//! Prefixes that OpenRosa forms use, and the tests of names.

use super::{
    ast::NameTest,
    context::Host,
    error::EvalError,
    tree::{Name, NodeId, Tree},
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

/// A test of names with its prefix already looked up.
#[derive(Debug)]
pub(super) enum ResolvedTest<'e> {
    Any,
    AnyIn(&'e str),
    Local { local: &'e str, default: Option<&'e str> },
    Qualified { local: &'e str, uri: &'e str },
}

impl<'e> ResolvedTest<'e> {
    pub(super) fn new(test: &'e NameTest, host: &'e dyn Host) -> Result<Self, EvalError> {
        let uri_of = |prefix: &'e str| {
            host.namespace(prefix)
                .or_else(|| well_known_namespace(prefix))
                .ok_or_else(|| EvalError::Prefix { prefix: prefix.into() })
        };
        Ok(match test {
            NameTest::Any => Self::Any,
            NameTest::AnyIn(prefix) => Self::AnyIn(uri_of(prefix)?),
            NameTest::Named { prefix: None, local } => Self::Local { local, default: host.namespace("") },
            NameTest::Named { prefix: Some(prefix), local } => {
                Self::Qualified { local, uri: uri_of(prefix)? }
            }
        })
    }

    pub(super) fn accepts(&self, tree: &Tree, node: NodeId) -> bool {
        let Name { local: own, uri, .. } = tree.name(node);
        match self {
            Self::Any => true,
            Self::AnyIn(wanted) => uri.as_deref() == Some(*wanted),
            // Instances of OpenRosa forms stand in no namespace or in the form's own.
            Self::Local { local, default } => {
                **own == **local && (uri.is_none() || uri.as_deref() == *default)
            }
            Self::Qualified { local, uri: wanted } => **own == **local && uri.as_deref() == Some(*wanted),
        }
    }
}
