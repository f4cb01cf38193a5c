//! What stands on the canvas, as signals per node: a drag updates one card and its edges, nothing else.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use leptos::prelude::*;

use super::{
    card::Card,
    company::Visitor,
    geometry::{Curve, Rect, Size, output_offset},
    gesture::Gesture,
    guides::Guide,
    measure::Measures,
    pointed::Pointed,
    sheets::SceneNote,
    status::NodeStatus,
    tiles::Tiles,
    viewport::Viewport,
};
use crate::domain::{
    drawing::Group,
    id::NodeId,
    workflow::{Edge, Endpoint, Point, Workflow},
};

/// What the server assumes of the pane; the browser measures it once the page is awake.
const FIRST_PANE: Size = Size { width: 840.0, height: 844.0 };

/// The handles of one node. Its fields are told apart so that each change touches what it is about.
#[derive(Clone, Copy, Debug)]
pub struct SceneNode {
    pub position: RwSignal<Point>,
    pub card: RwSignal<Arc<Card>>,
    pub selected: RwSignal<bool>,
    pub status: RwSignal<Option<NodeStatus>>,
    /// While an edge is being drawn: why it may not end here.
    pub refusal: RwSignal<Option<String>>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// Nodes and notes.
    pub nodes: BTreeSet<NodeId>,
    pub edges: Vec<Edge>,
}

impl Selection {
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.edges.is_empty()
    }

    /// The node, if it is the only thing selected.
    pub fn only_node(&self) -> Option<&NodeId> {
        if self.nodes.len() == 1 && self.edges.is_empty() { self.nodes.first() } else { None }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Scene {
    owner: StoredValue<Owner>,
    pub ids: RwSignal<Vec<NodeId>>,
    pub edges: RwSignal<Vec<Edge>>,
    pub(super) nodes: StoredValue<HashMap<NodeId, SceneNode>>,
    pub(super) tiles: StoredValue<Tiles>,
    pub(super) note_ids: RwSignal<Vec<NodeId>>,
    pub(super) notes: StoredValue<HashMap<NodeId, SceneNote>>,
    pub(super) groups: RwSignal<Vec<Group>>,
    /// Nodes that a collapsed group hides, with that group.
    pub(super) hidden: RwSignal<HashMap<NodeId, NodeId>>,
    /// What is being renamed or written on: a node, a note or a group.
    pub editing: RwSignal<Option<NodeId>>,
    /// Whether what is dragged stays on the grid.
    pub snaps: RwSignal<bool>,
    pub(super) guides: RwSignal<Vec<Guide>>,
    /// The edge that a dragged node would be spliced into.
    pub(super) splice: RwSignal<Option<Edge>>,
    /// Edges that came or went since an earlier drawing, where two are compared; said once, before anything is drawn.
    pub(super) changes: StoredValue<HashMap<Edge, &'static str>>,
    pub(super) measures: RwSignal<Measures>,
    pub(super) stale: RwSignal<BTreeSet<NodeId>>,
    /// Edges with a breakpoint; true where data is held.
    pub breakpoints: RwSignal<HashMap<Edge, bool>>,
    /// Other people, at the nodes that they have selected.
    pub visitors: RwSignal<Vec<Visitor>>,
    pub(super) pointed: RwSignal<Pointed>,
    pub selection: RwSignal<Selection>,
    pub viewport: RwSignal<Viewport>,
    pub pane: RwSignal<Size>,
    pub gesture: RwSignal<Gesture>,
    /// Spoken by screen readers.
    pub live: RwSignal<String>,
    /// Whether an execution is shown.
    pub(super) shows_execution: RwSignal<bool>,
}

impl Default for Scene {
    fn default() -> Self {
        Self::new()
    }
}

impl Scene {
    /// An empty canvas. Its signals live as long as the component that made it.
    pub fn new() -> Self {
        Self {
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
            ids: RwSignal::default(),
            edges: RwSignal::default(),
            nodes: StoredValue::default(),
            tiles: StoredValue::default(),
            note_ids: RwSignal::default(),
            notes: StoredValue::default(),
            groups: RwSignal::default(),
            hidden: RwSignal::default(),
            editing: RwSignal::default(),
            snaps: RwSignal::new(true),
            guides: RwSignal::default(),
            splice: RwSignal::default(),
            measures: RwSignal::default(),
            stale: RwSignal::default(),
            visitors: RwSignal::default(),
            pointed: RwSignal::default(),
            changes: StoredValue::default(),
            breakpoints: RwSignal::default(),
            selection: RwSignal::default(),
            viewport: RwSignal::default(),
            pane: RwSignal::new(FIRST_PANE),
            gesture: RwSignal::default(),
            live: RwSignal::default(),
            shows_execution: RwSignal::new(false),
        }
    }

    /// A canvas that shows this workflow, fitted. `card` says what each node looks like.
    pub fn of(workflow: &Workflow, card: impl Fn(&crate::domain::workflow::Node) -> Card) -> Self {
        let scene = Self::new();
        scene.sync(workflow, card);
        scene.fit();
        scene
    }

    /// Makes the canvas show `workflow`, touching only what differs.
    pub fn sync(self, workflow: &Workflow, card: impl Fn(&crate::domain::workflow::Node) -> Card) {
        let ids: Vec<NodeId> = workflow.nodes.iter().map(|node| node.id.clone()).collect();
        for node in &workflow.nodes {
            self.put(&node.id, node.position, card(node));
        }
        if self.ids.with_untracked(|before| *before != ids) {
            let gone: Vec<NodeId> =
                self.ids.with_untracked(|before| before.iter().filter(|id| !ids.contains(id)).cloned().collect());
            // Ids first: cards leave the page before their signals do.
            self.ids.set(ids.clone());
            gone.iter().for_each(|id| self.drop_node(id));
        }
        let known: HashSet<&NodeId> = ids.iter().collect();
        let edges: Vec<Edge> = workflow
            .edges
            .iter()
            .filter(|edge| known.contains(&edge.from.node) && known.contains(&edge.to.node))
            .cloned()
            .collect();
        if self.edges.with_untracked(|before| *before != edges) {
            self.edges.set(edges);
        }
        self.sync_sheets(workflow);
        self.forget_unknown_selection();
    }

    fn put(self, id: &NodeId, at: Point, card: Card) {
        if let Some(node) = self.node(id) {
            if node.position.get_untracked() != at {
                self.place(id, at);
            }
            if node.card.with_untracked(|before| **before != card) {
                node.card.set(Arc::new(card));
            }
            return;
        }
        let node = self.in_owner(|| SceneNode {
            position: RwSignal::new(at),
            card: RwSignal::new(Arc::new(card)),
            selected: RwSignal::new(false),
            status: RwSignal::new(None),
            refusal: RwSignal::new(None),
        });
        self.nodes.update_value(|nodes| {
            nodes.insert(id.clone(), node);
        });
        self.tiles.update_value(|tiles| tiles.place(id, at));
    }

    /// Signals made here live as long as the scene.
    pub(super) fn in_owner<T>(self, make: impl FnOnce() -> T) -> T {
        self.owner.with_value(|owner| owner.with(make))
    }

    fn drop_node(self, id: &NodeId) {
        self.nodes.update_value(|nodes| {
            nodes.remove(id);
        });
        self.tiles.update_value(|tiles| tiles.remove(id));
    }

    pub fn node(self, id: &NodeId) -> Option<SceneNode> {
        self.nodes.with_value(|nodes| nodes.get(id).copied())
    }

    /// Where a card or a note is.
    pub fn position(self, id: &NodeId) -> Option<Point> {
        let node = self.node(id).map(|node| node.position);
        node.or_else(|| Some(self.note(id)?.position)).map(|position| position.get_untracked())
    }

    /// Moves a card or a note; the workflow does not know yet.
    pub fn place(self, id: &NodeId, at: Point) {
        if let Some(note) = self.note(id) {
            note.position.set(at);
        }
        if let Some(node) = self.node(id) {
            node.position.set(at);
            self.tiles.update_value(|tiles| tiles.place(id, at));
        }
    }

    /// The curve of an edge, following its nodes.
    pub fn curve(self, edge: &Edge) -> Option<Curve> {
        Some(Curve::between(self.output_point(&edge.from)?, self.input_point(&edge.to.node)?))
    }

    pub fn output_point(self, from: &Endpoint) -> Option<Point> {
        if let Some(corner) = self.stand_in(&from.node) {
            let offset = output_offset(0, 1);
            return Some(Point { x: corner.x + offset.x, y: corner.y + offset.y });
        }
        let node = self.node(&from.node)?;
        let (at, offset) = (node.position.get(), node.card.with(|card| card.output(&from.port)));
        Some(Point { x: at.x + offset.x, y: at.y + offset.y })
    }

    pub fn input_point(self, id: &NodeId) -> Option<Point> {
        let node = self.node(id)?;
        let offset = node.card.with(|card| card.input());
        let at = self.stand_in(id).unwrap_or_else(|| node.position.get());
        Some(Point { x: at.x + offset.x, y: at.y + offset.y })
    }

    /// Marks an edge as `added` or `removed`.
    pub fn mark_edge(self, edge: Edge, change: &'static str) {
        self.changes.update_value(|changes| {
            changes.insert(edge, change);
        });
    }

    // Selection

    pub fn select(self, selection: Selection) {
        let before = self.selection.get_untracked();
        if before == selection {
            return;
        }
        for id in before.nodes.symmetric_difference(&selection.nodes) {
            let handle = self.node(id).map(|node| node.selected).or_else(|| Some(self.note(id)?.selected));
            if let Some(selected) = handle {
                selected.set(selection.nodes.contains(id));
            }
        }
        self.selection.set(selection);
    }

    pub fn select_nodes(self, nodes: impl IntoIterator<Item = NodeId>) {
        self.select(Selection { nodes: nodes.into_iter().collect(), edges: Vec::new() });
    }

    pub fn select_edge(self, edge: Edge) {
        self.select(Selection { nodes: BTreeSet::new(), edges: vec![edge] });
    }

    /// Selects the node, or with `adds` adds it to the selection or takes it out.
    pub fn pick(self, id: &NodeId, adds: bool) {
        if !adds {
            return self.select_nodes([id.clone()]);
        }
        let mut selection = self.selection.get_untracked();
        if !selection.nodes.remove(id) {
            selection.nodes.insert(id.clone());
        }
        self.select(selection);
    }

    fn forget_unknown_selection(self) {
        let mut selection = self.selection.get_untracked();
        selection.nodes.retain(|id| self.node(id).is_some() || self.note(id).is_some());
        self.edges.with_untracked(|edges| selection.edges.retain(|edge| edges.contains(edge)));
        self.select(selection);
    }

    /// The nodes that overlap the box, the notes that lie in it, and `kept`.
    pub fn select_within(self, rect: Rect, kept: &BTreeSet<NodeId>) {
        let overlapping = self.tiles.with_value(|tiles| tiles.within(&rect));
        let mut nodes: BTreeSet<NodeId> = overlapping.into_iter().filter(|id| !self.is_hidden(id)).collect();
        nodes.extend(self.notes_within(&rect));
        nodes.extend(kept.iter().cloned());
        self.select(Selection { nodes, edges: Vec::new() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    use crate::{
        domain::{execution::TaskRunStatus, task::port, workflow::Node},
        ui::components::Icon,
    };

    fn card(node: &Node) -> Card {
        let outputs = vec![];
        Card {
            title: node.name.clone(),
            line: String::new(),
            icon: Icon::Bolt,
            family: "web",
            label: "",
            start: false,
            outputs,
            problems: 0,
            change: None,
            disabled: false,
        }
    }

    fn workflow() -> Workflow {
        let node =
            |id: &str, x: f64| Node::new(id.into(), id, crate::domain::task::Kind::Transform, Point { x, y: 0.0 });
        Workflow {
            nodes: vec![node("a", 0.0), node("b", 320.0)],
            edges: vec![Edge::between("a", "b")],
            ..Default::default()
        }
    }

    fn with_scene(test: impl FnOnce(Scene)) {
        Owner::new().with(|| test(Scene::of(&workflow(), card)));
    }

    #[test]
    fn a_node_that_left_the_workflow_leaves_scene_and_selection() {
        with_scene(|scene| {
            scene.select_nodes(["a".into(), "b".into()]);
            let mut smaller = workflow();
            smaller.nodes.remove(1);
            scene.sync(&smaller, card);
            assert_eq!(scene.ids.get_untracked(), ["a".into()]);
            assert!(scene.edges.get_untracked().is_empty(), "an edge without its node is not drawn");
            assert_eq!(scene.selection.get_untracked().only_node(), Some(&"a".into()));
        });
    }

    #[test]
    fn an_edge_let_go_near_an_input_reaches_it_and_far_away_does_not() {
        with_scene(|scene| {
            assert_eq!(scene.input_near(Point { x: 305.0, y: 40.0 }, 24.0), Some("b".into()));
            assert_eq!(scene.input_near(Point { x: 270.0, y: 40.0 }, 24.0), None);
            assert_eq!(scene.input_near(Point { x: 400.0, y: 10.0 }, 24.0), Some("b".into()), "the card itself counts");
        });
    }

    #[test]
    fn an_edge_shows_what_it_carried() {
        with_scene(|scene| {
            let edge = Edge::between("a", "b");
            assert_eq!(scene.edge_class(&edge), "edge");
            let done = |status| NodeStatus { status, port: Some(port::OUT.to_owned()), items: None };
            let mut statuses = BTreeMap::from([("a".into(), done(TaskRunStatus::Succeeded))]);
            scene.show_statuses(&statuses);
            assert_eq!(scene.edge_class(&edge), "edge succeeded");
            statuses.insert("b".into(), NodeStatus { status: TaskRunStatus::Running, port: None, items: None });
            scene.show_statuses(&statuses);
            assert_eq!(scene.edge_class(&edge), "edge running");
            statuses.insert("a".into(), done(TaskRunStatus::Failed));
            scene.show_statuses(&statuses);
            assert_eq!(scene.edge_class(&edge), "edge unreached", "a failure leaves through the error port");
        });
    }

    #[test]
    fn picking_adds_and_takes_out() {
        with_scene(|scene| {
            scene.pick(&"a".into(), false);
            scene.pick(&"b".into(), true);
            scene.pick(&"a".into(), true);
            assert_eq!(scene.selection.get_untracked().only_node(), Some(&"b".into()));
            assert!(!scene.node(&"a".into()).expect("a").selected.get_untracked());
        });
    }
}
