//! A replica's life: it registers, its lanes work, its duties run (heartbeat, adoption, inbox). Fenced off, it lets go
//! of everything it held and joins again under a new name.

use std::{sync::atomic::Ordering, time::Duration};

use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Engine, adoption, breakers, keys, lane::Lane, mail, message::Message, notices, offers, questions, sleep, upkeep,
    writer::Writer,
};
use crate::{
    domain::id::ReplicaId,
    server::{
        Result,
        fault::{self, Fault},
        store::{self, journal::Fence},
    },
};

const HEARTBEAT: Duration = Duration::from_secs(2);

/// Registers the replica and leaves it to work in the background.
pub async fn launch(engine: &Engine, receivers: Vec<mpsc::Receiver<Message>>) -> Result<()> {
    let pool = &engine.core.parts.pool;
    for day in store::retention::missing_days(pool).await? {
        store::retention::make_day(pool, day).await?;
    }
    let replica = register(engine).await?;
    tokio::spawn(live(engine.clone(), replica, receivers));
    Ok(())
}

async fn register(engine: &Engine) -> Result<ReplicaId> {
    let replica = ReplicaId(Uuid::now_v7());
    let host = nix::unistd::gethostname().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let groups = &engine.core.parts.settings.groups;
    store::replicas::register(&engine.core.parts.pool, replica, engine.core.lanes.len() as i32, &host).await?;
    if !groups.is_empty() {
        store::replicas::serve(&engine.core.parts.pool, replica, groups).await?;
    }
    engine.core.is_called(replica);
    tracing::info!(%replica, lanes = engine.core.lanes.len(), "replica joined");
    Ok(replica)
}

async fn live(engine: Engine, mut replica: ReplicaId, mut receivers: Vec<mpsc::Receiver<Message>>) {
    loop {
        receivers = work(&engine, replica, receivers).await;
        if engine.core.closed.is_cancelled() {
            let handed_over = step_down(&engine, replica).await;
            tracing::info!(%replica, ok = handed_over.is_ok(), "replica stepped down");
            engine.core.gone.cancel();
            return;
        }
        tracing::warn!(%replica, "replica was fenced off; joining again");
        replica = register_stubbornly(&engine).await;
    }
}

/// Leaves everything to the others: executions, and attempts that were made for them.
async fn step_down(engine: &Engine, replica: ReplicaId) -> Result<()> {
    let pool = &engine.core.parts.pool;
    store::offers::lose(pool, replica, true).await?;
    store::replicas::step_down(pool, replica).await
}

async fn register_stubbornly(engine: &Engine) -> ReplicaId {
    loop {
        match register(engine).await {
            Ok(replica) => return replica,
            Err(error) => tracing::warn!(%error, "the replica could not join; trying again"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Runs lanes and duties until the engine closes or the replica is fenced off; then nothing of them is left.
async fn work(
    engine: &Engine,
    replica: ReplicaId,
    receivers: Vec<mpsc::Receiver<Message>>,
) -> Vec<mpsc::Receiver<Message>> {
    let stop = engine.core.closed.child_token();
    let mut duties = JoinSet::new();
    duties.spawn(until_stopped(stop.clone(), beat(engine.clone(), replica)));
    duties.spawn(until_stopped(stop.clone(), offers::claim(engine.clone(), replica)));
    duties.spawn(until_stopped(stop.clone(), questions::answer(engine.clone(), replica)));
    duties.spawn(until_stopped(stop.clone(), notices::send(engine.clone())));
    duties.spawn(until_stopped(stop.clone(), notices::hear(engine.clone())));
    for shard in 0..keys::SHARDS {
        duties.spawn(until_stopped(stop.clone(), keys::serve(engine.clone(), shard)));
    }
    duties.spawn(until_stopped(stop.clone(), keys::tend(engine.clone(), replica)));
    duties.spawn(until_stopped(stop.clone(), breakers::watch(engine.clone())));
    let mut lanes = JoinSet::new();
    if receivers.is_empty() {
        // A worker owns no executions: it has nothing to do but its duties.
        stop.cancelled().await;
    } else {
        duties.spawn(until_stopped(stop.clone(), adoption::adopt(engine.clone(), replica)));
        duties.spawn(until_stopped(stop.clone(), mail::read(engine.clone(), replica)));
        duties.spawn(until_stopped(stop.clone(), upkeep::keep_up(engine.clone())));
        duties.spawn(until_stopped(stop.clone(), sleep::wake(engine.clone(), replica)));
    }
    for (number, mut receiver) in receivers.into_iter().enumerate() {
        let fence = Fence { replica, lane: number as i32, epoch: 1 };
        let writer = Writer::new(&engine.core.parts.pool.connect_options(), fence);
        let lane = Lane::new(engine.core.clone(), replica, engine.core.lanes[number].downgrade());
        let stop = stop.clone();
        lanes.spawn(async move {
            let ended = lane.run(writer, &mut receiver, stop.clone()).await;
            stop.cancel();
            if let Err(error) = ended {
                tracing::warn!(%error, lane = number, "lane ended");
            }
            (number, receiver)
        });
    }
    let mut receivers = lanes.join_all().await;
    stop.cancel();
    duties.join_all().await;
    receivers.sort_by_key(|(number, _)| *number);
    receivers.into_iter().map(|(_, receiver)| receiver).collect()
}

/// A duty that ends by itself ends the replica's work with it.
async fn until_stopped(stop: CancellationToken, duty: impl Future<Output = ()>) {
    if stop.run_until_cancelled(duty).await.is_some() {
        stop.cancel();
    }
}

/// Ends when the replica was fenced off.
async fn beat(engine: Engine, replica: ReplicaId) {
    let mut ticks = tokio::time::interval(HEARTBEAT);
    loop {
        ticks.tick().await;
        // A worker has no slots for what is not of its groups.
        let free = if engine.core.lanes.is_empty() { 0 } else { engine.core.slots.free() };
        match store::replicas::beat(&engine.core.parts.pool, replica, free as i32).await {
            Ok(Some(idle)) => engine.core.idle_elsewhere.store(idle as usize, Ordering::Relaxed),
            Ok(None) if fault::is_set(Fault::NoFence) => {}
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%error, "heartbeat failed");
                engine.core.beat_failed();
            }
        }
    }
}
