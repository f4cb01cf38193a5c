//! Calls a web API.

use axum::body::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde_json::{Value, json};
use url::Url;

use super::{Call, Outcome, RunError, answer};
use crate::server::egress::{Request, host_of};

/// Bytes of a request's body.
const MAX_BODY: usize = 25 * 1024 * 1024;
/// Set by whoever frames the message; a second opinion opens doors (request smuggling, other virtual hosts).
const OURS: [&str; 8] =
    ["host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "keep-alive"];

pub async fn run(call: &Call) -> Result<Outcome, RunError> {
    let request = request(call)?;
    let answer = call.egress.send(request).await.map_err(|error| answer::unanswered(error, "url"))?;
    let answer = answer::accept(answer, call.now)?;
    let output = json!({
        "status": answer.status.as_u16(),
        "headers": answer::headers(&answer.headers),
        "body": answer::body(&answer),
    });
    Ok(Outcome::done(output))
}

fn request(call: &Call) -> Result<Request, RunError> {
    let method = method(call)?;
    let url = url(&call.text("url")?, "url")?;
    let mut headers = own_headers(call);
    headers.extend(typed_headers(call)?);
    let body = body(call, &mut headers)?;
    if let Some(secret) = &call.credential {
        let host = host_of(&url);
        let name = name(secret.value_for(&host, "header")?, "credential")?;
        headers.insert(name, value(secret.value_for(&host, "value")?, "credential")?);
    }
    Ok(Request { method, url, headers, body })
}

fn method(call: &Call) -> Result<Method, RunError> {
    let text = call.text("method")?;
    let known = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"].contains(&text.as_str());
    known.then(|| text.parse().ok()).flatten().ok_or_else(|| {
        RunError::field("method", format!("“{text}” is no method. Choose GET, POST, PUT, PATCH, DELETE or HEAD."))
    })
}

/// The parsed address; the error does not repeat it, since it may hold a secret.
pub fn url(text: &str, field: &str) -> Result<Url, RunError> {
    Url::parse(text.trim()).map_err(|error| {
        RunError::field(
            field,
            format!("The URL cannot be read: {error}. It looks like https://api.example.com/contacts."),
        )
    })
}

/// What every request carries. The key is the same for all attempts: a service that knows it acts once.
pub fn own_headers(call: &Call) -> HeaderMap {
    let key = format!("{}/{}", call.execution, call.run);
    let mut headers = HeaderMap::new();
    headers.insert(header::USER_AGENT, HeaderValue::from_static(concat!("FlowPilot/", env!("CARGO_PKG_VERSION"))));
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json, */*;q=0.8"));
    if let Ok(key) = HeaderValue::from_str(&key) {
        headers.insert("idempotency-key", key);
    }
    headers
}

fn typed_headers(call: &Call) -> Result<HeaderMap, RunError> {
    let pairs = call.pairs("headers")?.into_iter().filter(|(name, _)| !name.trim().is_empty());
    pairs.map(|(name_text, text)| Ok((name(&name_text, "headers")?, value(&text, "headers")?))).collect()
}

fn name(text: &str, field: &str) -> Result<HeaderName, RunError> {
    let name: HeaderName =
        text.trim().parse().map_err(|_| RunError::field(field, format!("“{text}” cannot be the name of a header.")))?;
    if OURS.contains(&name.as_str()) || name.as_str().starts_with("proxy-") {
        return Err(RunError::field(field, format!("The header “{text}” is FlowPilot's to set. Leave it out.")));
    }
    Ok(name)
}

fn value(text: &str, field: &str) -> Result<HeaderValue, RunError> {
    let mut value = HeaderValue::from_bytes(text.trim().as_bytes())
        .map_err(|_| RunError::field(field, "A header's value holds a line break or another control character."))?;
    value.set_sensitive(field == "credential");
    Ok(value)
}

/// JSON, unless the content type asks for a form (of an object) or the value is a text for another type.
fn body(call: &Call, headers: &mut HeaderMap) -> Result<Option<Bytes>, RunError> {
    let is_shown = call.kind.field("body").is_some_and(|field| field.is_shown(&call.parameters));
    let body = call.value("body");
    if !is_shown || body.is_null() || body == "" {
        return Ok(None);
    }
    let content_type = headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
    let content_type = content_type.to_str().unwrap_or_default().to_ascii_lowercase();
    let bytes = match body {
        Value::Object(fields) if content_type.starts_with("application/x-www-form-urlencoded") => form(&fields),
        Value::String(text) if !content_type.contains("json") => text,
        body => body.to_string(),
    };
    if bytes.len() > MAX_BODY {
        return Err(RunError::field("body", "The body is larger than 25 MiB, which is the limit."));
    }
    Ok(Some(bytes.into()))
}

fn form(fields: &serde_json::Map<String, Value>) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name, text(value))))
        .finish()
}
