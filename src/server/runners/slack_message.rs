//! Posts to Slack: through an incoming webhook, or as a bot to any channel that it is in.

use serde_json::{Value, json};
use url::Url;

use super::{Call, Outcome, RunError, answer, authorize::authorize, http_request, kind_of, posting};
use crate::domain::credential::CredentialKind;

/// The most characters that Slack keeps of a text.
const MAX_CHARS: usize = 40_000;
/// What Slack calls the failures that pass.
const PASSING: [&str; 5] = ["ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"];

pub async fn run(call: &Call) -> Result<Outcome, RunError> {
    let is_bot = call.credential.as_ref().is_some_and(|secret| secret.kind == CredentialKind::SlackBot);
    if is_bot { as_bot(call).await } else { by_webhook(call).await }
}

async fn by_webhook(call: &Call) -> Result<Outcome, RunError> {
    let answer = posting::post(call, posting::address(call)?, posting::headers_of(call), &message(call)?).await?;
    Ok(posting::told(&answer))
}

/// `chat.postMessage`: the status is 200 also where Slack refuses; the body tells.
async fn as_bot(call: &Call) -> Result<Outcome, RunError> {
    let mut body = message(call)?;
    body["channel"] = call.text("channel")?.trim().into();
    if let Some(thread) = call.optional_text("thread")? {
        body["thread_ts"] = thread.trim().into();
    }
    let mut url = method(&call.text("api")?, "chat.postMessage")?;
    let mut headers = posting::headers_of(call);
    authorize(call, &mut url, &mut headers)?;
    let answer = posting::post(call, url, headers, &body).await?;
    let said = answer::body(&answer);
    match (said["ok"].as_bool(), said["error"].as_str().unwrap_or("no reason given")) {
        (Some(true), _) => Ok(posting::told(&answer)),
        (_, reason) => {
            let message = format!("Slack refused the message: {reason}.");
            let details = json!({ "status": answer.status.as_u16(), "body": said });
            if PASSING.contains(&reason) {
                return Err(RunError::Retry { message, details, after: None });
            }
            Err(RunError::Fail { message, field: field_of(reason).map(str::to_owned), details })
        }
    }
}

/// `auth.test`: whose token it is.
pub async fn probe(call: &Call) -> Result<String, RunError> {
    let mut url = method("https://slack.com/api", "auth.test")?;
    let mut headers = posting::headers_of(call);
    authorize(call, &mut url, &mut headers)?;
    let said = answer::body(&posting::post(call, url, headers, &json!({})).await?);
    let part = |name: &str| said[name].as_str().unwrap_or("?").to_owned();
    match said["ok"].as_bool() {
        Some(true) => Ok(format!("Slack knows it as {} of {}.", part("user"), part("team"))),
        _ => Err(RunError::field("credential", format!("Slack does not take the token: {}.", part("error")))),
    }
}

/// The field that one of Slack's reasons is about.
fn field_of(reason: &str) -> Option<&'static str> {
    match reason {
        "channel_not_found" | "not_in_channel" | "is_archived" => Some("channel"),
        "invalid_auth" | "not_authed" | "token_revoked" | "account_inactive" | "missing_scope" => Some("credential"),
        "invalid_blocks" | "invalid_blocks_format" => Some("blocks"),
        "msg_too_long" | "no_text" => Some("text"),
        _ => None,
    }
}

fn message(call: &Call) -> Result<Value, RunError> {
    let mut body = json!({ "text": posting::at_most(call.text("text")?, "text", MAX_CHARS)? });
    match call.value("blocks") {
        Value::Null => {}
        Value::Array(blocks) => body["blocks"] = blocks.into(),
        other => {
            return Err(RunError::field("blocks", format!("“Blocks” has to be a list, not {}.", kind_of(&other))));
        }
    }
    Ok(body)
}

/// A method's address below the API's.
fn method(api: &str, name: &str) -> Result<Url, RunError> {
    http_request::url(&format!("{}/{name}", api.trim().trim_end_matches('/')), "api")
}
