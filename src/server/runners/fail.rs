//! Ends the path as failed.

use super::{Call, Outcome, RunError};

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    Err(RunError::fail(call.text("message")?))
}
