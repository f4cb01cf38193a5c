//! The answer of a webhook that waits for the end of its execution: what the workflow gave, or why there is nothing.

use std::time::Duration;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, StatusCode,
    header::{CONTENT_SECURITY_POLICY, HeaderName},
};
use tokio::sync::Semaphore;

use super::reply;
use crate::{
    api::ApiError,
    domain::{execution::ExecutionStatus, id::ExecutionId, state::ExecutionState, workflow::Node},
    server::{AppState, Result, engine::Start, store},
};

/// The longest that a caller waits; what takes longer goes on without them.
const LONGEST: Duration = Duration::from_secs(30);
/// Callers that wait at a time, on this replica; who comes when all places are taken is answered at once.
const AT_ONCE: usize = 1_000;
static PLACES: Semaphore = Semaphore::const_new(AT_ONCE);
const PREFER: HeaderName = HeaderName::from_static("prefer");

/// What a webhook's callers wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitsFor {
    /// The workflow's output.
    Output,
    /// What a node “Respond to webhook” says.
    Reply,
}

/// None: they get 202 at once.
pub fn wanted(node: Option<&Node>) -> Option<WaitsFor> {
    match node.and_then(|node| node.parameters.get("respond")?.as_str()) {
        Some("result") => Some(WaitsFor::Output),
        Some("node") => Some(WaitsFor::Reply),
        _ => None,
    }
}

/// Starts the execution and answers with its output, as JSON that no browser takes for a page. Not over in time: 202, as
/// without waiting.
pub async fn answer(app: &AppState, start: Start, wait: Duration) -> Result<Response> {
    let place = PLACES.try_acquire();
    let wait = if place.is_ok() { wait } else { Duration::ZERO };
    let (execution, ended) = app.engine.run(start, wait).await?;
    told(app, execution, ended)
}

/// Starts the execution and answers what one of its nodes says; it goes on meanwhile. Without such an answer its output
/// stands for one.
pub async fn reply(app: &AppState, start: Start, wait: Duration) -> Result<Response> {
    let place = PLACES.try_acquire();
    let wait = if place.is_ok() { wait } else { Duration::ZERO };
    let (workspace, nodes) = (start.workspace, reply::nodes(&start.definition));
    let until = tokio::time::Instant::now() + wait;
    let execution = app.engine.start(start).await?;
    let said = tokio::select! {
        said = tokio::time::timeout_at(until, reply::first(app, workspace, execution, &nodes)) => said.ok().transpose()?,
        () = app.stopping.cancelled() => None,
    };
    match said {
        Some(Some(said)) => Ok(reply::response(&said)),
        Some(None) => {
            let mut tx = app.tenants.begin(workspace).await?;
            let events = store::executions::events(&mut *tx, workspace, execution, 0, i64::MAX).await?;
            told(app, execution, Some(ExecutionState::of(&events)))
        }
        None => Ok(super::webhook::accepted(app, execution)),
    }
}

fn told(app: &AppState, execution: ExecutionId, ended: Option<ExecutionState>) -> Result<Response> {
    let Some(state) = ended else { return Ok(super::webhook::accepted(app, execution)) };
    if state.status == ExecutionStatus::Succeeded {
        let policy = [(CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'")];
        return Ok((StatusCode::OK, policy, Json(state.output.unwrap_or_default())).into_response());
    }
    // Why is for those who may see the execution.
    let detail = format!("The execution {execution} ended without a result: it {}.", ended_as(state.status));
    Err(ApiError::new(500, "no_result", detail).into())
}

fn ended_as(status: ExecutionStatus) -> &'static str {
    if status == ExecutionStatus::Cancelled { "was cancelled" } else { "failed" }
}

/// `Prefer: wait=5` (RFC 7240) asks to wait for less.
pub fn wait(headers: &HeaderMap) -> Duration {
    let preferences = headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok());
    let mut seconds =
        preferences.flat_map(|value| value.split([',', ';'])).filter_map(|one| one.trim().strip_prefix("wait="));
    let asked = seconds.next().and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
    asked.unwrap_or(LONGEST).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_may_ask_to_wait_for_less_and_never_for_more() {
        for (preference, secs) in [
            (None, 30),
            (Some("wait=5"), 5),
            (Some("respond-async, wait=0"), 0),
            (Some("wait=3600"), 30),
            (Some("wait=soon"), 30),
            (Some("return=minimal"), 30),
        ] {
            let headers = preference.map(|value| (PREFER, value.parse().expect("a header")));
            assert_eq!(wait(&headers.into_iter().collect()), Duration::from_secs(secs), "{preference:?}");
        }
    }
}
