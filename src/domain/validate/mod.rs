//! Why a workflow cannot be published. Pure and quick: the designer asks after every edit, the server before it
//! publishes. Cron patterns and time zones are looked at only superficially; the server reads them in earnest.

mod edges;
pub mod limits;
mod loops;
mod parameters;

use std::collections::HashSet;

use super::{
    graph::Graph,
    problem::Problem,
    task::Kind,
    workflow::{Node, Workflow, is_group},
};

/// The largest workflow, in nodes.
pub const MAX_NODES: usize = 2_000;
/// The longest name of a workflow or a node, in characters.
pub const MAX_NAME_CHARS: usize = 200;
/// The longest time an attempt may take.
pub const MAX_TIMEOUT_SECS: u32 = 3_600;
/// The longest time a task may take over all its attempts: one year.
pub const MAX_TOTAL_TIMEOUT_SECS: u32 = 31_536_000;

impl Workflow {
    /// Everything that stands in the way of publishing, in the order of the nodes. Empty: it can be published.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        check_workflow(self, &mut problems);
        limits::check_workflow(self, &mut problems);
        check_names(self, &mut problems);
        if self.nodes.len() > MAX_NODES {
            return problems;
        }
        let graph = Graph::of(self);
        for node in &self.nodes {
            check_id(node, &mut problems);
            // What is not attempted may be unfinished.
            if node.disabled {
                continue;
            }
            parameters::check(node, &mut problems);
            check_limits(node, &mut problems);
            limits::check_node(node, &mut problems);
            parameters::check_references(self, &graph, node, &mut problems);
        }
        check_answer(self, &mut problems);
        edges::check(self, &mut problems);
        if let Err(cycle) = graph.levels() {
            problems.push(edges::of_cycle(self, &cycle));
        } else {
            loops::check(self, &graph, &mut problems);
        }
        problems
    }
}

fn check_workflow(workflow: &Workflow, problems: &mut Vec<Problem>) {
    let mut add = |field: &str, message: String| problems.push(Problem::of_workflow(field, message));
    if workflow.name.trim().is_empty() {
        add("name", "Give the workflow a name.".to_owned());
    } else if workflow.name.chars().count() > MAX_NAME_CHARS {
        add("name", format!("Shorten the workflow's name to {MAX_NAME_CHARS} characters."));
    }
    if workflow.nodes.is_empty() {
        add("nodes", "Add a node: drag one from the palette.".to_owned());
    } else if workflow.nodes.len() > MAX_NODES {
        add(
            "nodes",
            format!("A workflow holds {MAX_NODES} nodes at most; this one has {}. Split it.", workflow.nodes.len()),
        );
    }
    if workflow.settings.deadline_secs == Some(0) {
        add("deadline_secs", "Set the deadline to one second or more, or leave it out.".to_owned());
    }
}

/// A webhook that waits for the answer of a node needs one.
fn check_answer(workflow: &Workflow, problems: &mut Vec<Problem>) {
    let answers = workflow.nodes.iter().any(|node| node.kind == Kind::RespondToWebhook && !node.disabled);
    let waits = |node: &&Node| {
        node.kind == Kind::Webhook && node.parameters.get("respond").and_then(|value| value.as_str()) == Some("node")
    };
    for node in workflow.nodes.iter().filter(waits).filter(|node| !answers && !node.disabled) {
        let message = "No node answers: add a “Respond to webhook”, or choose another answer.";
        problems.push(Problem::of_node(&node.id, "respond", message));
    }
}

fn check_names(workflow: &Workflow, problems: &mut Vec<Problem>) {
    let (mut ids, mut names) = (HashSet::new(), HashSet::new());
    for node in &workflow.nodes {
        if !ids.insert(&node.id) {
            problems.push(Problem::of_node(&node.id, "id", format!("Two nodes have the id {}. Change one.", node.id)));
        }
        let name = node.name.trim();
        if name.is_empty() {
            problems.push(Problem::of_node(&node.id, "name", "Give this node a name."));
        } else if name.chars().count() > MAX_NAME_CHARS {
            let message = format!("Shorten this node's name to {MAX_NAME_CHARS} characters.");
            problems.push(Problem::of_node(&node.id, "name", message));
        } else if !names.insert(name) {
            let message = format!("Another node is called “{name}”. Give each its own name.");
            problems.push(Problem::of_node(&node.id, "name", message));
        }
    }
}

fn check_id(node: &Node, problems: &mut Vec<Problem>) {
    if !node.id.is_well_formed() {
        let message = "A node's id has 1 to 64 of the characters a–z, 0–9 and _. Change it.";
        problems.push(Problem::of_node(&node.id, "id", message));
    }
}

fn check_limits(node: &Node, problems: &mut Vec<Problem>) {
    if !node.kind.spec().can_fail {
        return;
    }
    if !(1..=MAX_TIMEOUT_SECS).contains(&node.timeout_secs) {
        let message = format!("Set the timeout to 1 to {MAX_TIMEOUT_SECS} seconds.");
        problems.push(Problem::of_node(&node.id, "timeout_secs", message));
    }
    if node.total_timeout_secs.is_some_and(|seconds| !(1..=MAX_TOTAL_TIMEOUT_SECS).contains(&seconds)) {
        let message = format!("Set the total timeout to 1 to {MAX_TOTAL_TIMEOUT_SECS} seconds, or leave it out.");
        problems.push(Problem::of_node(&node.id, "total_timeout_secs", message));
    }
    for (field, seconds, what) in [
        ("start_timeout_secs", node.start_timeout_secs, "time in the queue"),
        ("heartbeat_timeout_secs", node.heartbeat_timeout_secs, "time without a sign of life"),
    ] {
        if seconds.is_some_and(|seconds| !(1..=MAX_TOTAL_TIMEOUT_SECS).contains(&seconds)) {
            let message = format!("Limit the {what} to 1 to {MAX_TOTAL_TIMEOUT_SECS} seconds, or leave it out.");
            problems.push(Problem::of_node(&node.id, field, message));
        }
    }
    if node.group.as_deref().is_some_and(|group| !is_group(group)) {
        let message = "Name the worker group with 1 to 32 of a-z, 0-9, _ and -, or leave it empty.";
        problems.push(Problem::of_node(&node.id, "group", message));
    }
    let retry = &node.retry;
    let wrong = if !(1..=100).contains(&retry.max_attempts) {
        "Set the number of attempts to 1 to 100."
    } else if !(1.0..=10.0).contains(&retry.factor) {
        "Set the factor by which waits grow to 1 to 10."
    } else if retry.base_ms > retry.cap_ms {
        "Make the longest wait at least as long as the first."
    } else if retry.cap_ms > 86_400_000 {
        "Set the longest wait to one day at most."
    } else {
        return;
    };
    problems.push(Problem::of_node(&node.id, "retry", wrong));
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::{
        task::{Kind, port},
        workflow::{Edge, Point},
    };

    /// manual → http_request → condition → transform (on true), all well filled in.
    fn workflow() -> Workflow {
        let node = |id: &str, name: &str, kind: Kind, parameters: Value| {
            let mut node = Node::new(id.into(), name, kind, Point::default());
            node.parameters.extend(parameters.as_object().cloned().expect("an object"));
            node
        };
        Workflow {
            name: "Sign-up".to_owned(),
            nodes: vec![
                node("start", "Start", Kind::Manual, json!({})),
                node("call", "Call", Kind::HttpRequest, json!({ "url": "https://example.com/{{ input.id }}" })),
                node("check", "Check", Kind::Condition, json!({ "if": "input.status === 200" })),
                node("make", "Make", Kind::Transform, json!({ "output": "nodes[\"Call\"].output" })),
            ],
            edges: vec![
                Edge::between("start", "call"),
                Edge::between("call", "check"),
                Edge::from_port("check", port::TRUE, "make"),
            ],
            ..Workflow::default()
        }
    }

    /// Changes the workflow and looks for the problem with these words at this node and field.
    fn check(node: &str, field: &str, words: &str, change: impl Fn(&mut Workflow)) {
        let mut workflow = workflow();
        change(&mut workflow);
        let problems = workflow.problems();
        let found = problems.iter().any(|problem| {
            problem.node.as_ref().map_or("", |node| node.as_str()) == node
                && problem.field.as_deref() == Some(field)
                && problem.message.contains(words)
        });
        assert!(found, "{words}: {problems:#?}");
    }

    fn set(node: usize, name: &str, value: Value) -> impl Fn(&mut Workflow) {
        move |workflow| {
            workflow.nodes[node].parameters.insert(name.to_owned(), value.clone());
        }
    }

    #[test]
    fn a_sound_workflow_has_no_problems() {
        assert_eq!(workflow().problems(), []);
    }

    #[test]
    fn a_workflow_needs_a_name_and_one_to_two_thousand_nodes() {
        check("", "name", "Give the workflow a name", |workflow| workflow.name = " ".to_owned());
        check("", "name", "Shorten", |workflow| workflow.name = "x".repeat(201));
        check("", "nodes", "Add a node", |workflow| {
            *workflow = Workflow { name: "x".to_owned(), ..Workflow::default() }
        });
        check("", "nodes", "this one has 2001", |workflow| {
            workflow.nodes = (0..2_001)
                .map(|number| {
                    Node::new(format!("n{number}").into(), format!("{number}"), Kind::Manual, Point::default())
                })
                .collect();
        });
        check("", "deadline_secs", "one second", |workflow| workflow.settings.deadline_secs = Some(0));
    }

    #[test]
    fn a_disabled_node_may_be_unfinished() {
        let mut workflow = workflow();
        workflow.nodes[1].parameters.clear();
        workflow.nodes[1].timeout_secs = 0;
        assert_eq!(workflow.problems().len(), 2);
        workflow.nodes[1].disabled = true;
        assert_eq!(workflow.problems(), []);
    }

    #[test]
    fn ids_and_names_are_well_formed_and_unique() {
        check("Bad", "id", "a–z", |workflow| workflow.nodes[3].id = "Bad".into());
        check("call", "id", "Two nodes", |workflow| workflow.nodes[3].id = "call".into());
        check("call", "name", "Give this node a name", |workflow| workflow.nodes[1].name = String::new());
        check("make", "name", "Another node is called “Call”", |workflow| {
            workflow.nodes[3].name = "Call".to_owned()
        });
        check("make", "name", "Shorten", |workflow| workflow.nodes[3].name = "x".repeat(201));
    }

    #[test]
    fn shown_fields_that_are_required_are_filled_in() {
        check("call", "url", "Fill in “URL”", set(1, "url", json!("  ")));
        check("check", "if", "Fill in “If”", |workflow| workflow.nodes[2].parameters.clear());
        check("start", "secret", "Fill in “Secret”", |workflow| {
            workflow.nodes[0].kind = Kind::Webhook;
            workflow.nodes[0].parameters.insert("auth".to_owned(), json!("hmac_sha256"));
        });
        let mut hidden = workflow();
        hidden.nodes[1].parameters.remove("method");
        hidden.nodes[1].parameters.insert("body".to_owned(), json!("{{ broken"));
        assert_eq!(hidden.problems(), [], "a GET has no body, and GET is the default");
        check("make", "url", "choose a credential", |workflow| {
            workflow.nodes[3].kind = Kind::SlackMessage;
            workflow.nodes[3].parameters = json!({ "text": "hi" }).as_object().cloned().expect("an object");
        });
    }

    #[test]
    fn parameters_hold_what_their_fields_take() {
        check("call", "url", "needs its }}", set(1, "url", json!("https://{{ input.id")));
        check("call", "url", "begins with https:// or http://", set(1, "url", json!("example.com")));
        check("call", "url", "ends after https://", set(1, "url", json!("https://")));
        check("call", "method", "Choose one of GET", set(1, "method", json!("FETCH")));
        check("call", "verb", "no parameter “verb”", set(1, "verb", json!("GET")));
        check("check", "if", "write ===", set(2, "if", json!("input.a = 1")));
        check("make", "output", "“Output”: There is no “foo”", set(3, "output", json!("foo")));
        check("make", "amount", "out of range", |workflow| {
            workflow.nodes[3].kind = Kind::Delay;
            workflow.nodes[3].parameters = json!({ "amount": -1 }).as_object().cloned().expect("an object");
        });
        let mut whole = workflow();
        set(1, "url", json!("{{ input.url }}/x"))(&mut whole);
        assert_eq!(whole.problems(), [], "an address may come from data");
    }

    #[test]
    fn retries_and_timeouts_keep_their_ranges() {
        check("call", "timeout_secs", "1 to 3600", |workflow| workflow.nodes[1].timeout_secs = 0);
        check("call", "timeout_secs", "1 to 3600", |workflow| workflow.nodes[1].timeout_secs = 3_601);
        check("call", "group", "1 to 32", |workflow| workflow.nodes[1].group = Some("GPU".into()));
        check("call", "group", "1 to 32", |workflow| workflow.nodes[1].group = Some(String::new()));
        check("call", "retry", "attempts", |workflow| workflow.nodes[1].retry.max_attempts = 0);
        check("call", "retry", "factor", |workflow| workflow.nodes[1].retry.factor = f64::NAN);
        check("call", "retry", "longest wait", |workflow| workflow.nodes[1].retry.cap_ms = 1);
        check("call", "retry", "one day", |workflow| workflow.nodes[1].retry.cap_ms = u64::MAX);
    }

    #[test]
    fn edges_have_ends_ports_and_no_twins() {
        let add = |edge: Edge| move |workflow: &mut Workflow| workflow.edges.push(edge.clone());
        check("call", "edges", "leads to ghost", add(Edge::between("call", "ghost")));
        check("call", "edges", "comes from ghost", add(Edge::between("ghost", "call")));
        check("", "edges", "does not exist", add(Edge::between("ghost", "phantom")));
        check("call", "edges", "no output “side”", add(Edge::from_port("call", "side", "make")));
        check("start", "edges", "nothing leads into it", add(Edge::between("call", "start")));
        check("call", "edges", "connected twice", add(Edge::between("start", "call")));
        check("make", "edges", "no input “side”", |workflow| workflow.edges[2].to.port = "side".to_owned());
    }

    #[test]
    fn a_circle_is_named() {
        check("call", "edges", "“Call”, “Check”, “Make” wait for each other", |workflow| {
            workflow.edges.push(Edge::between("make", "call"));
        });
        check("make", "edges", "“Make” wait", |workflow| workflow.edges.push(Edge::between("make", "make")));
    }

    #[test]
    fn expressions_read_only_nodes_that_ran_before() {
        check("make", "output", "no node called “Cal”", set(3, "output", json!("nodes[\"Cal\"].output")));
        check(
            "call",
            "url",
            "“Make” does not run before",
            set(1, "url", json!("https://{{ nodes[\"Make\"].output }}")),
        );
        check("make", "output", "its own output", set(3, "output", json!("nodes.Make.output")));
        check(
            "make",
            "output",
            "no node called “X”",
            set(3, "output", json!("[1].map(x => `${ $node[\"X\"].json }`)")),
        );
        check("make", "output", "no node called “Y”", set(3, "output", json!({ "a": ["{{ $('Y').item.json.a }}"] })));
    }

    #[test]
    fn a_node_that_is_never_reached_is_fine() {
        let mut workflow = workflow();
        workflow.edges.pop();
        workflow.nodes[3].parameters.insert("output".to_owned(), json!("1"));
        assert_eq!(workflow.problems(), []);
    }
}
