//! The top bar of the designer: name, version, save state, undo, run, publish.

use leptos::{ev, prelude::*};

use super::{actions::Desk, editor::Editor, publish::PublishDialog, save_mark::SaveMark, saver::SaveState};
use crate::{
    domain::{task::Kind, validate::MAX_NAME_CHARS},
    ui::components::{Badge, Button, Icon, IconButton, Look},
};

/// `Workflows / name · version`; the name is edited in place.
#[component]
pub fn Heading(editor: Editor) -> impl IntoView {
    let name = move || editor.workflow.with(|workflow| workflow.name.clone());
    let version = move || {
        let draft = format!("draft {}", editor.saver.revision.get());
        match editor.live.get() {
            Some((version, _)) => format!("{draft} · live v{version}"),
            None => format!("{draft} · not published"),
        }
    };
    let rename = move |event: ev::Event| editor.rename(&event_target_value(&event));
    let leave_on_enter = move |event: ev::KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | "Escape")
            && let Some(element) = document().active_element()
        {
            drop(wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlElement>(element).blur());
        }
    };
    view! {
        <nav aria-label="Breadcrumb" class="flex min-w-0 flex-1 items-center gap-2.5">
            <a href="/" class="hidden text-muted hover:text-fg lg:block">"Workflows"</a>
            <span class="hidden text-line-strong lg:block" aria-hidden="true">"/"</span>
            <h1 class="sr-only">{name}</h1>
            <span class="relative inline-grid min-w-0 max-w-72 items-center">
                <span class="invisible col-start-1 row-start-1 truncate border px-2 font-semibold whitespace-pre" aria-hidden="true">{name}</span>
                <input
                    class="col-start-1 row-start-1 w-full min-w-12 truncate rounded-md border border-transparent bg-transparent px-1.5 py-0.5 font-semibold hover:border-line focus:border-accent focus:outline-none"
                    aria-label="Workflow name"
                    size="1"
                    maxlength=MAX_NAME_CHARS.to_string()
                    value=editor.workflow.with_untracked(|workflow| workflow.name.clone())
                    prop:value=name
                    readonly=!editor.editable
                    on:input=rename
                    on:keydown=leave_on_enter
                />
            </span>
            <span class="hidden xl:block"><Badge>{version}</Badge></span>
        </nav>
    }
}

#[component]
pub fn Actions(desk: Desk) -> impl IntoView {
    let Desk { editor, overlays, may_run, .. } = desk;
    let run = move || {
        view! { <Button icon=Icon::Play on_click=Callback::new(move |_| overlays.run.set(true))>"Run"</Button> }
    };
    if !editor.editable {
        let is_live = move || may_run && editor.live.with(Option::is_some);
        return view! { <Badge>"Read only"</Badge> <Show when=is_live>{run()}</Show> }.into_any();
    }
    let can_undo = Signal::derive(move || !editor.history.with(|history| history.can_undo()));
    let can_redo = Signal::derive(move || !editor.history.with(|history| history.can_redo()));
    view! {
        <SaveMark editor/>
        <span class="hidden items-center sm:flex">
            <IconButton icon=Icon::Undo label="Undo (Ctrl+Z)" disabled=can_undo on_click=Callback::new(move |_| editor.undo())/>
            <IconButton icon=Icon::Redo label="Redo (Ctrl+Shift+Z)" disabled=can_redo on_click=Callback::new(move |_| editor.redo())/>
            <IconButton icon=Icon::Command label="Commands (Ctrl+K)" on_click=Callback::new(move |_| overlays.commands.set(true))/>
            <IconButton icon=Icon::Keyboard label="Keyboard shortcuts (?)" on_click=Callback::new(move |_| overlays.keys.set(true))/>
        </span>
        {run()}
        <Publish editor/>
    }
    .into_any()
}

#[component]
fn Publish(editor: Editor) -> impl IntoView {
    let busy = RwSignal::new(false);
    let refusal = Signal::derive(move || {
        let problems = editor.problems.with(Vec::len);
        let is_live = editor.live.get().is_some_and(|(_, revision)| revision == Some(editor.saver.revision.get()));
        let has_trigger = editor.workflow.with(|workflow| workflow.triggers().next().is_some());
        match problems {
            _ if busy.get() => Some("Publishing…".to_owned()),
            0 if is_live && editor.saver.state.get() == SaveState::Saved => {
                Some("What is live is what you see.".to_owned())
            }
            0 if !has_trigger => Some(format!("Add a trigger first, such as {}.", Kind::Webhook.spec().label)),
            0 => None,
            1 => Some("One problem is left. See the list on the right.".to_owned()),
            count => Some(format!("{count} problems are left. See the list on the right.")),
        }
    });
    let open = RwSignal::new(false);
    view! {
        <Button look=Look::Primary refusal on_click=Callback::new(move |_| open.set(true))>"Publish"</Button>
        <PublishDialog editor open busy/>
    }
}
