//! From one type to another: ECMAScript's coercions, its equality and its order.

use std::{cmp::Ordering, sync::Arc};

use serde_json::Value;

use super::{
    budget::{Budget, DEPTH},
    error::{Fault, Outcome},
    number,
    value::{Type, Val},
};

pub(super) fn truthy(value: &Val) -> bool {
    match value {
        Val::Undefined | Val::Null => false,
        Val::Bool(bool) => *bool,
        Val::Number(number) => !(*number == 0.0 || number.is_nan()),
        Val::Text(units) => !units.is_empty(),
        Val::Data(Value::String(text)) => !text.is_empty(),
        _ => true,
    }
}

pub(super) fn type_of(value: &Val) -> &'static str {
    match value.kind() {
        Type::Undefined => "undefined",
        Type::Bool => "boolean",
        Type::Number => "number",
        Type::Text => "string",
        Type::Null | Type::List | Type::Object => "object",
    }
}

pub(super) fn to_number(value: &Val, budget: &Budget) -> Outcome<f64> {
    Ok(match value {
        Val::Undefined => f64::NAN,
        Val::Null => 0.0,
        Val::Bool(bool) => f64::from(u8::from(*bool)),
        Val::Number(number) => *number,
        Val::Data(Value::Number(number)) => number.as_f64().unwrap_or(f64::NAN),
        Val::Data(Value::String(text)) => {
            budget.scan(text.len())?;
            number::from_text(text)
        }
        _ => {
            let units = to_units(value, budget)?;
            budget.bytes(2 * units.len())?;
            // Half a surrogate pair is no digit: replacing it changes nothing.
            number::from_text(&String::from_utf16_lossy(&units))
        }
    })
}

/// `ToIntegerOrInfinity`: for positions and counts.
pub(super) fn to_integer(value: &Val, budget: &Budget) -> Outcome<f64> {
    let number = to_number(value, budget)?;
    Ok(if number.is_nan() { 0.0 } else { number.trunc() + 0.0 })
}

/// `ToString`, as UTF-16.
pub(super) fn to_units(value: &Val, budget: &Budget) -> Outcome<Arc<[u16]>> {
    if let Val::Text(units) = value {
        return Ok(units.clone());
    }
    let mut units = Vec::new();
    append(&mut units, value, budget, 0)?;
    Ok(units.into())
}

/// Appends what `String(value)` gives.
pub(super) fn append(out: &mut Vec<u16>, value: &Val, budget: &Budget, depth: u16) -> Outcome<()> {
    match value {
        Val::Text(units) => {
            budget.bytes(2 * units.len())?;
            out.extend_from_slice(units);
            Ok(())
        }
        Val::Data(Value::String(text)) => append_str(out, text, budget),
        Val::Undefined => append_str(out, "undefined", budget),
        Val::Null => append_str(out, "null", budget),
        Val::Bool(bool) => append_str(out, if *bool { "true" } else { "false" }, budget),
        Val::Number(number) => append_str(out, &number::format(*number), budget),
        Val::Data(Value::Number(exact)) => append_str(out, &exact.to_string(), budget),
        Val::Object(_) | Val::Data(Value::Object(_)) => append_str(out, "[object Object]", budget),
        _ => append_joined(out, value, &[u16::from(b',')], budget, depth),
    }
}

/// Appends a list's items with `separator` between them; nothing for null and undefined.
pub(super) fn append_joined(
    out: &mut Vec<u16>,
    list: &Val,
    separator: &[u16],
    budget: &Budget,
    depth: u16,
) -> Outcome<()> {
    check_depth(depth)?;
    budget.steps(1)?;
    budget.write_all(list)?;
    for index in 0..list.list_len() {
        if index > 0 {
            budget.bytes(2 * separator.len())?;
            out.extend_from_slice(separator);
        }
        if let Some(item) = list.item(index).filter(|item| !item.is_nothing()) {
            append(out, &item, budget, depth + 1)?;
        }
    }
    Ok(())
}

fn append_str(out: &mut Vec<u16>, text: &str, budget: &Budget) -> Outcome<()> {
    budget.bytes(2 * text.len())?;
    out.extend(text.encode_utf16());
    Ok(())
}

/// Data may come nested as deep as JSON readers allow; made values are bounded already.
pub(super) fn check_depth(depth: u16) -> Outcome<()> {
    if depth > DEPTH + 128 {
        return Err(Fault::new("This data is nested too deep. Pick the part you need."));
    }
    Ok(())
}

/// A member's name: text that is valid Unicode.
pub(super) fn to_name(value: &Val, budget: &Budget) -> Outcome<Arc<str>> {
    if let Val::Data(Value::String(text)) = value {
        budget.bytes(text.len())?;
        return Ok(text.as_str().into());
    }
    let units = to_units(value, budget)?;
    budget.bytes(2 * units.len())?;
    let text = String::from_utf16(&units).map_err(|_| Fault::new("A member's name cannot hold half a character."))?;
    Ok(text.into())
}

/// Text for people and patterns; half a surrogate pair becomes �.
pub(super) fn to_text(value: &Val, budget: &Budget) -> Outcome<String> {
    if let Val::Data(Value::String(text)) = value {
        budget.bytes(text.len())?;
        return Ok(text.clone());
    }
    let units = to_units(value, budget)?;
    budget.bytes(2 * units.len())?;
    Ok(String::from_utf16_lossy(&units))
}

/// `ToPrimitive`: lists and objects become text.
fn to_primitive<'a>(value: &Val<'a>, budget: &Budget) -> Outcome<Val<'a>> {
    Ok(match value.kind() {
        Type::List | Type::Object => Val::Text(to_units(value, budget)?),
        _ => value.clone(),
    })
}

pub(super) fn add<'a>(left: &Val<'a>, right: &Val<'a>, budget: &Budget) -> Outcome<Val<'a>> {
    let (left, right) = (to_primitive(left, budget)?, to_primitive(right, budget)?);
    if left.kind() != Type::Text && right.kind() != Type::Text {
        return Ok(Val::Number(to_number(&left, budget)? + to_number(&right, budget)?));
    }
    let mut units = Vec::new();
    append(&mut units, &left, budget, 0)?;
    append(&mut units, &right, budget, 0)?;
    Ok(Val::text(units))
}

/// `===`
pub(super) fn strict_equal(left: &Val, right: &Val, budget: &Budget) -> Outcome<bool> {
    if left.kind() != right.kind() {
        return Ok(false);
    }
    Ok(match left.kind() {
        Type::Undefined | Type::Null => true,
        Type::Bool => truthy(left) == truthy(right),
        Type::Number => to_number(left, budget)? == to_number(right, budget)?,
        Type::Text => compare_texts(left, right, budget)? == Ordering::Equal,
        Type::List | Type::Object => left.is_same(right),
    })
}

/// `==`
pub(super) fn loose_equal(left: &Val, right: &Val, budget: &Budget) -> Outcome<bool> {
    if left.is_nothing() || right.is_nothing() {
        return Ok(left.is_nothing() && right.is_nothing());
    }
    let is_primitive = |value: &Val| !matches!(value.kind(), Type::List | Type::Object);
    if left.kind() == right.kind() || (!is_primitive(left) && !is_primitive(right)) {
        return strict_equal(left, right, budget);
    }
    let (left, right) = (to_primitive(left, budget)?, to_primitive(right, budget)?);
    if left.kind() == right.kind() {
        return strict_equal(&left, &right, budget);
    }
    Ok(to_number(&left, budget)? == to_number(&right, budget)?)
}

/// `SameValueZero`, by which `includes` looks.
pub(super) fn same_value(left: &Val, right: &Val, budget: &Budget) -> Outcome<bool> {
    match (left, right) {
        (Val::Number(left), Val::Number(right)) if left.is_nan() && right.is_nan() => Ok(true),
        _ => strict_equal(left, right, budget),
    }
}

/// The order that `<` and its kin follow; none where a side is not a number.
pub(super) fn compare(left: &Val, right: &Val, budget: &Budget) -> Outcome<Option<Ordering>> {
    let (left, right) = (to_primitive(left, budget)?, to_primitive(right, budget)?);
    if left.kind() == Type::Text && right.kind() == Type::Text {
        return compare_texts(&left, &right, budget).map(Some);
    }
    Ok(to_number(&left, budget)?.partial_cmp(&to_number(&right, budget)?))
}

/// By UTF-16 units, without a copy.
pub(super) fn compare_texts(left: &Val, right: &Val, budget: &Budget) -> Outcome<Ordering> {
    Ok(match (left, right) {
        (Val::Text(left), Val::Text(right)) => {
            budget.scan(left.len().min(right.len()))?;
            left.cmp(right)
        }
        (Val::Data(Value::String(left)), Val::Data(Value::String(right))) => {
            budget.scan(left.len().min(right.len()))?;
            left.encode_utf16().cmp(right.encode_utf16())
        }
        (Val::Data(Value::String(left)), Val::Text(right)) => {
            budget.scan(left.len().min(right.len()))?;
            left.encode_utf16().cmp(right.iter().copied())
        }
        (Val::Text(left), Val::Data(Value::String(right))) => {
            budget.scan(left.len().min(right.len()))?;
            left.iter().copied().cmp(right.encode_utf16())
        }
        _ => Ordering::Equal,
    })
}
