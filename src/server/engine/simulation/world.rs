//! The world of the simulation: replicas that crash, stop and go on, a clock, letters, attempts under way. Does what
//! lanes and duties do, one small thing after the other, in the order that chance wants.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{
    super::{
        message::{Accepted, Letter},
        owned::Owned,
    },
    chance::Chance,
    store::{Answer, Fence, Store, Violation},
};
use crate::{
    domain::{
        event::Cause,
        execution::TaskRunStatus,
        id::{ExecutionId, RunId, WorkflowId, WorkspaceId},
        plan::Prepared,
    },
    server::store::journal::Entry,
};

pub struct World {
    pub chance: Chance,
    pub now: DateTime<Utc>,
    pub store: Store,
    pub replicas: Vec<Replica>,
    pub flights: Vec<Flight>,
    pub letters: Vec<(ExecutionId, Letter)>,
    /// What was said to be durable.
    pub acknowledged: Vec<ExecutionId>,
    prepared: BTreeMap<ExecutionId, Arc<Prepared>>,
    names: u32,
    /// Trouble happens; not while the world settles.
    pub is_troubled: bool,
    pub crashes: u64,
    pub story: Option<Vec<String>>,
}

pub struct Replica {
    pub fence: Fence,
    pub is_stopped: bool,
    pub memory: BTreeMap<ExecutionId, Owned>,
}

/// An attempt under way on a replica.
#[derive(Clone)]
pub struct Flight {
    replica: u32,
    execution: ExecutionId,
    run: RunId,
    attempt: u32,
}

impl World {
    pub fn of(seed: u64, replicas: usize) -> Self {
        let mut world = Self {
            chance: Chance::of(seed),
            now: DateTime::from_timestamp(1_800_000_000, 0).expect("in range"),
            store: Store::default(),
            replicas: Vec::new(),
            flights: Vec::new(),
            letters: Vec::new(),
            acknowledged: Vec::new(),
            prepared: BTreeMap::new(),
            names: 0,
            is_troubled: true,
            crashes: 0,
            story: None,
        };
        for _ in 0..replicas {
            let replica = world.join();
            world.replicas.push(replica);
        }
        world
    }

    pub fn tell(&mut self, line: impl FnOnce() -> String) {
        let now = self.now;
        if let Some(story) = &mut self.story {
            story.push(format!("{}  {}", now.format("%T"), line()));
        }
    }

    fn join(&mut self) -> Replica {
        self.names += 1;
        let fence = Fence { replica: self.names, epoch: 1 };
        self.store.epochs.insert(fence.replica, fence.epoch);
        Replica { fence, is_stopped: false, memory: BTreeMap::new() }
    }

    /// Everything in memory is gone; a new replica takes the place.
    pub fn crash(&mut self, at: usize) {
        let name = self.replicas[at].fence.replica;
        self.tell(|| format!("replica {name} dies"));
        self.flights.retain(|flight| flight.replica != name);
        self.replicas[at] = self.join();
        self.crashes += 1;
    }

    fn trouble(&mut self, percent: usize) -> bool {
        self.is_troubled && self.chance.percent(percent)
    }

    pub fn start(&mut self, at: usize) -> Result<(), Violation> {
        let execution = ExecutionId(Uuid::from_u128(self.prepared.len() as u128 + 1));
        let prepared = Arc::new(Prepared::of(self.chance.workflow()));
        self.prepared.insert(execution, prepared.clone());
        let (durable, _) = oneshot::channel();
        let mut accepted = Accepted {
            execution,
            workspace: WorkspaceId(Uuid::nil()),
            workflow: WorkflowId(Uuid::nil()),
            version: 1,
            prepared,
            cause: Cause { via: "simulation".into(), ..Cause::default() },
            idempotency_key: None,
            kept: Vec::new(),
            end: None,
            durable,
        };
        let owned = Owned::accept(&mut accepted, self.now);
        self.tell(|| format!("{execution} starts: {}", serde_json::json!(accepted.prepared.workflow)));
        self.replicas[at].memory.insert(execution, owned);
        if self.work(at, execution, |_, _| {})? {
            self.acknowledged.push(execution);
        }
        Ok(())
    }

    /// What a lane does with one message: change, plan, commit. False: the replica did not live to see it committed.
    pub fn work(
        &mut self,
        at: usize,
        execution: ExecutionId,
        change: impl FnOnce(&mut Owned, DateTime<Utc>),
    ) -> Result<bool, Violation> {
        let Some(mut owned) = self.replicas[at].memory.remove(&execution) else { return Ok(false) };
        change(&mut owned, self.now);
        let starts = owned.advance(self.now);
        owned.set_alarm(self.now);
        match owned.take_entry(self.now) {
            Some(entry) => self.commit(at, owned, &entry, starts),
            None => {
                self.replicas[at].memory.insert(execution, owned);
                Ok(true)
            }
        }
    }

    fn commit(&mut self, at: usize, owned: Owned, entry: &Entry, starts: Vec<(RunId, u32)>) -> Result<bool, Violation> {
        let fence = self.replicas[at].fence;
        if self.trouble(2) {
            self.crash(at);
            return Ok(false);
        }
        let mut answer = self.store.append(fence, entry)?;
        self.tell(|| written(fence, entry, &answer));
        if answer == Answer::Written && !entry.events.is_empty() && self.trouble(3) {
            self.tell(|| "the answer is lost".to_owned());
            if self.trouble(50) {
                let other = self.chance.below(self.replicas.len());
                self.adopt_from(other, fence.replica)?;
            }
            answer = match self.store.holds(fence, entry) {
                true => Answer::Written,
                false => self.store.append(fence, entry)?,
            };
        }
        match answer {
            Answer::Fenced => {
                self.crash(at);
                Ok(false)
            }
            Answer::Refused => Err(format!("{}: the journal refused what its owner wrote", entry.execution)),
            Answer::Written if self.trouble(2) => {
                self.crash(at);
                Ok(false)
            }
            Answer::Written => self.settle(at, owned, entry, starts),
        }
    }

    fn settle(&mut self, at: usize, owned: Owned, entry: &Entry, starts: Vec<(RunId, u32)>) -> Result<bool, Violation> {
        if self.store.states.get(&owned.execution) != Some(&owned.state) {
            return Err(format!("{}: memory and journal tell different things", owned.execution));
        }
        let replica = self.replicas[at].fence.replica;
        for (run, attempt) in starts {
            let found = owned.state.task_runs.get(&run);
            let is_under_way = found.is_some_and(|run| run.status == TaskRunStatus::Running)
                && found.and_then(|run| run.attempts.last()).is_some_and(|last| last.number == attempt);
            if is_under_way && !owned.state.status.is_finished() {
                self.flights.push(Flight { replica, execution: owned.execution, run, attempt });
            }
        }
        if !owned.state.status.is_finished() && entry.asleep.is_none() {
            self.replicas[at].memory.insert(owned.execution, owned);
        }
        Ok(true)
    }

    /// A replica tells how an attempt ended; now and then twice.
    pub fn land(&mut self, at: usize) -> Result<(), Violation> {
        let name = self.replicas[at].fence.replica;
        let own: Vec<usize> = (0..self.flights.len()).filter(|flight| self.flights[*flight].replica == name).collect();
        let Some(chosen) = self.chance.one_of(&own) else { return Ok(()) };
        let flight = match self.trouble(5) {
            true => self.flights[chosen].clone(),
            false => self.flights.swap_remove(chosen),
        };
        let kind = self.prepared[&flight.execution].workflow.node(&flight.run.node).map(|node| node.kind);
        let ending = self.chance.ending(kind.ok_or("an attempt at a node that is not there")?, self.now);
        self.work(at, flight.execution, |owned, now| owned.attempt_ended(flight.run, flight.attempt, ending, now))?;
        Ok(())
    }

    pub fn ring_alarms(&mut self, at: usize) -> Result<(), Violation> {
        let is_due = |owned: &Owned| owned.alarm.is_some_and(|alarm| alarm <= self.now);
        let due = self.replicas[at].memory.iter().filter(|(_, owned)| is_due(owned));
        let due: Vec<ExecutionId> = due.map(|(execution, _)| *execution).collect();
        for execution in due {
            self.work(at, execution, |_, _| {})?;
        }
        Ok(())
    }

    /// A heartbeat: a replica that was fenced off joins again under a new name.
    pub fn beat(&mut self, at: usize) {
        if !self.store.stands(self.replicas[at].fence) {
            self.crash(at);
        }
    }

    /// Fences everybody off who does not answer, and takes what they have.
    pub fn adopt(&mut self, at: usize) -> Result<(), Violation> {
        let living: Vec<u32> =
            self.replicas.iter().filter(|replica| !replica.is_stopped).map(|replica| replica.fence.replica).collect();
        let silent: Vec<u32> = self.store.epochs.keys().copied().filter(|name| !living.contains(name)).collect();
        for name in silent {
            self.adopt_from(at, name)?;
        }
        Ok(())
    }

    fn adopt_from(&mut self, at: usize, name: u32) -> Result<(), Violation> {
        *self.store.epochs.entry(name).or_default() += 1;
        let owned = |owner: Option<u32>| owner == Some(name);
        let left = self.store.rows.iter().filter(|(_, row)| owned(row.owner) && !row.is_finished);
        for execution in left.map(|(execution, _)| *execution).collect::<Vec<_>>() {
            self.take(at, execution)?;
        }
        Ok(())
    }

    /// Wakes what is due.
    pub fn wake(&mut self, at: usize) -> Result<(), Violation> {
        let soon = self.now + TimeDelta::seconds(2);
        let is_due = |wakes_at: Option<DateTime<Utc>>| wakes_at.is_some_and(|wakes_at| wakes_at <= soon);
        let due = self.store.rows.iter().filter(|(_, row)| row.owner.is_none() && is_due(row.wakes_at));
        for execution in due.map(|(execution, _)| *execution).collect::<Vec<_>>() {
            self.take(at, execution)?;
        }
        Ok(())
    }

    /// The execution changes hands and is loaded from its journal.
    fn take(&mut self, at: usize, execution: ExecutionId) -> Result<(), Violation> {
        let fence = self.replicas[at].fence;
        // A replica that was fenced off itself takes nothing.
        if !self.store.stands(fence) {
            return Ok(());
        }
        let Some(row) = self.store.rows.get_mut(&execution).filter(|row| !row.is_finished) else { return Ok(()) };
        (row.owner, row.wakes_at) = (Some(fence.replica), None);
        self.tell(|| format!("replica {} takes {execution}", fence.replica));
        if self.trouble(2) {
            self.crash(at);
            return Ok(());
        }
        let journal = &self.store.journals[&execution];
        let prepared = self.prepared[&execution].clone();
        let owned = Owned::adopt(execution, WorkspaceId(Uuid::nil()), prepared, journal, self.now);
        self.replicas[at].memory.insert(execution, owned);
        self.work(at, execution, |_, _| {})?;
        Ok(())
    }

    /// Hands a letter over, if the execution is in this replica's memory or sleeps.
    pub fn deliver(&mut self, at: usize, letter: usize) -> Result<(), Violation> {
        let (execution, content) = self.letters[letter].clone();
        let Some(row) = self.store.rows.get(&execution) else { return Ok(()) };
        if row.is_finished {
            self.letters.remove(letter);
            return Ok(());
        }
        if row.owner.is_none() {
            self.take(at, execution)?;
        }
        self.tell(|| format!("{execution} gets {content:?}"));
        let mut is_taken = false;
        let counts = self.work(at, execution, |owned, now| is_taken = owned.deliver(content, now))?;
        // Crashed before the letter was taken out: it comes again.
        if counts && is_taken && !self.trouble(10) {
            self.letters.remove(letter);
        }
        Ok(())
    }

    pub fn any_living(&mut self) -> Option<usize> {
        let living = (0..self.replicas.len()).filter(|at| !self.replicas[*at].is_stopped).collect::<Vec<_>>();
        self.chance.one_of(&living)
    }

    /// When something is due though nothing happens.
    pub fn next_due(&self) -> Option<DateTime<Utc>> {
        let alarms = self.replicas.iter().flat_map(|replica| replica.memory.values().filter_map(|owned| owned.alarm));
        alarms.chain(self.store.rows.values().filter_map(|row| row.wakes_at)).min()
    }
}

fn written(fence: Fence, entry: &Entry, answer: &Answer) -> String {
    let events: Vec<String> = entry.events.iter().map(|event| format!("{} {:?}", event.seq, event.change)).collect();
    let answer = match answer {
        Answer::Written => "writes",
        Answer::Fenced => "may not write",
        Answer::Refused => "is refused",
    };
    let asleep = if entry.asleep.is_some() { ", asleep" } else { "" };
    format!("replica {} {answer} {}: {}{asleep}", fence.replica, entry.execution, events.join("; "))
}
