//! What a drag does while it goes on, and what becomes of it when it ends: cards, notes, boxes and new edges.

use leptos::prelude::*;

use super::{
    geometry::{Rect, Size, snap},
    gesture::{Dangling, Gesture, dragged},
    guides::align,
    pointer::Pointer,
    scene::Scene,
    sheets::fair_size,
};
use crate::domain::{
    id::NodeId,
    task::port,
    workflow::{Edge, Endpoint, Point},
};

/// How near an edge must be let go to an input, in pixels on the screen.
const REACH: f64 = 36.0;
/// From how far a line attracts what is dragged freely, and how near an edge takes a node in.
const PULL: f64 = 6.0;
const SPLICE: f64 = 20.0;

impl Pointer {
    pub(super) fn connect_from(self, from: Endpoint, at: Point) -> Gesture {
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

    pub(super) fn drag(self, id: &NodeId, from: Point, adds: bool) -> Gesture {
        let is_selected = self.scene.selection.with_untracked(|selection| selection.nodes.contains(id));
        if !is_selected {
            self.scene.pick(id, adds);
        }
        let others = self.scene.selection.with_untracked(|selection| selection.nodes.clone());
        self.drag_all(std::iter::once(id.clone()).chain(others.into_iter().filter(|other| other != id)), from)
    }

    pub(super) fn drag_group(self, id: &NodeId, from: Point) -> Gesture {
        let nodes = self.scene.group(id).map(|group| group.nodes).unwrap_or_default();
        self.scene.select_nodes(nodes.clone());
        self.drag_all(nodes, from)
    }

    /// The first one snaps.
    fn drag_all(self, ids: impl IntoIterator<Item = NodeId>, from: Point) -> Gesture {
        let origins = ids.into_iter().filter_map(|id| Some((id.clone(), self.scene.position(&id)?))).collect();
        Gesture::Drag { from, origins }
    }

    /// The pointer is at `now`, in flow coordinates.
    pub(super) fn drag_on(self, from: Point, origins: &[(NodeId, Point)], now: Point) {
        let scene = self.scene;
        let mut places = dragged(origins, from, now, scene.snaps.get_untracked());
        scene.attract(&mut places);
        for (id, place) in &places {
            if scene.position(id) != Some(*place) {
                scene.place(id, *place);
            }
        }
        let onto = match places.as_slice() {
            [(id, _)] => scene.edge_below(id),
            _ => None,
        };
        if scene.splice.with_untracked(|before| *before != onto) {
            scene.splice.set(onto);
        }
    }

    pub(super) fn drop_nodes(self, origins: Vec<(NodeId, Point)>) {
        let onto = self.scene.splice.get_untracked();
        self.scene.forget_drag();
        let moved: Vec<(NodeId, Point)> = origins
            .into_iter()
            .filter_map(|(id, origin)| Some((origin, self.scene.position(&id)?, id)))
            .filter(|(origin, now, _)| origin != now)
            .map(|(_, now, id)| (id, now))
            .collect();
        if let Some(hands) = self.hands.filter(|_| !moved.is_empty()) {
            hands.moved.run((moved, onto));
        }
    }

    pub(super) fn resize_on(self, id: &NodeId, from: Point, size: Size, now: Point) {
        let Some(note) = self.scene.note(id) else { return };
        let wanted = Point { x: size.width + now.x - from.x, y: size.height + now.y - from.y };
        let wanted = if self.scene.snaps.get_untracked() { snap(wanted) } else { wanted };
        note.size.set(fair_size(wanted.x, wanted.y));
    }

    pub(super) fn end_resize(self, id: NodeId) {
        if let (Some(hands), Some(note)) = (self.hands, self.scene.note(&id)) {
            hands.resized.run((id, note.size.get_untracked()));
        }
    }

    pub(super) fn aim(self, from: Endpoint, start: Point, now: Point) {
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

    pub(super) fn let_go(
        self,
        from: Endpoint,
        target: Option<NodeId>,
        refusal: Option<String>,
        (at, screen): (Point, Point),
    ) {
        self.forget_refusals();
        let Some(hands) = self.hands else { return };
        match (target, refusal) {
            (Some(node), None) => hands.connect.run(Edge { from, to: Endpoint { node, port: port::IN.to_owned() } }),
            (None, _) => hands.dangling.run(Dangling { from, at, screen }),
            (Some(_), Some(_)) => {}
        }
    }

    pub(super) fn forget_refusals(self) {
        for id in self.scene.ids.get_untracked() {
            if let Some(node) = self.scene.node(&id).filter(|node| node.refusal.with_untracked(Option::is_some)) {
                node.refusal.set(None);
            }
        }
    }
}

impl Scene {
    /// Draws the lines that the dragged things stand on; where no grid holds them, moves them onto those nearby.
    fn attract(self, places: &mut [(NodeId, Point)]) {
        let Some((first, at)) = places.first().cloned().filter(|(id, _)| self.node(id).is_some()) else { return };
        let shown = self.viewport.get_untracked().shown(self.pane.get_untracked());
        let others: Vec<Rect> = self
            .tiles
            .with_value(|tiles| tiles.within(&shown))
            .iter()
            .filter(|id| **id != first && !places.iter().any(|(dragged, _)| dragged == *id))
            .filter_map(|id| Some(Rect::card(self.position(id)?)))
            .collect();
        let reach = if self.snaps.get_untracked() { 0.1 } else { PULL / self.viewport.get_untracked().k };
        let ((dx, dy), guides) = align(Rect::card(at), &others, reach);
        for (_, place) in places {
            *place = Point { x: place.x + dx, y: place.y + dy };
        }
        if self.guides.with_untracked(|before| *before != guides) {
            self.guides.set(guides);
        }
    }

    /// The edge that this node would be spliced into here; none where it has edges of its own.
    fn edge_below(self, id: &NodeId) -> Option<Edge> {
        let node = self.node(id)?;
        let can_stand_between = node
            .card
            .with_untracked(|card| !card.start && card.outputs.iter().any(|output| output.name != port::ERROR));
        let is_free = || {
            let touches = |edge: &Edge| edge.from.node == *id || edge.to.node == *id;
            self.edges.with_untracked(|edges| !edges.iter().any(touches))
        };
        let middle = Rect::card(node.position.get_untracked()).center();
        let reach = SPLICE / self.viewport.get_untracked().k.max(0.5);
        (can_stand_between && is_free()).then(|| self.edge_at(middle, reach)).flatten()
    }

    /// The lines and the marked edge of a drag that is over.
    pub(super) fn forget_drag(self) {
        if self.guides.with_untracked(|guides| !guides.is_empty()) {
            self.guides.set(Vec::new());
        }
        if self.splice.with_untracked(Option::is_some) {
            self.splice.set(None);
        }
    }
}
