//! Times on the viewer's own clock, which only the browser knows.

use chrono::{DateTime, Local, Timelike, Utc};
use leptos::prelude::*;

use crate::ui::components::Clock;

/// The viewer's wall clock at that time; empty until the page is awake.
#[component]
pub fn ViewerTime(at: DateTime<Utc>) -> impl IntoView {
    let is_awake = Memo::new(|_| Clock::now().is_some());
    let pattern = if at.second() == 0 { "%a %-d %b %Y, %H:%M" } else { "%a %-d %b %Y, %H:%M:%S" };
    let text = move || is_awake.get().then(|| at.with_timezone(&Local).format(pattern).to_string());
    view! { <time datetime=at.to_rfc3339() class="whitespace-nowrap">{text}</time> }
}

/// `Your time (Europe/London)`, without the zone until the page is awake.
#[component]
pub fn ViewerZone() -> impl IntoView {
    let is_awake = Memo::new(|_| Clock::now().is_some());
    let zone = move || is_awake.get().then(|| format!(" ({})", zone_name()));
    view! { "Your time"{zone} }
}

fn zone_name() -> String {
    let options = js_sys::Intl::DateTimeFormat::default().resolved_options();
    let zone = js_sys::Reflect::get(&options, &"timeZone".into()).ok();
    zone.and_then(|zone| zone.as_string()).unwrap_or_else(|| "this browser".to_owned())
}
