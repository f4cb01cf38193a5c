//! New nodes: where they go and what they are connected to, each in one step that can be undone.

use leptos::prelude::*;

use super::{
    editor::Editor,
    surgery::{make_room, push, put_between, replace},
};
use crate::{
    domain::{
        id::NodeId,
        task::{Kind, port},
        workflow::{Edge, Endpoint, Point},
    },
    ui::canvas::{CARD, snap},
};

/// From one card's left edge to the next one's, where room has to be made.
const STEP: f64 = 288.0;

impl Editor {
    /// Adds a node with its card's middle at `at`, selects it and says its id.
    pub fn add(self, kind: Kind, at: Point) -> NodeId {
        let corner = snap(Point { x: at.x - CARD.width / 2.0, y: at.y - CARD.height / 2.0 });
        let mut new = None;
        self.edit(&format!("Add {}", kind.spec().label), |workflow| new = Some(push(workflow, kind, corner)));
        self.show_new(new)
    }

    /// Adds a node where it was dropped; on an edge, between its two nodes.
    pub fn drop_kind(self, kind: Kind, at: Point) -> NodeId {
        match self.scene.edge_at(at, 20.0).filter(|_| kind.has_input()) {
            Some(edge) => self.insert(kind, &edge, at),
            None => self.add(kind, at),
        }
    }

    /// Adds a node in the middle of an edge; what follows makes room.
    pub fn insert(self, kind: Kind, edge: &Edge, at: Point) -> NodeId {
        let corner = snap(Point { x: at.x - CARD.width / 2.0, y: at.y - CARD.height / 2.0 });
        let mut new = None;
        self.edit(&format!("Insert {}", kind.spec().label), |workflow| {
            let id = push(workflow, kind, corner);
            put_between(workflow, &id, edge);
            // As far from what comes before as cards usually are, if it lies that near.
            let before = workflow.node(&edge.from.node).map(|node| node.position.x + STEP);
            if let (Some(least), Some(node)) = (before, workflow.nodes.last_mut()) {
                node.position.x = node.position.x.max(snap(Point { x: least, y: 0.0 }).x);
            }
            make_room(workflow, &id, &edge.to.node, STEP);
            new = Some(id);
        });
        self.show_new(new)
    }

    /// Makes a node one of another kind.
    pub fn replace(self, id: &NodeId, kind: Kind) -> NodeId {
        let mut new = None;
        self.edit(&format!("Replace by {}", kind.spec().label), |workflow| new = replace(workflow, id, kind));
        self.show_new(new)
    }

    /// Adds a node and the edge that leads to it, in one step.
    pub fn add_after(self, kind: Kind, from: Endpoint, at: Point) -> NodeId {
        let corner = snap(Point { x: at.x, y: at.y - CARD.height / 2.0 });
        let mut new = None;
        self.edit(&format!("Add {}", kind.spec().label), |workflow| {
            let id = push(workflow, kind, corner);
            if kind.has_input() {
                let to = Endpoint { node: id.clone(), port: port::IN.to_owned() };
                workflow.edges.push(Edge { from, to });
            }
            new = Some(id);
        });
        self.show_new(new)
    }

    /// Adds a node where there is room: after the only selected one, connected to it, else in the middle of the view.
    pub fn add_somewhere(self, kind: Kind) -> NodeId {
        let selected = self.scene.selection.with_untracked(|selection| selection.only_node().cloned());
        let source = selected.and_then(|id| self.workflow.with_untracked(|workflow| workflow.node(&id).cloned()));
        let Some((source, output)) = source.filter(|_| kind.has_input()).and_then(|node| {
            let output = node.kind.spec().outputs.first()?;
            Some((node, *output))
        }) else {
            return self.add(kind, self.free_place(self.scene.middle()));
        };
        let beside =
            Point { x: source.position.x + CARD.width * 1.5 + 112.0, y: source.position.y + CARD.height / 2.0 };
        let middle = self.free_place(beside);
        let from = Endpoint { node: source.id.clone(), port: output.to_owned() };
        self.add_after(kind, from, Point { x: middle.x - CARD.width / 2.0, y: middle.y })
    }

    /// The first place at or below `middle` where a card would not lie on another.
    fn free_place(self, middle: Point) -> Point {
        self.workflow.with_untracked(|workflow| {
            let is_taken = |at: &Point| {
                workflow.nodes.iter().any(|node| {
                    (node.position.x + CARD.width / 2.0 - at.x).abs() < CARD.width + 16.0
                        && (node.position.y + CARD.height / 2.0 - at.y).abs() < CARD.height + 16.0
                })
            };
            (0..200)
                .map(|row| Point { x: middle.x, y: middle.y + 96.0 * f64::from(row) })
                .find(|at| !is_taken(at))
                .unwrap_or(middle)
        })
    }

    fn show_new(self, new: Option<NodeId>) -> NodeId {
        let id = new.unwrap_or_else(|| NodeId::from(""));
        self.draw();
        self.scene.select_nodes([id.clone()]);
        self.scene.reveal(&id);
        self.with_node(&id, |node| self.say(format!("Added {}", node.name)));
        id
    }
}
