//! Makes one of several inputs.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{Call, Outcome, RunError, deduplicate::identity, kind_of};

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    let inputs = call.value("inputs");
    let how = call.text("how")?;
    if how == "wait" {
        return Ok(Outcome::done(inputs));
    }
    let inputs: Vec<Value> = match inputs {
        Value::Null => Vec::new(),
        Value::Array(inputs) => inputs,
        Value::Object(inputs) => inputs.into_iter().map(|(_, input)| input).collect(),
        other => {
            let message = format!(
                "“Inputs” has to be an object or a list of inputs, not {}. Connect several nodes.",
                kind_of(&other)
            );
            return Err(RunError::field("inputs", message));
        }
    };
    let lists: Vec<Vec<Value>> = inputs.into_iter().map(list_of).collect();
    let only_matched = call.optional_text("keep")?.as_deref() == Some("matched");
    let merged = match how.as_str() {
        "combine" => combine(lists, call.text("key")?.trim(), only_matched)?,
        "position" => by_position(lists, only_matched)?,
        _ => lists.into_iter().flatten().collect(),
    };
    Ok(Outcome::done(merged.into()))
}

/// What is no list counts as a list of itself; null as none.
fn list_of(input: Value) -> Vec<Value> {
    match input {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

/// One object per key, in the order in which the keys first come up. Objects without the key stand alone.
fn combine(lists: Vec<Vec<Value>>, key: &str, only_matched: bool) -> Result<Vec<Value>, RunError> {
    let inputs = lists.len();
    let mut merged: Vec<(Map<String, Value>, Vec<bool>)> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for (input, list) in lists.into_iter().enumerate() {
        for item in list {
            let item = object(item)?;
            let name = item.get(key).filter(|value| !value.is_null()).map(identity);
            let place = name.map_or(merged.len(), |name| *known.entry(name).or_insert(merged.len()));
            if place == merged.len() {
                merged.push((Map::new(), vec![false; inputs]));
            }
            let (object, from) = &mut merged[place];
            object.extend(item);
            from[input] = true;
        }
    }
    let counts = |from: &[bool]| !only_matched || from.iter().all(|found| *found);
    Ok(merged.into_iter().filter(|(_, from)| counts(from)).map(|(object, _)| Value::Object(object)).collect())
}

fn by_position(lists: Vec<Vec<Value>>, only_matched: bool) -> Result<Vec<Value>, RunError> {
    let lengths = lists.iter().map(Vec::len);
    let length = if only_matched { lengths.min() } else { lengths.max() }.unwrap_or_default();
    let mut merged = vec![Map::new(); length];
    for list in lists {
        for (object_here, item) in merged.iter_mut().zip(list) {
            object_here.extend(object(item)?);
        }
    }
    Ok(merged.into_iter().map(Value::Object).collect())
}

fn object(item: Value) -> Result<Map<String, Value>, RunError> {
    match item {
        Value::Object(object) => Ok(object),
        other => {
            let message = format!("Objects can be combined, not {}. Append the lists instead.", kind_of(&other));
            Err(RunError::field("inputs", message))
        }
    }
}
