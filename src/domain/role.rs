//! Who may do what in a workspace. One matrix, read by the server, by the interface and by the test of both.

use serde::{Deserialize, Serialize};

use super::scope::Scope;

/// A member's role in a workspace, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Owner,
    Admin,
    Editor,
    Operator,
    Viewer,
}

/// Everything that needs a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    ViewWorkflows,
    ViewExecutions,
    /// See what executions were given and what they handed on, not only its shape.
    ViewPayloads,
    /// Start, run again, cancel.
    RunExecutions,
    EditWorkflows,
    PublishWorkflows,
    /// See a webhook's address.
    ViewWebhooks,
    /// Publish a webhook that anybody who knows the address may call.
    OpenWebhooks,
    /// Give a webhook a new address; the old one stops working.
    ReplaceWebhooks,
    /// Those that are open to everybody, or entrusted to them.
    UseCredentials,
    /// Create some, and replace, entrust and delete those. Nobody can reveal one.
    AddCredentials,
    /// The same with those of others.
    ManageCredentials,
    ViewMembers,
    /// Invite, remove, change roles up to one's own, end logins.
    ManageMembers,
    ManageOwnTokens,
    ManageAllTokens,
    ManageWorkspace,
    /// Decide which kinds of code may run.
    ManageCode,
}

impl Role {
    pub const ALL: [Self; 5] = [Self::Owner, Self::Admin, Self::Editor, Self::Operator, Self::Viewer];

    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Editor => "editor",
            Self::Operator => "operator",
            Self::Viewer => "viewer",
        }
    }

    /// What it is for, in a choice.
    pub fn label(self) -> &'static str {
        match self {
            Self::Owner => "Everything, also owners and the workspace itself",
            Self::Admin => "Everything but owners: members, credentials, open webhooks",
            Self::Editor => "Draws, publishes and runs workflows",
            Self::Operator => "Runs, pauses, retries and decides; changes no workflow",
            Self::Viewer => "Sees workflows and how executions went, not their data",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether this role stands above or beside the other: people give, change and take away roles up to their own.
    pub fn covers(self, other: Self) -> bool {
        self <= other
    }

    pub fn may(self, action: Action) -> bool {
        MATRIX.iter().any(|(row, roles)| *row == action && roles[self as usize])
    }
}

impl Action {
    pub const ALL: [Self; MATRIX.len()] = {
        let mut all = [Self::ViewWorkflows; MATRIX.len()];
        let mut row = 0;
        while row < MATRIX.len() {
            all[row] = MATRIX[row].0;
            row += 1;
        }
        all
    };

    /// The scope that lets an API token do it; none: people only.
    pub fn scope(self) -> Option<Scope> {
        match self {
            Self::ViewWorkflows => Some(Scope::WorkflowsRead),
            Self::EditWorkflows => Some(Scope::WorkflowsWrite),
            Self::PublishWorkflows | Self::OpenWebhooks => Some(Scope::WorkflowsPublish),
            Self::ViewExecutions | Self::ViewPayloads => Some(Scope::ExecutionsRead),
            Self::RunExecutions => Some(Scope::ExecutionsRun),
            Self::ViewWebhooks => Some(Scope::WebhooksRead),
            Self::ReplaceWebhooks => Some(Scope::WebhooksWrite),
            Self::UseCredentials => Some(Scope::CredentialsRead),
            Self::AddCredentials | Self::ManageCredentials => Some(Scope::CredentialsWrite),
            Self::ViewMembers => Some(Scope::MembersRead),
            Self::ManageMembers => Some(Scope::MembersWrite),
            Self::ManageCode => Some(Scope::CodeWrite),
            Self::ManageOwnTokens | Self::ManageAllTokens | Self::ManageWorkspace => None,
        }
    }

    /// What the action is called in a refusal: "Your role (viewer) may not …".
    pub fn label(self) -> &'static str {
        match self {
            Self::ViewWorkflows => "view workflows",
            Self::ViewExecutions => "view executions",
            Self::ViewPayloads => "view the data of executions",
            Self::RunExecutions => "run workflows",
            Self::EditWorkflows => "edit workflows",
            Self::PublishWorkflows => "publish workflows",
            Self::ViewWebhooks => "see webhook addresses",
            Self::OpenWebhooks => "publish webhooks without authentication",
            Self::ReplaceWebhooks => "replace webhook addresses",
            Self::UseCredentials => "use credentials",
            Self::AddCredentials => "add credentials",
            Self::ManageCredentials => "manage the credentials of others",
            Self::ViewMembers => "see members",
            Self::ManageMembers => "manage members",
            Self::ManageOwnTokens => "manage their API tokens",
            Self::ManageAllTokens => "manage everybody's API tokens",
            Self::ManageWorkspace => "manage the workspace",
            Self::ManageCode => "decide what code may do",
        }
    }
}

const YES: bool = true;
const NO: bool = false;

/// Columns: owner, admin, editor, operator, viewer.
pub const MATRIX: [(Action, [bool; 5]); 18] = [
    (Action::ViewWorkflows, [YES, YES, YES, YES, YES]),
    (Action::ViewExecutions, [YES, YES, YES, YES, YES]),
    (Action::ViewPayloads, [YES, YES, YES, YES, NO]),
    (Action::RunExecutions, [YES, YES, YES, YES, NO]),
    (Action::EditWorkflows, [YES, YES, YES, NO, NO]),
    (Action::PublishWorkflows, [YES, YES, YES, NO, NO]),
    (Action::ViewWebhooks, [YES, YES, YES, NO, NO]),
    (Action::OpenWebhooks, [YES, YES, NO, NO, NO]),
    (Action::ReplaceWebhooks, [YES, YES, NO, NO, NO]),
    (Action::UseCredentials, [YES, YES, YES, NO, NO]),
    (Action::AddCredentials, [YES, YES, YES, NO, NO]),
    (Action::ManageCredentials, [YES, YES, NO, NO, NO]),
    (Action::ViewMembers, [YES, YES, YES, YES, YES]),
    (Action::ManageMembers, [YES, YES, NO, NO, NO]),
    (Action::ManageOwnTokens, [YES, YES, YES, YES, YES]),
    (Action::ManageAllTokens, [YES, YES, NO, NO, NO]),
    (Action::ManageWorkspace, [YES, NO, NO, NO, NO]),
    (Action::ManageCode, [YES, YES, NO, NO, NO]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stronger_role_may_do_all_that_a_weaker_one_may() {
        for (action, _) in MATRIX {
            for pair in Role::ALL.windows(2) {
                assert!(pair[0].may(action) || !pair[1].may(action), "{action:?}: {pair:?}");
            }
        }
    }

    #[test]
    fn nobody_reaches_above_their_own_role() {
        for (index, role) in Role::ALL.into_iter().enumerate() {
            let covered: Vec<Role> = Role::ALL.into_iter().filter(|other| role.covers(*other)).collect();
            assert_eq!(covered, Role::ALL[index..]);
        }
    }

    #[test]
    fn a_viewer_changes_nothing() {
        let allowed: Vec<Action> =
            MATRIX.iter().map(|(action, _)| *action).filter(|action| Role::Viewer.may(*action)).collect();
        let harmless = [Action::ViewWorkflows, Action::ViewExecutions, Action::ViewMembers, Action::ManageOwnTokens];
        assert_eq!(allowed, harmless);
    }
}
