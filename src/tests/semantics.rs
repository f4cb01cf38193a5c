//! What executions can do, on a real Postgres: loops, pause and step by step, waits for answers, sub-workflows.

use flowpilot::domain::{
    event::{Answer, WaitsFor},
    execution::{ExecutionStatus, TaskRunStatus},
    id::{ExecutionId, WorkflowId},
    retry::RetryPolicy,
    task::{Kind, port},
    workflow::{Edge, Node, Workflow},
};
use flowpilot::server::engine::Engine;
use serde_json::{Value, json};

use crate::stand::{Bench, chain, node};

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
async fn a_disabled_task_hands_its_input_on_through_its_first_port() {
    let disabled =
        |id: &str, kind: Kind| Node { disabled: true, ..node(id, kind, json!({ "message": "{{ no.such }}" })) };
    let last = |id: &str| node(id, Kind::Transform, json!({ "output": "[input, nodes.fail.output.n]" }));
    let edges = vec![
        Edge::between("start", "fail"),
        Edge::between("fail", "if"),
        Edge::from_port("if", port::TRUE, "each"),
        Edge::from_port("if", port::FALSE, "no"),
        Edge::from_port("each", port::ITEM, "body"),
        Edge::from_port("each", port::DONE, "yes"),
    ];
    let start = node("start", Kind::Manual, json!({}));
    let call = disabled("fail", Kind::HttpRequest);
    let nodes = vec![start, call, disabled("if", Kind::Condition), disabled("each", Kind::ForEach)];
    let nodes = nodes.into_iter().chain([last("no"), last("body"), last("yes")]).collect();
    let bench = Bench::with(workflow(nodes, edges)).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(json!({ "n": 7 }))).await.expect("accepted");
    let state = bench.finish(&engine, execution).await;
    assert_eq!((state.status, state.output.clone()), (ExecutionStatus::Succeeded, Some(json!([{ "n": 7 }, 7]))));
    assert_eq!(state.run_status(&"no".into()), TaskRunStatus::Skipped);
    assert_eq!(state.run_status(&"body".into()), TaskRunStatus::Pending, "a disabled loop goes over nothing");
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

/// Waits until the task run waits.
async fn waits(bench: &Bench, engine: &Engine, execution: ExecutionId, node: &str) {
    let mut watch = engine.watch(execution);
    while bench.state(execution).await.run_status(&node.into()) != TaskRunStatus::Waiting {
        watch.changed().await;
    }
}

#[tokio::test]
async fn an_approval_goes_on_as_the_person_decides_and_only_once() {
    let nodes = vec![
        node("ask", Kind::Approval, json!({ "message": "Refund {{ trigger.body.amount }} €?" })),
        node("pay", Kind::Transform, json!({ "output": "input.by" })),
        node("tell", Kind::Transform, json!({ "output": "'no'" })),
    ];
    let edges = vec![Edge::from_port("ask", port::APPROVED, "pay"), Edge::from_port("ask", port::REJECTED, "tell")];
    let bench = Bench::with(workflow(nodes, edges)).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(json!({ "amount": 12 }))).await.expect("accepted");
    waits(&bench, &engine, execution, "ask").await;
    let asked = bench.state(execution).await.run(&"ask".into()).and_then(|run| run.waits_for.clone());
    assert_eq!(json!(asked), json!({ "type": "approval", "message": "Refund 12 €?" }));
    for port in [port::APPROVED, port::REJECTED] {
        let answer = Answer { output: json!({ "by": "ada" }), port: port.to_owned(), by: "ada".into() };
        let told = engine.answer(bench.workspace, execution, "ask".into(), answer).await;
        assert!(told.is_ok() || port == port::REJECTED, "the second comes too late");
    }
    let state = bench.finish(&engine, execution).await;
    assert_eq!((state.status, state.output), (ExecutionStatus::Succeeded, Some(json!("ada"))));
}

#[tokio::test]
async fn an_event_reaches_those_that_wait_for_its_key_even_while_they_sleep() {
    let wait = node("wait", Kind::WaitForEvent, json!({ "name": "paid", "key": "{{ trigger.body.order }}" }));
    let bench = Bench::with(workflow(vec![wait], Vec::new())).await;
    let engine = bench.engine().await;
    let mut executions = Vec::new();
    for order in ["a", "b"] {
        let execution = engine.start(bench.start(json!({ "order": order }))).await.expect("accepted");
        waits(&bench, &engine, execution, "wait").await;
        executions.push(execution);
    }
    let send = async |key| engine.send_event(bench.workspace, "paid", Some(key), &json!({ "sum": 5 }), "shop").await;
    assert_eq!(send("c").await.expect("sent"), 0);
    // What only waits leaves memory after a while; its answer brings it back.
    tokio::time::timeout(std::time::Duration::from_secs(30), async {
        while engine.live() > 0 {
            engine.watch(executions[0]).changed().await;
        }
    })
    .await
    .expect("they fall asleep");
    assert_eq!(send("b").await.expect("sent"), 1);
    assert_eq!(send("b").await.expect("sent"), 0, "an event is answered once");
    assert_eq!(bench.finish(&engine, executions[1]).await.output, Some(json!({ "sum": 5 })));
    assert_eq!(bench.state(executions[0]).await.run_status(&"wait".into()), TaskRunStatus::Waiting);
}

#[tokio::test]
async fn an_answer_that_nobody_gives_in_time_fails_the_task() {
    let ask = node("ask", Kind::Approval, json!({ "message": "?", "within_hours": 0.0001 }));
    let bench = Bench::with(workflow(vec![ask], Vec::new())).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(Value::Null)).await.expect("accepted");
    let state = bench.finish(&engine, execution).await;
    assert_eq!(state.error.as_deref(), Some("ask: Nobody approved or rejected it in time."));
}

/// Publishes a second workflow beside that of the stand.
async fn publish(bench: &Bench, name: &str, definition: Workflow) -> WorkflowId {
    let id = WorkflowId(uuid::Uuid::now_v7());
    for statement in [
        "insert into workflows (workspace_id, id, name, draft, live_version) values ($1, $2, $4, $3, 1)",
        "insert into workflow_versions (workspace_id, workflow_id, version, definition) select $1, $2, 1, $3 where $4 <> ''",
    ] {
        let query = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(bench.workspace.0).bind(id.0);
        query.bind(json!(definition)).bind(name).execute(bench.pool()).await.expect("published");
    }
    id
}

fn calling(workflow_name: &str) -> Workflow {
    let mut call =
        node("call", Kind::SubWorkflow, json!({ "workflow": workflow_name, "input": "{ n: trigger.body.n }" }));
    call.retry = RetryPolicy::NONE;
    workflow(vec![call], Vec::new())
}

#[tokio::test]
async fn a_sub_workflow_hands_its_output_to_the_task_that_called_it() {
    let bench = Bench::with(calling("Double")).await;
    let double = node("double", Kind::Transform, json!({ "output": "trigger.body.n * 2" }));
    publish(&bench, "Double", workflow(vec![double], Vec::new())).await;
    let engine = bench.engine().await;
    for n in 0..20 {
        let execution = engine.start(bench.start(json!({ "n": n }))).await.expect("accepted");
        let state = bench.finish(&engine, execution).await;
        assert_eq!((state.status, state.output), (ExecutionStatus::Succeeded, Some(json!(n * 2))));
    }
    assert_eq!(bench.executions().await, 40, "one child each");
}

#[tokio::test]
async fn a_failed_sub_workflow_fails_its_task_and_a_cancelled_parent_cancels_it() {
    let bench = Bench::with(calling("Child")).await;
    let child =
        publish(&bench, "Child", workflow(vec![node("no", Kind::Fail, json!({ "message": "so" }))], vec![])).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(json!({}))).await.expect("accepted");
    let state = bench.finish(&engine, execution).await;
    assert_eq!((state.status, state.error.as_deref()), (ExecutionStatus::Failed, Some("call: no: so")));

    let slow = workflow(vec![node("slow", Kind::Delay, json!({ "amount": 1, "unit": "hours" }))], Vec::new());
    sqlx::query("update workflow_versions set definition = $2 where workflow_id = $1")
        .bind(child.0)
        .bind(json!(slow))
        .execute(bench.pool())
        .await
        .expect("replaced");
    // Another replica has not seen the version before.
    let other = bench.engine().await;
    let execution = other.start(bench.start(json!({}))).await.expect("accepted");
    waits(&bench, &other, execution, "call").await;
    let run = bench.state(execution).await.run(&"call".into()).cloned().expect("it ran");
    let Some(WaitsFor::Execution { id }) = run.waits_for else { panic!("{run:?}") };
    other.cancel(bench.workspace, execution, "ada@example.com").await.expect("it runs");
    assert_eq!(bench.finish(&other, execution).await.status, ExecutionStatus::Cancelled);
    assert_eq!(bench.finish(&other, id).await.status, ExecutionStatus::Cancelled);
}

#[tokio::test]
async fn a_loop_that_breaks_off_cancels_the_sub_workflows_inside() {
    let mut call = node("call", Kind::SubWorkflow, json!({ "workflow": "{{ item }}", "input": "{}" }));
    call.retry = RetryPolicy::NONE;
    let bench = Bench::with(looping(call, "stop")).await;
    let slow = vec![node("slow", Kind::Delay, json!({ "amount": 1, "unit": "hours" }))];
    publish(&bench, "Slow", workflow(slow, vec![])).await;
    let asks = vec![
        node("ask", Kind::WaitForEvent, json!({ "name": "go" })),
        node("no", Kind::Fail, json!({ "message": "so" })),
    ];
    publish(&bench, "Failing", workflow(asks, vec![Edge::between("ask", "no")])).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(json!({ "items": ["Slow", "Failing"] }))).await.expect("accepted");
    let mut watch = engine.watch(execution);
    let child = loop {
        let state = bench.state(execution).await;
        let waits_for = |index: u32| state.task_runs.get(&format!("call[{index}]").as_str().into())?.waits_for.clone();
        if let (Some(WaitsFor::Execution { id }), Some(_)) = (waits_for(0), waits_for(1)) {
            break id;
        }
        watch.changed().await;
    };
    while engine.send_event(bench.workspace, "go", None, &json!(1), "test").await.expect("sent") == 0 {
        watch.changed().await;
    }
    let state = bench.finish(&engine, execution).await;
    assert!(state.error.is_some_and(|error| error.starts_with("each: Item 1: call: no: so")));
    assert_eq!(bench.finish(&engine, child).await.status, ExecutionStatus::Cancelled);
}

#[tokio::test]
async fn a_workflow_that_calls_itself_without_end_is_stopped() {
    let bench = Bench::with(calling("Test")).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(json!({}))).await.expect("accepted");
    let state = bench.finish(&engine, execution).await;
    assert!(state.error.is_some_and(|error| error.ends_with("Does one call itself without end?")));
    assert_eq!(bench.executions().await, 11);
}

#[tokio::test]
async fn a_workflow_that_is_not_there_names_the_field() {
    let bench = Bench::with(calling("Nowhere")).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(json!({}))).await.expect("accepted");
    let state = bench.finish(&engine, execution).await;
    let error = state.run(&"call".into()).and_then(|run| run.attempts[0].error.clone()).expect("it failed");
    assert_eq!(error.field.as_deref(), Some("workflow"));
}

#[tokio::test]
async fn an_output_that_breaks_its_contract_fails_the_execution_in_the_phase_validate() {
    let mut definition =
        workflow(vec![node("sum", Kind::Transform, json!({ "output": "{ sum: trigger.body.sum }" }))], vec![]);
    let contract = json!({
        "schema": { "type": "object", "properties": { "sum": { "type": "number" } } },
        "assertions": ["input.sum > trigger.body.least"],
    });
    definition.settings.output = serde_json::from_value(contract).expect("a contract");
    let bench = Bench::with(definition).await;
    let engine = bench.engine().await;
    for (input, words) in [
        (json!({ "sum": 5, "least": 1 }), None),
        (json!({ "sum": "5", "least": 1 }), Some("output.sum is not of the type number")),
        (json!({ "sum": 5, "least": 7 }), Some("came out as false")),
    ] {
        let execution = engine.start(bench.start(input)).await.expect("accepted");
        let state = bench.finish(&engine, execution).await;
        assert_eq!(state.status == ExecutionStatus::Failed, words.is_some());
        assert!(words.is_none_or(|words| state.error.is_some_and(|error| error.contains(words))));
    }
}

#[tokio::test]
async fn an_expression_goes_over_a_thousand_items() {
    let each = "input.items.map(item => ({ id: item.id, price: item.price * 2 }))";
    let sum = "input.reduce((sum, item) => sum + item.price, 0)";
    let tasks =
        [("each", each), ("sum", sum)].map(|(id, output)| node(id, Kind::Transform, json!({ "output": output })));
    let hook = node("hook", Kind::Webhook, json!({}));
    let bench = Bench::with(chain(std::iter::once(hook).chain(tasks).collect())).await;
    let engine = bench.engine().await;
    let items: Vec<Value> =
        (0..1_000).map(|id| json!({ "id": id, "price": id % 97, "name": format!("item {id}") })).collect();
    let execution = engine.start(bench.start(json!({ "items": items }))).await.expect("accepted");
    let state = bench.finish(&engine, execution).await;
    assert_eq!(state.status, ExecutionStatus::Succeeded, "{:?}", state.error);
    let sum: u32 = (0..1_000).map(|id| id % 97 * 2).sum();
    assert_eq!(state.output, Some(json!(sum)));
}
