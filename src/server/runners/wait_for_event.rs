//! Waits for an event that somebody sends, or for a call of the resume URL.

use super::{Call, Outcome, RunError};
use crate::domain::event::WaitsFor;

/// The most bytes of a name or a key.
const MAX_BYTES: usize = 200;

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    let (until, output) = (call.within()?, call.input.clone());
    if call.optional_text("waits_for")?.as_deref() == Some("call") {
        return Ok(Outcome::Wait { until, output, waits_for: WaitsFor::Call });
    }
    let (name, key) = (call.text("name")?, call.optional_text("key")?);
    for (field, text) in [("name", Some(&name)), ("key", key.as_ref())] {
        if text.is_some_and(|text| text.len() > MAX_BYTES) {
            return Err(RunError::field(
                field,
                format!("This came out longer than {MAX_BYTES} bytes. Use an id instead."),
            ));
        }
    }
    Ok(Outcome::Wait { until, output, waits_for: WaitsFor::Event { name, key } })
}
