//! Attempts made by another replica than the owner: tasks of a worker group, and what this replica has no slots for while
//! others idle. The owner offers them and hears of their end by letter; whoever serves the group claims them.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use chrono::Utc;
use sqlx::PgPool;
use tokio_util::task::AbortOnDropHandle;

use super::{
    Core, Engine,
    attempt::{self, Made},
    mail::jittered,
    message::Letter,
    notices::Notice,
    owned::Owned,
    work::Work,
};
use crate::{
    domain::{id::ReplicaId, task::Kind},
    server::{
        Result,
        store::{
            self,
            offers::{Attempt, Claimed},
        },
    },
};

/// Whoever owns executions takes what others have no slots for.
const ANY: &str = "";
const LOOK_EVERY: Duration = Duration::from_secs(1);
const TRY_AGAIN: Duration = Duration::from_millis(500);
/// Claimed in one statement, at most.
const CHUNK: usize = 100;

/// The group that the attempt is offered to; none: it is made here.
pub fn group_for<'a>(core: &Core, work: &'a Work) -> Option<&'a str> {
    // It only starts an execution, which a replica without lanes cannot own.
    if work.node().kind == Kind::SubWorkflow {
        return None;
    }
    match &work.node().group {
        Some(group) => (!core.parts.settings.groups.contains(group)).then_some(group.as_str()),
        // Whoever takes it reads the journal, which may not know of it yet.
        None if !work.is_by_step() => None,
        None => (core.slots.waits(work.workspace) && core.take_idle_elsewhere()).then_some(ANY),
    }
}

/// Offers the attempt and waits without end: it comes by letter. Dropped, it takes the offer back.
pub async fn give(core: &Core, work: &Work, group: &str) -> Infallible {
    let (workspace, execution) = (work.workspace, work.execution);
    let attempt = Attempt { workspace, execution, run: work.run.clone(), number: work.attempt };
    let given = Given { pool: core.parts.pool.clone(), attempt };
    while let Err(error) = store::offers::put(&given.pool, &given.attempt, group).await {
        tracing::warn!(%error, execution = %given.attempt.execution, "an attempt could not be offered; trying again");
        tokio::time::sleep(TRY_AGAIN).await;
    }
    core.notices.tell_offers();
    std::future::pending().await
}

/// An offer of this replica.
struct Given {
    pool: PgPool,
    attempt: Attempt,
}

impl Drop for Given {
    fn drop(&mut self) {
        // Without a runtime the program ends, and whoever adopts the execution voids the offer.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (pool, attempt) = (self.pool.clone(), self.attempt.clone());
        runtime.spawn(async move {
            if let Err(error) = store::offers::withdraw(&pool, &attempt).await {
                tracing::warn!(%error, execution = %attempt.execution, "an offer could not be taken back");
            }
        });
    }
}

/// A duty: claims what this replica serves, as much as it has slots for, and makes the attempts.
pub async fn claim(engine: Engine, replica: ReplicaId) {
    let core = &engine.core;
    let mut groups = core.parts.settings.groups.clone();
    if !engine.core.lanes.is_empty() {
        groups.push(ANY.to_owned());
    }
    let mut under_way = HashMap::new();
    loop {
        match claim_some(&engine, replica, &groups, &mut under_way).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "offers could not be looked through; trying again"),
        }
        let _ = tokio::time::timeout(jittered(LOOK_EVERY), core.notices.offers.notified()).await;
    }
}

type UnderWay = HashMap<i64, AbortOnDropHandle<()>>;

/// True: there may be more at once.
async fn claim_some(engine: &Engine, replica: ReplicaId, groups: &[String], under_way: &mut UnderWay) -> Result<bool> {
    let core = &engine.core;
    under_way.retain(|_, attempt| !attempt.is_finished());
    if !under_way.is_empty() {
        let still_claimed = store::offers::claimed(&core.parts.pool, replica).await?;
        // Dropping ends the attempt.
        under_way.retain(|id, _| still_claimed.contains(id));
    }
    let room = core.slots.free().min(CHUNK);
    if room == 0 || core.closing.is_cancelled() {
        return Ok(false);
    }
    let claimed = store::offers::claim(&core.parts.pool, replica, groups, room as i64).await?;
    let is_full = claimed.len() == room;
    for claimed in claimed {
        let (id, engine) = (claimed.id, engine.clone());
        let attempt = tokio::spawn(async move { make(engine, replica, claimed).await });
        under_way.insert(id, AbortOnDropHandle::new(attempt));
    }
    // The new ones take their slots before it is asked again how many are free.
    tokio::task::yield_now().await;
    Ok(is_full)
}

async fn make(engine: Engine, replica: ReplicaId, claimed: Claimed) {
    let (id, attempt) = (claimed.id, claimed.attempt.clone());
    let (letter, slot) = loop {
        match work(&engine, &claimed).await {
            Ok(Some(work)) => {
                let Made { ending, slot } = attempt::attempt_once(&engine.core, &work).await;
                break (Letter::AttemptEnded { node: attempt.run, attempt: attempt.number, ending }, slot);
            }
            // The run has gone on without this attempt.
            Ok(None) => {
                let letter = Letter::AttemptLost { node: attempt.run, attempt: attempt.number, stopped: false };
                break (letter, None);
            }
            Err(error) => tracing::warn!(%error, execution = %attempt.execution, "the journal could not be read"),
        }
        tokio::time::sleep(TRY_AGAIN).await;
    };
    while let Err(error) = send(&engine, replica, id, &letter).await {
        tracing::warn!(%error, execution = %attempt.execution, "the end of an attempt could not be told; trying again");
        tokio::time::sleep(TRY_AGAIN).await;
    }
    drop(slot);
    engine.core.notices.tell_mail();
    // A slot is free.
    engine.core.notices.offers.notify_one();
}

async fn send(engine: &Engine, replica: ReplicaId, id: i64, letter: &Letter) -> Result<()> {
    store::offers::answer(&engine.core.parts.pool, replica, id, &serde_json::to_string(letter)?).await
}

/// What the attempt sees, from the execution's journal. None: it is not the current one any more.
async fn work(engine: &Engine, claimed: &Claimed) -> Result<Option<Work>> {
    let (attempt, of) = (&claimed.attempt, &claimed.of);
    let events = store::journal::all(&engine.core.parts.pool, attempt.execution).await?;
    let prepared = engine.core.versions.prepared(of.workflow, of.version, Arc::new(of.definition.clone()));
    let owned = Owned::view(attempt.execution, attempt.workspace, prepared, &events, Utc::now());
    let work = owned.is_current(&attempt.run, attempt.number).then(|| Work::of(&owned, &attempt.run, attempt.number));
    let Some(work) = work.flatten() else { return Ok(None) };
    let mut work = work.with_resume_url(&engine.core);
    work.add_variables(&engine.core).await?;
    Ok(Some(work))
}

impl Core {
    /// Whether another replica has a slot left, as of the last heartbeats; counts it as taken.
    fn take_idle_elsewhere(&self) -> bool {
        let take_one = |idle: usize| idle.checked_sub(1);
        self.idle_elsewhere.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take_one).is_ok()
    }
}

impl super::notices::Notices {
    /// Tells everybody, this replica included, that there are offers.
    fn tell_offers(&self) {
        self.tell([Notice::Offers]);
        self.offers.notify_one();
    }
}
