//! The workflow being edited: every change goes through `edit`, which the command log, the canvas and the autosave follow.

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;
use serde_json::Value;
use wasm_bindgen::JsCast;

use super::{clipboard, history::History, saver::Saver};
use crate::{
    domain::{
        draft::Draft,
        id::{NodeId, WorkflowId},
        layout,
        problem::Problem,
        task::{Kind, port},
        workflow::{Edge, Endpoint, Node, Point, Settings, Workflow},
    },
    ui::{
        canvas::{CARD, Scene, Selection, snap},
        kind,
    },
};

#[derive(Clone, Copy)]
pub struct Editor {
    pub id: WorkflowId,
    pub workflow: RwSignal<Workflow>,
    pub scene: Scene,
    pub history: RwSignal<History>,
    pub saver: Saver,
    /// Why it cannot be published: what the browser finds on every edit, and what only the server knows.
    pub problems: Memo<Vec<Problem>>,
    /// The version that triggers start, and the revision it came from.
    pub live: RwSignal<Option<(i32, Option<i32>)>>,
    /// Which field wants the focus next: node and field.
    pub wanted: RwSignal<Option<(NodeId, String)>>,
    pub editable: bool,
}

impl Editor {
    pub fn new(draft: Draft, editable: bool) -> Self {
        let Draft { id, workflow, revision, live_version, live_revision, problems, .. } = draft;
        let own = workflow.problems();
        let beyond = problems.into_iter().filter(|problem| !own.contains(problem)).collect();
        let saver = Saver::new(id, revision, beyond);
        let workflow = RwSignal::new(workflow);
        let problems = Memo::new(move |_| {
            let mut all = workflow.with(Workflow::problems);
            all.extend(saver.beyond.get());
            all
        });
        let scene = workflow.with_untracked(|workflow| {
            Scene::of(workflow, |node| kind::card(node, count(&problems.read_untracked(), &node.id)))
        });
        let live = RwSignal::new(live_version.map(|version| (version, live_revision)));
        let wanted = RwSignal::new(None);
        let editor =
            Self { id, workflow, scene, history: RwSignal::default(), saver, problems, live, wanted, editable };
        Effect::new(move |_| editor.draw());
        if editable {
            saver.follow(workflow);
        }
        editor
    }

    /// Shows the workflow as it is now.
    fn draw(self) {
        let problems = self.problems.get();
        self.workflow.with(|workflow| self.scene.sync(workflow, |node| kind::card(node, count(&problems, &node.id))));
    }

    /// Changes the workflow in one step that can be undone.
    pub fn edit(self, label: &str, change: impl FnOnce(&mut Workflow)) {
        self.edit_as(label, None, change);
    }

    /// Steps with the same key, one after the other, are undone together.
    fn edit_as(self, label: &str, key: Option<&str>, change: impl FnOnce(&mut Workflow)) {
        if !self.editable {
            return;
        }
        let before = self.workflow.get_untracked();
        let mut after = before.clone();
        change(&mut after);
        if after != before {
            self.history.update(|history| history.remember(label, key, &before, &after));
            self.workflow.set(after);
        }
    }

    pub fn undo(self) {
        let mut workflow = self.workflow.get_untracked();
        if let Some(label) = self.history.try_update(|history| history.undo(&mut workflow)).flatten() {
            self.workflow.set(workflow);
            self.say(format!("Undone: {label}"));
        }
    }

    pub fn redo(self) {
        let mut workflow = self.workflow.get_untracked();
        if let Some(label) = self.history.try_update(|history| history.redo(&mut workflow)).flatten() {
            self.workflow.set(workflow);
            self.say(format!("Done again: {label}"));
        }
    }

    /// Puts the focus on the node's card, as soon as it is drawn.
    pub fn focus(self, id: NodeId) {
        let find = move || {
            let card = document().query_selector(&format!("[data-node='{id}']")).ok().flatten()?;
            card.dyn_into::<web_sys::HtmlElement>().ok()?.focus().ok()
        };
        if find().is_none() {
            request_animation_frame(move || {
                find();
            });
        }
    }

    /// Tells screen readers.
    pub fn say(self, text: impl Into<String>) {
        self.scene.live.set(text.into());
    }

    // Nodes

    /// Adds a node with its card's middle at `at`, selects it and says its id.
    pub fn add(self, kind: Kind, at: Point) -> NodeId {
        let corner = snap(Point { x: at.x - CARD.width / 2.0, y: at.y - CARD.height / 2.0 });
        let mut new = None;
        self.edit(&format!("Add {}", kind.spec().label), |workflow| new = Some(push(workflow, kind, corner)));
        self.show_new(new)
    }

    /// Adds a node where it was dropped; on an edge, between its two nodes.
    pub fn drop_kind(self, kind: Kind, at: Point) -> NodeId {
        let output = kind.spec().outputs.first().filter(|_| kind.has_input());
        let Some((edge, output)) = self.scene.edge_at(at, 20.0).zip(output) else { return self.add(kind, at) };
        let corner = snap(Point { x: at.x - CARD.width / 2.0, y: at.y - CARD.height / 2.0 });
        let mut new = None;
        self.edit(&format!("Insert {}", kind.spec().label), |workflow| {
            let id = push(workflow, kind, corner);
            workflow.edges.retain(|other| *other != edge);
            workflow.edges.push(Edge { from: edge.from, to: Endpoint { node: id.clone(), port: port::IN.to_owned() } });
            workflow.edges.push(Edge { from: Endpoint { node: id.clone(), port: (*output).to_owned() }, to: edge.to });
            new = Some(id);
        });
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

    pub fn with_node<T>(self, id: &NodeId, read: impl FnOnce(&Node) -> T) -> Option<T> {
        self.workflow.with_untracked(|workflow| workflow.node(id).map(read))
    }

    pub fn move_to(self, moved: &[(NodeId, Point)]) {
        let label = if moved.len() == 1 { "Move a node".to_owned() } else { format!("Move {} nodes", moved.len()) };
        self.edit(&label, |workflow| place(workflow, moved.iter().cloned()));
    }

    /// Moves the selected nodes, or this one where it is not among them; steps in a row are one.
    pub fn nudge(self, id: &NodeId, dx: f64, dy: f64) {
        let selected = self.scene.selection.with_untracked(|selection| selection.nodes.clone());
        let ids = if selected.contains(id) { selected } else { BTreeSet::from([id.clone()]) };
        self.edit_as("Move", Some(&format!("nudge {ids:?}")), |workflow| {
            for node in workflow.nodes.iter_mut().filter(|node| ids.contains(&node.id)) {
                node.position = Point { x: node.position.x + dx, y: node.position.y + dy };
            }
        });
    }

    /// Arranges all nodes; one step. Says so when a cycle forbids it.
    pub fn tidy(self) {
        match self.workflow.with_untracked(layout::arrange) {
            Some(places) => {
                self.edit("Tidy", |workflow| place(workflow, places));
                self.draw();
                self.scene.fit();
            }
            None => self.say("Nodes in a circle cannot be arranged. Remove the circle first."),
        }
    }

    pub fn change_node(self, id: &NodeId, field: &str, change: impl FnOnce(&mut Node)) {
        let key = format!("{id}.{field}");
        self.edit_as(&format!("Change {field}"), Some(&key), |workflow| {
            if let Some(node) = workflow.nodes.iter_mut().find(|node| node.id == *id) {
                change(node);
            }
        });
    }

    /// Changes in a row to the same setting are one step.
    pub fn change_settings(self, field: &str, change: impl FnOnce(&mut Settings)) {
        let key = format!("settings.{field}");
        self.edit_as(&format!("Change {field}"), Some(&key), |workflow| change(&mut workflow.settings));
    }

    /// An empty text removes the parameter.
    pub fn set_parameter(self, id: &NodeId, field: &str, value: Value) {
        self.change_node(id, field, |node| {
            if value.as_str().is_some_and(str::is_empty) || value.is_null() {
                node.parameters.shift_remove(field);
            } else {
                node.parameters.insert(field.to_owned(), value);
            }
        });
    }

    pub fn rename(self, name: &str) {
        self.edit_as("Rename the workflow", Some("name"), |workflow| workflow.name = name.to_owned());
    }

    pub fn describe(self, text: &str) {
        self.edit_as("Change the description", Some("description"), |workflow| workflow.description = text.to_owned());
    }

    /// Deletes what is selected; edges of deleted nodes go with them.
    pub fn remove_selection(self) {
        let Selection { nodes, edges } = self.scene.selection.get_untracked();
        let label = match (nodes.len(), edges.len()) {
            (0, 0) => return,
            (0, _) => "Delete an edge".to_owned(),
            (1, _) => "Delete a node".to_owned(),
            (count, _) => format!("Delete {count} nodes"),
        };
        self.edit(&label, |workflow| {
            workflow.nodes.retain(|node| !nodes.contains(&node.id));
            workflow.edges.retain(|edge| {
                !edges.contains(edge) && !nodes.contains(&edge.from.node) && !nodes.contains(&edge.to.node)
            });
        });
        self.say(format!("{label}: done"));
    }

    // Clipboard

    pub fn copied(self) -> Option<String> {
        let selected = self.scene.selection.with_untracked(|selection| selection.nodes.clone());
        self.workflow.with_untracked(|workflow| clipboard::copy(workflow, &selected))
    }

    /// Pastes a part beside where it was copied from; says whether the text was one.
    pub fn paste(self, text: &str) -> bool {
        let Some(part) = clipboard::read(text).filter(|_| self.editable) else { return false };
        let mut new = Vec::new();
        self.edit("Paste", |workflow| new = clipboard::paste(workflow, &part, Point { x: 32.0, y: 32.0 }));
        self.draw();
        self.say(format!("Pasted {} nodes", new.len()));
        self.scene.select_nodes(new);
        true
    }

    pub fn duplicate(self) {
        if let Some(text) = self.copied() {
            self.paste(&text);
        }
    }

    /// Selects the node, brings it into view and puts the focus into the field.
    pub fn go_to(self, problem: &Problem) {
        let Some(node) = problem.node.clone() else {
            self.scene.select(Selection::default());
            let is_setting = |field: &String| SETTINGS.contains(&field.as_str());
            let field = problem.field.clone().filter(is_setting);
            return self.wanted.set(field.map(|field| (NodeId::from(""), field)));
        };
        self.scene.select_nodes([node.clone()]);
        self.scene.reveal(&node);
        self.wanted.set(Some((node, problem.field.clone().unwrap_or_default())));
    }
}

/// The settings of the workflow that the inspector shows.
const SETTINGS: [&str; 6] = ["priority", "deadline_secs", "concurrency", "debounce", "idempotency_secs", "output"];

fn push(workflow: &mut Workflow, kind: Kind, corner: Point) -> NodeId {
    let (id, name) = (workflow.free_node_id(kind), workflow.free_node_name(kind.spec().label));
    workflow.nodes.push(Node::new(id.clone(), name, kind, corner));
    id
}

fn place(workflow: &mut Workflow, places: impl IntoIterator<Item = (NodeId, Point)>) {
    let places: BTreeMap<NodeId, Point> = places.into_iter().collect();
    for node in &mut workflow.nodes {
        if let Some(at) = places.get(&node.id) {
            node.position = *at;
        }
    }
}

fn count(problems: &[Problem], id: &NodeId) -> usize {
    problems.iter().filter(|problem| problem.node.as_ref() == Some(id)).count()
}
