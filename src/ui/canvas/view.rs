//! The canvas itself: grid, one transform, sheets and edges below cards, overlays above.

use std::collections::BTreeMap;

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

use super::{
    company::Visitors,
    controls::{Controls, Switch},
    edge::{EdgeLine, key},
    edge_tools::EdgeTools,
    geometry::{Curve, Rect, Size},
    gesture::{Gesture, Hands},
    group::GroupFrame,
    guides::Guide,
    listen::{listen_to_wheel, listen_to_window, watch_size},
    minimap::Minimap,
    node::NodeCard,
    note::NoteSheet,
    pointed::PointedLine,
    pointer::Pointer,
    rename::Rename,
    scene::Scene,
    slice::CutLine,
    status::NodeStatus,
    tiles::TileRange,
};
use crate::domain::{drawing::Group, id::NodeId, workflow::Point};

/// Draws a scene. `hands` make it editable; `statuses` show an execution; `tidy` and `switch` add those buttons.
#[component]
pub fn Canvas(
    scene: Scene,
    #[prop(default = None)] hands: Option<Hands>,
    #[prop(optional, into)] statuses: Option<Signal<BTreeMap<NodeId, NodeStatus>>>,
    #[prop(default = None)] tidy: Option<Callback<()>>,
    #[prop(default = None)] switch: Option<Switch>,
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
        let (Some(hands), Some(data)) = (hands, event.data_transfer()) else { return };
        let at = pointer.flow(&event);
        match file_of(&data) {
            Some(file) => hands.file.run((file, at)),
            None => {
                let text = data.get_data("text/plain").ok().filter(|text| !text.is_empty());
                text.into_iter().for_each(|text| hands.dropped.run((text, at)));
            }
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
                data-on-edge=move || scene.pointed.with(|pointed| pointed.is_here).then_some("true")
                data-read-only=hands.is_none().to_string()
                on:pointerdown=move |event| pointer.down(event)
                on:pointermove=move |event| pointer.moved(event)
                on:pointerup=move |event| pointer.up(event)
                on:pointercancel=move |_| pointer.cancel()
                on:pointerleave=move |_| pointer.leave()
                on:contextmenu=move |event| pointer.asks(event)
                on:dragover=|event| event.prevent_default()
                on:drop=drop_here
                on:focusin=focused
            >
                <Grid scene/>
                <Layers scene hands/>
                <Lasso scene/>
            </div>
            <Controls scene tidy switch editable=hands.is_some()/>
            <Minimap scene/>
            <p class="sr-only" role="status" aria-live="polite">{move || scene.live.get()}</p>
        </div>
    }
}

/// Everything that moves with the viewport.
#[component]
fn Layers(scene: Scene, hands: Option<Hands>) -> impl IntoView {
    let range = Memo::new(move |_| TileRange::in_view(scene.viewport.get(), scene.pane.get()));
    let cards = Memo::new(move |_| scene.selection.with(|selection| scene.drawn(range.get(), &selection.nodes)));
    let edges = Memo::new(move |_| scene.drawn_edges(range.get()));
    let detail = Memo::new(move |_| scene.viewport.get().detail());
    let card = move |id: NodeId| scene.node(&id).map(|node| view! { <NodeCard scene id node/> });
    let note = move |id: NodeId| scene.note(&id).map(|note| view! { <NoteSheet scene hands id note/> });
    view! {
        <div class="viewport" style:transform=move || scene.viewport.get().css() data-lod=move || detail.get().to_string()>
            <div class="sheets">
                <For each=move || scene.note_ids.get() key=NodeId::clone children=note/>
                <For each=move || scene.groups.get() key=Group::clone children=move |group| view! { <GroupFrame scene hands group/> }/>
            </div>
            <svg class="edges" aria-hidden="true">
                <For each=move || edges.get() key=key children=move |edge| view! { <EdgeLine scene edge/> }/>
            </svg>
            <div class="nodes">
                <For each=move || cards.get() key=NodeId::clone children=card/>
            </div>
            <Visitors scene/>
            <svg class="edges" aria-hidden="true">
                <PointedLine scene/>
                <EdgeInTheMaking scene/>
                <CutLine scene/>
                {move || scene.guides.get().into_iter().map(guide).collect_view()}
            </svg>
            {hands.map(|hands| view! { <EdgeTools scene hands/> <Rename scene hands/> })}
        </div>
    }
}

fn guide(guide: Guide) -> impl IntoView {
    let Guide { upright, at, from, to } = guide;
    let path = if upright { format!("M{at} {from}V{to}") } else { format!("M{from} {at}H{to}") };
    view! { <path class="guide" d=path></path> }
}

#[component]
fn EdgeInTheMaking(scene: Scene) -> impl IntoView {
    move || match scene.gesture.get() {
        Gesture::Connect { start, to, refusal, .. } => Some(view! {
            <path class="edge draft" data-refused=refusal.is_some().to_string() d=Curve::between(start, to).path()></path>
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
        Gesture::Box { from, to, .. } => {
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

/// The first file that is dragged, if there is one.
fn file_of(data: &web_sys::DataTransfer) -> Option<web_sys::Blob> {
    let files = js_sys::Reflect::get(data, &"files".into()).ok()?;
    js_sys::Reflect::get_u32(&files, 0).ok()?.dyn_into().ok()
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
