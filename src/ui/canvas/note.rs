//! A note: a sheet with text in Markdown, moved like a card, resized by its corner, written on after a double click.

use leptos::{ev, html, prelude::*};

use super::{gesture::Hands, scene::Scene, sheets::SceneNote};
use crate::{
    domain::id::NodeId,
    ui::components::{Markdown, raw_text},
};

#[component]
pub fn NoteSheet(scene: Scene, hands: Option<Hands>, id: NodeId, note: SceneNote) -> impl IntoView {
    let is_written_on = {
        let id = id.clone();
        Memo::new(move |_| hands.is_some() && scene.editing.with(|editing| editing.as_ref() == Some(&id)))
    };
    let place = move || {
        let at = note.position.get();
        format!("translate({}px,{}px)", at.x, at.y)
    };
    let corner = hands.map(|_| view! { <span class="corner" data-corner=id.to_string() aria-hidden="true"></span> });
    let name = move || {
        let text = note.text.get();
        let first = text.lines().next().unwrap_or_default().trim_start_matches(['#', ' ']).to_owned();
        if first.is_empty() { "Empty note".to_owned() } else { format!("Note: {first}") }
    };
    let own = StoredValue::new(id.clone());
    let inside = move || match (is_written_on.get(), hands) {
        (true, Some(hands)) => view! { <Writing scene hands id=own.get_value() note/> }.into_any(),
        _ => {
            view! { <div class="prose"><Markdown text=note.text placeholder="Double-click to write"/></div> }.into_any()
        }
    };
    view! {
        <div
            class="note"
            role="group"
            tabindex="0"
            aria-label=name
            aria-roledescription="note"
            data-note=id.to_string()
            data-tint=move || note.tint.get().name()
            data-selected=move || note.selected.get().to_string()
            style:transform=place
            style:width=move || format!("{}px", note.size.get().width)
            style:height=move || format!("{}px", note.size.get().height)
        >
            {inside}
            {corner}
        </div>
    }
}

#[component]
fn Writing(scene: Scene, hands: Hands, id: NodeId, note: SceneNote) -> impl IntoView {
    let area = NodeRef::<html::Textarea>::new();
    Effect::new(move |_| {
        if let Some(area) = area.get() {
            drop(area.focus());
        }
    });
    let id = StoredValue::new(id);
    let end = move || {
        // The field leaves the page when it is written, and its focus with it: then there is nothing left to end.
        let is_written_on = |id: &NodeId| scene.editing.with_untracked(|editing| editing.as_ref() == Some(id));
        let is_open = id.try_with_value(is_written_on).unwrap_or(false);
        if is_open && let Some(area) = area.get_untracked() {
            scene.editing.set(None);
            hands.written.run((id.get_value(), area.value()));
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        event.stop_propagation();
        let is_done = event.key() == "Escape" || (event.key() == "Enter" && (event.ctrl_key() || event.meta_key()));
        if is_done {
            event.prevent_default();
            end();
        }
    };
    view! {
        <textarea node_ref=area aria-label="Text of the note, in Markdown" spellcheck="true" on:blur=move |_| end() on:keydown=on_key>
            {raw_text(note.text.get_untracked())}
        </textarea>
    }
}
