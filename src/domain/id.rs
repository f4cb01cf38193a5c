//! The names of things. Rows have UUIDs; nodes have short names of their own, unique in their workflow.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// A tenant.
    WorkspaceId
    /// A person with a login.
    UserId
    /// A saved graph; its versions share the id.
    WorkflowId
    /// What starts executions; stable over the versions of a workflow.
    TriggerId
    /// One run of one workflow version.
    ExecutionId
    /// A task of the workspace's library; its versions share the id.
    LibraryTaskId
    /// A stored secret.
    CredentialId
    /// A notification channel.
    ChannelId
    /// One login of a person; not the secret that the cookie carries.
    SessionId
    /// An API token.
    TokenId
    /// A link that makes somebody a member.
    InvitationId
    /// One running FlowPilot process.
    ReplicaId
}

/// A node's short name, unique in its workflow and stable while the node is renamed or moved. 1–64 of `[a-z0-9_]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(Arc<str>);

impl NodeId {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the text keeps to the alphabet and length that a node id promises.
    pub fn is_well_formed(&self) -> bool {
        (1..=64).contains(&self.0.len())
            && self.0.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    }
}

impl From<&str> for NodeId {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for NodeId {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One part of an execution: a node, and inside of loops which iteration, the outermost loop's index first. Written
/// `http_1`, `http_1[3]`, `http_1[3,0]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct RunId {
    pub node: NodeId,
    /// The index of the item in each loop around the node; empty outside of loops.
    pub path: Vec<u32>,
}

impl RunId {
    /// The part of this node in the iteration with these indexes.
    pub fn at(node: &NodeId, path: &[u32]) -> Self {
        Self { node: node.clone(), path: path.to_vec() }
    }

    /// Whether it happens in this iteration, or in one of a loop inside of it.
    pub fn is_within(&self, path: &[u32]) -> bool {
        self.path.starts_with(path)
    }
}

/// Stands in almost every event, mostly outside of loops, where it is the node's name as that is.
impl Serialize for RunId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.path.is_empty() {
            true => serializer.serialize_str(self.node.as_str()),
            false => serializer.collect_str(self),
        }
    }
}

impl From<NodeId> for RunId {
    fn from(node: NodeId) -> Self {
        Self { node, path: Vec::new() }
    }
}

impl From<&NodeId> for RunId {
    fn from(node: &NodeId) -> Self {
        node.clone().into()
    }
}

/// As it is written; text that is no task run is taken for a node's id.
impl From<&str> for RunId {
    fn from(text: &str) -> Self {
        text.parse().unwrap_or_else(|_| NodeId::from(text).into())
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(f)?;
        if self.path.is_empty() {
            return Ok(());
        }
        let indexes: Vec<String> = self.path.iter().map(u32::to_string).collect();
        write!(f, "[{}]", indexes.join(","))
    }
}

impl FromStr for RunId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "A task run is written as its node's id, inside of loops with the index: http_1[3].";
        let Some((node, rest)) = text.split_once('[') else { return Ok(NodeId::from(text).into()) };
        let indexes = rest.strip_suffix(']').ok_or(WRONG)?;
        let path = indexes.split(',').map(str::parse).collect::<Result<_, _>>().map_err(|_| WRONG)?;
        Ok(Self { node: node.into(), path })
    }
}

impl TryFrom<String> for RunId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_run_is_written_with_the_iterations_around_it() {
        for (text, path) in [("call", vec![]), ("call[3]", vec![3]), ("call[3,0,12]", vec![3, 0, 12])] {
            let run = RunId { node: "call".into(), path };
            assert_eq!(run.to_string(), text);
            assert_eq!(serde_json::to_value(&run).ok(), Some(text.into()));
            assert_eq!(text.parse(), Ok(run));
        }
        for text in ["call[", "call[]", "call[x]", "call[1", "call[-1]", "call[1,]"] {
            assert!(text.parse::<RunId>().is_err(), "{text}");
        }
    }
}
