//! What an expression comes to. Every operation and every call is charged; recursion goes no deeper than the parser
//! went.

use std::{cmp::Ordering, sync::Arc};

use super::{
    ast::{
        Argument, Arrow, BinaryOp, Element, Expr, ExprKind, Function, LogicalOp, Parameter, Property, Root, UnaryOp,
    },
    budget::Budget,
    convert::{self, truthy},
    error::{Fault, Outcome},
    functions,
    scope::Scope,
    value::{Builder, Type, Val},
};

pub(super) struct Machine<'a> {
    pub source: &'a str,
    pub scope: &'a Scope,
    pub budget: &'a Budget,
    /// The parameters of the arrow functions that are being called.
    locals: Vec<Val<'a>>,
    nodes: Option<Val<'a>>,
}

/// An argument whose value is known.
pub(super) enum Arg<'a> {
    Value(Val<'a>),
    Arrow(&'a Arrow),
    Function(Function),
}

impl<'a> Machine<'a> {
    pub fn new(source: &'a str, scope: &'a Scope, budget: &'a Budget) -> Self {
        Self { source, scope, budget, locals: Vec::new(), nodes: None }
    }

    pub fn eval(&mut self, expr: &'a Expr) -> Outcome<Val<'a>> {
        self.value_of(expr).map_err(|fault| fault.at(expr.span))
    }

    fn value_of(&mut self, expr: &'a Expr) -> Outcome<Val<'a>> {
        self.budget.steps(usize::from(!is_leaf(&expr.kind)))?;
        match &expr.kind {
            ExprKind::Undefined => Ok(Val::Undefined),
            ExprKind::Null => Ok(Val::Null),
            ExprKind::Bool(bool) => Ok(Val::Bool(*bool)),
            ExprKind::Number(number) => Ok(Val::Number(*number)),
            ExprKind::Text(units) => Ok(Val::Text(units.clone())),
            ExprKind::Local(slot) => Ok(self.locals.get(*slot).cloned().unwrap_or(Val::Undefined)),
            ExprKind::Root(root) => self.root(*root),
            ExprKind::Template(pieces, values) => self.template(pieces, values),
            ExprKind::List(elements) => self.list(elements),
            ExprKind::Object(properties) => self.object(properties),
            ExprKind::Unary(op, operand) => self.unary(*op, operand),
            ExprKind::Binary(first, rest) => self.binary(first, rest),
            ExprKind::Logical(op, items) => self.logical(*op, items),
            ExprKind::Ternary(condition, then, otherwise) => {
                let chosen = if truthy(&self.eval(condition)?) { then } else { otherwise };
                self.eval(chosen)
            }
            ExprKind::Chain(base, links) => self.chain(base, links),
            ExprKind::Call(function, arguments) => {
                let arguments = self.arguments(arguments)?;
                functions::call(self, *function, &arguments)
            }
        }
    }

    fn root(&mut self, root: Root) -> Outcome<Val<'a>> {
        let scope = self.scope;
        Ok(match root {
            Root::Input => Val::of(&scope.input),
            Root::Trigger => Val::of(&scope.trigger),
            Root::Execution => Val::of(&scope.execution),
            Root::Workflow => Val::of(&scope.workflow),
            Root::Item => Val::of(&scope.item),
            Root::Index => Val::of(&scope.index),
            Root::Vars => Val::of(&scope.vars),
            Root::Now => Val::of(&scope.now),
            Root::Nodes => match &self.nodes {
                Some(nodes) => nodes.clone(),
                None => self.nodes.insert(nodes(scope)?).clone(),
            },
        })
    }

    fn template(&mut self, pieces: &'a [Arc<[u16]>], values: &'a [Expr]) -> Outcome<Val<'a>> {
        let mut units = Vec::new();
        for (index, piece) in pieces.iter().enumerate() {
            convert::append(&mut units, &Val::Text(piece.clone()), self.budget, 0)?;
            if let Some(value) = values.get(index) {
                let value = self.eval(value)?;
                convert::append(&mut units, &value, self.budget, 0)?;
            }
        }
        Ok(Val::text(units))
    }

    fn list(&mut self, elements: &'a [Element]) -> Outcome<Val<'a>> {
        let mut items = Vec::new();
        for element in elements {
            match element {
                Element::Item(item) => {
                    self.budget.bytes(32)?;
                    items.push(self.eval(item)?);
                }
                Element::Spread(list) => {
                    let spread = self.eval(list)?;
                    self.spread(&spread, &mut items).map_err(|fault| fault.at(list.span))?;
                }
            }
        }
        Val::list(items)
    }

    /// Appends the items of a list or the characters of a text.
    pub fn spread(&mut self, value: &Val<'a>, items: &mut Vec<Val<'a>>) -> Outcome<()> {
        match value.kind() {
            Type::List => {
                self.budget.bytes(32 * value.list_len())?;
                items.extend((0..value.list_len()).filter_map(|index| value.item(index)));
                Ok(())
            }
            Type::Text => {
                let units = value.units(self.budget)?.unwrap_or_default();
                self.budget.bytes(64 * units.len())?;
                for char in char::decode_utf16(units.iter().copied()) {
                    let units: Vec<u16> = match char {
                        Ok(char) => char.encode_utf16(&mut [0; 2]).to_vec(),
                        Err(half) => vec![half.unpaired_surrogate()],
                    };
                    items.push(Val::text(units));
                }
                Ok(())
            }
            other => Err(Fault::new(format!(
                "Only a list or a text can be spread into a list; this is {}. For an object, write Object.values(…).",
                other.describe()
            ))),
        }
    }

    fn object(&mut self, properties: &'a [Property]) -> Outcome<Val<'a>> {
        let mut builder = Builder::default();
        for property in properties {
            match property {
                Property::Named(name, value) => {
                    let value = self.eval(value)?;
                    builder.set(self.budget, name.clone(), value)?;
                }
                Property::Computed(name, value) => {
                    let name = self.eval(name)?;
                    let name = convert::to_name(&name, self.budget)?;
                    let value = self.eval(value)?;
                    builder.set(self.budget, name, value)?;
                }
                Property::Spread(value) => {
                    let value = self.eval(value)?;
                    for (name, member) in functions::entries(&value, self.budget)? {
                        builder.set(self.budget, name, member)?;
                    }
                }
            }
        }
        builder.build()
    }

    fn unary(&mut self, op: UnaryOp, operand: &'a Expr) -> Outcome<Val<'a>> {
        let value = self.eval(operand)?;
        Ok(match op {
            UnaryOp::Not => Val::Bool(!truthy(&value)),
            UnaryOp::Minus => Val::Number(-convert::to_number(&value, self.budget)?),
            UnaryOp::Plus => Val::Number(convert::to_number(&value, self.budget)?),
            UnaryOp::Typeof => Val::utf8(convert::type_of(&value)),
        })
    }

    fn binary(&mut self, first: &'a Expr, rest: &'a [(BinaryOp, Expr)]) -> Outcome<Val<'a>> {
        let mut left = self.eval(first)?;
        for (op, right) in rest {
            self.budget.steps(1)?;
            let right = self.eval(right)?;
            left = self.operate(*op, &left, &right)?;
        }
        Ok(left)
    }

    fn operate(&self, op: BinaryOp, left: &Val<'a>, right: &Val<'a>) -> Outcome<Val<'a>> {
        let numbers =
            || Ok::<_, Fault>((convert::to_number(left, self.budget)?, convert::to_number(right, self.budget)?));
        let order = || convert::compare(left, right, self.budget);
        Ok(match op {
            BinaryOp::Add => convert::add(left, right, self.budget)?,
            BinaryOp::Subtract => Val::Number(numbers().map(|(a, b)| a - b)?),
            BinaryOp::Multiply => Val::Number(numbers().map(|(a, b)| a * b)?),
            BinaryOp::Divide => Val::Number(numbers().map(|(a, b)| a / b)?),
            BinaryOp::Remainder => Val::Number(numbers().map(|(a, b)| a % b)?),
            BinaryOp::Power => Val::Number(numbers().map(|(a, b)| functions::power(a, b))?),
            BinaryOp::StrictEqual => Val::Bool(convert::strict_equal(left, right, self.budget)?),
            BinaryOp::StrictNotEqual => Val::Bool(!convert::strict_equal(left, right, self.budget)?),
            BinaryOp::Equal => Val::Bool(convert::loose_equal(left, right, self.budget)?),
            BinaryOp::NotEqual => Val::Bool(!convert::loose_equal(left, right, self.budget)?),
            BinaryOp::Less => Val::Bool(order()? == Some(Ordering::Less)),
            BinaryOp::Greater => Val::Bool(order()? == Some(Ordering::Greater)),
            BinaryOp::LessOrEqual => Val::Bool(order()?.is_some_and(Ordering::is_le)),
            BinaryOp::GreaterOrEqual => Val::Bool(order()?.is_some_and(Ordering::is_ge)),
        })
    }

    fn logical(&mut self, op: LogicalOp, items: &'a [Expr]) -> Outcome<Val<'a>> {
        let mut value = Val::Undefined;
        for (index, item) in items.iter().enumerate() {
            let goes_on = index == 0
                || match op {
                    LogicalOp::And => truthy(&value),
                    LogicalOp::Or => !truthy(&value),
                    LogicalOp::Coalesce => value.is_nothing(),
                };
            if !goes_on {
                break;
            }
            value = self.eval(item)?;
        }
        Ok(value)
    }

    pub fn arguments(&mut self, arguments: &'a [Argument]) -> Outcome<Vec<Arg<'a>>> {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            match argument {
                Argument::Value(value) => values.push(Arg::Value(self.eval(value)?)),
                Argument::Arrow(arrow) => values.push(Arg::Arrow(arrow)),
                Argument::Function(function) => values.push(Arg::Function(*function)),
                Argument::Spread(list) => {
                    let spread = self.eval(list)?;
                    let mut items = Vec::new();
                    self.spread(&spread, &mut items).map_err(|fault| fault.at(list.span))?;
                    self.budget.bytes(40 * items.len())?;
                    values.extend(items.into_iter().map(Arg::Value));
                }
            }
        }
        Ok(values)
    }

    /// Calls a function that was handed over as an argument.
    pub fn call(&mut self, function: &Arg<'a>, arguments: &[Val<'a>]) -> Outcome<Val<'a>> {
        self.budget.steps(1)?;
        match function {
            Arg::Value(_) => Err(Fault::new("A function is wanted here, such as item => item.name.")),
            Arg::Function(function) => {
                let first = arguments.first().cloned().unwrap_or(Val::Undefined);
                functions::call(self, *function, &[Arg::Value(first)])
            }
            Arg::Arrow(arrow) => {
                self.bind(&arrow.parameters, arguments)?;
                let value = self.eval(&arrow.body);
                self.locals.truncate(arrow.slot);
                value
            }
        }
    }

    fn bind(&mut self, parameters: &'a [Parameter], arguments: &[Val<'a>]) -> Outcome<()> {
        for (index, parameter) in parameters.iter().enumerate() {
            let argument = arguments.get(index).cloned().unwrap_or(Val::Undefined);
            match parameter {
                Parameter::Name => self.locals.push(argument),
                Parameter::List(items) => {
                    let mut values = Vec::new();
                    self.spread(&argument, &mut values)?;
                    let mut values = values.into_iter();
                    for is_named in items {
                        let value = values.next().unwrap_or(Val::Undefined);
                        if *is_named {
                            self.locals.push(value);
                        }
                    }
                }
                Parameter::Object(members) => {
                    if argument.is_nothing() {
                        let kind = argument.kind().describe();
                        return Err(Fault::new(format!("{kind} has no members to take. Filter the list first.")));
                    }
                    for name in members {
                        let value = self.member(&argument, name)?;
                        self.locals.push(value);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Leaves cost nothing: what stands around them is charged.
fn is_leaf(kind: &ExprKind) -> bool {
    use ExprKind::{Bool, Local, Null, Number, Root, Text, Undefined};
    matches!(kind, Undefined | Null | Bool(_) | Number(_) | Text(_) | Local(_) | Root(_))
}

/// `nodes`: an object by name.
fn nodes(scope: &Scope) -> Outcome<Val<'_>> {
    // What the scope holds is not charged: it is bounded by the workflow.
    let budget = Budget::unlimited();
    let mut nodes = Builder::default();
    for (name, node) in &scope.nodes {
        nodes.set(&budget, name.as_str().into(), Val::of(node))?;
    }
    nodes.build()
}
