//! Parts of a workflow as JSON text: what copy puts on the clipboard and paste takes from it. It is the workflow's own
//! JSON form, so that a whole exported workflow can be pasted too.

use std::collections::{BTreeSet, HashMap};

use crate::domain::{
    id::NodeId,
    workflow::{Edge, Endpoint, Node, Point, Workflow},
};

/// The selected nodes and the edges between them; none when nothing is selected.
pub fn copy(workflow: &Workflow, selected: &BTreeSet<NodeId>) -> Option<String> {
    let part = Workflow {
        name: workflow.name.clone(),
        nodes: workflow.nodes.iter().filter(|node| selected.contains(&node.id)).cloned().collect(),
        edges: workflow
            .edges
            .iter()
            .filter(|edge| selected.contains(&edge.from.node) && selected.contains(&edge.to.node))
            .cloned()
            .collect(),
        ..Default::default()
    };
    if part.nodes.is_empty() { None } else { serde_json::to_string_pretty(&part).ok() }
}

/// Reads what copy wrote; none for any other text.
pub fn read(text: &str) -> Option<Workflow> {
    serde_json::from_str::<Workflow>(text).ok().filter(|part| !part.nodes.is_empty())
}

/// Adds the part with fresh ids and free names, moved by `offset`, and says which nodes are new.
pub fn paste(workflow: &mut Workflow, part: &Workflow, offset: Point) -> Vec<NodeId> {
    let mut new_ids: HashMap<NodeId, NodeId> = HashMap::new();
    for node in &part.nodes {
        let id = workflow.free_node_id(node.kind);
        let name = workflow.free_node_name(without_number(workflow, &node.name));
        let position = Point { x: node.position.x + offset.x, y: node.position.y + offset.y };
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
    part.nodes.iter().filter_map(|node| new_ids.get(&node.id).cloned()).collect()
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
        let selected = BTreeSet::from(["transform_1".into(), "transform_2".into()]);
        let part = read(&copy(&workflow, &selected).expect("two nodes")).expect("its own text");
        let new = paste(&mut workflow, &part, Point { x: 32.0, y: 32.0 });
        assert_eq!(new, ["transform_4".into(), "transform_5".into()]);
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
            assert!(read(text).is_none(), "{text}");
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
