//! Where a credential is used.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::id::{NodeId, WorkflowId};

/// All that would fail without it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub nodes: Vec<Use>,
    /// Notification channels, by their names.
    pub channels: Vec<String>,
}

impl Usage {
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.channels.is_empty()
    }
}

/// A node that names a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    pub workflow: WorkflowId,
    pub workflow_name: String,
    pub node: NodeId,
    pub node_name: String,
    /// In the published version; else in the draft alone.
    pub live: bool,
    /// When it did the last time, to the minute; none: never yet, or not with this workflow.
    #[serde(default)]
    pub used_at: Option<DateTime<Utc>>,
}
