//! Wake-ups between replicas: they make things quick, and nothing depends on them.

use std::time::{Duration, Instant};

use flowpilot::{
    domain::{execution::ExecutionStatus, state::ExecutionState},
    server::engine::Settings,
};
use serde_json::Value;

use crate::stand::{Bench, waiting};

const ROUNDS: u32 = 8;

/// One replica owns an execution; another one cancels it and waits for its end. Gives the end and how long it took.
async fn cancelled_from_elsewhere(settings: &Settings, rounds: u32) -> (Vec<ExecutionState>, Duration) {
    let bench = Bench::with(waiting(3)).await;
    let (owner, other) = (bench.engine_set(64, settings.clone()).await, bench.engine_set(64, settings.clone()).await);
    let mut ends = Vec::new();
    let mut taken = Duration::ZERO;
    for _ in 0..rounds {
        let execution = owner.start(bench.start(Value::Null)).await.expect("accepted");
        let began = Instant::now();
        other.cancel(bench.workspace, execution, "ada@example.com").await.expect("it is live");
        ends.push(bench.finish(&other, execution).await);
        taken += began.elapsed();
    }
    (ends, taken)
}

#[tokio::test(flavor = "multi_thread")]
async fn another_replica_hears_of_letters_and_of_news_at_once() {
    let (ends, taken) = cancelled_from_elsewhere(&Settings::default(), ROUNDS).await;
    assert!(ends.iter().all(|end| end.status == ExecutionStatus::Cancelled));
    // Looking once a second, as without notices, takes about twice as long as this.
    assert!(taken < Duration::from_millis(500) * ROUNDS, "{ROUNDS} rounds took {taken:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_every_notice_dropped_everything_still_finishes() {
    let settings = Settings { drop_notices: true, ..Settings::default() };
    let (ends, _) = cancelled_from_elsewhere(&settings, 2).await;
    assert!(ends.iter().all(|end| end.status == ExecutionStatus::Cancelled));
}
