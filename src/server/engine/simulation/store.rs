//! The store of the simulation: journals and rows in memory behind the same fence and the same keys as in Postgres. Looks
//! at every event that is written.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use super::{super::message::Letter, lines::Place, workers::Offer};
use crate::{
    domain::{
        audit,
        event::{Change, Event, WaitsFor},
        id::{ExecutionId, RunId},
        state::{Admission, ExecutionState},
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
    /// The inbox.
    pub letters: Vec<(ExecutionId, Letter)>,
    /// Task runs that wait for an event, with its name and key.
    pub waits: BTreeMap<(ExecutionId, RunId), (String, Option<String>)>,
    /// Idempotency keys.
    pub keys: HashMap<String, ExecutionId>,
    /// The lines of all concurrency keys, in the order in which they came.
    pub line: Vec<Place>,
    /// Who waits whether a later start comes, by key.
    pub quiet: BTreeMap<String, Vec<ExecutionId>>,
    /// Attempts for workers, by number.
    pub offers: BTreeMap<u64, Offer>,
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
        for (to, body) in &entry.letters {
            self.letters.push((*to, serde_json::from_str(body).map_err(|error| error.to_string())?));
        }
        for wait in &entry.waits {
            self.waits.insert((entry.execution, wait.run.clone()), (wait.name.clone(), wait.key.clone()));
        }
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
        let wrong = self.breaks_a_promise(execution, &event.change);
        if let Some(reason) = wrong {
            return Err(broken(reason));
        }
        let state = self.states.entry(execution).or_default();
        let text = serde_json::to_string(&event.change).map_err(|error| broken(error.to_string()))?;
        if serde_json::from_str::<Change>(&text).ok().as_ref() != Some(&event.change) {
            return Err(broken("it reads otherwise than it was written".into()));
        }
        state.apply(event);
        self.journals.entry(execution).or_default().push(event.clone());
        self.events += 1;
        Ok(())
    }

    /// What executions promise each other.
    fn breaks_a_promise(&self, execution: ExecutionId, change: &Change) -> Option<String> {
        let state = self.states.get(&execution)?;
        match change {
            Change::Admitted => {
                let Some(Admission::Waits { key, .. }) = &state.admission else { return None };
                let holds = |other: &&ExecutionState| {
                    !other.status.is_finished() && other.admission == Some(Admission::Admitted { key: key.clone() })
                };
                let others = self.states.values().filter(holds).count();
                (others >= super::lines::most(key) as usize).then(|| format!("{others} hold “{key}” already"))
            }
            Change::WaitEnded { node, answer } => {
                let Some(WaitsFor::Execution { id }) = state.task_runs.get(node)?.waits_for else { return None };
                let child = self.states.get(&id).filter(|child| child.status.is_finished());
                let Some(child) = child else { return Some(format!("{id} is not over")) };
                let output = child.output.clone().unwrap_or_default();
                let is_it = answer.as_ref().is_some_and(|answer| answer.output == output);
                (!is_it).then(|| format!("{id} handed something else on"))
            }
            _ => None,
        }
    }

    fn write_row(&mut self, fence: Fence, entry: &Entry) -> Result<(), Violation> {
        if let Some(new) = &entry.new {
            if let Some(key) = &new.idempotency_key
                && self.keys.insert(key.clone(), entry.execution).is_some()
            {
                return Err(format!("“{key}” started twice"));
            }
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
