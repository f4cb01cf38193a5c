//! Lists and objects as a whole: `unique`, `sum`, `average`, `chunk`, `range`, `sortBy`, `Object.groupBy`, `pick`,
//! `omit`, `mergeDeep`, `isEmpty`.

use std::{cmp::Ordering, collections::HashSet, sync::Arc};

use super::{entries, value};
use crate::domain::expression::{
    ast::Function,
    budget::Budget,
    convert::{compare, same_value, to_integer, to_name, to_number},
    error::{Fault, Outcome},
    eval::{Arg, Machine},
    output,
    value::{Builder, Type, Val},
};

/// None: it is another function.
pub fn call<'a>(
    machine: &mut Machine<'a>,
    function: Function,
    first: &Val<'a>,
    arguments: &[Arg<'a>],
) -> Outcome<Option<Val<'a>>> {
    let budget = machine.budget;
    let second = || value(arguments, 1);
    Ok(Some(match function {
        Function::IsEmpty => Val::Bool(is_empty(first, budget)?),
        Function::Unique => unique(first, budget)?,
        Function::Sum => Val::Number(sum(first, budget)?),
        Function::Average => match list(first, function)?.list_len() {
            0 => Val::Null,
            count => Val::Number(sum(first, budget)? / count as f64),
        },
        Function::Chunk => chunk(first, &second()?, budget)?,
        Function::Range => range(first, &second()?, &value(arguments, 2)?, budget)?,
        Function::SortBy => sort_by(machine, first, arguments)?,
        Function::ObjectGroupBy => group_by(machine, first, arguments)?,
        Function::Pick | Function::Omit => choose(first, &second()?, function == Function::Pick, budget)?,
        Function::MergeDeep => merge(first, &second()?, budget, 0)?,
        _ => return Ok(None),
    }))
}

fn list<'v, 'a>(value: &'v Val<'a>, function: Function) -> Outcome<&'v Val<'a>> {
    if value.kind() == Type::List {
        return Ok(value);
    }
    let (name, found) = (function.name(), value.kind().describe());
    Err(Fault::new(format!("{name} wants a list; this is {found}. Write value ?? [] where it may be missing.")))
}

fn items<'v, 'a>(list: &'v Val<'a>) -> impl Iterator<Item = Val<'a>> + 'v {
    (0..list.list_len()).map(|index| list.item(index).unwrap_or(Val::Undefined))
}

fn is_empty(value: &Val, budget: &Budget) -> Outcome<bool> {
    Ok(match value.kind() {
        Type::Undefined | Type::Null => true,
        Type::Bool | Type::Number => false,
        Type::Text => value.units(budget)?.unwrap_or_default().is_empty(),
        Type::List => value.list_len() == 0,
        Type::Object => value.members(budget)?.is_empty(),
    })
}

/// The first of each; lists and objects count as the same where their JSON is.
fn unique<'a>(value: &Val<'a>, budget: &Budget) -> Outcome<Val<'a>> {
    let (mut seen, mut kept) = (HashSet::new(), Vec::new());
    for item in items(list(value, Function::Unique)?) {
        budget.steps(1)?;
        let key = output::stringify(&item, "", budget)?.unwrap_or_default();
        budget.bytes(96)?;
        if seen.insert(key) {
            kept.push(item);
        }
    }
    Val::list(kept)
}

fn sum(value: &Val, budget: &Budget) -> Outcome<f64> {
    let list = list(value, Function::Sum)?;
    budget.scan(16 * list.list_len())?;
    let mut sum = 0.0;
    for item in items(list) {
        sum += to_number(&item, budget)?;
    }
    Ok(sum)
}

fn chunk<'a>(value: &Val<'a>, size: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let size = to_integer(size, budget)?;
    if size < 1.0 {
        return Err(Fault::new("chunk takes the size of a part, from 1 on: chunk(list, 100)."));
    }
    let all: Vec<_> = items(list(value, Function::Chunk)?).collect();
    budget.bytes(96 * all.len())?;
    Val::list(all.chunks(size.min(1e9) as usize).map(|part| Val::list(part.to_vec())).collect::<Outcome<_>>()?)
}

/// `range(3)` is `[0, 1, 2]`, `range(1, 4)` is `[1, 2, 3]`.
fn range<'a>(first: &Val, second: &Val, step: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let number = |value: &Val| to_number(value, budget);
    let (start, end) = match second.kind() {
        Type::Undefined => (0.0, number(first)?),
        _ => (number(first)?, number(second)?),
    };
    let step = if step.kind() == Type::Undefined { 1.0 } else { number(step)? };
    let count = ((end - start) / step).ceil();
    if !count.is_finite() || step == 0.0 || count > 1e6 {
        return Err(Fault::new(
            "range takes a start, an end and a step that lead from one to the other: range(0, 100, 10).",
        ));
    }
    let count = count.max(0.0) as usize;
    budget.bytes(32 * count)?;
    budget.scan(16 * count)?;
    Val::list((0..count).map(|index| Val::Number(start + index as f64 * step)).collect())
}

/// Stable, smallest first; what has no order among each other stays as it is.
fn sort_by<'a>(machine: &mut Machine<'a>, value: &Val<'a>, arguments: &[Arg<'a>]) -> Outcome<Val<'a>> {
    let budget = machine.budget;
    let list = list(value, Function::SortBy)?.clone();
    let mut keyed = Vec::with_capacity(list.list_len());
    for (index, item) in items(&list).enumerate() {
        budget.bytes(128)?;
        keyed.push((called(machine, Function::SortBy, arguments, &item, index)?, item));
    }
    let mut failed = None;
    keyed.sort_by(|(left, _), (right, _)| {
        let order = budget.steps(1).and_then(|()| compare(left, right, budget));
        order
            .unwrap_or_else(|fault| {
                failed.get_or_insert(fault);
                None
            })
            .unwrap_or(Ordering::Equal)
    });
    match failed {
        Some(fault) => Err(fault),
        None => Val::list(keyed.into_iter().map(|(_, item)| item).collect()),
    }
}

/// JavaScript's own: an object of lists, by what the function gives.
fn group_by<'a>(machine: &mut Machine<'a>, value: &Val<'a>, arguments: &[Arg<'a>]) -> Outcome<Val<'a>> {
    let budget = machine.budget;
    let list = list(value, Function::ObjectGroupBy)?.clone();
    let mut groups: Vec<(Arc<str>, Vec<Val<'a>>)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for (index, item) in items(&list).enumerate() {
        let name = called(machine, Function::ObjectGroupBy, arguments, &item, index)?;
        let name = to_name(&name, budget)?;
        budget.bytes(128)?;
        let place = *places.entry(name.clone()).or_insert_with(|| {
            groups.push((name, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(item);
    }
    let mut builder = Builder::default();
    for (name, items) in groups {
        builder.set(budget, name, Val::list(items)?)?;
    }
    builder.build()
}

fn called<'a>(
    machine: &mut Machine<'a>,
    function: Function,
    arguments: &[Arg<'a>],
    item: &Val<'a>,
    index: usize,
) -> Outcome<Val<'a>> {
    match arguments.get(1) {
        Some(arrow @ (Arg::Arrow(_) | Arg::Function(_))) => {
            machine.call(arrow, &[item.clone(), Val::Number(index as f64)])
        }
        _ => {
            let name = function.name();
            Err(Fault::new(format!("{name} wants a function: {name}(list, item => item.name).")))
        }
    }
}

/// An object with some of its members, or without them.
fn choose<'a>(object: &Val<'a>, names: &Val<'a>, keeps: bool, budget: &Budget) -> Outcome<Val<'a>> {
    if names.kind() != Type::List {
        return Err(Fault::new("Name the members in a list: pick(input, [\"id\", \"name\"])."));
    }
    let mut builder = Builder::default();
    for (name, member) in entries(object, budget)? {
        let wanted = Val::utf8(&name);
        budget.scan(16 * names.list_len())?;
        let mut is_named = false;
        for other in items(names) {
            is_named |= same_value(&wanted, &other, budget)?;
        }
        if is_named == keeps {
            builder.set(budget, name, member)?;
        }
    }
    builder.build()
}

/// The second over the first; objects within objects likewise, everything else as a whole.
fn merge<'a>(first: &Val<'a>, second: &Val<'a>, budget: &Budget, depth: u16) -> Outcome<Val<'a>> {
    crate::domain::expression::convert::check_depth(depth)?;
    budget.steps(1)?;
    if first.kind() != Type::Object || second.kind() != Type::Object {
        return Ok(if second.kind() == Type::Undefined { first.clone() } else { second.clone() });
    }
    let mut builder = Builder::default();
    for (name, member) in entries(first, budget)? {
        builder.set(budget, name, member)?;
    }
    for (name, member) in entries(second, budget)? {
        let before = first.own(&name).unwrap_or(Val::Undefined);
        builder.set(budget, name, merge(&before, &member, budget, depth + 1)?)?;
    }
    builder.build()
}
