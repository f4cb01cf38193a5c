//! Taking over executions: fences silent replicas off and loads what they left from the journal. Sleeping executions
//! have no replica, so there is nothing to take over of them.

use std::{
    collections::HashSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures_util::{TryStreamExt, stream};
use tokio::sync::oneshot;

use super::{Engine, message::Message};
use crate::{
    domain::id::{ExecutionId, ReplicaId},
    server::{
        Error, Result,
        fault::{self, Point},
        store::{self, adoption::Taken},
    },
};

/// With the silence before it, nobody waits ten seconds for what a dead replica left.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A replica that is silent for so long is fenced off and its executions are adopted.
const SILENCE_SECS: f64 = 8.0;
/// After a heartbeat failed, others may have been silent for the same reason.
const GRACE: Duration = Duration::from_secs(8);
const CHUNK: i64 = 500;
/// Journals that are read at the same time.
const AT_ONCE: usize = 4;

/// A duty: fences silent replicas off and takes what they left.
pub async fn adopt(engine: Engine, replica: ReplicaId) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    loop {
        ticks.tick().await;
        if engine.core.beat_failed_within(GRACE) {
            continue;
        }
        let adopted = async {
            clear_doubt(&engine, replica).await?;
            adopt_all(&engine, replica).await
        };
        if let Err(error) = adopted.await {
            tracing::warn!(%error, "adoption failed; trying again");
        }
    }
}

async fn adopt_all(engine: &Engine, replica: ReplicaId) -> Result<()> {
    let pool = &engine.core.parts.pool;
    if !store::replicas::retire_silent(pool, replica, SILENCE_SECS).await?.is_empty() {
        fault::reach(Point::BeforeAdoption).await;
    }
    for retired in store::replicas::retired(pool).await? {
        if store::offers::lose(pool, retired, false).await? > 0 {
            engine.core.notices.tell_mail();
        }
        adopt_from(engine, retired, replica).await?;
        store::replicas::forget(pool, retired).await?;
    }
    Ok(())
}

/// Takes what is left, as much as there is room for; other replicas take the rest, or this one later.
async fn adopt_from(engine: &Engine, retired: ReplicaId, replica: ReplicaId) -> Result<()> {
    let mut oldest = None;
    loop {
        let limit = engine.room().min(CHUNK);
        if limit == 0 {
            break;
        }
        let taken = store::adoption::take(&engine.core.parts.pool, retired, replica, oldest, limit).await;
        let taken = or_doubt(engine, taken)?;
        let Some(first) = taken.first() else { break };
        oldest = Some(first.execution);
        fault::reach(Point::Taken).await;
        tracing::info!(%retired, adopted = taken.len(), "executions adopted");
        let is_last = (taken.len() as i64) < limit;
        load_all(engine, replica, taken).await?;
        if is_last {
            break;
        }
    }
    Ok(())
}

/// Passes the result of a taking statement on. One that failed may have been done all the same.
pub fn or_doubt<T>(engine: &Engine, taken: Result<T>) -> Result<T> {
    taken.inspect_err(|_| engine.core.is_in_doubt.store(true, Ordering::Relaxed))
}

/// Loads what became this replica's by a statement whose answer was lost: nobody else would.
async fn clear_doubt(engine: &Engine, replica: ReplicaId) -> Result<()> {
    if !engine.core.is_in_doubt.swap(false, Ordering::Relaxed) {
        return Ok(());
    }
    let mut after = None;
    loop {
        let mine = or_doubt(engine, store::adoption::of(&engine.core.parts.pool, replica, after, CHUNK).await)?;
        let Some(last) = mine.last() else { return Ok(()) };
        after = Some(last.execution);
        let missing = missing(engine, mine.iter().map(|taken| taken.execution).collect()).await?;
        // Those that ended or fell asleep since the list was made are no longer this replica's to load.
        let missing = store::journal::owned_by(&engine.core.parts.pool, replica, &missing).await;
        let missing: HashSet<ExecutionId> = or_doubt(engine, missing)?.into_iter().collect();
        for taken in mine.into_iter().filter(|taken| missing.contains(&taken.execution)) {
            tracing::info!(execution = %taken.execution, "an execution was this replica's and in no memory; loaded");
            load(engine, replica, taken).await?;
        }
    }
}

/// Those that no lane holds.
async fn missing(engine: &Engine, executions: Vec<ExecutionId>) -> Result<Vec<ExecutionId>> {
    let mut missing = Vec::new();
    for lane in engine.core.lanes.iter() {
        let of_lane = executions.iter().filter(|execution| engine.lane(**execution).same_channel(lane));
        let (answer, told) = oneshot::channel();
        let message = Message::Missing { executions: of_lane.copied().collect(), answer };
        lane.send(message).await.map_err(|_| Error::Fenced)?;
        missing.extend(told.await.map_err(|_| Error::Fenced)?);
    }
    Ok(missing)
}

/// Loads them, several at a time.
pub async fn load_all(engine: &Engine, replica: ReplicaId, taken: Vec<Taken>) -> Result<()> {
    let each = stream::iter(taken.into_iter().map(Ok));
    each.try_for_each_concurrent(AT_ONCE, |taken| load(engine, replica, taken)).await
}

/// Gives the execution to its lane, with its journal. Keeps trying: it is this replica's already, so nobody else would
/// load it.
async fn load(engine: &Engine, replica: ReplicaId, taken: Taken) -> Result<()> {
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
