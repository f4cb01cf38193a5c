//! One line of an execution's journal. The journal is the truth: folding its events gives the state.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::{
    execution::{ExecutionStatus, Phase, TaskRunStatus},
    id::{ExecutionId, NodeId, RunId},
    limit::Priority,
    workflow::Edge,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// From 1, without gaps, in the order in which things happened.
    pub seq: i32,
    pub at: DateTime<Utc>,
    #[serde(flatten)]
    pub change: Change,
}

/// What happened. `by` names a person, a trigger or `engine`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Change {
    /// Accepted: the first event of every execution, phase `init`.
    Started {
        cause: Cause,
    },
    /// Taken over from an execution that ended before, as this node stood there; it does not run here.
    Kept {
        node: RunId,
        /// The execution that it ran in.
        from: ExecutionId,
        status: TaskRunStatus,
        /// What it hands on.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        output: Value,
        /// The port that data left through.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        port: Option<String>,
        /// Why it failed or was skipped.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The next phase began.
    PhaseEntered {
        phase: Phase,
    },
    /// The execution waits for its concurrency key.
    Queued {
        key: String,
    },
    /// It begins then, unless a later start with the same key takes its place.
    Debounced {
        key: String,
        until: DateTime<Utc>,
    },
    /// It holds its concurrency key.
    Admitted,
    /// Its concurrency key was taken and its workflow says not to wait, or a later start took its place.
    Refused {
        reason: String,
    },
    /// The node could start and waits until somebody lets it: data came over an edge with a breakpoint, or from a node
    /// that was stepped over.
    Held {
        node: RunId,
        /// The edge that the data came over.
        edge: Edge,
    },
    /// What was held goes on.
    Released {
        node: RunId,
        release: Release,
    },
    AttemptStarted {
        node: RunId,
        attempt: u32,
    },
    /// It got its turn, and the task begins. Told only of tasks that may not wait for it without end.
    AttemptBegan {
        node: RunId,
        attempt: u32,
    },
    /// What the attempt printed so far; for the last time just before its end.
    AttemptLogged {
        node: RunId,
        attempt: u32,
        log: Log,
    },
    /// The task run succeeded; data leaves through `port`.
    AttemptSucceeded {
        node: RunId,
        attempt: u32,
        output: Value,
        port: String,
    },
    /// With `retry_at`, another attempt is due then; without, the task run failed.
    AttemptFailed {
        node: RunId,
        attempt: u32,
        error: TaskError,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at: Option<DateTime<Utc>>,
    },
    /// The attempt ended with its replica; another follows. Not charged to the retry policy.
    AttemptLost {
        node: RunId,
        attempt: u32,
        /// The replica was stopped in good order: the task is not to blame.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        stopped: bool,
    },
    /// No attempt is running. The wait for a time ends at `until` and hands `output` on; another ends by an answer,
    /// and at `until`, if set, the task run fails for the lack of one.
    WaitStarted {
        node: RunId,
        attempt: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<DateTime<Utc>>,
        output: Value,
        #[serde(default, skip_serializing_if = "WaitsFor::is_time")]
        waits_for: WaitsFor,
    },
    /// The wait is over: the task run succeeded.
    WaitEnded {
        node: RunId,
        /// What came of it; none: what the wait began with is handed on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<Answer>,
    },
    /// A loop goes over these items; its task run goes on until the last iteration is over.
    LoopStarted {
        node: RunId,
        attempt: u32,
        items: Vec<Value>,
        /// The nodes that run for each item.
        body: Vec<NodeId>,
        max_parallel: u32,
        /// Whether the iterations after a failed one still run; the failed one hands its error on.
        go_on: bool,
    },
    /// One iteration is over. `output` is what its last node handed on; with `error` it failed.
    IterationEnded {
        /// The loop.
        node: RunId,
        index: u32,
        output: Value,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// Every iteration is over: the loop's task run succeeded and hands the list of their outputs on.
    LoopEnded {
        node: RunId,
    },
    /// Nothing new starts until it is resumed; attempts that run go on.
    Paused {
        by: String,
    },
    Resumed {
        by: String,
    },
    /// While paused: one more attempt may start.
    Stepped {
        by: String,
    },
    /// The join rule could not be met.
    Skipped {
        node: RunId,
        reason: String,
    },
    CancelRequested {
        by: String,
    },
    /// The last event of every execution.
    Finished {
        status: ExecutionStatus,
        #[serde(default, deserialize_with = "written", skip_serializing_if = "Option::is_none")]
        output: Option<Value>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
}

/// A null that is written is a value; what is not written is none.
pub fn written<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Change {
    /// The task run that it is about; none: the execution as a whole.
    pub fn run(&self) -> Option<&RunId> {
        match self {
            Self::Kept { node, .. }
            | Self::Held { node, .. }
            | Self::Released { node, .. }
            | Self::AttemptStarted { node, .. }
            | Self::AttemptBegan { node, .. }
            | Self::AttemptLogged { node, .. }
            | Self::AttemptSucceeded { node, .. }
            | Self::AttemptFailed { node, .. }
            | Self::AttemptLost { node, .. }
            | Self::WaitStarted { node, .. }
            | Self::WaitEnded { node, .. }
            | Self::LoopStarted { node, .. }
            | Self::IterationEnded { node, .. }
            | Self::LoopEnded { node }
            | Self::Skipped { node, .. } => Some(node),
            Self::Started { .. }
            | Self::PhaseEntered { .. }
            | Self::Queued { .. }
            | Self::Debounced { .. }
            | Self::Admitted
            | Self::Refused { .. }
            | Self::Paused { .. }
            | Self::Resumed { .. }
            | Self::Stepped { .. }
            | Self::CancelRequested { .. }
            | Self::Finished { .. } => None,
        }
    }
}

/// How somebody lets a node go on that was held at a breakpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// The person's email.
    pub by: String,
    /// What the node sees as its input instead of what came; none: what came.
    #[serde(default, deserialize_with = "written", skip_serializing_if = "Option::is_none")]
    pub payload: Option<Value>,
    /// What comes right after the node is held too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub step: bool,
}

/// What an attempt printed, without secrets; of much, the begin and the end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stdout: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stderr: String,
}

/// What ends a wait.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum WaitsFor {
    /// The time `until`.
    #[default]
    Time,
    /// A person approves or rejects.
    Approval {
        /// What they are asked.
        message: String,
        /// The JSON schema of what they fill in; none: nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        form: Option<Value>,
    },
    /// An event of this name; with a key, one that has the same.
    Event {
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
    /// A call of its resume URL.
    Call,
    /// The end of an execution that it started.
    Execution { id: ExecutionId },
}

impl WaitsFor {
    pub fn is_time(&self) -> bool {
        *self == Self::Time
    }
}

/// What ended a wait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    pub output: Value,
    /// The port that data leaves through.
    pub port: String,
    /// The person, or what stands for the service that called.
    pub by: String,
}

/// What started an execution and with which data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// The trigger node that fired; none: started by hand or by API, and every trigger node counts as fired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<NodeId>,
    /// `manual`, `webhook`, `schedule`, `api`, `cli`, `rerun`, `restart`, `replay`, `backfill`, `workflow`.
    pub via: String,
    /// The person's email, or what stands for the service that called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The output of the trigger nodes: the webhook's body, the manual input, the schedule's time.
    pub input: Value,
    /// Asked for with the start; none: as the workflow says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// The task run that started it and waits for its end; none: nobody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    /// The execution that it goes on from; none: it begins at the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart: Option<Restart>,
    /// Edges at which it is held. Part of this one run, asked for with its start: the workflow knows nothing of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub breakpoints: Vec<Edge>,
    /// What else is known of the call: `headers`, `query`, `method`. Expressions read it as `trigger`.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub details: Value,
}

/// An execution that is over, and the node that a new one goes on from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Restart {
    pub execution: ExecutionId,
    pub node: NodeId,
}

/// A task run that started an execution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parent {
    pub execution: ExecutionId,
    pub run: RunId,
    /// How many executions stand above: 1 for the first one started by another.
    pub depth: u32,
}

/// Why an attempt failed, for people and for the retry rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskError {
    /// What happened and what to do, one sentence, without secrets.
    pub message: String,
    /// The parameter it is about, if one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Whether another attempt may help.
    pub retryable: bool,
    /// What the other side said: status, headers, body; may be null.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub details: Value,
}
