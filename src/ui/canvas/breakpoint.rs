//! Breakpoints: a dot where an edge comes to its node, another colour while data is held there.

use leptos::prelude::*;

use super::{geometry::Curve, scene::Scene};
use crate::domain::workflow::Edge;

/// How far along the edge: clear of the buttons and counts in its middle.
const PLACE: f64 = 0.78;

/// Nothing on an edge without a breakpoint.
#[component]
pub fn Dot(scene: Scene, edge: StoredValue<Edge>, curve: Memo<Option<Curve>>) -> impl IntoView {
    let is_held = Memo::new(move |_| scene.breakpoints.with(|all| edge.with_value(|edge| all.get(edge).copied())));
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
