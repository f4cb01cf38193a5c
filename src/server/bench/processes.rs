//! What takes processes of their own: several replicas, one that dies, one that does nothing, one that starts.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::{
    Value,
    load::Post,
    receiver::Receiver,
    site::{Replica, Site},
    workflows,
};
use crate::server::{Error, Result};

/// Connections over all replicas.
const CONNECTIONS: usize = 48;
/// How long a replica may take to be adopted before the measurement is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// The same load through one, two and three replicas beside the one of this process, which gets nothing.
pub async fn replicas(site: &Site, time: Duration) -> Result<Vec<Value>> {
    let published = site.publish(workflows::three_tasks()).await?;
    let mut replicas: Vec<Replica> = Vec::new();
    let mut values = Vec::new();
    for key in ["replicas_1_per_s", "replicas_2_per_s", "replicas_3_per_s"] {
        replicas.push(site.replica().await?);
        let began = Instant::now();
        let mut loads = JoinSet::new();
        for replica in &replicas {
            let (post, share) = (Post::hook(replica.address, published.hook()?), CONNECTIONS / replicas.len());
            loads.spawn(async move { post.send_for(share, time).await });
        }
        let mut accepted = 0;
        for load in loads.join_all().await {
            accepted += load?.count();
        }
        site.settle_everywhere().await?;
        values.push((key, accepted as f64 / began.elapsed().as_secs_f64()));
    }
    for replica in replicas {
        replica.stop().await?;
    }
    Ok(values)
}

pub async fn ready(site: &Site) -> Result<Vec<Value>> {
    let guest = site.replica().await?;
    let ready = guest.ready_after.as_secs_f64();
    guest.stop().await?;
    let own = std::env::temp_dir().join(format!("flowpilot-bench-{}", uuid::Uuid::now_v7()));
    // The first start makes the database; the second is the one that counts.
    Replica::start(&own, []).await?.stop().await?;
    let second = Replica::start(&own, []).await?;
    let embedded = second.ready_after.as_secs_f64();
    second.stop().await?;
    std::fs::remove_dir_all(&own).map_err(Error::internal)?;
    Ok(vec![("ready_s", ready), ("ready_embedded_s", embedded)])
}

/// From the death of a replica with a call under way to the call's second attempt, made by another.
pub async fn adoption(site: &Site) -> Result<Vec<Value>> {
    let mut receiver = Receiver::open().await?;
    let published = site.publish(workflows::call(&receiver.silent())).await?;
    let replica = site.replica().await?;
    Post::hook(replica.address, published.hook()?).send_times(1, 1).await?;
    receiver.calls.recv().await;
    replica.kill().await?;
    let killed = Instant::now();
    let again = tokio::time::timeout(PATIENCE, receiver.calls.recv()).await;
    again.map_err(|_| Error::internal("nobody adopted the execution"))?;
    let adopted = killed.elapsed().as_secs_f64();
    receiver.answer();
    site.settle_everywhere().await?;
    Ok(vec![("adoption_s", adopted)])
}

pub async fn memory(site: &Site, waiting: u32) -> Result<Vec<Value>> {
    let published = site.publish(workflows::wait()).await?;
    let replica = site.replica().await?;
    // The first seconds pass before it counts as idle.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let idle = replica.resident_mb()?;
    Post::hook(replica.address, published.hook()?).send_times(CONNECTIONS, waiting.into()).await?;
    site.settle_everywhere().await?;
    let full = replica.resident_mb()?;
    replica.stop().await?;
    Ok(vec![("idle_rss_mb", idle), ("waiting_100k_rss_mb", full)])
}
