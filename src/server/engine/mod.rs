//! The in-process orchestrator: starts executions, carries out what the planner decides, keeps the journal.
//!
//! An execution lives in the memory of the replica that owns it, on one lane, folded from its journal. See
//! `replica` for how a replica joins, beats, adopts and is fenced off.

mod adoption;
mod alarms;
mod attempt;
mod batch;
mod breakers;
mod buckets;
mod bursts;
mod child;
mod closing;
mod compute;
mod explain;
mod gate;
mod instant;
mod keys;
mod lane;
mod live;
mod logbook;
mod mail;
mod means;
mod message;
mod named;
mod notices;
mod offers;
mod owned;
mod pulses;
mod questions;
mod queue;
mod replica;
mod results;
mod seen;
mod settings;
#[cfg(test)]
mod simulation;
mod size;
mod sleep;
mod slots;
mod steering;
mod upkeep;
mod uses;
mod versions;
mod watch;
mod work;
mod writer;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize},
    },
    time::{Duration, Instant},
};

use sqlx::PgPool;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::{
    breakers::Breakers,
    buckets::Buckets,
    gate::Waits,
    keys::Keys,
    live::Live,
    message::{Accepted, End, Message},
    notices::Notices,
    pulses::Pulses,
    slots::Slots,
    versions::Versions,
    watch::Watchers,
};
use crate::{
    api::ApiError,
    domain::{
        event::{Cause, Change},
        id::{ExecutionId, ReplicaId, WorkflowId, WorkspaceId},
        state::ExecutionState,
        workflow::Workflow,
    },
    server::{
        Error, Result, compute::Compute, egress::Egress, files::Files, sandbox::Sandbox, secrets::Secrets, store,
    },
};

pub use self::{settings::Settings, upkeep::tidy, watch::Watch};

/// Messages that wait for one lane, at most.
const LANE_QUEUE: usize = 8_192;
/// A start that is not durable after this is answered with an error; it may become durable all the same.
const START_TIMEOUT: Duration = Duration::from_secs(5);
const STEP_DOWN_TIMEOUT: Duration = Duration::from_secs(3);

/// The handle that triggers, REST and server functions hold. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    core: Arc<Core>,
}

/// What the lanes, attempts and duties of a replica share.
struct Core {
    parts: Parts,
    /// None on a worker, which owns no executions.
    lanes: Box<[mpsc::Sender<Message>]>,
    slots: Slots,
    keys: Keys,
    buckets: Buckets,
    breakers: Breakers,
    waits: Waits,
    pulses: Pulses,
    /// This replica, as it is called since it joined last.
    replica: Mutex<Option<ReplicaId>>,
    /// Live executions in the memory of this replica.
    compute: Compute,
    live: Live,
    /// Slots that other replicas have left.
    idle_elsewhere: AtomicUsize,
    /// Set when executions may have become this replica's by a statement whose answer was lost.
    is_in_doubt: AtomicBool,
    notices: Arc<Notices>,
    watchers: Watchers,
    versions: Versions,
    /// No more starts.
    closing: CancellationToken,
    /// No more work at all.
    closed: CancellationToken,
    /// Stepped down: others own what was left.
    gone: CancellationToken,
    last_failed_beat: Mutex<Option<Instant>>,
}

/// What the engine works with.
pub struct Parts {
    pub pool: PgPool,
    pub secrets: Secrets,
    pub egress: Egress,
    pub files: Files,
    pub sandbox: Sandbox,
    /// Attempts that run at the same time, at most; one workspace gets four fifths of them.
    pub slots: u32,
    pub settings: Settings,
}

/// What to run and why.
#[derive(Clone, Debug)]
pub struct Start {
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    /// The published version; 0 runs `definition` as a draft, kept with the execution.
    pub version: i32,
    pub definition: Arc<Workflow>,
    pub cause: Cause,
    /// A second start with the same key in the same workflow answers with the first execution.
    pub idempotency_key: Option<String>,
}

impl Engine {
    /// Registers this replica, adopts what dead replicas left behind and begins to work.
    pub async fn launch(parts: Parts) -> Result<Self> {
        let lanes = std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1));
        Self::launch_with(parts, lanes).await
    }

    /// Registers a worker: it owns no executions and performs tasks of its groups for other replicas.
    pub async fn launch_worker(parts: Parts) -> Result<Self> {
        Self::launch_with(parts, 0).await
    }

    async fn launch_with(parts: Parts, lanes: usize) -> Result<Self> {
        let notices = Arc::new(Notices::new(parts.settings.drop_notices));
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..lanes).map(|_| mpsc::channel(LANE_QUEUE)).unzip();
        let core = Arc::new(Core {
            lanes: senders.into(),
            slots: Slots::of(parts.slots),
            keys: Keys::new(),
            buckets: Buckets::new(),
            breakers: Breakers::default(),
            waits: Waits::default(),
            pulses: Pulses::default(),
            replica: Mutex::default(),
            parts,
            compute: Compute::default(),
            live: Live::default(),
            idle_elsewhere: AtomicUsize::new(0),
            is_in_doubt: AtomicBool::new(false),
            watchers: Watchers::new(notices.clone()),
            notices,
            versions: Versions::new(),
            closing: CancellationToken::new(),
            closed: CancellationToken::new(),
            gone: CancellationToken::new(),
            last_failed_beat: Mutex::default(),
        });
        let engine = Self::of(&core);
        replica::launch(&engine, receivers).await?;
        Ok(engine)
    }

    fn of(core: &Arc<Core>) -> Self {
        Self { core: core.clone() }
    }

    /// Takes no more starts, lets running attempts end for up to `grace`, hands the rest to other replicas.
    pub async fn stop(&self, grace: Duration) {
        self.core.closing.cancel();
        // Elapsed: attempts that still run are tried again elsewhere.
        let _ = tokio::time::timeout(grace, self.core.slots.drained()).await;
        self.core.closed.cancel();
        let _ = tokio::time::timeout(STEP_DOWN_TIMEOUT, self.core.gone.cancelled()).await;
    }

    /// Starts an execution. When this returns, it is durable: committed, whatever happens next.
    pub async fn start(&self, start: Start) -> Result<ExecutionId> {
        self.start_with(start, Vec::new(), None).await
    }

    /// The same, with what it takes over from an execution that is over.
    pub async fn start_keeping(&self, start: Start, kept: Vec<Change>) -> Result<ExecutionId> {
        self.start_with(start, kept, None).await
    }

    async fn start_with(&self, start: Start, kept: Vec<Change>, end: Option<End>) -> Result<ExecutionId> {
        if self.core.closing.is_cancelled() {
            return Err(Error::Fenced);
        }
        self.accept(start, kept, end).await
    }

    /// On behalf of an attempt under way, also while this replica stops: the attempt is to come to its end.
    async fn start_for_attempt(&self, start: Start) -> Result<ExecutionId> {
        self.accept(start, Vec::new(), None).await
    }

    async fn accept(&self, start: Start, kept: Vec<Change>, end: Option<End>) -> Result<ExecutionId> {
        if !self.core.live.has_room(start.workspace, self.core.parts.settings.max_live) {
            return Err(Error::Overloaded(1));
        }
        let Some(key) = start.idempotency_key.clone() else {
            return self.start_as(ExecutionId(Uuid::now_v7()), start, kept, end).await;
        };
        let (workspace, workflow, pool) = (start.workspace, start.workflow, &self.core.parts.pool);
        let secs = start.definition.settings.idempotency_secs();
        let before = || store::journal::started_with_key(pool, workspace, workflow, &key, secs);
        match before().await? {
            Some((execution, true)) => return Ok(execution),
            Some((execution, false)) => store::journal::free_key(pool, workspace, execution).await?,
            None => {}
        }
        match self.start_as(ExecutionId(Uuid::now_v7()), start, kept, end).await {
            Err(error) if error.constraint() == Some("executions_idempotency_key") => {
                before().await?.map(|(execution, _)| execution).ok_or(error)
            }
            answer => answer,
        }
    }

    async fn start_as(
        &self,
        execution: ExecutionId,
        start: Start,
        kept: Vec<Change>,
        end: Option<End>,
    ) -> Result<ExecutionId> {
        let prepared = self.core.versions.prepared(start.workflow, start.version, start.definition);
        let (durable, answer) = oneshot::channel();
        let message = Message::Start(Box::new(Accepted {
            execution,
            workspace: start.workspace,
            workflow: start.workflow,
            version: start.version,
            prepared,
            cause: start.cause,
            idempotency_key: start.idempotency_key,
            kept,
            end,
            durable,
        }));
        let durable = async {
            self.lane(execution).send(message).await.map_err(|_| Error::Fenced)?;
            answer.await.map_err(|_| Error::Fenced)?
        };
        tokio::time::timeout(START_TIMEOUT, durable).await.unwrap_or_else(|_| Err(not_durable_yet()))?;
        Ok(execution)
    }

    /// Wakes whoever reads the execution's journal when it may have grown, at the latest every second.
    pub fn watch(&self, execution: ExecutionId) -> Watch {
        self.core.watchers.subscribe_anywhere(execution)
    }

    /// Starts an execution and waits up to so long for its end: then it is given as it ended. None: it was not over in
    /// time, or this replica stops.
    /// The database is asked only where the execution goes on elsewhere.
    pub async fn run(&self, start: Start, wait: Duration) -> Result<(ExecutionId, Option<ExecutionState>)> {
        self.run_keeping(start, Vec::new(), wait).await
    }

    /// The same, with what it takes over from an execution that is over.
    pub async fn run_keeping(
        &self,
        start: Start,
        kept: Vec<Change>,
        wait: Duration,
    ) -> Result<(ExecutionId, Option<ExecutionState>)> {
        let began = tokio::time::Instant::now();
        let workspace = start.workspace;
        let (end, over) = oneshot::channel();
        let execution = self.start_with(start, kept, Some(end)).await?;
        let ended = async {
            match over.await {
                Ok(state) => Ok(state),
                Err(_) => self.end_elsewhere(workspace, execution).await,
            }
        };
        let state = tokio::select! {
            state = tokio::time::timeout_at(began + wait, ended) => state.ok().transpose()?,
            () = self.core.closing.cancelled() => None,
        };
        Ok((execution, state))
    }

    async fn end_elsewhere(&self, workspace: WorkspaceId, execution: ExecutionId) -> Result<ExecutionState> {
        self.finished(workspace, execution).await?;
        let events = store::executions::events(&self.core.parts.pool, workspace, execution, 0, i64::MAX).await?;
        Ok(ExecutionState::of(&events))
    }

    /// Waits until the execution is over.
    pub async fn finished(&self, workspace: WorkspaceId, execution: ExecutionId) -> Result<()> {
        let watch = self.watch(execution);
        if self.is_finished(workspace, execution).await? {
            return Ok(());
        }
        self.end_of(workspace, execution, watch).await
    }

    async fn end_of(&self, workspace: WorkspaceId, execution: ExecutionId, mut watch: Watch) -> Result<()> {
        while !watch.saw_end() {
            let woken = watch.changed().await;
            if !woken && self.is_finished(workspace, execution).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn is_finished(&self, workspace: WorkspaceId, execution: ExecutionId) -> Result<bool> {
        let finished = store::journal::is_finished(&self.core.parts.pool, workspace, execution).await?;
        finished.ok_or_else(|| ApiError::not_found("execution").into())
    }

    /// Where work is done that keeps a core busy.
    pub fn compute(&self) -> &Compute {
        &self.core.compute
    }

    /// Live executions in the memory of this replica.
    pub fn live(&self) -> usize {
        self.core.live.total()
    }

    /// How many more executions may be live here; none where this replica stops.
    fn room(&self) -> i64 {
        let most = if self.core.closing.is_cancelled() { 0 } else { self.core.parts.settings.max_live };
        most.saturating_sub(self.live()) as i64
    }

    fn lane(&self, execution: ExecutionId) -> &mpsc::Sender<Message> {
        // The low bits of a UUID v7 are random.
        &self.core.lanes[execution.0.as_u128() as usize % self.core.lanes.len()]
    }
}

impl Core {
    fn replica(&self) -> Option<ReplicaId> {
        *self.replica.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_called(&self, replica: ReplicaId) {
        *self.replica.lock().unwrap_or_else(PoisonError::into_inner) = Some(replica);
    }

    fn beat_failed(&self) {
        *self.last_failed_beat.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn beat_failed_within(&self, time: Duration) -> bool {
        self.last_failed_beat.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|at| at.elapsed() < time)
    }
}

fn not_durable_yet() -> Error {
    ApiError::new(503, "database", "The database did not take it in time. Try again, with the same key if any.").into()
}
