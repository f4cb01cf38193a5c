//! Items that earlier executions had, left out by a node that looks back.

use flowpilot::{
    domain::{execution::ExecutionStatus, task::Kind, workflow::Workflow},
    server::{
        engine::{Engine, tidy},
        store::seen::{self, Looker},
    },
};
use serde_json::{Value, json};

use crate::stand::{Bench, chain, node};

fn new_items() -> Workflow {
    let parameters = json!({"items": "trigger.body", "by": "item.id", "among": "executions", "days": 30});
    chain(vec![node("new", Kind::Deduplicate, parameters)])
}

fn items(ids: &[u32]) -> Value {
    ids.iter().map(|id| json!({"id": id, "title": format!("Item {id}")})).collect()
}

/// The ids that the node lets through.
async fn let_through(bench: &Bench, engine: &Engine, ids: &[u32]) -> Vec<u64> {
    let execution = engine.start(bench.start(items(ids))).await.expect("accepted");
    let state = bench.finish(engine, execution).await;
    assert_eq!(state.status, ExecutionStatus::Succeeded, "{:?}", state.error);
    let output = state.run(&"new".into()).and_then(|run| run.output.clone()).expect("a list");
    output.as_array().expect("a list").iter().map(|item| item["id"].as_u64().expect("an id")).collect()
}

#[tokio::test]
async fn an_item_goes_through_once_over_all_executions_of_the_workflow() {
    let bench = Bench::with(new_items()).await;
    let (one, two) = (bench.engine().await, bench.engine().await);
    assert_eq!(let_through(&bench, &one, &[1, 2, 2]).await, [1, 2]);
    assert_eq!(let_through(&bench, &two, &[2, 3, 1, 3]).await, [3]);
    assert_eq!(let_through(&bench, &one, &[1, 2, 3]).await, [0_u64; 0]);
    assert_eq!(let_through(&bench, &one, &[]).await, [0_u64; 0]);
    // Another workflow has seen nothing of it.
    let other = bench.neighbour(new_items()).await;
    assert_eq!(let_through(&other, &one, &[1, 2]).await, [1, 2]);
}

#[tokio::test]
async fn what_was_not_there_for_so_long_is_forgotten() {
    let bench = Bench::with(new_items()).await;
    let engine = bench.engine().await;
    assert_eq!(let_through(&bench, &engine, &[1, 2]).await, [1, 2]);
    sqlx::query("update seen_items set forget_at = now()").execute(bench.pool()).await.expect("set");
    assert_eq!(let_through(&bench, &engine, &[1]).await, [1], "it counts no more, even before it is deleted");
    assert_eq!(let_through(&bench, &engine, &[1]).await, [0_u64; 0]);
    tidy(bench.pool()).await.expect("tidied");
    let left: i64 = sqlx::query_scalar("select count(*) from seen_items").fetch_one(bench.pool()).await.expect("read");
    assert_eq!(left, 1);
}

#[tokio::test]
async fn another_attempt_of_the_same_task_run_gets_its_items_again() {
    let bench = Bench::with(new_items()).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(items(&[1, 2]))).await.expect("accepted");
    bench.finish(&engine, execution).await;
    let pool = bench.pool();
    let hashes: Vec<Vec<u8>> = sqlx::query_scalar("select hash from seen_items").fetch_all(pool).await.expect("read");
    let (run, iteration) = ("new".into(), "new[1]".into());
    let node = "new".into();
    let looker = Looker { workspace: bench.workspace, workflow: bench.workflow, node: &node, execution, run: &run };
    let mut again = seen::remember(pool, &looker, &hashes, 30).await.expect("remembered");
    again.sort();
    let mut all = hashes.clone();
    all.sort();
    assert_eq!(again, all);
    let other = Looker { run: &iteration, ..looker };
    assert_eq!(seen::remember(pool, &other, &hashes, 30).await.expect("remembered"), Vec::<Vec<u8>>::new());
}

#[test]
fn only_a_node_that_was_told_so_looks_back() {
    let mut workflow = new_items();
    assert!(workflow.nodes[0].looks_back());
    workflow.nodes[0].parameters.insert("among".to_owned(), json!("list"));
    assert!(!workflow.nodes[0].looks_back());
}
