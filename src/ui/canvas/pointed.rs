//! The edge that the pointer is on, found by geometry: an edge needs no element of its own to be hit.

use std::time::Duration;

use leptos::{ev, prelude::*};

use super::{
    gesture::Gesture,
    pointer::{Pointer, is_within},
    scene::Scene,
};
use crate::domain::workflow::Edge;

/// How near a pointer must come to an edge, in pixels on the screen.
const GRASP: f64 = 9.0;
/// How long the edge's tools stay once the pointer left it: it is on its way to them.
const GRACE: Duration = Duration::from_millis(600);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pointed {
    /// The edge that the pointer is on, or left just now.
    pub edge: Option<Edge>,
    /// The pointer is on it, or on its tools.
    pub is_here: bool,
}

impl Pointer {
    /// The edge under the pointer, unless a card, a group or a corner lies above it.
    pub(super) fn edge_under(self, event: &ev::MouseEvent) -> Option<Edge> {
        if self.hands.is_none() || is_within(event.target(), "[data-node], [data-group], [data-corner]") {
            return None;
        }
        let at = self.flow(event);
        self.scene.edge_at(at, GRASP / self.scene.viewport.get_untracked().k)
    }

    /// The pointer moved and holds nothing: the edge that it is on shows its tools.
    pub(super) fn hover(self, event: &ev::PointerEvent) {
        let scene = self.scene;
        if event.pointer_type() == "touch" || self.hands.is_none() {
            return;
        }
        let edge = match is_within(event.target(), ".edge-tools") {
            true => scene.pointed.with_untracked(|pointed| pointed.edge.clone()),
            false => self.edge_under(event),
        };
        match edge {
            Some(edge) => scene.point_at(Pointed { edge: Some(edge), is_here: true }),
            None => self.leave(),
        }
    }

    /// Unless the pointer comes back, the tools go.
    pub(super) fn leave(self) {
        let scene = self.scene;
        let Some(left) = scene.pointed.try_get_untracked().filter(|left| left.is_here) else { return };
        let left = Pointed { is_here: false, ..left };
        scene.point_at(left.clone());
        let hide = move || {
            if scene.pointed.try_with_untracked(|now| *now == left) == Some(true) {
                scene.pointed.set(Pointed::default());
            }
        };
        set_timeout(hide, GRACE);
    }
}

impl Scene {
    fn point_at(self, pointed: Pointed) {
        if self.pointed.with_untracked(|before| *before != pointed) {
            self.pointed.set(pointed);
        }
    }
}

/// The edge that is pointed at, drawn once more before everything else.
#[component]
pub fn PointedLine(scene: Scene) -> impl IntoView {
    let path = Memo::new(move |_| {
        let edge = scene.pointed.with(|pointed| pointed.edge.clone().filter(|_| pointed.is_here))?;
        let is_idle = scene.gesture.with(|gesture| *gesture == Gesture::Idle);
        let is_selected = scene.selection.with(|selection| selection.edges.contains(&edge));
        let curve = scene.curve(&edge).filter(|_| is_idle && !is_selected)?;
        scene.edges.with(|edges| edges.contains(&edge)).then(|| curve.path())
    });
    move || path.get().map(|path| view! { <path class="pointed" d=path></path> })
}
