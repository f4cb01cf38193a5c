//! A field over the name of a node or a group that is being renamed.

use leptos::{ev, html, prelude::*};

use super::{gesture::Hands, scene::Scene};
use crate::domain::{id::NodeId, workflow::Point};

#[component]
pub fn Rename(scene: Scene, hands: Hands) -> impl IntoView {
    let subject = Memo::new(move |_| {
        let id = scene.editing.get()?;
        let (name, at) = named(scene, &id)?;
        Some((id, name, at))
    });
    move || subject.get().map(|(id, name, at)| view! { <Field scene hands id name at/> })
}

/// The name, and where the field for it goes; none for what has no name.
fn named(scene: Scene, id: &NodeId) -> Option<(String, Point)> {
    if let Some(node) = scene.node(id) {
        let at = node.position.get();
        return Some((node.card.with_untracked(|card| card.title.clone()), Point { x: at.x + 52.0, y: at.y + 9.0 }));
    }
    let group = scene.group(id)?;
    let at = match group.collapsed {
        true => scene.corner_of(&group).map(|at| Point { x: at.x + 52.0, y: at.y + 9.0 })?,
        false => scene.frame_of(&group).map(|frame| Point { x: frame.x + 30.0, y: frame.y + 4.0 })?,
    };
    Some((group.name, at))
}

#[component]
fn Field(scene: Scene, hands: Hands, id: NodeId, name: String, at: Point) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            drop(input.focus());
            input.select();
        }
    });
    let (id, before) = (StoredValue::new(id), StoredValue::new(name.clone()));
    let end = move |keeps: bool| {
        // The field leaves the page when it is written, and its focus with it: then there is nothing left to end.
        let is_written_on = |id: &NodeId| scene.editing.with_untracked(|editing| editing.as_ref() == Some(id));
        if !id.try_with_value(is_written_on).unwrap_or(false) {
            return;
        }
        let Some(input) = input.get_untracked() else { return };
        let name = input.value().trim().to_owned();
        scene.editing.set(None);
        if keeps && !name.is_empty() && before.with_value(|before| *before != name) {
            hands.written.run((id.get_value(), name));
        }
        let card = id.with_value(|id| document().query_selector(&format!("[data-node='{id}']"))).ok().flatten();
        if let Some(card) = card.and_then(|card| wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(card).ok()) {
            drop(card.focus());
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        event.stop_propagation();
        match event.key().as_str() {
            "Enter" => end(true),
            "Escape" => end(false),
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <input
            node_ref=input
            class="rename"
            aria-label="Name"
            maxlength="200"
            value=name
            style=format!("left:{}px;top:{}px", at.x, at.y)
            on:blur=move |_| end(true)
            on:keydown=on_key
        />
    }
}
