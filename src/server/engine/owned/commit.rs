//! When an execution's events are written, and whether its attempts wait for that: what its commit policy means here.

use super::Owned;
use crate::{
    domain::{commit::Commit, event::Change, execution::ExecutionStatus, id::RunId, workflow::Node},
    server::engine::instant,
};

/// Events that are held back for the end of an execution, at most.
const MOST_HELD_BACK: usize = 1_000;

impl Owned {
    /// Whether attempts at it need not wait until the journal knows what came before: the workflow says so, or they only
    /// compute. What another replica makes has to wait in any case.
    pub fn is_eager(&self, run: &RunId) -> bool {
        let Some(position) = self.prepared.position(&run.node) else { return false };
        let node = &self.prepared.workflow.nodes[position];
        let is_by_step = self.prepared.workflow.settings.commit.is_step() && !only_computes(node, run);
        self.is_durable && !is_by_step && node.group.is_none()
    }

    /// Whether another replica makes the attempts, which reads the journal for it: they cannot begin before they are in it.
    pub fn is_for_workers(&self, run: &RunId) -> bool {
        let position = self.prepared.position(&run.node);
        position.is_some_and(|position| self.prepared.workflow.nodes[position].group.is_some())
    }

    /// Whether nobody needs to know yet what happened: more follows soon, and it is written together.
    pub fn may_hold_back(&self) -> bool {
        self.prepared.workflow.settings.commit == Commit::End
            && self.is_durable
            && self.state.status == ExecutionStatus::Running
            && !self.has_mail
            && self.letters.is_empty()
            && self.events.len() < MOST_HELD_BACK
            && !self.is_for_others
    }

    /// Whether events are held back.
    pub fn holds_back(&self) -> bool {
        !self.events.is_empty()
    }

    pub(super) fn is_of_interest(&self, change: &Change) -> bool {
        match change {
            Change::WaitStarted { .. } | Change::Held { .. } => true,
            Change::AttemptStarted { node, .. } => {
                self.prepared.workflow.settings.commit == Commit::End && self.is_for_workers(node)
            }
            _ => false,
        }
    }
}

/// Whether attempts at it need no commit of their own before them, though the workflow is committed by step. Items of a loop are
/// many and take theirs, so that others have their turn meanwhile.
pub fn only_computes(node: &Node, run: &RunId) -> bool {
    run.path.is_empty() && instant::is_for(node)
}
