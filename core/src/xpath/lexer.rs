//! Cuts an expression into tokens, with the disambiguation rules of XPath 1.0 section 3.7.

use super::{
    ast::Operator,
    error::{ParseError, Problem},
};

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'x> {
    Number(f64),
    Text(&'x str),
    /// A name or a name test; `local` is `*` for a wildcard.
    Name {
        prefix: Option<&'x str>,
        local: &'x str,
    },
    Variable(&'x str),
    Operator(Operator),
    Slash,
    DoubleSlash,
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    Dot,
    DotDot,
    At,
    Comma,
    DoubleColon,
}

impl Token<'_> {
    /// True when an operand ends with this token, so that an operator must follow.
    fn ends_operand(&self) -> bool {
        matches!(
            self,
            Self::Number(_)
                | Self::Text(_)
                | Self::Name { .. }
                | Self::Variable(_)
                | Self::Close
                | Self::CloseBracket
                | Self::Dot
                | Self::DotDot
        )
    }
}

/// A token with its byte range.
#[derive(Debug, Clone)]
pub(super) struct Placed<'x> {
    pub(super) token: Token<'x>,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Makes an error at a byte offset.
pub(super) fn error_at(source: &str, offset: usize, problem: Problem) -> ParseError {
    let position = source.char_indices().take_while(|(at, _)| *at < offset).count();
    ParseError { offset, position, problem }
}

/// Cuts `source` into tokens.
pub(super) fn tokens(source: &str) -> Result<Vec<Placed<'_>>, ParseError> {
    let mut lexer = Lexer { source, at: 0, tokens: Vec::new() };
    while lexer.skip_blank() {
        let start = lexer.at;
        let token = lexer.next()?;
        lexer.tokens.push(Placed { token, start, end: lexer.at });
    }
    Ok(lexer.tokens)
}

struct Lexer<'x> {
    source: &'x str,
    at: usize,
    tokens: Vec<Placed<'x>>,
}

impl<'x> Lexer<'x> {
    fn rest(&self) -> &'x str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Passes blanks; false at the end.
    fn skip_blank(&mut self) -> bool {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n', '\u{a0}', '\u{3000}']).len();
        self.at < self.source.len()
    }

    fn take(&mut self, length: usize) -> &'x str {
        let taken = self.source.get(self.at..self.at + length).unwrap_or_default();
        self.at += taken.len();
        taken
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'x str {
        let rest = self.rest();
        let length = rest.find(|c| !accept(c)).unwrap_or(rest.len());
        self.take(length)
    }

    fn next(&mut self) -> Result<Token<'x>, ParseError> {
        let operand_before = self.tokens.last().is_some_and(|placed| placed.token.ends_operand());
        if let Some((symbol, token)) = SYMBOLS.iter().find(|(symbol, _)| self.rest().starts_with(symbol)) {
            if *symbol == "." && self.rest().chars().nth(1).is_some_and(|c| c.is_ascii_digit()) {
                return self.number();
            }
            self.take(symbol.len());
            return Ok(token.clone());
        }
        match self.peek().unwrap_or(' ') {
            '*' if operand_before => {
                self.take(1);
                Ok(Token::Operator(Operator::Multiply))
            }
            '*' => Ok(Token::Name { prefix: None, local: self.take(1) }),
            '0'..='9' => self.number(),
            quote @ ('"' | '\'') => self.text(quote),
            '$' => self.variable(),
            c if is_name_start(c) => Ok(self.name(operand_before)),
            found @ ('“' | '”' | '‘' | '’' | '„' | '«' | '»') => {
                Err(error_at(self.source, self.at, Problem::TypographicQuote { found }))
            }
            other => Err(self.unexpected(other.to_string(), "a name, a number, a text or an operator")),
        }
    }

    fn unexpected(&self, found: String, expected: &'static str) -> ParseError {
        error_at(self.source, self.at, Problem::Unexpected { found, expected })
    }

    /// Digits with a point; an exponent too, as calculations print very small numbers.
    fn number(&mut self) -> Result<Token<'x>, ParseError> {
        let start = self.at;
        self.take_while(|c| c.is_ascii_digit());
        if self.rest().starts_with('.') {
            self.take(1);
            self.take_while(|c| c.is_ascii_digit());
        }
        let exponent = self.rest().strip_prefix(['e', 'E']);
        if let Some(digits) = exponent.map(|rest| rest.strip_prefix(['-', '+']).unwrap_or(rest))
            && digits.starts_with(|c: char| c.is_ascii_digit())
        {
            self.take(self.rest().len() - digits.len());
            self.take_while(|c| c.is_ascii_digit());
        }
        let text = self.source.get(start..self.at).unwrap_or_default();
        text.parse().map(Token::Number).map_err(|_| self.unexpected(text.to_owned(), "a number"))
    }

    fn text(&mut self, quote: char) -> Result<Token<'x>, ParseError> {
        let start = self.at;
        self.take(1);
        let text = self.take_while(|c| c != quote);
        if self.take(1).is_empty() {
            return Err(error_at(self.source, start, Problem::OpenText { quote }));
        }
        Ok(Token::Text(text))
    }

    fn variable(&mut self) -> Result<Token<'x>, ParseError> {
        self.take(1);
        let start = self.at;
        self.take_while(is_name_part);
        if self.rest().starts_with(':') {
            self.take(1);
            self.take_while(is_name_part);
        }
        match self.source.get(start..self.at) {
            Some(name) if name.starts_with(is_name_start) => Ok(Token::Variable(name)),
            _ => Err(self.unexpected("$".to_owned(), "the name of a variable after `$`")),
        }
    }

    fn name(&mut self, operand_before: bool) -> Token<'x> {
        let start = self.at;
        let first = self.take_while(is_name_part);
        if operand_before && let Some((operator, length)) = word_operator(first) {
            self.at = start + length;
            return Token::Operator(operator);
        }
        let after = self.rest().strip_prefix(':').filter(|rest| !rest.starts_with(':'));
        let Some(after) = after else { return Token::Name { prefix: None, local: first } };
        if after.starts_with('*') {
            self.take(1);
            return Token::Name { prefix: Some(first), local: self.take(1) };
        }
        if after.starts_with(is_name_start) {
            self.take(1);
            return Token::Name { prefix: Some(first), local: self.take_while(is_name_part) };
        }
        Token::Name { prefix: None, local: first }
    }
}

/// The operator that a word is, or begins with where a number is glued to it (`6 div2`).
fn word_operator(word: &str) -> Option<(Operator, usize)> {
    let operators =
        [("or", Operator::Or), ("and", Operator::And), ("div", Operator::Divide), ("mod", Operator::Modulo)];
    operators.into_iter().find_map(|(name, operator)| {
        let rest = word.strip_prefix(name)?;
        let number = rest.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-'));
        (rest.is_empty() || number).then_some((operator, name.len()))
    })
}

/// Longer symbols first.
const SYMBOLS: [(&str, Token<'static>); 20] = [
    ("//", Token::DoubleSlash),
    ("..", Token::DotDot),
    ("::", Token::DoubleColon),
    ("!=", Token::Operator(Operator::NotEqual)),
    ("<=", Token::Operator(Operator::LessOrEqual)),
    (">=", Token::Operator(Operator::GreaterOrEqual)),
    ("/", Token::Slash),
    ("(", Token::Open),
    (")", Token::Close),
    ("[", Token::OpenBracket),
    ("]", Token::CloseBracket),
    (".", Token::Dot),
    ("@", Token::At),
    (",", Token::Comma),
    ("|", Token::Operator(Operator::Union)),
    ("+", Token::Operator(Operator::Add)),
    ("-", Token::Operator(Operator::Subtract)),
    ("=", Token::Operator(Operator::Equal)),
    ("<", Token::Operator(Operator::Less)),
    (">", Token::Operator(Operator::Greater)),
];

/// `NameStartChar` of XML 1.0 without the colon.
pub(super) fn is_name_start(c: char) -> bool {
    matches!(c, 'A'..='Z' | 'a'..='z' | '_'
        | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}'
        | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}'
        | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

fn is_name_part(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}
