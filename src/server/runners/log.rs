//! Keeps a line of text in the execution's journal, as this node's output. The server's own log holds no data of people.

use serde_json::json;

use super::{Call, Outcome, RunError};

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    let (level, message) = (call.text("level")?, call.text("message")?);
    Ok(Outcome::done(json!({ "level": level, "message": message, "input": call.input })))
}
