//! Loops: their bodies are closed, not empty and not too deep; `item` and `index` stand only inside of them.

use crate::domain::{
    expression::references,
    graph::Graph,
    nesting::Nesting,
    problem::Problem,
    task::port,
    workflow::{Edge, Workflow},
};

/// Loops inside of loops, at most.
const MAX_DEPTH: usize = 4;

pub(super) fn check(workflow: &Workflow, graph: &Graph, problems: &mut Vec<Problem>) {
    let nesting = Nesting::of(workflow, graph);
    for edge in workflow.edges.iter().filter(|edge| !is_closed(&nesting, edge)) {
        let name = |id| workflow.node(id).map_or("?", |node| &node.name);
        let message = format!(
            "The arrow from “{}” to “{}” leads into or out of a loop. Only the loop's outputs “item” and “done” do that.",
            name(&edge.from.node),
            name(&edge.to.node)
        );
        problems.push(Problem::of_node(&edge.to.node, "edges", message));
    }
    for node in &workflow.nodes {
        let depth = nesting.around(&node.id).len();
        if node.kind.is_loop() && !graph.targets(&node.id).any(|(through, _)| through == port::ITEM) {
            let message = "The loop does nothing: connect its output “item” to what should run for each item.";
            problems.push(Problem::of_node(&node.id, "edges", message));
        }
        if node.kind.is_loop() && depth >= MAX_DEPTH {
            let message =
                format!("Loops can be nested {MAX_DEPTH} deep. Move the inner ones to a workflow of their own.");
            problems.push(Problem::of_node(&node.id, "edges", message));
        }
        if let Some(field) = references(node).item.filter(|_| depth == 0) {
            let message =
                "“item” and “index” stand for something only inside of a loop. Use input, or add a “For each”.";
            problems.push(Problem::of_node(&node.id, field, message));
        }
    }
}

/// Whether both ends run for the same item, or the arrow is the one way into the loop.
fn is_closed(nesting: &Nesting, edge: &Edge) -> bool {
    let (from, to) = (&edge.from.node, &edge.to.node);
    match edge.from.port == port::ITEM {
        true => nesting.is_directly_in(to, from),
        false => nesting.is_level(from, to),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::domain::{
        task::Kind,
        workflow::{Node, Point},
    };

    /// Manual → loop; `item` → body → inner loop; `done` → after.
    fn workflow() -> Workflow {
        let mut workflow = Workflow { name: "Test".into(), ..Workflow::default() };
        let kinds = [
            ("start", Kind::Manual),
            ("loop", Kind::ForEach),
            ("body", Kind::Transform),
            ("inner", Kind::ForEach),
            ("deep", Kind::Transform),
            ("after", Kind::Transform),
        ];
        for (id, kind) in kinds {
            let mut node = Node::new(id.into(), id, kind, Point::default());
            if kind == Kind::Transform {
                node.parameters.insert("output".into(), Value::from("input"));
            }
            workflow.nodes.push(node);
        }
        workflow.edges = vec![
            Edge::between("start", "loop"),
            Edge::from_port("loop", port::ITEM, "body"),
            Edge::between("body", "inner"),
            Edge::from_port("inner", port::ITEM, "deep"),
            Edge::from_port("loop", port::DONE, "after"),
        ];
        workflow
    }

    fn check(node: &str, words: &str, change: impl Fn(&mut Workflow)) {
        let mut workflow = workflow();
        change(&mut workflow);
        let problems = workflow.problems();
        let found = |problem: &Problem| problem.node == Some(node.into()) && problem.message.contains(words);
        assert!(problems.iter().any(found), "{words}: {problems:#?}");
    }

    #[test]
    fn loops_inside_of_loops_are_sound() {
        assert_eq!(workflow().problems(), []);
    }

    #[test]
    fn no_arrow_leads_into_or_out_of_a_body() {
        check("after", "“loop” to “after”", |workflow| workflow.edges.push(Edge::between("body", "after")));
        check("body", "“start” to “body”", |workflow| workflow.edges.push(Edge::between("start", "body")));
        check("deep", "“body” to “deep”", |workflow| workflow.edges.push(Edge::between("body", "deep")));
        check("body", "“loop” to “body”", |workflow| {
            workflow.edges.push(Edge::from_port("loop", port::DONE, "body"));
        });
    }

    #[test]
    fn a_loop_needs_a_body() {
        check("loop", "The loop does nothing", |workflow| workflow.edges.retain(|edge| edge.to.node != "body".into()));
    }

    #[test]
    fn an_item_stands_only_inside_of_a_loop() {
        let reads_item = |position: usize| {
            move |workflow: &mut Workflow| {
                workflow.nodes[position].parameters.insert("output".into(), Value::from("[item.name, index]"));
            }
        };
        check("after", "only inside of a loop", reads_item(5));
        let mut inside = workflow();
        reads_item(4)(&mut inside);
        assert_eq!(inside.problems(), []);
    }
}
