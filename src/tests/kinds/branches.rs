//! A switch and the paths behind it.

use flowpilot::domain::{
    execution::{ExecutionStatus, TaskRunStatus},
    task::Kind,
    workflow::{Edge, Workflow},
};
use serde_json::{Value, json};

use crate::stand::{Bench, node};

async fn run(workflow: Workflow, input: Value) -> flowpilot::domain::state::ExecutionState {
    let bench = Bench::with(workflow).await;
    let engine = bench.engine().await;
    let started = engine.start(bench.start(input)).await.expect("it starts");
    bench.finish(&engine, started).await
}

/// A switch whose cases lead to a transform each and together into a merge.
fn branches() -> Workflow {
    let cases = json!({"new": "new", "paid": "paid"});
    let nodes = vec![
        node("route", Kind::Switch, json!({"value": "trigger.body.status", "cases": cases})),
        node("greet", Kind::Transform, json!({"output": "[\"greeted\"]"})),
        node("ship", Kind::Transform, json!({"output": "[\"shipped\"]"})),
        node("ask", Kind::Transform, json!({"output": "[\"asked\"]"})),
        node("both", Kind::Merge, json!({"inputs": "input"})),
    ];
    let edges = vec![
        Edge::from_port("route", "new", "greet"),
        Edge::from_port("route", "paid", "ship"),
        Edge::from_port("route", "else", "ask"),
        Edge::between("greet", "both"),
        Edge::between("ship", "both"),
        Edge::between("ask", "both"),
    ];
    Workflow { name: "Branches".into(), nodes, edges, ..Workflow::default() }
}

#[tokio::test]
async fn a_switch_goes_through_its_case_and_the_paths_meet_in_a_merge() {
    for (status, branch, word) in [("new", "greet", "greeted"), ("paid", "ship", "shipped"), ("odd", "ask", "asked")] {
        let state = run(branches(), json!({"status": status})).await;
        assert_eq!(state.status, ExecutionStatus::Succeeded, "{:?}", state.error);
        for node in ["greet", "ship", "ask"] {
            let expected = if node == branch { TaskRunStatus::Succeeded } else { TaskRunStatus::Skipped };
            assert_eq!(state.run_status(&node.into()), expected, "{status}: {node}");
        }
        assert_eq!(state.run(&"both".into()).unwrap().output, Some(json!([word])));
    }
}

#[test]
fn an_arrow_from_a_case_that_is_gone_is_a_problem_and_so_are_bad_names() {
    let problems = |cases: Value| {
        let mut workflow = branches();
        workflow.nodes[0].parameters.insert("cases".to_owned(), cases);
        workflow.problems().into_iter().map(|problem| problem.message).collect::<Vec<_>>()
    };
    let is_told = |cases: Value, words: &str| {
        let told = problems(cases);
        assert!(told.iter().any(|message| message.contains(words)), "{told:?}");
    };
    is_told(json!({"new": "new"}), "has no output “paid”");
    is_told(json!({"new": "1", "paid": "2", "error": "3"}), "“error” cannot name a case");
    let many: serde_json::Map<_, _> = (0..11).map(|n| (format!("c{n}"), json!("x"))).collect();
    is_told(json!(many), "up to 10 cases");
    assert!(problems(json!({"new": "new", "paid": "paid"})).iter().all(|message| message.contains("trigger")));
}
