//! A part of a workflow becomes a workflow of its own, and one node that runs it takes its place.

use std::collections::BTreeSet;

use leptos::{prelude::*, task::spawn_local};

use super::{editor::Editor, surgery};
use crate::{
    api::workflows::{import_workflow, list_workflows},
    domain::{
        id::{NodeId, WorkflowId},
        task::{Kind, port},
        workflow::{Edge, Endpoint, Node, Point, Workflow},
    },
    ui::components::Toasts,
};

/// From the start of the new workflow to its first node.
const STEP: f64 = 320.0;

impl Editor {
    /// Makes a workflow of the selected nodes and runs it in their place.
    pub fn extract(self, toasts: Toasts) {
        let ids = self.selected_nodes();
        let inner = match self.workflow.with_untracked(|workflow| inner(workflow, &ids)) {
            Ok(inner) => inner,
            Err(reason) => return toasts.fail(reason),
        };
        let name = inner.name.clone();
        spawn_local(async move {
            let made = import_workflow(inner).await;
            // The page may have been left meanwhile.
            if self.workflow.try_with_untracked(|_| ()).is_none() {
                return;
            }
            match made {
                Ok(id) => {
                    let mut new = None;
                    self.edit("Extract a sub-workflow", |workflow| new = replace(workflow, &ids, &name, id));
                    self.draw();
                    self.scene.select_nodes(new);
                    toasts.say(format!("“{name}” is a workflow of its own now. Publish it before this one runs."));
                }
                Err(error) => toasts.fail(error.detail),
            }
        });
    }
}

impl Editor {
    /// Goes to the workflow that the selected node runs, named by its id or its name.
    pub fn open_sub_workflow(self, toasts: Toasts) {
        let named = self.workflow.with_untracked(|workflow| {
            let selected = self.scene.selection.with_untracked(|selection| selection.only_node().cloned());
            let node = workflow.node(&selected?).filter(|node| node.kind == Kind::SubWorkflow)?;
            node.parameters.get("workflow")?.as_str().map(|name| name.trim().to_owned())
        });
        let Some(named) = named else { return self.say("Select a sub-workflow first.") };
        spawn_local(async move {
            let workflows = list_workflows().await.unwrap_or_default();
            match workflows.iter().find(|other| other.id.to_string() == named || other.name == named) {
                Some(other) => drop(window().location().set_href(&format!("/workflows/{}", other.id))),
                None => toasts.fail(format!("There is no workflow “{named}” here.")),
            }
        });
    }
}

/// What leads into a part and out of it.
struct Seam {
    /// The one output that leads into it; none: nothing does.
    from: Option<Endpoint>,
    /// The nodes of the part where it begins.
    begins: Vec<NodeId>,
    /// Where its output goes.
    to: Vec<Endpoint>,
}

/// The part as a workflow that starts by hand. An error says why it cannot stand alone.
fn inner(workflow: &Workflow, ids: &BTreeSet<NodeId>) -> Result<Workflow, String> {
    let seam = seam(workflow, ids)?;
    read_across(workflow, ids)?;
    let nodes: Vec<Node> = workflow.nodes.iter().filter(|node| ids.contains(&node.id)).cloned().collect();
    let mut inner = Workflow { name: format!("Part of {}", workflow.name), nodes, ..Workflow::default() };
    let is_inside = |edge: &&Edge| ids.contains(&edge.from.node) && ids.contains(&edge.to.node);
    inner.edges = workflow.edges.iter().filter(is_inside).cloned().collect();
    let first = inner.nodes.iter().map(|node| node.position).reduce(|a, b| if b.x < a.x { b } else { a });
    let Point { x, y } = first.unwrap_or_default();
    let start = surgery::push(&mut inner, Kind::Manual, Point { x: x - STEP, y });
    inner.edges.extend(seam.begins.into_iter().map(|node| Edge::between(start.clone(), node)));
    Ok(inner)
}

/// Takes the part out and puts a node there that runs the other workflow; says its id. None: the part can no longer stand
/// alone.
fn replace(workflow: &mut Workflow, ids: &BTreeSet<NodeId>, name: &str, other: WorkflowId) -> Option<NodeId> {
    let seam = seam(workflow, ids).ok()?;
    let corner = workflow.nodes.iter().find(|node| seam.begins.contains(&node.id))?.position;
    surgery::remove(workflow, ids, false);
    let id = surgery::push(workflow, Kind::SubWorkflow, corner);
    let name = workflow.free_node_name(name);
    let node = workflow.nodes.iter_mut().find(|node| node.id == id)?;
    node.name = name;
    node.parameters.insert("workflow".to_owned(), other.to_string().into());
    let into = Endpoint { node: id.clone(), port: port::IN.to_owned() };
    let out = Endpoint { node: id.clone(), port: port::OUT.to_owned() };
    workflow.edges.extend(seam.from.map(|from| Edge { from, to: into }));
    workflow.edges.extend(seam.to.into_iter().map(|to| Edge { from: out.clone(), to }));
    Some(id)
}

fn seam(workflow: &Workflow, ids: &BTreeSet<NodeId>) -> Result<Seam, String> {
    let inside: Vec<&Node> = workflow.nodes.iter().filter(|node| ids.contains(&node.id)).collect();
    if let Some(trigger) = inside.iter().find(|node| node.kind.is_trigger()) {
        return Err(format!("“{}” starts executions; a part has a start of its own. Leave it out.", trigger.name));
    }
    let (mut sources, mut exits) = (BTreeSet::new(), BTreeSet::new());
    let (mut begins, mut to) = (Vec::new(), Vec::new());
    for edge in &workflow.edges {
        match (ids.contains(&edge.from.node), ids.contains(&edge.to.node)) {
            (false, true) => {
                sources.insert((edge.from.node.clone(), edge.from.port.clone()));
                begins.push(edge.to.node.clone());
            }
            (true, false) => {
                exits.insert((edge.from.node.clone(), edge.from.port.clone()));
                to.push(edge.to.clone());
            }
            _ => {}
        }
    }
    let leads_on = |id: &NodeId| workflow.edges.iter().any(|edge| edge.from.node == *id && ids.contains(&edge.to.node));
    let is_begun = |id: &NodeId| workflow.edges.iter().any(|edge| edge.to.node == *id && ids.contains(&edge.from.node));
    if sources.len() > 1 {
        return Err("Edges from several outputs lead into it; a part has one way in.".to_owned());
    }
    let mut ends = inside.iter().filter(|node| !leads_on(&node.id));
    let last = ends.next().map(|node| (node.id.clone(), port::OUT.to_owned()));
    let has_one_end = ends.next().is_none() && exits.iter().all(|exit| Some(exit) == last.as_ref());
    if !exits.is_empty() && !has_one_end {
        return Err("More than the output of its last node leads out of it; a part has one way out.".to_owned());
    }
    if sources.is_empty() {
        begins = inside.iter().filter(|node| !is_begun(&node.id)).map(|node| node.id.clone()).collect();
    } else if let Some(lone) = inside.iter().find(|node| !is_begun(&node.id) && !begins.contains(&node.id)) {
        return Err(format!("Nothing leads to “{}”. Connect it or leave it out.", lone.name));
    }
    let from = sources.into_iter().next().map(|(node, port)| Endpoint { node, port });
    Ok(Seam { from, begins, to })
}

/// Expressions see the nodes of their own workflow only.
fn read_across(workflow: &Workflow, ids: &BTreeSet<NodeId>) -> Result<(), String> {
    let reads = |node: &&Node| node.parameters.values().any(|value| value.to_string().contains("nodes"));
    for node in workflow.nodes.iter().filter(reads) {
        let is_inside = ids.contains(&node.id);
        let mut across = workflow.nodes.iter().filter(|other| ids.contains(&other.id) != is_inside);
        if let Some(other) = across.find(|other| surgery::is_read_by(&other.name, node)) {
            let (node, other) = (&node.name, &other.name);
            return Err(format!("“{node}” reads the output of “{other}”, which would be in another workflow."));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `start -> a -> b, a -> c`: `start` is a trigger.
    fn workflow(text: &str) -> Workflow {
        let mut workflow = Workflow { name: "Whole".to_owned(), ..Workflow::default() };
        for way in text.split(", ") {
            let ids: Vec<&str> = way.split(" -> ").collect();
            for id in &ids {
                let kind = if *id == "start" { Kind::Webhook } else { Kind::Transform };
                if workflow.node(&NodeId::from(*id)).is_none() {
                    workflow.nodes.push(Node::new(NodeId::from(*id), *id, kind, Point::default()));
                }
            }
            workflow.edges.extend(ids.windows(2).map(|pair| Edge::between(pair[0], pair[1])));
        }
        workflow
    }

    fn edges(workflow: &Workflow) -> String {
        let mut edges: Vec<String> =
            workflow.edges.iter().map(|edge| format!("{} -> {}", edge.from.node, edge.to.node)).collect();
        edges.sort();
        edges.join(", ")
    }

    fn ids(names: &[&str]) -> BTreeSet<NodeId> {
        names.iter().map(|name| NodeId::from(*name)).collect()
    }

    fn check(text: &str, part: &[&str], inside: &str, outside: &str) {
        let mut whole = workflow(text);
        let made = inner(&whole, &ids(part)).expect("it stands alone");
        assert_eq!((made.name.as_str(), edges(&made).as_str()), ("Part of Whole", inside), "{text}");
        let other = WorkflowId(uuid::Uuid::from_u128(7));
        let id = replace(&mut whole, &ids(part), &made.name, other).expect("it is replaced");
        assert_eq!(edges(&whole), outside, "{text}");
        let node = whole.node(&id).expect("the node");
        assert_eq!(node.parameters["workflow"], other.to_string());
        assert_eq!((node.kind, node.name.as_str()), (Kind::SubWorkflow, "Part of Whole"));
    }

    #[test]
    fn a_part_with_one_way_in_and_one_way_out_becomes_a_node() {
        check(
            "start -> a -> b -> c",
            &["a", "b"],
            "a -> b, manual_1 -> a",
            "start -> sub_workflow_1, sub_workflow_1 -> c",
        );
        check(
            "start -> a -> c, start -> b -> c, c -> d",
            &["a", "b", "c"],
            "a -> c, b -> c, manual_1 -> a, manual_1 -> b",
            "start -> sub_workflow_1, sub_workflow_1 -> d",
        );
        check("start -> a -> b", &["b"], "manual_1 -> b", "a -> sub_workflow_1, start -> a");
    }

    #[test]
    fn a_part_that_cannot_stand_alone_says_why() {
        let refused = |text: &str, part: &[&str], reason: &str| {
            let told = inner(&workflow(text), &ids(part)).expect_err("it cannot");
            assert!(told.contains(reason), "{told}");
        };
        refused("start -> a", &["start", "a"], "“start” starts executions");
        refused("start -> a -> c, start -> b -> c", &["c"], "one way in");
        refused("start -> a -> b, a -> c", &["a", "b"], "one way out");
        refused("start -> a -> b, c -> b, b -> d", &["a", "b", "c"], "Nothing leads to “c”");
    }

    #[test]
    fn what_is_read_across_the_seam_is_told() {
        let mut whole = workflow("start -> a -> b -> c");
        whole.nodes[3].parameters.insert("output".to_owned(), "nodes.a.total".into());
        let told = inner(&whole, &ids(&["a"])).expect_err("it cannot");
        assert_eq!(told, "“c” reads the output of “a”, which would be in another workflow.");
        assert!(inner(&whole, &ids(&["a", "b", "c"])).is_ok());
    }
}
