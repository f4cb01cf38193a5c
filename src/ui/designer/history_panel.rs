//! Every step, by name: a click goes there. It survives a reload of the page.

use leptos::{ev, prelude::*};

use super::{actions::Desk, editor::Editor, history::History};
use crate::ui::components::{Icon, IconButton};

#[component]
pub fn HistoryPanel(desk: Desk) -> impl IntoView {
    let open = desk.overlays.history;
    view! {
        <Show when=move || open.get()>
            <aside aria-label="History" class="absolute inset-y-0 right-0 z-20 flex w-64 flex-col border-l border-line bg-surface md:static md:w-56 md:shrink-0">
                <header class="flex items-center justify-between border-b border-line py-2 pr-2 pl-4">
                    <h2 class="text-lead font-semibold">"History"</h2>
                    <IconButton icon=Icon::Close label="Close the history" on_click=Callback::new(move |_| open.set(false))/>
                </header>
                <Steps editor=desk.editor/>
            </aside>
        </Show>
    }
}

#[component]
fn Steps(editor: Editor) -> impl IntoView {
    let steps = Memo::new(move |_| editor.history.with(History::steps));
    let line = move |count: usize, label: String| {
        let class = move || {
            let now = steps.with(|(_, done)| *done);
            let tint = match count {
                _ if count == now => "bg-accent-soft font-medium",
                _ if count > now => "text-muted hover:bg-hover",
                _ => "hover:bg-hover",
            };
            format!("block w-full truncate rounded-lg px-2.5 py-1.5 text-left text-body {tint}")
        };
        view! {
            <li>
                <button
                    type="button"
                    class=class
                    aria-current=move || steps.with(|(_, done)| *done == count).then_some("step")
                    on:click=move |_| editor.go_to_step(count)
                >
                    {label}
                </button>
            </li>
        }
    };
    let lines = move || {
        let (labels, _) = steps.get();
        let all = std::iter::once("As it was opened".to_owned()).chain(labels).enumerate().collect::<Vec<_>>();
        all.into_iter().rev().map(|(count, label)| line(count, label)).collect_view()
    };
    view! { <ol class="min-h-0 flex-1 overflow-y-auto p-2">{lines}</ol> }
}

fn key(editor: Editor) -> String {
    format!("flowpilot.history.{}", editor.id)
}

fn storage() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten()
}

/// Keeps the history over reloads of this tab, as long as the drawing is the one that it led to.
pub fn keep(editor: Editor) {
    recall(editor);
    Effect::new(move |before: Option<()>| {
        editor.history.track();
        editor.saver.revision.track();
        if before.is_some() {
            write(editor);
        }
    });
    Effect::new(move |_| {
        let leaving = window_event_listener(ev::pagehide, move |_| write(editor));
        on_cleanup(move || leaving.remove());
    });
}

fn recall(editor: Editor) {
    Effect::new(move |_| {
        let text = storage().and_then(|storage| storage.get_item(&key(editor)).ok().flatten());
        let kept = text.and_then(|text| serde_json::from_str::<(u64, History)>(&text).ok());
        let here = editor.workflow.with_untracked(fingerprint);
        if let Some((there, history)) = kept
            && there == here
        {
            editor.history.set(history);
        }
    });
}

fn write(editor: Editor) {
    let here = editor.workflow.with_untracked(fingerprint);
    let text = editor.history.with_untracked(|history| serde_json::to_string(&(here, history.kept())));
    if let (Some(storage), Ok(text)) = (storage(), text) {
        // A history that is too large for the browser's storage ends with the page.
        if storage.set_item(&key(editor), &text).is_err() {
            drop(storage.remove_item(&key(editor)));
        }
    }
}

/// Tells one drawing from another.
fn fingerprint(workflow: &crate::domain::workflow::Workflow) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    serde_json::to_string(workflow).unwrap_or_default().hash(&mut hasher);
    // As far as JSON numbers go without loss.
    hasher.finish() >> 11
}
