//! Waits for a date and time.

use chrono::{DateTime, Utc};

use super::{Call, Outcome, RunError};
use crate::domain::event::WaitsFor;

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    let text = call.text("at")?;
    let Ok(at) = DateTime::parse_from_rfc3339(text.trim()) else {
        let message =
            format!("“{text}” is no date and time with an offset from UTC. Write it like 2026-12-24T18:00:00+01:00.");
        return Err(RunError::field("at", message));
    };
    let until = at.with_timezone(&Utc);
    Ok(Outcome::Wait { until: Some(until), output: call.input.clone(), waits_for: WaitsFor::Time })
}
