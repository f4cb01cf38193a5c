//! Begins a loop: the engine runs its body once per item.

use serde_json::Value;

use super::{Call, Outcome, RunError};

/// Items of one loop, at most.
const MAX_ITEMS: usize = 10_000;

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    let items = match call.value("items") {
        Value::Array(items) => items,
        // Nothing to go over: the list is empty.
        Value::Null => Vec::new(),
        other => {
            let message =
                format!("“Items” has to be a list, not {}. Check what its expression gives.", kind_of(&other));
            return Err(RunError::field("items", message));
        }
    };
    if items.len() > MAX_ITEMS {
        let message = format!("The list has {} items; a loop takes {MAX_ITEMS} at most. Split it.", items.len());
        return Err(RunError::field("items", message));
    }
    let max_parallel = call.number("max_parallel")?;
    if !(1.0..=1_000.0).contains(&max_parallel) {
        return Err(RunError::field("max_parallel", "“At the same time” is 1 to 1,000."));
    }
    let go_on = call.text("on_error")? == "go_on";
    Ok(Outcome::Loop { items, max_parallel: max_parallel as u32, go_on })
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
