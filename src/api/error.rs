//! The one error that browser and REST see, in the shape of RFC 9457 (problem details).

use leptos::{
    prelude::{FromServerFnError, ServerFnErrorErr},
    server_fn::codec::JsonEncoding,
};
use serde::{Deserialize, Serialize};

use crate::domain::problem::Problem;

/// What went wrong and what to do, for a person; `code` and `status` for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{detail}")]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// Stable, in snake case: `not_found`, `stale_revision`, `invalid` …
    pub code: String,
    /// What happened, why, what to do.
    pub detail: String,
    /// The fields it is about; empty where none is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// Seconds after which it may go better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

impl ApiError {
    pub fn new(status: u16, code: &str, detail: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), detail: detail.into(), problems: Vec::new(), retry_after: None }
    }

    pub fn not_found(what: &str) -> Self {
        Self::new(404, "not_found", format!("There is no such {what} in this workspace."))
    }

    pub fn unauthenticated() -> Self {
        Self::new(401, "unauthenticated", "Log in to go on.")
    }

    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(403, "forbidden", detail)
    }

    /// One field is wrong.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::new(422, "invalid", message.clone()).with_problems(vec![Problem::of_workflow(field, message)])
    }

    /// Something changed meanwhile; the detail says what to do.
    pub fn conflict(code: &str, detail: impl Into<String>) -> Self {
        Self::new(409, code, detail)
    }

    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    pub fn with_problems(mut self, problems: Vec<Problem>) -> Self {
        self.problems = problems;
        self
    }
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => {
                Self::new(503, "unreachable", "FlowPilot cannot be reached. Check the connection; nothing is lost.")
            }
            ServerFnErrorErr::Args(detail) | ServerFnErrorErr::MissingArg(detail) => {
                Self::new(400, "malformed", format!("The request could not be read: {detail}"))
            }
            ServerFnErrorErr::Deserialization(detail) => {
                Self::new(400, "malformed", format!("What was sent could not be read: {detail}"))
            }
            other => Self::new(500, "internal", format!("The request failed: {other}")),
        }
    }
}
