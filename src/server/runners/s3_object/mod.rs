//! Reads, writes, lists and deletes objects of S3 and its like, by signed requests through the egress guard.

mod access;
mod listing;
mod refusal;

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method, header};
use rusty_s3::S3Action;
use serde_json::{Value, json};

use self::{access::Access, listing::Listing};
use super::{
    Call, Outcome, RunError,
    binary::{Binary, content_type_of, is_binary},
};
use crate::server::egress::{Answer, Request};

/// How long a signed request may be on its way, with clocks that differ a little.
const VALID: Duration = Duration::from_secs(300);
/// The longest that S3 lets a link be valid, in seconds: seven days.
const LONGEST_LINK: f64 = 604_800.0;
const MAX_KEY: usize = 1_024;
const MAX_CONTENT: usize = 25 * 1024 * 1024;
const MOST_LISTED: f64 = 10_000.0;

pub async fn run(call: &Call) -> Result<Outcome, RunError> {
    let access = Access::of(call)?;
    let done = match call.text("do")?.as_str() {
        "write" => write(call, &access).await,
        "list" => list(call, &access).await,
        "delete" => delete(call, &access).await,
        "link" => link(call, &access),
        _ => read(call, &access).await,
    };
    done.map(Outcome::done)
}

/// Looks for the first object of the bucket.
pub async fn probe(call: &Call) -> Result<String, RunError> {
    let access = Access::of(call)?;
    let mut listing = Listing::default();
    let url = listing.next_page(&access, "", 1);
    let answer = access.send(call, Request { method: Method::GET, url, headers: HeaderMap::new(), body: None }).await?;
    let host = answer.host.clone();
    listing.take(call, answer).await?;
    Ok(format!("{host} lets the key look into the bucket."))
}

async fn read(call: &Call, access: &Access) -> Result<Value, RunError> {
    let key = key(call)?;
    let url = access.bucket.get_object(Some(&access.key), &key).sign(VALID);
    let answer = access.send(call, Request { method: Method::GET, url, headers: HeaderMap::new(), body: None }).await?;
    let told = answer.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = told.unwrap_or_else(|| content_type_of(&key)).to_owned();
    let (size, etag) = (answer.body.len(), etag(&answer));
    let content = content(call, &key, &content_type, answer.body)?;
    Ok(json!({ "key": key, "content": content, "content_type": content_type, "size": size, "etag": etag }))
}

/// As a text where that is wanted, or where its type says so and it is one.
fn content(call: &Call, key: &str, content_type: &str, bytes: Vec<u8>) -> Result<Value, RunError> {
    let form = call.optional_text("as")?;
    let as_text = match form.as_deref() {
        Some("text") => true,
        Some("bytes") => false,
        _ => is_text(content_type) && std::str::from_utf8(&bytes).is_ok(),
    };
    if as_text {
        let wrong = format!("“{key}” is not text in UTF-8. Read it as bytes.");
        return String::from_utf8(bytes).map(Value::from).map_err(|_| RunError::field("as", wrong));
    }
    Ok(Binary::value(&bytes, content_type, key.rsplit('/').next()))
}

fn is_text(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.starts_with("text/") || essence.ends_with("json") || essence.ends_with("xml")
}

async fn write(call: &Call, access: &Access) -> Result<Value, RunError> {
    let key = key(call)?;
    let (bytes, told) = written(call)?;
    if bytes.len() > MAX_CONTENT {
        return Err(RunError::field("content", "The content has more than 25 MiB, which is the limit."));
    }
    let content_type = call.optional_text("content_type")?.or(told);
    let content_type = content_type.unwrap_or_else(|| content_type_of(&key).to_owned());
    let content_type = content_type.trim();
    let value = HeaderValue::from_str(content_type);
    let value = value.map_err(|_| RunError::field("content_type", "The type cannot be sent."))?;
    let mut action = access.bucket.put_object(Some(&access.key), &key);
    action.headers_mut().insert("content-type", content_type);
    let size = bytes.len();
    // S3 wants to be told the length of nothing, too.
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, value), (header::CONTENT_LENGTH, size.into())]);
    let url = action.sign(VALID);
    let request = Request { method: Method::PUT, url, headers, body: Some(bytes.into()) };
    let answer = access.send(call, request).await?;
    Ok(json!({ "key": key, "size": size, "etag": etag(&answer) }))
}

/// The bytes, and what type the value says that they have.
fn written(call: &Call) -> Result<(Vec<u8>, Option<String>), RunError> {
    Ok(match call.value("content") {
        Value::String(text) => (text.into_bytes(), None),
        Value::Null => (Vec::new(), None),
        binary if is_binary(&binary) => {
            let binary = Binary::read(&binary, "content")?;
            (binary.bytes, binary.content_type)
        }
        other => (other.to_string().into_bytes(), Some("application/json".to_owned())),
    })
}

async fn list(call: &Call, access: &Access) -> Result<Value, RunError> {
    let limit = within(call, "limit", MOST_LISTED)? as usize;
    let prefix = call.optional_text("prefix")?.unwrap_or_default();
    let mut listing = Listing::default();
    loop {
        let url = listing.next_page(access, &prefix, limit);
        let request = Request { method: Method::GET, url, headers: HeaderMap::new(), body: None };
        let answer = access.send(call, request).await?;
        if listing.take(call, answer).await? || listing.objects.len() >= limit {
            return Ok(listing.told(limit));
        }
    }
}

async fn delete(call: &Call, access: &Access) -> Result<Value, RunError> {
    let key = key(call)?;
    let url = access.bucket.delete_object(Some(&access.key), &key).sign(VALID);
    access.send(call, Request { method: Method::DELETE, url, headers: HeaderMap::new(), body: None }).await?;
    Ok(json!({ "key": key, "deleted": true }))
}

/// Signed here; nobody is asked.
fn link(call: &Call, access: &Access) -> Result<Value, RunError> {
    let (key, valid) = (key(call)?, Duration::from_secs_f64(within(call, "seconds", LONGEST_LINK)?));
    let url = match call.optional_text("link_for")?.as_deref() {
        Some("write") => access.bucket.put_object(Some(&access.key), &key).sign(valid),
        _ => access.bucket.get_object(Some(&access.key), &key).sign(valid),
    };
    Ok(json!({ "key": key, "url": url.as_str() }))
}

/// Any text is a key, but no folder of a URL that leads up: it would be tidied away on the way, up to other buckets.
fn key(call: &Call) -> Result<String, RunError> {
    let key = call.text("key")?;
    let leads_up = key.split('/').any(|part| part == "." || part == "..");
    if key.len() > MAX_KEY || leads_up || key.chars().any(char::is_control) {
        let message = "A key has up to 1,024 bytes, no control characters and neither “.” nor “..” between slashes.";
        return Err(RunError::field("key", message));
    }
    Ok(key)
}

fn within(call: &Call, field: &str, most: f64) -> Result<f64, RunError> {
    let number = call.number(field)?;
    if !(1.0..=most).contains(&number) {
        return Err(RunError::field(field, format!("This has to be a number from 1 to {most}, not {number}.")));
    }
    Ok(number)
}

fn etag(answer: &Answer) -> Option<String> {
    let value = answer.headers.get(header::ETAG)?.to_str().ok()?;
    Some(value.trim_matches('"').to_owned())
}
