//! Who may use a credential in what they publish. Owners and admins may use all, and whoever created one may use that.

use serde::{Deserialize, Serialize};

use crate::domain::{id::UserId, role::Role};

/// What the person who asks may do with a credential.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// Name it in a node that they publish or try.
    pub may_use: bool,
    /// Replace, try, entrust and delete it.
    pub may_manage: bool,
}

impl Rights {
    pub const ALL: Self = Self { may_use: true, may_manage: true };
}

/// Who may use one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// Else everybody who may publish.
    pub only_chosen: bool,
    pub people: Vec<Trustee>,
}

/// A member whose role lets them use credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trustee {
    pub id: UserId,
    pub email: String,
    /// As they call themselves; may be empty.
    pub name: String,
    pub role: Role,
    pub is_chosen: bool,
    /// May use it without being chosen: an owner, an admin, or who created it.
    pub always: bool,
}
