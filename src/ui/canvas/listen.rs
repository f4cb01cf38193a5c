//! What the canvas hears besides its pointers: its own size, the wheel, keys and the window.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::{JsCast, closure::Closure};

use super::{geometry::Size, pointer::Pointer, scene::Scene};

/// Keeps `scene.pane` at the pane's size; the first measure fits the graph to it.
pub fn watch_size(scene: Scene, pane: NodeRef<html::Div>) {
    let measured = StoredValue::new(false);
    Effect::new(move |_| {
        let Some(element) = pane.get() else { return };
        let target = element.clone();
        let resized = Closure::<dyn FnMut()>::new(move || {
            let size = Size { width: f64::from(element.client_width()), height: f64::from(element.client_height()) };
            if size.width < 1.0 || scene.pane.try_get_untracked().is_none_or(|before| before == size) {
                return;
            }
            scene.pane.set(size);
            if !measured.get_value() {
                measured.set_value(true);
                scene.fit();
            }
        });
        let Ok(observer) = web_sys::ResizeObserver::new(resized.as_ref().unchecked_ref()) else { return };
        observer.observe(&target);
        let kept = StoredValue::new_local((observer, resized));
        on_cleanup(move || kept.with_value(|(observer, _)| observer.disconnect()));
    });
}

/// The wheel belongs to the canvas, not to the page: a listener of its own, on the pane itself and not passive.
pub fn listen_to_wheel(pointer: Pointer, pane: NodeRef<html::Div>) {
    Effect::new(move |_| {
        let Some(element) = pane.get() else { return };
        let turned = Closure::<dyn FnMut(ev::WheelEvent)>::new(move |event| pointer.wheel(event));
        let options = web_sys::AddEventListenerOptions::new();
        options.set_passive(false);
        let callback = turned.as_ref().unchecked_ref();
        // Adding a listener to an element does not fail.
        let _ = element.add_event_listener_with_callback_and_add_event_listener_options("wheel", callback, &options);
        let kept = StoredValue::new_local((element, turned));
        on_cleanup(move || {
            kept.with_value(|(element, turned)| {
                let _ = element.remove_event_listener_with_callback("wheel", turned.as_ref().unchecked_ref());
            });
        });
    });
}

/// Space is the hand; Escape and leaving the window end a gesture.
pub fn listen_to_window(pointer: Pointer) {
    Effect::new(move |_| {
        let down = window_event_listener(ev::keydown, move |event| match event.key().as_str() {
            "Escape" => pointer.revert(),
            " " if !is_typing(&event) => pointer.hand.set(true),
            _ => {}
        });
        let up = window_event_listener(ev::keyup, move |event| {
            if event.key() == " " {
                pointer.hand.set(false);
            }
        });
        let blur = window_event_listener(ev::blur, move |_| pointer.cancel());
        on_cleanup(move || {
            down.remove();
            up.remove();
            blur.remove();
        });
    });
}

/// Whether the key goes into a text field or presses a button.
fn is_typing(event: &ev::KeyboardEvent) -> bool {
    event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()).is_some_and(|element| {
        element.matches("input, textarea, select, button, a, [contenteditable]").unwrap_or(false)
    })
}
