//! Workflow versions made ready to be planned, kept while they are in use: a version never changes.

use std::sync::Arc;

use moka::sync::Cache;

use crate::domain::{id::WorkflowId, plan::Prepared, workflow::Workflow};

const KEPT: u64 = 1_000;

pub struct Versions(Cache<(WorkflowId, i32), Arc<Prepared>>);

impl Versions {
    pub fn new() -> Self {
        Self(Cache::new(KEPT))
    }

    /// Version 0 is a draft: prepared anew each time.
    pub fn prepared(&self, workflow: WorkflowId, version: i32, definition: Arc<Workflow>) -> Arc<Prepared> {
        let prepare = || Arc::new(Prepared::of(definition));
        if version == 0 { prepare() } else { self.0.get_with((workflow, version), prepare) }
    }
}
