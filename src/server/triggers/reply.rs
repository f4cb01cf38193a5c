//! The answer that a node “Respond to webhook” made, sent to the call that waits for it. No browser takes it for a page of
//! this site: sandboxed, and what could run is offered as a file.

use std::collections::HashSet;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{
    HeaderName, HeaderValue, StatusCode,
    header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
};
use serde_json::Value;

use crate::{
    domain::{
        event::{Change, Event},
        id::{ExecutionId, NodeId, WorkspaceId},
        task::Kind,
        workflow::Workflow,
    },
    server::{AppState, Result, store},
};

/// What a browser would run or open by itself.
const ACTIVE: [&str; 6] =
    ["text/html", "application/xhtml+xml", "image/svg+xml", "application/pdf", "text/xml", "application/xml"];
/// Events that are read at a time.
const PAGE: i64 = 1_000;

/// The nodes that answer.
pub fn nodes(workflow: &Workflow) -> HashSet<NodeId> {
    let answering = workflow.nodes.iter().filter(|node| node.kind == Kind::RespondToWebhook);
    answering.map(|node| node.id.clone()).collect()
}

/// Waits until one of the nodes has answered; none: the execution ended without. Ends by itself only then.
pub async fn first(
    app: &AppState,
    workspace: WorkspaceId,
    execution: ExecutionId,
    nodes: &HashSet<NodeId>,
) -> Result<Option<Value>> {
    let mut watch = app.engine.watch(execution);
    let mut after = 0;
    loop {
        let mut tx = app.tenants.begin(workspace).await?;
        let events = store::executions::events(&mut *tx, workspace, execution, after, PAGE).await?;
        drop(tx);
        if let Some(answer) = events.iter().find_map(|event| answer_of(event, nodes)) {
            return Ok(Some(answer.clone()));
        }
        if events.iter().any(|event| matches!(event.change, Change::Finished { .. })) {
            return Ok(None);
        }
        match events.last() {
            Some(last) => after = last.seq,
            None => {
                watch.changed().await;
            }
        }
    }
}

fn answer_of<'a>(event: &'a Event, nodes: &HashSet<NodeId>) -> Option<&'a Value> {
    match &event.change {
        Change::AttemptSucceeded { node, output, .. } if nodes.contains(&node.node) => Some(output),
        _ => None,
    }
}

/// As HTTP. The runner has checked status and headers; what does not fit all the same is left out.
pub fn response(answer: &Value) -> Response {
    let status = answer["status"].as_u64().and_then(|status| u16::try_from(status).ok());
    let status = status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
    let has_body = !matches!(status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED);
    let headers = answer["headers"].as_object();
    let content_type = answer["headers"]["content-type"].as_str().unwrap_or_default().to_ascii_lowercase();
    let body = if has_body { body(&answer["body"], &content_type) } else { Body::empty() };
    let mut response = (status, body).into_response();
    let all = response.headers_mut();
    all.remove(CONTENT_TYPE);
    for (name, value) in headers.into_iter().flatten() {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_str(value.as_str().unwrap_or_default());
        if let (Ok(name), Ok(value)) = (name, value) {
            all.insert(name, value);
        }
    }
    all.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    all.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if ACTIVE.contains(&essence) || essence.ends_with("+xml") {
        all.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    }
    response
}

fn body(body: &Value, content_type: &str) -> Body {
    let is_json = content_type.starts_with("application/json") || content_type.contains("+json");
    match body {
        Value::Null if !is_json => Body::empty(),
        Value::String(text) if !is_json => text.clone().into(),
        Value::Object(members) if !is_json => match members.get("base64").and_then(Value::as_str) {
            Some(encoded) => BASE64_STANDARD.decode(encoded).unwrap_or_default().into(),
            None => body.to_string().into(),
        },
        other => other.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_browser_could_run_is_offered_as_a_file() {
        for (content_type, is_file) in [
            ("text/html", true),
            ("TEXT/HTML; charset=utf-8", true),
            ("image/svg+xml", true),
            ("application/atom+xml", true),
            ("application/pdf", true),
            ("application/json", false),
            ("text/plain", false),
            ("image/png", false),
        ] {
            let answer = response(&json!({"status": 200, "headers": {"content-type": content_type}, "body": "x"}));
            assert_eq!(answer.headers().contains_key(CONTENT_DISPOSITION), is_file, "{content_type}");
            assert_eq!(answer.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
        }
    }
}
