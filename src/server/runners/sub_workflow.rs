//! Runs another workflow: the engine starts it and waits for its end.

use super::{Call, Outcome, RunError};

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    Ok(Outcome::Execute { workflow: call.text("workflow")?.trim().to_owned(), input: call.value("input") })
}
