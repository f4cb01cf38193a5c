//! What the messengers share: the secret address of an incoming webhook, and a post of JSON to it.

use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::{Value, json};
use url::Url;

use super::{
    Call, Outcome, RunError, answer,
    http_request::{self, headers},
};
use crate::server::egress::{Answer, Request, host_of};

/// From the credential, which is the address, or from the field `url`.
pub fn address(call: &Call) -> Result<Url, RunError> {
    match &call.credential {
        Some(secret) => {
            let url = http_request::url(secret.value("value")?, "credential")?;
            secret.value_for(&host_of(&url), "value")?;
            Ok(url)
        }
        None => http_request::url(&call.text("url")?, "url"),
    }
}

/// Our headers and the type JSON.
pub fn headers_of(call: &Call) -> HeaderMap {
    let mut all = headers::own(call);
    all.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    all
}

/// Posts, and passes 2xx; another answer is quoted.
pub async fn post(call: &Call, url: Url, headers: HeaderMap, body: &Value) -> Result<Answer, RunError> {
    let request = Request { method: Method::POST, url, headers, body: Some(body.to_string().into()) };
    let answer = call.egress.send(request).await.map_err(|error| answer::unanswered(error, "url"))?;
    answer::accept(answer, call.now).map_err(quote)
}

/// The usual output.
pub fn told(answer: &Answer) -> Outcome {
    Outcome::done(json!({ "status": answer.status.as_u16(), "body": answer::body(answer) }))
}

/// Messengers say in the body what they did not like, such as `channel_not_found`.
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

/// Refuses a text that the messenger would cut or refuse.
pub fn at_most(text: String, field: &str, most: usize) -> Result<String, RunError> {
    let length = text.chars().count();
    if length > most {
        return Err(RunError::field(field, format!("The text has {length} characters; {most} is the most here.")));
    }
    Ok(text)
}
