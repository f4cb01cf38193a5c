//! Points in time: absolute from the server, relative once the page is awake. Spans of time.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use leptos::prelude::*;

/// What time it is, for everything that says "3 min ago". None on the server and until the page is awake, so that
/// both render the same.
#[derive(Clone, Copy, Debug)]
pub struct Clock(RwSignal<Option<DateTime<Utc>>>);

impl Clock {
    /// Called once, by the application.
    pub fn provide() {
        let now = RwSignal::new(None);
        provide_context(Self(now));
        Effect::new(move |_| {
            now.set(Some(Utc::now()));
            // Refused only outside of a browser, where effects do not run.
            let _ = set_interval_with_handle(move || now.set(Some(Utc::now())), Duration::from_secs(5));
        });
    }

    pub fn now() -> Option<DateTime<Utc>> {
        use_context::<Self>().and_then(|clock| clock.0.get())
    }
}

/// A point in time; hovering shows it in full.
#[component]
pub fn Time(#[prop(into)] at: Signal<DateTime<Utc>>) -> impl IntoView {
    let text = move || match Clock::now() {
        Some(now) => relative(at.get(), now),
        None => absolute(at.get()),
    };
    view! {
        <time datetime=move || at.get().to_rfc3339() title=move || absolute(at.get()) class="whitespace-nowrap">{text}</time>
    }
}

/// `20 Nov 2026, 14:02:11 UTC`
pub fn absolute(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M:%S UTC").to_string()
}

/// `just now`, `3 min ago`, `in 2 h`; days beyond a week are written as a date.
pub fn relative(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (now - at).num_seconds();
    let amount = match seconds.unsigned_abs() {
        0..10 => return "just now".to_owned(),
        s @ 10..60 => format!("{s} s"),
        s @ 60..3_600 => format!("{} min", s / 60),
        s @ 3_600..86_400 => format!("{} h", s / 3_600),
        s @ 86_400..604_800 => format!("{} d", s / 86_400),
        _ => return at.format("%-d %b %Y").to_string(),
    };
    if seconds < 0 { format!("in {amount}") } else { format!("{amount} ago") }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_near_now_are_told_by_their_distance_and_far_ones_by_their_date() {
        let now = DateTime::parse_from_rfc3339("2026-11-20T12:00:00Z").expect("a time").to_utc();
        for (seconds, expected) in [
            (-3, "just now"),
            (-42, "42 s ago"),
            (-180, "3 min ago"),
            (7_300, "in 2 h"),
            (-172_800, "2 d ago"),
            (-864_000, "10 Nov 2026"),
        ] {
            assert_eq!(relative(now + TimeDelta::seconds(seconds), now), expected);
        }
    }

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
}
