//! Reads a value from JSON text, or writes one. What cannot be read is told with its line and column.

use serde_json::{Deserializer, Value};

use super::{Call, Outcome, RunError, binary::text_of, place};

/// Values of JSON Lines.
const MAX_LINES: usize = 100_000;

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    match call.text("direction")?.as_str() {
        "write" => write(call).map(Outcome::done),
        _ => read(call).map(Outcome::done),
    }
}

fn read(call: &Call) -> Result<Value, RunError> {
    let text = text_of(&call.value("text"), "text")?;
    if text.trim().is_empty() {
        return Err(RunError::field("text", "There is no JSON: the text is empty."));
    }
    let whole = match call.optional_text("shape")?.as_deref() {
        Some("lines") => lines(&text)?,
        _ => serde_json::from_str(&text).map_err(unreadable)?,
    };
    let Some(path) = call.optional_text("path")? else { return Ok(whole) };
    place::at(&whole, &path).cloned().ok_or_else(|| {
        let message = format!("There is nothing at “{}”. {}", path.trim(), found(&whole));
        RunError::field("path", message)
    })
}

fn lines(text: &str) -> Result<Value, RunError> {
    let mut values = Vec::new();
    for value in Deserializer::from_str(text).into_iter::<Value>() {
        values.push(value.map_err(unreadable)?);
        if values.len() > MAX_LINES {
            return Err(RunError::field("text", "There are more than 100,000 lines. Split the text first."));
        }
    }
    Ok(values.into())
}

fn unreadable(error: serde_json::Error) -> RunError {
    let deep = if error.to_string().contains("recursion") { " It is nested more than 127 deep." } else { "" };
    RunError::field("text", format!("This is not JSON: {error}.{deep}"))
}

/// The names to choose from, where there are some.
fn found(whole: &Value) -> String {
    match whole {
        Value::Object(members) => {
            let names: Vec<_> = members.keys().take(10).map(String::as_str).collect();
            format!("The JSON has {}.", names.join(", "))
        }
        Value::Array(items) => format!("The JSON is a list of {}.", items.len()),
        other => format!("The JSON is {}.", super::kind_of(other)),
    }
}

fn write(call: &Call) -> Result<Value, RunError> {
    let value = call.value("value");
    let failed = |error: serde_json::Error| RunError::field("value", format!("The value cannot be written: {error}."));
    Ok(match call.optional_text("layout")?.as_deref() {
        Some("indented") => serde_json::to_string_pretty(&value).map_err(failed)?,
        Some("lines") => call.items("value")?.iter().map(|item| format!("{item}\n")).collect(),
        _ => value.to_string(),
    }
    .into())
}
