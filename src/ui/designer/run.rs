//! Starting an execution of what is drawn, with JSON input that is remembered for the next time.

use leptos::{ev, prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;
use serde_json::Value;

use super::{breakpoints::BreakpointNote, editor::Editor};
use crate::{
    api::executions::start_execution,
    domain::{id::ExecutionId, input},
    ui::{
        components::{Button, Dialog, Icon, Kbd, Look, Notice, TextArea, Tone},
        once::Once,
    },
};

const FIRST_INPUT: &str = "{\n  \"email\": \"ada@example.com\",\n  \"name\": \"Ada\"\n}";

#[component]
pub fn RunDialog(editor: Editor, open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open title="Run">
            <Form editor/>
        </Dialog>
    }
}

#[component]
fn Form(editor: Editor) -> impl IntoView {
    let text = RwSignal::new(remembered(editor).unwrap_or_else(|| first(editor)));
    let (failure, busy) = (RwSignal::new(None::<String>), RwSignal::new(false));
    let input = Memo::new(move |_| text.with(|text| parse(text)));
    let error = Signal::derive(move || input.get().err());
    let (navigate, once) = (use_navigate(), Once::new());
    let start = Callback::new(move |()| {
        let Ok(input) = input.get_untracked() else { return };
        if busy.get_untracked() {
            return;
        }
        remember(editor, &text.get_untracked());
        busy.set(true);
        failure.set(None);
        let navigate = navigate.clone();
        let begin = Callback::new(move |saved: bool| {
            let (navigate, input) = (navigate.clone(), input.clone());
            spawn_local(async move {
                match begin(editor, saved, input, once).await {
                    Ok(execution) => navigate(&format!("/executions/{execution}"), Default::default()),
                    Err(reason) => failure.set(Some(reason)),
                }
                busy.try_set(false);
            });
        });
        if editor.editable { editor.saver.then(editor.workflow, begin) } else { begin.run(true) }
    });
    let what = if editor.editable { "Runs the draft as it is drawn." } else { "Runs the published version." };
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            start.run(());
        }
    };
    view! {
        <div class="flex flex-col gap-4" on:keydown=on_key>
            <p class="text-body text-muted">{what} " The triggers hand this input on:"</p>
            <TextArea name="run-input" label="Input (JSON)" rows=8 mono=true value=text on_input=Callback::new(move |value| { once.renew(); text.set(value) }) error/>
            <BreakpointNote editor/>
            {move || failure.get().map(|reason| view! { <Notice tone=Tone::Bad>{reason}</Notice> })}
            <div class="flex items-center justify-end gap-3">
                <span class="flex items-center gap-1 text-label text-muted"><Kbd keys="Ctrl"/><Kbd keys="Enter"/></span>
                <Button
                    look=Look::Primary
                    icon=Icon::Play
                    disabled=Signal::derive(move || busy.get() || error.get().is_some())
                    on_click=Callback::new(move |_| start.run(()))
                >
                    "Start"
                </Button>
            </div>
        </div>
    }
}

/// What to begin with: as the manual start declares it, else an example. Who may not edit hands on declared input only.
fn first(editor: Editor) -> String {
    match editor.workflow.with_untracked(input::sample) {
        Some(sample) => serde_json::to_string_pretty(&sample).unwrap_or_default(),
        None if editor.editable => FIRST_INPUT.to_owned(),
        None => String::new(),
    }
}

/// Starts the draft as it is saved; those who may not edit start what is live.
async fn begin(editor: Editor, saved: bool, input: Value, once: Once) -> Result<ExecutionId, String> {
    if !saved {
        return Err("The draft could not be saved, so it was not started.".to_owned());
    }
    // What is published may have other edges than what is drawn.
    let breakpoints = if editor.editable { untrack(|| editor.breakpoints()) } else { Vec::new() };
    start_execution(editor.id, editor.editable, input, breakpoints, once.key()).await.map_err(|error| {
        let first = error.problems.first().map(|problem| format!(" {}", problem.message)).unwrap_or_default();
        format!("{}{first}", error.detail)
    })
}

/// Empty input is null.
fn parse(text: &str) -> Result<Value, String> {
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(text).map_err(|error| format!("This is not JSON yet: {error}"))
}

fn key(editor: Editor) -> String {
    format!("flowpilot.input.{}", editor.id)
}

fn remembered(editor: Editor) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(&key(editor)).ok().flatten()
}

/// What was typed last, as data for previews; none when nothing was, or not JSON.
pub fn sample(editor: Editor) -> Option<Value> {
    parse(&remembered(editor)?).ok()
}

fn remember(editor: Editor, text: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        // Forbidden storage costs the convenience, nothing else.
        let _ = storage.set_item(&key(editor), text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_is_json_and_none_is_null() {
        assert_eq!(parse("  "), Ok(Value::Null));
        assert_eq!(parse("{\"a\": 1}"), Ok(serde_json::json!({"a": 1})));
        assert!(parse("{a: 1}").is_err_and(|error| error.contains("line 1")));
    }
}
