//! Judges every node of an execution in one pass: what can start, what is skipped, whether all is over.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{Prepared, Step};
use crate::domain::{
    execution::{ExecutionStatus, Phase, TaskRunStatus},
    id::NodeId,
    state::ExecutionState,
    task::port,
    workflow::{JoinRule, Node},
};

/// What became of a node, as far as the nodes after it are concerned.
#[derive(Clone, Copy, PartialEq)]
enum Standing {
    Open,
    Succeeded,
    Failed,
    /// Skipped; `by_failure`: because something before it failed.
    Skipped {
        by_failure: bool,
    },
}

/// What an incoming edge, or all edges of one source together, tell.
#[derive(Clone, Copy, PartialEq)]
enum Verdict {
    Open,
    Carried,
    NotTaken,
    Failed,
}

/// One pass over the nodes in their order, so that a skip is seen by everything after it in the same pass.
pub(super) struct Judge<'a> {
    prepared: &'a Prepared,
    state: &'a ExecutionState,
    now: DateTime<Utc>,
    standings: HashMap<&'a NodeId, Standing>,
    steps: Vec<Step>,
}

impl<'a> Judge<'a> {
    pub fn new(prepared: &'a Prepared, state: &'a ExecutionState, now: DateTime<Utc>) -> Self {
        let standings = HashMap::with_capacity(prepared.order.len());
        Self { prepared, state, now, standings, steps: Vec::new() }
    }

    pub fn steps(mut self) -> Vec<Step> {
        for position in &self.prepared.order {
            let node = &self.prepared.workflow.nodes[*position];
            let standing = self.judge(node);
            self.standings.insert(&node.id, standing);
        }
        let all_over = self.standings.values().all(|standing| *standing != Standing::Open);
        if self.steps.is_empty() && all_over {
            self.steps.push(self.end());
        }
        self.steps
    }

    fn judge(&mut self, node: &'a Node) -> Standing {
        match self.state.status_of(node) {
            TaskRunStatus::Succeeded => Standing::Succeeded,
            TaskRunStatus::Failed => Standing::Failed,
            TaskRunStatus::Cancelled => Standing::Skipped { by_failure: false },
            TaskRunStatus::Skipped => Standing::Skipped { by_failure: self.failure_before(node) },
            TaskRunStatus::Running => Standing::Open,
            TaskRunStatus::Waiting => self.judge_waiting(node),
            TaskRunStatus::Pending => self.judge_pending(node),
        }
    }

    fn judge_waiting(&mut self, node: &'a Node) -> Standing {
        let Some(run) = self.state.run(&node.id) else { return Standing::Open };
        let is_due = run.due_at.is_none_or(|due| due <= self.now);
        if is_due {
            let ended = run.attempts.last();
            let another = ended.is_some_and(|attempt| attempt.error.is_some() || attempt.lost);
            self.steps.push(if another {
                Step::Start { node: node.id.clone(), attempt: run.attempts.len() as u32 + 1 }
            } else {
                Step::EndWait { node: node.id.clone() }
            });
        }
        Standing::Open
    }

    fn judge_pending(&mut self, node: &'a Node) -> Standing {
        let verdicts = self.verdicts(node);
        if verdicts.iter().any(|(_, verdict)| *verdict == Verdict::Open) {
            return Standing::Open;
        }
        let only_silent_triggers =
            !verdicts.is_empty() && verdicts.iter().all(|verdict| self.is_silent_trigger(verdict));
        let refusal = if only_silent_triggers {
            Some("Its trigger did not start this execution.".to_owned())
        } else {
            refusal(self.prepared, node, &verdicts)
        };
        match refusal {
            None => {
                self.steps.push(Step::Start { node: node.id.clone(), attempt: 1 });
                Standing::Open
            }
            Some(reason) => {
                self.steps.push(Step::Skip { node: node.id.clone(), reason });
                Standing::Skipped { by_failure: verdicts.iter().any(|(_, verdict)| *verdict == Verdict::Failed) }
            }
        }
    }

    /// One verdict per source. A trigger that did not fire counts only where the node has no other source.
    fn verdicts(&self, node: &Node) -> Vec<(&'a NodeId, Verdict)> {
        let mut verdicts: Vec<(&'a NodeId, Verdict)> = Vec::new();
        for (source, port) in self.prepared.graph.sources(&node.id) {
            let verdict = self.verdict(source, port);
            match verdicts.iter_mut().find(|(known, _)| *known == source) {
                Some((_, known)) => *known = better(*known, verdict),
                None => verdicts.push((source, verdict)),
            }
        }
        if !verdicts.iter().all(|verdict| self.is_silent_trigger(verdict)) {
            verdicts.retain(|verdict| !self.is_silent_trigger(verdict));
        }
        verdicts
    }

    fn is_silent_trigger(&self, (source, verdict): &(&NodeId, Verdict)) -> bool {
        let is_trigger = || self.prepared.workflow.node(source).is_some_and(|node| node.kind.is_trigger());
        *verdict == Verdict::NotTaken && is_trigger()
    }

    fn verdict(&self, source: &NodeId, through: &str) -> Verdict {
        let standing = self.standings.get(source).copied().unwrap_or(Standing::Open);
        match standing {
            Standing::Open => Verdict::Open,
            Standing::Failed if through != port::ERROR => Verdict::Failed,
            Standing::Skipped { by_failure: true } => Verdict::Failed,
            Standing::Skipped { by_failure: false } => Verdict::NotTaken,
            Standing::Failed | Standing::Succeeded => {
                let carried = self.prepared.workflow.node(source).is_some_and(|node| self.state.carried(node, through));
                if carried { Verdict::Carried } else { Verdict::NotTaken }
            }
        }
    }

    fn failure_before(&self, node: &Node) -> bool {
        self.verdicts(node).iter().any(|(_, verdict)| *verdict == Verdict::Failed)
    }

    fn end(&self) -> Step {
        let unhandled = self.prepared.workflow.nodes.iter().find(|node| {
            self.standings.get(&node.id) == Some(&Standing::Failed)
                && !self.prepared.graph.targets(&node.id).any(|(through, _)| through == port::ERROR)
        });
        match unhandled {
            None => Step::Enter(Phase::Validate),
            Some(node) => {
                let reason = self.state.run(&node.id).and_then(|run| run.reason.as_deref()).unwrap_or("it failed");
                let error = Some(format!("{}: {reason}", node.name));
                Step::Finish { status: ExecutionStatus::Failed, output: None, error }
            }
        }
    }
}

/// Two edges from one source tell the better of both: an error edge beside a main edge means "either way".
fn better(a: Verdict, b: Verdict) -> Verdict {
    let rank = |verdict| match verdict {
        Verdict::Open => 3,
        Verdict::Carried => 2,
        Verdict::NotTaken => 1,
        Verdict::Failed => 0,
    };
    if rank(a) >= rank(b) { a } else { b }
}

/// Why the join rule keeps the node from starting; none: it starts.
fn refusal(prepared: &Prepared, node: &Node, verdicts: &[(&NodeId, Verdict)]) -> Option<String> {
    let name = |id: &NodeId| prepared.workflow.node(id).map_or_else(|| id.to_string(), |node| node.name.clone());
    let first = |wanted: Verdict| verdicts.iter().find(|(_, verdict)| *verdict == wanted).map(|(id, _)| name(id));
    let failed = || first(Verdict::Failed).map(|source| format!("{source} failed or was skipped after a failure."));
    let not_taken = || first(Verdict::NotTaken).map(|source| format!("{source} did not hand anything on to it."));
    match node.join {
        _ if verdicts.is_empty() => None,
        JoinRule::AllSucceeded => failed().or_else(not_taken),
        JoinRule::NoneFailedMinOneSucceeded if first(Verdict::Carried).is_some() => failed(),
        JoinRule::NoneFailedMinOneSucceeded => failed().or_else(not_taken),
        JoinRule::AllDone => None,
    }
}
