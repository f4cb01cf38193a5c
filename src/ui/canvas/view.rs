//! The canvas itself: grid, one transform, edges below cards, overlays above.

use std::collections::BTreeMap;

use leptos::{ev, html, prelude::*};
use wasm_bindgen::{JsCast, closure::Closure};

use super::{
    controls::Controls,
    edge::{EdgeLine, key},
    geometry::{Curve, Rect, Size},
    gesture::{Gesture, Hands},
    minimap::Minimap,
    node::NodeCard,
    pointer::Pointer,
    scene::Scene,
    status::NodeStatus,
    tiles::TileRange,
};
use crate::domain::{id::NodeId, workflow::Point};

/// Draws a scene. `hands` make it editable; `statuses` show an execution; `tidy` adds that button.
#[component]
pub fn Canvas(
    scene: Scene,
    #[prop(default = None)] hands: Option<Hands>,
    #[prop(optional, into)] statuses: Option<Signal<BTreeMap<NodeId, NodeStatus>>>,
    #[prop(default = None)] tidy: Option<Callback<()>>,
    #[prop(into)] label: Signal<String>,
) -> impl IntoView {
    let pane = NodeRef::<html::Div>::new();
    let pointer = Pointer::new(scene, hands, pane);
    if let Some(statuses) = statuses {
        scene.show_statuses(&statuses.get_untracked());
        Effect::new(move |_| statuses.with(|statuses| scene.show_statuses(statuses)));
    }
    watch_size(scene, pane);
    listen_to_wheel(pointer, pane);
    listen_to_window(pointer);

    let drop_here = move |event: ev::DragEvent| {
        event.prevent_default();
        let text = event.data_transfer().and_then(|data| data.get_data("text/plain").ok());
        if let (Some(hands), Some(text)) = (hands, text.filter(|text| !text.is_empty())) {
            hands.dropped.run((text, pointer.flow(&event)));
        }
    };
    let open = move |event: ev::MouseEvent| {
        if let (Some(hands), Some(id)) = (hands, node_of(event.target())) {
            hands.open.run(id);
        }
    };
    let focused = move |event: ev::FocusEvent| {
        if let Some(id) = node_of(event.target()).filter(|_| is_by_keyboard(event.target())) {
            scene.reveal(&id);
        }
    };
    view! {
        <div class="absolute inset-0">
            <div
                node_ref=pane
                class="canvas size-full"
                role="application"
                aria-roledescription="workflow canvas"
                aria-label=move || label.get()
                data-gesture=move || scene.gesture.with(|gesture| gesture.name())
                data-hand=move || pointer.hand.get().to_string()
                data-read-only=hands.is_none().to_string()
                on:pointerdown=move |event| pointer.down(event)
                on:pointermove=move |event| pointer.moved(event)
                on:pointerup=move |event| pointer.up(event)
                on:pointercancel=move |_| pointer.cancel()
                on:dblclick=open
                on:dragover=|event| event.prevent_default()
                on:drop=drop_here
                on:focusin=focused
            >
                <Grid scene/>
                <Layers scene editable=hands.is_some()/>
                <Lasso scene/>
            </div>
            <Controls scene tidy/>
            <Minimap scene/>
            <p class="sr-only" role="status" aria-live="polite">{move || scene.live.get()}</p>
        </div>
    }
}

/// Everything that moves with the viewport.
#[component]
fn Layers(scene: Scene, editable: bool) -> impl IntoView {
    let range = Memo::new(move |_| TileRange::in_view(scene.viewport.get(), scene.pane.get()));
    let cards = Memo::new(move |_| scene.selection.with(|selection| scene.drawn(range.get(), &selection.nodes)));
    let edges = Memo::new(move |_| scene.drawn_edges(range.get()));
    let detail = Memo::new(move |_| scene.viewport.get().detail());
    let card = move |id: NodeId| scene.node(&id).map(|node| view! { <NodeCard scene id node/> });
    view! {
        <div class="viewport" style:transform=move || scene.viewport.get().css() data-lod=move || detail.get().to_string()>
            <svg class="edges" aria-hidden="true">
                <For each=move || edges.get() key=key children=move |edge| view! { <EdgeLine scene edge editable/> }/>
            </svg>
            <div class="nodes">
                <For each=move || cards.get() key=NodeId::clone children=card/>
            </div>
            <svg class="edges" aria-hidden="true"><EdgeInTheMaking scene/></svg>
        </div>
    }
}

#[component]
fn EdgeInTheMaking(scene: Scene) -> impl IntoView {
    move || match scene.gesture.get() {
        Gesture::Connect { start, to, refusal, .. } => Some(view! {
            <g class="edge draft" data-refused=refusal.is_some().to_string()>
                <path class="line" d=Curve::between(start, to).path()></path>
            </g>
        }),
        _ => None,
    }
}

#[component]
fn Grid(scene: Scene) -> impl IntoView {
    let gap = move || scene.viewport.get().grid_gap();
    let offset = move || {
        let viewport = scene.viewport.get();
        format!("translate({} {})", viewport.x, viewport.y)
    };
    view! {
        <svg class="grid-dots" aria-hidden="true">
            <pattern id="canvas-grid" width=gap height=gap patternUnits="userSpaceOnUse" patternTransform=offset>
                <circle cx="1" cy="1" r="1"></circle>
            </pattern>
            <rect width="100%" height="100%" fill="url(#canvas-grid)"></rect>
        </svg>
    }
}

/// The selection box, and why an edge may not end where the pointer is.
#[component]
fn Lasso(scene: Scene) -> impl IntoView {
    let place = |at: Point, size: Size| {
        format!("left:{}px;top:{}px;width:{}px;height:{}px", at.x, at.y, size.width, size.height)
    };
    move || match scene.gesture.get() {
        Gesture::Box { from, to } => {
            let viewport = scene.viewport.get();
            let rect = Rect::between(viewport.to_screen(from), viewport.to_screen(to));
            let style = place(Point { x: rect.x, y: rect.y }, Size { width: rect.width, height: rect.height });
            Some(view! { <div class="lasso" style=style></div> }.into_any())
        }
        Gesture::Connect { to, refusal: Some(reason), .. } => {
            let at = scene.viewport.get().to_screen(to);
            let style = format!("left:{}px;top:{}px", at.x + 16.0, at.y + 16.0);
            Some(
                view! {
                    <div class="pointer-events-none absolute z-10 max-w-64 rounded-lg bg-bad-soft px-2.5 py-1.5 text-label text-bad-text" style=style>
                        {reason}
                    </div>
                }
                .into_any(),
            )
        }
        _ => None,
    }
}

fn node_of(target: Option<web_sys::EventTarget>) -> Option<NodeId> {
    let element = target?.dyn_into::<web_sys::Element>().ok()?;
    Some(NodeId::from(element.closest("[data-node]").ok()??.get_attribute("data-node")?))
}

fn is_by_keyboard(target: Option<web_sys::EventTarget>) -> bool {
    target
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .is_some_and(|element| element.matches(":focus-visible").unwrap_or(false))
}

/// Keeps `scene.pane` at the pane's size; the first measure fits the graph to it.
fn watch_size(scene: Scene, pane: NodeRef<html::Div>) {
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
fn listen_to_wheel(pointer: Pointer, pane: NodeRef<html::Div>) {
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
fn listen_to_window(pointer: Pointer) {
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
