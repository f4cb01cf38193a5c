//! Spans of time: how long something took, and a clock for what still runs.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use leptos::prelude::*;

/// `412 ms`, `7.6 s`, `1 min 12 s`, `2 h 5 min`, `3 d 4 h`. A negative span, from clocks that differ, counts as none.
pub fn span(span: TimeDelta) -> String {
    let ms = span.num_milliseconds().max(0);
    let secs = ms / 1_000;
    match secs {
        0 => format!("{ms} ms"),
        1..60 => format!("{}.{} s", secs, ms % 1_000 / 100),
        60..3_600 => format!("{} min {} s", secs / 60, secs % 60),
        3_600..86_400 => format!("{} h {} min", secs / 3_600, secs % 3_600 / 60),
        _ => format!("{} d {} h", secs / 86_400, secs % 86_400 / 3_600),
    }
}

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
    fn a_span_is_told_in_its_two_biggest_units() {
        for (ms, expected) in [
            (-5, "0 ms"),
            (412, "412 ms"),
            (7_649, "7.6 s"),
            (72_000, "1 min 12 s"),
            (7_500_000, "2 h 5 min"),
            (273_600_000, "3 d 4 h"),
        ] {
            assert_eq!(span(TimeDelta::milliseconds(ms)), expected);
        }
    }

    #[test]
    fn the_time_since_the_start_has_milliseconds() {
        assert_eq!(since_start(TimeDelta::milliseconds(75_002)), "75.002");
        assert_eq!(since_start(TimeDelta::milliseconds(-1)), "0.000");
    }
}
