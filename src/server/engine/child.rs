//! Executions that a task run starts: their start, once however often the attempt is made, and the news of their end
//! to the parent, in the same commit as that end.

use std::sync::Arc;

use serde_json::Value;

use super::{
    Core, Engine, Start,
    attempt::failed,
    message::{Ending, Letter},
    work::Work,
};
use crate::{
    domain::{
        event::{Cause, Parent, WaitsFor},
        execution::ExecutionStatus,
        id::ExecutionId,
        state::{ExecutionState, TaskRun},
    },
    server::store,
};

/// Executions started by executions started by executions …, at most.
const MAX_DEPTH: u32 = 10;

/// Starts the workflow's published version with the input and waits for its end.
pub async fn execute(core: &Arc<Core>, work: &Work, workflow: &str, input: Value) -> Ending {
    match start(core, work, workflow, input).await {
        Ok(id) => Ending::Wait { until: None, output: Value::Null, waits_for: WaitsFor::Execution { id } },
        Err(ending) => ending,
    }
}

async fn start(core: &Arc<Core>, work: &Work, workflow: &str, input: Value) -> Result<ExecutionId, Ending> {
    let depth = work.depth + 1;
    if depth > MAX_DEPTH {
        let message = format!("Workflows call each other {MAX_DEPTH} deep at most. Does one call itself without end?");
        return Err(failed(message, Some("workflow".to_owned()), false));
    }
    let found = store::versions::live_by_name(&core.parts.pool, work.workspace, workflow).await;
    let found = found.map_err(|error| passing(&error.to_string()))?;
    let Some((workflow, version, definition)) = found else {
        let message =
            format!("No published workflow has the name or id “{workflow}”. Publish it, or choose another one.");
        return Err(failed(message, Some("workflow".to_owned()), false));
    };
    let parent = Parent { execution: work.execution, run: work.run.clone(), depth };
    let cause = Cause {
        via: "workflow".to_owned(),
        by: Some(work.execution.to_string()),
        input,
        priority: Some(work.priority),
        parent: Some(parent),
        ..Cause::default()
    };
    // The same for an attempt that is made again because its replica died: the child is not started twice.
    let key = format!("{}/{}/{}", work.execution, work.run, work.charged);
    let start = Start {
        workspace: work.workspace,
        workflow,
        version,
        definition: Arc::new(definition),
        cause,
        idempotency_key: Some(key),
    };
    Engine::of(core).start_for_attempt(start).await.map_err(|error| passing(&error.to_string()))
}

fn passing(error: &str) -> Ending {
    failed(format!("The workflow could not be started: {error}"), None, true)
}

/// The news for the task run that started this execution, once it is over.
pub fn news(execution: ExecutionId, state: &ExecutionState) -> Option<(ExecutionId, Letter)> {
    let parent = state.cause.as_ref()?.parent.as_ref()?;
    let error = match state.status {
        ExecutionStatus::Succeeded => None,
        ExecutionStatus::Failed => Some(state.error.clone().unwrap_or_else(|| "It failed.".to_owned())),
        ExecutionStatus::Cancelled => Some(state.error.clone().unwrap_or_else(|| "It was cancelled.".to_owned())),
        _ => return None,
    };
    let output = state.output.clone().unwrap_or_default();
    Some((parent.execution, Letter::ExecutionEnded { run: parent.run.clone(), execution, error, output }))
}

/// The executions that these task runs wait for.
pub fn awaited<'a>(runs: impl Iterator<Item = &'a TaskRun>) -> impl Iterator<Item = ExecutionId> {
    runs.filter_map(|run| match run.waits_for {
        Some(WaitsFor::Execution { id }) => Some(id),
        _ => None,
    })
}
