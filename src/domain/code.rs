//! What a workspace lets its people's code do. Whether code runs at all is for whoever runs the server to say.

use serde::{Deserialize, Serialize};

use super::task::Kind;

/// Set by its owner or an admin; at first nothing is allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodePolicy {
    /// Kinds of code that may run.
    pub kinds: Vec<Kind>,
    /// Whether code may reach the network, where a node asks for it.
    pub network: bool,
}

/// What the settings page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeStanding {
    pub policy: CodePolicy,
    /// How firmly code is shut in on this server; none: the server runs no code.
    pub isolation: Option<String>,
    /// Why it runs none.
    pub reason: Option<String>,
}

impl CodePolicy {
    /// Why a node of this kind must not run here; none: it may.
    pub fn refusal(&self, kind: Kind, wants_network: bool) -> Option<String> {
        let label = kind.spec().label;
        if kind.is_code() && !self.kinds.contains(&kind) {
            return Some(format!(
                "{label} is not allowed in this workspace. Its owner or an admin can allow it in Settings → Code."
            ));
        }
        (wants_network && !self.network).then(|| {
            "Code may not reach the network in this workspace. Its owner or an admin can allow it in Settings → Code, or set “Network” to off."
                .to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_allowed_before_somebody_says_so() {
        let nothing = CodePolicy::default();
        assert!(nothing.refusal(Kind::Shell, false).is_some_and(|words| words.contains("Shell is not allowed")));
        assert_eq!(nothing.refusal(Kind::HttpRequest, false), None);
        let python = CodePolicy { kinds: vec![Kind::Python], network: false };
        assert_eq!(python.refusal(Kind::Python, false), None);
        assert!(python.refusal(Kind::Python, true).is_some_and(|words| words.contains("network")));
        assert!(python.refusal(Kind::Shell, false).is_some());
        assert_eq!(CodePolicy { network: true, ..python }.refusal(Kind::Python, true), None);
    }
}
