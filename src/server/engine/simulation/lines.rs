//! Concurrency keys in the simulation: the line that all replicas share, requests that die with their replica, news that
//! are lost between the commit and the letter.

use super::{
    super::{
        keys::{Request, excess},
        message::Letter,
    },
    store::Violation,
    world::World,
};
use crate::domain::{
    execution::ExecutionStatus,
    id::ExecutionId,
    limit::{Concurrency, ConcurrencyPolicy},
};

/// A place in the line of a key.
#[derive(Clone, Debug)]
pub struct Place {
    pub key: String,
    pub execution: ExecutionId,
    pub is_held: bool,
}

/// How many may hold the key, whichever workflow asks.
pub fn most(key: &str) -> u32 {
    if key == "k0" { 1 } else { 2 }
}

impl World {
    /// A replica deals with one of the requests that its lanes left.
    pub fn serve_keys(&mut self, at: usize) -> Result<(), Violation> {
        let name = self.replicas[at].fence.replica;
        let own: Vec<usize> = (0..self.requests.len()).filter(|number| self.requests[*number].0 == name).collect();
        // In their order: a start after an end finds the key free.
        let Some(first) = own.first() else { return Ok(()) };
        match self.requests.remove(*first).1 {
            Request::Admit { execution, key, concurrency, .. } => {
                self.admit(at, execution, &key, &concurrency);
                self.work(at, execution, |owned, now| {
                    owned.deliver(Letter::InLine, now);
                })?;
            }
            Request::Over { execution, key, .. } => {
                self.store.line.retain(|place| place.execution != execution);
                let granted = self.grant(&key);
                self.tell_granted(at, granted);
            }
            Request::Debounce { execution, key, .. } => {
                self.settle_burst(execution, &key);
                if self.trouble(3) {
                    self.crash(at);
                } else {
                    self.work(at, execution, |owned, now| {
                        owned.deliver(Letter::InBurst, now);
                    })?;
                }
            }
            Request::Leave { .. } => {}
        }
        Ok(())
    }

    fn admit(&mut self, at: usize, execution: ExecutionId, key: &str, concurrency: &Concurrency) {
        let rows = &self.store.rows;
        let is_over = |place: &Place| rows.get(&place.execution).is_none_or(|row| row.is_finished);
        self.store.line.retain(|place| place.key != key || !is_over(place));
        if !self.store.line.iter().any(|place| place.execution == execution) {
            self.store.line.push(Place { key: key.to_owned(), execution, is_held: false });
        }
        let mut told = self.grant(key);
        let is_held = self.store.line.iter().any(|place| place.execution == execution && place.is_held);
        let mut cancelled = Vec::new();
        if is_held {
            told.extend((!told.contains(&execution)).then_some(execution));
        } else if concurrency.policy == ConcurrencyPolicy::Skip {
            self.store.line.retain(|place| place.execution != execution);
        } else if concurrency.policy != ConcurrencyPolicy::Queue {
            let line = self.store.line.iter().filter(|place| place.key == key);
            let before = line.map(|place| place.execution).take_while(|before| *before != execution).collect();
            cancelled = excess(before, concurrency);
        }
        self.tell(|| format!("{execution} asks for {key}: {told:?} hold it now, {cancelled:?} have to go"));
        if self.trouble(3) {
            return self.crash(at);
        }
        if concurrency.policy == ConcurrencyPolicy::Skip && !is_held {
            self.store.letters.push((execution, Letter::Refused { reason: "taken".into() }));
        }
        let go = |execution| (execution, Letter::Cancel { by: "a later start".into() });
        self.store.letters.extend(cancelled.into_iter().map(go));
        self.tell_granted(at, told);
    }

    /// In one commit: the places and the letters about them.
    fn settle_burst(&mut self, execution: ExecutionId, key: &str) {
        let places = self.store.quiet.entry(key.to_owned()).or_default();
        let (earlier, mut rest): (Vec<_>, Vec<_>) = places.drain(..).partition(|other| *other < execution);
        let later = rest.iter().copied().filter(|other| *other > execution).max();
        if !rest.contains(&execution) {
            rest.push(execution);
        }
        *places = rest;
        let superseded = |execution, by| (execution, Letter::Superseded { by });
        self.store.letters.extend(earlier.into_iter().map(|earlier| superseded(earlier, execution)));
        self.store.letters.extend(later.map(|later| superseded(execution, later)));
    }

    fn grant(&mut self, key: &str) -> Vec<ExecutionId> {
        let held = self.store.line.iter().filter(|place| place.key == key && place.is_held).count();
        let room = (most(key) as usize).saturating_sub(held);
        let waiting = self.store.line.iter_mut().filter(|place| place.key == key && !place.is_held);
        let granted = waiting.take(room).map(|place| {
            place.is_held = true;
            place.execution
        });
        granted.collect()
    }

    /// After the commit: a crash here leaves them without news.
    fn tell_granted(&mut self, at: usize, granted: Vec<ExecutionId>) {
        if !granted.is_empty() && self.trouble(3) {
            return self.crash(at);
        }
        self.store.letters.extend(granted.into_iter().map(|execution| (execution, Letter::Admitted)));
    }

    /// Frees keys whose holders are over, and tells those again who hold theirs and do not know.
    pub fn sweep_keys(&mut self, at: usize) {
        let rows = &self.store.rows;
        let is_over = |execution| rows.get(&execution).is_none_or(|row| row.is_finished);
        self.store.line.retain(|place| !(place.is_held && is_over(place.execution)));
        for key in ["k0", "k1"] {
            let granted = self.grant(key);
            self.tell_granted(at, granted);
        }
        let name = self.replicas[at].fence.replica;
        let is_untold = |place: &&Place| {
            let owner = self.store.rows.get(&place.execution).and_then(|row| row.owner);
            let status = self.store.states.get(&place.execution).map(|state| state.status);
            place.is_held && owner.is_none_or(|owner| owner == name) && status == Some(ExecutionStatus::Queued)
        };
        let untold: Vec<ExecutionId> = self.store.line.iter().filter(is_untold).map(|place| place.execution).collect();
        self.store.letters.extend(untold.into_iter().map(|execution| (execution, Letter::Admitted)));
    }
}
