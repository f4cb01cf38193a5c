//! What leaves an expression: data, and JSON text as `JSON.stringify` writes it.

use std::sync::Arc;

use serde_json::Value;

use super::{
    budget::{Budget, DEPTH},
    convert::{check_depth, to_number, truthy},
    error::{Fault, Outcome},
    number,
    value::{Type, Val},
};

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
            budget.write_all(value)?;
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
