//! What went wrong with an execution, why, and what to do: the first thing its page says. Pure.

use chrono::{DateTime, Utc};

use crate::domain::{
    event::TaskError,
    execution::{ExecutionStatus, TaskRunStatus},
    id::{NodeId, WorkflowId},
    state::{ExecutionState, TaskRun},
    task::port,
    workflow::{Node, Workflow},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The execution is over and failed; else it only takes longer.
    pub is_failure: bool,
    pub what: String,
    pub why: String,
    pub advice: String,
    /// When the next attempt starts.
    pub due_at: Option<DateTime<Utc>>,
    /// The node it is about.
    pub node: Option<NodeId>,
}

impl Diagnosis {
    /// None: nothing is wrong.
    pub fn of(workflow: &Workflow, state: &ExecutionState) -> Option<Self> {
        match state.status {
            ExecutionStatus::Failed => Some(failure(workflow, state)),
            status if status.is_finished() => None,
            _ => delay(workflow, state),
        }
    }

    /// Where the node is mended: its page in the designer.
    pub fn designer(&self, workflow: WorkflowId) -> Option<String> {
        self.node.as_ref().map(|node| format!("/workflows/{workflow}?node={node}"))
    }
}

fn failure(workflow: &Workflow, state: &ExecutionState) -> Diagnosis {
    let Some((node, run)) = culprit(workflow, state) else {
        return Diagnosis {
            is_failure: true,
            what: "The execution failed:".to_owned(),
            why: state.error.clone().unwrap_or_else(|| "No node says why.".to_owned()),
            advice: "Look at the timeline for what took long, then run it again.".to_owned(),
            due_at: None,
            node: None,
        };
    };
    let error = run.attempts.last().and_then(|attempt| attempt.error.as_ref());
    Diagnosis {
        is_failure: true,
        what: format!("“{}” failed:", node.name),
        why: run.reason.clone().or_else(|| state.error.clone()).unwrap_or_default(),
        advice: advice(node, run, error),
        due_at: None,
        node: Some(node.id.clone()),
    }
}

/// The first node that failed without an edge that takes up its failure.
fn culprit<'a>(workflow: &'a Workflow, state: &'a ExecutionState) -> Option<(&'a Node, &'a TaskRun)> {
    let is_caught =
        |node: &Node| workflow.edges.iter().any(|edge| edge.from.node == node.id && edge.from.port == port::ERROR);
    workflow
        .nodes
        .iter()
        .filter_map(|node| Some((node, state.run(&node.id)?)))
        .filter(|(node, run)| run.status == TaskRunStatus::Failed && !is_caught(node))
        .min_by_key(|(_, run)| run.finished_at)
}

fn advice(node: &Node, run: &TaskRun, error: Option<&TaskError>) -> String {
    match error {
        Some(TaskError { field: Some(field), .. }) => {
            let label = node.kind.field(field).map_or(field.as_str(), |field| field.label);
            format!("Correct “{label}” of this node in the designer, publish, and start a new execution.")
        }
        Some(TaskError { retryable: true, .. }) => match run.attempts.len() {
            1 => "Run it again once the other side answers, or give the node more attempts.".to_owned(),
            attempts => format!("All {attempts} attempts failed. Run it again once the other side answers."),
        },
        _ => "Another attempt would fail the same way. Look at its input and at what came back, correct the node, and \
              start a new execution."
            .to_owned(),
    }
}

/// A node whose last attempt failed and that tries again: what people ask about while they wait.
fn delay(workflow: &Workflow, state: &ExecutionState) -> Option<Diagnosis> {
    let (node, run, error) = workflow.nodes.iter().find_map(|node| {
        let run = state.run(&node.id).filter(|run| !run.status.is_finished())?;
        let error = run.attempts.iter().rev().find_map(|attempt| attempt.error.as_ref())?;
        Some((node, run, error))
    })?;
    let (charged, most) = (run.charged_attempts(), node.retry.max_attempts);
    let advice = match run.due_at {
        Some(_) => format!("Attempt {} of {most} follows", charged + 1),
        None => format!("Attempt {charged} of {most} is running."),
    };
    Some(Diagnosis {
        is_failure: false,
        what: format!("Why does “{}” take long?", node.name),
        why: error.message.clone(),
        advice,
        due_at: run.due_at,
        node: Some(node.id.clone()),
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::Value;

    use super::*;
    use crate::domain::{
        event::{Cause, Change, Event},
        task::Kind,
        workflow::{Edge, Point},
    };

    fn at(ms: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::milliseconds(ms)
    }

    fn workflow() -> Workflow {
        let node = |id: &str, name| Node::new(id.into(), name, Kind::HttpRequest, Point::default());
        Workflow { nodes: vec![node("mail", "Welcome"), node("crm", "CRM entry")], ..Workflow::default() }
    }

    fn failed(node: &str, field: Option<&str>, retry_ms: Option<i64>) -> Change {
        let error = TaskError {
            message: format!("{node} answered 503"),
            field: field.map(str::to_owned),
            retryable: field.is_none(),
            details: Value::Null,
        };
        Change::AttemptFailed { node: node.into(), attempt: 1, error, retry_at: retry_ms.map(at) }
    }

    fn diagnosis(workflow: &Workflow, changes: Vec<Change>) -> Option<Diagnosis> {
        let cause = Cause { trigger: None, via: "manual".into(), by: None, input: Value::Null, ..Cause::default() };
        let begin =
            [Change::Started { cause }, Change::PhaseEntered { phase: crate::domain::execution::Phase::Execute }];
        let events: Vec<Event> = begin
            .into_iter()
            .chain(changes)
            .zip(1..)
            .map(|(change, seq)| Event { seq, at: at(i64::from(seq)), change })
            .collect();
        Diagnosis::of(workflow, &ExecutionState::of(&events))
    }

    fn started(node: &str) -> Change {
        Change::AttemptStarted { node: node.into(), attempt: 1 }
    }

    fn over() -> Change {
        Change::Finished { status: ExecutionStatus::Failed, output: None, error: Some("CRM entry failed.".into()) }
    }

    #[test]
    fn a_failure_names_the_node_the_reason_and_what_to_do() {
        let found = diagnosis(&workflow(), vec![started("crm"), failed("crm", None, None), over()]).expect("a failure");
        assert_eq!((found.what.as_str(), found.why.as_str()), ("“CRM entry” failed:", "crm answered 503"));
        assert!(found.advice.starts_with("Run it again once the other side answers"), "{}", found.advice);
        assert_eq!(found.node, Some("crm".into()));
    }

    #[test]
    fn a_wrong_field_is_named_by_its_label() {
        let found = diagnosis(&workflow(), vec![started("crm"), failed("crm", Some("url"), None), over()]);
        assert!(found.expect("a failure").advice.contains("“URL”"));
    }

    #[test]
    fn a_failure_that_an_error_branch_took_up_is_not_the_culprit() {
        let mut workflow = workflow();
        workflow.edges.push(Edge::from_port("mail", "error", "crm"));
        let changes =
            vec![started("mail"), failed("mail", None, None), started("crm"), failed("crm", None, None), over()];
        assert_eq!(diagnosis(&workflow, changes).and_then(|found| found.node), Some("crm".into()));
    }

    #[test]
    fn a_node_that_tries_again_says_when() {
        let found = diagnosis(&workflow(), vec![started("crm"), failed("crm", None, Some(2_200))]).expect("a delay");
        assert!(!found.is_failure);
        assert_eq!((found.advice.as_str(), found.due_at), ("Attempt 2 of 3 follows", Some(at(2_200))));
    }

    #[test]
    fn an_execution_that_goes_well_has_none() {
        assert_eq!(diagnosis(&workflow(), vec![started("crm")]), None);
    }
}
