//! Makes a list of parts.

use serde_json::{Value, json};

use super::{Call, Outcome, RunError, kind_of};

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    let into = call.text("into")?;
    let parts: Vec<Value> = match (into.as_str(), call.value("value")) {
        (_, Value::Null) => Vec::new(),
        ("batches", Value::Array(items)) => {
            let size = (call.number("size")? as usize).max(1);
            items.chunks(size).map(|batch| Value::from(batch.to_vec())).collect()
        }
        ("parts", Value::String(text)) => parts(&text, &separator(call)?),
        ("lines", Value::String(text)) => text.lines().map(Value::from).collect(),
        ("members", Value::Object(members)) => {
            members.into_iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
        }
        (_, other) => {
            let wanted = match into.as_str() {
                "batches" => "a list",
                "members" => "an object",
                _ => "a text",
            };
            let message =
                format!("“What” has to be {wanted}, not {}. Check what its expression gives.", kind_of(&other));
            return Err(RunError::field("value", message));
        }
    };
    Ok(Outcome::done(parts.into()))
}

/// A separator of blanks alone counts as it is.
fn separator(call: &Call) -> Result<String, RunError> {
    match call.value("separator") {
        Value::String(text) if !text.is_empty() => Ok(text),
        _ => call.text("separator"),
    }
}

fn parts(text: &str, separator: &str) -> Vec<Value> {
    text.split(separator).map(str::trim).filter(|part| !part.is_empty()).map(Value::from).collect()
}
