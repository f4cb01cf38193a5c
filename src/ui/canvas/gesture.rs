//! What a pointer is doing, and what pages are told of it.

use std::collections::BTreeMap;

use leptos::prelude::Callback;

use crate::domain::{
    id::NodeId,
    workflow::{Edge, Endpoint, Point},
};

/// What a pointer went down on.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    Pane,
    Node(NodeId),
    Output(Endpoint),
    Edge(Edge),
}

/// The pointer's state. `Press` becomes one of the others once it moved far enough, else it is a click.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Gesture {
    #[default]
    Idle,
    /// `at` in screen coordinates; `pans`: moving on will pan, whatever is below; `adds`: adds to the selection.
    Press {
        on: Target,
        at: Point,
        slack: f64,
        pans: bool,
        adds: bool,
    },
    /// `last` in screen coordinates.
    Pan {
        last: Point,
    },
    /// Where the pointer and the nodes were, in flow coordinates.
    Drag {
        from: Point,
        origins: Vec<(NodeId, Point)>,
    },
    /// Two corners in flow coordinates.
    Box {
        from: Point,
        to: Point,
    },
    /// An edge in the making; `to` in flow coordinates, or the target's port.
    Connect {
        from: Endpoint,
        start: Point,
        to: Point,
        target: Option<NodeId>,
        refusal: Option<String>,
    },
    Pinch,
}

impl Gesture {
    /// Pixels a pointer may tremble before a click becomes a drag.
    pub fn slack(pointer: &str) -> f64 {
        if pointer == "touch" { 8.0 } else { 3.0 }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Idle | Self::Press { .. } => "idle",
            Self::Pan { .. } => "pan",
            Self::Drag { .. } => "drag",
            Self::Box { .. } => "box",
            Self::Connect { .. } => "connect",
            Self::Pinch => "pinch",
        }
    }
}

/// Where the dragged nodes are now: the first one snaps, the others keep their distance to it.
pub fn dragged(origins: &[(NodeId, Point)], from: Point, now: Point) -> Vec<(NodeId, Point)> {
    let Some((_, first)) = origins.first() else { return Vec::new() };
    let snapped = super::geometry::snap(Point { x: first.x + now.x - from.x, y: first.y + now.y - from.y });
    let (dx, dy) = (snapped.x - first.x, snapped.y - first.y);
    origins.iter().map(|(id, origin)| (id.clone(), Point { x: origin.x + dx, y: origin.y + dy })).collect()
}

/// An edge that was let go over nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Dangling {
    pub from: Endpoint,
    /// In flow coordinates.
    pub at: Point,
    /// In pixels from the pane's corner.
    pub screen: Point,
}

/// What the page does when somebody acts on the canvas. Without hands a canvas is read-only.
#[derive(Clone, Copy)]
pub struct Hands {
    /// Nodes were dragged here.
    pub moved: Callback<Vec<(NodeId, Point)>>,
    /// An edge begins here: which nodes may not take it, and why.
    pub refusals: Callback<Endpoint, BTreeMap<NodeId, String>>,
    pub connect: Callback<Edge>,
    pub dangling: Callback<Dangling>,
    /// Something was dropped from outside: its text and where.
    pub dropped: Callback<(String, Point)>,
    /// A node was opened: double click or Enter.
    pub open: Callback<NodeId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_dragged_together_keep_their_distances() {
        let at = |x: f64, y: f64| Point { x, y };
        let origins = [(NodeId::from("a"), at(0.0, 0.0)), (NodeId::from("b"), at(101.0, 7.0))];
        let now = dragged(&origins, at(500.0, 500.0), at(530.0, 497.0));
        assert_eq!(now[0].1, at(32.0, 0.0));
        assert_eq!(now[1].1, at(133.0, 7.0));
    }

    #[test]
    fn fingers_tremble_more_than_mice() {
        assert!(Gesture::slack("touch") > Gesture::slack("mouse"));
    }
}
