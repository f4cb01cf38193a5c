//! What stands between the brackets of a call: values and arrow functions.

use std::sync::Arc;

use super::{
    ast::{Argument, Arrow, Function, Parameter},
    lexer::Token,
    names::RESERVED,
    parser::{Parser, Result},
};

impl Parser<'_> {
    pub(super) fn arguments(&mut self) -> Result<Vec<Argument>> {
        self.advance()?;
        let mut arguments = Vec::new();
        while !self.is(")") {
            arguments.push(self.argument()?);
            if !self.take(",")? {
                break;
            }
        }
        self.expect(")", "This call needs its ), or a comma between its arguments.")?;
        Ok(arguments)
    }

    fn argument(&mut self) -> Result<Argument> {
        if self.take("...")? {
            return Ok(Argument::Spread(self.expression()?));
        }
        let here = (self.lexer, self.token.clone(), self.span, self.last_end);
        let known = self.parameters.len();
        if let Ok(Some(parameters)) = self.arrow_head() {
            return self.nested(|parser| parser.arrow(parameters, known));
        }
        self.parameters.truncate(known);
        (self.lexer, self.token, self.span, self.last_end) = here;
        if let Token::Name(name) = self.token
            && let Some(function) = Function::parse(name).filter(|function| function.is_callback())
            && !self.parameters.iter().any(|parameter| &**parameter == name)
        {
            let (here, span, last_end) = (self.lexer, self.span, self.last_end);
            self.advance()?;
            if self.is(",") || self.is(")") {
                return Ok(Argument::Function(function));
            }
            (self.lexer, self.token, self.span, self.last_end) = (here, Token::Name(name), span, last_end);
        }
        Ok(Argument::Value(self.expression()?))
    }

    /// `item =>`, `(a, [b, c], { d }) =>`; none: something else stands here. Its names are parameters from now on.
    fn arrow_head(&mut self) -> Result<Option<Vec<Parameter>>> {
        if let Token::Name(name) = self.token {
            self.advance()?;
            if !self.take("=>")? || RESERVED.contains(&name) {
                return Ok(None);
            }
            self.parameters.push(name.into());
            return Ok(Some(vec![Parameter::Name]));
        }
        if !self.take("(")? {
            return Ok(None);
        }
        let mut parameters = Vec::new();
        while !self.is(")") {
            let Some(parameter) = self.parameter()? else { return Ok(None) };
            parameters.push(parameter);
            if !self.take(",")? {
                break;
            }
        }
        Ok((self.take(")")? && self.take("=>")?).then_some(parameters))
    }

    fn parameter(&mut self) -> Result<Option<Parameter>> {
        if self.take("[")? {
            let mut items = Vec::new();
            while !self.is("]") {
                if self.take(",")? {
                    items.push(false);
                    continue;
                }
                let Some(name) = self.parameter_name()? else { return Ok(None) };
                self.parameters.push(name);
                items.push(true);
                if !self.take(",")? {
                    break;
                }
            }
            return Ok(self.take("]")?.then_some(Parameter::List(items)));
        }
        if self.take("{")? {
            let mut members = Vec::new();
            while !self.is("}") {
                let Some(member) = self.parameter_name()? else { return Ok(None) };
                let name = if self.take(":")? { self.parameter_name()? } else { Some(member.clone()) };
                let Some(name) = name else { return Ok(None) };
                self.parameters.push(name);
                members.push(member);
                if !self.take(",")? {
                    break;
                }
            }
            return Ok(self.take("}")?.then_some(Parameter::Object(members)));
        }
        let Some(name) = self.parameter_name()? else { return Ok(None) };
        self.parameters.push(name);
        Ok(Some(Parameter::Name))
    }

    fn parameter_name(&mut self) -> Result<Option<Arc<str>>> {
        let Token::Name(name) = self.token else { return Ok(None) };
        if RESERVED.contains(&name) || matches!(name, "null" | "true" | "false" | "typeof") {
            return Ok(None);
        }
        self.advance()?;
        Ok(Some(name.into()))
    }

    fn arrow(&mut self, parameters: Vec<Parameter>, slot: usize) -> Result<Argument> {
        let names = &self.parameters[slot..];
        if let Some(twice) = names.iter().enumerate().find(|(index, name)| names[..*index].contains(name)) {
            return self.error(format!("Two parameters are called {}. Give each its own name.", twice.1));
        }
        if self.is("{") {
            return self.error("A function is one expression here. For an object, add brackets: item => ({ … }).");
        }
        self.count(self.span)?;
        let body = self.ternary()?;
        self.parameters.truncate(slot);
        Ok(Argument::Arrow(Arrow { parameters, slot, body }))
    }
}
