//! One edge: a visible line and a wide invisible one that pointers find.

use leptos::prelude::*;

use super::scene::Scene;
use crate::domain::{task::port, workflow::Edge};

/// The edge's name in `data-edge`: `webhook_1.out>http_request_1.in`.
pub fn key(edge: &Edge) -> String {
    format!("{}.{}>{}.{}", edge.from.node, edge.from.port, edge.to.node, edge.to.port)
}

#[component]
pub fn EdgeLine(scene: Scene, edge: Edge, editable: bool) -> impl IntoView {
    let path = {
        let edge = edge.clone();
        Memo::new(move |_| scene.curve(&edge).map(|curve| curve.path()).unwrap_or_default())
    };
    let (key, is_error) = (key(&edge), edge.from.port == port::ERROR);
    let class = {
        let edge = edge.clone();
        move || scene.edge_class(&edge)
    };
    let selected = {
        let edge = edge.clone();
        Memo::new(move |_| scene.selection.with(|selection| selection.edges.contains(&edge)))
    };
    let reach = editable.then(|| view! { <path class="reach" d=move || path.get()></path> });
    view! {
        <g class=class data-edge=key data-error=is_error.then_some("true") data-selected=move || selected.get().to_string()>
            {reach}
            <path class="line" d=move || path.get()></path>
        </g>
    }
}
