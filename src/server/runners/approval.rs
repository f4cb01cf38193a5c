//! Waits for a person's yes or no.

use super::{Call, Outcome, RunError};
use crate::domain::event::WaitsFor;

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    let message = call.text("message")?;
    Ok(Outcome::Wait { until: call.within()?, output: call.input.clone(), waits_for: WaitsFor::Approval { message } })
}
