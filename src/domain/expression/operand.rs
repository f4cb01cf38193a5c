//! What stands between operators: literals, names, brackets, and the members and calls after them.

use std::sync::Arc;

use super::{
    ast::{Argument, Arrow, Element, Expr, ExprKind, Function, Link, LinkKind, Parameter, Property, Root, UnaryOp},
    error::{ExpressionError, Span},
    lexer::Token,
    methods,
    parser::{Parser, Result},
};

/// Names that n8n gives to what we have under other names.
#[derive(Clone, Copy, PartialEq)]
enum Alias {
    None,
    /// `$input`, and `$input.item.json` for the same.
    Input,
    /// `$node["X"].json` and `$("X").item.json` for `nodes["X"].output`.
    Node,
}

const NAMESPACES: &[&str] = &["Math", "JSON", "Object", "Array", "Number", "String", "Date"];
const RESERVED: &[&str] = &[
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "export",
    "extends",
    "finally",
    "for",
    "function",
    "if",
    "import",
    "in",
    "instanceof",
    "let",
    "new",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "try",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

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

    fn name(&mut self, name: &'s str) -> Result<(Expr, Alias)> {
        let span = self.span;
        self.advance()?;
        let is_parameter = self.parameters.iter().any(|parameter| &**parameter == name);
        if name == "$" && self.is("(") && !is_parameter {
            return self.node_by_name(span);
        }
        if RESERVED.contains(&name) {
            return Err(ExpressionError::new(unknown(name), span));
        }
        if !is_parameter && (self.is("(") || NAMESPACES.contains(&name)) {
            return self.function(name, span);
        }
        self.named(name, span)
    }

    /// What a name alone stands for.
    fn named(&mut self, name: &str, span: Span) -> Result<(Expr, Alias)> {
        if let Some(slot) = self.parameters.iter().rposition(|parameter| &**parameter == name) {
            return Ok((self.node(ExprKind::Local(slot), span)?, Alias::None));
        }
        let (kind, alias) = match name {
            "input" | "$json" => (ExprKind::Root(Root::Input), Alias::None),
            "$input" => (ExprKind::Root(Root::Input), Alias::Input),
            "trigger" => (ExprKind::Root(Root::Trigger), Alias::None),
            "nodes" => (ExprKind::Root(Root::Nodes), Alias::None),
            "$node" => (ExprKind::Root(Root::Nodes), Alias::Node),
            "execution" | "$execution" => (ExprKind::Root(Root::Execution), Alias::None),
            "workflow" | "$workflow" => (ExprKind::Root(Root::Workflow), Alias::None),
            "now" | "$now" => (ExprKind::Root(Root::Now), Alias::None),
            "null" => (ExprKind::Null, Alias::None),
            "undefined" => (ExprKind::Undefined, Alias::None),
            "true" => (ExprKind::Bool(true), Alias::None),
            "false" => (ExprKind::Bool(false), Alias::None),
            "NaN" => (ExprKind::Number(f64::NAN), Alias::None),
            "Infinity" => (ExprKind::Number(f64::INFINITY), Alias::None),
            _ => return Err(ExpressionError::new(unknown(name), span)),
        };
        Ok((self.node(kind, span)?, alias))
    }

    /// `$("Name")`.
    fn node_by_name(&mut self, start: Span) -> Result<(Expr, Alias)> {
        let root = self.node(ExprKind::Root(Root::Nodes), start)?;
        self.advance()?;
        let index = self.expression()?;
        self.expect(")", "This ( needs its ).")?;
        let span = Span::new(start.start, self.last_end);
        let link = Link { what: LinkKind::Index(index), optional: false, span };
        Ok((self.node(ExprKind::Chain(Box::new(root), vec![link]), span)?, Alias::Node))
    }

    /// `Number(…)`, `Math.max(…)`, `Math.PI`.
    fn function(&mut self, name: &str, start: Span) -> Result<(Expr, Alias)> {
        let mut name = name.to_owned();
        if NAMESPACES.contains(&name.as_str()) && self.take(".")? {
            let Token::Name(member) = self.token else { return self.error("A name is missing after the dot.") };
            name = format!("{name}.{member}");
            self.advance()?;
        }
        let span = Span::new(start.start, self.last_end);
        if let Some(number) = constant(&name) {
            return Ok((self.node(ExprKind::Number(number), span)?, Alias::None));
        }
        let Some(function) = Function::parse(&name) else {
            return Err(ExpressionError::new(unknown_function(&name), span));
        };
        if !self.is("(") {
            return Err(ExpressionError::new(format!("{name} is a function: write {name}(…)."), span));
        }
        let arguments = self.arguments()?;
        let span = Span::new(start.start, self.last_end);
        Ok((self.node(ExprKind::Call(function, arguments), span)?, Alias::None))
    }

    fn arguments(&mut self) -> Result<Vec<Argument>> {
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

fn constant(name: &str) -> Option<f64> {
    Some(match name {
        "Math.PI" => std::f64::consts::PI,
        "Math.E" => std::f64::consts::E,
        "Number.MAX_SAFE_INTEGER" => 9_007_199_254_740_991.0,
        "Number.MIN_SAFE_INTEGER" => -9_007_199_254_740_991.0,
        "Number.EPSILON" => f64::EPSILON,
        "Number.MAX_VALUE" => f64::MAX,
        _ => return None,
    })
}

fn unknown(name: &str) -> String {
    if RESERVED.contains(&name) {
        return format!(
            "“{name}” is a word of JavaScript that expressions do not have. Write one value, without statements."
        );
    }
    match name {
        "$vars" | "vars" => {
            "Variables are not available. Put the value into the node, or hand it in with the trigger.".to_owned()
        }
        "$env" | "process" => "An expression cannot see the server. Store secrets as credentials.".to_owned(),
        "item" | "$item" | "index" => {
            format!("There is no “{name}” here. Inside of a function, name it: items.map({name} => …).")
        }
        _ => format!(
            "There is no “{name}” here. Start with input, trigger, nodes[\"Name\"], execution, workflow or now, or put quotes around text."
        ),
    }
}

fn unknown_function(name: &str) -> String {
    match name {
        "Math.random" => {
            "Math.random is not available: an attempt that is tried again must see the same. Use execution.id."
                .to_owned()
        }
        "Date.now" | "Date" => {
            "The time of the attempt is now, as text. Date.parse(now) gives milliseconds.".to_owned()
        }
        "isNaN" | "isFinite" => format!("Write Number.{name}(…)."),
        _ => {
            let space = name.split_once('.').map_or("", |(space, _)| space);
            let names: Vec<&str> = Function::ALL
                .iter()
                .map(|function| function.name())
                .filter(|other| other.split_once('.').map_or("", |(space, _)| space) == space)
                .collect();
            format!("There is no function {name}. Available are {}.", names.join(", "))
        }
    }
}
