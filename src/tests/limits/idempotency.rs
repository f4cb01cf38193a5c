//! Idempotency keys count for a time.

use flowpilot::server::engine::Start;
use serde_json::json;

use crate::engine::{Bench, three_transforms};

#[tokio::test]
async fn a_key_stands_for_its_execution_for_seven_days_or_as_long_as_the_workflow_says() {
    for (secs, days) in [(None, 7.0), (Some(3_600), 1.0 / 24.0)] {
        let mut workflow = three_transforms();
        workflow.settings.idempotency_secs = secs;
        let bench = Bench::with(workflow).await;
        let engine = bench.engine().await;
        let start = || Start { idempotency_key: Some("order-7".into()), ..bench.start(json!({ "n": 1 })) };
        let age = |days: f64| {
            sqlx::query("update executions set created_at = now() - make_interval(secs => 86400 * $1)")
                .bind(days)
                .execute(bench.pool())
        };
        let first = engine.start(start()).await.expect("accepted");
        age(days * 0.99).await.expect("older");
        assert_eq!(engine.start(start()).await.expect("accepted"), first);
        age(days * 1.01).await.expect("older");
        let second = engine.start(start()).await.expect("accepted");
        assert_ne!(second, first);
        assert_eq!(engine.start(start()).await.expect("accepted"), second);
    }
}
