//! The whole graph in a corner, as a single path, with a frame around what is shown: there while somebody looks around, and
//! under the pointer. A click or a drag looks there.

use std::time::Duration;

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;

use super::{
    geometry::{CARD, Rect},
    gesture::Gesture,
    scene::Scene,
};
use crate::domain::{id::NodeId, workflow::Point};

const WIDTH: f64 = 168.0;
const HEIGHT: f64 = 104.0;
/// How long it stays once the view rests.
const LINGERS: Duration = Duration::from_millis(1_500);

#[component]
pub fn Minimap(scene: Scene) -> impl IntoView {
    let graph = drawn(scene);
    let world = Memo::new(move |_| {
        graph.with(|graph| graph.around).union(scene.viewport.get().shown(scene.pane.get())).grown(64.0)
    });
    let view_box = move || {
        let world = world.get();
        format!("{} {} {} {}", world.x, world.y, world.width, world.height)
    };
    let frame = Memo::new(move |_| scene.viewport.get().shown(scene.pane.get()));
    let is_awake = watch(scene);
    let look = move |event: &ev::PointerEvent| {
        let Some(map) = event.current_target().and_then(|map| map.dyn_into::<web_sys::Element>().ok()) else { return };
        let rect = map.get_bounding_client_rect();
        let at = Point { x: f64::from(event.client_x()) - rect.left(), y: f64::from(event.client_y()) - rect.top() };
        let there = from_map(world.get_untracked(), at);
        scene.viewport.update(|viewport| *viewport = viewport.centered(there, scene.pane.get_untracked()));
    };
    let has_nodes = move || scene.ids.with(|ids| ids.len() > 1);
    view! {
        <Show when=has_nodes>
            <svg
                class="minimap absolute right-4 bottom-4 hidden cursor-pointer rounded-lg border border-line bg-surface lg:block"
                data-awake=move || is_awake.get().to_string()
                width=WIDTH
                height=HEIGHT
                viewBox=view_box
                aria-hidden="true"
                on:pointerdown=move |event| { event.stop_propagation(); look(&event) }
                on:pointermove=move |event| { if event.buttons() == 1 { look(&event) } }
            >
                <path d=move || graph.with(|graph| graph.cards.clone()) class="fill-line-strong"></path>
                <rect
                    x=move || frame.get().x
                    y=move || frame.get().y
                    width=move || frame.get().width
                    height=move || frame.get().height
                    rx="24"
                    class="fill-accent/8 stroke-accent"
                    stroke-width="1"
                    vector-effect="non-scaling-stroke"
                ></rect>
            </svg>
        </Show>
    }
}

/// Whether the view moved just now.
fn watch(scene: Scene) -> RwSignal<bool> {
    let is_awake = RwSignal::new(true);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |_| {
        scene.viewport.track();
        if let Some(timer) = timer.get_value() {
            timer.clear();
        }
        if !is_awake.get_untracked() {
            is_awake.set(true);
        }
        let rest = move || {
            let _ = is_awake.try_set(false);
        };
        timer.set_value(set_timeout_with_handle(rest, LINGERS).ok());
    });
    is_awake
}

/// All cards as path data, and the box around them.
#[derive(Clone, Debug, Default, PartialEq)]
struct Graph {
    cards: String,
    around: Rect,
}

/// While something is dragged, the map keeps it where it was: a drag updates what is dragged and nothing else.
fn drawn(scene: Scene) -> Memo<Graph> {
    let is_dragged = Memo::new(move |_| scene.gesture.with(|gesture| matches!(gesture, Gesture::Drag { .. })));
    Memo::new(move |before: Option<&Graph>| match before {
        Some(before) if is_dragged.get() => before.clone(),
        _ => {
            is_dragged.track();
            let corner = |id: &NodeId| Some(scene.node(id)?.position.get());
            let corners: Vec<Point> = scene.ids.with(|ids| ids.iter().filter_map(corner).collect());
            Graph { cards: cards(&corners), around: Rect::around(corners).unwrap_or_default() }
        }
    })
}

fn cards(corners: &[Point]) -> String {
    let card = |at: &Point| format!("M{} {}h{}v{}h-{}z", at.x, at.y, CARD.width, CARD.height, CARD.width);
    corners.iter().map(card).collect()
}

/// A place on the map, in flow coordinates. The map keeps the world's proportions and centres it.
fn from_map(world: Rect, at: Point) -> Point {
    let scale = (WIDTH / world.width).min(HEIGHT / world.height);
    let (left, top) = ((WIDTH - world.width * scale) / 2.0, (HEIGHT - world.height * scale) / 2.0);
    Point { x: world.x + (at.x - left) / scale, y: world.y + (at.y - top) / scale }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_card_is_a_part_of_the_one_path() {
        let corners = [Point { x: 0.0, y: 16.0 }, Point { x: -320.0, y: 0.0 }];
        assert_eq!(cards(&corners), "M0 16h208v64h-208zM-320 0h208v64h-208z");
    }

    #[test]
    fn the_middle_of_the_map_is_the_middle_of_the_world() {
        let world = Rect { x: -100.0, y: 50.0, width: 3_000.0, height: 400.0 };
        let middle = from_map(world, Point { x: WIDTH / 2.0, y: HEIGHT / 2.0 });
        let Point { x, y } = world.center();
        assert!((middle.x - x).abs() < 1e-9 && (middle.y - y).abs() < 1e-9, "{middle:?}");
    }
}
