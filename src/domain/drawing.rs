//! What is drawn beside the graph: notes and groups. None of it runs, and none of it keeps a workflow from being published.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    id::NodeId,
    workflow::{Point, Workflow},
};

/// A sheet with text. Its id is unlike those of nodes and other notes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    pub id: NodeId,
    /// Markdown.
    #[serde(default)]
    pub text: String,
    /// The upper left corner, in flow coordinates.
    #[serde(default)]
    pub position: Point,
    #[serde(default = "usual_width")]
    pub width: f64,
    #[serde(default = "usual_height")]
    pub height: f64,
    #[serde(default)]
    pub tint: Tint,
}

fn usual_width() -> f64 {
    Note::WIDTH
}

fn usual_height() -> f64 {
    Note::HEIGHT
}

impl Note {
    pub const WIDTH: f64 = 256.0;
    pub const HEIGHT: f64 = 160.0;

    pub fn new(id: NodeId, position: Point) -> Self {
        let (width, height) = (Self::WIDTH, Self::HEIGHT);
        Self { id, text: String::new(), position, width, height, tint: Tint::default() }
    }
}

/// The colour of a note.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tint {
    #[default]
    Amber,
    Sky,
    Emerald,
    Violet,
    Rose,
    Neutral,
}

impl Tint {
    pub const ALL: [Self; 6] = [Self::Amber, Self::Sky, Self::Emerald, Self::Violet, Self::Rose, Self::Neutral];

    pub fn name(self) -> &'static str {
        match self {
            Self::Amber => "amber",
            Self::Sky => "sky",
            Self::Emerald => "emerald",
            Self::Violet => "violet",
            Self::Rose => "rose",
            Self::Neutral => "neutral",
        }
    }
}

/// A frame around nodes. A node is in one group at most.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Group {
    pub id: NodeId,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub nodes: BTreeSet<NodeId>,
    /// Shown as one card.
    #[serde(default, skip_serializing_if = "is_false")]
    pub collapsed: bool,
}

/// For `skip_serializing_if`.
pub(super) fn is_false(value: &bool) -> bool {
    !value
}

impl Workflow {
    pub fn note(&self, id: &NodeId) -> Option<&Note> {
        self.notes.iter().find(|note| note.id == *id)
    }

    pub fn group(&self, id: &NodeId) -> Option<&Group> {
        self.groups.iter().find(|group| group.id == *id)
    }

    /// The first free `stem_1`, `stem_2` … among nodes, notes and groups.
    pub fn free_id(&self, stem: &str) -> NodeId {
        let is_taken = |id: &NodeId| self.node(id).is_some() || self.note(id).is_some() || self.group(id).is_some();
        (1..)
            .map(|number| NodeId::from(format!("{stem}_{number}")))
            .find(|id| !is_taken(id))
            .expect("there are more numbers than things drawn")
    }

    /// Takes nodes that are gone out of their groups, and groups that are empty away.
    pub fn drop_empty_groups(&mut self) {
        let known: BTreeSet<NodeId> = self.nodes.iter().map(|node| node.id.clone()).collect();
        for group in &mut self.groups {
            group.nodes.retain(|id| known.contains(id));
        }
        self.groups.retain(|group| !group.nodes.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{task::Kind, workflow::Node};

    #[test]
    fn notes_and_groups_survive_as_json_and_old_workflows_have_none() {
        let mut workflow = Workflow { name: "W".to_owned(), ..Workflow::default() };
        let bare = serde_json::to_string(&workflow).expect("JSON");
        assert!(!bare.contains("notes") && !bare.contains("groups"), "{bare}");
        workflow.notes.push(Note { text: "*Hi*".to_owned(), ..Note::new(workflow.free_id("note"), Point::default()) });
        let nodes = BTreeSet::from(["a".into()]);
        workflow.groups.push(Group { id: "group_1".into(), name: "G".to_owned(), nodes, collapsed: true });
        let text = serde_json::to_string(&workflow).expect("JSON");
        assert_eq!(serde_json::from_str::<Workflow>(&text).expect("a workflow"), workflow);
        let least: Note = serde_json::from_str(r#"{"id":"note_1"}"#).expect("a note");
        assert_eq!(least, Note::new("note_1".into(), Point::default()));
    }

    #[test]
    fn a_group_whose_nodes_are_gone_goes_too() {
        let node = |id: &str| Node::new(id.into(), id, Kind::Transform, Point::default());
        let group = |id: &str, nodes: [&str; 2]| Group {
            id: id.into(),
            name: String::new(),
            nodes: nodes.map(NodeId::from).into(),
            collapsed: false,
        };
        let groups = vec![group("g1", ["a", "x"]), group("g2", ["x", "y"])];
        let mut workflow = Workflow { nodes: vec![node("a")], groups, ..Workflow::default() };
        workflow.drop_empty_groups();
        assert_eq!(workflow.groups.len(), 1);
        assert_eq!(workflow.groups[0].nodes, BTreeSet::from(["a".into()]));
    }
}
