//! What an execution that is over leaves for a backtest: what it was given, and how each of its tasks was answered.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{ChangedCall, Tested, Verdict};
use crate::domain::{
    event::{Cause, Change, Event, TaskError, WaitsFor},
    expression::Scope,
    id::{ExecutionId, RunId},
    state::ExecutionState,
    task::port,
    workflow::{Node, Workflow},
};

/// How a task came out.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Done {
        output: Value,
        port: String,
    },
    /// It goes on then by itself.
    Wait {
        until: DateTime<Utc>,
        output: Value,
    },
    Loop {
        items: Vec<Value>,
        max_parallel: u32,
        go_on: bool,
    },
    Failed(TaskError),
}

pub struct Recording {
    pub execution: ExecutionId,
    /// What it ran.
    pub workflow: Workflow,
    pub state: ExecutionState,
    /// By task run; of several attempts, the last.
    pub(super) answers: HashMap<RunId, Answer>,
}

impl Recording {
    /// An error says why nothing can be compared with it.
    pub fn of(execution: ExecutionId, workflow: Workflow, events: &[Event]) -> Result<Self, &'static str> {
        let mut answers = HashMap::new();
        for event in events {
            match &event.change {
                Change::Kept { .. } => return Err("Some of it was taken over from elsewhere and did not run."),
                Change::Released { release, .. } if release.payload.is_some() => {
                    return Err("Somebody changed its data at a breakpoint.");
                }
                change => take(&mut answers, change),
            }
        }
        Ok(Self { execution, workflow, state: ExecutionState::of(events), answers })
    }

    pub(super) fn cause(&self) -> Cause {
        let cause = self.state.cause.clone().unwrap_or_default();
        Cause { parent: None, restart: None, breakpoints: Vec::new(), ..cause }
    }

    pub(super) fn started_at(&self) -> DateTime<Utc> {
        self.state.started_at.unwrap_or_default()
    }

    /// When the task run was attempted first; none: it was not, or that is forgotten.
    pub(super) fn attempted_at(&self, run: &RunId) -> Option<DateTime<Utc>> {
        Some(self.state.task_runs.get(run)?.attempts.first()?.started_at)
    }

    /// The node as it was, and the data that it saw at that time.
    pub(super) fn saw(&self, run: &RunId, at: DateTime<Utc>) -> Option<(&Node, Scope)> {
        let node = self.workflow.node(&run.node)?;
        self.attempted_at(run)?;
        Some((node, Scope::needed(&self.workflow, &self.state, run, self.execution, at)))
    }

    pub fn tested(&self, verdict: Verdict, changed_calls: Vec<ChangedCall>) -> Tested {
        let (started_at, was) = (self.started_at(), self.state.status);
        Tested { execution: self.execution, started_at, was, verdict, changed_calls }
    }
}

fn take(answers: &mut HashMap<RunId, Answer>, change: &Change) {
    let done = |output: &Value, port: &str| Answer::Done { output: output.clone(), port: port.to_owned() };
    match change {
        Change::AttemptSucceeded { node, output, port, .. } => {
            answers.insert(node.clone(), done(output, port));
        }
        // What it hands on unless an answer says otherwise.
        Change::WaitStarted { node, output, waits_for, .. } if !matches!(waits_for, WaitsFor::Execution { .. }) => {
            answers.insert(node.clone(), done(output, port::OUT));
        }
        Change::WaitEnded { node, answer: Some(answer) } => {
            answers.insert(node.clone(), done(&answer.output, &answer.port));
        }
        Change::LoopStarted { node, items, max_parallel, go_on, .. } => {
            let begun = Answer::Loop { items: items.clone(), max_parallel: *max_parallel, go_on: *go_on };
            answers.insert(node.clone(), begun);
        }
        // A loop that began and failed did so because of its items.
        Change::AttemptFailed { node, error, retry_at: None, .. }
            if !matches!(answers.get(node), Some(Answer::Loop { .. })) =>
        {
            answers.insert(node.clone(), Answer::Failed(error.clone()));
        }
        _ => {}
    }
}
