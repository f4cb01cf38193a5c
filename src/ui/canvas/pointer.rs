//! Pointers and wheel on the pane: one state machine, with the pointer captured from press to release.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

use super::{
    geometry::{Rect, distance},
    gesture::{Dangling, Gesture, Hands, Target, dragged},
    scene::{Scene, Selection},
    viewport::{Viewport, wheel_factor},
};
use crate::domain::{
    id::NodeId,
    task::port,
    workflow::{Edge, Endpoint, Point},
};

/// How near an edge must be let go to an input, in pixels on the screen.
const REACH: f64 = 36.0;

#[derive(Clone, Copy)]
pub struct Pointer {
    scene: Scene,
    hands: Option<Hands>,
    pane: NodeRef<html::Div>,
    /// Pointers that are down, and where, from the pane's corner.
    held: StoredValue<Vec<(i32, Point)>>,
    /// The pane's corner in the window, taken when a gesture starts.
    corner: StoredValue<Point>,
    /// Where the next frame will look; at most one write per frame.
    next: StoredValue<Option<Viewport>>,
    /// Space is down: the hand pans.
    pub hand: RwSignal<bool>,
}

impl Pointer {
    pub fn new(scene: Scene, hands: Option<Hands>, pane: NodeRef<html::Div>) -> Self {
        Self {
            scene,
            hands,
            pane,
            held: StoredValue::default(),
            corner: StoredValue::default(),
            next: StoredValue::default(),
            hand: RwSignal::new(false),
        }
    }

    fn measure(self) {
        if let Some(pane) = self.pane.get_untracked() {
            let rect = pane.get_bounding_client_rect();
            self.corner.set_value(Point { x: rect.left(), y: rect.top() });
        }
    }

    /// A mouse position, from the pane's corner.
    pub fn place(self, event: &ev::MouseEvent) -> Point {
        let corner = self.corner.get_value();
        Point { x: f64::from(event.client_x()) - corner.x, y: f64::from(event.client_y()) - corner.y }
    }

    /// A mouse position in flow coordinates, for what is dropped from outside.
    pub fn flow(self, event: &ev::MouseEvent) -> Point {
        self.measure();
        self.scene.viewport.get_untracked().to_flow(self.place(event))
    }

    pub fn down(self, event: ev::PointerEvent) {
        if event.button() > 1 {
            return;
        }
        self.measure();
        let at = self.place(&event);
        self.held.update_value(|held| held.push((event.pointer_id(), at)));
        if let Some(pane) = self.pane.get_untracked() {
            // Refused when the pointer is already gone; its release will not be missed then.
            let _ = pane.set_pointer_capture(event.pointer_id());
        }
        if self.held.with_value(Vec::len) == 2 {
            self.revert();
            return self.scene.gesture.set(Gesture::Pinch);
        }
        let touch = event.pointer_type() == "touch";
        let on = self.target(&event);
        let pans = event.button() == 1
            || self.hand.get_untracked()
            || self.hands.is_none()
            || (touch && matches!(on, Target::Pane | Target::Edge(_)));
        if event.button() == 1 {
            event.prevent_default();
        }
        let adds = event.shift_key() || event.ctrl_key() || event.meta_key();
        self.scene.gesture.set(Gesture::Press { on, at, slack: Gesture::slack(&event.pointer_type()), pans, adds });
    }

    /// What is under the pointer, told by the data attributes of the canvas' parts.
    fn target(self, event: &ev::PointerEvent) -> Target {
        let element = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let owner = |selector: &str| element.as_ref()?.closest(selector).ok().flatten();
        let node = owner("[data-node]").and_then(|node| node.get_attribute("data-node")).map(NodeId::from);
        let output = owner("[data-port='output']").and_then(|port| port.get_attribute("data-name"));
        let edge = owner("[data-edge]").and_then(|edge| edge.get_attribute("data-edge"));
        match (node, output, edge.and_then(|key| self.edge(&key))) {
            (Some(node), Some(port), _) => Target::Output(Endpoint { node, port }),
            (Some(node), None, _) => Target::Node(node),
            (None, _, Some(edge)) => Target::Edge(edge),
            _ => Target::Pane,
        }
    }

    fn edge(self, key: &str) -> Option<Edge> {
        self.scene.edges.with_untracked(|edges| edges.iter().find(|edge| super::edge::key(edge) == key).cloned())
    }

    pub fn moved(self, event: ev::PointerEvent) {
        let at = self.place(&event);
        let before = self.held.with_value(Clone::clone);
        self.held.update_value(|held| {
            held.iter_mut().filter(|(id, _)| *id == event.pointer_id()).for_each(|(_, place)| *place = at);
        });
        match self.scene.gesture.get_untracked() {
            Gesture::Idle => {}
            Gesture::Press { on, at: from, slack, pans, adds } => {
                if distance(from, at) > slack {
                    self.begin(on, from, pans, adds);
                    self.go_on(at);
                }
            }
            Gesture::Pinch => self.pinch(&before),
            _ => self.go_on(at),
        }
    }

    /// The press moved far enough to say what it is.
    fn begin(self, on: Target, at: Point, pans: bool, adds: bool) {
        let from = self.scene.viewport.get_untracked().to_flow(at);
        let gesture = match on {
            _ if pans => Gesture::Pan { last: at },
            Target::Output(output) => self.connect_from(output, from),
            Target::Node(id) => self.drag(&id, from, adds),
            Target::Pane | Target::Edge(_) => Gesture::Box { from, to: from },
        };
        self.scene.gesture.set(gesture);
    }

    fn connect_from(self, from: Endpoint, at: Point) -> Gesture {
        if let Some(hands) = self.hands {
            let refusals = hands.refusals.run(from.clone());
            for id in self.scene.ids.get_untracked() {
                if let Some(node) = self.scene.node(&id) {
                    node.refusal.set(refusals.get(&id).cloned());
                }
            }
        }
        let start = untrack(|| self.scene.output_point(&from)).unwrap_or(at);
        Gesture::Connect { from, start, to: at, target: None, refusal: None }
    }

    fn drag(self, id: &NodeId, from: Point, adds: bool) -> Gesture {
        let is_selected = self.scene.selection.with_untracked(|selection| selection.nodes.contains(id));
        if !is_selected {
            self.scene.pick(id, adds);
        }
        let others = self.scene.selection.with_untracked(|selection| selection.nodes.clone());
        let origins = std::iter::once(id.clone())
            .chain(others.into_iter().filter(|other| other != id))
            .filter_map(|id| Some((id.clone(), self.scene.node(&id)?.position.get_untracked())))
            .collect();
        Gesture::Drag { from, origins }
    }

    fn go_on(self, at: Point) {
        let now = self.next.get_value().unwrap_or_else(|| self.scene.viewport.get_untracked()).to_flow(at);
        match self.scene.gesture.get_untracked() {
            Gesture::Pan { last } => {
                self.look(|viewport| viewport.panned(at.x - last.x, at.y - last.y));
                self.scene.gesture.set(Gesture::Pan { last: at });
            }
            Gesture::Drag { from, origins } => {
                for (id, place) in dragged(&origins, from, now) {
                    let is_there = self.scene.node(&id).is_some_and(|node| node.position.get_untracked() == place);
                    if !is_there {
                        self.scene.place(&id, place);
                    }
                }
            }
            Gesture::Box { from, .. } => {
                self.scene.gesture.set(Gesture::Box { from, to: now });
                self.scene.select_within(Rect::between(from, now));
            }
            Gesture::Connect { from, start, .. } => self.aim(from, start, now),
            _ => {}
        }
    }

    fn aim(self, from: Endpoint, start: Point, now: Point) {
        let reach = REACH / self.scene.viewport.get_untracked().k;
        let target = self.scene.input_near(now, reach).filter(|id| *id != from.node);
        let refusal = target.as_ref().and_then(|id| self.scene.node(id)).and_then(|node| node.refusal.get_untracked());
        let to = match &target {
            Some(id) if refusal.is_none() => untrack(|| self.scene.input_point(id)).unwrap_or(now),
            _ => now,
        };
        if let Some(reason) = &refusal {
            self.scene.live.set(reason.clone());
        }
        self.scene.gesture.set(Gesture::Connect { from, start, to, target, refusal });
    }

    fn pinch(self, before: &[(i32, Point)]) {
        let after = self.held.get_value();
        if let ([(_, a), (_, b)], [(_, c), (_, d)]) = (before, after.as_slice()) {
            self.look(|viewport| viewport.pinched((*a, *b), (*c, *d)));
        }
    }

    pub fn up(self, event: ev::PointerEvent) {
        let at = self.place(&event);
        self.held.update_value(|held| held.retain(|(id, _)| *id != event.pointer_id()));
        let gesture = self.scene.gesture.get_untracked();
        self.scene.gesture.set(Gesture::Idle);
        match gesture {
            Gesture::Press { on, adds, .. } => self.click(on, at, adds),
            Gesture::Drag { origins, .. } => self.drop_nodes(origins),
            Gesture::Connect { from, target, refusal, to, .. } => self.let_go(from, target, refusal, to, at),
            Gesture::Pinch if !self.held.with_value(Vec::is_empty) => self.scene.gesture.set(Gesture::Pinch),
            _ => {}
        }
    }

    fn click(self, on: Target, at: Point, adds: bool) {
        match on {
            Target::Node(id) => self.scene.pick(&id, adds),
            Target::Edge(edge) => self.scene.select_edge(edge),
            Target::Output(from) => {
                let to = self.scene.viewport.get_untracked().to_flow(at);
                self.let_go(from, None, None, Point { x: to.x + 96.0, y: to.y }, at);
            }
            Target::Pane if !adds => self.scene.select(Selection::default()),
            Target::Pane => {}
        }
    }

    fn drop_nodes(self, origins: Vec<(NodeId, Point)>) {
        let moved: Vec<(NodeId, Point)> = origins
            .into_iter()
            .filter_map(|(id, origin)| Some((origin, self.scene.node(&id)?.position.get_untracked(), id)))
            .filter(|(origin, now, _)| origin != now)
            .map(|(_, now, id)| (id, now))
            .collect();
        if let Some(hands) = self.hands.filter(|_| !moved.is_empty()) {
            hands.moved.run(moved);
        }
    }

    fn let_go(self, from: Endpoint, target: Option<NodeId>, refusal: Option<String>, at: Point, screen: Point) {
        self.forget_refusals();
        let Some(hands) = self.hands else { return };
        match (target, refusal) {
            (Some(node), None) => hands.connect.run(Edge { from, to: Endpoint { node, port: port::IN.to_owned() } }),
            (None, _) => hands.dangling.run(Dangling { from, at, screen }),
            (Some(_), Some(_)) => {}
        }
    }

    fn forget_refusals(self) {
        for id in self.scene.ids.get_untracked() {
            if let Some(node) = self.scene.node(&id).filter(|node| node.refusal.with_untracked(Option::is_some)) {
                node.refusal.set(None);
            }
        }
    }

    /// Ends the gesture as if it had not begun: Escape, a lost pointer, a second finger.
    pub fn revert(self) {
        let gesture = self.scene.gesture.get_untracked();
        self.scene.gesture.set(Gesture::Idle);
        match gesture {
            Gesture::Drag { origins, .. } => origins.iter().for_each(|(id, origin)| self.scene.place(id, *origin)),
            Gesture::Connect { .. } => self.forget_refusals(),
            _ => {}
        }
    }

    pub fn cancel(self) {
        self.held.update_value(Vec::clear);
        self.revert();
    }

    pub fn wheel(self, event: ev::WheelEvent) {
        event.prevent_default();
        self.measure();
        if event.ctrl_key() || event.meta_key() {
            let anchor = self.place(&event);
            let factor = wheel_factor(event.delta_y(), event.delta_mode());
            return self.look(|viewport| viewport.zoomed(factor, anchor));
        }
        let per_line = if event.delta_mode() == 1 { 20.0 } else { 1.0 };
        let (dx, dy) = (event.delta_x() * per_line, event.delta_y() * per_line);
        let (dx, dy) = if event.shift_key() && dx == 0.0 { (dy, 0.0) } else { (dx, dy) };
        self.look(|viewport| viewport.panned(-dx, -dy));
    }

    /// Changes the viewport in the next frame.
    fn look(self, change: impl FnOnce(Viewport) -> Viewport) {
        let waiting = self.next.get_value();
        let viewport = change(waiting.unwrap_or_else(|| self.scene.viewport.get_untracked()));
        self.next.set_value(Some(viewport));
        if waiting.is_none() {
            request_animation_frame(move || {
                // The page may have gone meanwhile, and the canvas with it.
                if let Some(viewport) = self.next.try_get_value().flatten() {
                    self.next.set_value(None);
                    self.scene.viewport.set(viewport);
                }
            });
        }
    }
}
