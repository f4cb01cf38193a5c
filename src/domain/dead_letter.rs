//! Dead letters: executions that failed and that nobody dealt with yet.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    execution::{ExecutionCursor, ExecutionSummary},
    id::{ExecutionId, WorkflowId},
};

/// An execution that failed, and what was done about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    #[serde(flatten)]
    pub execution: ExecutionSummary,
    /// When its replay is due; none: no replay waits.
    pub replay_at: Option<DateTime<Utc>>,
    /// Why the last replay could not start.
    pub replay_error: Option<String>,
    /// None: nobody dealt with it.
    pub resolved: Option<Resolved>,
}

/// What was done about a dead letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    pub at: DateTime<Utc>,
    /// The person who asked for it.
    pub by: String,
    pub how: Resolution,
    /// The execution that replays or restarts it.
    pub replayed_as: Option<ExecutionId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    Replayed,
    Discarded,
    /// Started again from one of its nodes.
    Restarted,
}

impl Resolution {
    pub const ALL: [Self; 3] = [Self::Replayed, Self::Discarded, Self::Restarted];

    pub fn name(self) -> &'static str {
        match self {
            Self::Replayed => "replayed",
            Self::Discarded => "discarded",
            Self::Restarted => "restarted",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|resolution| resolution.name() == name)
    }
}

/// Which dead letters are meant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeadLetterFilter {
    pub workflow_id: Option<WorkflowId>,
    /// Only this one.
    pub execution_id: Option<ExecutionId>,
    /// Words in the error.
    pub error: Option<String>,
    /// Failed at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Failed before this time.
    pub to: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadLetterPage {
    /// Latest first.
    pub dead_letters: Vec<DeadLetter>,
    /// Where the next page begins; none: this is the last one.
    pub next: Option<ExecutionCursor>,
}
