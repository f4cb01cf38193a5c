//! Executions, task runs and attempts: their statuses and what lists show of them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::id::{ExecutionId, WorkflowId};

macro_rules! statuses {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|status| status.name() == name)
            }
        }
    };
}

statuses! {
    /// Where an execution stands.
    ExecutionStatus {
        /// Accepted and durable; the engine has not started it yet.
        Queued = "queued",
        /// At least one attempt is running or about to.
        Running = "running",
        /// Nothing runs; a delay or a retry is due later.
        Waiting = "waiting",
        /// Every task run is over and none failed without an error branch. Final.
        Succeeded = "succeeded",
        /// A task run failed without an error branch, or the deadline passed. Final.
        Failed = "failed",
        /// Somebody cancelled it. Final.
        Cancelled = "cancelled",
    }
}

impl ExecutionStatus {
    pub fn is_finished(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

statuses! {
    /// The five phases of an execution, in this order, each a transition in its journal.
    Phase {
        Init = "init",
        Prepare = "prepare",
        Execute = "execute",
        Validate = "validate",
        Complete = "complete",
    }
}

statuses! {
    /// Where one node's part in an execution stands.
    TaskRunStatus {
        /// Its inputs are not decided yet.
        Pending = "pending",
        /// An attempt is running.
        Running = "running",
        /// A delay is under way, or the last attempt failed and another is due.
        Waiting = "waiting",
        /// Final.
        Succeeded = "succeeded",
        /// The last attempt failed and none is left. Final.
        Failed = "failed",
        /// Its join rule could not be met. Final.
        Skipped = "skipped",
        /// The execution was cancelled before it was over. Final.
        Cancelled = "cancelled",
    }
}

impl TaskRunStatus {
    pub fn is_finished(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Skipped | Self::Cancelled)
    }
}

/// What the execution list shows, one line each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutionSummary {
    pub id: ExecutionId,
    pub workflow_id: WorkflowId,
    pub workflow_name: String,
    pub version: i32,
    pub status: ExecutionStatus,
    /// `manual`, `webhook`, `schedule`, `api` …
    pub started_via: String,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    /// Why it failed, one sentence.
    pub error: Option<String>,
}
