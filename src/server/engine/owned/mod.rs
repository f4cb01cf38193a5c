//! One live execution in the memory of its owner: the folded state, and what is not in the journal yet.

pub mod commit;
mod letters;

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use tokio_util::task::AbortOnDropHandle;

use super::{
    child,
    keys::Request,
    message::{Accepted, End, Ending, Letter},
};
use crate::{
    domain::{
        event::{Change, Event, TaskError, WaitsFor},
        execution::{ExecutionStatus, TaskRunStatus},
        id::{ExecutionId, RunId, WorkspaceId},
        limit::Priority,
        plan::{self, Prepared, Step},
        state::{Admission, ExecutionState},
    },
    server::store::journal::{Asleep, Entry, NewExecution, NewWait, Standing},
};

/// A task that ended its replica this often is not tried again.
const MAX_LOST_ATTEMPTS: usize = 3;

pub struct Owned {
    pub execution: ExecutionId,
    pub workspace: WorkspaceId,
    pub prepared: Arc<Prepared>,
    pub state: ExecutionState,
    memory: plan::Memory,
    /// Attempts under way. Dropping the execution ends them.
    pub attempts: HashMap<RunId, AbortOnDropHandle<()>>,
    /// When the lane looks again though nothing happens.
    pub alarm: Option<DateTime<Utc>>,
    /// When the last event was recorded.
    pub changed_at: DateTime<Utc>,
    /// When it was loaded from its journal; none: it started here.
    pub woken_at: Option<DateTime<Utc>>,
    /// What it asks of its concurrency key, once the events are durable.
    pub request: Option<Request>,
    /// Whether its start is durable.
    pub is_durable: bool,
    /// Who started it waits for its end.
    pub end: Option<End>,
    /// Its replica stops in good order: nothing new starts here.
    pub is_leaving: bool,
    /// It stands in the line of its concurrency key.
    is_in_line: bool,
    /// Other starts of its burst know of it.
    is_in_burst: bool,
    /// A letter was opened that stays in the inbox until it counts.
    has_mail: bool,
    /// Answers that came before their task run began to wait: their letters stay in the inbox until it does.
    early: HashMap<RunId, Letter>,
    /// Letters to other executions, written with the events.
    letters: Vec<(ExecutionId, Letter)>,
    new: Option<NewExecution>,
    events: Vec<Event>,
    /// Somebody else has to know of these events: they are not held back.
    is_for_others: bool,
    /// The status that the executions table holds.
    stored: ExecutionStatus,
}

impl Owned {
    /// Takes the cause along: it may be large.
    pub fn accept(accepted: &mut Accepted, now: DateTime<Utc>) -> Self {
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
        owned.is_durable = false;
        owned.record(Change::Started { cause: std::mem::take(&mut accepted.cause) }, now);
        std::mem::take(&mut accepted.kept).into_iter().for_each(|kept| owned.record(kept, now));
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
        let mut owned = Self::view(execution, workspace, prepared, events, now);
        owned.woken_at = Some(now);
        match owned.state.admission.clone() {
            Some(Admission::Waits { key, .. }) => owned.ask_for(key),
            Some(Admission::Quiet { key, .. }) => owned.debounce(key),
            _ => {}
        }
        owned.in_flight().into_iter().for_each(|id| owned.lose(id, now));
        owned
    }

    /// Task runs with an attempt under way, as the journal tells.
    pub(super) fn in_flight(&self) -> Vec<RunId> {
        let runs = self.state.task_runs.iter();
        let in_flight = runs.filter(|(id, run)| run.status == TaskRunStatus::Running && !self.state.is_looping(id));
        in_flight.map(|(id, _)| id.clone()).collect()
    }

    /// An execution as its journal tells it, for whoever only looks.
    pub fn view(
        execution: ExecutionId,
        workspace: WorkspaceId,
        prepared: Arc<Prepared>,
        events: &[Event],
        now: DateTime<Utc>,
    ) -> Self {
        let mut owned = Self::with_state(execution, workspace, prepared, now);
        owned.state = ExecutionState::of(events);
        owned.stored = owned.state.status;
        owned
    }

    fn with_state(execution: ExecutionId, workspace: WorkspaceId, prepared: Arc<Prepared>, now: DateTime<Utc>) -> Self {
        Self {
            execution,
            workspace,
            prepared,
            state: ExecutionState::default(),
            memory: plan::Memory::default(),
            attempts: HashMap::new(),
            alarm: None,
            changed_at: now,
            woken_at: None,
            request: None,
            is_durable: true,
            end: None,
            is_leaving: false,
            is_in_line: false,
            is_in_burst: false,
            has_mail: false,
            early: HashMap::new(),
            letters: Vec::new(),
            new: None,
            events: Vec::new(),
            is_for_others: false,
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

    fn debounce(&mut self, key: String) {
        let (workspace, execution) = (self.workspace, self.execution);
        self.request = Some(Request::Debounce { workspace, execution, key });
    }

    fn lose(&mut self, node: RunId, now: DateTime<Utc>) {
        let Some(run) = self.state.task_runs.get(&node) else { return };
        let attempt = run.attempts.len() as u32;
        let change = if run.crashed_attempts() + 1 < MAX_LOST_ATTEMPTS {
            Change::AttemptLost { node, attempt, stopped: false }
        } else {
            let message =
                format!("FlowPilot stopped {MAX_LOST_ATTEMPTS} times while this task ran. It is not tried again.");
            let error = TaskError { message, field: None, retryable: false, details: Value::Null };
            Change::AttemptFailed { node, attempt, error, retry_at: None }
        };
        self.record(change, now);
    }

    /// The replica that makes the attempt stops in good order: another attempt follows, and nobody is to blame.
    pub(super) fn give_up(&mut self, node: RunId, now: DateTime<Utc>) {
        let attempt = self.state.task_runs.get(&node).map_or(1, |run| run.attempts.len() as u32);
        self.record(Change::AttemptLost { node, attempt, stopped: true }, now);
    }

    fn record(&mut self, change: Change, at: DateTime<Utc>) {
        self.tell_children(&change);
        let event = Event { seq: self.state.seq + 1, at, change };
        self.state.apply(&event);
        self.memory.note(&self.prepared, &event.change);
        self.is_for_others |= self.is_of_interest(&event.change);
        self.changed_at = at;
        self.events.push(event);
    }

    /// Does what the planner says until it says no more. Gives the attempts to start once this is committed.
    pub fn advance(&mut self, now: DateTime<Utc>) -> Vec<(RunId, u32)> {
        let mut starts = Vec::new();
        loop {
            let mut steps = plan::next_since(&self.prepared, &self.state, &mut self.memory, now);
            if self.is_leaving {
                steps.retain(|step| !matches!(step, Step::Start { .. }));
            } else {
                debug_assert_eq!(steps, plan::next(&self.prepared, &self.state, now), "no change was overlooked");
            }
            if steps.is_empty() {
                return starts;
            }
            for step in steps {
                match &step {
                    Step::Start { run, attempt } => starts.push((run.clone(), *attempt)),
                    Step::Queue { key } => self.ask_for(key.clone()),
                    Step::Debounce { key, .. } => self.debounce(key.clone()),
                    _ => {}
                }
                let is_cut_short = matches!(step, Step::Fail { .. } | Step::GiveUp { .. });
                self.record(self.change(step, now), now);
                if is_cut_short {
                    self.end_stray_attempts();
                }
            }
        }
    }

    fn change(&self, step: Step, now: DateTime<Utc>) -> Change {
        match step {
            Step::Enter(phase) => Change::PhaseEntered { phase },
            Step::Queue { key } => Change::Queued { key },
            Step::Debounce { key, until } => Change::Debounced { key, until },
            Step::Hold { run, edge } => Change::Held { node: run, edge },
            Step::Start { run, attempt } => Change::AttemptStarted { node: run, attempt },
            Step::EndWait { run } => Change::WaitEnded { node: run, answer: None },
            Step::Skip { run, reason } => Change::Skipped { node: run, reason },
            Step::EndIteration { run, index, output, error } => {
                Change::IterationEnded { node: run, index, output, error }
            }
            Step::EndLoop { run } => Change::LoopEnded { node: run },
            Step::Finish { status, output, error } => Change::Finished { status, output, error },
            Step::GiveUp { run, message } => {
                let attempt = self.state.task_runs.get(&run).map_or(1, |found| found.attempts.len() as u32);
                let field = Some("start_timeout_secs".to_owned());
                let error = TaskError { message, field, retryable: true, details: Value::Null };
                let retry_at = self.retry_at(&run, &error, None, now);
                Change::AttemptFailed { node: run, attempt, error, retry_at }
            }
            Step::Fail { run, message, field } => {
                let attempt = self.state.task_runs.get(&run).map_or(1, |found| found.attempts.len() as u32);
                let field = field.map(str::to_owned);
                let error = TaskError { message, field, retryable: false, details: Value::Null };
                Change::AttemptFailed { node: run, attempt, error, retry_at: None }
            }
        }
    }

    /// Ends attempts whose task run is over: dropping them cancels them.
    fn end_stray_attempts(&mut self) {
        let runs = &self.state.task_runs;
        self.attempts.retain(|run, _| runs.get(run).is_some_and(|run| run.status == TaskRunStatus::Running));
    }

    /// Whether this attempt runs, as far as the journal tells. One that began its loop runs no more.
    pub fn is_current(&self, node: &RunId, attempt: u32) -> bool {
        let runs = self.state.task_runs.get(node).is_some_and(|run| {
            run.status == TaskRunStatus::Running && run.attempts.last().is_some_and(|last| last.number == attempt)
        });
        runs && !self.state.is_looping(node) && !self.state.status.is_finished()
    }

    /// Records how an attempt ended. One that is not the current attempt any more changes nothing.
    pub fn attempt_ended(&mut self, node: RunId, attempt: u32, ending: Ending, now: DateTime<Utc>) {
        if !self.is_current(&node, attempt) {
            return;
        }
        self.attempts.remove(&node);
        let change = match ending {
            Ending::Done { output, port } => {
                Change::AttemptSucceeded { node, attempt, output, port: port.into_owned() }
            }
            Ending::Wait { until, output, waits_for } => {
                Change::WaitStarted { node, attempt, until, output, waits_for }
            }
            Ending::Loop { items, max_parallel, go_on } => self.begin_loop(node, attempt, items, max_parallel, go_on),
            Ending::Failed { error, after } => {
                let retry_at = self.retry_at(&node, &error, after, now);
                Change::AttemptFailed { node, attempt, error, retry_at }
            }
        };
        let early = change.run().and_then(|run| self.early.remove(run));
        self.record(change, now);
        if let Some(letter) = early {
            self.open(letter, now);
        }
    }

    /// Task runs that began to wait for an event since the last entry.
    fn new_waits(&self) -> Vec<NewWait> {
        let new_wait = |event: &Event| match &event.change {
            Change::WaitStarted { node, waits_for: WaitsFor::Event { name, key }, .. } => {
                Some(NewWait { run: node.clone(), name: name.clone(), key: key.clone() })
            }
            _ => None,
        };
        self.events.iter().filter_map(new_wait).collect()
    }

    fn begin_loop(&self, node: RunId, attempt: u32, items: Vec<Value>, max_parallel: u32, go_on: bool) -> Change {
        if self.state.iterations + items.len() <= plan::MAX_ITERATIONS {
            let body = self.prepared.body_of(&node.node);
            return Change::LoopStarted { node, attempt, items, body, max_parallel, go_on };
        }
        let message = format!(
            "The loops of one execution go over {} items at most in total. Split the work into several executions.",
            plan::MAX_ITERATIONS
        );
        let error = TaskError { message, field: Some("items".to_owned()), retryable: false, details: Value::Null };
        Change::AttemptFailed { node, attempt, error, retry_at: None }
    }

    fn retry_at(
        &self,
        node: &RunId,
        error: &TaskError,
        after: Option<std::time::Duration>,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let policy = self.prepared.workflow.node(&node.node)?.retry;
        let attempts = self.state.task_runs.get(node)?.charged_attempts();
        if !error.retryable || !policy.allows_another(attempts) {
            return None;
        }
        let wait_ms = policy.wait_ms(attempts, rand::random());
        let asked_ms = after.map_or(0, |after| after.as_millis() as u64).min(policy.cap_ms);
        Some(now + TimeDelta::milliseconds(wait_ms.max(asked_ms) as i64))
    }

    /// As of the last time that it was advanced.
    pub fn due_at(&self) -> Option<DateTime<Utc>> {
        self.memory.due_at().filter(|_| !self.state.status.is_finished())
    }

    /// What the journal does not hold yet, and whether it falls asleep; none: nothing happened.
    pub fn take_entry(&mut self, now: DateTime<Utc>) -> Option<Entry> {
        (self.has_mail, self.is_for_others) = (false, false);
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
        let waits = self.new_waits();
        if !self.events.is_empty() {
            self.letters.extend(child::news(self.execution, &self.state));
        }
        Some(Entry {
            execution: self.execution,
            workspace: self.workspace,
            waits,
            letters: std::mem::take(&mut self.letters).into_iter().map(written).collect(),
            new: self.new.take(),
            events: std::mem::take(&mut self.events),
            standing,
            asleep,
        })
    }
}

fn written((to, letter): (ExecutionId, Letter)) -> (ExecutionId, String) {
    (to, serde_json::to_string(&letter).expect("letters have no keys but texts"))
}
