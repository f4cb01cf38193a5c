//! What reaches a lane: starts, ends of attempts, adoptions, cancellations.

use std::{borrow::Cow, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::oneshot;

use crate::{
    domain::{
        event::{Answer, Cause, Change, Event, Log, Release, TaskError, WaitsFor},
        id::{ExecutionId, ReplicaId, RunId, WorkflowId, WorkspaceId},
        plan::Prepared,
        state::ExecutionState,
    },
    server::Result,
};

pub enum Message {
    Start(Box<Accepted>),
    AttemptEnded {
        execution: ExecutionId,
        run: RunId,
        attempt: u32,
        ending: Ending,
    },
    /// An execution that the replica took over or woke, with its journal so far.
    Adopt {
        replica: ReplicaId,
        execution: ExecutionId,
        prepared: Arc<Prepared>,
        workspace: WorkspaceId,
        events: Vec<Event>,
    },
    /// Answered with those that this lane does not hold.
    Missing {
        executions: Vec<ExecutionId>,
        answer: oneshot::Sender<Vec<ExecutionId>>,
    },
    /// Answered with whether this lane holds the execution; true only once the letter is in the journal.
    Deliver {
        execution: ExecutionId,
        letter: Letter,
        known: oneshot::Sender<bool>,
    },
}

/// A start on its way to being durable.
pub struct Accepted {
    pub execution: ExecutionId,
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    pub version: i32,
    pub prepared: Arc<Prepared>,
    pub cause: Cause,
    pub idempotency_key: Option<String>,
    /// What it takes over from an execution that is over.
    pub kept: Vec<Change>,
    /// Who waits for its end, if somebody does.
    pub end: Option<End>,
    /// Answered after the commit.
    pub durable: oneshot::Sender<Result<()>>,
}

/// Gets the execution as it ended, once that is durable. Dropped: it goes on elsewhere.
pub type End = oneshot::Sender<ExecutionState>;

/// A message to whichever replica owns an execution; kept in the inbox when that is another one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Letter {
    Cancel {
        by: String,
    },
    /// It stands in the line of its concurrency key, whatever becomes of the replica that asked.
    InLine,
    /// It holds its concurrency key.
    Admitted,
    /// It does not get its concurrency key.
    Refused {
        reason: String,
    },
    /// Earlier starts of its burst have given way, and later ones will find it.
    InBurst,
    /// A later start with the same debounce key takes its place.
    Superseded {
        by: ExecutionId,
    },
    Pause {
        by: String,
    },
    Resume {
        by: String,
    },
    /// What a task run waits for.
    Answer {
        run: RunId,
        answer: Answer,
    },
    /// An execution that a task run started and waits for is over.
    ExecutionEnded {
        run: RunId,
        execution: ExecutionId,
        /// None: it succeeded with this output; else why it did not.
        error: Option<String>,
        output: Value,
    },
    /// While paused: one more attempt may start.
    Step {
        by: String,
    },
    /// What a breakpoint holds goes on.
    Release {
        run: RunId,
        release: Release,
    },
    /// From the replica that makes the attempt: it got its turn there.
    AttemptBegan {
        node: RunId,
        attempt: u32,
    },
    /// From the replica that makes the attempt: what it printed so far, for the last time just before its end.
    AttemptLogged {
        node: RunId,
        attempt: u32,
        log: Log,
    },
    /// From the replica that made the attempt.
    AttemptEnded {
        node: RunId,
        attempt: u32,
        ending: Ending,
    },
    /// The replica that made the attempt is gone.
    AttemptLost {
        node: RunId,
        attempt: u32,
        /// It was stopped in good order.
        #[serde(default)]
        stopped: bool,
    },
}

/// How an attempt ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Ending {
    Done { output: Value, port: Cow<'static, str> },
    Wait { until: Option<DateTime<Utc>>, output: Value, waits_for: WaitsFor },
    Loop { items: Vec<Value>, max_parallel: u32, go_on: bool },
    Failed { error: TaskError, after: Option<Duration> },
}
