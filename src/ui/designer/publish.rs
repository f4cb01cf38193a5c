//! Publishing: a last look, a name and a note for the version.

use leptos::{ev, prelude::*, task::spawn_local};

use super::editor::Editor;
use crate::{
    api::workflows::publish_workflow,
    domain::{
        checklist::{Check, checklist},
        draft::MAX_VERSION_NAME,
        id::NodeId,
    },
    ui::components::{Button, Dialog, Icon, Look, Notice, TextArea, TextField, Toasts, Tone},
};

#[component]
pub fn PublishDialog(editor: Editor, open: RwSignal<bool>, busy: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open title="Publish">
            <Form editor open busy/>
        </Dialog>
    }
}

#[component]
fn Form(editor: Editor, open: RwSignal<bool>, busy: RwSignal<bool>) -> impl IntoView {
    let (name, note) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let failure = RwSignal::new(None::<String>);
    let toasts = Toasts::get();
    let publish = move || {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        failure.set(None);
        let go_on = Callback::new(move |saved: bool| {
            if !saved {
                failure.set(Some("The draft could not be saved, so it was not published.".to_owned()));
                return busy.set(false);
            }
            spawn_local(async move {
                match make_live(editor, name.get_untracked(), note.get_untracked()).await {
                    Ok(version) => {
                        open.set(false);
                        toasts.say(format!("Version {version} is live."));
                    }
                    Err(reason) => drop(failure.try_set(Some(reason))),
                }
                busy.set(false);
            });
        });
        editor.saver.then(editor.workflow, go_on);
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        publish();
    };
    let next = move || editor.live.get().map_or(1, |(version, _)| version + 1);
    let checks = editor.workflow.with_untracked(checklist);
    view! {
        <form class="flex flex-col gap-4" on:submit=submit>
            <p class="text-body text-muted">{move || format!("The draft becomes version {}: its triggers start it from then on. Executions under way go on as they are.", next())}</p>
            <ul aria-label="Checklist" class="flex flex-col gap-2 rounded-lg border border-line px-3.5 py-3">
                {checks.into_iter().map(|check| line(editor, open, check)).collect_view()}
            </ul>
            <TextField name="version-name" label="Name (optional)" value=name on_input=Callback::new(move |text: String| name.set(text.chars().take(MAX_VERSION_NAME).collect())) placeholder="Spring sale"/>
            <TextArea name="version-note" label="What changed (optional)" rows=2 value=note on_input=Callback::new(move |text| note.set(text))/>
            {move || failure.get().map(|reason| view! { <Notice tone=Tone::Bad>{reason}</Notice> })}
            <div class="flex justify-end gap-2">
                <Button on_click=Callback::new(move |_| open.set(false))>"Not yet"</Button>
                <Button look=Look::Primary submit=true disabled=busy>"Publish"</Button>
            </div>
        </form>
    }
}

async fn make_live(editor: Editor, name: String, note: String) -> Result<i32, String> {
    let revision = editor.saver.revision.get_untracked();
    let version = publish_workflow(editor.id, revision, name, note).await.map_err(|error| {
        let first = error.problems.first().map(|problem| format!(" {}", problem.message)).unwrap_or_default();
        format!("{}{first}", error.detail)
    })?;
    editor.live.set(Some((version, Some(revision))));
    Ok(version)
}

/// All is well, or who falls short of it and what to do; a name leads to the node.
fn line(editor: Editor, open: RwSignal<bool>, check: Check) -> impl IntoView {
    let Check { promise, advice, nodes } = check;
    let is_well = nodes.is_empty();
    let (icon, tint) = if is_well { (Icon::Check, Tone::Ok.text()) } else { (Icon::Warning, Tone::Wait.text()) };
    let node = move |id: NodeId| {
        let name = editor.with_node(&id, |node| node.name.clone()).unwrap_or_default();
        let go = move |_| {
            open.set(false);
            editor.scene.select_nodes([id.clone()]);
            editor.scene.reveal(&id);
        };
        view! { <button type="button" class="mr-2 text-accent-strong hover:underline" on:click=go>{name}</button> }
    };
    let shown = nodes.into_iter().take(6).map(node).collect_view();
    view! {
        <li class="flex items-start gap-2.5">
            <span class=format!("mt-0.5 {tint}")>{icon.view("size-4")}</span>
            <span class="min-w-0">
                <span class="block">{promise}<span class="sr-only">{if is_well { ": yes" } else { ": not everywhere" }}</span></span>
                {(!is_well).then(|| view! { <span class="block text-label text-muted">{advice}</span> <span class="block text-label">{shown}</span> })}
            </span>
        </li>
    }
}
