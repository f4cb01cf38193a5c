//! Parts of a workflow as JSON text: what copy puts on the clipboard and paste takes from it. It is the workflow's own
//! JSON form, so that a whole exported workflow can be pasted too.

use std::collections::{BTreeSet, HashMap};

use super::surgery::mapped;
use crate::domain::{
    draft::MAX_BYTES,
    drawing::{Group, Note},
    id::NodeId,
    validate::MAX_NODES,
    workflow::{Edge, Endpoint, Node, Point, Workflow},
};

/// The selected nodes and notes, the edges between them and the groups that are wholly selected; none when nothing is.
pub fn part(workflow: &Workflow, selected: &BTreeSet<NodeId>) -> Option<Workflow> {
    let is_within = |edge: &&Edge| selected.contains(&edge.from.node) && selected.contains(&edge.to.node);
    let part = Workflow {
        name: workflow.name.clone(),
        nodes: workflow.nodes.iter().filter(|node| selected.contains(&node.id)).cloned().collect(),
        edges: workflow.edges.iter().filter(is_within).cloned().collect(),
        notes: workflow.notes.iter().filter(|note| selected.contains(&note.id)).cloned().collect(),
        groups: workflow.groups.iter().filter(|group| group.nodes.is_subset(selected)).cloned().collect(),
        ..Default::default()
    };
    (!is_empty(&part)).then_some(part)
}

/// The same as text.
pub fn copy(workflow: &Workflow, selected: &BTreeSet<NodeId>) -> Option<String> {
    serde_json::to_string_pretty(&part(workflow, selected)?).ok()
}

fn is_empty(part: &Workflow) -> bool {
    part.nodes.is_empty() && part.notes.is_empty()
}

/// Reads what copy wrote, or a whole workflow, perhaps inside of a fenced block as chats write it. An error says why the
/// text is none.
pub fn read(text: &str) -> Result<Workflow, String> {
    let text = unfenced(text);
    if text.len() > MAX_BYTES {
        let (mib, most) = (text.len() >> 20, MAX_BYTES >> 20);
        return Err(format!("This has {mib} MiB; a workflow has {most} MiB at most."));
    }
    if text.is_empty() {
        return Err("There is no text here.".to_owned());
    }
    let part: Workflow = serde_json::from_str(text).map_err(|error| {
        let sort = if error.is_data() { "JSON, but no workflow" } else { "no JSON" };
        format!("This is {sort}: {error}.")
    })?;
    if part.nodes.len() > MAX_NODES {
        return Err(format!("This has {} nodes; a workflow holds {MAX_NODES} at most.", part.nodes.len()));
    }
    if is_empty(&part) { Err("This is JSON without a node.".to_owned()) } else { Ok(part) }
}

/// What stands between the first fence and the next, if there are fences.
pub fn unfenced(text: &str) -> &str {
    let Some((_, rest)) = text.split_once("```") else { return text.trim() };
    let (_, block) = rest.split_once('\n').unwrap_or((rest, ""));
    block.split_once("```").map_or(block, |(block, _)| block).trim()
}

/// Adds the part with fresh ids and free names, moved by `offset`, and says which nodes and notes are new.
pub fn paste(workflow: &mut Workflow, part: &Workflow, offset: Point) -> Vec<NodeId> {
    let moved = |at: Point| Point { x: at.x + offset.x, y: at.y + offset.y };
    let mut new_ids: HashMap<NodeId, NodeId> = HashMap::new();
    for node in &part.nodes {
        let id = workflow.free_node_id(node.kind);
        let name = workflow.free_node_name(without_number(workflow, &node.name));
        let position = moved(node.position);
        new_ids.insert(node.id.clone(), id.clone());
        workflow.nodes.push(Node { id, name, position, ..node.clone() });
    }
    for edge in &part.edges {
        if let (Some(from), Some(to)) = (new_ids.get(&edge.from.node), new_ids.get(&edge.to.node)) {
            let from = Endpoint { node: from.clone(), port: edge.from.port.clone() };
            let to = Endpoint { node: to.clone(), port: edge.to.port.clone() };
            workflow.edges.push(Edge { from, to });
        }
    }
    for note in &part.notes {
        let note = Note { id: workflow.free_id("note"), position: moved(note.position), ..note.clone() };
        new_ids.insert(note.id.clone(), note.id.clone());
        workflow.notes.push(note);
    }
    for group in &part.groups {
        let nodes = mapped(&new_ids, &group.nodes);
        if !nodes.is_empty() {
            workflow.groups.push(Group { id: workflow.free_id("group"), nodes, ..group.clone() });
        }
    }
    let notes = workflow.notes.iter().rev().take(part.notes.len()).map(|note| note.id.clone());
    part.nodes.iter().filter_map(|node| new_ids.get(&node.id).cloned()).chain(notes).collect()
}

/// "Delay 2" becomes "Delay 3", not "Delay 2 2".
fn without_number<'a>(workflow: &Workflow, name: &'a str) -> &'a str {
    let is_taken = workflow.nodes.iter().any(|node| node.name == name);
    match name.rsplit_once(' ') {
        Some((base, number)) if is_taken && number.parse::<u32>().is_ok() => base,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::task::Kind;

    fn workflow() -> Workflow {
        let node = |id: &str, name: &str| Node::new(id.into(), name, Kind::Transform, Point::default());
        let nodes = vec![node("transform_1", "A"), node("transform_2", "B"), node("transform_3", "C")];
        let edges = vec![Edge::between("transform_1", "transform_2"), Edge::between("transform_2", "transform_3")];
        Workflow { nodes, edges, ..Default::default() }
    }

    #[test]
    fn what_is_copied_is_pasted_with_new_ids_new_names_and_its_own_edges() {
        let mut workflow = workflow();
        let selected: BTreeSet<NodeId> = BTreeSet::from(["transform_1".into(), "transform_2".into()]);
        workflow.notes.push(Note::new("note_1".into(), Point::default()));
        let selected = BTreeSet::from_iter(selected.into_iter().chain(["note_1".into()]));
        workflow.groups.push(Group {
            id: "group_1".into(),
            name: "Both".to_owned(),
            nodes: BTreeSet::from(["transform_1".into(), "transform_2".into()]),
            collapsed: false,
        });
        let text = format!("Here it is:\n```json\n{}\n```\nEnjoy", copy(&workflow, &selected).expect("two nodes"));
        let part = read(&text).expect("its own text");
        let new = paste(&mut workflow, &part, Point { x: 32.0, y: 32.0 });
        assert_eq!(new, ["transform_4".into(), "transform_5".into(), "note_2".into()]);
        assert_eq!(workflow.groups[1].nodes, BTreeSet::from(["transform_4".into(), "transform_5".into()]));
        assert_eq!(workflow.nodes[3].name, "A 2");
        let again = Workflow { nodes: vec![workflow.nodes[3].clone()], ..Default::default() };
        paste(&mut workflow, &again, Point::default());
        assert_eq!(workflow.nodes[5].name, "A 3");
        assert_eq!(workflow.nodes[4].position, Point { x: 32.0, y: 32.0 });
        assert_eq!(workflow.edges.last(), Some(&Edge::between("transform_4", "transform_5")));
        assert_eq!(workflow.edges.len(), 3, "edges to the outside are not copied");
    }

    #[test]
    fn nothing_selected_copies_nothing_and_other_text_is_not_read() {
        assert_eq!(copy(&workflow(), &BTreeSet::new()), None);
        for text in ["", "hello", "{}", "[1]", "{\"name\":\"x\",\"nodes\":[]}"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_whole_workflow_survives_copy_and_paste() {
        let original = workflow();
        let all = original.nodes.iter().map(|node| node.id.clone()).collect();
        let part = read(&copy(&original, &all).expect("nodes")).expect("its own text");
        let mut empty = Workflow::default();
        paste(&mut empty, &part, Point::default());
        assert_eq!((empty.nodes, empty.edges), (original.nodes, original.edges));
    }
}
