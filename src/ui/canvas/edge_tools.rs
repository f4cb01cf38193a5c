//! The two buttons in the middle of an edge that is pointed at or selected: put a node in, take the edge away.

use leptos::prelude::*;

use super::{
    geometry::Curve,
    gesture::{Gesture, Hands},
    scene::Scene,
};
use crate::{domain::workflow::Edge, ui::components::Icon};

#[component]
pub fn EdgeTools(scene: Scene, hands: Hands) -> impl IntoView {
    let is_idle = Memo::new(move |_| scene.gesture.with(|gesture| matches!(gesture, Gesture::Idle)));
    let edge = Memo::new(move |_| {
        let selected = scene.selection.with(|selection| match selection.edges.as_slice() {
            [edge] if selection.nodes.is_empty() => Some(edge.clone()),
            _ => None,
        });
        let edge = scene.pointed.with(|pointed| pointed.edge.clone()).or(selected).filter(|_| is_idle.get())?;
        scene.edges.with(|edges| edges.contains(&edge)).then_some(edge)
    });
    move || edge.get().map(|edge| view! { <Tools scene hands edge/> })
}

#[component]
fn Tools(scene: Scene, hands: Hands, edge: Edge) -> impl IntoView {
    let curve = {
        let edge = edge.clone();
        Memo::new(move |_| scene.curve(&edge))
    };
    let middle = move |curve: &Curve| curve.at(0.5);
    let place = move || {
        let at = curve.with(|curve| curve.as_ref().map(middle)).unwrap_or_default();
        // As large as on the page, whatever the zoom; smaller only where everything is tiny.
        let scale = 1.0 / scene.viewport.get().k.max(0.3);
        format!("translate({}px,{}px) translate(-50%,-50%) scale({scale})", at.x, at.y)
    };
    let insert = {
        let edge = edge.clone();
        move |_| {
            let at = curve.with_untracked(|curve| curve.as_ref().map(middle)).unwrap_or_default();
            let screen = scene.viewport.get_untracked().to_screen(at);
            hands.add.run((Some(edge.clone()), at, screen));
        }
    };
    let remove = move |_| hands.disconnect.run(vec![edge.clone()]);
    view! {
        <div class="edge-tools" style:transform=place>
            <button type="button" title="Insert a node here" aria-label="Insert a node on this edge" on:click=insert>{Icon::Plus.view("size-3.5")}</button>
            <button type="button" title="Delete this edge" aria-label="Delete this edge" on:click=remove>{Icon::Trash.view("size-3.5")}</button>
        </div>
    }
}
