//! The world of the simulation: replicas that crash, stop and go on, a clock, letters, attempts under way. Does what
//! lanes and duties do, one small thing after the other, in the order that chance wants.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::{
    super::{
        keys::Request,
        message::{Ending, Letter},
        owned::Owned,
    },
    chance::Chance,
    store::{Answer, Fence, Store, Violation},
    workers::Worker,
};
use crate::{
    domain::{
        event::WaitsFor,
        id::{ExecutionId, RunId},
        plan::Prepared,
        state::Admission,
        task::Kind,
    },
    server::store::journal::Entry,
};

pub struct World {
    pub chance: Chance,
    pub now: DateTime<Utc>,
    pub store: Store,
    pub replicas: Vec<Replica>,
    pub flights: Vec<Flight>,
    /// What lanes ask of concurrency keys, with the replica that has to serve it.
    pub requests: Vec<(u32, Request)>,
    pub workers: Vec<Worker>,
    /// Offers made so far.
    pub offers: u64,
    /// What was said to be durable.
    pub acknowledged: Vec<ExecutionId>,
    pub prepared: BTreeMap<ExecutionId, Arc<Prepared>>,
    names: u32,
    /// Starts from outside that were tried.
    pub started: usize,
    /// Trouble happens; not while the world settles.
    pub is_troubled: bool,
    pub crashes: u64,
    /// Replicas that were stopped in good order.
    pub stops: u64,
    pub story: Option<Vec<String>>,
}

pub struct Replica {
    pub fence: Fence,
    pub is_stopped: bool,
    /// How wrong its clock is.
    pub skew: TimeDelta,
    pub memory: BTreeMap<ExecutionId, Owned>,
}

/// An attempt under way on a replica.
#[derive(Clone)]
pub struct Flight {
    pub replica: u32,
    pub execution: ExecutionId,
    pub run: RunId,
    pub attempt: u32,
    /// The offer that it was claimed by; none: its owner makes it.
    pub offer: Option<u64>,
}

impl World {
    pub fn of(seed: u64, replicas: usize, workers: usize) -> Self {
        let mut world = Self {
            chance: Chance::of(seed),
            now: DateTime::from_timestamp(1_800_000_000, 0).expect("in range"),
            store: Store::default(),
            replicas: Vec::new(),
            flights: Vec::new(),
            requests: Vec::new(),
            workers: Vec::new(),
            offers: 0,
            acknowledged: Vec::new(),
            prepared: BTreeMap::new(),
            names: 0,
            started: 0,
            is_troubled: true,
            crashes: 0,
            stops: 0,
            story: None,
        };
        for _ in 0..replicas {
            let replica = world.join();
            world.replicas.push(replica);
        }
        for _ in 0..workers {
            let worker = world.hire();
            world.workers.push(worker);
        }
        world
    }

    pub fn tell(&mut self, line: impl FnOnce() -> String) {
        let now = self.now;
        if let Some(story) = &mut self.story {
            story.push(format!("{}  {}", now.format("%T"), line()));
        }
    }

    pub fn join(&mut self) -> Replica {
        let fence = Fence { replica: self.new_name(), epoch: 1 };
        let skew = TimeDelta::zero();
        Replica { fence, is_stopped: false, skew, memory: BTreeMap::new() }
    }

    pub fn new_name(&mut self) -> u32 {
        self.names += 1;
        self.store.epochs.insert(self.names, 1);
        self.names
    }

    /// The time as the replica believes.
    pub fn clock(&self, at: usize) -> DateTime<Utc> {
        self.now + self.replicas[at].skew
    }

    /// Everything in memory is gone; a new replica takes the place.
    pub fn crash(&mut self, at: usize) {
        let name = self.replicas[at].fence.replica;
        self.tell(|| format!("replica {name} dies"));
        self.flights.retain(|flight| flight.replica != name);
        self.requests.retain(|(replica, _)| *replica != name);
        self.replicas[at] = self.join();
        self.crashes += 1;
    }

    pub fn trouble(&mut self, percent: usize) -> bool {
        self.is_troubled && self.chance.percent(percent)
    }

    /// What a lane does with one message: change, plan, commit. False: the replica did not live to see it committed.
    pub fn work(
        &mut self,
        at: usize,
        execution: ExecutionId,
        change: impl FnOnce(&mut Owned, DateTime<Utc>),
    ) -> Result<bool, Violation> {
        let Some(mut owned) = self.replicas[at].memory.remove(&execution) else { return Ok(false) };
        let now = self.clock(at);
        change(&mut owned, now);
        let starts = owned.advance(now);
        owned.set_alarm(now);
        let (at_once, starts): (Vec<_>, Vec<_>) = starts.into_iter().partition(|(run, _)| owned.is_eager(run));
        self.take_off(at, &owned, at_once);
        let name = self.replicas[at].fence.replica;
        self.requests.extend(owned.request.take().map(|request| (name, request)));
        if owned.may_hold_back() && !owned.is_leaving {
            self.replicas[at].memory.insert(execution, owned);
            return Ok(true);
        }
        match owned.take_entry(now) {
            Some(entry) => self.commit(at, owned, &entry, starts),
            None => {
                self.replicas[at].memory.insert(execution, owned);
                Ok(true)
            }
        }
    }

    pub fn commit(
        &mut self,
        at: usize,
        owned: Owned,
        entry: &Entry,
        starts: Vec<(RunId, u32)>,
    ) -> Result<bool, Violation> {
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

    fn settle(
        &mut self,
        at: usize,
        mut owned: Owned,
        entry: &Entry,
        starts: Vec<(RunId, u32)>,
    ) -> Result<bool, Violation> {
        if self.store.states.get(&owned.execution) != Some(&owned.state) {
            return Err(format!("{}: memory and journal tell different things", owned.execution));
        }
        owned.is_durable = true;
        self.take_off(at, &owned, starts);
        self.withdraw(&owned);
        let (execution, name) = (owned.execution, self.replicas[at].fence.replica);
        match &owned.state.admission {
            Some(Admission::Waits { key, .. } | Admission::Admitted { key }) if owned.state.status.is_finished() => {
                let (workspace, key) = (owned.workspace, key.clone());
                self.requests.push((name, Request::Over { workspace, execution, key }));
            }
            _ => {}
        }
        if !owned.state.status.is_finished() && entry.asleep.is_none() {
            self.replicas[at].memory.insert(execution, owned);
        }
        Ok(true)
    }

    /// Attempts begin: here, or they are offered to workers.
    fn take_off(&mut self, at: usize, owned: &Owned, starts: Vec<(RunId, u32)>) {
        let (replica, execution) = (self.replicas[at].fence.replica, owned.execution);
        for (run, attempt) in starts.into_iter().filter(|(run, attempt)| owned.is_current(run, *attempt)) {
            match owned.is_for_workers(&run) {
                true => self.offer(execution, run, attempt),
                false => self.flights.push(Flight { replica, execution, run, attempt, offer: None }),
            }
        }
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
        let node = self.node_of(flight.execution, &flight.run).ok_or("an attempt at a node that is not there")?;
        if node.start_timeout_secs.is_some() && self.chance.percent(50) {
            let began = Letter::AttemptBegan { node: flight.run.clone(), attempt: flight.attempt };
            self.work(at, flight.execution, |owned, now| {
                owned.deliver(began, now);
            })?;
        }
        let ending = match node.kind {
            Kind::SubWorkflow if !self.chance.percent(10) => match self.child_of(at, &flight)? {
                Some(id) => {
                    let (until, output, waits_for) = (None, Value::Null, WaitsFor::Execution { id });
                    Ending::Wait { until, output, waits_for }
                }
                None => return Ok(()),
            },
            _ => self.chance.ending(&node, self.clock(at)),
        };
        self.work(at, flight.execution, |owned, now| owned.attempt_ended(flight.run, flight.attempt, ending, now))?;
        Ok(())
    }

    pub fn ring_alarms(&mut self, at: usize) -> Result<(), Violation> {
        let now = self.clock(at);
        let is_due = |owned: &Owned| owned.alarm.is_some_and(|alarm| alarm <= now);
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
