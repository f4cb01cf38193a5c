//! How much slower a quiet workspace gets beside one whose tasks hang, keep cores busy and explode, in one run.

use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use super::{
    Value,
    receiver::Receiver,
    site::{Published, Site},
    workflows,
};
use crate::server::{Result, engine::Engine};

/// Calls that hang: more than there are slots.
const HANGING: usize = 400;
/// Who starts the next poisonous execution when the last one is over.
const CALLERS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(120);

pub async fn slowdown(site: &Site, time: Duration) -> Result<Vec<Value>> {
    let quiet = site.publish(workflows::three_tasks()).await?;
    site.run(&quiet, 1, time / 4).await?;
    let alone = site.run(&quiet, 1, time).await?.percentile_ms(0.5);
    let (poisoner, receiver) = (site.neighbour().await?, Receiver::open().await?);
    let hang = site.publish_for(&poisoner, workflows::call(&receiver.silent())).await?;
    for _ in 0..HANGING {
        site.engine().start(hang.start.clone()).await?;
    }
    let mut poison = JoinSet::new();
    let items: Vec<usize> = (0..10_000).collect();
    let input = json!({ "items": items });
    let compute = site.publish_for(&poisoner, workflows::compute()).await?.with_input(input.clone());
    let explode = site.publish_for(&poisoner, workflows::explode()).await?.with_input(input);
    for poisonous in [compute, explode] {
        (0..CALLERS / 2).for_each(|_| drop(poison.spawn(again_and_again(site.engine().clone(), poisonous.clone()))));
    }
    // Slots and threads fill up first.
    tokio::time::sleep(time / 4).await;
    let beside = site.run(&quiet, 1, time).await?.percentile_ms(0.5);
    poison.shutdown().await;
    receiver.answer();
    site.settle().await?;
    Ok(vec![("neighbour_slowdown", beside / alone)])
}

/// However they end.
async fn again_and_again(engine: Engine, published: Published) {
    while engine.run(published.start.clone(), PATIENCE).await.is_ok() {}
}
