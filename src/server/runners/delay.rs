//! Waits without running: the engine's timer goes on at the time that is given here.

use chrono::TimeDelta;

use super::{Call, Outcome, RunError};
use crate::domain::event::WaitsFor;

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    let unit = call.text("unit")?;
    let unit_ms = match unit.as_str() {
        "seconds" => 1_000.0,
        "minutes" => 60_000.0,
        "hours" => 3_600_000.0,
        "days" => 86_400_000.0,
        other => {
            let text = format!("“{other}” is no unit of time. Choose seconds, minutes, hours or days.");
            return Err(RunError::field("unit", text));
        }
    };
    let amount = call.number("amount")?;
    if !(0.0..=1_000_000.0).contains(&amount) {
        return Err(RunError::field("amount", format!("A delay is 0 to 1,000,000 {unit} long, not {amount}.")));
    }
    let until = call.now + TimeDelta::milliseconds((amount * unit_ms) as i64);
    Ok(Outcome::Wait { until: Some(until), output: call.input.clone(), waits_for: WaitsFor::Time })
}
