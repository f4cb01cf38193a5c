//! The people of a workspace, and those who are invited.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    id::{InvitationId, UserId},
    role::Role,
};

/// Somebody who belongs to the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub id: UserId,
    pub email: String,
    /// As they call themselves; may be empty.
    pub name: String,
    pub role: Role,
    pub joined_at: DateTime<Utc>,
    /// Exact to a minute; none: not yet.
    pub seen_at: Option<DateTime<Utc>>,
}

impl Member {
    /// What others call them.
    pub fn label(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }
}

/// A link that was given out and that nobody used yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    pub id: InvitationId,
    pub email: String,
    pub role: Role,
    /// Who invites: the address.
    pub invited_by: String,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// An invitation at the one moment when its link is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewInvitation {
    pub link: String,
    #[serde(flatten)]
    pub invitation: Invitation,
}

/// What the holder of a link sees of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    pub workspace_name: String,
    pub email: String,
    pub role: Role,
    /// Who invites: the name, or else the address.
    pub invited_by: String,
    /// Whether the address has a login already.
    pub has_account: bool,
    /// Whether whoever asks is logged in with that address.
    pub is_you: bool,
}

/// How long a link holds.
pub const INVITATION_DAYS: u16 = 7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_gives_no_name_is_called_by_their_address() {
        let member = |name: &str| Member {
            id: UserId(uuid::Uuid::nil()),
            email: "ada@example.com".into(),
            name: name.into(),
            role: Role::Viewer,
            joined_at: DateTime::UNIX_EPOCH,
            seen_at: None,
        };
        assert_eq!(member("Ada").label(), "Ada");
        assert_eq!(member("").label(), "ada@example.com");
    }
}
