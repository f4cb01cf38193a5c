//! Goes one of several ways.

use serde_json::Value;

use super::{Call, Outcome, RunError};
use crate::domain::task::port;

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    let value = match call.value("value") {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let cases = call.pairs("cases")?;
    let fitting = cases.into_iter().find(|(_, wanted)| wanted.trim() == value.trim());
    let port = fitting.map_or(port::ELSE.into(), |(name, _)| name.into());
    Ok(Outcome::Done { output: call.input.clone(), port })
}
