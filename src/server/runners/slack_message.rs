//! Posts to Slack through an incoming webhook, whose address is the secret.

use http::{HeaderValue, Method, header};
use serde_json::json;

use super::{Call, Outcome, RunError, answer, http_request};
use crate::server::egress::{Request, host_of};

pub async fn run(call: &Call) -> Result<Outcome, RunError> {
    let request = request(call)?;
    let answer = call.egress.send(request).await.map_err(|error| answer::unanswered(error, "url"))?;
    let answer = answer::accept(answer, call.now).map_err(quote)?;
    let output = json!({ "status": answer.status.as_u16(), "body": answer::body(&answer) });
    Ok(Outcome::done(output))
}

fn request(call: &Call) -> Result<Request, RunError> {
    let url = match &call.credential {
        Some(secret) => {
            let url = http_request::url(secret.value("value")?, "credential")?;
            secret.value_for(&host_of(&url), "value")?;
            url
        }
        None => http_request::url(&call.text("url")?, "url")?,
    };
    let mut headers = http_request::own_headers(call);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let body = json!({ "text": call.text("text")? }).to_string();
    Ok(Request { method: Method::POST, url, headers, body: Some(body.into()) })
}

/// Slack says in the body what it did not like, such as `channel_not_found`.
fn quote(error: RunError) -> RunError {
    match error {
        RunError::Fail { message, field, details } => {
            let words = details["body"].as_str().unwrap_or_default().trim().chars().take(200).collect::<String>();
            let message = if words.is_empty() { message } else { format!("{message} It says: {words}") };
            RunError::Fail { message, field, details }
        }
        other => other,
    }
}
