//! `POST /hooks/{token}`: an outside service starts an execution. The router reads no cookies and needs no CSRF check.
//! In this order: pace of the source → known → allowed source → pace and places of the webhook → size → authentication →
//! parsing → commit → 202, or the workflow's output where the webhook waits for it.

use std::time::Duration;

use axum::{
    Extension, Json, Router,
    body::Body,
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
    routing::post,
};
use chrono::Utc;
use futures_util::StreamExt;
use http::{
    HeaderMap, StatusCode,
    header::{ALLOW, CONTENT_ENCODING, CONTENT_LENGTH},
    request::Parts,
};
use serde::Serialize;
use tokio::time::{Instant, timeout_at};

use super::{
    admission::Admission,
    answer::{self, WaitsFor},
    hook::{Hook, Hooks},
    payload,
};
use crate::{
    api::ApiError,
    domain::{event::Cause, id::ExecutionId, payload as payload_size},
    server::{AppState, Result, auth::peer, engine::Start},
};

/// What a resume URL takes, and a webhook that says nothing else.
pub const USUAL_BODY: usize = 1024 * 1024;
const BODY_TIME: Duration = Duration::from_secs(30);
const BODY_START: Duration = Duration::from_secs(5);
/// Bytes per second.
const BODY_PACE: f64 = 1024.0;

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
    Extension(admission): Extension<Admission>,
    Path(token): Path<String>,
    call: Request,
) -> Result<Response> {
    let (call, body) = call.into_parts();
    let source = peer::address(&call, &app.config.trusted_proxies);
    admission.source(source)?;
    let hook = hooks.find(&app, &token).await?.ok_or_else(unknown)?;
    hook.admit(source)?;
    let place = admission.webhook(hook.trigger)?;
    let wait = answer::wait(&call.headers);
    let room = admission.room(told_length(&call.headers).map_or(hook.max_body, |bytes| bytes.min(hook.max_body)))?;
    let start = read_start(&hook, call, body).await?;
    drop(room);
    let Some(waits) = hook.waits else { return Ok(accepted(&app, app.engine.start(start).await?)) };
    // Who waits is counted there: slow workflows must not close the door to the others.
    drop(place);
    match waits {
        WaitsFor::Output => answer::answer(&app, start, wait).await,
        WaitsFor::Reply => answer::reply(&app, start, wait).await,
    }
}

pub fn accepted(app: &AppState, execution: ExecutionId) -> Response {
    let url = format!("{}/executions/{execution}", app.config.public_url());
    (StatusCode::ACCEPTED, Json(Accepted { execution, url })).into_response()
}

async fn read_start(hook: &Hook, call: Parts, body: Body) -> Result<Start> {
    let body = read(&call.headers, body, hook.max_body).await?;
    hook.verifiers.check(&call.headers, &body, Utc::now().timestamp())?;
    let input = payload::input(&call.headers, &body)?;
    let delivery = payload::delivery(hook.verifiers.current.delivery(), &call.headers, &input)?;
    Ok(Start {
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
            input,
            details: payload::details(&call, hook.verifiers.current.secret_header()),
            priority: None,
            breakpoints: Vec::new(),
        },
    })
}

/// The body, of so many bytes at most. What says that it has more is refused unread.
pub async fn read(headers: &HeaderMap, body: Body, most: usize) -> Result<Vec<u8>, ApiError> {
    if told_length(headers).is_some_and(|length| length > most) {
        return Err(too_large(most));
    }
    if headers.contains_key(CONTENT_ENCODING) {
        return Err(ApiError::new(415, "unsupported", "Send the body as it is, without Content-Encoding."));
    }
    collect(body, most).await
}

fn told_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads to the end as long as it comes fast enough.
async fn collect(body: Body, most: usize) -> Result<Vec<u8>, ApiError> {
    let begin = Instant::now();
    let mut chunks = body.into_data_stream();
    let mut whole = Vec::new();
    while let Some(chunk) = timeout_at(due(begin, whole.len()), chunks.next()).await.map_err(|_| slow())? {
        let chunk = chunk
            .map_err(|_| ApiError::new(400, "malformed", "The body ended before it was complete. Send it again."))?;
        if whole.len() + chunk.len() > most {
            return Err(too_large(most));
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole)
}

/// When the next part has to be there, after so many bytes: some seconds to begin with, then 1 KiB per second at least.
fn due(begin: Instant, bytes: usize) -> Instant {
    let paced = BODY_START + Duration::from_secs_f64(bytes as f64 / BODY_PACE);
    begin + paced.min(BODY_TIME)
}

fn slow() -> ApiError {
    ApiError::new(
        408,
        "timeout",
        "The body came too slowly: 1 KiB per second at least, within 30 seconds. Send it again.",
    )
}

fn too_large(most: usize) -> ApiError {
    let most = payload_size::readable(most);
    let detail = format!(
        "The body is larger than {most}, the most that this address takes. Send less, or an address to fetch it from."
    );
    ApiError::new(413, "too_large", detail)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_five_seconds_to_begin_then_a_second_per_kibibyte_and_thirty_in_all() {
        let begin = Instant::now();
        for (bytes, secs) in
            [(0, 5.0), (512, 5.5), (1024, 6.0), (10 * 1024, 15.0), (25 * 1024, 30.0), (USUAL_BODY, 30.0)]
        {
            assert_eq!(due(begin, bytes) - begin, Duration::from_secs_f64(secs), "{bytes}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_trickles_is_given_up() {
        let (sender, parts) = tokio::sync::mpsc::channel::<Result<&str, std::io::Error>>(1);
        let parts = futures_util::stream::unfold(parts, |mut parts| async { Some((parts.recv().await?, parts)) });
        tokio::spawn(async move {
            while sender.send(Ok("x")).await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        let begin = Instant::now();
        let error = collect(Body::from_stream(parts), USUAL_BODY).await.unwrap_err();
        assert_eq!(error.status, 408);
        assert!(begin.elapsed() < Duration::from_secs(7), "{:?}", begin.elapsed());
    }
}
