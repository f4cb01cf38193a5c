//! Why a task does not run now, as far as its execution tells. What the engine adds, such as a slot that others hold, has
//! the same form. Every reason is data with one sentence for people.

#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{
    event::WaitsFor,
    execution::{ExecutionStatus, Phase, TaskRunStatus},
    id::{ExecutionId, NodeId, RunId},
    state::{Admission, ExecutionState, TaskRun},
    task::port,
    workflow::{Edge, Node, Workflow},
};

/// Where a task run stands, and why it does not run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Why {
    pub run: RunId,
    pub status: TaskRunStatus,
    /// What keeps it first comes first.
    pub reasons: Vec<Reason>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    #[serde(flatten)]
    pub because: Because,
    /// The same for people.
    pub sentence: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum Because {
    /// The execution is over or about to end.
    ExecutionOver { status: ExecutionStatus },
    /// The task run is over: it succeeded, failed or was cancelled.
    Over { at: Option<DateTime<Utc>> },
    /// It never runs in this execution, because of what that node came to.
    Skipped { by: Option<NodeId> },
    /// The execution waits for its concurrency key.
    Queued { key: String, since: DateTime<Utc>, holders: Vec<KeyHolder>, before: usize },
    /// The execution begins then, unless a later start with the same key takes its place.
    Quiet { key: String, until: DateTime<Utc> },
    /// Somebody paused the execution.
    Paused { by: String },
    /// The outcome of that node is not known yet.
    Input { node: NodeId, status: TaskRunStatus },
    /// It runs once per item of that loop; this item's turn has not come, or no item is named.
    Item { of: NodeId },
    /// The next attempt is due then.
    Retry { at: DateTime<Utc>, attempt: u32 },
    /// The task waits for this time.
    Time { until: DateTime<Utc> },
    /// The task waits for an answer.
    Answer { waits_for: WaitsFor, until: Option<DateTime<Utc>> },
    /// The breakpoint on that edge holds it, or its source was stepped over.
    Held { edge: Edge },
    /// Everything it needs is there; it starts any moment.
    Starts,
    /// It runs.
    Runs { attempt: u32, since: DateTime<Utc> },
    /// The attempt waits for its concurrency key.
    Key { key: String, most: u32, holders: Vec<KeyHolder>, before: usize },
    /// The attempt waits for a token of its bucket.
    Rate { key: String, refills_at: Option<DateTime<Utc>> },
    /// The service fails, and nothing is attempted until then.
    Breaker { service: String, retry_at: Option<DateTime<Utc>>, last_error: String },
    /// The attempt waits for a slot of its replica.
    Slot { slots: usize, taken: usize, holders: Vec<SlotHolder>, before: usize },
    /// Another replica makes the attempt, or is to: a worker of that group, or with an empty one whoever has room.
    Offered { group: String },
    /// The execution is on another replica, which does not answer, or on none.
    Elsewhere { replica: Option<String> },
    /// The attempt fails then if it is still queued.
    StartBy { at: DateTime<Utc> },
    /// It runs, and gave its last sign of life then; without another one it is ended at `until`.
    Heartbeat { last: DateTime<Utc>, until: DateTime<Utc> },
    /// The execution fails then, whatever runs.
    Deadline { at: DateTime<Utc> },
}

/// Who holds a concurrency key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyHolder {
    pub execution: ExecutionId,
    /// The task run; none: the execution as a whole.
    pub run: Option<RunId>,
    pub since: Option<DateTime<Utc>>,
}

/// Which task of the workspace holds a slot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SlotHolder {
    pub execution: ExecutionId,
    pub run: RunId,
    pub since: DateTime<Utc>,
}

impl Reason {
    pub fn new(because: Because, sentence: impl Into<String>) -> Self {
        Self { because, sentence: sentence.into() }
    }
}

/// What the execution's own journal tells of the task run.
pub fn why(workflow: &Workflow, state: &ExecutionState, node: &Node, run: &RunId) -> Why {
    let story = Story { workflow, state, node, id: run, run: state.task_runs.get(run) };
    let status = state.status_at(node, &run.path);
    let mut reasons = story.reasons(status);
    let start_by = node.start_timeout_secs.zip(story.run.and_then(TaskRun::queued_since));
    if let Some((secs, since)) = start_by.filter(|_| status == TaskRunStatus::Running && !state.is_looping(run)) {
        let at = since + TimeDelta::seconds(secs.into());
        let sentence = format!("The attempt fails at {} if its turn has not come by then.", shown(at));
        reasons.push(Reason::new(Because::StartBy { at }, sentence));
    }
    let deadline = workflow.settings.deadline_secs.zip(state.started_at);
    if let Some((secs, started_at)) = deadline.filter(|_| !status.is_finished() && !state.status.is_finished()) {
        let at = started_at + TimeDelta::seconds(secs.into());
        let sentence = format!("The execution fails at {} if it is not over by then.", shown(at));
        reasons.push(Reason::new(Because::Deadline { at }, sentence));
    }
    Why { run: run.clone(), status, reasons }
}

struct Story<'a> {
    workflow: &'a Workflow,
    state: &'a ExecutionState,
    node: &'a Node,
    id: &'a RunId,
    run: Option<&'a TaskRun>,
}

impl Story<'_> {
    fn reasons(&self, status: TaskRunStatus) -> Vec<Reason> {
        if status.is_finished() {
            return vec![self.over(status)];
        }
        if let Some(reason) = self.ending().or_else(|| self.queued()) {
            return vec![reason];
        }
        match (status, self.run) {
            (TaskRunStatus::Running, Some(run)) => vec![self.running(run)],
            (TaskRunStatus::Waiting, Some(run)) => self.waiting(run),
            _ => self.pending(),
        }
    }

    fn over(&self, status: TaskRunStatus) -> Reason {
        let (at, reason) = (self.run.and_then(|run| run.finished_at), self.run.and_then(|run| run.reason.clone()));
        if let Some(from) = self.run.and_then(|run| run.kept_from) {
            let sentence = format!("It was kept from the execution {from}, where it {}.", past(status));
            return Reason::new(Because::Over { at }, sentence);
        }
        match status {
            TaskRunStatus::Skipped => {
                let by = self.skipped_by(&self.node.id, 0);
                let name = by.as_ref().map(|id| self.name(id));
                let sentence = match (reason, name) {
                    (Some(reason), Some(name)) => format!("It was skipped: {reason} It began with “{name}”."),
                    (Some(reason), None) => format!("It was skipped: {reason}"),
                    (None, _) => "Its trigger did not start this execution.".to_owned(),
                };
                Reason::new(Because::Skipped { by }, sentence)
            }
            TaskRunStatus::Failed => {
                Reason::new(Because::Over { at }, format!("It failed: {}", reason.unwrap_or_default()))
            }
            TaskRunStatus::Cancelled => Reason::new(Because::Over { at }, "It was cancelled with its execution."),
            _ => Reason::new(Because::Over { at }, "It succeeded and does not run again."),
        }
    }

    /// The execution ends before the task could run.
    fn ending(&self) -> Option<Reason> {
        let status = self.state.status;
        if status.is_finished() {
            let sentence = format!("The execution is over ({}); the task never ran.", status.name());
            return Some(Reason::new(Because::ExecutionOver { status }, sentence));
        }
        let by = self.state.cancelled_by.as_ref()?;
        let because = Because::ExecutionOver { status: ExecutionStatus::Cancelled };
        Some(Reason::new(because, format!("{by} cancelled the execution.")))
    }

    fn queued(&self) -> Option<Reason> {
        if let Some(Admission::Quiet { key, until }) = &self.state.admission
            && self.state.phase < Phase::Execute
        {
            let which = if key.is_empty() { String::new() } else { format!(" with the key “{key}”") };
            let sentence =
                format!("The execution begins at {}, unless another start{which} comes before.", shown(*until));
            return Some(Reason::new(Because::Quiet { key: key.clone(), until: *until }, sentence));
        }
        let Some(Admission::Waits { key, since }) = &self.state.admission else { return None };
        let sentence = match key.as_str() {
            "" => "The execution waits until others of its workflow are over.".to_owned(),
            key => format!("The execution waits until others with the concurrency key “{key}” are over."),
        };
        let because = Because::Queued { key: key.clone(), since: *since, holders: Vec::new(), before: 0 };
        Some(Reason::new(because, sentence))
    }

    fn running(&self, run: &TaskRun) -> Reason {
        let last = run.attempts.last();
        let (attempt, since) = last.map_or((0, DateTime::UNIX_EPOCH), |last| (last.number, last.started_at));
        let sentence = match self.state.loops.get(self.id) {
            Some(_) => "It runs: it goes over its items.".to_owned(),
            None => format!("It runs: attempt {attempt} began at {}.", shown(since)),
        };
        Reason::new(Because::Runs { attempt, since }, sentence)
    }

    fn held(&self, edge: &Edge) -> Reason {
        let (from, to) = (self.name(&edge.from.node), &self.node.name);
        let is_stepped = !self.state.cause.as_ref().is_some_and(|cause| cause.breakpoints.contains(edge));
        let sentence = match is_stepped {
            true => format!("It is held after a step from “{from}” to “{to}”. Let it go on, or take another step."),
            false => {
                format!("It is held at the breakpoint between “{from}” and “{to}”. Let it go on, or take a step.")
            }
        };
        Reason::new(Because::Held { edge: edge.clone() }, sentence)
    }

    fn waiting(&self, run: &TaskRun) -> Vec<Reason> {
        if let Some(edge) = run.held_at() {
            return vec![self.held(edge)];
        }
        let paused = self.paused().filter(|_| run.is_due_to_start());
        let until = run.due_at;
        let own = match (&run.waits_for, until) {
            (Some(waits_for), _) => {
                let by = until.map_or(String::new(), |until| format!(" It fails at {} without.", shown(until)));
                let because = Because::Answer { waits_for: waits_for.clone(), until };
                Reason::new(because, format!("{}{by}", awaited(waits_for)))
            }
            (None, Some(at)) if run.is_due_to_start() => {
                let attempt = run.attempts.len() as u32 + 1;
                let error = run.attempts.last().and_then(|last| last.error.as_ref());
                let after = error.map_or("its replica ended", |error| error.message.trim_end_matches('.'));
                let sentence = format!("Attempt {attempt} is due at {}, after: {after}.", shown(at));
                Reason::new(Because::Retry { at, attempt }, sentence)
            }
            (None, Some(until)) => Reason::new(Because::Time { until }, format!("It waits until {}.", shown(until))),
            (None, None) => Reason::new(Because::Starts, "It goes on any moment."),
        };
        paused.into_iter().chain([own]).collect()
    }

    fn pending(&self) -> Vec<Reason> {
        if self.state.phase < Phase::Execute {
            return vec![Reason::new(Because::Starts, "The execution has not begun yet; it does any moment.")];
        }
        let mut open: Vec<Reason> = Vec::new();
        for source in self.sources(&self.node.id) {
            let status = self.seen(source);
            let is_known =
                open.iter().any(|reason| matches!(&reason.because, Because::Input { node, .. } if *node == source.id));
            if !status.is_finished() && !is_known && !self.hands_items(source) {
                let what = if status == TaskRunStatus::Pending { "has not run" } else { "is not over" };
                let sentence = format!("It needs “{}”, which {what} yet.", source.name);
                open.push(Reason::new(Because::Input { node: source.id.clone(), status }, sentence));
            }
        }
        if let Some(of) = self.loop_to_come() {
            let sentence = format!("It runs once per item of “{}”, and this item's turn has not come.", of.name);
            open.push(Reason::new(Because::Item { of: of.id.clone() }, sentence));
        }
        if open.is_empty() {
            open.push(self.paused().unwrap_or_else(|| {
                Reason::new(Because::Starts, "Everything that it needs is there; it starts any moment.")
            }));
        }
        open
    }

    fn paused(&self) -> Option<Reason> {
        let by = self.state.paused_by.clone().filter(|_| self.state.steps_left == 0)?;
        let sentence = format!("{by} paused the execution. Resume it, or let it take a step.");
        Some(Reason::new(Because::Paused { by }, sentence))
    }

    fn sources(&self, node: &NodeId) -> impl Iterator<Item = &Node> {
        let edges = self.workflow.edges.iter().filter(move |edge| edge.to.node == *node);
        edges.filter_map(|edge| self.workflow.node(&edge.from.node))
    }

    fn hands_items(&self, source: &Node) -> bool {
        let is_item = |edge: &&Edge| edge.from.port == port::ITEM && edge.to.node == self.node.id;
        self.workflow.edges.iter().filter(is_item).any(|edge| edge.from.node == source.id)
    }

    /// The loop that hands the node its item, while this iteration has not begun.
    fn loop_to_come(&self) -> Option<&Node> {
        let source = self.sources(&self.node.id).find(|source| self.hands_items(source))?;
        let outer = self.id.path.split_last().map_or(&[][..], |(_, outer)| outer);
        let found = self.state.loops.get(&RunId::at(&source.id, outer));
        let has_begun =
            self.id.path.last().is_some_and(|index| found.is_some_and(|found| found.active.contains(index)));
        (!has_begun).then_some(source)
    }

    /// The status of another node as this iteration sees it.
    fn seen(&self, other: &Node) -> TaskRunStatus {
        let path = &self.id.path;
        let statuses = (0..=path.len()).rev().map(|depth| self.state.status_at(other, &path[..depth]));
        statuses.into_iter().find(|status| *status != TaskRunStatus::Pending).unwrap_or(TaskRunStatus::Pending)
    }

    /// The first node on the way here that failed, or that handed nothing on.
    fn skipped_by(&self, node: &NodeId, depth: usize) -> Option<NodeId> {
        if depth > self.workflow.nodes.len() {
            return None;
        }
        let failed = self.sources(node).find(|source| self.seen(source) == TaskRunStatus::Failed);
        let skipped = || {
            self.sources(node).find(|source| self.seen(source) == TaskRunStatus::Skipped && !source.kind.is_trigger())
        };
        let silent = || {
            let edges = self.workflow.edges.iter().filter(|edge| edge.to.node == *node);
            let mut sources = edges.filter_map(|edge| Some((self.workflow.node(&edge.from.node)?, &edge.from.port)));
            sources.find(|(source, port)| !self.state.carried_at(source, &self.id.path, port)).map(|(source, _)| source)
        };
        match (failed, skipped()) {
            (Some(failed), _) => Some(failed.id.clone()),
            (None, Some(skipped)) => self.skipped_by(&skipped.id, depth + 1).or_else(|| Some(skipped.id.clone())),
            (None, None) => silent().map(|source| source.id.clone()),
        }
    }

    fn name(&self, id: &NodeId) -> String {
        self.workflow.node(id).map_or_else(|| id.to_string(), |node| node.name.clone())
    }
}

/// How a kept task run stood.
fn past(status: TaskRunStatus) -> &'static str {
    match status {
        TaskRunStatus::Skipped => "was skipped",
        TaskRunStatus::Failed => "failed",
        _ => "succeeded",
    }
}

fn awaited(waits_for: &WaitsFor) -> String {
    match waits_for {
        WaitsFor::Time => "It waits for a time.".to_owned(),
        WaitsFor::Approval { .. } => "It waits for somebody to approve or reject it.".to_owned(),
        WaitsFor::Event { name, key: None } => format!("It waits for the event “{name}”."),
        WaitsFor::Event { name, key: Some(key) } => format!("It waits for the event “{name}” with the key “{key}”."),
        WaitsFor::Call => "It waits for a call of its resume URL.".to_owned(),
        WaitsFor::Execution { id } => format!("It waits for the end of the execution {id}."),
    }
}

/// A time in a sentence.
pub fn shown(at: DateTime<Utc>) -> String {
    at.format("%F %T UTC").to_string()
}
