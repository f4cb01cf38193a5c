//! What is done to things that are there: moving, arranging, deleting, disabling, grouping, writing on notes.

use std::collections::BTreeSet;

use leptos::prelude::*;

use super::{
    arrangement::{Order, arranged, place_for_note, tidied},
    editor::Editor,
    surgery,
};
use crate::{
    domain::{
        drawing::{Note, Tint},
        graph::Graph,
        id::NodeId,
        workflow::{Edge, Point, Workflow},
    },
    ui::canvas::{Rect, Selection, Size, snap},
};

impl Editor {
    /// Nodes and notes that are selected.
    pub fn selected(self) -> BTreeSet<NodeId> {
        self.scene.selection.with_untracked(|selection| selection.nodes.clone())
    }

    /// The selected ones that are nodes.
    pub fn selected_nodes(self) -> BTreeSet<NodeId> {
        let selected = self.selected();
        self.workflow.with_untracked(|workflow| selected.into_iter().filter(|id| workflow.node(id).is_some()).collect())
    }

    /// Puts things where they were dragged; a single node onto an edge becomes a part of it.
    pub fn move_to(self, moved: &[(NodeId, Point)], onto: Option<&Edge>) {
        let label = match (onto, moved.len()) {
            (Some(_), _) => "Splice a node in".to_owned(),
            (None, 1) => "Move".to_owned(),
            (None, count) => format!("Move {count} things"),
        };
        self.edit(&label, |workflow| {
            place(workflow, moved.iter().cloned());
            if let (Some(edge), [(id, _)]) = (onto, moved) {
                surgery::put_between(workflow, id, edge);
            }
        });
    }

    /// Moves what is selected, or this node where it is not among that; steps in a row are one.
    pub fn nudge(self, id: &NodeId, dx: f64, dy: f64) {
        let selected = self.selected();
        let ids = if selected.contains(id) { selected } else { BTreeSet::from([id.clone()]) };
        self.edit_as("Move", Some(&format!("nudge {ids:?}")), |workflow| {
            let moved = |at: Point| Point { x: at.x + dx, y: at.y + dy };
            for node in workflow.nodes.iter_mut().filter(|node| ids.contains(&node.id)) {
                node.position = moved(node.position);
            }
            for note in workflow.notes.iter_mut().filter(|note| ids.contains(&note.id)) {
                note.position = moved(note.position);
            }
        });
    }

    /// Arranges all nodes, or those selected if they are several; one step. Says so when a circle forbids it.
    pub fn tidy(self) {
        let selected = self.selected_nodes();
        let is_part = selected.len() > 1;
        match self.workflow.with_untracked(|workflow| tidied(workflow, &selected)) {
            Some(places) => {
                self.edit(if is_part { "Tidy the selection" } else { "Tidy" }, |workflow| place(workflow, places));
                self.draw();
                if is_part { self.scene.fit_selection() } else { self.scene.fit() }
            }
            None => self.say("Nodes in a circle cannot be arranged. Remove the circle first."),
        }
    }

    pub fn arrange(self, order: Order) {
        let selected = self.selected();
        let places = self.workflow.with_untracked(|workflow| arranged(workflow, &selected, order));
        if places.is_empty() {
            return self.say(format!("Select {} things or more first.", order.least()));
        }
        self.edit(order.label(), |workflow| place(workflow, places));
        self.say(order.label());
    }

    /// Deletes what is selected; with `heals`, what came before a node then leads on to what came after it.
    pub fn remove_selection(self, heals: bool) {
        let Selection { nodes, edges } = self.scene.selection.get_untracked();
        let label = match (nodes.len(), edges.len()) {
            (0, 0) => return,
            (0, _) => "Delete an edge".to_owned(),
            (1, _) if self.scene.note(nodes.first().unwrap_or(&NodeId::from(""))).is_some() => {
                "Delete a note".to_owned()
            }
            (1, _) => "Delete a node".to_owned(),
            (count, _) => format!("Delete {count} things"),
        };
        self.edit(&label, |workflow| {
            workflow.edges.retain(|edge| !edges.contains(edge));
            surgery::remove(workflow, &nodes, heals);
        });
        self.say(format!("{label}: done"));
    }

    /// Disables the selected nodes; enables them when all of them are disabled.
    pub fn toggle_disabled(self) {
        let ids = self.selected_nodes();
        let is_disabled = |workflow: &Workflow, id: &NodeId| workflow.node(id).is_some_and(|node| node.disabled);
        let disables = self.workflow.with_untracked(|workflow| !ids.iter().all(|id| is_disabled(workflow, id)));
        let word = if disables { "Disable" } else { "Enable" };
        self.edit(&counted(word, ids.len()), |workflow| {
            workflow.nodes.iter_mut().filter(|node| ids.contains(&node.id)).for_each(|node| node.disabled = disables);
        });
        self.say(if disables { "Disabled" } else { "Enabled" });
    }

    // Groups

    pub fn group(self) {
        let ids = self.selected_nodes();
        let mut new = None;
        self.edit(&counted("Group", ids.len()), |workflow| new = surgery::group(workflow, &ids));
        self.draw();
        self.scene.editing.set(new);
    }

    pub fn ungroup(self) {
        let ids = self.selected_nodes();
        self.edit("Ungroup", |workflow| surgery::ungroup(workflow, &ids));
    }

    /// Collapses the group, or opens it.
    pub fn fold(self, id: &NodeId) {
        let is_collapsed =
            self.workflow.with_untracked(|workflow| workflow.group(id).is_some_and(|group| group.collapsed));
        self.edit(if is_collapsed { "Expand a group" } else { "Collapse a group" }, |workflow| {
            workflow
                .groups
                .iter_mut()
                .filter(|group| group.id == *id)
                .for_each(|group| group.collapsed = !is_collapsed);
        });
    }

    /// The same for the groups of the selected nodes.
    pub fn fold_selected(self) {
        let ids = self.selected_nodes();
        let groups: Vec<NodeId> = self.workflow.with_untracked(|workflow| {
            let is_meant = |group: &&crate::domain::drawing::Group| !group.nodes.is_disjoint(&ids);
            workflow.groups.iter().filter(is_meant).map(|group| group.id.clone()).collect()
        });
        groups.iter().for_each(|id| self.fold(id));
    }

    // Notes

    /// A new note: around the selected nodes as its ground, else at `at`; ready to be written on.
    pub fn add_note(self, at: Point) {
        let at = snap(at);
        let mut new = None;
        self.edit("Add a note", |workflow| {
            let note = Note::new(workflow.free_id("note"), place_for_note(workflow, at));
            new = Some(note.id.clone());
            workflow.notes.push(note);
        });
        self.draw();
        if let Some(id) = new {
            self.scene.select_nodes([id.clone()]);
            self.scene.editing.set(Some(id));
        }
    }

    pub fn resize_note(self, id: &NodeId, size: Size) {
        self.change_note(id, "Resize a note", |note| (note.width, note.height) = (size.width, size.height));
    }

    /// The notes that are selected get this colour.
    pub fn tint(self, tint: Tint) {
        let ids = self.selected();
        self.edit("Colour a note", |workflow| {
            workflow.notes.iter_mut().filter(|note| ids.contains(&note.id)).for_each(|note| note.tint = tint);
        });
    }

    fn change_note(self, id: &NodeId, label: &str, change: impl FnOnce(&mut Note)) {
        self.edit(label, |workflow| {
            if let Some(note) = workflow.notes.iter_mut().find(|note| note.id == *id) {
                change(note);
            }
        });
    }

    /// What was written in place: a node's or a group's new name, or a note's text.
    pub fn write(self, id: &NodeId, text: &str) {
        let (is_note, is_node) =
            self.workflow.with_untracked(|workflow| (workflow.note(id).is_some(), workflow.node(id).is_some()));
        if is_note {
            self.change_note(id, "Write a note", |note| note.text = text.to_owned());
        } else if is_node {
            self.edit("Rename a node", |workflow| surgery::rename(workflow, id, text));
        } else {
            self.edit("Rename a group", |workflow| {
                workflow
                    .groups
                    .iter_mut()
                    .filter(|group| group.id == *id)
                    .for_each(|group| group.name = text.to_owned());
            });
        }
    }

    // Selection

    /// Selects everything that comes before what is selected, or with `down` after it, with itself.
    pub fn select_along(self, down: bool) {
        let from = self.selected_nodes();
        let along = self.workflow.with_untracked(|workflow| {
            let graph = Graph::of(workflow);
            let reach = |id: &NodeId| if down { graph.descendants(id) } else { graph.ancestors(id) };
            from.iter().flat_map(reach).collect::<BTreeSet<_>>()
        });
        self.say(format!("{} nodes {} selected", along.len(), if down { "after" } else { "before" }));
        self.scene.select_nodes(along.into_iter().chain(from));
    }

    /// Nodes and notes, all of them.
    pub fn select_all(self) {
        let all = self.workflow.with_untracked(|workflow| {
            let notes = workflow.notes.iter().map(|note| note.id.clone());
            workflow.nodes.iter().map(|node| node.id.clone()).chain(notes).collect::<Vec<_>>()
        });
        self.scene.select_nodes(all);
    }

    /// Where a note about the selection goes: above it, or in the middle of the view.
    pub fn place_of_note(self) -> Point {
        let selected = self.selected_nodes();
        let corners = self.workflow.with_untracked(|workflow| {
            let at = |id: &NodeId| Some(workflow.node(id)?.position);
            Rect::around(selected.iter().filter_map(at))
        });
        match corners {
            Some(rect) => Point { x: rect.x, y: rect.y - Note::HEIGHT - 32.0 },
            None => {
                let middle = self.scene.middle();
                Point { x: middle.x - Note::WIDTH / 2.0, y: middle.y - Note::HEIGHT / 2.0 }
            }
        }
    }
}

/// "Disable a node", "Disable 3 nodes".
fn counted(verb: &str, count: usize) -> String {
    if count == 1 { format!("{verb} a node") } else { format!("{verb} {count} nodes") }
}

/// Puts nodes and notes there.
fn place(workflow: &mut Workflow, places: impl IntoIterator<Item = (NodeId, Point)>) {
    let places: std::collections::BTreeMap<NodeId, Point> = places.into_iter().collect();
    for node in &mut workflow.nodes {
        node.position = places.get(&node.id).copied().unwrap_or(node.position);
    }
    for note in &mut workflow.notes {
        note.position = places.get(&note.id).copied().unwrap_or(note.position);
    }
}
