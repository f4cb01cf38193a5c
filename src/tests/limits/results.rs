//! Results that a node keeps.

use flowpilot::domain::execution::ExecutionStatus;
use serde_json::json;

use super::{Gate, start};
use crate::engine::{Bench, chain};

#[tokio::test]
async fn the_same_task_with_the_same_data_is_done_once_while_its_result_is_kept() {
    let gate = Gate::open().await;
    let mut call = gate.call("call");
    call.limits.cache_secs = Some(600);
    call.parameters.insert("url".to_owned(), format!("{}{{{{ trigger.body.n }}}}", gate.url()).into());
    let bench = Bench::with(chain(vec![call])).await;
    let (one, two) = (bench.engine().await, bench.engine().await);
    let first = start(&bench, &one, json!({ "n": 1 })).await;
    gate.next().await.answer(200).await;
    let first = bench.finish(&one, first).await;
    let again = start(&bench, &two, json!({ "n": 1 })).await;
    let again = bench.finish(&two, again).await;
    assert_eq!((again.status, &again.output), (ExecutionStatus::Succeeded, &first.output));

    let other = start(&bench, &one, json!({ "n": 2 })).await;
    gate.next().await.answer(200).await;
    bench.finish(&one, other).await;
    sqlx::query("update results set expires_at = now()").execute(bench.pool()).await.expect("set");
    let late = start(&bench, &one, json!({ "n": 1 })).await;
    gate.next().await.answer(200).await;
    assert_eq!(bench.finish(&one, late).await.status, ExecutionStatus::Succeeded);
}
