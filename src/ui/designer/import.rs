//! Taking workflows in: text that was pasted, a file, an address. Ours and n8n's.

use leptos::{ev, html, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;

use super::{actions::Desk, clipboard, files};
use crate::{
    api::workflows::fetch_workflow,
    domain::{
        draft::MAX_BYTES,
        import::{Import, is_n8n, n8n},
    },
    ui::components::{Button, Dialog, Icon, Look, Notice, TextArea, TextField, Tone},
};

/// Reads a workflow of ours or of n8n; an error says why the text is none.
pub fn read(text: &str) -> Result<Import, String> {
    let reason = match clipboard::read(text) {
        Ok(workflow) => return Ok(Import { workflow, report: Vec::new() }),
        Err(reason) => reason,
    };
    match serde_json::from_str::<serde_json::Value>(clipboard::unfenced(text)) {
        Ok(value) if text.len() <= MAX_BYTES && is_n8n(&value) => n8n(&value),
        _ => Err(reason),
    }
}

#[component]
pub fn ImportDialog(desk: Desk) -> impl IntoView {
    view! {
        <Dialog open=desk.overlays.import title="Import a workflow">
            <Form desk/>
        </Dialog>
    }
}

#[component]
fn Form(desk: Desk) -> impl IntoView {
    let (text, address) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (failure, busy) = (RwSignal::new(None::<String>), RwSignal::new(false));
    let take = Callback::new(move |text: String| match bring(desk, &text) {
        Ok(()) => desk.overlays.import.set(false),
        Err(reason) => failure.set(Some(reason)),
    });
    let fetch = move |_| {
        busy.set(true);
        failure.set(None);
        spawn_local(async move {
            match fetch_workflow(address.get_untracked()).await {
                Ok(text) => take.run(text),
                Err(error) => failure.set(Some(error.detail)),
            }
            busy.try_set(false);
        });
    };
    let input = NodeRef::<html::Input>::new();
    let chosen = move |_: ev::Event| {
        let file = input.get_untracked().and_then(|input| files::first_of(&input));
        if let Some(file) = file {
            files::read(&file, MAX_BYTES, move |text| match text {
                Ok(text) => take.run(text),
                Err(reason) => failure.set(Some(reason)),
            });
        }
    };
    let is_blank = |text: RwSignal<String>| Signal::derive(move || text.with(|text| text.trim().is_empty()));
    view! {
        <div class="flex flex-col gap-4">
            <p class="text-body text-muted">"A workflow of FlowPilot or of n8n, as JSON. You can also paste it right onto the canvas, or drop its file there."</p>
            <TextArea name="import-text" label="JSON" rows=6 mono=true value=text on_input=Callback::new(move |value| text.set(value))/>
            {move || failure.get().map(|reason| view! { <Notice tone=Tone::Bad>{reason}</Notice> })}
            <div class="flex flex-wrap items-center gap-2">
                <Button look=Look::Primary disabled=is_blank(text) on_click=Callback::new(move |_| take.run(text.get_untracked()))>"Add to the canvas"</Button>
                <input node_ref=input type="file" accept=".json,application/json" class="sr-only" tabindex="-1" aria-label="Workflow file" on:change=chosen/>
                <Button icon=Icon::Upload on_click=Callback::new(move |_| open_files(input))>"Choose a file"</Button>
            </div>
            <div class="flex items-end gap-2 border-t border-line pt-4">
                <div class="flex-1"><TextField name="import-url" label="Or from an address" kind="url" placeholder="https://…" value=address on_input=Callback::new(move |value| address.set(value))/></div>
                <Button disabled=Signal::derive(move || busy.get() || is_blank(address).get()) on_click=Callback::new(fetch)>"Fetch"</Button>
            </div>
        </div>
    }
}

fn open_files(input: NodeRef<html::Input>) {
    if let Some(input) = input.get_untracked() {
        input.unchecked_ref::<web_sys::HtmlElement>().click();
    }
}

/// Adds it; into an empty workflow it comes whole, with name and settings.
fn bring(desk: Desk, text: &str) -> Result<(), String> {
    let Import { workflow, report } = read(text)?;
    let is_empty = desk.editor.workflow.with_untracked(|own| own.nodes.is_empty() && own.notes.is_empty());
    if is_empty {
        desk.editor.edit("Import", |own| {
            let name = if workflow.name.trim().is_empty() { own.name.clone() } else { workflow.name.clone() };
            *own = crate::domain::workflow::Workflow { name, ..workflow.clone() };
        });
        desk.editor.show_all();
    } else {
        desk.editor.paste("Import", &workflow, None)?;
        desk.editor.scene.fit_selection();
    }
    desk.overlays.report.set((!report.is_empty()).then_some(report));
    Ok(())
}

/// What is left to do after an import.
#[component]
pub fn ReportDialog(desk: Desk) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(desk.overlays.report.with(Option::is_some)));
    // Closed by hand, the report is read. Closed because there is none, nothing happens: the effect above would come again.
    Effect::new(move |was_open: Option<bool>| {
        let is_open = open.get();
        if was_open == Some(true) && !is_open {
            desk.overlays.report.set(None);
        }
        is_open
    });
    let lines = move || desk.overlays.report.get().unwrap_or_default();
    view! {
        <Dialog open title="Imported. What is left to do">
            <p class="mb-3 text-body text-muted">"The nodes are on the canvas. These need a look before the workflow is published:"</p>
            <ul class="flex list-disc flex-col gap-1.5 pl-5 text-body">{move || lines().into_iter().map(|line| view! { <li class="break-words">{line}</li> }).collect_view()}</ul>
            <div class="mt-5 flex justify-end"><Button look=Look::Primary on_click=Callback::new(move |_| open.set(false))>"Got it"</Button></div>
        </Dialog>
    }
}
