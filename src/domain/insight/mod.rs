//! What past executions tell of a workflow: how long each node takes and how often it fails, which chain of nodes decides
//! the time, what the data between them is like.

mod gather;
mod learned;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use self::{
    gather::Gathering,
    learned::{Learner, Means, Place, Schema, Seen, Sort},
};
use super::{
    id::NodeId,
    task::port,
    workflow::{Edge, Endpoint},
};

/// How many executions are looked at, unless somebody wishes for fewer or more.
pub const USUAL: u32 = 500;
pub const MOST: u32 = 1_000;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Insight {
    /// The version whose executions these were; 0: drafts.
    pub version: i32,
    /// How many were looked at, newest first.
    pub executions: usize,
    /// When the oldest of them began; none: there were none.
    pub since: Option<DateTime<Utc>>,
    /// How long whole executions took; none: none was told from beginning to end.
    pub time: Option<Time>,
    /// Some data was too much to read, or some executions.
    pub is_partial: bool,
    /// Whether `outputs` are told: not to those who may not see data.
    pub shows_data: bool,
    /// Nodes that ran.
    pub nodes: BTreeMap<NodeId, NodeInsight>,
    /// The chain with the greatest p95 in total; empty while nothing took time.
    pub critical_path: Vec<NodeId>,
}

/// Half, and 95 of 100, took no longer than this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Time {
    pub p50_ms: u64,
    pub p95_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeInsight {
    /// Task runs that came to an end here, one per iteration inside of loops; of triggers how often they fired.
    pub runs: usize,
    pub failed: usize,
    /// From the start of the first attempt to the end, with retries and waits; none: triggers, and what was not attempted.
    pub time: Option<Time>,
    /// Outputs that were too much to read.
    pub unread: usize,
    /// What left through each port.
    pub outputs: BTreeMap<String, Schema>,
}

impl Insight {
    /// For those who may not see data.
    pub fn without_data(mut self) -> Self {
        self.shows_data = false;
        self.nodes.values_mut().for_each(|node| node.outputs.clear());
        self
    }

    pub fn is_critical(&self, node: &NodeId) -> bool {
        self.critical_path.contains(node)
    }

    /// Whether the edge leads along the critical path.
    pub fn leads_along(&self, edge: &Edge) -> bool {
        edge.from.port != port::ITEM
            && self.critical_path.windows(2).any(|pair| pair[0] == edge.from.node && pair[1] == edge.to.node)
    }

    /// What left through this port.
    pub fn schema(&self, from: &Endpoint) -> Option<&Schema> {
        self.nodes.get(&from.node)?.outputs.get(&from.port)
    }
}
