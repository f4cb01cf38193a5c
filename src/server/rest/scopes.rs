//! What a token needs for each operation, as the description tells it. What is enforced stands in the handlers; a test
//! calls every operation with tokens and holds it against this.

use crate::domain::role::Action::{
    self, EditWorkflows, ManageCode, ManageCredentials, ManageMembers, PublishWorkflows, ReplaceWebhooks,
    RunExecutions, ViewExecutions, ViewMembers, ViewWorkflows,
};

/// What the operation does. None: every valid token may.
pub fn action_of(operation: &str) -> Option<Action> {
    Some(match operation {
        "list_workflows"
        | "validate_workflow"
        | "get_workflow"
        | "list_versions"
        | "get_version"
        | "list_triggers"
        | "list_channels"
        | "get_code"
        | "list_variables"
        | "list_library"
        | "list_library_versions" => ViewWorkflows,
        "create_workflow"
        | "replace_workflow"
        | "delete_workflow"
        | "create_library_task"
        | "improve_library_task"
        | "delete_library_task" => EditWorkflows,
        "publish_workflow" | "unpublish_workflow" | "set_variable" | "delete_variable" => PublishWorkflows,
        "list_executions" | "get_execution" | "list_events" | "explain_task" | "get_input" | "get_insight"
        | "list_dead_letters" | "get_dead_letter" | "list_breakers" => ViewExecutions,
        "start_execution"
        | "cancel_execution"
        | "retry_execution"
        | "restart_execution"
        | "pause_execution"
        | "resume_execution"
        | "step_execution"
        | "release_node"
        | "backtest_workflow"
        | "decide_approval"
        | "send_event"
        | "replay_dead_letters"
        | "replay_dead_letter"
        | "discard_dead_letter"
        | "backfill_schedule"
        | "reset_breaker" => RunExecutions,
        "set_code" => ManageCode,
        "create_channel" | "replace_channel" | "delete_channel" => ManageCredentials,
        "replace_webhook_secret" | "end_old_webhook_secret" => ReplaceWebhooks,
        "list_members" | "list_invitations" => ViewMembers,
        "change_role" | "remove_member" | "invite_member" | "revoke_invitation" => ManageMembers,
        _ => return None,
    })
}
