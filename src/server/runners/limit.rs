//! Keeps a number of items from the beginning or the end.

use super::{Call, Outcome, RunError};

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    let mut items = call.items("items")?;
    let (count, skip) = (call.number("count")? as usize, call.optional_number("skip")?.unwrap_or(0.0) as usize);
    if call.text("from")? == "end" {
        items.truncate(items.len().saturating_sub(skip));
        items.drain(..items.len().saturating_sub(count));
    } else {
        items.drain(..skip.min(items.len()));
        items.truncate(count);
    }
    Ok(Outcome::done(items.into()))
}
