//! Whether the drawing is safe, always in view; saving by hand; and what to do when two people changed the same.

use leptos::{prelude::*, task::spawn_local};

use super::{
    editor::Editor,
    saver::{Clash, SaveState},
};
use crate::{
    api::workflows::import_workflow,
    domain::workflow::Workflow,
    ui::{
        components::{Button, Dialog, Icon, IconButton, Look, Toasts},
        session::go,
    },
};

#[component]
pub fn SaveMark(editor: Editor) -> impl IntoView {
    let state = editor.saver.state;
    let (conflict, ways) = (RwSignal::new(false), RwSignal::new(false));
    Effect::new(move |_| conflict.set(editor.saver.clash.with(Option::is_some)));
    view! {
        <span class="relative flex items-center">
            <span
                role="status"
                title=move || state.with(SaveState::reason)
                class=move || format!("flex items-center gap-1.5 text-label whitespace-nowrap {}", state.with(SaveState::text))>
                <span class=move || format!("size-1.5 rounded-full {}", state.with(SaveState::tone).dot()) aria-hidden="true"></span>
                {move || state.with(|state| state.word(editor.saver.by_itself.get()))}
            </span>
            <span class="hidden sm:block">
                <IconButton icon=Icon::ChevronDown label="How it is saved" on_click=Callback::new(move |_| ways.update(|open| *open = !*open))/>
            </span>
            <Show when=move || ways.get()><Ways editor open=ways/></Show>
        </span>
        <Show when=move || editor.saver.clash.with(Option::is_some)>
            <Button on_click=Callback::new(move |_| conflict.set(true))>"Resolve"</Button>
        </Show>
        <Dialog open=conflict title="Somebody else saved this workflow">
            {move || editor.saver.clash.get().map(|clash| view! { <Choice editor clash/> })}
        </Dialog>
    }
}

/// By itself or by hand.
#[component]
fn Ways(editor: Editor, open: RwSignal<bool>) -> impl IntoView {
    let saver = editor.saver;
    let save = move |_| {
        open.set(false);
        spawn_local(saver.save(editor.workflow));
    };
    let is_saved = Signal::derive(move || saver.state.get() == SaveState::Saved);
    view! {
        <div class="fixed inset-0 z-20" on:click=move |_| open.set(false)></div>
        <div role="group" aria-label="How it is saved" class="absolute top-9 right-0 z-30 w-64 rounded-xl border border-line bg-surface p-3 shadow-pop">
            <label class="flex items-center justify-between gap-3 text-body">
                "Save by itself"
                <input
                    type="checkbox"
                    class="size-4 accent-(--accent)"
                    prop:checked=move || saver.by_itself.get()
                    on:change=move |event| saver.save_by_itself(event_target_checked(&event), editor.workflow)
                />
            </label>
            <p class="mt-1 mb-3 text-caption text-muted">"Either way this browser keeps what is not saved yet, and nothing is live until it is published."</p>
            <Button icon=Icon::Save disabled=is_saved on_click=Callback::new(save)>"Save now"</Button>
        </div>
    }
}

/// Both changed the same: whose counts?
#[component]
fn Choice(editor: Editor, clash: Clash) -> impl IntoView {
    let lines = clash.conflicts.iter().take(8).map(|line| view! { <li>{line.clone()}</li> }).collect_view();
    let more = clash.conflicts.len().saturating_sub(8);
    let more = (more > 0).then(|| view! { <li>{format!("and {more} more")}</li> });
    let clash = StoredValue::new(clash);
    let theirs = move |_| {
        let Clash { theirs, .. } = clash.get_value();
        editor.history.set(Default::default());
        editor.live.set(theirs.live_version.map(|version| (version, theirs.live_revision)));
        editor.saver.take(&theirs, theirs.workflow.clone(), editor.workflow);
    };
    let both = move |_| {
        let Clash { theirs, merged, .. } = clash.get_value();
        editor.saver.take(&theirs, merged, editor.workflow);
    };
    let toasts = Toasts::get();
    let keep = move |_| {
        let mine = editor.workflow.get_untracked();
        spawn_local(async move {
            let copy = Workflow { name: format!("{} (mine)", mine.name), ..mine };
            match import_workflow(copy).await {
                Ok(id) => {
                    editor.saver.let_go();
                    go(&format!("/workflows/{id}"));
                }
                Err(error) => toasts.fail(error.detail),
            }
        });
    };
    view! {
        <p class="mb-2 text-body text-muted">"What does not touch is put together. These changes do touch:"</p>
        <ul class="mb-4 list-disc pl-5 text-body">{lines} {more}</ul>
        <p class="mb-4 text-body text-muted">"Nothing of yours is lost: it is still in this tab."</p>
        <div class="flex flex-wrap justify-end gap-2">
            <Button on_click=Callback::new(theirs)>"Take theirs"</Button>
            <Button on_click=Callback::new(keep)>"Keep mine as a copy"</Button>
            <Button look=Look::Primary on_click=Callback::new(both)>"Take both, mine where they touch"</Button>
        </div>
    }
}
