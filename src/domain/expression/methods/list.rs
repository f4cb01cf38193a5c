//! The methods of lists. All give something new; the list stays as it is.

use std::cmp::Ordering;

use super::text::index_of;
use crate::domain::expression::{
    budget::Budget,
    convert::{self, to_integer, to_number, truthy},
    error::{Fault, Outcome},
    eval::{Arg, Machine},
    functions::value,
    value::{Type, Val},
};

pub(super) fn call<'a>(
    machine: &mut Machine<'a>,
    list: &Val<'a>,
    name: &str,
    arguments: &[Arg<'a>],
) -> Outcome<Val<'a>> {
    let budget = machine.budget;
    match name {
        "map" | "filter" | "find" | "findIndex" | "findLast" | "findLastIndex" | "some" | "every" | "flatMap" => {
            let function = function(arguments, name)?;
            return each(machine, list, name, function);
        }
        "reduce" => return reduce(machine, list, arguments, (0..list.list_len()).collect()),
        "reduceRight" => return reduce(machine, list, arguments, (0..list.list_len()).rev().collect()),
        "sort" | "toSorted" => return sort(machine, list, arguments),
        _ => {}
    }
    let (first, second) = (value(arguments, 0)?, value(arguments, 1)?);
    match name {
        "join" | "toString" => {
            let is_comma = name == "toString" || first.kind() == Type::Undefined;
            let separator = if is_comma { [u16::from(b',')].into() } else { convert::to_units(&first, budget)? };
            let mut units = Vec::new();
            convert::append_joined(&mut units, list, &separator, budget, 0)?;
            Ok(Val::text(units))
        }
        "slice" => {
            let (start, end) = range(list.list_len(), &first, &second, budget)?;
            budget.bytes(32 * end.saturating_sub(start))?;
            Val::list((start..end).filter_map(|index| list.item(index)).collect())
        }
        "concat" => {
            let mut items = Vec::new();
            machine.spread(list, &mut items)?;
            for index in 0..arguments.len() {
                let other = value(arguments, index)?;
                match other.kind() {
                    Type::List => machine.spread(&other, &mut items)?,
                    _ => push(&mut items, other, budget)?,
                }
            }
            Val::list(items)
        }
        "flat" => {
            let depth = if first.kind() == Type::Undefined { 1.0 } else { to_integer(&first, budget)? };
            let mut items = Vec::new();
            flatten(list, depth, &mut items, budget)?;
            Val::list(items)
        }
        "reverse" | "toReversed" => {
            budget.bytes(32 * list.list_len())?;
            Val::list((0..list.list_len()).rev().filter_map(|index| list.item(index)).collect())
        }
        "lastIndexOf" => last_index_of(list, &first, (arguments.len() > 1).then_some(&second), budget),
        _ => look(list, name, &first, &second, budget),
    }
}

fn look<'a>(list: &Val<'a>, name: &str, first: &Val<'a>, second: &Val<'a>, budget: &Budget) -> Outcome<Val<'a>> {
    match name {
        "at" => {
            let index = to_integer(first, budget)?;
            let index = if index < 0.0 { index + list.list_len() as f64 } else { index };
            Ok((index >= 0.0).then(|| list.item(index as usize)).flatten().unwrap_or(Val::Undefined))
        }
        "includes" | "indexOf" => {
            let is_equal = if name == "includes" { convert::same_value } else { convert::strict_equal };
            budget.scan(32 * list.list_len())?;
            let mut found = None;
            for index in relative(list.list_len(), second, 0, budget)?..list.list_len() {
                if is_equal(&list.item(index).unwrap_or(Val::Undefined), first, budget)? {
                    found = Some(index);
                    break;
                }
            }
            Ok(if name == "includes" { Val::Bool(found.is_some()) } else { index_of(found) })
        }
        _ => Err(Fault::new(format!("{name} is not a method of lists."))),
    }
}

fn last_index_of<'a>(list: &Val<'a>, wanted: &Val<'a>, from: Option<&Val<'a>>, budget: &Budget) -> Outcome<Val<'a>> {
    budget.scan(32 * list.list_len())?;
    let len = list.list_len() as f64;
    let from = from.map_or(Ok(len - 1.0), |from| to_integer(from, budget))?;
    let from = if from < 0.0 { from + len } else { from.min(len - 1.0) };
    for index in (0..(from + 1.0).max(0.0) as usize).rev() {
        if convert::strict_equal(&list.item(index).unwrap_or(Val::Undefined), wanted, budget)? {
            return Ok(index_of(Some(index)));
        }
    }
    Ok(index_of(None))
}

fn function<'v, 'a>(arguments: &'v [Arg<'a>], name: &str) -> Outcome<&'v Arg<'a>> {
    match arguments.first() {
        Some(function @ (Arg::Arrow(_) | Arg::Function(_))) => Ok(function),
        _ => Err(Fault::new(format!("{name} wants a function: list.{name}(item => …)."))),
    }
}

fn each<'a>(machine: &mut Machine<'a>, list: &Val<'a>, name: &str, function: &Arg<'a>) -> Outcome<Val<'a>> {
    let budget = machine.budget;
    let (mut items, len) = (Vec::new(), list.list_len());
    let backwards = name.starts_with("findLast");
    for index in 0..len {
        let index = if backwards { len - 1 - index } else { index };
        let item = list.item(index).unwrap_or(Val::Undefined);
        let answer = machine.call(function, &[item.clone(), Val::Number(index as f64), list.clone()])?;
        match name {
            "map" => push(&mut items, answer, budget)?,
            "flatMap" => flatten_one(answer, 1.0, &mut items, budget)?,
            "filter" if truthy(&answer) => push(&mut items, item, budget)?,
            "find" | "findLast" if truthy(&answer) => return Ok(item),
            "findIndex" | "findLastIndex" if truthy(&answer) => return Ok(index_of(Some(index))),
            "some" if truthy(&answer) => return Ok(Val::Bool(true)),
            "every" if !truthy(&answer) => return Ok(Val::Bool(false)),
            _ => {}
        }
    }
    match name {
        "find" | "findLast" => Ok(Val::Undefined),
        "findIndex" | "findLastIndex" => Ok(index_of(None)),
        "some" => Ok(Val::Bool(false)),
        "every" => Ok(Val::Bool(true)),
        _ => Val::list(items),
    }
}

fn push<'a>(items: &mut Vec<Val<'a>>, item: Val<'a>, budget: &Budget) -> Outcome<()> {
    budget.bytes(32)?;
    items.push(item);
    Ok(())
}

fn reduce<'a>(machine: &mut Machine<'a>, list: &Val<'a>, arguments: &[Arg<'a>], order: Vec<usize>) -> Outcome<Val<'a>> {
    let function = function(arguments, "reduce")?;
    let mut order = order.into_iter();
    let mut sum = match (arguments.len() > 1, list.list_len()) {
        (true, _) => value(arguments, 1)?,
        (false, 0) => {
            return Err(Fault::new(
                "This list is empty and reduce has no start. Give one: list.reduce((sum, item) => sum + item, 0).",
            ));
        }
        (false, _) => order.next().and_then(|index| list.item(index)).unwrap_or(Val::Undefined),
    };
    for index in order {
        let item = list.item(index).unwrap_or(Val::Undefined);
        sum = machine.call(function, &[sum, item, Val::Number(index as f64), list.clone()])?;
    }
    Ok(sum)
}

fn flatten<'a>(list: &Val<'a>, depth: f64, items: &mut Vec<Val<'a>>, budget: &Budget) -> Outcome<()> {
    for index in 0..list.list_len() {
        flatten_one(list.item(index).unwrap_or(Val::Undefined), depth, items, budget)?;
    }
    Ok(())
}

fn flatten_one<'a>(item: Val<'a>, depth: f64, items: &mut Vec<Val<'a>>, budget: &Budget) -> Outcome<()> {
    if item.kind() == Type::List && depth >= 1.0 {
        budget.steps(1)?;
        flatten(&item, depth - 1.0, items, budget)
    } else {
        push(items, item, budget)
    }
}

/// Start and end of a slice, negative positions counted from the end.
pub(super) fn range(len: usize, start: &Val, end: &Val, budget: &Budget) -> Outcome<(usize, usize)> {
    let end = if end.kind() == Type::Undefined { len } else { relative(len, end, len, budget)? };
    Ok((relative(len, start, 0, budget)?, end))
}

fn relative(len: usize, position: &Val, default: usize, budget: &Budget) -> Outcome<usize> {
    if position.kind() == Type::Undefined {
        return Ok(default);
    }
    let position = to_integer(position, budget)?;
    let len = len as f64;
    Ok(if position < 0.0 { (position + len).max(0.0) } else { position.min(len) } as usize)
}

/// Stable, by text unless a function compares; undefined last. Our own merge sort, because a function may contradict
/// itself and may fail.
fn sort<'a>(machine: &mut Machine<'a>, list: &Val<'a>, arguments: &[Arg<'a>]) -> Outcome<Val<'a>> {
    let budget = machine.budget;
    let compares = match arguments.first() {
        Some(Arg::Value(value)) if value.kind() != Type::Undefined => {
            return Err(Fault::new("sort wants a function: list.sort((a, b) => a - b)."));
        }
        Some(function @ (Arg::Arrow(_) | Arg::Function(_))) => Some(function),
        _ => None,
    };
    let len = list.list_len();
    budget.bytes(112 * len)?;
    let all = (0..len).filter_map(|index| list.item(index));
    let (mut items, missing): (Vec<_>, Vec<_>) = all.partition(|item| item.kind() != Type::Undefined);
    items = match compares {
        Some(function) => merge_sort(items, &mut |left: &Val<'a>, right: &Val<'a>| {
            let order = machine.call(function, &[left.clone(), right.clone()])?;
            let order = to_number(&order, budget)?;
            Ok(order.partial_cmp(&0.0).unwrap_or(Ordering::Equal))
        })?,
        None => {
            let texts = items.into_iter().map(|item| Ok((Val::Text(convert::to_units(&item, budget)?), item)));
            let texts = texts.collect::<Outcome<Vec<_>>>()?;
            let sorted = merge_sort(texts, &mut |(left, _): &(Val, Val), (right, _): &(Val, Val)| {
                budget.scan(16)?;
                convert::compare_texts(left, right, budget)
            })?;
            sorted.into_iter().map(|(_, item)| item).collect()
        }
    };
    items.extend(missing);
    Val::list(items)
}

fn merge_sort<T: Clone>(items: Vec<T>, compare: &mut impl FnMut(&T, &T) -> Outcome<Ordering>) -> Outcome<Vec<T>> {
    let (mut items, mut width) = (items, 1);
    while width < items.len() {
        let mut merged = Vec::with_capacity(items.len());
        for pair in items.chunks(2 * width) {
            let (mut left, mut right) = pair.split_at(width.min(pair.len()));
            while let (Some(first), Some(second)) = (left.first(), right.first()) {
                let takes_right = compare(first, second)? == Ordering::Greater;
                let from = if takes_right { &mut right } else { &mut left };
                merged.push(from[0].clone());
                *from = &from[1..];
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        items = merged;
        width *= 2;
    }
    Ok(items)
}
