//! `POST /resume/{execution}/{token}`: hands the body to what waits there for a call. Who knows the address may.

use axum::{
    Extension, Json, Router,
    extract::{Path, Request, State},
    routing::post,
};
use http::StatusCode;
use serde::Serialize;

use super::{admission::Admission, payload, webhook};
use crate::{
    api::ApiError,
    domain::{
        event::{Answer, WaitsFor},
        id::{ExecutionId, RunId},
        task::port,
    },
    server::{AppState, Result, auth::peer, live, store},
};

pub fn router() -> Router<AppState> {
    Router::new().route("/resume/{execution}/{token}", post(resume))
}

#[derive(Serialize)]
struct Resumed {
    /// How many task runs waited for the call.
    answered: usize,
}

async fn resume(
    State(app): State<AppState>,
    Extension(admission): Extension<Admission>,
    Path((execution, token)): Path<(ExecutionId, String)>,
    call: Request,
) -> Result<(StatusCode, Json<Resumed>)> {
    let (call, body) = call.into_parts();
    admission.source(peer::address(&call, &app.config.trusted_proxies))?;
    if !app.secrets.is_resume_token(execution, &token)? {
        return Err(unknown().into());
    }
    let workspace = store::executions::workspace(&app.everywhere, execution).await?.ok_or_else(unknown)?;
    let data = payload::input(&call.headers, &webhook::read(&call.headers, body, webhook::USUAL_BODY).await?)?;
    let state = live::state(&mut *app.tenants.begin(workspace).await?, workspace, execution).await?;
    let waiting = state.task_runs.into_iter().filter(|(_, run)| run.waits_for == Some(WaitsFor::Call));
    let waiting: Vec<RunId> = waiting.map(|(id, _)| id).collect();
    if waiting.is_empty() {
        return Err(ApiError::conflict("not_waiting", "Nothing waits for this call, or it came before.").into());
    }
    let answered = waiting.len();
    for run in waiting {
        let answer = Answer { output: data.clone(), port: port::OUT.to_owned(), by: "resume URL".to_owned() };
        app.engine.answer(workspace, execution, run, answer).await?;
    }
    Ok((StatusCode::ACCEPTED, Json(Resumed { answered })))
}

/// The same for an unknown execution and a wrong token.
fn unknown() -> ApiError {
    ApiError::new(404, "not_found", "There is nothing to resume here. Check the address.")
}
