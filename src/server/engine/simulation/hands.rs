//! How executions of the simulation change hands: adopted from who is silent, woken by their time or by a letter.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{super::owned::Owned, store::Violation, world::World};
use crate::domain::id::{ExecutionId, WorkspaceId};

impl World {
    /// Fences everybody off who does not answer, and takes what they have.
    pub fn adopt(&mut self, at: usize) -> Result<(), Violation> {
        let living: Vec<u32> =
            self.replicas.iter().filter(|replica| !replica.is_stopped).map(|replica| replica.fence.replica).collect();
        let workers = self.workers.iter().filter(|worker| !worker.is_stopped).map(|worker| worker.name);
        let living: Vec<u32> = living.into_iter().chain(workers).collect();
        let silent: Vec<u32> = self.store.epochs.keys().copied().filter(|name| !living.contains(name)).collect();
        for name in silent {
            self.adopt_from(at, name)?;
        }
        Ok(())
    }

    pub fn adopt_from(&mut self, at: usize, name: u32) -> Result<(), Violation> {
        *self.store.epochs.entry(name).or_default() += 1;
        self.lose_claims(name, false);
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
        let owned = Owned::adopt(execution, WorkspaceId(Uuid::nil()), prepared, journal, self.clock(at));
        self.replicas[at].memory.insert(execution, owned);
        self.work(at, execution, |_, _| {})?;
        Ok(())
    }

    /// Hands a letter over, if the execution is in this replica's memory or sleeps.
    pub fn deliver(&mut self, at: usize, letter: usize) -> Result<(), Violation> {
        let Some((execution, content)) = self.store.letters.get(letter).cloned() else { return Ok(()) };
        let Some(row) = self.store.rows.get(&execution) else { return Ok(()) };
        if row.is_finished {
            self.store.letters.remove(letter);
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
            self.store.letters.remove(letter);
        }
        Ok(())
    }
}
