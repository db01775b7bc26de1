//! The tree of an expression, by the names of the XPath 1.0 grammar.

use super::functions::Function;

/// A parsed expression. Parentheses are gone; they are printed again where needed.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// Operands joined by operators of one precedence, from left to right: a sum of three
    /// hundred questions is one list, not three hundred levels.
    Chain(Box<Expr>, Vec<(Operator, Expr)>),
    /// Unary minus.
    Negate(Box<Expr>),
    /// A number.
    Number(f64),
    /// A text in quotes.
    Text(Box<str>),
    /// A variable, without its `$`.
    Variable(Box<str>),
    /// A function with its arguments.
    Call(&'static Function, Vec<Expr>),
    /// A function that the library does not have: an error once it is evaluated. Only
    /// [`Expr::parse_any`] gives it.
    Unknown(Box<str>, Vec<Expr>),
    /// An expression that gives nodes, filtered by predicates.
    Filter(Box<Expr>, Vec<Expr>),
    /// A location path.
    Path(LocationPath),
}

/// The operators between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `or`
    Or,
    /// `and`
    And,
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `div`
    Divide,
    /// `mod`
    Modulo,
    /// `|`
    Union,
}

impl Operator {
    /// How tightly the operator binds; unary minus stands between 5 and 7.
    pub(super) const fn precedence(self) -> u8 {
        match self {
            Self::Or => 0,
            Self::And => 1,
            Self::Equal | Self::NotEqual => 2,
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => 3,
            Self::Add | Self::Subtract => 4,
            Self::Multiply | Self::Divide | Self::Modulo => 5,
            Self::Union => 7,
        }
    }

    /// The operator as written.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "div",
            Self::Modulo => "mod",
            Self::Union => "|",
        }
    }
}

/// A location path: where it begins and the steps from there.
#[derive(Debug, Clone, PartialEq)]
pub struct LocationPath {
    /// Where the path begins.
    pub origin: Origin,
    /// The steps; empty only for the path `/`.
    pub steps: Vec<Step>,
}

/// Where a location path begins.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// At the root: the path has a leading slash.
    Root,
    /// At the context node.
    Context,
    /// At the nodes that an expression gives: `instance('x')/…`.
    Expr(Box<Expr>),
}

/// One step of a location path.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The direction.
    pub axis: Axis,
    /// Which nodes in that direction.
    pub test: NodeTest,
    /// Conditions on each node.
    pub predicates: Vec<Expr>,
}

impl Step {
    /// A step without predicates.
    pub(super) const fn plain(axis: Axis, test: NodeTest) -> Self {
        Self { axis, test, predicates: Vec::new() }
    }

    /// The step that `//` stands for.
    pub(super) fn is_any_depth(&self) -> bool {
        self.axis == Axis::DescendantOrSelf && self.test == NodeTest::Node && self.predicates.is_empty()
    }
}

/// The thirteen axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Axis {
    /// `ancestor`
    Ancestor,
    /// `ancestor-or-self`
    AncestorOrSelf,
    /// `attribute`
    Attribute,
    /// `child`
    Child,
    /// `descendant`
    Descendant,
    /// `descendant-or-self`
    DescendantOrSelf,
    /// `following`
    Following,
    /// `following-sibling`
    FollowingSibling,
    /// `namespace`
    Namespace,
    /// `parent`
    Parent,
    /// `preceding`
    Preceding,
    /// `preceding-sibling`
    PrecedingSibling,
    /// `self`
    SelfNode,
}

impl Axis {
    /// The axes with their names.
    pub(super) const ALL: [(&'static str, Self); 13] = [
        ("ancestor", Self::Ancestor),
        ("ancestor-or-self", Self::AncestorOrSelf),
        ("attribute", Self::Attribute),
        ("child", Self::Child),
        ("descendant", Self::Descendant),
        ("descendant-or-self", Self::DescendantOrSelf),
        ("following", Self::Following),
        ("following-sibling", Self::FollowingSibling),
        ("namespace", Self::Namespace),
        ("parent", Self::Parent),
        ("preceding", Self::Preceding),
        ("preceding-sibling", Self::PrecedingSibling),
        ("self", Self::SelfNode),
    ];

    /// The axis as written.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, axis)| *axis == self).map_or("", |(name, _)| name)
    }
}

/// Which nodes of an axis a step takes.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeTest {
    /// A name, or a wildcard for names.
    Name(NameTest),
    /// `node()`
    Node,
    /// `text()`
    Text,
    /// `comment()`
    Comment,
    /// `processing-instruction()`, with or without a target.
    Instruction(Option<Box<str>>),
}

/// A test of a node's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameTest {
    /// `*`
    Any,
    /// `prefix:*`
    AnyIn(Box<str>),
    /// `local` or `prefix:local`
    Named {
        /// The prefix, if any.
        prefix: Option<Box<str>>,
        /// The local part.
        local: Box<str>,
    },
}
