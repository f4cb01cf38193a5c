//! What a child may ask of the network, always by way of the egress guard.

use std::str::FromStr;

use axum::body::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use crate::{
    domain::credential::host_is_allowed,
    server::egress::{Egress, EgressError, Request},
};

/// How a task reaches others.
#[derive(Clone, Copy)]
pub enum WayOut<'a> {
    None,
    /// By a proxy inside, as programs know it.
    Proxy(&'a Egress),
    /// By asking for an answer of one of these hosts.
    Hosts(&'a Egress, &'a [String]),
}

/// What a plug-in asks for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    #[serde(default = "get")]
    method: String,
    url: String,
    #[serde(default)]
    headers: Map<String, Value>,
    #[serde(default)]
    body: Option<String>,
}

fn get() -> String {
    "GET".to_owned()
}

/// The answer as JSON: `{ status, headers, body }`, or `{ error }`.
pub async fn answer(wish: &[u8], way_out: WayOut<'_>) -> Vec<u8> {
    let answer = match (way_out, serde_json::from_slice::<Wish>(wish)) {
        (WayOut::Hosts(egress, hosts), Ok(wish)) => fetch(egress, hosts, wish).await,
        (WayOut::Hosts(..), Err(error)) => Err(format!("This is no request: {error}.")),
        _ => Err("This task may not reach the network.".to_owned()),
    };
    answer.unwrap_or_else(|error| json!({ "error": error })).to_string().into_bytes()
}

async fn fetch(egress: &Egress, hosts: &[String], wish: Wish) -> Result<Value, String> {
    let url = Url::parse(&wish.url).map_err(|error| format!("{} is no URL: {error}.", wish.url))?;
    let host = url.host_str().unwrap_or_default();
    if hosts.is_empty() || !host_is_allowed(hosts, host) {
        return Err(format!("This plug-in may not ask {host}: its description does not name it."));
    }
    let method = Method::from_str(&wish.method).map_err(|_| format!("{} is no method.", wish.method))?;
    let mut headers = HeaderMap::new();
    for (name, value) in wish.headers {
        let value = value.as_str().unwrap_or_default();
        let (Ok(known), Ok(text)) = (HeaderName::from_str(&name), HeaderValue::from_str(value)) else {
            return Err(format!("“{name}” is no header."));
        };
        headers.append(known, text);
    }
    let request = Request { method, url, headers, body: wish.body.map(Bytes::from) };
    let answer =
        egress.send_within(request, |host| host_is_allowed(hosts, host)).await.map_err(|error| match error {
            EgressError::Refused(words) | EgressError::Unreachable(words) => words,
        })?;
    let headers: Map<String, Value> = answer
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()))
        .collect();
    let body = String::from_utf8_lossy(&answer.body);
    Ok(json!({ "status": answer.status.as_u16(), "headers": headers, "body": body }))
}
