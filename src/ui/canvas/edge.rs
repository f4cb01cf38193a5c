//! One edge: a line, and on it a breakpoint and in an execution how much it carried. A single element where it has neither,
//! for there may be thousands: pointers find edges by geometry (`pointed`), not by elements.

use leptos::prelude::*;

use super::{breakpoint::Dot, scene::Scene};
use crate::domain::{task::port, workflow::Edge};

/// The edge's name in `data-edge`: `webhook_1.out>http_request_1.in`.
pub fn key(edge: &Edge) -> String {
    format!("{}.{}>{}.{}", edge.from.node, edge.from.port, edge.to.node, edge.to.port)
}

#[component]
pub fn EdgeLine(scene: Scene, edge: Edge) -> impl IntoView {
    let (key, is_error) = (key(&edge), edge.from.port == port::ERROR);
    let change = scene.changes.with_value(|changes| changes.get(&edge).copied());
    let edge = StoredValue::new(edge);
    let curve = Memo::new(move |_| edge.with_value(|edge| scene.curve(edge)));
    let path = move || curve.with(|curve| curve.map(|curve| curve.path()).unwrap_or_default());
    let class = move || edge.with_value(|edge| scene.edge_class(edge));
    let selected =
        Memo::new(move |_| scene.selection.with(|selection| edge.with_value(|edge| selection.edges.contains(edge))));
    let takes_in =
        Memo::new(move |_| scene.splice.with(|splice| edge.with_value(|edge| splice.as_ref() == Some(edge))));
    let is_held = Memo::new(move |_| scene.breakpoints.with(|all| edge.with_value(|edge| all.get(edge).copied())));
    let count = Memo::new(move |_| edge.with_value(|edge| scene.edge_count(edge)));
    let label = move || {
        let count = count.get()?;
        let middle = curve.get()?.at(0.5);
        let text = if count == 1 { "1 item".to_owned() } else { format!("{count} items") };
        Some(view! { <text class="count" x=middle.x y=middle.y - 7.0>{text}</text> })
    };
    view! {
        <path
            class=class
            d=path
            data-edge=key
            data-change=change
            data-error=is_error.then_some("true")
            data-selected=move || selected.get().to_string()
            data-critical=move || edge.with_value(|edge| scene.is_critical(edge)).then_some("true")
            data-splice=move || takes_in.get().then_some("true")
            data-held=move || (is_held.get() == Some(true)).then_some("true")
        ></path>
        <Dot is_held curve/>
        {label}
    }
}
