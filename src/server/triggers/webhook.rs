//! `POST /hooks/{token}`: an outside service starts an execution. The router reads no cookies and needs no CSRF check.
//! In this order: known → rate → size → authentication → parsing → commit → 202.

use std::time::Duration;

use axum::{
    Extension, Json, Router,
    body::Body,
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
    routing::post,
};
use futures_util::StreamExt;
use http::{
    HeaderMap, StatusCode,
    header::{ALLOW, CONTENT_ENCODING, CONTENT_LENGTH},
};
use serde::Serialize;
use tokio::time::timeout;

use super::{
    hook::{Hook, Hooks},
    payload,
};
use crate::{
    api::ApiError,
    domain::{event::Cause, id::ExecutionId},
    server::{AppState, Result, engine::Start},
};

const BODY_LIMIT: usize = 1024 * 1024;
const BODY_TIME: Duration = Duration::from_secs(30);

/// The webhooks' addresses.
pub fn router() -> Router<AppState> {
    Router::new().route("/hooks/{token}", post(receive).fallback(refuse_method).layer(Extension(Hooks::default())))
}

/// What a caller gets once the execution is durable.
#[derive(Serialize)]
struct Accepted {
    execution: ExecutionId,
    /// Where people watch it.
    url: String,
}

async fn receive(
    State(app): State<AppState>,
    Extension(hooks): Extension<Hooks>,
    Path(token): Path<String>,
    call: Request,
) -> Result<Response> {
    let hook = hooks.find(&app, &token).await?.ok_or_else(unknown)?;
    hooks.pace(&app.config, hook.trigger)?;
    let execution = start(&app, &hook, call).await?;
    let url = format!("{}/executions/{execution}", app.config.public_url());
    Ok((StatusCode::ACCEPTED, Json(Accepted { execution, url })).into_response())
}

async fn start(app: &AppState, hook: &Hook, call: Request) -> Result<ExecutionId> {
    let (call, body) = call.into_parts();
    let body = read(&call.headers, body).await?;
    hook.verifier.check(&call.headers, &body)?;
    let delivery = payload::delivery(&call.headers)?;
    let start = Start {
        workspace: hook.workspace,
        workflow: hook.workflow,
        version: hook.version,
        definition: hook.definition.clone(),
        idempotency_key: delivery.map(|name| format!("webhook:{}:{name}", hook.trigger)),
        cause: Cause {
            parent: None,
            restart: None,
            trigger: Some(hook.node.clone()),
            via: "webhook".to_owned(),
            by: None,
            input: payload::input(&call.headers, &body)?,
            details: payload::details(&call, hook.verifier.secret_header()),
            priority: None,
        },
    };
    app.engine.start(start).await
}

pub async fn read(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, ApiError> {
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > BODY_LIMIT as u64) {
        return Err(too_large());
    }
    if headers.contains_key(CONTENT_ENCODING) {
        return Err(ApiError::new(415, "unsupported", "Send the body as it is, without Content-Encoding."));
    }
    let late = |_| ApiError::new(408, "timeout", "The body took longer than 30 seconds. Send it again.");
    timeout(BODY_TIME, collect(body)).await.map_err(late)?
}

async fn collect(body: Body) -> Result<Vec<u8>, ApiError> {
    let mut chunks = body.into_data_stream();
    let mut whole = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk
            .map_err(|_| ApiError::new(400, "malformed", "The body ended before it was complete. Send it again."))?;
        if whole.len() + chunk.len() > BODY_LIMIT {
            return Err(too_large());
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole)
}

fn too_large() -> ApiError {
    ApiError::new(413, "too_large", "The body is larger than 1 MiB. Send less, or an address to fetch it from.")
}

/// The same for a token that never was and for a webhook that is not live.
fn unknown() -> ApiError {
    ApiError::new(
        404,
        "not_found",
        "There is no live webhook at this address. Check it, and that its workflow is published.",
    )
}

async fn refuse_method() -> Response {
    let refusal = ApiError::new(405, "method_not_allowed", "A webhook takes POST only.");
    ([(ALLOW, "POST")], refusal).into_response()
}
