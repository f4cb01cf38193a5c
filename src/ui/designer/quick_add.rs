//! A small search where an edge was let go: what comes next?

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

use super::{editor::Editor, palette::search};
use crate::{
    domain::{
        id::NodeId,
        task::{Kind, port},
        workflow::{Edge, Endpoint, Point},
    },
    ui::{canvas::Dangling, kind},
};

/// Where the new node goes and what leads to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    from: Option<Endpoint>,
    /// Into the middle of this edge.
    between: Option<Edge>,
    /// In this node's place.
    instead: Option<NodeId>,
    /// In flow coordinates; none: wherever there is room.
    at: Option<Point>,
    /// Pixels from the stage's corner.
    screen: Point,
}

impl Place {
    pub fn after(dangling: Dangling) -> Self {
        Self { from: Some(dangling.from), at: Some(dangling.at), screen: dangling.screen, ..Self::anywhere() }
    }

    /// Here, and on this edge if there is one.
    pub fn here(between: Option<Edge>, at: Point, screen: Point) -> Self {
        Self { between, at: Some(at), screen, ..Self::anywhere() }
    }

    /// In place of this node.
    pub fn instead_of(node: NodeId) -> Self {
        Self { instead: Some(node), ..Self::anywhere() }
    }

    /// After the selected node, or anywhere.
    pub fn anywhere() -> Self {
        Self { from: None, between: None, instead: None, at: None, screen: Point { x: 24.0, y: 24.0 } }
    }

    fn add(self, editor: Editor, kind: Kind) {
        let new = match self {
            Self { instead: Some(node), .. } => editor.replace(&node, kind),
            Self { between: Some(edge), at: Some(at), .. } if kind.has_input() => editor.insert(kind, &edge, at),
            Self { from: Some(from), at: Some(at), .. } if kind.has_input() => editor.add_after(kind, from, at),
            Self { at: Some(at), .. } => editor.add(kind, at),
            _ => editor.add_somewhere(kind),
        };
        editor.focus(new);
    }
}

#[component]
pub fn QuickAdd(editor: Editor, place: RwSignal<Option<Place>>) -> impl IntoView {
    move || place.get().map(|at| view! { <Search editor at place/> })
}

#[component]
fn Search(editor: Editor, at: Place, place: RwSignal<Option<Place>>) -> impl IntoView {
    let (text, active) = (RwSignal::new(String::new()), RwSignal::new(0_usize));
    let input = NodeRef::<html::Input>::new();
    let needs_input = at.from.is_some() || at.between.is_some();
    let found = Memo::new(move |_| {
        search(&text.get()).into_iter().filter(|kind| !needs_input || kind.has_input()).collect::<Vec<_>>()
    });
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            drop(input.focus());
        }
    });
    let question = if at.instead.is_some() { "What takes its place?" } else { "What comes next?" };
    let chosen = StoredValue::new(at.clone());
    let choose = Callback::new(move |kind: Kind| {
        place.set(None);
        chosen.get_value().add(editor, kind);
    });
    let on_key = move |event: ev::KeyboardEvent| {
        let count = found.with_untracked(Vec::len).max(1);
        match event.key().as_str() {
            "ArrowDown" => active.update(|active| *active = (*active + 1) % count),
            "ArrowUp" => active.update(|active| *active = (*active + count - 1) % count),
            "Enter" => {
                if let Some(kind) = found.with_untracked(|found| found.get(active.get_untracked()).copied()) {
                    choose.run(kind);
                }
            }
            "Escape" => place.set(None),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    // Fingers that draw no edges tap a port and then the card that it leads to.
    let away = move |event: ev::PointerEvent| {
        let from = chosen.with_value(|chosen| chosen.from.clone()).filter(|_| event.pointer_type() == "touch");
        let edge = from.zip(card_below(&event));
        place.set(None);
        if let Some((from, node)) = edge {
            editor.connect(Edge { from, to: Endpoint { node, port: port::IN.to_owned() } });
        }
    };
    let style = format!(
        "left:min({}px, calc(100% - 272px));top:min({}px, calc(100% - 320px))",
        at.screen.x,
        at.screen.y.max(8.0)
    );
    let line = move |(index, kind): (usize, Kind)| option(index, kind, active, choose);
    view! {
        <div class="fixed inset-0 z-20" on:pointerdown=away></div>
        <div
            role="dialog"
            aria-label="Add what comes next"
            class="absolute z-30 flex max-h-80 w-64 flex-col overflow-hidden rounded-xl border border-line bg-surface p-2 shadow-pop"
            style=style
        >
            <input
                node_ref=input
                class="control mb-1.5"
                placeholder=question
                aria-label="Search tasks to add"
                on:input=move |event| { text.set(event_target_value(&event)); active.set(0); }
                on:keydown=on_key
            />
            <div role="listbox" aria-label="Tasks" class="min-h-0 overflow-y-auto">
                {move || found.get().into_iter().enumerate().map(line).collect_view()}
            </div>
        </div>
    }
}

/// The card that what lies over the page hides there.
fn card_below(event: &ev::PointerEvent) -> Option<NodeId> {
    let parts = document().elements_from_point(event.client_x() as f32, event.client_y() as f32);
    let mut elements = parts.iter().filter_map(|part| part.dyn_into::<web_sys::Element>().ok());
    let card = elements.find_map(|element| element.closest("[data-node]").ok().flatten())?;
    card.get_attribute("data-node").map(NodeId::from)
}

fn option(index: usize, kind: Kind, active: RwSignal<usize>, choose: Callback<Kind>) -> impl IntoView {
    let tint = move || {
        let base = "flex cursor-pointer items-center gap-2.5 rounded-lg px-1.5 py-1 text-body";
        format!("{base} {}", if active.get() == index { "bg-hover" } else { "" })
    };
    view! {
        <div
            role="option"
            aria-selected=move || (active.get() == index).to_string()
            data-kind=kind.name()
            data-family=kind::family(kind)
            class=tint
            on:pointerenter=move |_| active.set(index)
            on:click=move |_| choose.run(kind)
        >
            <span class="tile size-7">{kind::icon(kind).view("size-4")}</span>
            {kind.spec().label}
        </div>
    }
}
