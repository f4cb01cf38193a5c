//! Breakpoints of one run: whether those asked for can be, and what somebody does with a node that one of them holds.
//! What they do to an execution is decided in `domain::plan`.

use serde_json::Value;

use crate::{
    api::ApiError,
    domain::{
        event::Release,
        id::{ExecutionId, RunId},
        payload,
        role::Action,
        workflow::{Edge, Workflow},
    },
    server::{Caller, Result, live, workflows},
};

/// JSON that is put in the place of what came over an edge has so many bytes at most.
pub const MAX_PAYLOAD_BYTES: usize = 1 << 20;

/// Each is an edge of what runs, and there are no more of them than of those.
pub fn check(workflow: &Workflow, breakpoints: &[Edge]) -> Result<()> {
    if breakpoints.len() > workflow.edges.len() {
        let message = format!("The workflow has {} edges; each is named once at most.", workflow.edges.len());
        return Err(ApiError::invalid("breakpoints", message).into());
    }
    match breakpoints.iter().find(|edge| !workflow.edges.contains(edge)) {
        None => Ok(()),
        Some(Edge { from, to }) => {
            let message = format!("What would run has no edge from {}.{} to {}.", from.node, from.port, to.node);
            Err(ApiError::invalid("breakpoints", message).into())
        }
    }
}

/// How a node that is held goes on.
#[derive(Clone, Debug)]
pub struct GoOn {
    pub run: RunId,
    /// What it sees as its input; none: what came.
    pub payload: Option<Value>,
    /// What comes right after it is held too.
    pub step: bool,
}

/// Does so soon after. Who may start with declared input only may not put something else in the place of data either: for
/// that it takes the right to edit.
pub async fn release(caller: &Caller, id: ExecutionId, go_on: GoOn) -> Result<()> {
    caller.require_of(Action::RunExecutions, id).await?;
    if let Some(payload) = &go_on.payload {
        caller.require_of(Action::EditWorkflows, id).await?;
        check_payload(payload)?;
    }
    let state = live::state(&mut *caller.begin().await?, caller.workspace, id).await?;
    let GoOn { run, payload, step } = go_on;
    if state.task_runs.get(&run).is_none_or(|run| run.held_at().is_none()) {
        let detail = format!("No breakpoint holds “{run}”, or somebody was faster.");
        return Err(ApiError::conflict("not_held", detail).into());
    }
    tracing::info!(execution = %id, node = %run, by = %caller.user, edited = payload.is_some(), "let go at a breakpoint");
    let release = Release { by: caller.email.clone(), payload, step };
    caller.app.engine.release(caller.workspace, id, run, release).await
}

fn check_payload(payload: &Value) -> Result<()> {
    if payload.to_string().len() > MAX_PAYLOAD_BYTES {
        let most = payload::readable(MAX_PAYLOAD_BYTES);
        return Err(ApiError::invalid("payload", format!("It has more than {most}. Put in less.")).into());
    }
    workflows::input_depth(payload)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_breakpoint_is_an_edge_of_what_runs() {
        let edges = vec![Edge::between("a", "b"), Edge::from_port("b", "true", "c")];
        let workflow = Workflow { edges: edges.clone(), ..Workflow::default() };
        for fits in [&edges[..], &edges[..1], &[]] {
            assert!(check(&workflow, fits).is_ok(), "{fits:?}");
        }
        let twice = vec![edges[0].clone(); 3];
        for wrong in [&[Edge::between("b", "c")][..], &[Edge::between("b", "a")], &twice[..]] {
            assert!(check(&workflow, wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_payload_has_a_bound() {
        assert!(check_payload(&json!("x".repeat(MAX_PAYLOAD_BYTES - 2))).is_ok());
        assert!(check_payload(&json!("x".repeat(MAX_PAYLOAD_BYTES))).is_err());
        let deep = (0..1_000).fold(json!(1), |inner, _| json!([inner]));
        assert!(check_payload(&deep).is_err());
    }
}
