//! Reads an expression: the grammar of XPath 1.0 by precedence climbing.

use std::str::FromStr;

use super::{
    ast::{Axis, Expr, LocationPath, NameTest, NodeTest, Operator, Origin, Step},
    error::{ParseError, Problem},
    functions::{self, Function},
    lexer::{Placed, Token, error_at, tokens},
};

/// Most levels of parentheses and brackets: a stack of one mebibyte, as a browser gives,
/// must hold the parser and the evaluator at this depth.
const MAX_DEPTH: usize = 128;

impl Expr {
    /// Reads an expression. That its functions exist and have the arguments they need is
    /// part of the grammar here: a form is refused before anybody fills it.
    ///
    /// # Errors
    /// [`ParseError`] with the place and what could stand there.
    pub fn parse(source: &str) -> Result<Self, ParseError> {
        Self::parse_with(source, true)
    }

    /// Reads an expression without asking whether its functions exist. A call that cannot
    /// be made fails only when it is evaluated, as in browsers.
    ///
    /// # Errors
    /// [`ParseError`] with the place and what could stand there.
    pub fn parse_any(source: &str) -> Result<Self, ParseError> {
        Self::parse_with(source, false)
    }

    fn parse_with(source: &str, strict: bool) -> Result<Self, ParseError> {
        let mut parser = Parser { source, tokens: tokens(source)?, at: 0, depth: 0, strict };
        if parser.tokens.is_empty() {
            return Err(error_at(source, 0, Problem::Empty));
        }
        let expr = parser.expr()?;
        match parser.peek() {
            None => Ok(expr),
            Some(_) => Err(parser.unexpected("an operator or the end")),
        }
    }
}

impl FromStr for Expr {
    type Err = ParseError;

    fn from_str(source: &str) -> Result<Self, ParseError> {
        Self::parse(source)
    }
}

struct Parser<'x> {
    source: &'x str,
    tokens: Vec<Placed<'x>>,
    at: usize,
    depth: usize,
    strict: bool,
}

type Parsed<T> = Result<T, ParseError>;

impl<'x> Parser<'x> {
    fn peek(&self) -> Option<&Token<'x>> {
        self.tokens.get(self.at).map(|placed| &placed.token)
    }

    fn peek_second(&self) -> Option<&Token<'x>> {
        self.tokens.get(self.at + 1).map(|placed| &placed.token)
    }

    /// Passes `token` if it comes next.
    fn pass(&mut self, token: &Token<'x>) -> bool {
        let found = self.peek() == Some(token);
        self.at += usize::from(found);
        found
    }

    fn need(&mut self, token: &Token<'x>, expected: &'static str) -> Parsed<()> {
        if self.pass(token) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    fn offset(&self) -> usize {
        self.tokens.get(self.at).map_or(self.source.len(), |placed| placed.start)
    }

    fn error(&self, offset: usize, problem: Problem) -> ParseError {
        error_at(self.source, offset, problem)
    }

    fn unexpected(&self, expected: &'static str) -> ParseError {
        let problem = match self.tokens.get(self.at) {
            None => Problem::Ended { expected },
            Some(placed) => {
                let found = self.source.get(placed.start..placed.end).unwrap_or_default().to_owned();
                Problem::Unexpected { found, expected }
            }
        };
        self.error(self.offset(), problem)
    }

    fn expr(&mut self) -> Parsed<Expr> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error(self.offset(), Problem::TooDeep { limit: MAX_DEPTH }));
        }
        let expr = self.binary(0);
        self.depth -= 1;
        expr
    }

    fn operator(&self) -> Option<Operator> {
        match self.peek() {
            Some(Token::Operator(operator)) => Some(*operator),
            _ => None,
        }
    }

    /// Operands joined by operators that bind at least as tightly as `least`.
    fn binary(&mut self, least: u8) -> Parsed<Expr> {
        let mut left = self.unary()?;
        while let Some(operator) = self.operator()
            && operator.precedence() >= least
        {
            let precedence = operator.precedence();
            let mut rest = Vec::new();
            while let Some(operator) = self.operator()
                && operator.precedence() == precedence
            {
                self.at += 1;
                rest.push((operator, self.binary(precedence + 1)?));
            }
            left = Expr::Chain(Box::new(left), rest);
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed<Expr> {
        let mut signs = 0;
        while self.pass(&Token::Operator(Operator::Subtract)) {
            signs += 1;
        }
        self.depth += signs;
        if self.depth > MAX_DEPTH {
            return Err(self.error(self.offset(), Problem::TooDeep { limit: MAX_DEPTH }));
        }
        let first = self.path()?;
        let mut rest = Vec::new();
        while self.pass(&Token::Operator(Operator::Union)) {
            rest.push((Operator::Union, self.path()?));
        }
        let operand = if rest.is_empty() { first } else { Expr::Chain(Box::new(first), rest) };
        self.depth -= signs;
        Ok((0..signs).fold(operand, |operand, _| Expr::Negate(Box::new(operand))))
    }

    fn path(&mut self) -> Parsed<Expr> {
        if self.pass(&Token::DoubleSlash) {
            let mut steps = vec![Step::plain(Axis::DescendantOrSelf, NodeTest::Node)];
            self.steps(&mut steps)?;
            return Ok(Expr::Path(LocationPath { origin: Origin::Root, steps }));
        }
        if self.pass(&Token::Slash) {
            let mut steps = Vec::new();
            if self.begins_step() {
                self.steps(&mut steps)?;
            }
            return Ok(Expr::Path(LocationPath { origin: Origin::Root, steps }));
        }
        if self.begins_primary() {
            return self.filter();
        }
        let mut steps = Vec::new();
        self.steps(&mut steps)?;
        Ok(Expr::Path(LocationPath { origin: Origin::Context, steps }))
    }

    fn begins_step(&self) -> bool {
        matches!(self.peek(), Some(Token::Name { .. } | Token::Dot | Token::DotDot | Token::At))
    }

    fn begins_primary(&self) -> bool {
        match self.peek() {
            Some(Token::Number(_) | Token::Text(_) | Token::Variable(_) | Token::Open) => true,
            Some(Token::Name { prefix, local }) => {
                let node_type = prefix.is_none() && is_node_type(local);
                self.peek_second() == Some(&Token::Open) && !node_type
            }
            _ => false,
        }
    }

    /// A primary expression with predicates and further steps.
    fn filter(&mut self) -> Parsed<Expr> {
        let primary = self.primary()?;
        let predicates = self.predicates()?;
        let filtered =
            if predicates.is_empty() { primary } else { Expr::Filter(Box::new(primary), predicates) };
        let mut steps = Vec::new();
        if self.pass(&Token::DoubleSlash) {
            steps.push(Step::plain(Axis::DescendantOrSelf, NodeTest::Node));
        } else if !self.pass(&Token::Slash) {
            return Ok(filtered);
        }
        self.steps(&mut steps)?;
        Ok(Expr::Path(LocationPath { origin: Origin::Expr(Box::new(filtered)), steps }))
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let token = self.peek().cloned();
        match token {
            Some(Token::Number(number)) => {
                self.at += 1;
                Ok(Expr::Number(number))
            }
            Some(Token::Text(text)) => {
                self.at += 1;
                Ok(Expr::Text(text.into()))
            }
            Some(Token::Variable(name)) => {
                self.at += 1;
                Ok(Expr::Variable(name.into()))
            }
            Some(Token::Name { prefix, local }) => self.call(prefix, local),
            _ => {
                self.need(&Token::Open, "an operand")?;
                let inner = self.expr()?;
                self.need(&Token::Close, "an operator or `)`")?;
                Ok(inner)
            }
        }
    }

    fn call(&mut self, prefix: Option<&str>, local: &str) -> Parsed<Expr> {
        let offset = self.offset();
        self.at += 2;
        let name = prefix.map_or_else(|| local.to_owned(), |prefix| format!("{prefix}:{local}"));
        let function = functions::find(&name);
        let (None, true) = (function, self.strict) else {
            let arguments = self.arguments()?;
            return self.called(offset, name, function, arguments);
        };
        let nearest = functions::nearest(&name);
        Err(self.error(offset, Problem::UnknownFunction { name, nearest }))
    }

    fn called(
        &self,
        offset: usize,
        name: String,
        function: Option<&'static Function>,
        arguments: Vec<Expr>,
    ) -> Parsed<Expr> {
        let Some(function) = function else { return Ok(Expr::Unknown(name.into(), arguments)) };
        let (expected, got) = (function.arity(), arguments.len());
        if self.strict && !expected.takes(got) {
            return Err(self.error(offset, Problem::Arguments { name: function.name(), expected, got }));
        }
        Ok(Expr::Call(function, arguments))
    }

    /// The arguments up to the closing parenthesis.
    fn arguments(&mut self) -> Parsed<Vec<Expr>> {
        let mut arguments = Vec::new();
        if self.pass(&Token::Close) {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expr()?);
            if self.pass(&Token::Close) {
                return Ok(arguments);
            }
            self.need(&Token::Comma, "an operator, `,` or `)`")?;
        }
    }

    fn steps(&mut self, steps: &mut Vec<Step>) -> Parsed<()> {
        loop {
            steps.push(self.step()?);
            if self.pass(&Token::DoubleSlash) {
                steps.push(Step::plain(Axis::DescendantOrSelf, NodeTest::Node));
            } else if !self.pass(&Token::Slash) {
                return Ok(());
            }
        }
    }

    fn step(&mut self) -> Parsed<Step> {
        if self.pass(&Token::Dot) {
            return Ok(Step::plain(Axis::SelfNode, NodeTest::Node));
        }
        if self.pass(&Token::DotDot) {
            return Ok(Step::plain(Axis::Parent, NodeTest::Node));
        }
        let axis = self.axis()?;
        let test = self.node_test()?;
        let predicates = self.predicates()?;
        Ok(Step { axis, test, predicates })
    }

    fn axis(&mut self) -> Parsed<Axis> {
        if self.pass(&Token::At) {
            return Ok(Axis::Attribute);
        }
        if self.peek_second() != Some(&Token::DoubleColon) {
            return Ok(Axis::Child);
        }
        let Some(Token::Name { prefix: None, local }) = self.peek() else {
            return Err(self.unexpected("the name of an axis"));
        };
        let Some((_, axis)) = Axis::ALL.iter().find(|(name, _)| name == local) else {
            let name = (*local).to_owned();
            return Err(self.error(self.offset(), Problem::UnknownAxis { name }));
        };
        self.at += 2;
        Ok(*axis)
    }

    fn node_test(&mut self) -> Parsed<NodeTest> {
        let Some(Token::Name { prefix, local }) = self.peek().cloned() else {
            return Err(self.unexpected("a name, a number, a text or a function"));
        };
        if prefix.is_none() && is_node_type(local) && self.peek_second() == Some(&Token::Open) {
            self.at += 2;
            return self.node_type(local);
        }
        self.at += 1;
        Ok(NodeTest::Name(match (prefix, local) {
            (None, "*") => NameTest::Any,
            (Some(prefix), "*") => NameTest::AnyIn(prefix.into()),
            _ => NameTest::Named { prefix: prefix.map(Into::into), local: local.into() },
        }))
    }

    fn node_type(&mut self, name: &str) -> Parsed<NodeTest> {
        let mut target = None;
        if let (true, Some(Token::Text(text))) = (name == "processing-instruction", self.peek()) {
            target = Some((*text).into());
            self.at += 1;
        }
        self.need(&Token::Close, "`)`")?;
        Ok(match name {
            "node" => NodeTest::Node,
            "text" => NodeTest::Text,
            "comment" => NodeTest::Comment,
            _ => NodeTest::Instruction(target),
        })
    }

    fn predicates(&mut self) -> Parsed<Vec<Expr>> {
        let mut predicates = Vec::new();
        while self.pass(&Token::OpenBracket) {
            predicates.push(self.expr()?);
            self.need(&Token::CloseBracket, "an operator or `]`")?;
        }
        Ok(predicates)
    }
}

fn is_node_type(name: &str) -> bool {
    matches!(name, "node" | "text" | "comment" | "processing-instruction")
}
