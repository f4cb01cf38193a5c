//! The command log: every change as something that can be undone and done again, one entry per gesture.

use serde::{Deserialize, Serialize};

use crate::domain::{
    drawing::{Group, Note},
    workflow::{Edge, Node, Settings, Workflow},
};

/// How many commands are kept, and how many of them over a reload.
const LIMIT: usize = 300;
const KEPT: usize = 100;

/// One change of the workflow, both ways.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// What it did, as the menu says it: "Move 3 nodes".
    pub label: String,
    /// Commands with the same key, one after the other, become one: typing in one field.
    key: Option<String>,
    nodes: Vec<NodeChange>,
    edges: Option<(Vec<Edge>, Vec<Edge>)>,
    head: Option<(Head, Head)>,
}

/// A node before and after; none: it was not there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct NodeChange {
    /// Its place in the list, before when it was removed, else after.
    index: usize,
    before: Option<Node>,
    after: Option<Node>,
}

/// What a workflow has besides its graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Head {
    name: String,
    description: String,
    settings: Settings,
    notes: Vec<Note>,
    groups: Vec<Group>,
}

impl Head {
    fn of(workflow: &Workflow) -> Self {
        Self {
            name: workflow.name.clone(),
            description: workflow.description.clone(),
            settings: workflow.settings.clone(),
            notes: workflow.notes.clone(),
            groups: workflow.groups.clone(),
        }
    }

    fn put(&self, workflow: &mut Workflow) {
        let Self { name, description, settings, notes, groups } = self.clone();
        (workflow.name, workflow.description, workflow.settings) = (name, description, settings);
        (workflow.notes, workflow.groups) = (notes, groups);
    }
}

impl Command {
    /// What changed between the two; none when nothing did.
    pub fn between(label: impl Into<String>, before: &Workflow, after: &Workflow) -> Option<Self> {
        let removed = before.nodes.iter().enumerate().filter(|(_, node)| after.node(&node.id).is_none());
        let kept = after.nodes.iter().enumerate().filter(|(_, node)| before.node(&node.id) != Some(node));
        let nodes: Vec<NodeChange> = removed
            .map(|(index, node)| NodeChange { index, before: Some(node.clone()), after: None })
            .chain(kept.map(|(index, node)| NodeChange {
                index,
                before: before.node(&node.id).cloned(),
                after: Some(node.clone()),
            }))
            .collect();
        let edges = (before.edges != after.edges).then(|| (before.edges.clone(), after.edges.clone()));
        let heads = (Head::of(before), Head::of(after));
        let head = (heads.0 != heads.1).then_some(heads);
        let changes_nothing = nodes.is_empty() && edges.is_none() && head.is_none();
        (!changes_nothing).then(|| Self { label: label.into(), key: None, nodes, edges, head })
    }

    fn carry(&self, workflow: &mut Workflow, forward: bool) {
        let sides = |change: &NodeChange| {
            if forward {
                (change.before.clone(), change.after.clone())
            } else {
                (change.after.clone(), change.before.clone())
            }
        };
        let mut added: Vec<(usize, Node)> = Vec::new();
        for change in &self.nodes {
            match sides(change) {
                (Some(from), None) => workflow.nodes.retain(|node| node.id != from.id),
                (None, Some(to)) => added.push((change.index, to)),
                (_, Some(to)) => {
                    workflow.nodes.iter_mut().filter(|node| node.id == to.id).for_each(|node| *node = to.clone());
                }
                (None, None) => {}
            }
        }
        added.sort_by_key(|(index, _)| *index);
        for (index, node) in added {
            workflow.nodes.insert(index.min(workflow.nodes.len()), node);
        }
        if let Some((before, after)) = &self.edges {
            workflow.edges = if forward { after.clone() } else { before.clone() };
        }
        if let Some((before, after)) = &self.head {
            (if forward { after } else { before }).put(workflow);
        }
    }
}

/// What can be undone and what can be done again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    done: Vec<Command>,
    undone: Vec<Command>,
}

impl History {
    /// Remembers what led from `before` to `after`. With a `key` equal to the last command's, both become one.
    pub fn remember(&mut self, label: &str, key: Option<&str>, before: &Workflow, after: &Workflow) {
        let goes_on = key.is_some() && self.done.last().is_some_and(|last| last.key.as_deref() == key);
        let mut start = before.clone();
        if goes_on
            && self.undone.is_empty()
            && let Some(last) = self.done.pop()
        {
            last.carry(&mut start, false);
        }
        self.undone.clear();
        if let Some(command) = Command::between(label, &start, after) {
            self.done.push(Command { key: key.map(str::to_owned), ..command });
        }
        if self.done.len() > LIMIT {
            self.done.remove(0);
        }
    }

    /// Takes the last command back and says what it was.
    pub fn undo(&mut self, workflow: &mut Workflow) -> Option<String> {
        let command = self.done.pop()?;
        command.carry(workflow, false);
        let label = command.label.clone();
        self.undone.push(command);
        Some(label)
    }

    pub fn redo(&mut self, workflow: &mut Workflow) -> Option<String> {
        let command = self.undone.pop()?;
        command.carry(workflow, true);
        let label = command.label.clone();
        self.done.push(command);
        Some(label)
    }

    /// What was done and can be done again, oldest first; and how many of them are done.
    pub fn steps(&self) -> (Vec<String>, usize) {
        let all = self.done.iter().chain(self.undone.iter().rev());
        (all.map(|command| command.label.clone()).collect(), self.done.len())
    }

    /// Undoes or does again until so many commands are done.
    pub fn go_to(&mut self, count: usize, workflow: &mut Workflow) {
        while self.done.len() > count && self.undo(workflow).is_some() {}
        while self.done.len() < count && self.redo(workflow).is_some() {}
    }

    /// The latest of it, for a reload.
    pub fn kept(&self) -> Self {
        let latest = |commands: &[Command]| commands[commands.len().saturating_sub(KEPT)..].to_vec();
        Self { done: latest(&self.done), undone: latest(&self.undone) }
    }

    pub fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    pub fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{task::Kind, workflow::Point};

    fn node(id: &str) -> Node {
        Node::new(id.into(), id, Kind::Transform, Point::default())
    }

    fn start() -> Workflow {
        let nodes = vec![node("a"), node("b"), node("c")];
        Workflow { name: "W".to_owned(), nodes, edges: vec![Edge::between("a", "b")], ..Default::default() }
    }

    /// Changes the workflow and remembers it.
    fn edit(history: &mut History, workflow: &mut Workflow, key: Option<&str>, change: impl FnOnce(&mut Workflow)) {
        let before = workflow.clone();
        change(workflow);
        history.remember("Change", key, &before, workflow);
    }

    #[test]
    fn undo_and_redo_are_each_others_inverse() {
        let (mut history, mut workflow) = (History::default(), start());
        let mut states = vec![workflow.clone()];
        edit(&mut history, &mut workflow, None, |w| {
            w.nodes.remove(1);
            w.edges.clear();
        });
        states.push(workflow.clone());
        edit(&mut history, &mut workflow, None, |w| w.nodes[0].position = Point { x: 16.0, y: 32.0 });
        states.push(workflow.clone());
        edit(&mut history, &mut workflow, None, |w| w.name = "Renamed".to_owned());
        states.push(workflow.clone());
        for state in states.iter().rev().skip(1) {
            history.undo(&mut workflow);
            assert_eq!(workflow, *state);
        }
        assert!(!history.can_undo());
        for state in &states[1..] {
            history.redo(&mut workflow);
            assert_eq!(workflow, *state);
        }
        assert!(!history.can_redo());
    }

    #[test]
    fn any_step_can_be_gone_to_also_after_a_reload() {
        let (mut history, mut workflow) = (History::default(), start());
        for name in ["X", "Y", "Z"] {
            edit(&mut history, &mut workflow, None, |w| w.name = name.to_owned());
        }
        workflow.notes.push(Note::new("note_1".into(), Point::default()));
        history.go_to(1, &mut workflow);
        assert_eq!((workflow.name.as_str(), workflow.notes.len()), ("X", 0));
        let text = serde_json::to_string(&history.kept()).expect("JSON");
        let mut history: History = serde_json::from_str(&text).expect("a history");
        assert_eq!(history.steps(), (vec!["Change".to_owned(); 3], 1));
        history.go_to(3, &mut workflow);
        assert_eq!(workflow.name, "Z");
        history.go_to(0, &mut workflow);
        assert_eq!(workflow, start());
    }

    #[test]
    fn typing_in_one_field_is_one_step_and_in_two_fields_two() {
        let (mut history, mut workflow) = (History::default(), start());
        for text in ["h", "he", "hel"] {
            edit(&mut history, &mut workflow, Some("a.name"), |w| w.nodes[0].name = text.to_owned());
        }
        edit(&mut history, &mut workflow, Some("b.name"), |w| w.nodes[1].name = "x".to_owned());
        history.undo(&mut workflow);
        assert_eq!(workflow.nodes[0].name, "hel");
        history.undo(&mut workflow);
        assert_eq!(workflow, start());
        assert!(!history.can_undo());
    }

    #[test]
    fn a_new_change_forgets_what_was_undone_and_no_change_is_not_remembered() {
        let (mut history, mut workflow) = (History::default(), start());
        edit(&mut history, &mut workflow, None, |w| w.name = "X".to_owned());
        history.undo(&mut workflow);
        edit(&mut history, &mut workflow, None, |w| w.nodes[2].name = "Z".to_owned());
        assert!(!history.can_redo());
        edit(&mut history, &mut workflow, None, |_| {});
        history.undo(&mut workflow);
        assert!(!history.can_undo());
    }

    #[test]
    fn typed_and_taken_back_leaves_nothing_to_undo() {
        let (mut history, mut workflow) = (History::default(), start());
        edit(&mut history, &mut workflow, Some("name"), |w| w.name = "Wx".to_owned());
        edit(&mut history, &mut workflow, Some("name"), |w| w.name = "W".to_owned());
        assert!(!history.can_undo());
    }
}
