//! Calls a web API.

mod body;
pub mod headers;
mod pages;
mod tls;

use http::{Method, header};
use serde_json::{Value, json};
use url::Url;

use super::{Call, Outcome, RunError, answer, authorize::authorize, binary::Binary};
use crate::server::egress::{Answer, Request};

pub async fn run(call: &Call) -> Result<Outcome, RunError> {
    let prepared = tls::prepared(call)?;
    let call = prepared.as_ref();
    let request = request(call)?;
    let shape = Shape::of(call)?;
    if let Some(all) = pages::run(call, &request, shape).await? {
        return Ok(all);
    }
    let answer = send(call, request).await?;
    Ok(Outcome::done(json!({
        "status": answer.status.as_u16(),
        "headers": answer::headers(&answer.headers),
        "body": shape.read(&answer)?,
    })))
}

/// Sends with the node's credential; passes answers of 2xx.
pub async fn send(call: &Call, mut request: Request) -> Result<Answer, RunError> {
    authorize(call, &mut request.url, &mut request.headers)?;
    let answer = call.egress.send(request).await.map_err(|error| answer::unanswered(error, "url"))?;
    answer::accept(answer, call.now)
}

fn request(call: &Call) -> Result<Request, RunError> {
    let method = method(call)?;
    let mut url = url(&call.text("url")?, "url")?;
    let query = call.pairs("query")?;
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    let mut headers = headers::all(call)?;
    let body = body::of(call, &mut headers)?;
    Ok(Request { method, url, headers, body })
}

fn method(call: &Call) -> Result<Method, RunError> {
    let text = call.text("method")?;
    let known = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"].contains(&text.as_str());
    known.then(|| text.parse().ok()).flatten().ok_or_else(|| {
        let message = format!("“{text}” is no method. Choose GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS.");
        RunError::field("method", message)
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

/// What the body of an answer is read as.
#[derive(Clone, Copy)]
enum Shape {
    /// As its content type says.
    Auto,
    Json,
    Text,
    Binary,
}

impl Shape {
    fn of(call: &Call) -> Result<Self, RunError> {
        Ok(match call.optional_text("response")?.as_deref() {
            Some("json") => Self::Json,
            Some("text") => Self::Text,
            Some("binary") => Self::Binary,
            _ => Self::Auto,
        })
    }

    fn read(self, answer: &Answer) -> Result<Value, RunError> {
        match self {
            Self::Auto => Ok(answer::body(answer)),
            Self::Text => Ok(String::from_utf8_lossy(&answer.body).into()),
            Self::Binary => {
                let content_type = answer.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
                Ok(Binary::value(&answer.body, content_type.unwrap_or("application/octet-stream"), None))
            }
            Self::Json => serde_json::from_slice(&answer.body).map_err(|error| {
                let beginning: String = String::from_utf8_lossy(&answer.body).chars().take(200).collect();
                RunError::Fail {
                    message: format!("{} answered what is not JSON: {error}.", answer.host),
                    field: Some("response".to_owned()),
                    details: json!({ "status": answer.status.as_u16(), "body": beginning }),
                }
            }),
        }
    }
}
