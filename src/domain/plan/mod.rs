//! Decides what an execution does next. Pure: knows no clock and no database; the engine carries the steps out and
//! appends what happened to the journal.

mod admission;
mod join;
mod judge;
mod memory;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::{
    event::WaitsFor,
    execution::{ExecutionStatus, Phase, TaskRunStatus},
    expression::{Needs, Scope},
    graph::Graph,
    id::{NodeId, RunId},
    nesting::Nesting,
    state::{ExecutionState, TaskRun},
    workflow::{Edge, Node, Workflow},
};

pub use memory::Memory;

/// Iterations of all loops of one execution, at most: a loop that would go beyond fails before it begins.
pub const MAX_ITERATIONS: usize = 100_000;

/// One thing to do now.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Enter(Phase),
    /// Wait until then whether a later start with the same key comes.
    Debounce {
        key: String,
        until: DateTime<Utc>,
    },
    /// Ask for the concurrency key and wait for it.
    Queue {
        key: String,
    },
    /// It could start, but for the breakpoint at this edge.
    Hold {
        run: RunId,
        edge: Edge,
    },
    Start {
        run: RunId,
        attempt: u32,
    },
    EndWait {
        run: RunId,
    },
    /// It ran or waited for too long, or a loop's iteration failed.
    Fail {
        run: RunId,
        message: String,
        field: Option<&'static str>,
    },
    /// The attempt waited for its turn for too long; another one follows if the retry policy allows it.
    GiveUp {
        run: RunId,
        message: String,
    },
    Skip {
        run: RunId,
        reason: String,
    },
    EndIteration {
        run: RunId,
        index: u32,
        output: Value,
        error: Option<String>,
    },
    EndLoop {
        run: RunId,
    },
    Finish {
        status: ExecutionStatus,
        output: Option<Value>,
        error: Option<String>,
    },
}

/// A workflow version made ready to be planned: its graph, the order of its nodes and its loops, computed once. Nodes
/// are known by their position in the workflow.
pub struct Prepared {
    pub workflow: Arc<Workflow>,
    /// The nodes outside of loops, each after everything it needs.
    top: Vec<usize>,
    /// The same for the body of each loop, without the bodies of loops inside of it.
    bodies: HashMap<usize, Vec<usize>>,
    /// By position: where each incoming edge comes from.
    sources: Vec<Vec<Source>>,
    /// By position: the ports that edges leave through.
    targets: Vec<Vec<String>>,
    /// By position: which places at the top come right after it.
    after: Vec<Vec<usize>>,
    /// The place at the top of each node, or of the outermost loop around it. Nodes of a cycle have none.
    places: HashMap<NodeId, usize>,
    nesting: Nesting,
    /// By position: what its attempts need to know.
    needs: Vec<Needs>,
    positions: HashMap<NodeId, usize>,
    has_total_timeouts: bool,
    has_start_timeouts: bool,
}

struct Source {
    position: usize,
    port: String,
}

impl Prepared {
    /// Nodes of a cycle are never started; `problems()` keeps such a workflow from being published or run.
    pub fn of(workflow: impl Into<Arc<Workflow>>) -> Self {
        let workflow = at_rest(workflow.into());
        let graph = Graph::of(&workflow);
        let nesting = Nesting::of(&workflow, &graph);
        let position: HashMap<NodeId, usize> =
            workflow.nodes.iter().enumerate().map(|(position, node)| (node.id.clone(), position)).collect();
        let (mut top, mut bodies) = (Vec::new(), HashMap::<usize, Vec<usize>>::new());
        for id in graph.order().unwrap_or_default() {
            match nesting.around(&id).last() {
                Some(around) => bodies.entry(position[around]).or_default().push(position[&id]),
                None => top.push(position[&id]),
            }
        }
        let into = |node: &Node| {
            let edges = graph.sources(&node.id);
            edges.map(|(source, port)| Source { position: position[source], port: port.to_owned() }).collect()
        };
        let out_of = |node: &Node| graph.targets(&node.id).map(|(port, _)| port.to_owned()).collect();
        let (sources, targets) =
            (workflow.nodes.iter().map(into).collect(), workflow.nodes.iter().map(out_of).collect());
        let places = places(&workflow, &top, &nesting);
        let after = |node: &Node| {
            let all = graph.targets(&node.id).filter_map(|(_, target)| places.get(target).copied());
            // Its own place: the body of a loop.
            all.filter(|place| places.get(&node.id).is_some_and(|own| own < place)).collect()
        };
        let after = workflow.nodes.iter().map(after).collect();
        let needs = needs(&workflow, &position);
        let has_total_timeouts = workflow.nodes.iter().any(|node| node.total_timeout_secs.is_some());
        let has_start_timeouts = workflow.nodes.iter().any(|node| node.start_timeout_secs.is_some());
        Self {
            top,
            bodies,
            sources,
            targets,
            after,
            places,
            nesting,
            needs,
            positions: position,
            has_total_timeouts,
            has_start_timeouts,
            workflow,
        }
    }

    /// The node's position in the workflow; none: there is no such node.
    pub fn position(&self, node: &NodeId) -> Option<usize> {
        self.positions.get(node).copied()
    }

    /// What attempts at the node in this position need to know.
    pub fn needs(&self, position: usize) -> &Needs {
        &self.needs[position]
    }

    fn place_at_top(&self, node: &NodeId) -> Option<usize> {
        self.places.get(node).copied()
    }

    /// The nodes that run for each item of the loop.
    pub fn body_of(&self, node: &NodeId) -> Vec<NodeId> {
        let mut body: Vec<NodeId> = self.nesting.body(node).cloned().collect();
        body.sort();
        body
    }

    /// Those at the top of the body, in order.
    fn body(&self, position: usize) -> &[usize] {
        self.bodies.get(&position).map_or(&[], Vec::as_slice)
    }

    fn leads_on(&self, position: usize, through: &str) -> bool {
        self.targets[position].iter().any(|port| port == through)
    }
}

/// Disabled nodes without what their attempts would be bound by.
fn at_rest(workflow: Arc<Workflow>) -> Arc<Workflow> {
    if !workflow.nodes.iter().any(|node| node.disabled) {
        return workflow;
    }
    let mut workflow = Arc::unwrap_or_clone(workflow);
    workflow.nodes = workflow.nodes.into_iter().map(Node::at_rest).collect();
    Arc::new(workflow)
}

fn needs(workflow: &Workflow, positions: &HashMap<NodeId, usize>) -> Vec<Needs> {
    let mut sources = vec![Vec::new(); workflow.nodes.len()];
    for edge in &workflow.edges {
        if let (Some(from), Some(to)) = (positions.get(&edge.from.node), positions.get(&edge.to.node)) {
            sources[*to].push((*from, edge.from.port.clone()));
        }
    }
    workflow.nodes.iter().zip(sources).map(|(node, sources)| Needs::of(workflow, node, sources)).collect()
}

fn places(workflow: &Workflow, top: &[usize], nesting: &Nesting) -> HashMap<NodeId, usize> {
    let at_top = top.iter().enumerate().map(|(place, position)| (workflow.nodes[*position].id.clone(), place));
    let mut places: HashMap<NodeId, usize> = at_top.collect();
    for node in &workflow.nodes {
        let around = nesting.around(&node.id).first().and_then(|outermost| places.get(outermost).copied());
        if let Some(place) = around {
            places.insert(node.id.clone(), place);
        }
    }
    places
}

/// What to do next, in this order. Empty: wait for an attempt to end, for an answer, for [`due_at`], or nothing is
/// left. Asked again after the steps are in the state, until it is empty.
pub fn next(prepared: &Prepared, state: &ExecutionState, now: DateTime<Utc>) -> Vec<Step> {
    next_since(prepared, state, &mut Memory::default(), now)
}

/// The same for one who noted every change since in the memory of the last time.
pub fn next_since(prepared: &Prepared, state: &ExecutionState, memory: &mut Memory, now: DateTime<Utc>) -> Vec<Step> {
    let steps = steps(prepared, state, memory, now);
    if steps.is_empty() {
        memory.rest_until(due_at(prepared, state));
    }
    steps
}

fn steps(prepared: &Prepared, state: &ExecutionState, memory: &mut Memory, now: DateTime<Utc>) -> Vec<Step> {
    if state.status.is_finished() || state.cause.is_none() {
        return Vec::new();
    }
    if state.cancelled_by.is_some() {
        return vec![Step::Finish { status: ExecutionStatus::Cancelled, output: None, error: None }];
    }
    if let Some(seconds) = deadline_passed(&prepared.workflow, state, now) {
        let error = Some(format!("The execution took longer than its deadline of {seconds} s."));
        return vec![Step::Finish { status: ExecutionStatus::Failed, output: None, error }];
    }
    match state.phase {
        Phase::Init => vec![Step::Enter(Phase::Prepare)],
        Phase::Prepare => admission::steps(prepared, state, now),
        Phase::Execute => judge::Judge::new(prepared, state, memory, now).steps(),
        Phase::Validate => vec![validate(prepared, state)],
        Phase::Complete => vec![Step::Finish {
            status: ExecutionStatus::Succeeded,
            output: Some(output(prepared, state, &prepared.top, &[])),
            error: None,
        }],
    }
}

fn validate(prepared: &Prepared, state: &ExecutionState) -> Step {
    let Some(contract) = &prepared.workflow.settings.output else { return Step::Enter(Phase::Complete) };
    let output = output(prepared, state, &prepared.top, &[]);
    let scope = Scope { input: output.clone(), ..Scope::at_start(&prepared.workflow, state) };
    match contract.breach(&output, &scope) {
        None => Step::Enter(Phase::Complete),
        error => Step::Finish { status: ExecutionStatus::Failed, output: Some(output), error },
    }
}

/// When [`next`] has something to do though nothing happens: a retry, the end of a wait, a timeout, the deadline.
pub fn due_at(prepared: &Prepared, state: &ExecutionState) -> Option<DateTime<Utc>> {
    let end = deadline(&prepared.workflow, state).into_iter().chain(admission::due_at(state)).min();
    if state.is_known_not_to_wait() && !prepared.has_total_timeouts && !prepared.has_start_timeouts {
        return end;
    }
    let is_held = state.paused_by.is_some() && state.steps_left == 0;
    let of_run = |(id, run): (&RunId, &TaskRun)| {
        let due = run.due_at.filter(|_| !(is_held && run.is_due_to_start()));
        [due, gives_up_at(prepared, id, run), starts_by(prepared, id, run)].into_iter().flatten().min()
    };
    let open = state.task_runs.iter().filter(|(_, run)| !run.status.is_finished());
    open.filter_map(of_run).chain(end).min()
}

fn deadline(workflow: &Workflow, state: &ExecutionState) -> Option<DateTime<Utc>> {
    Some(state.started_at? + TimeDelta::seconds(workflow.settings.deadline_secs?.into()))
}

fn deadline_passed(workflow: &Workflow, state: &ExecutionState, now: DateTime<Utc>) -> Option<u32> {
    deadline(workflow, state).filter(|deadline| *deadline <= now).and(workflow.settings.deadline_secs)
}

/// The end of the time that the task run has in total, over all its attempts.
fn gives_up_at(prepared: &Prepared, id: &RunId, run: &TaskRun) -> Option<DateTime<Utc>> {
    // Most workflows have none, and looking for the node costs.
    if !prepared.has_total_timeouts {
        return None;
    }
    let seconds = prepared.workflow.node(&id.node)?.total_timeout_secs?;
    Some(run.attempts.first()?.started_at + TimeDelta::seconds(seconds.into()))
}

/// Until when the current attempt has to get its turn.
fn starts_by(prepared: &Prepared, id: &RunId, run: &TaskRun) -> Option<DateTime<Utc>> {
    if !prepared.has_start_timeouts || run.status != TaskRunStatus::Running {
        return None;
    }
    let seconds = prepared.workflow.node(&id.node)?.start_timeout_secs?;
    Some(run.queued_since()? + TimeDelta::seconds(seconds.into()))
}

/// What these nodes hand on in the end: the output of the one last node, or of several by node name, without those
/// that handed nothing on.
fn output(prepared: &Prepared, state: &ExecutionState, positions: &[usize], path: &[u32]) -> Value {
    let nodes = &prepared.workflow.nodes;
    let is_last = |position: &usize| {
        let node = &nodes[*position];
        state.status_at(node, path) == TaskRunStatus::Succeeded
            && !prepared.targets[*position].iter().any(|through| state.carried_at(node, path, through))
    };
    let mut positions = positions.to_vec();
    positions.sort_unstable();
    let last: Vec<&Node> =
        positions.iter().filter(|position| is_last(position)).map(|position| &nodes[*position]).collect();
    match last.as_slice() {
        [] => Value::Null,
        [only] => state.output_at(only, path),
        several => several
            .iter()
            .map(|node| (node.name.clone(), state.output_at(node, path)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

/// Why nobody's answer ended the wait.
fn unanswered(waits_for: &WaitsFor) -> String {
    match waits_for {
        WaitsFor::Time => "The wait took too long.".to_owned(),
        WaitsFor::Approval { .. } => "Nobody approved or rejected it in time.".to_owned(),
        WaitsFor::Event { name, .. } => format!("The event “{name}” did not come in time."),
        WaitsFor::Call => "Nobody called the resume URL in time.".to_owned(),
        WaitsFor::Execution { id } => format!("The execution {id} did not end in time."),
    }
}
