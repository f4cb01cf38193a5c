//! Makes new data: the expression's value is the output.

use super::{Call, Outcome, RunError};

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    Ok(Outcome::done(call.value("output")))
}
