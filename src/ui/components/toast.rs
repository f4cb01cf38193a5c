//! Short messages about what happened elsewhere. They go away by themselves, except failures.

use std::time::Duration;

use leptos::prelude::*;

use super::{Icon, IconButton, Tone};

#[derive(Clone, Debug, PartialEq)]
struct Toast {
    id: u32,
    tone: Tone,
    text: String,
}

/// The stack of messages; pages take it from the context with `Toasts::get()`.
#[derive(Clone, Copy, Debug)]
pub struct Toasts(RwSignal<Vec<Toast>>);

const SHOWN_FOR: Duration = Duration::from_secs(5);

impl Toasts {
    /// Called once, by the application.
    pub fn provide() {
        provide_context(Self(RwSignal::new(Vec::new())));
    }

    /// The application's stack; outside of it, one that nobody sees.
    pub fn get() -> Self {
        use_context().unwrap_or_else(|| Self(RwSignal::new(Vec::new())))
    }

    pub fn say(self, text: impl Into<String>) {
        let id = self.push(Tone::Ok, text.into());
        set_timeout(move || self.remove(id), SHOWN_FOR);
    }

    /// A failure: stays until it is closed.
    pub fn fail(self, text: impl Into<String>) {
        self.push(Tone::Bad, text.into());
    }

    fn push(self, tone: Tone, text: String) -> u32 {
        let id = self.0.with_untracked(|toasts| toasts.last().map_or(1, |last| last.id + 1));
        self.0.update(|toasts| {
            toasts.retain(|toast| toast.text != text);
            toasts.push(Toast { id, tone, text });
        });
        id
    }

    fn remove(self, id: u32) {
        self.0.update(|toasts| toasts.retain(|toast| toast.id != id));
    }
}

#[component]
pub fn ToastStack() -> impl IntoView {
    let toasts = Toasts::get();
    let line = move |toast: Toast| {
        let icon = if toast.tone == Tone::Bad { Icon::Warning } else { Icon::Check };
        view! {
            <div class="pointer-events-auto flex max-w-sm items-start gap-2.5 rounded-xl border border-line bg-surface py-2 pr-2 pl-3.5 shadow-pop">
                <span class=format!("mt-2 {}", toast.tone.text())>{icon.view("")}</span>
                <p class="min-w-0 py-1.5 text-body break-words">{toast.text}</p>
                <IconButton icon=Icon::Close label="Dismiss" on_click=Callback::new(move |_| toasts.remove(toast.id))/>
            </div>
        }
    };
    view! {
        <div
            role="status"
            aria-live="polite"
            class="pointer-events-none fixed right-4 bottom-20 z-50 flex flex-col items-end gap-2 md:bottom-4"
        >
            <For each=move || toasts.0.get() key=|toast| toast.id children=line/>
        </div>
    }
}
