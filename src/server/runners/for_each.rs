//! Begins a loop: the engine runs its body once per item.

use super::{Call, Outcome, RunError};

/// Items of one loop, at most.
const MAX_ITEMS: usize = 10_000;

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    let items = call.items("items")?;
    if items.len() > MAX_ITEMS {
        let message = format!("The list has {} items; a loop takes {MAX_ITEMS} at most. Split it.", items.len());
        return Err(RunError::field("items", message));
    }
    let max_parallel = call.number("max_parallel")?;
    if !(1.0..=1_000.0).contains(&max_parallel) {
        return Err(RunError::field("max_parallel", "“At the same time” is 1 to 1,000."));
    }
    let go_on = call.text("on_error")? == "go_on";
    Ok(Outcome::Loop { items, max_parallel: max_parallel as u32, go_on })
}
