//! The store of the simulation: journals and rows in memory behind the same fence and the same keys as in Postgres. Looks
//! at every event that is written.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        audit,
        event::{Change, Event},
        id::ExecutionId,
        state::ExecutionState,
    },
    server::store::journal::Entry,
};

/// What a rule of the simulation was broken by.
pub type Violation = String;

#[derive(Default)]
pub struct Store {
    /// Whether batches of an old epoch are refused: they are, unless a test looks what happens otherwise.
    pub is_unfenced: bool,
    pub epochs: BTreeMap<u32, u32>,
    pub journals: BTreeMap<ExecutionId, Vec<Event>>,
    pub states: BTreeMap<ExecutionId, ExecutionState>,
    pub rows: BTreeMap<ExecutionId, Row>,
    pub events: u64,
}

/// What the executions table and the timers hold.
pub struct Row {
    /// None: it sleeps.
    pub owner: Option<u32>,
    pub is_finished: bool,
    pub wakes_at: Option<DateTime<Utc>>,
}

/// The right of a replica to write.
#[derive(Clone, Copy)]
pub struct Fence {
    pub replica: u32,
    pub epoch: u32,
}

#[derive(PartialEq)]
pub enum Answer {
    Written,
    Fenced,
    /// The primary key of the journal.
    Refused,
}

impl Store {
    pub fn stands(&self, fence: Fence) -> bool {
        self.is_unfenced || self.epochs.get(&fence.replica) == Some(&fence.epoch)
    }

    pub fn append(&mut self, fence: Fence, entry: &Entry) -> Result<Answer, Violation> {
        if !self.stands(fence) {
            return Ok(Answer::Fenced);
        }
        let length = self.journals.get(&entry.execution).map_or(0, Vec::len) as i32;
        if entry.events.first().is_some_and(|event| event.seq <= length) {
            return Ok(Answer::Refused);
        }
        entry.events.iter().try_for_each(|event| self.write(entry.execution, event))?;
        self.write_row(fence, entry)?;
        Ok(Answer::Written)
    }

    /// Whether a batch whose answer was lost is there, by its first line.
    pub fn holds(&self, fence: Fence, entry: &Entry) -> bool {
        let length = self.journals.get(&entry.execution).map_or(0, Vec::len) as i32;
        self.stands(fence) && entry.events.first().is_some_and(|event| event.seq <= length)
    }

    fn write(&mut self, execution: ExecutionId, event: &Event) -> Result<(), Violation> {
        let state = self.states.entry(execution).or_default();
        let broken = |rule: String| format!("{execution}, event {} {:?}: {rule}", event.seq, event.change);
        if event.seq != state.seq + 1 {
            return Err(broken(format!("it follows event {}", state.seq)));
        }
        if let Some(reason) = audit::illegal(state, &event.change) {
            return Err(broken(reason));
        }
        let text = serde_json::to_string(&event.change).map_err(|error| broken(error.to_string()))?;
        if serde_json::from_str::<Change>(&text).ok().as_ref() != Some(&event.change) {
            return Err(broken("it reads otherwise than it was written".into()));
        }
        state.apply(event);
        self.journals.entry(execution).or_default().push(event.clone());
        self.events += 1;
        Ok(())
    }

    fn write_row(&mut self, fence: Fence, entry: &Entry) -> Result<(), Violation> {
        if entry.new.is_some() {
            let row = Row { owner: Some(fence.replica), is_finished: false, wakes_at: None };
            if self.rows.insert(entry.execution, row).is_some() {
                return Err(format!("{} started twice", entry.execution));
            }
        }
        let row = self.rows.get_mut(&entry.execution).ok_or("an execution without a row")?;
        if row.owner != Some(fence.replica) {
            return Ok(());
        }
        if let Some(standing) = &entry.standing {
            row.is_finished = standing.finished_at.is_some();
        }
        if let Some(asleep) = entry.asleep {
            (row.owner, row.wakes_at) = (None, asleep.due_at);
        }
        Ok(())
    }
}
