//! From one type to another: ECMAScript's coercions, its equality and order, and JSON in and out.

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
    budget.scan(list.list_len())?;
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
fn check_depth(depth: u16) -> Outcome<()> {
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

/// The value as JSON data; none for undefined. Charges the result's size before it is built.
pub(super) fn to_value(value: &Val, budget: &Budget, depth: u16) -> Outcome<Option<Value>> {
    if depth > DEPTH {
        return Err(Fault::new(format!("The result is nested deeper than {DEPTH} levels. Pick the part you need.")));
    }
    budget.result(4)?;
    Ok(Some(match value {
        Val::Undefined => return Ok(None),
        Val::Null => Value::Null,
        Val::Bool(bool) => Value::Bool(*bool),
        Val::Number(number) => json_number(*number),
        Val::Text(units) => {
            budget.result(units.len())?;
            Value::String(String::from_utf16_lossy(units))
        }
        Val::List(list) => {
            let items = list.items.iter().map(|item| Ok(to_value(item, budget, depth + 1)?.unwrap_or(Value::Null)));
            Value::Array(items.collect::<Outcome<_>>()?)
        }
        Val::Object(object) => {
            let mut members = serde_json::Map::new();
            for (name, value) in &object.members {
                budget.result(name.len() + 4)?;
                if let Some(value) = to_value(value, budget, depth + 1)? {
                    members.insert(name.to_string(), value);
                }
            }
            Value::Object(members)
        }
        Val::Data(value) => {
            charge_data(value, budget, depth)?;
            (*value).clone()
        }
    }))
}

/// Charges what a copy of the data would take.
fn charge_data(value: &Value, budget: &Budget, depth: u16) -> Outcome<()> {
    if depth > DEPTH {
        return Err(Fault::new(format!("The result is nested deeper than {DEPTH} levels. Pick the part you need.")));
    }
    match value {
        Value::String(text) => budget.result(text.len() + 2),
        Value::Array(items) => items.iter().try_for_each(|item| charge_data(item, budget, depth + 1)),
        Value::Object(members) => members.iter().try_for_each(|(name, value)| {
            budget.result(name.len() + 4)?;
            charge_data(value, budget, depth + 1)
        }),
        _ => budget.result(4),
    }
}

fn json_number(number: f64) -> Value {
    const SAFE: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= SAFE {
        return Value::from(number as i64);
    }
    // NaN and the infinities are null in JSON.
    serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number)
}

/// `JSON.stringify`; none for undefined. `indent` stands for one level.
pub(super) fn stringify(value: &Val, indent: &str, budget: &Budget) -> Outcome<Option<String>> {
    if value.kind() == Type::Undefined {
        return Ok(None);
    }
    let mut out = String::new();
    write_json(&mut out, value, indent, budget, 0)?;
    Ok(Some(out))
}

fn write_json(out: &mut String, value: &Val, indent: &str, budget: &Budget, depth: u16) -> Outcome<()> {
    check_depth(depth)?;
    match value.kind() {
        Type::Undefined | Type::Null => push(out, "null", budget),
        Type::Bool => push(out, if truthy(value) { "true" } else { "false" }, budget),
        Type::Number => match value {
            Val::Data(exact) => push(out, &exact.to_string(), budget),
            _ => {
                let number = to_number(value, budget)?;
                push(out, &if number.is_finite() { number::format(number) } else { "null".to_owned() }, budget)
            }
        },
        Type::Text => match value {
            Val::Data(Value::String(text)) => write_quoted(out, text.encode_utf16(), text.len(), budget),
            Val::Text(units) => write_quoted(out, units.iter().copied(), units.len(), budget),
            _ => Ok(()),
        },
        Type::List => {
            let items = (0..value.list_len()).filter_map(|index| value.item(index)).map(|item| (None, item));
            write_all(out, ('[', ']'), items, indent, budget, depth)
        }
        Type::Object => {
            let members = value.members(budget)?.into_iter();
            let members = members.filter(|(_, value)| value.kind() != Type::Undefined);
            write_all(out, ('{', '}'), members.map(|(name, value)| (Some(name), value)), indent, budget, depth)
        }
    }
}

fn write_all<'a>(
    out: &mut String,
    (open, close): (char, char),
    items: impl Iterator<Item = (Option<Arc<str>>, Val<'a>)>,
    indent: &str,
    budget: &Budget,
    depth: u16,
) -> Outcome<()> {
    let line = |out: &mut String, depth: u16| -> Outcome<()> {
        if indent.is_empty() {
            return Ok(());
        }
        budget.bytes(1 + indent.len() * usize::from(depth))?;
        out.push('\n');
        (0..depth).for_each(|_| out.push_str(indent));
        Ok(())
    };
    out.push(open);
    let mut is_empty = true;
    for (name, item) in items {
        if !is_empty {
            push(out, ",", budget)?;
        }
        is_empty = false;
        line(out, depth + 1)?;
        if let Some(name) = name {
            write_quoted(out, name.encode_utf16(), name.len(), budget)?;
            push(out, if indent.is_empty() { ":" } else { ": " }, budget)?;
        }
        write_json(out, &item, indent, budget, depth + 1)?;
    }
    if !is_empty {
        line(out, depth)?;
    }
    push(out, if close == ']' { "]" } else { "}" }, budget)
}

fn push(out: &mut String, text: &str, budget: &Budget) -> Outcome<()> {
    budget.bytes(text.len() + 1)?;
    out.push_str(text);
    Ok(())
}

fn write_quoted(out: &mut String, units: impl Iterator<Item = u16>, len: usize, budget: &Budget) -> Outcome<()> {
    // At most six characters stand for one unit.
    budget.bytes(2 + 3 * len)?;
    out.push('"');
    for char in char::decode_utf16(units) {
        match char {
            Ok('"') => out.push_str("\\\""),
            Ok('\\') => out.push_str("\\\\"),
            Ok('\n') => out.push_str("\\n"),
            Ok('\r') => out.push_str("\\r"),
            Ok('\t') => out.push_str("\\t"),
            Ok('\u{8}') => out.push_str("\\b"),
            Ok('\u{c}') => out.push_str("\\f"),
            Ok(control) if control < ' ' => out.push_str(&format!("\\u{:04x}", control as u32)),
            Ok(char) => out.push(char),
            Err(half) => out.push_str(&format!("\\u{:04x}", half.unpaired_surrogate())),
        }
    }
    out.push('"');
    Ok(())
}
