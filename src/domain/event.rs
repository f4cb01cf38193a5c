//! One line of an execution's journal. The journal is the truth: folding its events gives the state.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    execution::{ExecutionStatus, Phase},
    id::NodeId,
    limit::Priority,
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
    /// The next phase began.
    PhaseEntered {
        phase: Phase,
    },
    /// The execution waits for its concurrency key.
    Queued {
        key: String,
    },
    /// It holds its concurrency key.
    Admitted,
    /// Its concurrency key was taken, and its workflow says not to wait.
    Refused {
        reason: String,
    },
    AttemptStarted {
        node: NodeId,
        attempt: u32,
    },
    /// The task run succeeded; data leaves through `port`.
    AttemptSucceeded {
        node: NodeId,
        attempt: u32,
        output: Value,
        port: String,
    },
    /// With `retry_at`, another attempt is due then; without, the task run failed.
    AttemptFailed {
        node: NodeId,
        attempt: u32,
        error: TaskError,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at: Option<DateTime<Utc>>,
    },
    /// The attempt ended with its replica; another follows. Not charged to the retry policy.
    AttemptLost {
        node: NodeId,
        attempt: u32,
    },
    /// The task waits until then and hands `output` on; no attempt is running.
    WaitStarted {
        node: NodeId,
        attempt: u32,
        until: DateTime<Utc>,
        output: Value,
    },
    /// The wait is over: the task run succeeded.
    WaitEnded {
        node: NodeId,
    },
    /// The join rule could not be met.
    Skipped {
        node: NodeId,
        reason: String,
    },
    CancelRequested {
        by: String,
    },
    /// The last event of every execution.
    Finished {
        status: ExecutionStatus,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<Value>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
}

/// What started an execution and with which data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// The trigger node that fired; none: started by hand or by API, and every trigger node counts as fired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<NodeId>,
    /// `manual`, `webhook`, `schedule`, `api`, `cli`, `rerun`.
    pub via: String,
    /// The person's email, or what stands for the service that called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The output of the trigger nodes: the webhook's body, the manual input, the schedule's time.
    pub input: Value,
    /// Asked for with the start; none: as the workflow says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// What else is known of the call: `headers`, `query`, `method`. Expressions read it as `trigger`.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub details: Value,
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
