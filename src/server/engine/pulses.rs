//! The attempts under way on this replica that may not be silent without end, so that their last sign of life can be told.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Utc};

use super::work::Work;
use crate::{
    domain::id::{ExecutionId, RunId},
    server::pulse::Pulse,
};

#[derive(Default)]
pub struct Pulses(Mutex<HashMap<(ExecutionId, RunId), Pulse>>);

impl Pulses {
    /// Shows the attempt's pulse until the mark is dropped; none: it may be silent.
    pub fn show(&self, work: &Work, pulse: &Pulse) -> Option<Mark<'_>> {
        work.node().heartbeat_timeout_secs?;
        let key = (work.execution, work.run.clone());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), pulse.clone());
        Some(Mark { pulses: self, key })
    }

    /// The last sign of life of an attempt that runs here, or its begin.
    pub fn last(&self, execution: ExecutionId, run: &RunId) -> Option<DateTime<Utc>> {
        let pulses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pulses.get(&(execution, run.clone())).map(Pulse::last)
    }
}

pub struct Mark<'a> {
    pulses: &'a Pulses,
    key: (ExecutionId, RunId),
}

impl Drop for Mark<'_> {
    fn drop(&mut self) {
        self.pulses.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}
