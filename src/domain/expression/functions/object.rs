//! `Object.*`.

use std::sync::Arc;

use crate::domain::expression::{
    ast::Function,
    budget::Budget,
    convert::to_name,
    error::{Fault, Outcome},
    value::{Builder, Type, Val, array_index},
};

pub fn call<'a>(function: Function, first: &Val<'a>, second: &Val<'a>, budget: &Budget) -> Outcome<Val<'a>> {
    match function {
        Function::ObjectKeys => {
            let members = object_entries(first, budget)?;
            budget.bytes(members.iter().map(|(name, _)| 32 + 2 * name.len()).sum())?;
            Val::list(members.into_iter().map(|(name, _)| Val::utf8(&name)).collect())
        }
        Function::ObjectValues => {
            Val::list(object_entries(first, budget)?.into_iter().map(|(_, value)| value).collect())
        }
        Function::ObjectEntries => {
            let members = object_entries(first, budget)?;
            budget.bytes(members.iter().map(|(name, _)| 128 + 2 * name.len()).sum())?;
            let pairs = members.into_iter().map(|(name, value)| Val::list(vec![Val::utf8(&name), value]));
            Val::list(pairs.collect::<Outcome<_>>()?)
        }
        Function::ObjectFromEntries => from_entries(first, budget),
        Function::ObjectHasOwn => has_own(first, &to_name(second, budget)?, budget).map(Val::Bool),
        other => Err(Fault::new(format!("{} is not available here.", other.name()))),
    }
}

fn has_own(value: &Val, name: &str, budget: &Budget) -> Outcome<bool> {
    let index = array_index(name).map(|index| index as usize);
    Ok(match value.kind() {
        Type::Undefined | Type::Null => return Err(no_object(value)),
        Type::List => name == "length" || index.is_some_and(|index| index < value.list_len()),
        Type::Text => {
            let units = value.units(budget)?.unwrap_or_default();
            name == "length" || index.is_some_and(|index| index < units.len())
        }
        _ => value.own(name).is_some(),
    })
}

/// An object's members; a list's and a text's by position. Nothing for other values, as with spread.
pub fn entries<'a>(value: &Val<'a>, budget: &Budget) -> Outcome<Vec<(Arc<str>, Val<'a>)>> {
    match value.kind() {
        Type::Object => value.members(budget),
        Type::List => {
            budget.bytes(80 * value.list_len())?;
            let items = (0..value.list_len()).filter_map(|index| value.item(index));
            Ok(items.enumerate().map(|(index, item)| (Arc::from(index.to_string()), item)).collect())
        }
        Type::Text => {
            let units = value.units(budget)?.unwrap_or_default();
            budget.bytes(112 * units.len())?;
            let chars = units.iter().enumerate();
            Ok(chars.map(|(index, unit)| (Arc::from(index.to_string()), Val::text(vec![*unit]))).collect())
        }
        _ => Ok(Vec::new()),
    }
}

fn object_entries<'a>(value: &Val<'a>, budget: &Budget) -> Outcome<Vec<(Arc<str>, Val<'a>)>> {
    if value.is_nothing() {
        return Err(no_object(value));
    }
    entries(value, budget)
}

fn no_object(value: &Val) -> Fault {
    let kind = value.kind().describe();
    Fault::new(format!("An object is wanted here; this is {kind}. Write value ?? {{}} where it may be missing."))
}

fn from_entries<'a>(pairs: &Val<'a>, budget: &Budget) -> Outcome<Val<'a>> {
    if pairs.kind() != Type::List {
        return Err(Fault::new("Object.fromEntries wants a list of pairs, such as [[\"name\", value]]."));
    }
    let mut builder = Builder::default();
    for pair in (0..pairs.list_len()).filter_map(|index| pairs.item(index)) {
        if pair.kind() != Type::List {
            return Err(Fault::new("Each item for Object.fromEntries is a pair: [name, value]."));
        }
        let name = to_name(&pair.item(0).unwrap_or(Val::Undefined), budget)?;
        builder.set(budget, name, pair.item(1).unwrap_or(Val::Undefined))?;
    }
    builder.build()
}
