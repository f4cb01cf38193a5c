//! A workflow's JSON from an address that a person gave, by way of the egress guard.

use std::time::Duration;

use http::{HeaderMap, Method};
use url::Url;

use crate::{
    api::ApiError,
    domain::{draft::MAX_BYTES, role::Action},
    server::{Caller, Result, egress},
};

const PATIENCE: Duration = Duration::from_secs(20);

/// The text at the address.
pub async fn fetch(caller: &Caller, address: &str) -> Result<String> {
    caller.require(Action::EditWorkflows)?;
    let refuse = |message: String| ApiError::invalid("url", message);
    let url = Url::parse(address.trim())
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or_else(|| refuse("Give the whole address, with https:// in front.".to_owned()))?;
    let request = egress::Request { method: Method::GET, url, headers: HeaderMap::new(), body: None };
    let guarded = caller.app.egress.clone().taking(MAX_BYTES);
    let answer = tokio::time::timeout(PATIENCE, guarded.send(request))
        .await
        .map_err(|_| refuse(format!("Nobody answered within {} seconds.", PATIENCE.as_secs())))?
        .map_err(|error| refuse(error.to_string()))?;
    if !answer.status.is_success() {
        return Err(
            refuse(format!("{} answered {} in place of a workflow.", answer.host, answer.status.as_u16())).into()
        );
    }
    let text = String::from_utf8(answer.body);
    Ok(text.map_err(|_| refuse(format!("{} answered with something that is no text.", answer.host)))?)
}
