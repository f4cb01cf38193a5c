//! Pointers and wheel on the pane: one state machine, with the pointer captured from press to release.

use std::collections::BTreeSet;

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

use super::{
    geometry::{Rect, Size, distance},
    gesture::{Gesture, Hands, Means, Target},
    scene::{Scene, Selection},
    viewport::{Viewport, at_border, wheel_factor},
};
use crate::domain::{
    id::NodeId,
    workflow::{Endpoint, Point},
};

/// Two clicks within this time are one double click.
const DOUBLE_MS: f64 = 400.0;

#[derive(Clone, Copy)]
pub struct Pointer {
    pub(super) scene: Scene,
    pub(super) hands: Option<Hands>,
    pane: NodeRef<html::Div>,
    /// Pointers that are down, and where, from the pane's corner.
    held: StoredValue<Vec<(i32, Point)>>,
    /// The pane's corner in the window, taken when a gesture starts.
    corner: StoredValue<Point>,
    /// Where the next frame will look; at most one write per frame.
    next: StoredValue<Option<Viewport>>,
    /// What was clicked last, and when.
    clicked: StoredValue<Option<(Target, f64)>>,
    /// Where the pointer was last, and whether the view moves because that is near the border.
    last: StoredValue<Point>,
    drifts: StoredValue<bool>,
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
            clicked: StoredValue::default(),
            last: StoredValue::default(),
            drifts: StoredValue::default(),
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
        // What is a control of its own keeps its clicks.
        if event.button() > 1 || is_within(event.target(), "button, a, input, textarea") {
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
        let is_on_ground = matches!(on, Target::Pane | Target::Edge(_));
        let command = event.ctrl_key() || event.meta_key();
        let pans = event.button() == 1
            || self.hand.get_untracked()
            || self.hands.is_none()
            || (is_on_ground && (touch || command));
        if event.button() == 1 {
            event.prevent_default();
        }
        let means = match (pans, is_on_ground && event.alt_key()) {
            (true, _) => Means::Pan,
            (false, true) => Means::Slice,
            (false, false) => Means::Below,
        };
        let adds = event.shift_key() || command;
        self.scene.gesture.set(Gesture::Press { on, at, slack: Gesture::slack(&event.pointer_type()), means, adds });
    }

    /// What is under the pointer, told by the data attributes of the canvas' parts.
    pub fn target(self, event: &ev::MouseEvent) -> Target {
        let element = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let owner = |name: &str| element.as_ref()?.closest(&format!("[{name}]")).ok().flatten()?.get_attribute(name);
        let output = element.as_ref().and_then(|element| element.closest("[data-port='output']").ok().flatten());
        let port = output.and_then(|port| port.get_attribute("data-name"));
        let node = owner("data-node").map(NodeId::from);
        match (node, port) {
            (Some(node), Some(port)) => return Target::Output(Endpoint { node, port }),
            (Some(node), None) => return Target::Node(node),
            _ => {}
        }
        let corner = owner("data-corner").map(|id| Target::Corner(id.into()));
        let sheet = || owner("data-note").map(|id| Target::Node(id.into()));
        let group = || owner("data-group").map(|id| Target::Group(id.into()));
        let edge = || self.edge_under(event).map(Target::Edge);
        corner.or_else(group).or_else(edge).or_else(sheet).unwrap_or(Target::Pane)
    }

    pub fn moved(self, event: ev::PointerEvent) {
        let at = self.place(&event);
        let before = self.held.with_value(Clone::clone);
        self.held.update_value(|held| {
            held.iter_mut().filter(|(id, _)| *id == event.pointer_id()).for_each(|(_, place)| *place = at);
        });
        match self.scene.gesture.get_untracked() {
            Gesture::Idle => self.hover(&event),
            Gesture::Press { on, at: from, slack, means, adds } => {
                if distance(from, at) > slack {
                    self.begin(on, from, means, adds);
                    self.go_on(at);
                }
            }
            Gesture::Pinch => self.pinch(&before),
            _ => self.go_on(at),
        }
    }

    /// The press moved far enough to say what it is.
    fn begin(self, on: Target, at: Point, means: Means, adds: bool) {
        let from = self.scene.viewport.get_untracked().to_flow(at);
        let gesture = match on {
            _ if means == Means::Pan => Gesture::Pan { last: at },
            _ if means == Means::Slice => Gesture::Slice { from, to: from },
            Target::Output(output) => self.connect_from(output, from),
            Target::Node(id) => self.drag(&id, from, adds),
            Target::Group(id) => self.drag_group(&id, from),
            Target::Corner(id) => {
                let size = self.scene.note(&id).map_or(Size::default(), |note| note.size.get_untracked());
                Gesture::Resize { id, from, size }
            }
            Target::Pane | Target::Edge(_) => {
                let kept = self.scene.selection.with_untracked(|selection| selection.nodes.clone());
                Gesture::Box { from, to: from, kept: if adds { kept } else { BTreeSet::new() } }
            }
        };
        self.scene.gesture.set(gesture);
    }

    fn go_on(self, at: Point) {
        let now = self.next.get_value().unwrap_or_else(|| self.scene.viewport.get_untracked()).to_flow(at);
        match self.scene.gesture.get_untracked() {
            Gesture::Pan { last } => {
                self.look(|viewport| viewport.panned(at.x - last.x, at.y - last.y));
                return self.scene.gesture.set(Gesture::Pan { last: at });
            }
            Gesture::Drag { from, origins } => self.drag_on(from, &origins, now),
            Gesture::Box { from, kept, .. } => {
                self.scene.select_within(Rect::between(from, now), &kept);
                self.scene.gesture.set(Gesture::Box { from, to: now, kept });
            }
            Gesture::Connect { from, start, .. } => self.aim(from, start, now),
            Gesture::Resize { id, from, size } => self.resize_on(&id, from, size, now),
            Gesture::Slice { from, .. } => self.scene.gesture.set(Gesture::Slice { from, to: now }),
            _ => return,
        }
        self.last.set_value(at);
        self.drift();
    }

    /// Near the border the view moves on under what is held.
    fn drift(self) {
        let goes_on = at_border(self.last.get_value(), self.scene.pane.get_untracked()) != (0.0, 0.0);
        if !goes_on || self.drifts.get_value() {
            return;
        }
        self.drifts.set_value(true);
        request_animation_frame(move || {
            let Some(at) = self.last.try_get_value() else { return };
            self.drifts.set_value(false);
            let is_over = self.scene.gesture.with_untracked(|gesture| {
                matches!(gesture, Gesture::Idle | Gesture::Press { .. } | Gesture::Pan { .. } | Gesture::Pinch)
            });
            if !is_over {
                let (dx, dy) = at_border(at, self.scene.pane.get_untracked());
                self.look(|viewport| viewport.panned(dx, dy));
                self.go_on(at);
            }
        });
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
            Gesture::Resize { id, .. } => self.end_resize(id),
            Gesture::Slice { from, to } => self.cut(from, to),
            Gesture::Connect { from, target, refusal, to, .. } => self.let_go(from, target, refusal, (to, at)),
            Gesture::Pinch if !self.held.with_value(Vec::is_empty) => self.scene.gesture.set(Gesture::Pinch),
            _ => {}
        }
    }

    fn click(self, on: Target, at: Point, adds: bool) {
        let now = js_sys::Date::now();
        let is_second = self.clicked.with_value(|last| {
            last.as_ref().is_some_and(|(on_before, then)| *on_before == on && now - then < DOUBLE_MS)
        });
        self.clicked.set_value((!is_second).then(|| (on.clone(), now)));
        if is_second && !adds {
            return self.double_click(on, at);
        }
        match on {
            Target::Node(id) | Target::Corner(id) => self.scene.pick(&id, adds),
            Target::Group(id) => {
                self.scene.select_nodes(self.scene.group(&id).map(|group| group.nodes).unwrap_or_default());
            }
            Target::Edge(edge) => self.scene.select_edge(edge),
            Target::Output(from) => {
                let to = self.scene.viewport.get_untracked().to_flow(at);
                self.let_go(from, None, None, (Point { x: to.x + 96.0, y: to.y }, at));
            }
            Target::Pane if !adds => self.scene.select(Selection::default()),
            Target::Pane => {}
        }
    }

    fn double_click(self, on: Target, at: Point) {
        let Some(hands) = self.hands else { return };
        let flow = self.scene.viewport.get_untracked().to_flow(at);
        match on {
            Target::Node(id) if self.scene.note(&id).is_some() => self.scene.editing.set(Some(id)),
            Target::Group(id) => self.scene.editing.set(Some(id)),
            Target::Node(id) => hands.open.run(id),
            Target::Edge(edge) => hands.add.run((Some(edge), flow, at)),
            Target::Pane => hands.add.run((None, flow, at)),
            Target::Output(_) | Target::Corner(_) => {}
        }
    }

    /// The other button, a long touch: what can be done with what lies there?
    pub fn asks(self, event: ev::MouseEvent) {
        let Some(hands) = self.hands else { return };
        if is_within(event.target(), "input, textarea, a") {
            return;
        }
        event.prevent_default();
        self.measure();
        self.cancel();
        match self.target(&event) {
            Target::Node(id) | Target::Corner(id) | Target::Output(Endpoint { node: id, .. }) => {
                let is_selected = self.scene.selection.with_untracked(|selection| selection.nodes.contains(&id));
                if !is_selected {
                    self.scene.select_nodes([id]);
                }
            }
            Target::Group(id) => {
                self.scene.select_nodes(self.scene.group(&id).map(|group| group.nodes).unwrap_or_default());
            }
            Target::Edge(edge) => self.scene.select_edge(edge),
            Target::Pane => self.scene.select(Selection::default()),
        }
        hands.menu.run(self.place(&event));
    }

    /// Ends the gesture as if it had not begun: Escape, a lost pointer, a second finger.
    pub fn revert(self) {
        let gesture = self.scene.gesture.get_untracked();
        self.scene.gesture.set(Gesture::Idle);
        match gesture {
            Gesture::Drag { origins, .. } => {
                self.scene.forget_drag();
                origins.iter().for_each(|(id, origin)| self.scene.place(id, *origin));
            }
            Gesture::Resize { id, size, .. } => {
                if let Some(note) = self.scene.note(&id) {
                    note.size.set(size);
                }
            }
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

/// Whether the event came from something that fits the selector, or from within it.
pub fn is_within(target: Option<web_sys::EventTarget>, selector: &str) -> bool {
    target
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .is_some_and(|element| element.closest(selector).ok().flatten().is_some())
}
