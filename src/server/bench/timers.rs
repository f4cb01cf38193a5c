//! Many waits that are due at one moment: how long they take to digest, and what others feel of it.

use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};

use super::{Measured, Value, load::Post, site::Site, workflows};
use crate::server::{Error, Result, store};

const CONNECTIONS: usize = 48;
/// Starts per second, at least: so the moment is late enough for all of them to fall asleep before.
const PACE: i64 = 1_000;
const MARGIN_SECS: i64 = 15;

pub async fn due_at_once(site: &Site, waiting: u32) -> Result<Vec<Value>> {
    let moment = Utc::now() + TimeDelta::seconds(i64::from(waiting) / PACE + MARGIN_SECS);
    let waits = site.publish(workflows::wait_until(&moment.to_rfc3339())).await?;
    let replica = site.replica().await?;
    Post::hook(replica.address, waits.hook()?).send_times(CONNECTIONS, waiting.into()).await?;
    let left = (moment - Utc::now()).to_std().ok().filter(|left| *left > Duration::from_secs(4));
    let Some(left) = left else { return Err(Error::internal("too slow to start them all before they are due")) };
    let (other, pool) = (site.neighbour().await?, &site.caller.app.everywhere);
    let other = site.publish_for(&other, workflows::answering()).await?;
    let calls = Post { expects: 200, ..Post::hook(replica.address, other.hook()?) };
    tokio::time::sleep(left).await;
    let (due, mut peak, mut felt) = (Instant::now(), 0_f64, Vec::new());
    while store::samples::is_any_due(pool).await? || store::executions::is_any_awake(pool).await? {
        felt.push(calls.send_for(1, Duration::from_millis(200)).await?);
        peak = peak.max(replica.resident_mb()?);
    }
    let took = due.elapsed().as_secs_f64();
    let felt = Measured::all(felt, due);
    replica.stop().await?;
    Ok(vec![
        ("timers_100k_s", took),
        ("timers_per_s", f64::from(waiting) / took),
        ("timers_other_p50_ms", felt.percentile_ms(0.5)),
        ("timers_other_p99_ms", felt.percentile_ms(0.99)),
        ("timers_peak_rss_mb", peak),
    ])
}
