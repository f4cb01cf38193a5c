//! Judges the nodes of an execution that something changed for: what can start, what is skipped, whether all is over. A
//! loop's iterations are judged each as a small execution of its own.

use chrono::{DateTime, Utc};

use super::{
    Prepared, Source, Step, gives_up_at,
    join::{Joined, Verdict, better, join},
    memory::Memory,
    output, starts_by, unanswered,
};
use crate::domain::{
    execution::{ExecutionStatus, Phase, TaskRunStatus},
    id::RunId,
    state::{ExecutionState, TaskRun},
    task::port,
    workflow::{Edge, Node},
};

/// What became of a node, as far as the nodes after it are concerned.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Standing {
    Open,
    Succeeded,
    Failed,
    /// Skipped; `by_failure`: because something before it failed.
    Skipped {
        by_failure: bool,
    },
}

/// One pass over those nodes in their order, so that a skip is seen by everything after it in the same pass.
pub(super) struct Judge<'a> {
    prepared: &'a Prepared,
    state: &'a ExecutionState,
    now: DateTime<Utc>,
    memory: &'a mut Memory,
    steps: Vec<Step>,
    /// Attempts that may start: while the execution is paused, as many as somebody stepped.
    may_start: usize,
}

impl<'a> Judge<'a> {
    pub fn new(prepared: &'a Prepared, state: &'a ExecutionState, memory: &'a mut Memory, now: DateTime<Utc>) -> Self {
        memory.wake(prepared, now, state.paused_by.is_some());
        let may_start = if state.paused_by.is_some() { state.steps_left as usize } else { usize::MAX };
        Self { prepared, state, now, memory, steps: Vec::new(), may_start }
    }

    pub fn steps(mut self) -> Vec<Step> {
        while let Some(position) = self.memory.next(self.prepared) {
            let standing = self.judge(position, &[]);
            self.memory.put_at_top(self.prepared, position, standing);
        }
        let is_over = self.steps.is_empty() && self.memory.is_over();
        if is_over && self.prepared.top.len() + self.in_loops() == self.prepared.workflow.nodes.len() {
            self.steps.push(self.end());
        }
        self.steps
    }

    /// Nodes of a cycle are in no order; then the execution never ends by itself.
    fn in_loops(&self) -> usize {
        self.prepared.bodies.values().map(Vec::len).sum()
    }

    /// Whether everything in the body of a loop is over and nothing is left to do.
    fn judge_all(&mut self, positions: &'a [usize], path: &[u32]) -> bool {
        let before = self.steps.len();
        for position in positions {
            let standing = self.judge(*position, path);
            self.memory.put(*position, standing);
        }
        let is_open = |position: &usize| self.memory.standing(*position) == Standing::Open;
        self.steps.len() == before && !positions.iter().any(is_open)
    }

    fn node(&self, position: usize) -> &'a Node {
        &self.prepared.workflow.nodes[position]
    }

    fn judge(&mut self, position: usize, path: &[u32]) -> Standing {
        let node = self.node(position);
        match self.state.status_at(node, path) {
            TaskRunStatus::Succeeded => Standing::Succeeded,
            TaskRunStatus::Failed => Standing::Failed,
            TaskRunStatus::Cancelled => Standing::Skipped { by_failure: false },
            TaskRunStatus::Skipped => Standing::Skipped { by_failure: self.failure_before(position, path) },
            TaskRunStatus::Running | TaskRunStatus::Waiting => {
                self.judge_live(position, path);
                Standing::Open
            }
            TaskRunStatus::Pending => self.judge_pending(position, path),
        }
    }

    fn judge_live(&mut self, position: usize, path: &[u32]) {
        let id = RunId::at(&self.node(position).id, path);
        let Some(run) = self.state.task_runs.get(&id) else { return };
        let is_due = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at <= self.now);
        if is_due(gives_up_at(self.prepared, &id, run)) {
            let message = "The task took longer than its total timeout.".to_owned();
            self.steps.push(Step::Fail { run: id, message, field: Some("total_timeout_secs") });
        } else if !self.state.is_looping(&id) && is_due(starts_by(self.prepared, &id, run)) {
            let seconds = self.node(position).start_timeout_secs.unwrap_or_default();
            let message = format!("The attempt was queued for longer than {seconds} s and did not start.");
            self.steps.push(Step::GiveUp { run: id, message });
        } else if self.state.is_looping(&id) {
            self.judge_loop(position, id);
        } else if run.status == TaskRunStatus::Waiting && is_due(run.due_at) {
            self.end_wait(id, run);
        }
    }

    fn end_wait(&mut self, id: RunId, run: &TaskRun) {
        match &run.waits_for {
            Some(waits_for) => {
                self.steps.push(Step::Fail { run: id, message: unanswered(waits_for), field: None });
            }
            None if run.is_due_to_start() => self.start(id, run.attempts.len() as u32 + 1),
            None => self.steps.push(Step::EndWait { run: id }),
        }
    }

    fn start(&mut self, run: RunId, attempt: u32) {
        if self.may_start > 0 {
            self.may_start -= 1;
            self.steps.push(Step::Start { run, attempt });
        }
    }

    fn judge_loop(&mut self, position: usize, id: RunId) {
        let (prepared, found) = (self.prepared, &self.state.loops[&id]);
        let body = prepared.body(position);
        let next = found.begun..found.begun + found.room() as u32;
        for index in found.active.iter().copied().chain(next) {
            let path = [id.path.as_slice(), &[index]].concat();
            if !self.judge_all(body, &path) {
                continue;
            }
            let error = self.unhandled(body).map(|position| self.why_failed(position, &path));
            match error {
                Some(error) if !found.go_on => {
                    let message = format!("Item {index}: {error}");
                    return self.steps.push(Step::Fail { run: id, message, field: None });
                }
                error => {
                    let output = output(prepared, self.state, body, &path);
                    self.steps.push(Step::EndIteration { run: id.clone(), index, output, error });
                }
            }
        }
        if found.is_over() {
            self.steps.push(Step::EndLoop { run: id });
        }
    }

    fn judge_pending(&mut self, position: usize, path: &[u32]) -> Standing {
        let verdicts = self.verdicts(position, path);
        let id = || RunId::at(&self.node(position).id, path);
        let only_silent_triggers =
            !verdicts.is_empty() && verdicts.iter().all(|verdict| self.is_silent_trigger(verdict));
        let joined = match only_silent_triggers {
            true => Joined::Refused("Its trigger did not start this execution.".to_owned()),
            false => join(self.prepared, self.node(position).join, &verdicts),
        };
        match joined {
            Joined::Open => Standing::Open,
            Joined::Starts => {
                let id = id();
                match self.breakpoint(position, &id) {
                    Some(edge) => self.steps.push(Step::Hold { run: id, edge }),
                    None => self.start(id, 1),
                }
                Standing::Open
            }
            Joined::Refused(reason) => {
                self.steps.push(Step::Skip { run: id(), reason });
                Standing::Skipped { by_failure: verdicts.iter().any(|(_, verdict)| *verdict == Verdict::Failed) }
            }
        }
    }

    /// The first edge that carried data here and holds it: one with a breakpoint, or that leads on from a node that was
    /// stepped over. None: the node may start, as one that went on from there already.
    fn breakpoint(&self, position: usize, id: &RunId) -> Option<Edge> {
        let breakpoints = self.state.cause.as_ref().map_or(&[][..], |cause| cause.breakpoints.as_slice());
        if breakpoints.is_empty() || self.state.task_runs.get(id).is_some_and(|run| run.hold.is_some()) {
            return None;
        }
        let holds = |source: &Source, edge: &Edge| {
            let carried = self.verdict(source.position, &id.path, &source.port) == Verdict::Carried;
            carried && (breakpoints.contains(edge) || self.is_stepped_over(source, &id.path))
        };
        self.prepared.sources[position].iter().find_map(|source| {
            let from = self.node(source.position).id.clone();
            let edge = Edge::from_port(from, &source.port, id.node.clone());
            holds(source, &edge).then_some(edge)
        })
    }

    fn is_stepped_over(&self, source: &Source, path: &[u32]) -> bool {
        // A loop stands outside of the iterations that it hands items to.
        let depth = path.len() - usize::from(source.port == port::ITEM && !path.is_empty());
        let run = self.state.task_runs.get(&RunId::at(&self.node(source.position).id, &path[..depth]));
        run.is_some_and(TaskRun::is_stepped_over)
    }

    /// One verdict per source. A trigger that did not fire counts only where the node has no other source.
    fn verdicts(&self, position: usize, path: &[u32]) -> Vec<(usize, Verdict)> {
        let mut verdicts: Vec<(usize, Verdict)> = Vec::with_capacity(self.prepared.sources[position].len());
        for source in &self.prepared.sources[position] {
            let verdict = self.verdict(source.position, path, &source.port);
            match verdicts.iter_mut().find(|(known, _)| *known == source.position) {
                Some((_, known)) => *known = better(*known, verdict),
                None => verdicts.push((source.position, verdict)),
            }
        }
        if !verdicts.iter().all(|verdict| self.is_silent_trigger(verdict)) {
            verdicts.retain(|verdict| !self.is_silent_trigger(verdict));
        }
        verdicts
    }

    fn is_silent_trigger(&self, (source, verdict): &(usize, Verdict)) -> bool {
        *verdict == Verdict::NotTaken && self.node(*source).kind.is_trigger()
    }

    fn verdict(&self, source: usize, path: &[u32], through: &str) -> Verdict {
        if through == port::ITEM {
            return Verdict::Carried;
        }
        match self.memory.standing(source) {
            Standing::Open => Verdict::Open,
            Standing::Failed if through != port::ERROR => Verdict::Failed,
            Standing::Skipped { by_failure: true } => Verdict::Failed,
            Standing::Skipped { by_failure: false } => Verdict::NotTaken,
            Standing::Failed | Standing::Succeeded => {
                let carried = self.state.carried_at(self.node(source), path, through);
                if carried { Verdict::Carried } else { Verdict::NotTaken }
            }
        }
    }

    fn failure_before(&self, position: usize, path: &[u32]) -> bool {
        self.verdicts(position, path).iter().any(|(_, verdict)| *verdict == Verdict::Failed)
    }

    /// The first node here that failed without an edge that takes its failure up.
    fn unhandled(&self, positions: &[usize]) -> Option<usize> {
        let is_unhandled = |position: &usize| {
            self.memory.standing(*position) == Standing::Failed && !self.prepared.leads_on(*position, port::ERROR)
        };
        positions.iter().copied().filter(is_unhandled).min()
    }

    fn why_failed(&self, position: usize, path: &[u32]) -> String {
        let node = self.node(position);
        let run = self.state.task_runs.get(&RunId::at(&node.id, path));
        format!("{}: {}", node.name, run.and_then(|run| run.reason.as_deref()).unwrap_or("it failed"))
    }

    fn end(&self) -> Step {
        match self.unhandled(&self.prepared.top) {
            None => Step::Enter(Phase::Validate),
            Some(position) => {
                let error = Some(self.why_failed(position, &[]));
                Step::Finish { status: ExecutionStatus::Failed, output: None, error }
            }
        }
    }
}
