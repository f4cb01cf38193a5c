//! The keyboard: what is pressed, copied and pasted while the designer is open.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;

use super::{
    actions::{Desk, Needs},
    editor::Editor,
    import,
    page::Overlays,
    palette,
    quick_add::Place,
    walk::{self, Direction},
};
use crate::{
    domain::{id::NodeId, workflow::Point},
    ui::{canvas::GRID, components::Toasts},
};

/// Follows the keyboard while the designer is open.
pub fn listen(desk: Desk) {
    let (editor, toasts) = (desk.editor, Toasts::get());
    Effect::new(move |_| {
        let keys = window_event_listener(ev::keydown, move |event| {
            if !is_elsewhere(&event) && press(desk, &event) {
                event.prevent_default();
            }
        });
        let copy = window_event_listener(ev::copy, move |event| copy(editor, &event));
        let cut = window_event_listener(ev::cut, move |event| {
            if copy_to(editor, &event) && editor.editable {
                editor.remove_selection(true);
            }
        });
        let paste = window_event_listener(ev::paste, move |event| {
            let text = event.clipboard_data().and_then(|data| data.get_data("text/plain").ok());
            if let Some(text) = text.filter(|_| !is_typing() && editor.editable) {
                event.prevent_default();
                take_in(desk, toasts, &text, None);
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
    is_focused("input, textarea, select, [contenteditable]")
}

fn is_focused(selector: &str) -> bool {
    document().active_element().is_some_and(|element| element.matches(selector).unwrap_or(false))
}

/// Whether the key belongs to a text field or to an open dialog.
fn is_elsewhere(event: &ev::KeyboardEvent) -> bool {
    let dialog_is_open = document().query_selector("dialog[open]").ok().flatten().is_some();
    let reaches = (event.ctrl_key() || event.meta_key()) && ["Enter", "k", "s"].contains(&event.key().as_str());
    // Enter and Space press what has the focus.
    let presses = ["Enter", " "].contains(&event.key().as_str())
        && is_focused("button, a, summary, [role='menuitem'], [role='option']");
    dialog_is_open || ((is_typing() || presses) && !reaches) || event.default_prevented()
}

/// The card or note with the focus.
fn focused_thing() -> Option<NodeId> {
    let element = document().active_element()?;
    let of = |name: &str| element.closest(&format!("[{name}]")).ok()??.get_attribute(name);
    of("data-node").or_else(|| of("data-note")).map(NodeId::from)
}

/// Adds what the text holds. Text that cannot be meant as a workflow is passed over in silence.
pub fn take_in(desk: Desk, toasts: Toasts, text: &str, at: Option<Point>) {
    let is_meant = text.contains('{') && text.contains('}');
    let taken = import::read(text).and_then(|import| {
        desk.editor.paste("Paste", &import.workflow, at)?;
        Ok(import.report)
    });
    match taken {
        Ok(report) if report.is_empty() => {}
        Ok(report) => desk.overlays.report.set(Some(report)),
        Err(reason) if is_meant => toasts.fail(format!("Nothing was pasted. {reason}")),
        Err(_) => {}
    }
}

/// The keys that are down as actions write them: `Ctrl+Shift+Z`, `Alt+G`, `?`.
pub fn chord(event: &ev::KeyboardEvent) -> String {
    let key = event.key();
    // With Alt, keys write other letters on some systems: then the place on the keyboard counts.
    let letter = event.code().strip_prefix("Key").filter(|_| event.alt_key()).map(str::to_owned);
    let is_letter = key.chars().count() == 1 && key.chars().all(char::is_alphabetic);
    let name = letter.unwrap_or_else(|| if is_letter { key.to_uppercase() } else { key.clone() });
    let is_sign = key.chars().count() == 1 && !is_letter;
    let mut chord = String::new();
    for (is_down, word) in [
        (event.ctrl_key() || event.meta_key(), "Ctrl+"),
        // What a sign needs to be typed is not for us to say.
        (event.shift_key() && !is_sign, "Shift+"),
        (event.alt_key(), "Alt+"),
    ] {
        chord.push_str(if is_down { word } else { "" });
    }
    chord + &name
}

/// Whether the key was one of ours.
fn press(desk: Desk, event: &ev::KeyboardEvent) -> bool {
    let focused = focused_thing();
    if let Some(id) = &focused
        && press_on(desk, id, event)
    {
        return true;
    }
    let chord = chord(event);
    let mut meant = desk.keymap.meant(&chord).into_iter().peekable();
    // What acts on things acts on the focused one, unless that is selected already.
    let acts_on_things =
        meant.peek().is_some_and(|action| !matches!(action.needs, Needs::Nothing | Needs::Runner | Needs::Pen));
    if let Some(id) = focused.filter(|_| acts_on_things)
        && !desk.editor.selected().contains(&id)
    {
        desk.editor.scene.pick(&id, false);
    }
    let Some(action) = meant.find(|action| action.is_possible(desk)) else { return false };
    (action.run)(desk);
    true
}

/// Keys that mean the card or note which has the focus.
fn press_on(desk: Desk, id: &NodeId, event: &ev::KeyboardEvent) -> bool {
    let (editor, key) = (desk.editor, event.key());
    if event.ctrl_key() || event.meta_key() {
        return false;
    }
    match Direction::of_key(&key) {
        Some(direction) if event.alt_key() => {
            let far = if event.shift_key() { 4.0 * GRID } else { GRID };
            let (x, y) = direction.unit();
            editor.nudge(id, x * far, y * far);
        }
        Some(direction) if !event.shift_key() => {
            let next = editor.workflow.with_untracked(|workflow| walk::step(workflow, id, direction));
            if let Some(next) = next {
                editor.scene.select_nodes([next.clone()]);
                editor.scene.reveal(&next);
                editor.focus(next);
            }
        }
        None if key == " " => editor.scene.pick(id, event.shift_key()),
        _ => return false,
    }
    true
}

/// Into the palette's search, or where the palette has no room, a search of its own.
pub fn find_node(overlays: Overlays) {
    let search = document()
        .get_element_by_id(palette::SEARCH_ID)
        .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok())
        .filter(|element| element.offset_parent().is_some());
    match search {
        Some(search) => drop(search.focus()),
        None => overlays.quick_add.set(Some(Place::anywhere())),
    }
}
