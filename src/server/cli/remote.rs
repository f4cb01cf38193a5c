//! The server that commands talk to, over REST and with a token.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use http::{Method, StatusCode};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    api::ApiError,
    server::{Error, Result, egress::Trust, rest::BASE},
};

/// Longer than the longest answer that waits for an execution.
const TIMEOUT: Duration = Duration::from_secs(90);

/// Which server, and how to answer.
#[derive(Args)]
pub struct Remote {
    /// Address of the server.
    #[arg(long, env = "FLOWPILOT_URL", default_value = "http://127.0.0.1:3000")]
    url: String,
    /// PEM file with further certificate authorities to trust, such as a company's own.
    #[arg(long, env = "FLOWPILOT_CA_FILE")]
    ca_file: Option<PathBuf>,
    /// Answer in JSON.
    #[arg(long)]
    pub json: bool,
}

impl Remote {
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.call(Method::GET, path, None::<&()>, None).await
    }

    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: Option<&impl Serialize>) -> Result<T> {
        self.call(Method::POST, path, body, None).await
    }

    pub async fn put<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        self.call(Method::PUT, path, Some(body), None).await
    }

    /// With an idempotency key, if one.
    pub async fn post_once<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        key: Option<&str>,
    ) -> Result<T> {
        self.call(Method::POST, path, Some(body), key).await
    }

    pub async fn patch(&self, path: &str, body: &impl Serialize) -> Result<()> {
        self.call(Method::PATCH, path, Some(body), None).await
    }

    pub async fn delete(&self, path: &str) -> Result<()> {
        self.call(Method::DELETE, path, None::<&()>, None).await
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
        key: Option<&str>,
    ) -> Result<T> {
        let address = format!("{}{BASE}{path}", self.url.trim_end_matches('/'));
        let mut request = self.client()?.request(method, address).bearer_auth(token()?);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(|error| self.unreachable(&error))?;
        if !status.is_success() {
            return Err(refused(status, &bytes));
        }
        // An answer without a body counts as null.
        serde_json::from_slice(if bytes.is_empty() { b"null" } else { &bytes })
            .map_err(|error| Error::internal(format!("{} answers otherwise than FlowPilot does: {error}", self.url)))
    }

    fn client(&self) -> Result<reqwest::Client> {
        let trust = self.ca_file.as_deref().map_or_else(|| Ok(Trust::default()), Trust::read)?;
        reqwest::Client::builder()
            .tls_backend_preconfigured(trust.client()?)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("flowpilot-cli/", env!("CARGO_PKG_VERSION")))
            .timeout(TIMEOUT)
            .build()
            .map_err(Error::internal)
    }

    fn unreachable(&self, error: &reqwest::Error) -> Error {
        let cause = std::iter::successors(std::error::Error::source(error), |error| error.source()).last();
        let cause = cause.map_or_else(|| error.to_string(), ToString::to_string);
        let advice = "start it with `flowpilot serve`, or name another by --url or FLOWPILOT_URL";
        Error::internal(format!("{} cannot be reached ({cause}); {advice}", self.url))
    }
}

/// From the environment only: arguments can be seen by everybody on the machine.
fn token() -> Result<String> {
    let missing = "set FLOWPILOT_TOKEN to an API token; `flowpilot token create` and the settings page make one";
    let token = std::env::var("FLOWPILOT_TOKEN").unwrap_or_default().trim().to_owned();
    if token.is_empty() { Err(Error::internal(missing)) } else { Ok(token) }
}

/// What the server says, with its problems below.
fn refused(status: StatusCode, body: &[u8]) -> Error {
    let Ok(error) = serde_json::from_slice::<ApiError>(body) else {
        return Error::internal(format!("the server answers {status}; is the address that of FlowPilot?"));
    };
    let mut text = error.detail;
    for problem in &error.problems {
        text.push_str(&format!("\n  {problem}"));
    }
    Error::internal(text)
}
