//! One run of a draft that touches nothing: time passes at once, tasks that only compute are performed, all others are
//! answered from the recording.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Answer, ChangedCall, Recording, differences};
use crate::domain::{
    event::{Change, Event, TaskError, WaitsFor},
    execution::TaskRunStatus,
    expression::{self, FieldError, Scope},
    id::{NodeId, RunId},
    plan::{self, Memory, Prepared, Step},
    state::ExecutionState,
    workflow::{Node, Parameters},
};

/// Events of one run, at most.
const MOST_EVENTS: i32 = 50_000;
/// Bytes of JSON that its tasks hand on, at most.
const MOST_BYTES: usize = 32 << 20;

/// A task to perform that only computes.
pub struct Task<'a> {
    pub node: &'a Node,
    pub run: &'a RunId,
    /// With every expression replaced by its value.
    pub parameters: Parameters,
    pub input: Value,
    pub now: DateTime<Utc>,
}

/// What whoever asks for a backtest brings.
pub struct Hands<'a> {
    /// The workspace's variables, as they are now.
    pub vars: &'a Value,
    pub perform: &'a mut dyn FnMut(Task<'_>) -> Answer,
    /// Whether the time for all of it is over.
    pub is_late: &'a dyn Fn() -> bool,
}

/// Why the run does not come to an end.
pub struct Stop {
    pub node: Option<NodeId>,
    pub reason: String,
}

impl Stop {
    fn because(reason: &str) -> Self {
        Self { node: None, reason: reason.to_owned() }
    }
}

pub struct Replay<'a> {
    draft: &'a Prepared,
    recording: &'a Recording,
    hands: Hands<'a>,
    pub state: ExecutionState,
    memory: Memory,
    now: DateTime<Utc>,
    bytes: usize,
    pub changed_calls: Vec<ChangedCall>,
}

impl<'a> Replay<'a> {
    pub fn of(draft: &'a Prepared, recording: &'a Recording, hands: Hands<'a>) -> Self {
        Self {
            draft,
            recording,
            hands,
            state: ExecutionState::default(),
            memory: Memory::default(),
            now: recording.started_at(),
            bytes: 0,
            changed_calls: Vec::new(),
        }
    }

    /// To its end, whichever that is.
    pub fn run(&mut self) -> Result<(), Stop> {
        self.record(Change::Started { cause: self.recording.cause() });
        loop {
            let steps = plan::next_since(self.draft, &self.state, &mut self.memory, self.now);
            if steps.is_empty() {
                if self.state.status.is_finished() {
                    return Ok(());
                }
                self.pass_time()?;
            }
            let mut starts = Vec::new();
            for step in steps {
                self.carry_out(step, &mut starts);
            }
            for (run, attempt) in starts {
                self.attempt(&run, attempt)?;
            }
        }
    }

    fn record(&mut self, change: Change) {
        let event = Event { seq: self.state.seq + 1, at: self.now, change };
        self.state.apply(&event);
        self.memory.note(self.draft, &event.change);
    }

    fn pass_time(&mut self) -> Result<(), Stop> {
        match self.memory.due_at() {
            Some(due) if due > self.now => {
                self.now = due;
                Ok(())
            }
            _ => Err(Stop::because("It waits for something that nobody recorded.")),
        }
    }

    fn carry_out(&mut self, step: Step, starts: &mut Vec<(RunId, u32)>) {
        let failed = |state: &ExecutionState, node: RunId, message: String, field: Option<&str>| {
            let attempt = state.task_runs.get(&node).map_or(1, |run| run.attempts.len() as u32);
            let field = field.map(str::to_owned);
            let error = TaskError { message, field, retryable: false, details: Value::Null };
            Change::AttemptFailed { node, attempt, error, retry_at: None }
        };
        let change = match step {
            Step::Enter(phase) => Change::PhaseEntered { phase },
            Step::Debounce { key, until } => Change::Debounced { key, until },
            // Nobody else is there to hold it.
            Step::Queue { key } => {
                self.record(Change::Queued { key });
                Change::Admitted
            }
            Step::Start { run, attempt } => {
                starts.push((run.clone(), attempt));
                Change::AttemptStarted { node: run, attempt }
            }
            Step::Hold { run, edge } => Change::Held { node: run, edge },
            Step::EndWait { run } => Change::WaitEnded { node: run, answer: None },
            Step::Skip { run, reason } => Change::Skipped { node: run, reason },
            Step::EndIteration { run, index, output, error } => {
                Change::IterationEnded { node: run, index, output, error }
            }
            Step::EndLoop { run } => Change::LoopEnded { node: run },
            Step::Finish { status, output, error } => Change::Finished { status, output, error },
            Step::Fail { run, message, field } => failed(&self.state, run, message, field),
            Step::GiveUp { run, message } => failed(&self.state, run, message, Some("start_timeout_secs")),
        };
        self.record(change);
    }

    fn attempt(&mut self, run: &RunId, attempt: u32) -> Result<(), Stop> {
        if (self.hands.is_late)() || self.state.seq > MOST_EVENTS || self.bytes > MOST_BYTES {
            return Err(Stop::because("It takes longer, or hands on more, than a backtest allows."));
        }
        // What was answered before may have ended it.
        let is_running = self.state.task_runs.get(run).is_some_and(|run| run.status == TaskRunStatus::Running);
        let Some(position) = self.draft.position(&run.node).filter(|_| is_running) else { return Ok(()) };
        let (draft, node) = (self.draft, run.clone());
        let change = match self.answer(&draft.workflow.nodes[position], position, run)? {
            Answer::Done { output, port } => {
                self.bytes += output.to_string().len();
                Change::AttemptSucceeded { node, attempt, output, port }
            }
            Answer::Wait { until, output } => {
                Change::WaitStarted { node, attempt, until: Some(until), output, waits_for: WaitsFor::Time }
            }
            Answer::Loop { items, max_parallel, go_on } => {
                let body = self.draft.body_of(&run.node);
                Change::LoopStarted { node, attempt, items, body, max_parallel, go_on }
            }
            Answer::Failed(error) => Change::AttemptFailed { node, attempt, error, retry_at: None },
        };
        self.record(change);
        Ok(())
    }

    fn answer(&mut self, node: &Node, position: usize, run: &RunId) -> Result<Answer, Stop> {
        let (draft, recording) = (self.draft, self.recording);
        let at = recording.attempted_at(run).unwrap_or(self.now);
        let needs = draft.needs(position);
        let mut scope = Scope::with(&draft.workflow, needs, &self.state, run, recording.execution, at);
        if node.disabled {
            return Ok(Answer::Done { output: scope.input, port: node.way_on().to_owned() });
        }
        let (recorded, before) = (recording.answers.get(run), recording.saw(run, at));
        // The same task on the same data: also where it reads a clock or chance, what came of it stands.
        if let (Some(recorded), Some((was, saw))) = (recorded, &before)
            && is_the_same_task(was, node)
            && *saw == scope
        {
            return Ok(recorded.clone());
        }
        if needs.vars {
            scope.vars = self.hands.vars.clone();
        }
        let parameters = match expression::resolve(node.kind, &node.parameters, &scope) {
            Ok(parameters) => parameters,
            Err(error) => return Ok(unresolved(error)),
        };
        if node.kind.only_computes() && !node.looks_back() {
            return Ok((self.hands.perform)(Task { node, run, parameters, input: scope.input, now: at }));
        }
        let Some(recorded) = recorded.filter(|_| before.as_ref().is_none_or(|(was, _)| was.kind == node.kind)) else {
            let reason = format!("“{}” acts outside, and was not asked for anything with this input.", node.name);
            return Err(Stop { node: Some(node.id.clone()), reason });
        };
        let then = before.map(|(was, saw)| self.resolved(was, saw));
        if let Some(then) = then.filter(|then| *then != parameters) {
            let differences = differences(&Value::Object(then), &Value::Object(parameters));
            self.changed_calls.push(ChangedCall { run: run.clone(), differences });
        }
        Ok(recorded.clone())
    }

    /// What the parameters were; empty where they cannot be told any more.
    fn resolved(&self, was: &Node, saw: Scope) -> Parameters {
        let scope = Scope { vars: self.hands.vars.clone(), ..saw };
        expression::resolve(was.kind, &was.parameters, &scope).unwrap_or_default()
    }
}

/// Limits, retries and places do not change what comes of it.
fn is_the_same_task(was: &Node, node: &Node) -> bool {
    was.kind == node.kind && was.parameters == node.parameters && was.disabled == node.disabled
}

fn unresolved(FieldError { field, message, .. }: FieldError) -> Answer {
    Answer::Failed(TaskError { message, field: Some(field), retryable: false, details: Value::Null })
}
