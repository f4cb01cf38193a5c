//! One live execution in the memory of its owner: the folded state, and what is not in the journal yet.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::task::AbortOnDropHandle;

use super::{
    keys::Request,
    message::{Accepted, Ending, Letter},
};
use crate::{
    domain::{
        event::{Change, Event, TaskError},
        execution::{ExecutionStatus, TaskRunStatus},
        id::{ExecutionId, NodeId, WorkspaceId},
        limit::Priority,
        plan::{self, Prepared, Step},
        state::{Admission, ExecutionState},
    },
    server::store::journal::{Asleep, Entry, NewExecution, Standing},
};

/// A task that ended its replica this often is not tried again.
const MAX_LOST_ATTEMPTS: usize = 3;

pub struct Owned {
    pub execution: ExecutionId,
    pub workspace: WorkspaceId,
    pub prepared: Arc<Prepared>,
    pub state: ExecutionState,
    /// Attempts under way. Dropping the execution ends them.
    pub attempts: HashMap<NodeId, AbortOnDropHandle<()>>,
    /// When the lane looks again though nothing happens.
    pub alarm: Option<DateTime<Utc>>,
    /// When the last event was recorded.
    pub changed_at: DateTime<Utc>,
    /// When it was loaded from its journal; none: it started here.
    pub woken_at: Option<DateTime<Utc>>,
    /// What it asks of its concurrency key, once the events are durable.
    pub request: Option<Request>,
    new: Option<NewExecution>,
    events: Vec<Event>,
    /// The status that the executions table holds.
    stored: ExecutionStatus,
}

impl Owned {
    pub fn accept(accepted: &Accepted, now: DateTime<Utc>) -> Self {
        let new = NewExecution {
            workspace: accepted.workspace,
            workflow: accepted.workflow,
            version: accepted.version,
            draft: (accepted.version == 0).then(|| accepted.prepared.workflow.clone()),
            started_via: accepted.cause.via.clone(),
            idempotency_key: accepted.idempotency_key.clone(),
            created_at: now,
        };
        let mut owned = Self::with_state(accepted.execution, accepted.workspace, accepted.prepared.clone(), now);
        owned.new = Some(new);
        owned.record(Change::Started { cause: accepted.cause.clone() }, now);
        owned
    }

    /// Takes over an execution or wakes it: attempts in flight ended with their replica.
    pub fn adopt(
        execution: ExecutionId,
        workspace: WorkspaceId,
        prepared: Arc<Prepared>,
        events: &[Event],
        now: DateTime<Utc>,
    ) -> Self {
        let mut owned = Self::with_state(execution, workspace, prepared, now);
        owned.woken_at = Some(now);
        owned.state = ExecutionState::of(events);
        owned.stored = owned.state.status;
        if let Some(Admission::Waits { key, .. }) = owned.state.admission.clone() {
            owned.ask_for(key);
        }
        let in_flight: Vec<NodeId> = owned
            .state
            .task_runs
            .iter()
            .filter(|(_, run)| run.status == TaskRunStatus::Running)
            .map(|(node, _)| node.clone())
            .collect();
        in_flight.into_iter().for_each(|node| owned.lose(node, now));
        owned
    }

    fn with_state(execution: ExecutionId, workspace: WorkspaceId, prepared: Arc<Prepared>, now: DateTime<Utc>) -> Self {
        Self {
            execution,
            workspace,
            prepared,
            state: ExecutionState::default(),
            attempts: HashMap::new(),
            alarm: None,
            changed_at: now,
            woken_at: None,
            request: None,
            new: None,
            events: Vec::new(),
            stored: ExecutionStatus::Queued,
        }
    }

    /// What the start asked for, else what the workflow says.
    pub fn priority(&self) -> Priority {
        let asked = self.state.cause.as_ref().and_then(|cause| cause.priority);
        asked.unwrap_or(self.prepared.workflow.settings.priority)
    }

    fn ask_for(&mut self, key: String) {
        let concurrency = self.prepared.workflow.settings.concurrency.clone();
        let (workspace, execution) = (self.workspace, self.execution);
        self.request = concurrency.map(|concurrency| Request::Admit { workspace, execution, key, concurrency });
    }

    fn lose(&mut self, node: NodeId, now: DateTime<Utc>) {
        let Some(run) = self.state.run(&node) else { return };
        let attempt = run.attempts.len() as u32;
        let lost_before = run.attempts.iter().filter(|attempt| attempt.lost).count();
        let change = if lost_before + 1 < MAX_LOST_ATTEMPTS {
            Change::AttemptLost { node, attempt }
        } else {
            let message =
                format!("FlowPilot stopped {MAX_LOST_ATTEMPTS} times while this task ran. It is not tried again.");
            let error = TaskError { message, field: None, retryable: false, details: serde_json::Value::Null };
            Change::AttemptFailed { node, attempt, error, retry_at: None }
        };
        self.record(change, now);
    }

    fn record(&mut self, change: Change, at: DateTime<Utc>) {
        let event = Event { seq: self.state.seq + 1, at, change };
        self.state.apply(&event);
        self.changed_at = at;
        self.events.push(event);
    }

    /// Does what the planner says until it says no more. Gives the attempts to start once this is committed.
    pub fn advance(&mut self, now: DateTime<Utc>) -> Vec<(NodeId, u32)> {
        let mut starts = Vec::new();
        loop {
            let steps = plan::next(&self.prepared, &self.state, now);
            if steps.is_empty() {
                return starts;
            }
            for step in steps {
                let change = match step {
                    Step::Enter(phase) => Change::PhaseEntered { phase },
                    Step::Queue { key } => {
                        self.ask_for(key.clone());
                        Change::Queued { key }
                    }
                    Step::EndWait { node } => Change::WaitEnded { node },
                    Step::Skip { node, reason } => Change::Skipped { node, reason },
                    Step::Finish { status, output, error } => Change::Finished { status, output, error },
                    Step::Start { node, attempt } => {
                        starts.push((node.clone(), attempt));
                        Change::AttemptStarted { node, attempt }
                    }
                };
                self.record(change, now);
            }
        }
    }

    /// Records how an attempt ended. One that is not the current attempt any more changes nothing.
    pub fn attempt_ended(&mut self, node: NodeId, attempt: u32, ending: Ending, now: DateTime<Utc>) {
        let is_current = self.state.run(&node).is_some_and(|run| {
            run.status == TaskRunStatus::Running && run.attempts.last().is_some_and(|last| last.number == attempt)
        });
        if !is_current || self.state.status.is_finished() {
            return;
        }
        self.attempts.remove(&node);
        let change = match ending {
            Ending::Done { output, port } => Change::AttemptSucceeded { node, attempt, output, port: port.to_owned() },
            Ending::Wait { until, output } => Change::WaitStarted { node, attempt, until, output },
            Ending::Failed { error, after } => {
                let retry_at = self.retry_at(&node, &error, after, now);
                Change::AttemptFailed { node, attempt, error, retry_at }
            }
        };
        self.record(change, now);
    }

    fn retry_at(
        &self,
        node: &NodeId,
        error: &TaskError,
        after: Option<std::time::Duration>,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let policy = self.prepared.workflow.node(node)?.retry;
        let attempts = self.state.run(node)?.charged_attempts();
        if !error.retryable || !policy.allows_another(attempts) {
            return None;
        }
        let wait_ms = policy.wait_ms(attempts, rand::random());
        let asked_ms = after.map_or(0, |after| after.as_millis() as u64).min(policy.cap_ms);
        Some(now + TimeDelta::milliseconds(wait_ms.max(asked_ms) as i64))
    }

    pub fn deliver(&mut self, letter: Letter, now: DateTime<Utc>) {
        match letter {
            Letter::Cancel { by } if self.state.cancelled_by.is_none() && !self.state.status.is_finished() => {
                self.record(Change::CancelRequested { by }, now);
            }
            Letter::Admitted if self.waits_for_key() => self.record(Change::Admitted, now),
            Letter::Refused { reason } if self.waits_for_key() => self.record(Change::Refused { reason }, now),
            Letter::Cancel { .. } | Letter::Admitted | Letter::Refused { .. } => {}
        }
    }

    fn waits_for_key(&self) -> bool {
        matches!(self.state.admission, Some(Admission::Waits { .. })) && !self.state.status.is_finished()
    }

    pub fn due_at(&self) -> Option<DateTime<Utc>> {
        plan::due_at(&self.prepared.workflow, &self.state).filter(|_| !self.state.status.is_finished())
    }

    /// What the journal does not hold yet, and whether it falls asleep; none: nothing happened.
    pub fn take_entry(&mut self, now: DateTime<Utc>) -> Option<Entry> {
        let asleep = self.falls_asleep(now).then(|| Asleep { due_at: self.due_at() });
        if self.events.is_empty() && asleep.is_none() {
            return None;
        }
        let status = self.state.status;
        let standing = (self.new.is_some() || status != self.stored || asleep.is_some()).then(|| Standing {
            status,
            finished_at: self.state.finished_at,
            error: self.state.error.clone(),
        });
        self.stored = status;
        Some(Entry {
            execution: self.execution,
            new: self.new.take(),
            events: std::mem::take(&mut self.events),
            standing,
            asleep,
        })
    }
}
