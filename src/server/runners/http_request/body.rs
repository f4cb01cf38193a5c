//! Bodies of requests: JSON, forms, files, text, bytes.

use axum::body::Bytes;
use http::{HeaderMap, HeaderValue, header};
use serde_json::{Map, Value};

use crate::server::runners::{
    Call, RunError,
    binary::{Binary, is_binary},
};

/// Bytes of a request's body.
const MAX_BODY: usize = 25 * 1024 * 1024;

/// The body, and in the headers its type where they do not name one.
pub fn of(call: &Call, headers: &mut HeaderMap) -> Result<Option<Bytes>, RunError> {
    if !call.kind.field("body_type").is_some_and(|field| field.is_shown(&call.parameters)) {
        return Ok(None);
    }
    let body = match call.optional_text("body_type")?.as_deref() {
        Some("form") => Some(form(&members(call)?, headers)),
        Some("multipart") => Some(multipart(call, &members(call)?, headers)?),
        Some("text") => call.optional_text("text")?.map(|text| typed(headers, "text/plain; charset=utf-8", text)),
        Some("binary") => bytes(call, headers)?,
        _ => json(&call.value("body"), headers),
    };
    match body {
        Some(body) if body.len() > MAX_BODY => {
            Err(RunError::field("body", "The body is larger than 25 MiB, which is the limit."))
        }
        body => Ok(body),
    }
}

fn typed(headers: &mut HeaderMap, content_type: &'static str, body: impl Into<Bytes>) -> Bytes {
    headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static(content_type));
    body.into()
}

/// JSON, unless the content type asks for a form (of an object) or the value is a text for another type.
fn json(body: &Value, headers: &mut HeaderMap) -> Option<Bytes> {
    if body.is_null() || *body == "" {
        return None;
    }
    let content_type = headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
    let content_type = content_type.to_str().unwrap_or_default().to_ascii_lowercase();
    Some(match body {
        Value::Object(fields) if content_type.starts_with("application/x-www-form-urlencoded") => form(fields, headers),
        Value::String(text) if !content_type.contains("json") => text.clone().into(),
        body => body.to_string().into(),
    })
}

fn members(call: &Call) -> Result<Map<String, Value>, RunError> {
    match call.value("form") {
        Value::Object(members) => Ok(members),
        Value::Null => Ok(Map::new()),
        _ => Err(RunError::field("form", "“Fields” has to be names and values.")),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn form(fields: &Map<String, Value>, headers: &mut HeaderMap) -> Bytes {
    let pairs = fields.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name, text(value)));
    let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    typed(headers, "application/x-www-form-urlencoded", encoded)
}

/// A part per field (RFC 7578); bytes become files. The boundary is the same for all attempts, and in no part.
fn multipart(call: &Call, fields: &Map<String, Value>, headers: &mut HeaderMap) -> Result<Bytes, RunError> {
    let mut parts = Vec::new();
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        let name = quoted(name)?;
        if is_binary(value) {
            let file = Binary::read(value, "form")?;
            let file_name = quoted(file.file_name.as_deref().unwrap_or("file"))?;
            let content_type = file.content_type.unwrap_or_else(|| "application/octet-stream".to_owned());
            let content_type = one_line(&content_type)?;
            let head = format!("form-data; name=\"{name}\"; filename=\"{file_name}\"\r\nContent-Type: {content_type}");
            parts.push((head, file.bytes));
        } else {
            parts.push((format!("form-data; name=\"{name}\""), text(value).into_bytes()));
        }
    }
    let boundary = free_boundary(call, &parts);
    let mut body = Vec::new();
    for (head, bytes) in parts {
        body.extend(format!("--{boundary}\r\nContent-Disposition: {head}\r\n\r\n").into_bytes());
        body.extend(bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{boundary}--\r\n").into_bytes());
    let content_type = HeaderValue::from_str(&format!("multipart/form-data; boundary={boundary}"));
    headers.insert(header::CONTENT_TYPE, content_type.map_err(|_| RunError::fail("The boundary cannot be sent."))?);
    Ok(body.into())
}

fn free_boundary(call: &Call, parts: &[(String, Vec<u8>)]) -> String {
    let id = call.execution.0.simple();
    let is_free = |boundary: &String| {
        let needle = boundary.as_bytes();
        parts.iter().all(|(_, bytes)| !bytes.windows(needle.len()).any(|window| window == needle))
    };
    (0..).map(|number| format!("flowpilot-{id}-{number}")).find(is_free).unwrap_or_default()
}

/// For a name between quotes, as browsers write it.
fn quoted(name: &str) -> Result<String, RunError> {
    one_line(name).map(|name| name.replace('"', "%22"))
}

fn one_line(text: &str) -> Result<&str, RunError> {
    if text.chars().any(char::is_control) {
        return Err(RunError::field("form", "A name or a type holds a line break or another control character."));
    }
    Ok(text)
}

fn bytes(call: &Call, headers: &mut HeaderMap) -> Result<Option<Bytes>, RunError> {
    let value = call.value("binary");
    if value.is_null() {
        return Ok(None);
    }
    let binary = Binary::read(&value, "binary")?;
    if let Some(content_type) = &binary.content_type {
        let content_type = super::headers::value(content_type, "binary")?;
        headers.entry(header::CONTENT_TYPE).or_insert(content_type);
    }
    Ok(Some(typed(headers, "application/octet-stream", binary.bytes)))
}
