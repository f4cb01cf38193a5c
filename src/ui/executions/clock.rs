//! How long something took, and a clock for what still runs.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use leptos::prelude::*;

pub use crate::ui::components::span;

/// Seconds and milliseconds since the start: `0.188`, `75.002`.
pub fn since_start(span: TimeDelta) -> String {
    let ms = span.num_milliseconds().max(0);
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}

/// What time it is, renewed while `running`. None on the server and until the page is awake.
pub fn ticking(every: Duration, running: impl Fn() -> bool + Send + Sync + 'static) -> Signal<Option<DateTime<Utc>>> {
    let now = RwSignal::new(None);
    Effect::new(move |_| {
        if running() {
            now.set(Some(Utc::now()));
            if let Ok(timer) = set_interval_with_handle(move || now.set(Some(Utc::now())), every) {
                on_cleanup(move || timer.clear());
            }
        }
    });
    now.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_since_the_start_has_milliseconds() {
        assert_eq!(since_start(TimeDelta::milliseconds(75_002)), "75.002");
        assert_eq!(since_start(TimeDelta::milliseconds(-1)), "0.000");
    }
}
