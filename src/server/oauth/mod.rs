//! OAuth2 on the way to a service: fetching tokens at its token endpoint (here), keeping them fresh (`renewal`), and the way of
//! a person through the provider's page and back (`connection`). Everything goes through the egress guard, and the client's
//! secret goes to the token endpoint alone: a redirect from there is not followed.

mod connection;
mod renewal;

use std::time::Duration;

use axum::body::Bytes;
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{
    HeaderMap, HeaderValue, Method,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::{Url, form_urlencoded};
use zeroize::Zeroize;

pub use self::{
    connection::{begin, callback_url, router},
    renewal::usable,
};
use super::{
    egress::{Egress, EgressError, Request},
    runners::Secret,
    secrets::Mask,
};

/// How long a token endpoint may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// What a token endpoint gave. It cannot be printed.
#[derive(Clone, Serialize, Deserialize)]
pub struct Tokens {
    pub access_token: String,
    #[serde(default)]
    pub refresh_token: Option<String>,
    /// How long the access token was to live; none: the server did not say.
    #[serde(default)]
    pub lifetime_secs: Option<u32>,
}

impl Drop for Tokens {
    fn drop(&mut self) {
        self.access_token.zeroize();
        self.refresh_token.zeroize();
    }
}

/// What entitles to tokens.
pub enum Grant<'a> {
    /// The client itself.
    Client,
    /// What the provider sent back with the person.
    Code {
        code: &'a str,
        verifier: &'a str,
        redirect: &'a str,
    },
    Refresh {
        token: &'a str,
    },
}

/// Why there are no tokens, in words that hold no secret.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The server was not reached or not able; another time it may be.
    Passing(String),
    /// It said no.
    Final(String),
}

impl Refusal {
    pub fn words(&self) -> &str {
        let (Self::Passing(words) | Self::Final(words)) = self;
        words
    }
}

/// Asks the credential's token endpoint.
pub async fn fetch(egress: &Egress, credential: &Secret, grant: Grant<'_>) -> Result<Tokens, Refusal> {
    let request = request(credential, &grant).ok_or_else(|| {
        Refusal::Final("The credential's token endpoint cannot be read. Replace the credential.".to_owned())
    })?;
    let mask = Mask::of(credential);
    let answer = match tokio::time::timeout(PATIENCE, egress.ask(&request)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(EgressError::Refused(words))) => return Err(Refusal::Final(mask.text(&words))),
        Ok(Err(EgressError::Unreachable(words))) => return Err(Refusal::Passing(mask.text(&words))),
        Err(_elapsed) => return Err(Refusal::Passing("The token endpoint did not answer within 15 s.".to_owned())),
    };
    let host = &answer.host;
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    match answer.status {
        status if status.is_success() => read(&said).ok_or_else(|| {
            Refusal::Final(format!("{host} answered {status}, but no access token: {}", mask.text(&words(&said))))
        }),
        status if status.is_server_error() || status.as_u16() == 429 => {
            Err(Refusal::Passing(format!("{host} answered {status} instead of a token.")))
        }
        status if status.is_redirection() => Err(Refusal::Final(format!(
            "{host} redirects, and the client's secret is not sent elsewhere. Correct the token endpoint."
        ))),
        status => Err(Refusal::Final(format!("{host} answered {status}: {}", mask.text(&words(&said))))),
    }
}

fn request(credential: &Secret, grant: &Grant<'_>) -> Option<Request> {
    let value = |name: &str| credential.values.get(name).map(String::as_str).filter(|text| !text.is_empty());
    let url: Url = value("token_url")?.parse().ok()?;
    let (id, secret) = (value("client_id")?, value("client_secret"));
    let mut form = form_urlencoded::Serializer::new(String::new());
    match grant {
        Grant::Client => form.append_pair("grant_type", "client_credentials"),
        Grant::Code { code, verifier, redirect } => form
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("code_verifier", verifier)
            .append_pair("redirect_uri", redirect),
        Grant::Refresh { token } => form.append_pair("grant_type", "refresh_token").append_pair("refresh_token", token),
    };
    if let (Some(scopes), Grant::Client) = (value("scopes"), grant) {
        form.append_pair("scope", scopes);
    }
    if let (Some(audience), Grant::Client) = (value("audience"), grant) {
        form.append_pair("audience", audience);
    }
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    match (secret, value("client_in")) {
        (Some(secret), Some("body")) => {
            form.append_pair("client_id", id).append_pair("client_secret", secret);
        }
        (Some(secret), _) => {
            headers.insert(AUTHORIZATION, basic(id, secret)?);
        }
        // A public client has a name only.
        (None, _) => {
            form.append_pair("client_id", id);
        }
    }
    Some(Request { method: Method::POST, url, headers, body: Some(Bytes::from(form.finish())) })
}

/// RFC 6749, 2.3.1: both parts as in a form, then as of any basic login.
fn basic(id: &str, secret: &str) -> Option<HeaderValue> {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let login = BASE64_STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)));
    let mut value = HeaderValue::try_from(format!("Basic {login}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn read(said: &Value) -> Option<Tokens> {
    let text = |name: &str| said[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    // Some servers write the number as text.
    let lifetime = said["expires_in"].as_f64().or_else(|| said["expires_in"].as_str()?.parse().ok());
    Some(Tokens {
        access_token: text("access_token")?,
        refresh_token: text("refresh_token"),
        lifetime_secs: lifetime.filter(|secs| *secs >= 0.0).map(|secs| secs as u32),
    })
}

/// What the server says of its refusal (RFC 6749, 5.2), cut to a readable length.
fn words(said: &Value) -> String {
    let part = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
    let (error, description) = (part("error"), part("error_description"));
    let all = match (error.is_empty(), description.is_empty()) {
        (false, false) => format!("{error}: {description}"),
        (false, true) => error,
        (true, false) => description,
        (true, true) => "it gave no reason".to_owned(),
    };
    readable(&all)
}

/// Of what somebody else wrote: one line, 200 characters.
fn readable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::credential::CredentialKind;

    fn credential(client_in: &str, secret: &str) -> Secret {
        let values = [
            ("token_url", "https://auth.example.com/token?tenant=1"),
            ("client_id", "flow pilot"),
            ("client_secret", secret),
            ("scopes", "a b"),
            ("client_in", client_in),
        ];
        Secret::of(CredentialKind::OAuth2Client, values)
    }

    fn body(request: &Request) -> String {
        String::from_utf8(request.body.clone().unwrap().to_vec()).unwrap()
    }

    #[test]
    fn the_client_shows_itself_where_it_is_told_to_and_once_only() {
        let by_header = request(&credential("header", "c:ret"), &Grant::Client).unwrap();
        assert_eq!(body(&by_header), "grant_type=client_credentials&scope=a+b");
        let login = by_header.headers[AUTHORIZATION].to_str().unwrap().trim_start_matches("Basic ").to_owned();
        assert_eq!(BASE64_STANDARD.decode(login).unwrap(), b"flow+pilot:c%3Aret");
        let by_body = request(&credential("body", "c:ret"), &Grant::Refresh { token: "r" }).unwrap();
        let shown = "grant_type=refresh_token&refresh_token=r&client_id=flow+pilot&client_secret=c%3Aret";
        assert_eq!((body(&by_body).as_str(), by_body.headers.get(AUTHORIZATION)), (shown, None));
        let public = request(&credential("header", ""), &Grant::Refresh { token: "r" }).unwrap();
        assert_eq!(body(&public), "grant_type=refresh_token&refresh_token=r&client_id=flow+pilot");
    }

    #[test]
    fn tokens_are_read_as_servers_write_them() {
        let tokens = read(&json!({"access_token": "a", "refresh_token": "r", "expires_in": "3600"})).unwrap();
        assert_eq!((tokens.refresh_token.as_deref(), tokens.lifetime_secs), (Some("r"), Some(3600)));
        assert!(read(&json!({"access_token": ""})).is_none() && read(&json!([])).is_none());
        assert_eq!(read(&json!({"access_token": "a", "expires_in": -1})).unwrap().lifetime_secs, None);
    }
}
