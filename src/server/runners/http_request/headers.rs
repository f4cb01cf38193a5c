//! Headers of requests: ours, those that a node names, and what none may set.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::server::runners::{Call, RunError};

/// Set by whoever frames the message; a second opinion opens doors (request smuggling, other virtual hosts).
const OURS: [&str; 8] =
    ["host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "keep-alive"];

/// What every request carries. The key is the same for all attempts: a service that knows it acts once.
pub fn own(call: &Call) -> HeaderMap {
    let key = format!("{}/{}", call.execution, call.run);
    let mut headers = HeaderMap::new();
    headers.insert(header::USER_AGENT, HeaderValue::from_static(concat!("FlowPilot/", env!("CARGO_PKG_VERSION"))));
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json, */*;q=0.8"));
    if let Ok(key) = HeaderValue::from_str(&key) {
        headers.insert("idempotency-key", key);
    }
    headers
}

/// Those of the field `headers`.
pub fn typed(call: &Call) -> Result<HeaderMap, RunError> {
    let pairs = call.pairs("headers")?.into_iter().filter(|(name, _)| !name.trim().is_empty());
    pairs.map(|(name_text, text)| Ok((name(&name_text, "headers")?, value(&text, "headers")?))).collect()
}

/// Ours and those of the field.
pub fn all(call: &Call) -> Result<HeaderMap, RunError> {
    let mut headers = own(call);
    headers.extend(typed(call)?);
    Ok(headers)
}

pub fn name(text: &str, field: &str) -> Result<HeaderName, RunError> {
    let name: HeaderName =
        text.trim().parse().map_err(|_| RunError::field(field, format!("“{text}” cannot be the name of a header.")))?;
    if OURS.contains(&name.as_str()) || name.as_str().starts_with("proxy-") {
        return Err(RunError::field(field, format!("The header “{text}” is FlowPilot's to set. Leave it out.")));
    }
    Ok(name)
}

pub fn value(text: &str, field: &str) -> Result<HeaderValue, RunError> {
    let mut value = HeaderValue::from_bytes(text.trim().as_bytes())
        .map_err(|_| RunError::field(field, "A header's value holds a line break or another control character."))?;
    value.set_sensitive(field == "credential");
    Ok(value)
}
