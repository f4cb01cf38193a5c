//! What stands between operators: literals, brackets, and the members and calls after a value.

use std::sync::Arc;

use super::{
    ast::{Element, Expr, ExprKind, Link, LinkKind, Property, UnaryOp},
    error::{ExpressionError, Span},
    lexer::Token,
    methods,
    names::Alias,
    parser::{Parser, Result},
};

impl<'s> Parser<'s> {
    pub(super) fn operand(&mut self) -> Result<Expr> {
        let op = match &self.token {
            Token::Sign("!") => UnaryOp::Not,
            Token::Sign("-") => UnaryOp::Minus,
            Token::Sign("+") => UnaryOp::Plus,
            Token::Name("typeof") => UnaryOp::Typeof,
            _ => return self.chain(),
        };
        let start = self.span;
        self.advance()?;
        let operand = self.nested(Self::operand)?;
        let span = start.to(operand.span);
        self.node(ExprKind::Unary(op, Box::new(operand)), span)
    }

    fn chain(&mut self) -> Result<Expr> {
        let (base, alias) = self.primary()?;
        let start = base.span;
        let mut links = Vec::new();
        // `$("X")` has read its index already.
        let base = match base {
            Expr { kind: ExprKind::Chain(root, first), in_brackets: false, .. } if alias == Alias::Node => {
                links = first;
                *root
            }
            base => base,
        };
        loop {
            match alias {
                Alias::Input if links.is_empty() => {
                    self.skip_item_json(false)?;
                }
                Alias::Node if links.len() == 1 && self.skip_item_json(true)? => {
                    let span = Span::new(start.start, self.last_end);
                    links.push(Link { what: LinkKind::Member("output".into()), optional: false, span });
                }
                _ => {}
            }
            match self.link(start)? {
                Some(link) => links.push(link),
                None => break,
            }
        }
        if links.is_empty() {
            return Ok(base);
        }
        let span = Span::new(start.start, self.last_end);
        self.node(ExprKind::Chain(Box::new(base), links), span)
    }

    /// Goes past `.item.json`, `.first().json`, `.last().json` and, for nodes, `.json`.
    fn skip_item_json(&mut self, or_json_alone: bool) -> Result<bool> {
        Ok(self.take_words(&[".", "item", ".", "json"])?
            || self.take_words(&[".", "first", "(", ")", ".", "json"])?
            || self.take_words(&[".", "last", "(", ")", ".", "json"])?
            || (or_json_alone && self.take_words(&[".", "json"])?))
    }

    fn take_words(&mut self, words: &[&str]) -> Result<bool> {
        let here = (self.lexer, self.token.clone(), self.span, self.last_end);
        for word in words {
            let fits = matches!(&self.token, Token::Name(found) if found == word) || self.is(word);
            if !fits {
                (self.lexer, self.token, self.span, self.last_end) = here;
                return Ok(false);
            }
            self.advance()?;
        }
        Ok(true)
    }

    /// The next `.member`, `[index]` or `.method(…)`, if one follows.
    fn link(&mut self, start: Span) -> Result<Option<Link>> {
        let optional = self.is("?.");
        let what = if optional || self.is(".") {
            self.advance()?;
            match self.token.clone() {
                Token::Name(name) => {
                    self.advance()?;
                    self.member(name)?
                }
                Token::Sign("[") if optional => self.index()?,
                Token::Sign("(") => return self.error("Call a method by its name: value.method(…)."),
                _ => return self.error("A name is missing after the dot."),
            }
        } else if self.is("[") {
            self.index()?
        } else if self.is("(") {
            return self.error(
                "Only methods and the functions of the language can be called, such as text.trim() or Math.max(1, 2).",
            );
        } else {
            return Ok(None);
        };
        let span = Span::new(start.start, self.last_end);
        self.count(span)?;
        Ok(Some(Link { what, optional, span }))
    }

    fn member(&mut self, name: &str) -> Result<LinkKind> {
        if !self.is("(") {
            return Ok(LinkKind::Member(name.into()));
        }
        match methods::unknown(name) {
            Some(message) => Err(ExpressionError::new(message, Span::new(self.last_end - name.len(), self.last_end))),
            None => Ok(LinkKind::Method(name.into(), self.arguments()?)),
        }
    }

    fn index(&mut self) -> Result<LinkKind> {
        self.advance()?;
        let index = self.expression()?;
        self.expect("]", "This [ needs its ].")?;
        Ok(LinkKind::Index(index))
    }

    fn primary(&mut self) -> Result<(Expr, Alias)> {
        let span = self.span;
        let kind = match self.token.clone() {
            Token::Number(number) => ExprKind::Number(number),
            Token::Text(units) => ExprKind::Text(units.into()),
            Token::Name(name) => return self.name(name),
            Token::Sign("(") => return Ok((self.brackets()?, Alias::None)),
            Token::Sign("[") => return Ok((self.list()?, Alias::None)),
            Token::Sign("{") => return Ok((self.object()?, Alias::None)),
            Token::Sign("`") => return Ok((self.template()?, Alias::None)),
            _ => return self.unexpected(),
        };
        self.advance()?;
        Ok((self.node(kind, span)?, Alias::None))
    }

    fn brackets(&mut self) -> Result<Expr> {
        let start = self.span;
        self.advance()?;
        let mut inner = self.expression()?;
        if self.is(",") {
            return self.error("Brackets hold one value. For a list, write [a, b].");
        }
        self.expect(")", "This ( needs its ).")?;
        inner.in_brackets = true;
        inner.span = Span::new(start.start, self.last_end);
        Ok(inner)
    }

    fn list(&mut self) -> Result<Expr> {
        let start = self.span;
        self.advance()?;
        let mut elements = Vec::new();
        while !self.is("]") {
            if self.is(",") {
                return self.error("A list has no empty places. Write null for nothing.");
            }
            let is_spread = self.take("...")?;
            let value = self.expression()?;
            elements.push(if is_spread { Element::Spread(value) } else { Element::Item(value) });
            if !self.take(",")? {
                break;
            }
        }
        self.expect("]", "This list needs its ].")?;
        self.node(ExprKind::List(elements), Span::new(start.start, self.last_end))
    }

    fn object(&mut self) -> Result<Expr> {
        let start = self.span;
        self.advance()?;
        let mut properties = Vec::new();
        while !self.is("}") {
            properties.push(self.property()?);
            if !self.take(",")? {
                break;
            }
        }
        self.expect("}", "This object needs its }, or a comma between its members.")?;
        self.node(ExprKind::Object(properties), Span::new(start.start, self.last_end))
    }

    fn property(&mut self) -> Result<Property> {
        if self.take("...")? {
            return Ok(Property::Spread(self.expression()?));
        }
        if self.take("[")? {
            let key = self.expression()?;
            self.expect("]", "This [ needs its ].")?;
            self.expect(":", "A member needs a colon and a value: { [key]: value }.")?;
            return Ok(Property::Computed(key, self.expression()?));
        }
        let (token, span) = (self.token.clone(), self.span);
        let key: Arc<str> = match &token {
            Token::Name(name) => (*name).into(),
            Token::Text(units) => match String::from_utf16(units) {
                Ok(text) => text.into(),
                Err(_) => return self.error("A member's name cannot hold half a character."),
            },
            Token::Number(number) => super::number::format(*number).into(),
            _ => return self.error("A member's name is missing, such as { name: input.name }."),
        };
        self.advance()?;
        if self.take(":")? {
            if &*key == "__proto__" {
                return Err(ExpressionError::new("__proto__ cannot be a member's name. Choose another.", span));
            }
            return Ok(Property::Named(key, self.expression()?));
        }
        match token {
            Token::Name(name) if self.is(",") || self.is("}") => {
                let value = self.named(name, span)?.0;
                Ok(Property::Named(key, value))
            }
            _ => self.error("A member needs a colon and a value: { name: value }."),
        }
    }

    fn template(&mut self) -> Result<Expr> {
        let start = self.span;
        let (mut pieces, mut values) = (Vec::new(), Vec::new());
        // The lexer stands right after the ` or the } that is the current word.
        loop {
            let (units, goes_on) = self.lexer.chunk()?;
            pieces.push(units.into());
            if !goes_on {
                break;
            }
            self.advance()?;
            values.push(self.expression()?);
            if !self.is("}") {
                return self.error("This ${ needs its }.");
            }
        }
        let span = Span::new(start.start, self.lexer.at());
        self.advance()?;
        self.last_end = span.end;
        self.node(ExprKind::Template(pieces, values), span)
    }
}
