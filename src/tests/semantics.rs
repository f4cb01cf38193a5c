//! What executions can do, on a real Postgres: loops, pause and step by step.

use flowpilot::domain::{
    execution::{ExecutionStatus, TaskRunStatus},
    task::{Kind, port},
    workflow::{Edge, Node, Workflow},
};
use serde_json::{Value, json};

use crate::stand::{Bench, node};

fn workflow(nodes: Vec<Node>, edges: Vec<Edge>) -> Workflow {
    Workflow { name: "Test".into(), nodes, edges, ..Workflow::default() }
}

/// For each item of the input: the body; then `sum` over what came of it.
fn looping(body: Node, on_error: &str) -> Workflow {
    let parameters = json!({ "items": "input.items", "max_parallel": 3, "on_error": on_error });
    let edges = vec![
        Edge::between("start", "each"),
        Edge::from_port("each", port::ITEM, body.id.clone()),
        Edge::from_port("each", port::DONE, "sum"),
    ];
    let start = node("start", Kind::Manual, json!({}));
    let sum = node("sum", Kind::Transform, json!({ "output": "input" }));
    workflow(vec![start, node("each", Kind::ForEach, parameters), body, sum], edges)
}

#[tokio::test]
async fn a_loop_hands_the_outputs_of_its_items_on_in_their_order() {
    let body = node("body", Kind::Transform, json!({ "output": "item * 10 + index" }));
    let bench = Bench::with(looping(body, "stop")).await;
    let engine = bench.engine().await;
    let items: Vec<i32> = (0..250).collect();
    let execution = engine.start(bench.start(json!({ "items": items }))).await.expect("accepted");
    let state = bench.finish(&engine, execution).await;
    let expected: Vec<i32> = items.iter().map(|item| item * 11).collect();
    assert_eq!((state.status, state.output), (ExecutionStatus::Succeeded, Some(json!(expected))));
}

#[tokio::test]
async fn a_loop_stops_at_the_first_failed_item_or_goes_on_as_it_says() {
    let body = || node("body", Kind::Transform, json!({ "output": "10 / item.size" }));
    let items = json!({ "items": [{ "size": 5 }, null, { "size": 2 }] });
    let bench = Bench::with(looping(body(), "stop")).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(items.clone())).await.expect("accepted");
    let state = bench.finish(&engine, execution).await;
    assert_eq!(state.status, ExecutionStatus::Failed);
    let error = state.error.expect("it says why");
    assert!(error.starts_with("each: Item 1: body: "), "{error}");

    let bench = Bench::with(looping(body(), "go_on")).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(items)).await.expect("accepted");
    let output = bench.finish(&engine, execution).await.output.expect("it succeeds");
    assert_eq!((&output[0], &output[2]), (&json!(2), &json!(5)));
    assert!(output[1]["error"]["message"].as_str().is_some_and(|error| error.starts_with("body: ")), "{output}");
}

#[tokio::test]
async fn a_list_that_is_none_or_too_long_fails_the_loop_and_names_the_field() {
    let bench = Bench::with(looping(node("body", Kind::Transform, json!({ "output": "item" })), "stop")).await;
    let engine = bench.engine().await;
    for (items, words) in [(json!("a"), "has to be a list, not a text"), (json!(vec![0; 10_001]), "10000 at most")] {
        let execution = engine.start(bench.start(json!({ "items": items }))).await.expect("accepted");
        let state = bench.finish(&engine, execution).await;
        let error = state.run(&"each".into()).and_then(|run| run.attempts[0].error.clone()).expect("it failed");
        assert!(error.message.contains(words), "{}", error.message);
        assert_eq!(error.field.as_deref(), Some("items"));
    }
}

#[tokio::test]
async fn loops_that_would_explode_are_stopped_before_they_begin() {
    let inner = node("inner", Kind::ForEach, json!({ "items": "trigger.body.items", "max_parallel": 1 }));
    let mut definition = looping(inner, "stop");
    definition.nodes[1].parameters.insert("max_parallel".into(), json!(100));
    definition.nodes.push(node("deep", Kind::Transform, json!({ "output": "item" })));
    definition.edges.push(Edge::from_port("inner", port::ITEM, "deep"));
    let bench = Bench::with(definition).await;
    let engine = bench.engine().await;
    let items = vec![0; 10_000];
    let execution = engine.start(bench.start(json!({ "items": items }))).await.expect("accepted");
    let state = bench.finish(&engine, execution).await;
    assert_eq!(state.status, ExecutionStatus::Failed);
    assert!(state.error.is_some_and(|error| error.contains("100000 items at most in total")));
}

#[tokio::test]
async fn a_paused_execution_goes_on_step_by_step_and_when_it_is_resumed() {
    let nodes = vec![
        node("wait", Kind::Delay, json!({ "amount": 0.2, "unit": "seconds" })),
        node("a", Kind::Transform, json!({ "output": "1" })),
        node("b", Kind::Transform, json!({ "output": "2" })),
    ];
    let bench = Bench::with(workflow(nodes, vec![Edge::between("wait", "a"), Edge::between("a", "b")])).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(Value::Null)).await.expect("accepted");
    let mut watch = engine.watch(execution);
    engine.pause(bench.workspace, execution, "ada@example.com").await.expect("it runs");
    let status_of = async |id: &str| bench.state(execution).await.run_status(&id.into());
    while status_of("wait").await != TaskRunStatus::Succeeded {
        watch.changed().await;
    }
    let state = bench.state(execution).await;
    assert_eq!((state.status, state.paused_by.as_deref()), (ExecutionStatus::Paused, Some("ada@example.com")));
    assert_eq!(status_of("a").await, TaskRunStatus::Pending);
    engine.step(bench.workspace, execution, "ada@example.com").await.expect("it is paused");
    while status_of("a").await != TaskRunStatus::Succeeded {
        watch.changed().await;
    }
    assert_eq!(status_of("b").await, TaskRunStatus::Pending);
    engine.resume(bench.workspace, execution, "ada@example.com").await.expect("it is paused");
    assert_eq!(bench.finish(&engine, execution).await.status, ExecutionStatus::Succeeded);
    let refused = engine.pause(bench.workspace, execution, "ada@example.com").await;
    assert!(refused.is_err(), "nothing is left to pause");
}
