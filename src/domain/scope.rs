//! What an API token may be used for. A scope stands for actions of the matrix in `role.rs`; a token may what its scopes
//! and the role of its creator both allow.

use serde::{Deserialize, Serialize};

use super::{
    id::WorkflowId,
    role::{Action, Role},
};

/// A permission of a token, written `resource:verb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    #[serde(rename = "workflows:read")]
    WorkflowsRead,
    #[serde(rename = "workflows:write")]
    WorkflowsWrite,
    #[serde(rename = "workflows:publish")]
    WorkflowsPublish,
    #[serde(rename = "executions:read")]
    ExecutionsRead,
    #[serde(rename = "executions:run")]
    ExecutionsRun,
    #[serde(rename = "webhooks:read")]
    WebhooksRead,
    #[serde(rename = "webhooks:write")]
    WebhooksWrite,
    #[serde(rename = "credentials:read")]
    CredentialsRead,
    #[serde(rename = "credentials:write")]
    CredentialsWrite,
    #[serde(rename = "members:read")]
    MembersRead,
    #[serde(rename = "members:write")]
    MembersWrite,
    #[serde(rename = "code:write")]
    CodeWrite,
}

impl Scope {
    pub const ALL: [Self; 12] = [
        Self::WorkflowsRead,
        Self::WorkflowsWrite,
        Self::WorkflowsPublish,
        Self::ExecutionsRead,
        Self::ExecutionsRun,
        Self::WebhooksRead,
        Self::WebhooksWrite,
        Self::CredentialsRead,
        Self::CredentialsWrite,
        Self::MembersRead,
        Self::MembersWrite,
        Self::CodeWrite,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::WorkflowsRead => "workflows:read",
            Self::WorkflowsWrite => "workflows:write",
            Self::WorkflowsPublish => "workflows:publish",
            Self::ExecutionsRead => "executions:read",
            Self::ExecutionsRun => "executions:run",
            Self::WebhooksRead => "webhooks:read",
            Self::WebhooksWrite => "webhooks:write",
            Self::CredentialsRead => "credentials:read",
            Self::CredentialsWrite => "credentials:write",
            Self::MembersRead => "members:read",
            Self::MembersWrite => "members:write",
            Self::CodeWrite => "code:write",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }

    /// What the scope lets a token do, in a choice.
    pub fn label(self) -> &'static str {
        match self {
            Self::WorkflowsRead => "See workflows, versions and triggers",
            Self::WorkflowsWrite => "See, create, change and delete workflows",
            Self::WorkflowsPublish => "Publish and unpublish workflows",
            Self::ExecutionsRead => "See executions and their journals",
            Self::ExecutionsRun => "Start, cancel, pause, retry and decide",
            Self::WebhooksRead => "See webhook addresses",
            Self::WebhooksWrite => "Replace webhook addresses",
            Self::CredentialsRead => "See names and kinds of credentials",
            Self::CredentialsWrite => "Create and delete credentials",
            Self::MembersRead => "See members and invitations",
            Self::MembersWrite => "Invite and remove people, change roles",
            Self::CodeWrite => "Decide which kinds of code may run",
        }
    }

    /// Another scope that comes with it: who changes a workflow is answered with it as it is then.
    fn brings(self) -> Option<Self> {
        (self == Self::WorkflowsWrite).then_some(Self::WorkflowsRead)
    }

    /// Whether the role may do any of what the scope stands for; else the scope is worth nothing to its tokens.
    pub fn suits(self, role: Role) -> bool {
        Action::ALL.into_iter().any(|action| action.scope() == Some(self) && role.may(action))
    }

    /// Of one workflow, or of the workspace as a whole: a token for certain workflows has no use for the latter.
    pub fn is_about_workflows(self) -> bool {
        matches!(
            self,
            Self::WorkflowsRead
                | Self::WorkflowsWrite
                | Self::WorkflowsPublish
                | Self::ExecutionsRead
                | Self::ExecutionsRun
                | Self::WebhooksRead
        )
    }
}

/// Scopes that are usually wanted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    Read,
    Run,
    /// Everything but other people and what code may do.
    Full,
}

impl Preset {
    pub const ALL: [Self; 3] = [Self::Read, Self::Run, Self::Full];

    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Run => "run",
            Self::Full => "full",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// As far as the role may use them.
    pub fn scopes(self, role: Role) -> Vec<Scope> {
        let belongs = |scope: &Scope| match self {
            Self::Read => matches!(scope, Scope::WorkflowsRead | Scope::ExecutionsRead),
            Self::Run => matches!(scope, Scope::WorkflowsRead | Scope::ExecutionsRead | Scope::ExecutionsRun),
            Self::Full => !matches!(scope, Scope::MembersWrite | Scope::CodeWrite),
        };
        Scope::ALL.into_iter().filter(belongs).filter(|scope| scope.suits(role)).collect()
    }
}

/// How far a token reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    pub scopes: Vec<Scope>,
    /// Only these workflows and their executions; none: all of the workspace.
    #[serde(default)]
    pub workflows: Option<Vec<WorkflowId>>,
    /// Only from these networks, written `10.0.0.0/8`; empty: from anywhere.
    #[serde(default)]
    pub networks: Vec<String>,
}

impl Reach {
    /// The whole workspace, from anywhere, with what the preset stands for.
    pub fn of(preset: Preset, role: Role) -> Self {
        Self { scopes: preset.scopes(role), workflows: None, networks: Vec::new() }
    }

    pub fn allows(&self, action: Action) -> bool {
        let needed = action.scope();
        needed.is_some() && self.scopes.iter().any(|held| needed == Some(*held) || needed == held.brings())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_is_read_as_it_is_written() {
        for scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.name()), Some(scope));
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.name());
        }
        assert_eq!(Scope::parse("workflows:*"), None);
    }

    #[test]
    fn every_scope_stands_for_something_that_an_owner_may() {
        for scope in Scope::ALL {
            assert!(scope.suits(Role::Owner), "{}", scope.name());
        }
    }

    #[test]
    fn presets_hold_what_the_role_may_use() {
        let names = |preset: Preset, role: Role| preset.scopes(role).into_iter().map(Scope::name).collect::<Vec<_>>();
        assert_eq!(names(Preset::Read, Role::Viewer), ["workflows:read", "executions:read"]);
        assert_eq!(names(Preset::Run, Role::Viewer), ["workflows:read", "executions:read"]);
        assert_eq!(names(Preset::Run, Role::Operator), ["workflows:read", "executions:read", "executions:run"]);
        let full = Preset::Full.scopes(Role::Owner);
        assert!(!full.contains(&Scope::MembersWrite) && !full.contains(&Scope::CodeWrite));
        assert_eq!(full.len(), Scope::ALL.len() - 2);
    }

    #[test]
    fn who_may_change_workflows_sees_them() {
        let reach = Reach { scopes: vec![Scope::WorkflowsWrite], workflows: None, networks: Vec::new() };
        let allowed: Vec<Action> = Action::ALL.into_iter().filter(|action| reach.allows(*action)).collect();
        assert_eq!(allowed, [Action::ViewWorkflows, Action::EditWorkflows]);
    }

    #[test]
    fn what_has_no_scope_is_for_people_only() {
        let all = Reach { scopes: Scope::ALL.to_vec(), workflows: None, networks: Vec::new() };
        let refused: Vec<Action> = Action::ALL.into_iter().filter(|action| !all.allows(*action)).collect();
        assert_eq!(refused, [Action::ManageOwnTokens, Action::ManageAllTokens, Action::ManageWorkspace]);
    }
}
