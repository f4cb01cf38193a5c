//! People as they see themselves: the login under way, their other logins, their API tokens, and what a password must be.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    id::{SessionId, TokenId, WorkspaceId},
    role::Role,
    scope::Reach,
};

/// Who is logged in, and the workspace that they work in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub email: String,
    pub name: String,
    pub workspace: WorkspaceId,
    pub workspace_name: String,
    pub role: Role,
}

/// A workspace that a person is a member of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    pub workspace: WorkspaceId,
    pub name: String,
    pub role: Role,
}

impl Session {
    /// At most two letters that stand for the person where there is no room for the name.
    pub fn initials(&self) -> String {
        let from = if self.name.trim().is_empty() { &self.email } else { &self.name };
        let letters = from.split_whitespace().filter_map(|word| word.chars().next());
        letters.take(2).flat_map(char::to_uppercase).collect()
    }
}

/// One login in the list of a person's logins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionSummary {
    pub id: SessionId,
    /// What the browser called itself, shortened to 300 characters.
    pub user_agent: String,
    pub created_at: DateTime<Utc>,
    /// Exact to a minute.
    pub seen_at: DateTime<Utc>,
    /// The one that asks.
    pub current: bool,
}

/// An API token without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenSummary {
    pub id: TokenId,
    pub name: String,
    /// The first characters, to recognise it by.
    pub prefix: String,
    /// Whose role it acts with.
    pub email: String,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    /// Exact to a minute.
    pub last_used_at: Option<DateTime<Utc>>,
    pub reach: Reach,
}

/// What a person wants of a new token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenWish {
    pub name: String,
    pub days: u16,
    pub reach: Reach,
}

/// A token at the one moment when its secret is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewToken {
    pub secret: String,
    pub summary: TokenSummary,
}

/// How long an API token lives when nothing else is asked for, and at most.
pub const TOKEN_DAYS: u16 = 90;
pub const TOKEN_DAYS_MAX: u16 = 365;

/// Characters of a password, at least and at most.
pub const PASSWORD_MIN: usize = 12;
pub const PASSWORD_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_come_from_the_name_or_else_from_the_address() {
        for (name, email, expected) in [
            ("Ada King Lovelace", "a@b.c", "AK"),
            ("ßeta", "a@b.c", "SS"),
            ("", "ada@b.c", "A"),
            ("  ", "ada@b.c", "A"),
        ] {
            let session = Session {
                email: email.into(),
                name: name.into(),
                workspace: WorkspaceId(uuid::Uuid::nil()),
                workspace_name: "Growth".into(),
                role: Role::Owner,
            };
            assert_eq!(session.initials(), expected, "{name:?}");
        }
    }
}
