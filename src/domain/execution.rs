//! Executions, task runs and attempts: their statuses and what lists show of them.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    event::Event,
    id::{ExecutionId, WorkflowId},
    workflow::Workflow,
};

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
        /// Accepted and durable; it has not begun yet, or waits for its concurrency key.
        Queued = "queued",
        /// At least one attempt is running or about to.
        Running = "running",
        /// Nothing runs; a delay or a retry is due later, or somebody's answer is awaited.
        Waiting = "waiting",
        /// Nothing runs and nothing starts until somebody resumes it.
        Paused = "paused",
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

/// Which executions a list asks for, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExecutionFilter {
    pub workflow: Option<WorkflowId>,
    /// Empty: every status.
    pub statuses: Vec<ExecutionStatus>,
    /// Goes on after this one: the `next` of the page before.
    pub before: Option<ExecutionCursor>,
    /// 1 to 100; 0 stands for 50.
    pub limit: u32,
}

impl ExecutionFilter {
    const MOST: u32 = 100;
    const USUAL: u32 = 50;

    /// The number of executions that the page holds at most.
    pub fn page_size(&self) -> u32 {
        if self.limit == 0 { Self::USUAL } else { self.limit.min(Self::MOST) }
    }
}

/// A place in the list of executions, stable while new ones arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionCursor {
    pub created_at: DateTime<Utc>,
    pub id: ExecutionId,
}

/// `<microseconds since 1970>_<id>`, for URLs.
impl fmt::Display for ExecutionCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.created_at.timestamp_micros(), self.id)
    }
}

impl FromStr for ExecutionCursor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (micros, id) = text.split_once('_')?;
            let created_at = DateTime::from_timestamp_micros(micros.parse().ok()?)?;
            Some(Self { created_at, id: id.parse().ok()? })
        };
        read().ok_or("This is no cursor of a list of executions. Take the one that the page before ended with.")
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExecutionPage {
    pub executions: Vec<ExecutionSummary>,
    /// Where the next page begins; none: this is the last one.
    pub next: Option<ExecutionCursor>,
}

/// Everything the page of one execution begins with; the live feed goes on after the last event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutionView {
    pub summary: ExecutionSummary,
    /// The workflow as it was when the execution started.
    pub workflow: Workflow,
    /// From the first on; payloads over `payload::LIMIT_BYTES` are cut.
    pub events: Vec<Event>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_way_through_a_url() {
        let cursor = ExecutionCursor {
            created_at: DateTime::from_timestamp_micros(1_763_640_000_123_456).expect("a time"),
            id: ExecutionId(uuid::Uuid::from_u128(7)),
        };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }

    #[test]
    fn a_cursor_that_somebody_made_up_is_refused() {
        for text in ["", "_", "12", "x_00000000-0000-0000-0000-000000000007", "99999999999999999999_", "1_2"] {
            assert!(text.parse::<ExecutionCursor>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_page_holds_between_one_and_a_hundred() {
        let size = |limit| ExecutionFilter { limit, ..Default::default() }.page_size();
        assert_eq!([size(0), size(1), size(100), size(5_000)], [50, 1, 100, 100]);
    }
}
