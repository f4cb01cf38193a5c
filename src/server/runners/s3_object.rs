//! Reads, writes, lists and deletes objects of S3 and its like, by signed requests through the egress guard.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle, actions::ListObjectsV2};
use serde_json::{Value, json};
use url::Url;

use super::{
    Call, Outcome, RunError, answer,
    binary::{Binary, content_type_of, is_binary},
    xml,
};
use crate::server::egress::{Answer, Request, host_of};

/// How long a signed request may be on its way, with clocks that differ a little.
const VALID: Duration = Duration::from_secs(300);
/// Objects of one page of a list.
const PAGE: usize = 1_000;
const MAX_KEY: usize = 1_024;
const MAX_CONTENT: usize = 25 * 1024 * 1024;

pub async fn run(call: &Call) -> Result<Outcome, RunError> {
    let store = Store::of(call)?;
    let done = match call.text("do")?.as_str() {
        "write" => store.write(call).await,
        "list" => store.list(call).await,
        "delete" => store.delete(call).await,
        "link" => store.link(call),
        _ => store.read(call).await,
    };
    done.map(Outcome::done)
}

/// A bucket and the key to it.
struct Store {
    bucket: Bucket,
    key: Credentials,
}

impl Store {
    fn of(call: &Call) -> Result<Self, RunError> {
        let secret =
            call.credential.as_ref().ok_or_else(|| RunError::field("credential", "Choose an S3 access key."))?;
        let setting = |name: &str| secret.values.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
        let region = setting("region").unwrap_or("us-east-1").to_owned();
        let name = call.text("bucket")?.trim().to_owned();
        let endpoint = setting("endpoint").map_or_else(|| format!("https://s3.{region}.amazonaws.com"), str::to_owned);
        let endpoint = Url::parse(&endpoint).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let endpoint = endpoint
            .ok_or_else(|| RunError::field("credential", "Its endpoint looks like https://minio.example.com."))?;
        // A dot in the name would not fit Amazon's certificate; other stores often have no names of buckets at all.
        let is_host = setting("endpoint").is_none() && !name.contains('.');
        let style = if is_host { UrlStyle::VirtualHost } else { UrlStyle::Path };
        if !is_name(&name) {
            return Err(RunError::field(
                "bucket",
                format!("“{name}” is no bucket: 3 to 63 small letters, digits, - and ."),
            ));
        }
        let host = host_of(&endpoint);
        let key = Credentials::new(secret.value_for(&host, "access_key")?, secret.value_for(&host, "secret_key")?);
        let bucket = Bucket::new(endpoint, style, name, region);
        let bucket =
            bucket.map_err(|error| RunError::field("credential", format!("Its endpoint cannot be used: {error}.")))?;
        Ok(Self { bucket, key })
    }

    async fn read(&self, call: &Call) -> Result<Value, RunError> {
        let key = key(call)?;
        let url = self.bucket.get_object(Some(&self.key), &key).sign(VALID);
        let answer = send(call, Method::GET, url, HeaderMap::new(), None).await?;
        let told = answer.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = told.unwrap_or_else(|| content_type_of(&key)).to_owned();
        let name = key.rsplit('/').next().unwrap_or(&key);
        let as_bytes = |bytes: &[u8]| Binary::value(bytes, &content_type, Some(name));
        let content = match call.optional_text("as")?.as_deref() {
            Some("bytes") => as_bytes(&answer.body),
            Some("text") => String::from_utf8(answer.body.clone())
                .map(Value::from)
                .map_err(|_| RunError::field("as", format!("“{key}” is not text in UTF-8. Read it as bytes.")))?,
            _ if is_text(&content_type) => match std::str::from_utf8(&answer.body) {
                Ok(text) => text.into(),
                Err(_) => as_bytes(&answer.body),
            },
            _ => as_bytes(&answer.body),
        };
        let (size, etag) = (answer.body.len(), etag(&answer));
        Ok(json!({ "key": key, "content": content, "content_type": content_type, "size": size, "etag": etag }))
    }

    async fn write(&self, call: &Call) -> Result<Value, RunError> {
        let key = key(call)?;
        let (bytes, told) = content(call)?;
        if bytes.len() > MAX_CONTENT {
            return Err(RunError::field("content", "The content has more than 25 MiB, which is the limit."));
        }
        let content_type = call.optional_text("content_type")?.or(told);
        let content_type = content_type.unwrap_or_else(|| content_type_of(&key).to_owned());
        let value = HeaderValue::from_str(content_type.trim());
        let value = value.map_err(|_| RunError::field("content_type", "The type cannot be sent."))?;
        let mut action = self.bucket.put_object(Some(&self.key), &key);
        action.headers_mut().insert("content-type", content_type.trim().to_owned());
        let url = action.sign(VALID);
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, value)]);
        let size = bytes.len();
        let answer = send(call, Method::PUT, url, headers, Some(bytes)).await?;
        Ok(json!({ "key": key, "size": size, "etag": etag(&answer) }))
    }

    async fn delete(&self, call: &Call) -> Result<Value, RunError> {
        let key = key(call)?;
        let url = self.bucket.delete_object(Some(&self.key), &key).sign(VALID);
        send(call, Method::DELETE, url, HeaderMap::new(), None).await?;
        Ok(json!({ "key": key, "deleted": true }))
    }

    async fn list(&self, call: &Call) -> Result<Value, RunError> {
        let limit = call.number("limit")? as usize;
        let prefix = call.optional_text("prefix")?.unwrap_or_default();
        let (mut objects, mut next) = (Vec::new(), None::<String>);
        loop {
            let mut action = self.bucket.list_objects_v2(Some(&self.key));
            action.with_prefix(prefix.as_str());
            action.with_max_keys(PAGE.min(limit - objects.len()));
            if let Some(token) = next.take() {
                action.with_continuation_token(token);
            }
            let answer = send(call, Method::GET, action.sign(VALID), HeaderMap::new(), None).await?;
            let text = String::from_utf8_lossy(&answer.body);
            let page = ListObjectsV2::parse_response(&text).map_err(|error| {
                RunError::fail(format!("{} answered what is not a list of objects: {error}.", answer.host))
            })?;
            objects.extend(page.contents.into_iter().map(|object| {
                let etag = object.etag.map(|etag| etag.trim_matches('"').to_owned());
                json!({ "key": object.key, "size": object.size, "modified_at": object.last_modified, "etag": etag })
            }));
            next = page.next_continuation_token.filter(|token| !token.is_empty());
            if next.is_none() || objects.len() >= limit {
                break;
            }
        }
        objects.truncate(limit);
        Ok(json!({ "objects": objects, "more": next.is_some() }))
    }

    /// Signed here; nobody is asked.
    fn link(&self, call: &Call) -> Result<Value, RunError> {
        let (key, valid) = (key(call)?, Duration::from_secs_f64(call.number("seconds")?.clamp(1.0, 604_800.0)));
        let url = match call.optional_text("link_for")?.as_deref() {
            Some("write") => self.bucket.put_object(Some(&self.key), &key).sign(valid),
            _ => self.bucket.get_object(Some(&self.key), &key).sign(valid),
        };
        Ok(json!({ "key": key, "url": url.as_str() }))
    }
}

fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'_');
    (3..=63).contains(&name.len()) && name.bytes().all(fits) && !name.contains("..") && !name.starts_with(['.', '-'])
}

/// Any text is a key, but no folder of a URL that leads up: servers in between would tidy it away.
fn key(call: &Call) -> Result<String, RunError> {
    let key = call.text("key")?;
    let leads_up = key.split('/').any(|part| part == "." || part == "..");
    if key.len() > MAX_KEY || leads_up || key.chars().any(char::is_control) {
        let message = "A key has up to 1,024 bytes, no control characters and neither “.” nor “..” between slashes.";
        return Err(RunError::field("key", message));
    }
    Ok(key)
}

fn content(call: &Call) -> Result<(Vec<u8>, Option<String>), RunError> {
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

fn is_text(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.starts_with("text/") || essence.ends_with("json") || essence.ends_with("xml")
}

fn etag(answer: &Answer) -> Option<String> {
    let value = answer.headers.get(header::ETAG)?.to_str().ok()?;
    Some(value.trim_matches('"').to_owned())
}

async fn send(
    call: &Call,
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
) -> Result<Answer, RunError> {
    let request = Request { method, url, headers, body: body.map(Into::into) };
    let answer = call.egress.send(request).await.map_err(|error| answer::unanswered(error, "credential"))?;
    let status = answer.status;
    let said = if status.is_success() { None } else { xml::value(&String::from_utf8_lossy(&answer.body)) };
    answer::accept(answer, call.now).map_err(|error| explained(error, status, said.as_ref()))
}

/// Stores say in XML what they did not like, such as `NoSuchKey`.
fn explained(error: RunError, status: StatusCode, said: Option<&Value>) -> RunError {
    let part = |name: &str| said.and_then(|said| said["Error"][name].as_str()).unwrap_or_default().to_owned();
    let (code, words) = (part("Code"), part("Message"));
    let RunError::Fail { message, details, .. } = error else { return error };
    let field = match (code.as_str(), status.as_u16()) {
        ("NoSuchBucket", _) => "bucket",
        ("NoSuchKey", _) | (_, 404) => "key",
        ("InvalidAccessKeyId" | "SignatureDoesNotMatch" | "AccessDenied", _) | (_, 401 | 403) => "credential",
        _ => "do",
    };
    let message = if code.is_empty() { message } else { format!("{message} It says {code}: {words}") };
    RunError::Fail { message, field: Some(field.to_owned()), details }
}
