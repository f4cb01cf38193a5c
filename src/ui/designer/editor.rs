//! The workflow being edited: every change goes through `edit`, which the command log, the canvas and the autosave follow.

use leptos::prelude::*;
use serde_json::Value;
use wasm_bindgen::JsCast;

use super::{clipboard, history::History, history_panel, insight::Lens, saver::Saver};
use crate::{
    domain::{
        draft::Draft,
        id::{NodeId, WorkflowId},
        problem::Problem,
        validate::MAX_NODES,
        workflow::{Node, Point, Settings, Workflow},
    },
    ui::{
        canvas::{Rect, Scene, Selection, snap},
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
    /// What past executions tell.
    pub lens: Lens,
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
        let (history, wanted, lens) = (RwSignal::default(), RwSignal::new(None), Lens::new(id, scene, workflow));
        let editor = Self { id, workflow, scene, history, saver, problems, live, wanted, lens, editable };
        Effect::new(move |_| {
            workflow.track();
            problems.track();
            editor.draw();
        });
        if editable {
            saver.follow(workflow);
            history_panel::keep(editor);
        }
        editor
    }

    /// Somebody may have saved this revision meanwhile.
    pub(super) fn catch_up(self, revision: i32) {
        self.saver.catch_up(revision, self.workflow);
    }

    /// Shows the workflow as it is now.
    pub(super) fn draw(self) {
        let problems = self.problems.get_untracked();
        self.workflow
            .with_untracked(|workflow| self.scene.sync(workflow, |node| kind::card(node, count(&problems, &node.id))));
    }

    /// Changes the workflow in one step that can be undone.
    pub fn edit(self, label: &str, change: impl FnOnce(&mut Workflow)) {
        self.edit_as(label, None, change);
    }

    /// Steps with the same key, one after the other, are undone together.
    pub(super) fn edit_as(self, label: &str, key: Option<&str>, change: impl FnOnce(&mut Workflow)) {
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

    /// Undoes or does again until so many steps are done.
    pub fn go_to_step(self, count: usize) {
        let mut workflow = self.workflow.get_untracked();
        self.history.update(|history| history.go_to(count, &mut workflow));
        self.workflow.set(workflow);
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

    pub fn with_node<T>(self, id: &NodeId, read: impl FnOnce(&Node) -> T) -> Option<T> {
        self.workflow.with_untracked(|workflow| workflow.node(id).map(read))
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

    // Clipboard

    pub fn copied(self) -> Option<String> {
        let selected = self.selected();
        self.workflow.with_untracked(|workflow| clipboard::copy(workflow, &selected))
    }

    /// Adds a part: around `at`, else beside where it was copied from if that is in view, else in the middle of the view.
    /// An error says why it does not fit.
    pub fn paste(self, label: &str, part: &Workflow, at: Option<Point>) -> Result<(), String> {
        let count = self.workflow.with_untracked(|workflow| workflow.nodes.len()) + part.nodes.len();
        if count > MAX_NODES {
            return Err(format!("With it there would be {count} nodes; a workflow holds {MAX_NODES} at most."));
        }
        let corners = part.nodes.iter().map(|node| node.position).chain(part.notes.iter().map(|note| note.position));
        let around = Rect::around(corners).unwrap_or_default();
        let shown = self.scene.viewport.get_untracked().shown(self.scene.pane.get_untracked());
        let offset = match at.or_else(|| (!shown.overlaps(&around)).then(|| self.scene.middle())) {
            Some(at) => snap(Point { x: at.x - around.center().x, y: at.y - around.center().y }),
            None => Point { x: 32.0, y: 32.0 },
        };
        let mut new = Vec::new();
        self.edit(label, |workflow| new = clipboard::paste(workflow, part, offset));
        self.draw();
        self.say(format!("{label}: {} nodes", part.nodes.len()));
        self.scene.select_nodes(new);
        Ok(())
    }

    pub fn duplicate(self) {
        let selected = self.selected();
        let part = self.workflow.with_untracked(|workflow| clipboard::part(workflow, &selected));
        if let Some(part) = part {
            // It had room before, or says why it has none.
            if let Err(reason) = self.paste("Duplicate", &part, None) {
                self.say(reason);
            }
        }
    }

    /// Draws anew and shows the whole graph.
    pub fn show_all(self) {
        self.draw();
        self.scene.fit();
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

fn count(problems: &[Problem], id: &NodeId) -> usize {
    problems.iter().filter(|problem| problem.node.as_ref() == Some(id)).count()
}
