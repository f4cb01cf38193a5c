//! Trying a credential: what has to be known besides it, and what came of it.

use serde::{Deserialize, Serialize};

use super::CredentialKind;
use crate::domain::task::Kind;

/// What is asked before a credential is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The kind of node whose way it goes.
    pub task: Kind,
    /// What the place is called; empty: nothing is asked.
    pub label: &'static str,
    pub placeholder: &'static str,
    pub is_optional: bool,
    /// What is tried, in words.
    pub help: &'static str,
}

/// What came of trying.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub works: bool,
    /// Why, for people.
    pub words: String,
}

impl CredentialKind {
    /// How it is tried; none: alone it opens nothing.
    pub fn probe(self) -> Option<Probe> {
        const fn probe(
            task: Kind,
            label: &'static str,
            placeholder: &'static str,
            help: &'static str,
        ) -> Option<Probe> {
            Some(Probe { task, label, placeholder, is_optional: false, help })
        }
        match self {
            Self::Token | Self::Bearer | Self::BasicLogin | Self::ApiKey | Self::OAuth2Client | Self::OAuth2Code => {
                probe(
                    Kind::HttpRequest,
                    "Address to call",
                    "https://api.example.com/me",
                    "Calls it with GET and the credential.",
                )
            }
            Self::SmtpLogin => {
                probe(Kind::SendEmail, "Mail server", "smtps://smtp.example.com:465", "Logs in and sends nothing.")
            }
            Self::SqlLogin => probe(
                Kind::Sql,
                "Database",
                "postgres://db.example.com:5432/shop",
                "Connects, encrypted unless it is in your own network, and runs nothing.",
            ),
            Self::SlackBot => probe(Kind::SlackMessage, "", "", "Asks Slack whose token it is."),
            Self::RedisLogin => {
                probe(Kind::Redis, "Server", "rediss://cache.example.com:6379", "Logs in and says hello.")
            }
            Self::S3 => probe(Kind::S3Object, "Bucket", "reports", "Looks for one object in the bucket."),
            Self::Secret => None,
        }
    }
}
