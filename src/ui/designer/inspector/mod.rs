//! The panel on the right: the selected node's parameters and settings, or the workflow's own. Generated from the kind's
//! fields: a new kind needs nothing here.

mod arguments;
mod code;
mod commit;
mod completion;
mod connections;
mod data;
mod expression;
mod field;
mod fold;
mod help;
mod learned;
mod library;
mod limits;
mod model;
mod needed;
mod node;
mod pairs;
mod pane;
mod pins;
mod plugin;
mod save_task;
mod settings;
mod shape;
mod trial;
mod trigger;
mod workflow;

use leptos::{ev, prelude::*};

use super::{editor::Editor, problems::Problems, setup::SetUp};
use crate::{
    domain::id::NodeId,
    ui::components::{Button, Icon, IconButton, Look, TextArea},
};
use commit::CommitChoice;
use data::LastData;
use learned::LearnedEdge;
pub use needed::Needed;
use node::NodePanel;
use workflow::WorkflowSettings;

/// On phones a sheet over the outline, open while `sheet` is true. `connect` opens the choice of what comes next.
#[component]
pub fn Inspector(editor: Editor, sheet: RwSignal<bool>, connect: RwSignal<bool>) -> impl IntoView {
    let (data, wide) = (LastData::load(editor), RwSignal::new(false));
    listen_to_keys(editor, data, wide);
    Effect::new(move |_| editor.scene.show_stale(editor.workflow.with(|workflow| data.stale(workflow))));
    let selected = Memo::new(move |_| editor.scene.selection.with(|selection| selection.only_node().cloned()));
    let kind = move |id: &NodeId| editor.with_node(id, |node| node.kind);
    let panel = move || match selected.get().and_then(|id| Some((kind(&id)?, id))) {
        Some((kind, id)) => view! { <NodePanel editor id kind data connect wide/> }.into_any(),
        None => view! { <Overview editor/> }.into_any(),
    };
    let class = move || {
        let phone = if sheet.get() {
            "fixed inset-x-0 top-24 bottom-14 z-30 rounded-t-2xl border-t shadow-pop"
        } else {
            "hidden"
        };
        let room = if wide.get() && selected.with(Option::is_some) {
            "md:absolute md:inset-y-0 md:right-0 md:left-0 md:z-20 md:w-auto md:overflow-hidden lg:left-56"
        } else {
            "md:static md:w-80"
        };
        format!(
            "{phone} w-full shrink-0 flex-col overflow-y-auto border-line bg-surface md:flex md:rounded-none md:border-t-0 md:border-l md:shadow-none {room}"
        )
    };
    Effect::new(move |_| focus_wanted(editor, sheet));
    let back_to_the_node = move |event: ev::KeyboardEvent| {
        if let Some(id) = selected.get_untracked().filter(|_| event.key() == "Escape") {
            event.prevent_default();
            event.stop_propagation();
            match wide.get_untracked() {
                true => wide.set(false),
                false => editor.focus(id),
            }
        }
    };
    view! {
        <aside aria-label="Inspector" class=class on:keydown=back_to_the_node>
            <div class="sticky top-0 z-10 flex justify-end bg-surface px-3 pt-2 md:hidden">
                <IconButton icon=Icon::Close label="Close" on_click=Callback::new(move |_| sheet.set(false))/>
            </div>
            {panel}
        </aside>
    }
}

/// W spreads the parts of a node out, and folds them again; P pins what is selected.
fn listen_to_keys(editor: Editor, data: LastData, wide: RwSignal<bool>) {
    Effect::new(move |_| {
        let typed = "input, textarea, select, [contenteditable], dialog[open] *";
        let keys = window_event_listener(ev::keydown, move |event| {
            let is_typing = document().active_element().is_some_and(|element| element.matches(typed).unwrap_or(false));
            let is_plain = !(event.ctrl_key() || event.meta_key() || event.alt_key());
            if !is_plain || is_typing || event.default_prevented() {
                return;
            }
            match event.key().to_ascii_lowercase().as_str() {
                "w" => wide.update(|wide| *wide = !*wide),
                "p" if editor.editable && !editor.selected_nodes().is_empty() => pins::toggle(editor, data),
                _ => {}
            }
        });
        on_cleanup(move || keys.remove());
    });
}

/// Puts the focus into the field that was asked for, once its panel is there; without a field, into the first one.
fn focus_wanted(editor: Editor, sheet: RwSignal<bool>) {
    let Some((_, field)) = editor.wanted.get() else { return };
    sheet.set(true);
    request_animation_frame(move || {
        let find = |selector: &str| document().query_selector(selector).ok().flatten();
        let named = find(&format!("aside [data-field='{field}'] :is(input, textarea, select)"));
        let first = || {
            find("aside [data-field]:not([data-field='name']) :is(input, textarea, select)")
                .or_else(|| find("#field-name"))
        };
        if let Some(element) = named.or_else(first) {
            if let Ok(Some(details)) = element.closest("details") {
                let _ = details.set_attribute("open", "");
            }
            drop(wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlElement>(element).focus());
        }
        editor.wanted.set(None);
    });
}

/// Nothing, or several things, are selected: the workflow itself.
#[component]
fn Overview(editor: Editor) -> impl IntoView {
    let description = Signal::derive(move || editor.workflow.with(|workflow| workflow.description.clone()));
    let describe = Callback::new(move |text: String| editor.describe(&text));
    let count = move || {
        editor.workflow.with(|workflow| format!("{} nodes, {} edges", workflow.nodes.len(), workflow.edges.len()))
    };
    let several = move || editor.scene.selection.with(|selection| selection.nodes.len() + selection.edges.len());
    view! {
        <div class="border-b border-line px-4 py-4">
            <h2 class="truncate text-lead font-semibold">{move || editor.workflow.with(|workflow| workflow.name.clone())}</h2>
            <p class="text-label text-muted">{count}</p>
        </div>
        <LearnedEdge editor/>
        <fieldset class="min-w-0 px-4 py-4" disabled=!editor.editable>
            <Show when=move || several() != 0>
                <div class="mb-5 flex items-center justify-between rounded-lg bg-hover px-3 py-2">
                    <span class="text-label">{move || format!("{} selected", several())}</span>
                    <Button look=Look::Danger icon=Icon::Trash on_click=Callback::new(move |_| editor.remove_selection(true))>"Delete"</Button>
                </div>
            </Show>
            <TextArea name="workflow-description" label="Description" rows=3 value=description on_input=describe placeholder="What it is for, for whoever comes next."/>
            <CommitChoice editor/>
            <Problems editor/>
            <SetUp editor/>
            <WorkflowSettings editor/>
            <p class="mt-5 text-label text-muted">"Select a node to see what it does. Drag from a port on its right to what comes next."</p>
        </fieldset>
    }
}
