//! Breakpoints: a dot where an edge comes to its node, another colour while data is held there.

use leptos::prelude::*;

use super::geometry::Curve;

/// How far along the edge: clear of the buttons and counts in its middle.
const PLACE: f64 = 0.78;

/// Nothing on an edge without a breakpoint; `is_held` is true where data is held.
#[component]
pub fn Dot(is_held: Memo<Option<bool>>, curve: Memo<Option<Curve>>) -> impl IntoView {
    let place = move || curve.with(|curve| curve.as_ref().map(|curve| curve.at(PLACE))).unwrap_or_default();
    move || {
        let is_held = is_held.get()?;
        Some(view! {
            <circle
                class="breakpoint"
                cx=move || place().x.to_string()
                cy=move || place().y.to_string()
                r="5.5"
                data-held=is_held.then_some("true")
            ></circle>
        })
    }
}
