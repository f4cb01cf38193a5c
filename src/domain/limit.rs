//! Limits that people set on their workflows: who goes first, how many at the same time, how often.

use serde::{Deserialize, Serialize};

/// Who goes first when more tasks of a workspace are due than there are slots. Waiting makes up for it: ten seconds are
/// worth one level, so nothing waits for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    High,
    #[default]
    Normal,
    Low,
}

impl Priority {
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];

    pub fn name(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Normal => "normal",
            Self::Low => "low",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.name() == name)
    }

    pub fn is_normal(&self) -> bool {
        *self == Self::Normal
    }
}
