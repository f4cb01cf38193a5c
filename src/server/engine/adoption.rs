//! Taking over executions: fences silent replicas off and loads what they left from the journal. Sleeping executions
//! have no replica, so there is nothing to take over of them.

use std::{sync::Arc, time::Duration};

use super::{Engine, message::Message};
use crate::{
    domain::id::ReplicaId,
    server::{Error, Result, store},
};

const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A replica that is silent for so long is fenced off and its executions are adopted.
const SILENCE_SECS: f64 = 8.0;
/// After a heartbeat failed, others may have been silent for the same reason.
const GRACE: Duration = Duration::from_secs(8);
const CHUNK: i64 = 500;

/// A duty: fences silent replicas off and takes what they left.
pub async fn adopt(engine: Engine, replica: ReplicaId) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    loop {
        ticks.tick().await;
        if engine.core.beat_failed_within(GRACE) {
            continue;
        }
        if let Err(error) = adopt_all(&engine, replica).await {
            tracing::warn!(%error, "adoption failed; trying again");
        }
    }
}

async fn adopt_all(engine: &Engine, replica: ReplicaId) -> Result<()> {
    let pool = &engine.core.parts.pool;
    store::replicas::retire_silent(pool, replica, SILENCE_SECS).await?;
    for retired in store::replicas::retired(pool).await? {
        adopt_from(engine, retired, replica).await?;
        store::replicas::forget(pool, retired).await?;
    }
    Ok(())
}

/// Takes what is left, as much as there is room for; other replicas take the rest, or this one later.
async fn adopt_from(engine: &Engine, retired: ReplicaId, replica: ReplicaId) -> Result<()> {
    let mut oldest = None;
    while !engine.is_full() {
        let taken = store::adoption::take(&engine.core.parts.pool, retired, replica, oldest, CHUNK).await?;
        let Some(first) = taken.first() else { break };
        oldest = Some(first.execution);
        tracing::info!(%retired, adopted = taken.len(), "executions adopted");
        let is_last = (taken.len() as i64) < CHUNK;
        for taken in taken {
            load(engine, replica, taken).await?;
        }
        if is_last {
            break;
        }
    }
    Ok(())
}

/// Gives the execution to its lane, with its journal. Keeps trying: it is this replica's already, so nobody else would
/// load it.
pub async fn load(engine: &Engine, replica: ReplicaId, taken: store::adoption::Taken) -> Result<()> {
    let execution = taken.execution;
    let events = loop {
        match store::journal::all(&engine.core.parts.pool, execution).await {
            Ok(events) => break events,
            Err(error) => tracing::warn!(%error, %execution, "the journal could not be read; trying again"),
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    let prepared = engine.core.versions.prepared(taken.workflow, taken.version, Arc::new(taken.definition));
    let message = Message::Adopt { replica, execution, prepared, workspace: taken.workspace, events };
    engine.lane(execution).send(message).await.map_err(|_| Error::Fenced)
}
