//! Why a workflow cannot be published: one sentence, with the node and field it is about.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::id::NodeId;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// None: the workflow as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeId>,
    /// The parameter's field name, or `name`, `retry`, `timeout_secs`, `edges`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong and what to do, as a sentence for the person who draws.
    pub message: String,
}

/// `node.field: message`, for a terminal.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.node, &self.field) {
            (Some(node), Some(field)) => write!(f, "{node}.{field}: {}", self.message),
            (Some(node), None) => write!(f, "{node}: {}", self.message),
            (None, Some(field)) => write!(f, "{field}: {}", self.message),
            (None, None) => f.write_str(&self.message),
        }
    }
}

impl Problem {
    pub fn of_workflow(field: &str, message: impl Into<String>) -> Self {
        Self { node: None, field: Some(field.to_owned()), message: message.into() }
    }

    pub fn of_node(node: &NodeId, field: &str, message: impl Into<String>) -> Self {
        Self { node: Some(node.clone()), field: Some(field.to_owned()), message: message.into() }
    }
}
