//! A draft tried on inputs that were recorded: by the same planner and fold, with tasks that act outside answered as they
//! were then. Pure: whoever asks for it performs the tasks that only compute.

mod difference;
mod recording;
mod replay;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    execution::ExecutionStatus,
    graph::Graph,
    id::{ExecutionId, NodeId, RunId},
    plan::Prepared,
    state::ExecutionState,
};

use self::replay::{Replay, Stop};
pub use self::{
    difference::{Difference, differences},
    recording::{Answer, Recording},
    replay::{Hands, Task},
};

/// Recorded inputs of one backtest, at most.
pub const MOST: u32 = 50;
pub const USUAL: u32 = 20;

/// What came of the recorded inputs, latest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Backtest {
    pub tested: Vec<Tested>,
    /// Recorded inputs that there was no time for.
    pub left_out: u32,
}

/// One recorded input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tested {
    /// Where it was recorded.
    pub execution: ExecutionId,
    pub started_at: DateTime<Utc>,
    /// How that execution ended.
    pub was: ExecutionStatus,
    pub verdict: Verdict,
    /// Tasks that act outside and that the draft would ask for something else. They were answered as they were then.
    pub changed_calls: Vec<ChangedCall>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Verdict {
    /// The draft comes to the same.
    Same,
    /// It comes to something else.
    Differs {
        /// The first node that both have and that hands something else on; none: only the result differs.
        node: Option<NodeId>,
        /// In what that node hands on, or in the result.
        differences: Vec<Difference>,
    },
    /// It fails, and did not or for another reason.
    Fails { node: Option<NodeId>, message: String },
    /// It asks for what nobody recorded.
    Unknown { node: Option<NodeId>, reason: String },
}

/// What a task that acts outside would be asked for, compared with what it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangedCall {
    pub run: RunId,
    /// Between its parameters then and now.
    pub differences: Vec<Difference>,
}

/// Tries the draft on one recording. Nothing is written anywhere.
pub fn test<'a>(draft: &'a Prepared, recording: &'a Recording, hands: Hands<'a>) -> Tested {
    let mut replay = Replay::of(draft, recording, hands);
    let verdict = match replay.run() {
        Ok(()) => compare(draft, &replay.state, recording),
        Err(Stop { node, reason }) => Verdict::Unknown { node, reason },
    };
    recording.tested(verdict, replay.changed_calls)
}

fn compare(draft: &Prepared, now: &ExecutionState, recording: &Recording) -> Verdict {
    let then = &recording.state;
    if now.status == then.status && now.output == then.output && now.error == then.error {
        return Verdict::Same;
    }
    if now.status != ExecutionStatus::Succeeded {
        let message = now.error.clone().unwrap_or_else(|| "It failed.".to_owned());
        return Verdict::Fails { node: first_failure(draft, now, then), message };
    }
    match first_difference(draft, now, recording) {
        Some((node, differences)) => Verdict::Differs { node: Some(node), differences },
        None => {
            let results = (then.output.clone().unwrap_or_default(), now.output.clone().unwrap_or_default());
            Verdict::Differs { node: None, differences: differences(&results.0, &results.1) }
        }
    }
}

/// The nodes outside of loops, in the order in which they run; loops stand for what is in them.
fn in_order(draft: &Prepared) -> Vec<NodeId> {
    Graph::of(&draft.workflow).order().unwrap_or_default()
}

fn first_failure(draft: &Prepared, now: &ExecutionState, then: &ExecutionState) -> Option<NodeId> {
    use super::execution::TaskRunStatus::Failed;
    let status = |state: &ExecutionState, id: &NodeId| state.task_runs.get(&RunId::from(id)).map(|run| run.status);
    let failed: Vec<NodeId> = in_order(draft).into_iter().filter(|id| status(now, id) == Some(Failed)).collect();
    failed.iter().find(|&id| status(then, id) != Some(Failed)).or(failed.first()).cloned()
}

/// What the first node that differs handed on then and now.
fn first_difference(
    draft: &Prepared,
    now: &ExecutionState,
    recording: &Recording,
) -> Option<(NodeId, Vec<Difference>)> {
    in_order(draft).into_iter().find_map(|id| {
        let (node, before) = (draft.workflow.node(&id)?, recording.workflow.node(&id)?);
        let run = RunId::from(&id);
        let (run_now, run_then) = (now.task_runs.get(&run)?, recording.state.task_runs.get(&run)?);
        let (handed_on, was) = (now.output_of(node), recording.state.output_of(before));
        let is_same = run_now.status == run_then.status && run_now.port == run_then.port && handed_on == was;
        (!is_same).then(|| (id, differences(&was, &handed_on)))
    })
}
