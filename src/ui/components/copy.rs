//! Copying to the clipboard.

use leptos::prelude::*;

use super::{Button, Icon, Look, Toasts};

/// Puts `text` on the clipboard when pressed, and says so. `what` is the rest of its name for screen readers: “Copy …”.
#[component]
pub fn CopyButton(#[prop(into)] text: Signal<String>, #[prop(into)] what: String) -> impl IntoView {
    let toasts = Toasts::get();
    let press = Callback::new(move |_| copy(&text.get_untracked(), toasts));
    view! {
        <Button look=Look::Secondary icon=Icon::Copy on_click=press>
            "Copy" <span class="sr-only">{format!(" {what}")}</span>
        </Button>
    }
}

/// Only in handlers: there is no clipboard on the server.
pub fn copy(text: &str, toasts: Toasts) {
    let clipboard = window().navigator().clipboard();
    // Without HTTPS browsers have no clipboard; asking it for anything would throw.
    if clipboard.is_undefined() {
        toasts.fail("This browser lets pages copy only over HTTPS. Select the text and copy it.");
        return;
    }
    drop(clipboard.write_text(text));
    toasts.say("Copied.");
}
