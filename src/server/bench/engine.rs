//! What one replica does, measured in its own process.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Value, effort::Effort, load::Post, receiver::Receiver, site::Site, workflows};
use crate::{domain::commit::Commit, server::Result};

/// Connections that send at the same time.
const CONNECTIONS: usize = 50;
/// Executions in flight when the question is how many per second.
const AT_ONCE: usize = 200;

pub async fn webhook(site: &Site, time: Duration) -> Result<Vec<Value>> {
    let published = site.publish(workflows::three_tasks()).await?;
    let calls = site.calls(&published)?;
    // Connections, plans and caches warm up outside of the measurement.
    calls.send_for(CONNECTIONS, Duration::from_millis(300)).await?;
    site.settle().await?;
    let before = Effort::so_far(site).await?;
    let measured = calls.send_for(CONNECTIONS, time).await?;
    site.settle().await?;
    let (spent, calls) = (Effort::since(site, &before).await?, measured.count().max(1) as f64);
    Ok(vec![
        ("webhook_server_us", spent.server_us / calls),
        ("webhook_postgres_us", spent.postgres_us / calls),
        ("webhook_202_per_s", measured.per_second),
        ("webhook_202_p50_ms", measured.percentile_ms(0.50)),
        ("webhook_202_p99_ms", measured.percentile_ms(0.99)),
    ])
}

pub async fn answer(site: &Site, time: Duration) -> Result<Vec<Value>> {
    let published = site.publish(workflows::answering()).await?;
    let calls = Post { expects: 200, ..site.calls(&published)? };
    calls.send_for(CONNECTIONS, Duration::from_millis(300)).await?;
    let measured = calls.send_for(CONNECTIONS, time).await?;
    let by_rest = site.runs(&published).send_for(CONNECTIONS, time / 2).await?;
    Ok(vec![
        ("webhook_answer_per_s", measured.per_second),
        ("webhook_answer_p99_ms", measured.percentile_ms(0.99)),
        ("rest_answer_per_s", by_rest.per_second),
    ])
}

pub async fn first_task(site: &Site, time: Duration) -> Result<Vec<Value>> {
    let published = site.publish(workflows::three_tasks()).await?;
    let measured = site.start(&published, time).await?;
    site.settle().await?;
    Ok(vec![("first_task_p50_ms", measured.percentile_ms(0.50)), ("first_task_p99_ms", measured.percentile_ms(0.99))])
}

pub async fn three_steps(site: &Site, time: Duration) -> Result<Vec<Value>> {
    let published = site.publish(workflows::three_tasks()).await?;
    let single = site.run(&published, 1, time).await?;
    let many = site.run(&published, AT_ONCE, time).await?;
    Ok(vec![
        ("three_steps_p50_ms", single.percentile_ms(0.50)),
        ("three_steps_p95_ms", single.percentile_ms(0.95)),
        ("three_steps_per_s", many.per_second),
    ])
}

pub async fn forty_fibonacci(site: &Site, time: Duration) -> Result<Vec<Value>> {
    let published = site.publish(workflows::forty_fibonacci()).await?;
    let single = site.run(&published, 1, time).await?;
    Ok(vec![("forty_fibonacci_s", single.percentile_ms(0.50) / 1_000.0)])
}

pub async fn fan(site: &Site, time: Duration) -> Result<Vec<Value>> {
    let (hundred, thousand) =
        (site.publish(workflows::fan(100)).await?, site.publish(workflows::fan(workflows::WIDEST)).await?);
    let hundred = site.run(&hundred, 1, time / 2).await?;
    let thousand = site.run(&thousand, 1, time).await?;
    Ok(vec![("fan_100_ms", hundred.percentile_ms(0.50)), ("fan_1000_ms", thousand.percentile_ms(0.50))])
}

pub async fn chain(site: &Site, time: Duration) -> Result<Vec<Value>> {
    let published = site.publish(workflows::chain(100)).await?;
    let single = site.run(&published, 1, time / 2).await?;
    let mut values = vec![("chain_100_ms", single.percentile_ms(0.50))];
    for (key, commit) in [
        ("chain_100_per_s", Commit::Step),
        ("chain_100_eager_per_s", Commit::Eager),
        ("chain_100_end_per_s", Commit::End),
    ] {
        let mut chain = workflows::chain(100);
        chain.settings.commit = commit;
        let published = site.publish(chain).await?;
        let began = Instant::now();
        let accepted = site.calls(&published)?.send_for(CONNECTIONS, time).await?;
        site.settle().await?;
        values.push((key, accepted.count() as f64 / began.elapsed().as_secs_f64()));
    }
    Ok(values)
}

pub async fn items(site: &Site, time: Duration) -> Result<Vec<Value>> {
    let published = site.publish(workflows::items()).await?.with_input(workflows::thousand_items());
    let measured = site.run(&published, CONNECTIONS, time).await?;
    Ok(vec![("items_1000_per_s", measured.per_second)])
}

pub async fn no_ops(site: &Site, time: Duration) -> Result<Vec<Value>> {
    const LENGTH: usize = 10;
    let published = site.publish(workflows::chain(LENGTH)).await?;
    let (before, wal) = (Effort::so_far(site).await?, site.wal_bytes().await?);
    let measured = site.run(&published, 500, time).await?;
    let (spent, written) = (Effort::since(site, &before).await?, site.wal_bytes().await? - wal);
    let tasks = (measured.count() * LENGTH).max(1) as f64;
    let mut values = vec![
        ("noop_tasks_per_s", measured.per_second * LENGTH as f64),
        ("wal_bytes_per_task", written / tasks),
        ("noop_server_us", spent.server_us / tasks),
        ("noop_postgres_us", spent.postgres_us / tasks),
    ];
    values.extend(spent.hot_percent.map(|percent| ("hot_updates_percent", percent)));
    Ok(values)
}

pub async fn payloads(site: &Site, time: Duration) -> Result<Vec<Value>> {
    let mut values = Vec::new();
    // A little less than 1 MB: what a task may hand on is bounded.
    for (key, bytes) in [("payload_1kb_ms", 1_000), ("payload_100kb_ms", 100_000), ("payload_1mb_ms", 1_000_000)] {
        let published = site.publish(workflows::hand_on()).await?.with_input(json!({ "text": "x".repeat(bytes) }));
        let measured = site.run(&published, 1, time / 2).await?;
        values.push((key, measured.percentile_ms(0.50)));
    }
    Ok(values)
}

pub async fn retries(site: &Site, time: Duration) -> Result<Vec<Value>> {
    let receiver = Receiver::open().await?;
    let published = site.publish(workflows::call(&receiver.flaky())).await?;
    let measured = site.run(&published, AT_ONCE, time).await?;
    Ok(vec![("retry_10_percent_per_s", measured.per_second)])
}
