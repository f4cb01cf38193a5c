//! `JSON.parse`: text in, values out.

use serde_json::Value;

use super::{
    budget::Budget,
    error::{Fault, Outcome},
    value::{Builder, Val},
};

pub(super) fn parse<'a>(text: &str, budget: &Budget) -> Outcome<Val<'a>> {
    // The reader allocates for each value at most this much; counted before it runs.
    let values = text.bytes().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
    budget.bytes(200 * values + 2 * text.len())?;
    let value: Value = serde_json::from_str(text)
        .map_err(|error| Fault::new(format!("This text is not JSON: {error}. Check it with the node that made it.")))?;
    owned(&value, budget)
}

/// A copy that does not borrow; data of the scope is borrowed instead.
fn owned<'a>(value: &Value, budget: &Budget) -> Outcome<Val<'a>> {
    Ok(match value {
        Value::Null => Val::Null,
        Value::Bool(bool) => Val::Bool(*bool),
        Value::Number(number) => Val::Number(number.as_f64().unwrap_or(f64::NAN)),
        Value::String(text) => {
            budget.bytes(2 * text.len())?;
            Val::ascii(text)
        }
        Value::Array(items) => {
            budget.bytes(32 * items.len())?;
            Val::list(items.iter().map(|item| owned(item, budget)).collect::<Outcome<_>>()?)?
        }
        Value::Object(members) => {
            let mut builder = Builder::default();
            for (name, value) in members {
                builder.set(budget, name.as_str().into(), owned(value, budget)?)?;
            }
            builder.build()?
        }
    })
}
