//! What is kept of a workflow: its draft, which every save replaces, and its published versions, which never change.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use uuid::Uuid;

use super::{
    id::{NodeId, WorkflowId},
    problem::Problem,
    task::Kind,
    workflow::Workflow,
};

/// The most edges that a workflow may have.
pub const MAX_EDGES: usize = 5_000;
/// The most bytes of its JSON form.
pub const MAX_BYTES: usize = 5 * 1024 * 1024;
/// The most letters of a version's name, and of the note on it.
pub const MAX_VERSION_NAME: usize = 120;
pub const MAX_VERSION_NOTE: usize = 4_000;
/// How deep lists and objects in a parameter may nest.
pub const MAX_DEPTH: usize = 64;

/// A workflow as it is being drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    pub id: WorkflowId,
    pub workflow: Workflow,
    /// Counts the saves, from 1. A save names the revision that it is based on.
    pub revision: i32,
    /// The version that triggers start; none: not published.
    pub live_version: Option<i32>,
    /// The revision that the live version was published from; another than `revision`: there is something to publish.
    pub live_revision: Option<i32>,
    /// Why it cannot be published as it is; empty: it can.
    pub problems: Vec<Problem>,
    /// The email of whoever created it; empty once that account is gone.
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Draft {
    /// Whether the draft differs from what triggers start.
    pub fn has_unpublished_changes(&self) -> bool {
        self.live_revision != Some(self.revision)
    }
}

/// The answer to a save.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// The revision that the next save is based on.
    pub revision: i32,
    pub problems: Vec<Problem>,
}

/// Who else has a workflow open, and what was saved of it by now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Company {
    pub revision: i32,
    pub others: Vec<Present>,
}

/// Somebody who has the workflow open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Present {
    /// Of the tab: one person may have several open.
    pub tab: Uuid,
    /// Their name, or where they gave none, their email.
    pub name: String,
    /// The node that they have selected.
    pub node: Option<NodeId>,
}

/// What lists show of a workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowSummary {
    pub id: WorkflowId,
    pub name: String,
    pub description: String,
    pub node_count: i32,
    /// The kinds of its nodes, each once, in the order of the nodes.
    pub kinds: Vec<Kind>,
    pub revision: i32,
    pub live_version: Option<i32>,
    pub live_revision: Option<i32>,
    pub created_by: String,
    pub updated_at: DateTime<Utc>,
}

/// A place in the list of workflows, last changed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkflowCursor {
    pub updated_at: DateTime<Utc>,
    pub id: WorkflowId,
}

impl WorkflowCursor {
    /// The place after this workflow.
    pub fn after(workflow: &WorkflowSummary) -> Self {
        Self { updated_at: workflow.updated_at, id: workflow.id }
    }
}

/// `<microseconds since 1970>_<id>`, for URLs.
impl fmt::Display for WorkflowCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.updated_at.timestamp_micros(), self.id)
    }
}

impl FromStr for WorkflowCursor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (micros, id) = text.split_once('_')?;
            let updated_at = DateTime::from_timestamp_micros(micros.parse().ok()?)?;
            Some(Self { updated_at, id: id.parse().ok()? })
        };
        read().ok_or("This is no cursor of a list of workflows. Take the one that the page before ended with.")
    }
}

/// What lists show of a published version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionSummary {
    /// From 1.
    pub version: i32,
    /// What people call it, and what they say of it; may be empty.
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub note: String,
    /// The revision of the draft that it was.
    pub revision: i32,
    /// Whether triggers start it.
    pub live: bool,
    /// The email of whoever published it; empty once that account is gone.
    pub published_by: String,
    pub published_at: DateTime<Utc>,
}

/// A published version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    #[serde(flatten)]
    pub summary: VersionSummary,
    pub workflow: Workflow,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_way_through_a_url() {
        let cursor = WorkflowCursor {
            updated_at: DateTime::from_timestamp_micros(1_763_640_000_123_456).expect("a time"),
            id: WorkflowId(uuid::Uuid::from_u128(7)),
        };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "_", "7", "x_00000000-0000-0000-0000-000000000007", "7_y", "99999999999999999999_z"] {
            assert!(text.parse::<WorkflowCursor>().is_err(), "{text}");
        }
    }
}
