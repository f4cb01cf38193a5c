//! How a request proves who sends it: the one way from a credential into HTTP. Its host has to be one that the
//! credential allows.

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use url::Url;

use super::{Call, RunError, Secret, http_request::headers};
use crate::{domain::credential::CredentialKind, server::egress::host_of};

/// Adds the node's credential, if it names one, to the headers or to the address.
pub fn authorize(call: &Call, url: &mut Url, all: &mut HeaderMap) -> Result<(), RunError> {
    match &call.credential {
        Some(secret) => add(secret, url, all),
        None => Ok(()),
    }
}

fn add(secret: &Secret, url: &mut Url, all: &mut HeaderMap) -> Result<(), RunError> {
    let host = host_of(url);
    let value = |name| secret.value_for(&host, name);
    match secret.kind {
        CredentialKind::BasicLogin => {
            let (user, password) = (value("username")?, value("password")?);
            if user.contains(':') {
                return Err(RunError::field("credential", "A user name of a basic login holds no colon."));
            }
            let login = BASE64_STANDARD.encode(format!("{user}:{password}"));
            all.insert(AUTHORIZATION, sensitive(&format!("Basic {login}"))?);
        }
        CredentialKind::Bearer
        | CredentialKind::SlackBot
        | CredentialKind::OAuth2Client
        | CredentialKind::OAuth2Code => {
            all.insert(AUTHORIZATION, sensitive(&format!("Bearer {}", value("token")?))?);
        }
        CredentialKind::ApiKey => {
            let (name, key) = (value("name")?, value("value")?);
            // One of before has no place: it was for the URL.
            if secret.values.get("place").is_some_and(|place| place == "header") {
                all.insert(headers::name(name, "credential")?, sensitive(key)?);
            } else {
                url.query_pairs_mut().append_pair(name, key);
            }
        }
        _ => {
            let name = headers::name(value("header")?, "credential")?;
            all.insert(name, sensitive(value("value")?)?);
        }
    }
    Ok(())
}

fn sensitive(text: &str) -> Result<HeaderValue, RunError> {
    headers::value(text, "credential")
}
