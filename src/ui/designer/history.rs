//! The command log: every change as something that can be undone and done again, one entry per gesture.

use serde::{Deserialize, Serialize};

use crate::domain::{
    drawing::{Group, Note},
    workflow::{Edge, Node, Settings, Workflow},
};

/// How many commands are kept, and how many of them over a reload.
const LIMIT: usize = 300;
const KEPT: usize = 100;

/// One change of the workflow, both ways. It says what it changed and nothing else: what others drew meanwhile stays
/// when it is undone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// What it did, as the menu says it: "Move 3 nodes".
    pub label: String,
    /// Commands with the same key, one after the other, become one: typing in one field.
    key: Option<String>,
    #[serde(default)]
    nodes: Vec<Change<Node>>,
    #[serde(default)]
    edges: Vec<Change<Edge>>,
    #[serde(default)]
    notes: Vec<Change<Note>>,
    #[serde(default)]
    groups: Vec<Change<Group>>,
    #[serde(default)]
    name: Option<(String, String)>,
    #[serde(default)]
    description: Option<(String, String)>,
    #[serde(default)]
    settings: Option<(Settings, Settings)>,
}

/// A part before and after; none: it was not there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Change<T> {
    /// Its place in the list, before when it was removed, else after.
    index: usize,
    before: Option<T>,
    after: Option<T>,
}

/// What lists of a workflow hold.
trait Part: Clone + PartialEq {
    /// Whether both are the same part, perhaps changed.
    fn is(&self, other: &Self) -> bool;
}

impl Part for Node {
    fn is(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Part for Note {
    fn is(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Part for Group {
    fn is(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Part for Edge {
    fn is(&self, other: &Self) -> bool {
        self == other
    }
}

fn changes<T: Part>(before: &[T], after: &[T]) -> Vec<Change<T>> {
    // Nearly always it stands where it stood.
    let find = |list: &[T], index: usize, part: &T| {
        let there = list.get(index).filter(|other| other.is(part));
        there.or_else(|| list.iter().find(|other| other.is(part))).cloned()
    };
    let gone = before.iter().enumerate().filter(|(index, part)| find(after, *index, part).is_none());
    let gone = gone.map(|(index, part)| Change { index, before: Some(part.clone()), after: None });
    let here = after.iter().enumerate().filter_map(|(index, part)| {
        let earlier = find(before, index, part);
        (earlier.as_ref() != Some(part)).then(|| Change { index, before: earlier, after: Some(part.clone()) })
    });
    gone.chain(here).collect()
}

fn carry<T: Part>(changes: &[Change<T>], list: &mut Vec<T>, forward: bool) {
    let mut added: Vec<(usize, T)> = Vec::new();
    for Change { index, before, after } in changes {
        match if forward { (before, after) } else { (after, before) } {
            (Some(from), None) => list.retain(|part| !part.is(from)),
            (_, Some(to)) => match list.iter_mut().find(|part| part.is(to)) {
                Some(part) => *part = to.clone(),
                None => added.push((*index, to.clone())),
            },
            (None, None) => {}
        }
    }
    added.sort_by_key(|(index, _)| *index);
    for (index, part) in added {
        list.insert(index.min(list.len()), part);
    }
}

fn differing<T: Clone + PartialEq>(before: &T, after: &T) -> Option<(T, T)> {
    (before != after).then(|| (before.clone(), after.clone()))
}

fn put<T: Clone>(sides: &Option<(T, T)>, value: &mut T, forward: bool) {
    if let Some((before, after)) = sides {
        *value = if forward { after.clone() } else { before.clone() };
    }
}

impl Command {
    /// What changed between the two; none when nothing did.
    pub fn between(label: impl Into<String>, before: &Workflow, after: &Workflow) -> Option<Self> {
        let command = Self {
            label: label.into(),
            key: None,
            nodes: changes(&before.nodes, &after.nodes),
            edges: changes(&before.edges, &after.edges),
            notes: changes(&before.notes, &after.notes),
            groups: changes(&before.groups, &after.groups),
            name: differing(&before.name, &after.name),
            description: differing(&before.description, &after.description),
            settings: differing(&before.settings, &after.settings),
        };
        let mut same = before.clone();
        command.carry(&mut same, true);
        // Another order alone is no change.
        (same != *before).then_some(command)
    }

    fn carry(&self, workflow: &mut Workflow, forward: bool) {
        carry(&self.nodes, &mut workflow.nodes, forward);
        carry(&self.edges, &mut workflow.edges, forward);
        carry(&self.notes, &mut workflow.notes, forward);
        carry(&self.groups, &mut workflow.groups, forward);
        put(&self.name, &mut workflow.name, forward);
        put(&self.description, &mut workflow.description, forward);
        put(&self.settings, &mut workflow.settings, forward);
        // An edge that somebody drew meanwhile to what is gone now.
        let Workflow { nodes, edges, .. } = workflow;
        edges.retain(|edge| {
            [&edge.from.node, &edge.to.node].into_iter().all(|id| nodes.iter().any(|node| node.id == *id))
        });
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
        assert_eq!((workflow.name.as_str(), workflow.notes.len()), ("X", 1), "what others drew stays");
        let text = serde_json::to_string(&history.kept()).expect("JSON");
        let mut history: History = serde_json::from_str(&text).expect("a history");
        assert_eq!(history.steps(), (vec!["Change".to_owned(); 3], 1));
        history.go_to(3, &mut workflow);
        assert_eq!(workflow.name, "Z");
        history.go_to(0, &mut workflow);
        workflow.notes.clear();
        assert_eq!(workflow, start());
    }

    #[test]
    fn undoing_leaves_what_others_drew_meanwhile() {
        let (mut history, mut workflow) = (History::default(), start());
        edit(&mut history, &mut workflow, None, |w| w.edges.push(Edge::between("b", "c")));
        workflow.nodes.push(node("theirs"));
        workflow.edges.push(Edge::between("c", "theirs"));
        workflow.description = "Theirs".to_owned();
        history.undo(&mut workflow);
        assert_eq!(workflow.edges, [Edge::between("a", "b"), Edge::between("c", "theirs")]);
        assert_eq!((workflow.nodes.len(), workflow.description.as_str()), (4, "Theirs"));
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
