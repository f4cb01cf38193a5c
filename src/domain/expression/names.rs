//! What names stand for: data, constants, functions; and what to write instead of those that stand for nothing.

use super::{
    ast::{Expr, ExprKind, Function, Link, LinkKind, Root},
    error::{ExpressionError, Span},
    lexer::Token,
    parser::{Parser, Result},
    suggest,
};

/// Names that n8n gives to what we have under other names.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Alias {
    None,
    /// `$input`, and `$input.item.json` for the same.
    Input,
    /// `$node["X"].json` and `$("X").item.json` for `nodes["X"].output`.
    Node,
}

/// What an expression may begin with.
const ROOTS: &[&str] =
    &["input", "trigger", "nodes", "execution", "workflow", "item", "index", "vars", "now", "null", "true", "false"];
const NAMESPACES: &[&str] = &["Math", "JSON", "Object", "Array", "Number", "String", "Date"];
pub(super) const RESERVED: &[&str] = &[
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
    pub(super) fn name(&mut self, name: &'s str) -> Result<(Expr, Alias)> {
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
    pub(super) fn named(&mut self, name: &str, span: Span) -> Result<(Expr, Alias)> {
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
            "item" | "$item" => (ExprKind::Root(Root::Item), Alias::None),
            "index" | "$itemIndex" => (ExprKind::Root(Root::Index), Alias::None),
            "vars" | "$vars" => (ExprKind::Root(Root::Vars), Alias::None),
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
        "$env" | "process" => "An expression cannot see the server. Store secrets as credentials.".to_owned(),
        _ => {
            let guess = suggest::sentence(name, ROOTS.iter().chain(NAMESPACES).copied());
            format!(
                "There is no “{name}” here.{guess} Start with input, item, trigger, nodes[\"Name\"], vars, execution, workflow or now, or put quotes around text."
            )
        }
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
            let all = Function::ALL.iter().map(|function| function.name());
            let guess = suggest::sentence(name, all.clone());
            let space = name.split_once('.').map_or("", |(space, _)| space);
            let names: Vec<&str> =
                all.filter(|other| other.split_once('.').map_or("", |(space, _)| space) == space).collect();
            format!("There is no function {name}.{guess} Available are {}.", names.join(", "))
        }
    }
}
