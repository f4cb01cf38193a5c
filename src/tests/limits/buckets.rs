//! Token buckets over two replicas.

use std::time::{Duration, Instant};

use flowpilot::{
    domain::{execution::ExecutionStatus, limit::Rate, task::Kind},
    server::store::buckets,
};
use serde_json::json;

use super::start;
use crate::engine::{Bench, chain, node};

#[tokio::test]
async fn attempts_begin_no_faster_than_the_bucket_fills_whichever_replica_makes_them() {
    let mut task = node("task", Kind::Transform, json!({ "output": "1" }));
    task.limits.rate = Some(Rate { key: "crm".to_owned(), per_second: 20.0, burst: 5 });
    let bench = Bench::with(chain(vec![task])).await;
    let (one, two) = (bench.engine().await, bench.engine().await);
    let began = Instant::now();
    let mut executions = Vec::new();
    for number in 0..25 {
        executions.push(start(&bench, if number % 2 == 0 { &one } else { &two }, json!(number)).await);
    }
    for execution in executions {
        assert_eq!(bench.finish(&one, execution).await.status, ExecutionStatus::Succeeded);
    }
    // Five at once, the other twenty at twenty per second.
    assert!(began.elapsed() >= Duration::from_millis(990), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_bucket_gives_its_burst_then_says_when_the_next_token_comes() {
    let bench = Bench::with(chain(vec![node("a", Kind::Transform, json!({ "output": "1" }))])).await;
    let rate = Rate { key: String::new(), per_second: 0.01, burst: 3 };
    let take = |wanted| buckets::take(bench.pool(), bench.workspace, "x", &rate, wanted);
    assert_eq!(take(2).await.expect("written"), Ok(2));
    assert_eq!(take(9).await.expect("written"), Ok(1));
    let wait = take(1).await.expect("written").expect_err("it is empty");
    assert!((Duration::from_secs(95)..=Duration::from_secs(100)).contains(&wait), "{wait:?}");
    let refills = buckets::refills_in(bench.pool(), bench.workspace, "x", &rate).await.expect("readable");
    assert!(refills.is_some_and(|refills| refills <= wait));
    sqlx::query("update buckets set refilled_at = now() - interval '1 hour'").execute(bench.pool()).await.expect("set");
    assert_eq!(take(9).await.expect("written"), Ok(3), "never more than the burst");
}
