//! Makes the answer to the webhook call that started the execution. Who waits for it there sends it: see
//! `triggers::answer`.

use http::{HeaderName, HeaderValue};
use serde_json::{Map, Value, json};

use super::{Call, Outcome, RunError, binary::Binary};

/// What an answer may say of itself. Never cookies, and nothing that changes how a browser guards this site.
const SAFE: [&str; 11] = [
    "content-type",
    "cache-control",
    "content-language",
    "content-disposition",
    "etag",
    "expires",
    "last-modified",
    "link",
    "location",
    "retry-after",
    "vary",
];
/// Begin with x- and are not for workflows to say: they undo the protection of this site, or speak to proxies.
const UNSAFE: [&str; 8] = [
    "x-frame-options",
    "x-content-type-options",
    "x-xss-protection",
    "x-permitted-cross-domain-policies",
    "x-sendfile",
    "x-request-id",
    "x-dns-prefetch-control",
    "x-ua-compatible",
];

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    let status = call.number("status")?;
    if status.fract() != 0.0 || !(200.0..=599.0).contains(&status) {
        return Err(RunError::field("status", format!("An answer's status is 200 to 599, not {status}.")));
    }
    let mut headers = headers(call)?;
    let (body, content_type) = body(call)?;
    if let Some(content_type) = content_type {
        headers.entry("content-type").or_insert(content_type.into());
    }
    Ok(Outcome::done(json!({ "status": status as u16, "headers": headers, "body": body })))
}

fn headers(call: &Call) -> Result<Map<String, Value>, RunError> {
    let mut all = Map::new();
    for (name, value) in call.pairs("headers")? {
        let lower = name.trim().to_ascii_lowercase();
        let is_safe = SAFE.contains(&lower.as_str())
            || lower.starts_with("x-") && !lower.starts_with("x-accel-") && !UNSAFE.contains(&lower.as_str());
        if !is_safe || HeaderName::from_bytes(lower.as_bytes()).is_err() {
            return Err(RunError::field("headers", format!("An answer cannot have the header “{name}”.")));
        }
        if HeaderValue::from_str(value.trim()).is_err() {
            return Err(RunError::field("headers", format!("The value of “{name}” holds a line break or the like.")));
        }
        all.insert(lower, value.trim().into());
    }
    Ok(all)
}

/// With the type that it has by itself.
fn body(call: &Call) -> Result<(Value, Option<String>), RunError> {
    Ok(match call.text("body_type")?.as_str() {
        "none" => (Value::Null, None),
        "text" => {
            let text = call.optional_text("text")?.unwrap_or_default();
            (text.into(), Some("text/plain; charset=utf-8".to_owned()))
        }
        "binary" => {
            let binary = Binary::read(&call.value("binary"), "binary")?;
            let content_type = binary.content_type.unwrap_or_else(|| "application/octet-stream".to_owned());
            (Binary::value(&binary.bytes, &content_type, binary.file_name.as_deref()), Some(content_type))
        }
        _ => (call.value("json"), Some("application/json".to_owned())),
    })
}
