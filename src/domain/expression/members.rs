//! Following a chain: members, indexes and methods of a value.

use serde_json::Value;

use super::{
    ast::{Expr, Link, LinkKind},
    convert,
    error::{Fault, Outcome},
    eval::Machine,
    methods,
    value::{Type, Val, array_index},
};

impl<'a> Machine<'a> {
    pub fn chain(&mut self, base: &'a Expr, links: &'a [Link]) -> Outcome<Val<'a>> {
        let mut value = self.eval(base)?;
        let mut path = base.span;
        for link in links {
            if link.optional && value.is_nothing() {
                return Ok(Val::Undefined);
            }
            self.budget.steps(1)?;
            value = self.follow(&value, link, path.start..path.end).map_err(|fault| fault.at(link.span))?;
            path = link.span;
        }
        Ok(value)
    }

    fn follow(&mut self, value: &Val<'a>, link: &'a Link, path: std::ops::Range<usize>) -> Outcome<Val<'a>> {
        if value.is_nothing() {
            let path = self.source.get(path).unwrap_or_default();
            let (what, instead) = match &link.what {
                LinkKind::Member(name) => (format!(".{name}"), format!("{path}?.{name}")),
                LinkKind::Index(_) => ("[…]".to_owned(), format!("{path}?.[…]")),
                LinkKind::Method(name, _) => (format!(".{name}()"), format!("{path}?.{name}(…)")),
            };
            return Err(Fault::new(format!(
                "{path} is {}, so it has no {what}. Check the name, or write {instead} where it may be missing.",
                value.kind().describe()
            )));
        }
        match &link.what {
            LinkKind::Member(name) => self.member(value, name),
            LinkKind::Index(index) => {
                let index = self.eval(index)?;
                self.indexed(value, &index)
            }
            LinkKind::Method(name, arguments) => {
                let arguments = self.arguments(arguments)?;
                methods::call(self, value, name, &arguments)
            }
        }
    }

    fn indexed(&mut self, value: &Val<'a>, index: &Val<'a>) -> Outcome<Val<'a>> {
        match index {
            Val::Number(number) if number.fract() == 0.0 && (0.0..4_294_967_295.0).contains(number) => {
                match value.kind() {
                    Type::List => Ok(value.item(*number as usize).unwrap_or(Val::Undefined)),
                    Type::Text => self.char_at(value, *number as usize),
                    _ => self.member(value, &(*number as u64).to_string()),
                }
            }
            index => {
                let name = convert::to_name(index, self.budget)?;
                self.member(value, &name)
            }
        }
    }

    pub fn member(&mut self, value: &Val<'a>, name: &str) -> Outcome<Val<'a>> {
        if let Some(member) = value.own(name) {
            return Ok(member);
        }
        match (value.kind(), name, array_index(name)) {
            (Type::List, "length", _) => Ok(Val::Number(value.list_len() as f64)),
            (Type::Text, "length", _) => Ok(Val::Number(self.text_len(value)? as f64)),
            (Type::List, _, Some(index)) => Ok(value.item(index as usize).unwrap_or(Val::Undefined)),
            (Type::Text, _, Some(index)) => self.char_at(value, index as usize),
            (kind, ..) => match methods::refusal(kind, name) {
                Some(message) => Err(Fault::new(message)),
                None => Ok(Val::Undefined),
            },
        }
    }

    fn text_len(&self, value: &Val) -> Outcome<usize> {
        Ok(match value {
            Val::Text(units) => units.len(),
            Val::Data(Value::String(text)) => {
                self.budget.scan(text.len())?;
                text.encode_utf16().count()
            }
            _ => 0,
        })
    }

    fn char_at(&self, value: &Val<'a>, index: usize) -> Outcome<Val<'a>> {
        let unit = match value {
            Val::Text(units) => units.get(index).copied(),
            Val::Data(Value::String(text)) => {
                self.budget.scan(index.min(text.len()))?;
                text.encode_utf16().nth(index)
            }
            _ => None,
        };
        Ok(unit.map_or(Val::Undefined, |unit| Val::text(vec![unit])))
    }
}
