//! Which nodes the expressions of a node mention.

use serde_json::Value;

use super::{
    ast::{Argument, Element, Expr, ExprKind, LinkKind, Property, Root},
    error::ExpressionError,
    parser::parse,
    template::{Piece, pieces, whole},
};
use crate::domain::{
    task::{Field, Input},
    workflow::Node,
};

/// What expressions mention of `nodes`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    pub names: Vec<Mention>,
    /// Whether `nodes` is also used without a name that is known beforehand.
    pub is_open: bool,
    /// The first field that mentions `item` or `index`.
    pub item: Option<&'static str>,
    /// Variables that are read by name.
    pub vars: Vec<Mention>,
    /// Whether `vars` is read at all.
    pub reads_vars: bool,
}

/// One `nodes["Name"]`, or one `vars.name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The field it stands in.
    pub field: &'static str,
    pub name: String,
}

/// What the node's parameters mention; expressions that do not parse mention nothing.
pub fn references(node: &Node) -> References {
    let mut found = References::default();
    for field in node.kind.spec().fields {
        if let Some(value) = node.parameters.get(field.name) {
            let item = found.item;
            for expression in expressions(field, value) {
                found.visit(field.name, &expression);
            }
            if field.input == Input::ItemExpression {
                // The item is one of the field's own list, not of a loop around the node.
                found.item = item;
            }
        }
    }
    found
}

/// What a text with expressions mentions; the error says what does not read.
pub fn mentions(text: &str) -> Result<References, ExpressionError> {
    let mut found = References::default();
    for piece in pieces(text)? {
        if let Piece::Expression(source, at) = piece {
            found.visit("key", &parse(source).map_err(|error| error.shifted(at))?);
        }
    }
    Ok(found)
}

/// The expressions in a parameter.
fn expressions(field: &Field, value: &Value) -> Vec<Expr> {
    match value {
        _ if matches!(field.input, Input::Source | Input::Code(_) | Input::Plugin | Input::Hidden) => Vec::new(),
        Value::String(text) if matches!(field.input, Input::Expression | Input::ItemExpression) => {
            let source = whole(text).map_or(text.as_str(), |(source, _)| source);
            parse(source).into_iter().collect()
        }
        Value::String(text) => pieces(text)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Expression(source, _) => parse(source).ok(),
                Piece::Text(_) => None,
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(|item| inside(field, item)).collect(),
        Value::Object(members) => members.values().flat_map(|member| inside(field, member)).collect(),
        _ => Vec::new(),
    }
}

/// Strings inside of a structure are texts with braces, also in a field for bare expressions.
fn inside(field: &Field, value: &Value) -> Vec<Expr> {
    let text = Field { input: Input::Text, ..*field };
    expressions(&text, value)
}

/// The name that a link leads to, where it is known beforehand.
fn name_of(link: &LinkKind) -> Option<String> {
    match link {
        LinkKind::Member(name) => Some(name.to_string()),
        LinkKind::Index(Expr { kind: ExprKind::Text(name), .. }) => Some(String::from_utf16_lossy(name)),
        _ => None,
    }
}

impl References {
    fn visit(&mut self, field: &'static str, expr: &Expr) {
        match &expr.kind {
            ExprKind::Root(Root::Nodes) => self.is_open = true,
            ExprKind::Root(Root::Vars) => self.reads_vars = true,
            ExprKind::Root(Root::Item | Root::Index) => self.item = self.item.or(Some(field)),
            ExprKind::Chain(base, links) => {
                match (&base.kind, links.first().and_then(|link| name_of(&link.what))) {
                    (ExprKind::Root(Root::Nodes), Some(name)) => self.names.push(Mention { field, name }),
                    (ExprKind::Root(Root::Vars), Some(name)) => {
                        self.reads_vars = true;
                        self.vars.push(Mention { field, name });
                    }
                    _ => self.visit(field, base),
                }
                for link in links {
                    match &link.what {
                        LinkKind::Index(index) => self.visit(field, index),
                        LinkKind::Method(_, arguments) => self.visit_arguments(field, arguments),
                        LinkKind::Member(_) => {}
                    }
                }
            }
            ExprKind::Call(_, arguments) => self.visit_arguments(field, arguments),
            ExprKind::Template(_, values) | ExprKind::Logical(_, values) => {
                values.iter().for_each(|value| self.visit(field, value));
            }
            ExprKind::List(elements) => elements.iter().for_each(|element| match element {
                Element::Item(value) | Element::Spread(value) => self.visit(field, value),
            }),
            ExprKind::Object(properties) => properties.iter().for_each(|property| match property {
                Property::Named(_, value) | Property::Spread(value) => self.visit(field, value),
                Property::Computed(name, value) => {
                    self.visit(field, name);
                    self.visit(field, value);
                }
            }),
            ExprKind::Unary(_, operand) => self.visit(field, operand),
            ExprKind::Binary(first, rest) => {
                self.visit(field, first);
                rest.iter().for_each(|(_, value)| self.visit(field, value));
            }
            ExprKind::Ternary(condition, then, otherwise) => {
                [condition, then, otherwise].into_iter().for_each(|value| self.visit(field, value));
            }
            ExprKind::Undefined
            | ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::Text(_)
            | ExprKind::Root(_)
            | ExprKind::Local(_) => {}
        }
    }

    fn visit_arguments(&mut self, field: &'static str, arguments: &[Argument]) {
        for argument in arguments {
            match argument {
                Argument::Value(value) | Argument::Spread(value) => self.visit(field, value),
                Argument::Arrow(arrow) => self.visit(field, &arrow.body),
                Argument::Function(_) => {}
            }
        }
    }
}
