//! Replicas of the simulation that are stopped in good order: what ended counts, what runs is handed over, and no task is
//! blamed.

use super::{store::Violation, world::World};
use crate::domain::{execution::TaskRunStatus, id::ExecutionId};

impl World {
    /// From the request to stop to the last batch; then another replica takes the place.
    pub fn stop_in_order(&mut self, at: usize) -> Result<(), Violation> {
        let fence = self.replicas[at].fence;
        // Others own what it has: it may write nothing any more.
        if !self.store.stands(fence) {
            self.crash(at);
            return Ok(());
        }
        self.tell(|| format!("replica {} is asked to stop", fence.replica));
        let all: Vec<ExecutionId> = self.replicas[at].memory.keys().copied().collect();
        self.replicas[at].memory.values_mut().for_each(|owned| owned.is_leaving = true);
        for execution in &all {
            self.flush(at, *execution)?;
        }
        for _ in 0..self.chance.below(4) {
            self.land(at)?;
        }
        if self.replicas[at].fence.replica != fence.replica {
            return Ok(());
        }
        let all: Vec<ExecutionId> = self.replicas[at].memory.keys().copied().collect();
        for execution in &all {
            let Some(mut owned) = self.replicas[at].memory.remove(execution) else { continue };
            let now = self.clock(at);
            owned.hand_over(now);
            if let Some(entry) = owned.take_entry(now)
                && !self.commit(at, owned, &entry, Vec::new())?
            {
                return Ok(());
            }
        }
        self.nothing_runs_any_more(&all)?;
        self.flights.retain(|flight| flight.replica != fence.replica);
        self.lose_claims(fence.replica, true);
        *self.store.epochs.entry(fence.replica).or_default() += 1;
        self.replicas[at] = self.join();
        self.stops += 1;
        Ok(())
    }

    /// Writes down what was held back.
    fn flush(&mut self, at: usize, execution: ExecutionId) -> Result<(), Violation> {
        let Some(mut owned) = self.replicas[at].memory.remove(&execution) else { return Ok(()) };
        let now = self.clock(at);
        match owned.take_entry(now) {
            Some(entry) => self.commit(at, owned, &entry, Vec::new()).map(drop),
            None => {
                self.replicas[at].memory.insert(execution, owned);
                Ok(())
            }
        }
    }

    fn nothing_runs_any_more(&self, handed_over: &[ExecutionId]) -> Result<(), Violation> {
        for (execution, state) in handed_over.iter().filter_map(|id| Some((id, self.store.states.get(id)?))) {
            let mut runs = state.task_runs.iter();
            let is_running = |run: TaskRunStatus| run == TaskRunStatus::Running;
            if let Some((run, _)) = runs.find(|(id, run)| is_running(run.status) && !state.is_looping(id)) {
                return Err(format!("{execution} was handed over with {run} under way"));
            }
        }
        Ok(())
    }
}
