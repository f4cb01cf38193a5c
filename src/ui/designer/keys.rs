//! The keyboard: what each key does, and the sheet that lists them.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;

use super::{editor::Editor, page::Overlays, palette, quick_add::Place};
use crate::{
    domain::id::NodeId,
    ui::{
        canvas::{GRID, Selection},
        components::{Dialog, Kbd},
    },
};

/// Keys and what they do, for the sheet.
const SHEET: &[(&str, &[(&str, &str)])] = &[
    (
        "Nodes",
        &[
            ("N", "Search for a node to add"),
            ("C", "Connect the selected node"),
            ("Enter", "Open the focused node"),
            ("Tab", "Go to the next node"),
            ("Arrows", "Move it; with Shift further"),
            ("Delete", "Delete what is selected"),
        ],
    ),
    (
        "Editing",
        &[
            ("Ctrl+Z", "Undo"),
            ("Ctrl+Shift+Z", "Redo"),
            ("Ctrl+C", "Copy as JSON"),
            ("Ctrl+V", "Paste"),
            ("Ctrl+D", "Duplicate"),
            ("Ctrl+A", "Select everything"),
            ("Shift+Alt+T", "Tidy"),
        ],
    ),
    (
        "View and run",
        &[
            ("Wheel", "Pan; with Ctrl zoom"),
            ("Space+drag", "Pan"),
            ("+", "Zoom in"),
            ("−", "Zoom out"),
            ("0", "Actual size"),
            ("1", "Show everything"),
            ("Ctrl+Enter", "Run"),
            ("?", "This sheet"),
        ],
    ),
];

/// Follows the keyboard while the designer is open.
pub fn listen(editor: Editor, overlays: Overlays) {
    Effect::new(move |_| {
        let keys = window_event_listener(ev::keydown, move |event| {
            if !is_elsewhere(&event) && press(editor, overlays, &event) {
                event.prevent_default();
            }
        });
        let copy = window_event_listener(ev::copy, move |event| copy(editor, &event));
        let cut = window_event_listener(ev::cut, move |event| {
            if copy_to(editor, &event) && editor.editable {
                editor.remove_selection();
            }
        });
        let paste = window_event_listener(ev::paste, move |event| {
            let text = event.clipboard_data().and_then(|data| data.get_data("text/plain").ok());
            if !is_typing() && text.is_some_and(|text| editor.paste(&text)) {
                event.prevent_default();
            }
        });
        on_cleanup(move || {
            keys.remove();
            copy.remove();
            cut.remove();
            paste.remove();
        });
    });
}

fn copy(editor: Editor, event: &web_sys::ClipboardEvent) {
    copy_to(editor, event);
}

fn copy_to(editor: Editor, event: &web_sys::ClipboardEvent) -> bool {
    let (Some(text), Some(data)) = (editor.copied(), event.clipboard_data()) else { return false };
    if is_typing() || marks_text() || data.set_data("text/plain", &text).is_err() {
        return false;
    }
    event.prevent_default();
    editor.say("Copied");
    true
}

/// Whether text on the page is marked: then that is what copying is about.
fn marks_text() -> bool {
    let ask = || {
        let window = window();
        let ask = js_sys::Reflect::get(&window, &"getSelection".into()).ok()?.dyn_into::<js_sys::Function>().ok()?;
        let marked = ask.call0(&window).ok()?.dyn_into::<js_sys::Object>().ok()?;
        Some(marked.to_string().length() > 0)
    };
    ask().unwrap_or(false)
}

fn is_typing() -> bool {
    document()
        .active_element()
        .is_some_and(|element| element.matches("input, textarea, select, [contenteditable]").unwrap_or(false))
}

/// Whether the key belongs to a text field or to an open dialog.
fn is_elsewhere(event: &ev::KeyboardEvent) -> bool {
    let dialog_is_open = document().query_selector("dialog[open]").ok().flatten().is_some();
    let runs = event.key() == "Enter" && (event.ctrl_key() || event.meta_key());
    dialog_is_open || (is_typing() && !runs) || event.default_prevented()
}

fn focused_node() -> Option<NodeId> {
    let element = document().active_element()?;
    Some(NodeId::from(element.closest("[data-node]").ok()??.get_attribute("data-node")?))
}

/// Whether the key was one of ours.
fn press(editor: Editor, overlays: Overlays, event: &ev::KeyboardEvent) -> bool {
    let command = event.ctrl_key() || event.meta_key();
    let key = event.key();
    match (command, key.as_str()) {
        (true, key) => press_command(editor, overlays, key, event.shift_key()),
        (false, _) if event.shift_key() && event.alt_key() && event.code() == "KeyT" => {
            editor.tidy();
            true
        }
        (false, key) if !event.alt_key() => press_plain(editor, overlays, key, event.shift_key()),
        _ => false,
    }
}

fn press_command(editor: Editor, overlays: Overlays, key: &str, shift: bool) -> bool {
    match key {
        "z" if !shift => editor.undo(),
        "z" | "Z" | "y" => editor.redo(),
        "d" => editor.duplicate(),
        "a" => editor.scene.select_nodes(editor.scene.ids.get_untracked()),
        "s" => leptos::task::spawn_local(editor.saver.save(editor.workflow)),
        "Enter" => overlays.run.set(true),
        _ => return false,
    }
    true
}

fn press_plain(editor: Editor, overlays: Overlays, key: &str, shift: bool) -> bool {
    if let Some(node) = focused_node()
        && press_on_node(editor, &node, key, shift)
    {
        return true;
    }
    match key {
        "n" | "N" if editor.editable => find_node(overlays),
        "c" if editor.editable => return open_connect(editor, overlays),
        "Delete" | "Backspace" => editor.remove_selection(),
        "Escape" => {
            editor.scene.select(Selection::default());
            overlays.quick_add.set(None);
        }
        "+" | "=" => editor.scene.zoom(1.25),
        "-" | "−" => editor.scene.zoom(0.8),
        "0" => editor.scene.zoom(1.0 / editor.scene.viewport.get_untracked().k),
        "1" => editor.scene.fit(),
        "?" => overlays.keys.set(true),
        _ => return false,
    }
    true
}

fn press_on_node(editor: Editor, node: &NodeId, key: &str, shift: bool) -> bool {
    let far = if shift { 4.0 * GRID } else { GRID };
    match key {
        "ArrowLeft" => editor.nudge(node, -far, 0.0),
        "ArrowRight" => editor.nudge(node, far, 0.0),
        "ArrowUp" => editor.nudge(node, 0.0, -far),
        "ArrowDown" => editor.nudge(node, 0.0, far),
        "Enter" => {
            editor.scene.pick(node, false);
            editor.wanted.set(Some((node.clone(), String::new())));
        }
        " " => editor.scene.pick(node, shift),
        "c" | "Delete" | "Backspace" => {
            let is_selected = editor.scene.selection.with_untracked(|selection| selection.nodes.contains(node));
            if !is_selected {
                editor.scene.pick(node, false);
            }
            return false;
        }
        _ => return false,
    }
    true
}

fn open_connect(editor: Editor, overlays: Overlays) -> bool {
    let has_source = editor.scene.selection.with_untracked(|selection| selection.only_node().is_some());
    overlays.connect.set(has_source);
    has_source
}

/// Into the palette's search, or where the palette has no room, a search of its own.
fn find_node(overlays: Overlays) {
    let search = document()
        .get_element_by_id(palette::SEARCH_ID)
        .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok())
        .filter(|element| element.offset_parent().is_some());
    match search {
        Some(search) => drop(search.focus()),
        None => overlays.quick_add.set(Some(Place::anywhere())),
    }
}

#[component]
pub fn Keys(open: RwSignal<bool>) -> impl IntoView {
    let group = |(title, keys): &(&'static str, &'static [(&'static str, &'static str)])| {
        let lines = keys.iter().map(|(key, what)| {
            view! {
                <div class="flex items-center justify-between gap-6 py-1">
                    <dt class="text-muted">{*what}</dt>
                    <dd class="flex gap-1">{key.split('+').filter(|key| !key.is_empty()).map(|key| view! { <Kbd keys=key/> }).collect_view()}
                        {(*key == "+").then(|| view! { <Kbd keys="+"/> })}</dd>
                </div>
            }
        });
        view! {
            <section>
                <h3 class="mb-1 text-label font-semibold">{*title}</h3>
                <dl>{lines.collect_view()}</dl>
            </section>
        }
    };
    view! {
        <Dialog open title="Keyboard shortcuts" wide=true>
            <div class="grid gap-x-10 gap-y-5 sm:grid-cols-2">{SHEET.iter().map(group).collect_view()}</div>
        </Dialog>
    }
}
