//! Keeps the items for which a condition holds.

use super::{Call, Outcome, RunError, condition::is_truthy};

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    let items = call.items("items")?;
    let verdicts = call.per_item("keep", items.len())?;
    let kept = items.into_iter().zip(verdicts).filter(|(_, verdict)| is_truthy(verdict)).map(|(item, _)| item);
    Ok(Outcome::done(kept.collect()))
}
