//! Workers of the simulation: replicas that own nothing, claim what is offered to their group, make the attempt and answer by
//! letter. They die and stand still like others.

use super::{
    super::{message::Letter, owned::Owned},
    store::Violation,
    world::{Flight, World},
};
use crate::domain::{
    execution::TaskRunStatus,
    id::{ExecutionId, RunId},
    state::ExecutionState,
    workflow::Node,
};

/// An attempt that another replica makes.
#[derive(Clone, Debug)]
pub struct Offer {
    pub execution: ExecutionId,
    pub run: RunId,
    pub attempt: u32,
    pub claimed_by: Option<u32>,
}

pub struct Worker {
    pub name: u32,
    pub is_stopped: bool,
}

impl World {
    /// Offers of earlier attempts are void; one that is there is not made again.
    pub fn offer(&mut self, execution: ExecutionId, run: RunId, attempt: u32) {
        let is_of_run = |offer: &Offer| offer.execution == execution && offer.run == run;
        self.store.offers.retain(|_, offer| !is_of_run(offer) || offer.attempt >= attempt);
        if !self.store.offers.values().any(|offer| is_of_run(offer) && offer.attempt == attempt) {
            self.offers += 1;
            self.store.offers.insert(self.offers, Offer { execution, run, attempt, claimed_by: None });
        }
    }

    /// The owner takes back what it needs no more; not if it died in between.
    pub fn withdraw(&mut self, owned: &Owned) {
        let is_void =
            |offer: &Offer| offer.execution == owned.execution && !owned.is_current(&offer.run, offer.attempt);
        if !self.trouble(20) {
            self.store.offers.retain(|_, offer| !is_void(offer));
        }
    }

    /// Something a worker does.
    pub fn worker_acts(&mut self) -> Result<(), Violation> {
        let at = self.chance.below(self.workers.len());
        match self.chance.below(100) {
            0..5 if self.is_troubled => self.worker_dies(at),
            5..10 if self.is_troubled => self.workers[at].is_stopped = true,
            10..25 => {
                self.workers[at].is_stopped = false;
                // Its heartbeat tells it that others took over.
                if self.store.epochs.get(&self.workers[at].name) != Some(&1) {
                    self.worker_dies(at);
                }
            }
            _ if self.workers[at].is_stopped => {}
            25..60 => self.claim(at),
            _ => self.answer(at),
        }
        Ok(())
    }

    fn worker_dies(&mut self, at: usize) {
        let name = self.workers[at].name;
        self.tell(|| format!("worker {name} dies"));
        self.flights.retain(|flight| flight.replica != name);
        self.workers[at] = self.hire();
        self.crashes += 1;
    }

    pub fn hire(&mut self) -> Worker {
        Worker { name: self.new_name(), is_stopped: false }
    }

    fn claim(&mut self, at: usize) {
        let name = self.workers[at].name;
        let open = self.store.offers.iter().filter(|(_, offer)| offer.claimed_by.is_none());
        let open: Vec<u64> = open.map(|(number, _)| *number).collect();
        let is_retired = self.store.epochs.get(&name) != Some(&1);
        let Some(number) = self.chance.one_of(&open).filter(|_| !is_retired) else { return };
        let Some(offer) = self.store.offers.get_mut(&number) else { return };
        offer.claimed_by = Some(name);
        let offer = offer.clone();
        self.tell(|| format!("worker {name} claims {offer:?}"));
        let Offer { execution, run, attempt, .. } = offer;
        match self.store.states.get(&execution) {
            Some(state) if is_current(state, &run, attempt) => {
                self.flights.push(Flight { replica: name, execution, run, attempt, offer: Some(number) });
            }
            // The run has gone on without this attempt.
            _ => self.leave_letter(number, name, Letter::AttemptLost { node: run, attempt, stopped: false }),
        }
    }

    fn answer(&mut self, at: usize) {
        let name = self.workers[at].name;
        let own: Vec<usize> = (0..self.flights.len()).filter(|flight| self.flights[*flight].replica == name).collect();
        let Some(chosen) = self.chance.one_of(&own) else { return };
        let Flight { execution, run, attempt, offer, .. } = self.flights.swap_remove(chosen);
        let (Some(number), Some(node)) = (offer, self.node_of(execution, &run)) else { return };
        let ending = self.chance.ending(&node, self.now);
        self.leave_letter(number, name, Letter::AttemptEnded { node: run, attempt, ending });
    }

    /// One commit: the offer goes and the letter is there; neither, if the offer is another's by now.
    fn leave_letter(&mut self, number: u64, worker: u32, letter: Letter) {
        if self.store.offers.get(&number).is_some_and(|offer| offer.claimed_by == Some(worker))
            && let Some(offer) = self.store.offers.remove(&number)
        {
            self.store.letters.push((offer.execution, letter));
        }
    }

    /// What a retired worker had claimed is lost.
    pub fn lose_claims(&mut self, name: u32, stopped: bool) {
        let claimed = self.store.offers.iter().filter(|(_, offer)| offer.claimed_by == Some(name));
        for number in claimed.map(|(number, _)| *number).collect::<Vec<_>>() {
            let Some(Offer { execution, run, attempt, .. }) = self.store.offers.remove(&number) else { continue };
            self.store.letters.push((execution, Letter::AttemptLost { node: run, attempt, stopped }));
        }
    }

    pub fn node_of(&self, execution: ExecutionId, run: &RunId) -> Option<Node> {
        self.prepared.get(&execution)?.workflow.node(&run.node).cloned()
    }
}

fn is_current(state: &ExecutionState, run: &RunId, attempt: u32) -> bool {
    let found = state.task_runs.get(run).filter(|run| run.status == TaskRunStatus::Running);
    let last = found.and_then(|run| run.attempts.last());
    last.is_some_and(|last| last.number == attempt) && !state.is_looping(run) && !state.status.is_finished()
}
