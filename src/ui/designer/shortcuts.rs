//! The sheet that lists all keys, and gives actions others.

use leptos::{ev, prelude::*};

use super::{
    actions::{self, Action, Desk, Section},
    keymap::Keymap,
    keys::chord,
};
use crate::ui::components::{Button, Dialog, Icon, Kbd, Look};

/// Keys and gestures beside those of the actions, for the sheet.
const GESTURES: &[(&str, &str)] = &[
    ("Wheel", "Pan; with Ctrl zoom"),
    ("Space+drag", "Pan, as with the middle button"),
    ("Arrows", "Walk the graph"),
    ("Alt+Arrows", "Move what is selected; with Shift further"),
    ("Tab", "Go to the next node"),
    ("Ctrl+C", "Copy as JSON; Ctrl+X cuts, Ctrl+V pastes"),
    ("P", "Pin the node's last output, or unpin it"),
    ("W", "Input, fields and output side by side"),
    ("Shift+drag", "Add a box to the selection"),
    ("Alt+drag", "Cut the edges that the line crosses"),
    ("Double click", "Open a node, write on a note, add a node"),
];

#[component]
pub fn Shortcuts(desk: Desk) -> impl IntoView {
    view! {
        <Dialog open=desk.overlays.keys title="Keyboard shortcuts" wide=true>
            <Sheet keymap=desk.keymap/>
        </Dialog>
    }
}

#[component]
fn Sheet(keymap: Keymap) -> impl IntoView {
    let choice = Choice { keymap, asked: RwSignal::new(None), said: RwSignal::new(String::new()) };
    let own = Section::ALL.map(|section| {
        let shown = actions::ALL.iter().filter(|action| action.section == section);
        group(section.label(), shown.map(|action| choice.line(action)).collect_view())
    });
    let gestures = GESTURES.iter().map(|(keys, what)| row(what, caps(keys))).collect_view();
    let reset = Callback::new(move |_| {
        keymap.reset();
        choice.said.set("Every action has its usual keys again.".to_owned());
    });
    view! {
        <div class="mb-3 flex min-h-8 flex-wrap items-center gap-3">
            <p role="status" class="text-label text-muted">{move || choice.said.get()}</p>
            <Show when=move || keymap.is_changed()><Button look=Look::Quiet on_click=reset>"Back to the usual keys"</Button></Show>
        </div>
        <div class="columns-1 gap-x-10 sm:columns-2">{own.into_iter().collect_view()} {group("Pointer and keys", gestures)}</div>
    }
}

/// Choosing other keys: for which action they are asked, and what came of it.
#[derive(Clone, Copy)]
struct Choice {
    keymap: Keymap,
    asked: RwSignal<Option<&'static str>>,
    said: RwSignal<String>,
}

impl Choice {
    fn line(self, action: &'static Action) -> impl IntoView {
        let Self { keymap, asked, .. } = self;
        let keys = move || match (asked.get() == Some(action.label), keymap.shown(action)) {
            (true, _) => view! { <span class="text-label text-accent-strong">"Press the new keys"</span> }.into_any(),
            (false, Some(keys)) => caps(&keys).into_any(),
            (false, None) => ().into_any(),
        };
        let name = format!("Change the keys of “{}”", action.label);
        let change = view! {
            {keys}
            <button
                type="button"
                class="grid size-6 place-items-center rounded-md text-muted hover:bg-hover hover:text-fg"
                aria-label=name.clone()
                title=name
                on:click=move |_| asked.set(Some(action.label))
                // Its focus goes, too, when the sheet is closed.
                on:blur=move |_| { asked.try_set(None); }
                on:keydown=move |event| self.take(action, &event)
            >
                {Icon::Pencil.view("size-3")}
            </button>
        };
        row(action.label, change)
    }

    /// What is pressed while keys are asked for; Escape leaves them as they are.
    fn take(self, action: &Action, event: &ev::KeyboardEvent) {
        let is_half =
            ["Control", "Shift", "Alt", "AltGraph", "Meta", "CapsLock", "Dead"].contains(&event.key().as_str());
        if self.asked.get_untracked() != Some(action.label) || is_half {
            return;
        }
        event.prevent_default();
        event.stop_propagation();
        self.asked.set(None);
        let keys = chord(event);
        if keys != "Escape" {
            let chosen = self.keymap.choose(action, &keys);
            self.said.set(chosen.map_or_else(|reason| reason, |()| format!("{keys} does “{}” now.", action.label)));
        }
    }
}

fn group(title: &'static str, rows: impl IntoView) -> impl IntoView {
    view! {
        <section class="mb-5 break-inside-avoid">
            <h3 class="mb-1 text-label font-semibold">{title}</h3>
            <dl>{rows}</dl>
        </section>
    }
}

fn row(what: &'static str, keys: impl IntoView) -> impl IntoView {
    view! {
        <div class="flex items-center justify-between gap-6 py-1">
            <dt class="text-muted">{what}</dt>
            <dd class="flex shrink-0 items-center gap-1">{keys}</dd>
        </div>
    }
}

/// One cap per key: `Ctrl+Z` are two, `+` is one.
pub fn caps(keys: &str) -> impl IntoView + use<> {
    parts(keys).into_iter().map(|keys| view! { <Kbd keys/> }).collect_view()
}

fn parts(keys: &str) -> Vec<String> {
    let (rest, plus) = match keys.strip_suffix('+') {
        Some(rest) => (rest, Some("+")),
        None => (keys, None),
    };
    let shown = |key: &str| match key {
        "ArrowLeft" => "←".to_owned(),
        "ArrowRight" => "→".to_owned(),
        "ArrowUp" => "↑".to_owned(),
        "ArrowDown" => "↓".to_owned(),
        other => other.to_owned(),
    };
    rest.split('+').filter(|key| !key.is_empty()).chain(plus).map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_a_cap_of_its_own() {
        assert_eq!(parts("Ctrl+Shift+Z"), ["Ctrl", "Shift", "Z"]);
        assert_eq!(parts("+"), ["+"]);
        assert_eq!(parts("Ctrl++"), ["Ctrl", "+"]);
        assert_eq!(parts("Shift+ArrowLeft"), ["Shift", "←"]);
        assert_eq!(parts("Space+drag"), ["Space", "drag"]);
    }
}
