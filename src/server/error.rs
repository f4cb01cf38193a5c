//! The server's error. Its way out to people is `ApiError`: one `From`, which hides internals and logs them once.

use crate::{api::ApiError, domain::problem::Problem};

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something the caller can mend; it goes out as it is.
    #[error("{0}")]
    Api(#[from] ApiError),
    /// The workflow cannot be published or run.
    #[error("the workflow has {} problems", .0.len())]
    Problems(Vec<Problem>),
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// Another replica took over: this one writes no more.
    #[error("this replica was fenced off; another one owns its executions")]
    Fenced,
    /// Too much is under way; the caller may try again after so many seconds.
    #[error("too much is under way; try again in {0} s")]
    Overloaded(u32),
    #[error("{0}")]
    Internal(String),
}

impl Error {
    pub fn internal(message: impl std::fmt::Display) -> Self {
        Self::Internal(message.to_string())
    }

    /// The name of the unique or check constraint that a statement ran into.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Database(sqlx::Error::Database(error)) => error.constraint(),
            _ => None,
        }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::Api(error) => error,
            Error::Problems(problems) => {
                let detail = match problems.as_slice() {
                    [one] => one.message.clone(),
                    several => format!("{} problems have to be mended first.", several.len()),
                };
                ApiError::new(422, "problems", detail).with_problems(problems)
            }
            Error::Overloaded(seconds) => {
                ApiError::new(429, "overloaded", format!("Too much is under way. Try again in {seconds} s."))
                    .retry_after(seconds)
            }
            Error::Fenced => ApiError::new(503, "stopping", "This replica is stopping. Try again."),
            Error::Database(error) => {
                tracing::error!(%error, "the database refused or could not be reached");
                ApiError::new(503, "database", "The database does not answer as it should. Try again in a moment.")
            }
            error @ (Error::Json(_) | Error::Internal(_)) => {
                tracing::error!(%error, "internal error");
                ApiError::new(500, "internal", "Something went wrong on the server. Its log says more.")
            }
        }
    }
}
