//! What a pointer is doing, and what pages are told of it.

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::Callback;

use super::geometry::{Size, snap};
use crate::domain::{
    id::NodeId,
    workflow::{Edge, Endpoint, Point},
};

/// What a pointer went down on.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    Pane,
    /// A card or a note.
    Node(NodeId),
    /// The name of a group, or the card that stands for it.
    Group(NodeId),
    /// The corner by which a note is resized.
    Corner(NodeId),
    Output(Endpoint),
    Edge(Edge),
}

/// The pointer's state. `Press` becomes one of the others once it moved far enough, else it is a click.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Gesture {
    #[default]
    Idle,
    /// `at` in screen coordinates; `adds`: adds to the selection.
    Press {
        on: Target,
        at: Point,
        slack: f64,
        means: Means,
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
    /// Two corners in flow coordinates; what was selected before and stays so.
    Box {
        kept: BTreeSet<NodeId>,
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
    /// Where the pointer was, in flow coordinates, and how large the note.
    Resize {
        id: NodeId,
        from: Point,
        size: Size,
    },
    /// A cut through edges, in flow coordinates.
    Slice {
        from: Point,
        to: Point,
    },
    Pinch,
}

/// What moving on from a press will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// What the thing below says.
    Below,
    /// Panning, whatever is below.
    Pan,
    /// A cut through edges.
    Slice,
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
            Self::Resize { .. } => "resize",
            Self::Slice { .. } => "slice",
            Self::Pinch => "pinch",
        }
    }
}

/// Where the dragged nodes are now: the first one snaps if it should, the others keep their distance to it.
pub fn dragged(origins: &[(NodeId, Point)], from: Point, now: Point, snaps: bool) -> Vec<(NodeId, Point)> {
    let Some((_, first)) = origins.first() else { return Vec::new() };
    let free = Point { x: first.x + now.x - from.x, y: first.y + now.y - from.y };
    let there = if snaps { snap(free) } else { Point { x: free.x.round(), y: free.y.round() } };
    let (dx, dy) = (there.x - first.x, there.y - first.y);
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

/// Where nodes and notes were put, and the edge that they were dropped on.
pub type Moved = (Vec<(NodeId, Point)>, Option<Edge>);

/// What the page does when somebody acts on the canvas. Without hands a canvas is read-only.
#[derive(Clone, Copy)]
pub struct Hands {
    /// Nodes and notes were dragged here; a single node without edges perhaps onto an edge.
    pub moved: Callback<Moved>,
    pub resized: Callback<(NodeId, Size)>,
    /// An edge begins here: which nodes may not take it, and why.
    pub refusals: Callback<Endpoint, BTreeMap<NodeId, String>>,
    pub connect: Callback<Edge>,
    pub dangling: Callback<Dangling>,
    /// Something should be added here, on this edge if there is one: in flow coordinates, and from the pane's corner.
    pub add: Callback<(Option<Edge>, Point, Point)>,
    /// These edges were taken away.
    pub disconnect: Callback<Vec<Edge>>,
    /// Something was dropped from outside: its text and where.
    pub dropped: Callback<(String, Point)>,
    /// The same for a file.
    pub file: Callback<(web_sys::Blob, Point)>,
    /// A node was opened: double click or Enter.
    pub open: Callback<NodeId>,
    /// A node or group was renamed, or a note written on.
    pub written: Callback<(NodeId, String)>,
    /// A group was collapsed or opened.
    pub fold: Callback<NodeId>,
    /// Somebody asks what can be done with the selection; in pixels from the pane's corner.
    pub menu: Callback<Point>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_dragged_together_keep_their_distances() {
        let at = |x: f64, y: f64| Point { x, y };
        let origins = [(NodeId::from("a"), at(0.0, 0.0)), (NodeId::from("b"), at(101.0, 7.0))];
        let now = dragged(&origins, at(500.0, 500.0), at(530.0, 497.0), true);
        assert_eq!(now[0].1, at(32.0, 0.0));
        assert_eq!(now[1].1, at(133.0, 7.0));
        let free = dragged(&origins, at(500.0, 500.0), at(530.4, 497.0), false);
        assert_eq!((free[0].1, free[1].1), (at(30.0, -3.0), at(131.0, 4.0)));
    }

    #[test]
    fn fingers_tremble_more_than_mice() {
        assert!(Gesture::slack("touch") > Gesture::slack("mouse"));
    }
}
