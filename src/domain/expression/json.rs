//! `JSON.parse`: text in, values out, as ECMAScript reads it: every number the nearest there is, halves of surrogate
//! pairs kept.

use super::{
    budget::{Budget, DEPTH},
    error::{Fault, Outcome},
    number,
    value::{Builder, Val},
};

pub(super) fn parse<'a>(text: &str, budget: &Budget) -> Outcome<Val<'a>> {
    let mut reader = Reader { text, at: 0, budget };
    let value = reader.value(0)?;
    reader.skip_blanks();
    if reader.at < text.len() { reader.fail() } else { Ok(value) }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    budget: &'t Budget,
}

impl Reader<'_> {
    fn fail<T>(&self) -> Outcome<T> {
        let place = match self.text[self.at..].chars().next() {
            Some(char) => format!("“{char}” at character {} does not fit", self.text[..self.at].chars().count() + 1),
            None => "it stops too early".to_owned(),
        };
        Err(Fault::new(format!("This text is not JSON: {place}. Look at what the node before handed on.")))
    }

    fn skip_blanks(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
    }

    /// Goes past the sign after blanks, if it is the next.
    fn take(&mut self, sign: u8) -> bool {
        self.skip_blanks();
        let found = self.text.as_bytes().get(self.at) == Some(&sign);
        self.at += usize::from(found);
        found
    }

    fn value<'a>(&mut self, depth: u16) -> Outcome<Val<'a>> {
        if depth > DEPTH {
            return Err(Fault::new(format!("This JSON is nested deeper than {DEPTH} levels.")));
        }
        self.skip_blanks();
        match self.text.as_bytes().get(self.at) {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => Ok(Val::text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => {
                let words = [("null", Val::Null), ("true", Val::Bool(true)), ("false", Val::Bool(false))];
                match words.into_iter().find(|(word, _)| self.text[self.at..].starts_with(word)) {
                    Some((word, value)) => {
                        self.at += word.len();
                        Ok(value)
                    }
                    None => self.fail(),
                }
            }
        }
    }

    fn list<'a>(&mut self, depth: u16) -> Outcome<Val<'a>> {
        self.at += 1;
        let mut items = Vec::new();
        if self.take(b']') {
            return Val::list(items);
        }
        loop {
            self.budget.bytes(32)?;
            items.push(self.value(depth + 1)?);
            if self.take(b']') {
                return Val::list(items);
            }
            if !self.take(b',') {
                return self.fail();
            }
        }
    }

    fn object<'a>(&mut self, depth: u16) -> Outcome<Val<'a>> {
        self.at += 1;
        let mut builder = Builder::default();
        if self.take(b'}') {
            return builder.build();
        }
        loop {
            self.skip_blanks();
            if self.text.as_bytes().get(self.at) != Some(&b'"') {
                return self.fail();
            }
            let name = String::from_utf16(&self.string()?)
                .map_err(|_| Fault::new("A member's name cannot hold half a character."))?;
            if !self.take(b':') {
                return self.fail();
            }
            let value = self.value(depth + 1)?;
            builder.set(self.budget, name.into(), value)?;
            if self.take(b'}') {
                return builder.build();
            }
            if !self.take(b',') {
                return self.fail();
            }
        }
    }

    fn number<'a>(&mut self) -> Outcome<Val<'a>> {
        let rest = &self.text.as_bytes()[self.at..];
        let is_part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
        let word = &self.text[self.at..self.at + rest.iter().take_while(|byte| is_part(byte)).count()];
        match number::parse_json(word) {
            Some(number) => {
                self.at += word.len();
                Ok(Val::Number(number))
            }
            None => self.fail(),
        }
    }

    fn string(&mut self) -> Outcome<Vec<u16>> {
        self.at += 1;
        let mut units = Vec::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(|char: char| char == '"' || char == '\\' || char < ' ');
            let Some(plain) = plain else {
                self.at = self.text.len();
                return self.fail();
            };
            self.budget.bytes(2 * plain + 2)?;
            units.extend(rest[..plain].encode_utf16());
            self.at += plain;
            match rest.as_bytes()[plain] {
                b'"' => {
                    self.at += 1;
                    return Ok(units);
                }
                b'\\' => units.push(self.escape()?),
                _ => return self.fail(),
            }
        }
    }

    fn escape(&mut self) -> Outcome<u16> {
        let rest = &self.text[self.at + 1..];
        let unit = match rest.bytes().next() {
            Some(b'n') => b'\n',
            Some(b't') => b'\t',
            Some(b'r') => b'\r',
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(same @ (b'"' | b'\\' | b'/')) => same,
            Some(b'u') => {
                let digits = rest.get(1..5).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
                return match digits.map(|digits| u16::from_str_radix(digits, 16)) {
                    Some(Ok(unit)) => {
                        self.at += 6;
                        Ok(unit)
                    }
                    _ => self.fail(),
                };
            }
            _ => return self.fail(),
        };
        self.at += 2;
        Ok(u16::from(unit))
    }
}
