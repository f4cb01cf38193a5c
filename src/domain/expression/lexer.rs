//! Words out of characters. Works on demand, because what a character means inside a template literal depends on
//! where the parser stands.

use super::{
    error::{ExpressionError, Span},
    number,
};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'s> {
    Number(f64),
    Text(Vec<u16>),
    /// A name or a keyword.
    Name(&'s str),
    /// An operator or bracket. The opening ` of a template literal too; the parser goes on with [`Lexer::chunk`].
    Sign(&'static str),
    End,
}

/// A place in the source; copying it remembers the place.
#[derive(Clone, Copy)]
pub(super) struct Lexer<'s> {
    source: &'s str,
    at: usize,
}

type Result<T> = std::result::Result<T, ExpressionError>;

/// Longest first. Those that the language does not have are known too, so that the parser can say so.
const SIGNS: &[&str] = &[
    ">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=", "=>", "==", "!=", "<=", ">=", "&&",
    "||", "??", "?.", "**", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "{", "}", "(", ")",
    "[", "]", ".", ",", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", "=", "&", "|", "^", "~", ";", "@", "#", "`",
    "\\",
];

impl<'s> Lexer<'s> {
    pub fn new(source: &'s str) -> Self {
        Self { source, at: 0 }
    }

    pub fn at(&self) -> usize {
        self.at
    }

    fn rest(&self) -> &'s str {
        &self.source[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn peek_second(&self) -> Option<char> {
        self.rest().chars().nth(1)
    }

    fn advance(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.at += char.len_utf8();
        Some(char)
    }

    fn error<T>(&self, start: usize, message: impl Into<String>) -> Result<T> {
        Err(ExpressionError::new(message, Span::new(start, self.at)))
    }

    /// The next word and where it stands.
    pub fn next(&mut self) -> Result<(Token<'s>, Span)> {
        self.skip_blanks()?;
        let start = self.at;
        let token = match self.peek() {
            None => Token::End,
            Some('"' | '\'') => Token::Text(self.text()?),
            Some('0'..='9') => Token::Number(self.number()?),
            Some('.') if self.peek_second().is_some_and(|next| next.is_ascii_digit()) => Token::Number(self.number()?),
            Some(first) if starts_name(first) => {
                let length = self.rest().find(|char| !continues_name(char)).unwrap_or(self.rest().len());
                self.at += length;
                Token::Name(&self.source[start..self.at])
            }
            Some(_) => Token::Sign(self.sign()?),
        };
        Ok((token, Span::new(start, self.at)))
    }

    fn skip_blanks(&mut self) -> Result<()> {
        loop {
            let start = self.at;
            if self.peek().is_some_and(number::is_blank) {
                self.advance();
            } else if self.rest().starts_with("//") {
                self.at += self.rest().find(['\n', '\r', '\u{2028}', '\u{2029}']).unwrap_or(self.rest().len());
            } else if self.rest().starts_with("/*") {
                match self.rest().find("*/") {
                    Some(length) => self.at += length + 2,
                    None => return self.error(start, "This comment is never closed. Add */ after it."),
                }
            } else {
                return Ok(());
            }
        }
    }

    fn sign(&mut self) -> Result<&'static str> {
        let start = self.at;
        let rest = self.rest();
        let found = SIGNS.iter().copied().find(|sign| rest.starts_with(sign));
        match found {
            // `a?.5:b` is a choice between two values.
            Some("?.") if rest[2..].starts_with(|next: char| next.is_ascii_digit()) => {
                self.at += 1;
                Ok("?")
            }
            Some(sign) => {
                self.at += sign.len();
                Ok(sign)
            }
            None => {
                let char = self.advance().unwrap_or_default();
                self.error(start, format!("“{char}” has no meaning here. Put text between quotes."))
            }
        }
    }

    fn number(&mut self) -> Result<f64> {
        let start = self.at;
        let length = self.rest().find(|char: char| !char.is_ascii_alphanumeric() && char != '_' && char != '.');
        let mut length = length.unwrap_or(self.rest().len());
        // A number ends at its second dot; an exponent may carry a sign.
        let word = &self.rest()[..length];
        if let Some((second_dot, _)) = word.match_indices('.').nth(1) {
            length = second_dot;
        }
        let is_decimal = !word.starts_with("0x") && !word.starts_with("0X");
        let rest = &self.rest()[length..];
        if is_decimal && self.rest()[..length].ends_with(['e', 'E']) && rest.starts_with(['+', '-']) {
            let digits = rest[1..].find(|char: char| !char.is_ascii_alphanumeric() && char != '_');
            length += 1 + digits.unwrap_or(rest.len() - 1);
        }
        self.at += length;
        if self.peek().is_some_and(continues_name) {
            self.advance();
            return self.error(start, "A number ends where letters begin. Put a space or an operator between them.");
        }
        let word = &self.source[start..self.at];
        match number::parse_literal(word) {
            Some(number) => Ok(number),
            None => self.error(start, format!("{word} is not a number. Write it like 12, 0.5 or 1e6.")),
        }
    }

    fn text(&mut self) -> Result<Vec<u16>> {
        let start = self.at;
        let quote = self.advance();
        let mut units = Vec::new();
        loop {
            match self.advance() {
                None | Some('\n' | '\r') => {
                    return self.error(start, "This text is never closed. Add the same quote at its end.");
                }
                char if char == quote => return Ok(units),
                Some('\\') => self.escape(&mut units)?,
                Some(char) => push(&mut units, char),
            }
        }
    }

    /// The literal piece of a template literal up to `${` (then true) or to its end.
    pub fn chunk(&mut self) -> Result<(Vec<u16>, bool)> {
        let start = self.at;
        let mut units = Vec::new();
        loop {
            if self.rest().starts_with("${") {
                self.at += 2;
                return Ok((units, true));
            }
            match self.advance() {
                None => return self.error(start, "This text is never closed. Add a ` at its end."),
                Some('`') => return Ok((units, false)),
                Some('\\') => self.escape(&mut units)?,
                // Line ends count as one character, as JavaScript has it.
                Some('\r') => {
                    if self.peek() == Some('\n') {
                        self.advance();
                    }
                    push(&mut units, '\n');
                }
                Some(char) => push(&mut units, char),
            }
        }
    }

    fn escape(&mut self, units: &mut Vec<u16>) -> Result<()> {
        let start = self.at - 1;
        let bad = |lexer: &Self| lexer.error(start, "This escape is not one of \\n \\t \\\" \\\\ \\u0041 \\u{1F600}.");
        match self.advance() {
            Some('n') => push(units, '\n'),
            Some('t') => push(units, '\t'),
            Some('r') => push(units, '\r'),
            Some('b') => push(units, '\u{8}'),
            Some('f') => push(units, '\u{c}'),
            Some('v') => push(units, '\u{b}'),
            Some('0') if !self.peek().is_some_and(|next| next.is_ascii_digit()) => units.push(0),
            Some('x') => match self.hex(2) {
                Some(unit) => units.push(unit as u16),
                None => return bad(self),
            },
            Some('u') if self.peek() == Some('{') => match self.code_point() {
                Some(code) => push_code_point(units, code),
                None => return bad(self),
            },
            Some('u') => match self.hex(4) {
                Some(unit) => units.push(unit as u16),
                None => return bad(self),
            },
            None | Some('0'..='9') => return bad(self),
            // A line that goes on after a backslash.
            Some('\r') => {
                if self.peek() == Some('\n') {
                    self.advance();
                }
            }
            Some('\n' | '\u{2028}' | '\u{2029}') => {}
            Some(other) => push(units, other),
        }
        Ok(())
    }

    fn hex(&mut self, digits: usize) -> Option<u32> {
        let word = self.rest().get(..digits).filter(|word| word.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        self.at += digits;
        u32::from_str_radix(word, 16).ok()
    }

    fn code_point(&mut self) -> Option<u32> {
        let end = self.rest().find('}')?;
        let word = &self.rest()[1..end];
        let is_hex = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let code = u32::from_str_radix(word, 16).ok().filter(|code| is_hex && *code <= 0x10_FFFF)?;
        self.at += end + 1;
        Some(code)
    }
}

fn starts_name(char: char) -> bool {
    char.is_alphabetic() || char == '_' || char == '$'
}

fn continues_name(char: char) -> bool {
    char.is_alphanumeric() || char == '_' || char == '$'
}

fn push(units: &mut Vec<u16>, char: char) {
    units.extend_from_slice(char.encode_utf16(&mut [0; 2]));
}

/// Half of a surrogate pair may stand alone, as in JavaScript.
fn push_code_point(units: &mut Vec<u16>, code: u32) {
    match char::from_u32(code) {
        Some(char) => push(units, char),
        None => units.push(code as u16),
    }
}
