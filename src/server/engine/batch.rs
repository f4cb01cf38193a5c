//! What a lane has in hand: the batch that it collects, and the one on its way to the database.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, SubsecRound, Utc};
use tokio::sync::oneshot;

use super::{keys::Request, owned::Owned};
use crate::{
    domain::id::{ExecutionId, RunId},
    server::Result,
};

/// Now, as exactly as the database keeps it: what is told from memory is what the journal tells later.
pub fn moment() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// What happened since the last batch was sent, and what to do once it is durable.
#[derive(Default)]
pub struct Batch {
    /// When it all happened, as the journal tells it; none: nothing did.
    pub at: Option<DateTime<Utc>>,
    pub messages: usize,
    pub touched: HashSet<ExecutionId>,
    /// Those of them that were not planned since.
    pub unplanned: HashSet<ExecutionId>,
    pub starts: Vec<(ExecutionId, RunId, u32)>,
    pub durable: HashMap<ExecutionId, oneshot::Sender<Result<()>>>,
    /// Answered after the commit, so that a letter leaves the inbox only once it counts.
    pub delivered: Vec<oneshot::Sender<bool>>,
}

/// A batch on its way to the database. Its executions may have gone on since.
#[derive(Default)]
pub struct Sent {
    pub batch: Batch,
    /// With whether they are over.
    pub touched: Vec<(ExecutionId, bool)>,
    /// What they ask of their concurrency keys.
    pub requests: Vec<Request>,
    /// They leave memory with this batch: whatever comes for them is for whoever wakes them.
    pub asleep: HashMap<ExecutionId, Owned>,
    pub has_letters: bool,
}

impl Batch {
    pub fn touch(&mut self, execution: ExecutionId) {
        self.touched.insert(execution);
        self.unplanned.insert(execution);
    }
}
