//! Everything that can be asked for from outside: each server function, REST operation and live feed, who may, and a
//! request that reads well. `roles.rs` drives the table with every role, `tenants.rs` with the ids of another workspace.

use flowpilot::domain::role::Action;
use serde_json::{Value, json};
use uuid::Uuid;

/// Who may do it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Access {
    /// Also people who are not logged in.
    Anyone,
    /// Everybody with an account, whatever the role, by session or token.
    Known,
    /// The same, but not by token: it is about the person.
    Person,
    May(Action),
}

use Access::{Anyone, Known, May, Person};
use Action::{
    AddCredentials, EditWorkflows, ManageCode, ManageCredentials, ManageMembers, ManageOwnTokens, ManageWorkspace,
    PublishWorkflows, ReplaceWebhooks, RunExecutions, UseCredentials, ViewExecutions, ViewMembers, ViewWorkflows,
};

/// A server function by its name, with arguments in which `$workflow` and so on stand for ids.
pub const SERVER_FUNCTIONS: &[(&str, Access, &str)] = &[
    ("session", Anyone, "{}"),
    ("log_in", Anyone, r#"{"email": "nobody@example.com", "password": "x"}"#),
    ("log_out", Anyone, "{}"),
    ("set_up", Anyone, r#"{"token": "x", "workspace_name": "x", "name": "", "email": "x@y.zz", "password": "x"}"#),
    ("change_name", Person, r#"{"name": "Somebody"}"#),
    ("change_password", Person, r#"{"current": "wrong", "new": "x"}"#),
    ("confirm_password", Person, r#"{"password": "wrong"}"#),
    ("list_sessions", Person, "{}"),
    ("end_session", Person, r#"{"id": "$session"}"#),
    (
        "create_token",
        May(ManageOwnTokens),
        r#"{"wish": {"name": "x", "days": 1, "reach": {"scopes": ["workflows:read"]}}}"#,
    ),
    ("list_tokens", May(ManageOwnTokens), "{}"),
    ("revoke_token", May(ManageOwnTokens), r#"{"id": "$token"}"#),
    ("list_credentials", May(UseCredentials), "{}"),
    (
        "offered_models",
        May(UseCredentials),
        r#"{"kind": "llm_chat", "server": "http://127.0.0.1:1/v1", "credential": ""}"#,
    ),
    (
        "create_credential",
        May(AddCredentials),
        r#"{"new": {"name": "$fresh", "kind": "secret", "contents": {"values": {"value": "twelve"}}}}"#,
    ),
    (
        "replace_credential",
        May(AddCredentials),
        r#"{"id": "$credential", "contents": {"values": {"value": "thirteen"}}}"#,
    ),
    ("get_credential", May(AddCredentials), r#"{"id": "$credential"}"#),
    ("test_credential", May(AddCredentials), r#"{"id": "$credential", "place": "https://api.example.com"}"#),
    ("connect_credential", May(AddCredentials), r#"{"id": "$credential"}"#),
    ("credential_usage", May(AddCredentials), r#"{"id": "$credential"}"#),
    ("credential_access", May(AddCredentials), r#"{"id": "$credential"}"#),
    (
        "set_credential_access",
        May(AddCredentials),
        r#"{"id": "$credential", "only_chosen": true, "people": ["$member"]}"#,
    ),
    ("delete_credential", May(AddCredentials), r#"{"id": "$credential", "even_if_used": true}"#),
    (
        "list_executions",
        May(ViewExecutions),
        r#"{"filter": {"workflow": null, "statuses": [], "before": null, "limit": 0}}"#,
    ),
    ("get_execution", May(ViewExecutions), r#"{"id": "$execution"}"#),
    ("get_output", May(ViewExecutions), r#"{"execution": "$execution", "node": "double"}"#),
    ("get_input", May(ViewExecutions), r#"{"execution": "$execution", "node": "double"}"#),
    ("explain_task", May(ViewExecutions), r#"{"execution": "$execution", "run": "double"}"#),
    ("get_insight", May(ViewExecutions), r#"{"workflow": "$workflow", "version": null}"#),
    (
        "start_execution",
        May(RunExecutions),
        r#"{"workflow": "$workflow", "draft": false, "input": {}, "breakpoints": [], "key": "$fresh"}"#,
    ),
    (
        "try_node",
        May(RunExecutions),
        r#"{"workflow": "$workflow", "node": "double", "reach": "only", "input": {}, "past": null, "breakpoints": []}"#,
    ),
    ("cancel_execution", May(RunExecutions), r#"{"id": "$execution"}"#),
    ("rerun_execution", May(RunExecutions), r#"{"id": "$execution", "key": "$fresh"}"#),
    (
        "restart_execution",
        May(RunExecutions),
        r#"{"id": "$execution", "node": "double", "version": "original", "key": "$fresh"}"#,
    ),
    ("pause_execution", May(RunExecutions), r#"{"id": "$execution"}"#),
    ("resume_execution", May(RunExecutions), r#"{"id": "$execution"}"#),
    ("step_execution", May(RunExecutions), r#"{"id": "$execution"}"#),
    ("backtest_workflow", May(RunExecutions), r#"{"id": "$workflow", "last": 1}"#),
    ("release_node", May(RunExecutions), r#"{"id": "$execution", "run": "double", "payload": null, "step": false}"#),
    (
        "decide_approval",
        May(RunExecutions),
        r#"{"id": "$execution", "run": "double", "approved": true, "comment": "", "values": null}"#,
    ),
    ("read_code_policy", May(ViewWorkflows), "{}"),
    ("list_plugins", May(ViewWorkflows), "{}"),
    ("set_code_policy", May(ManageCode), r#"{"policy": {"kinds": ["python"], "network": false}}"#),
    ("list_triggers", May(ViewWorkflows), r#"{"workflow": null}"#),
    ("preview_schedule", May(ViewWorkflows), r#"{"cron": "0 9 * * *", "time_zone": "Europe/Berlin"}"#),
    ("list_time_zones", May(ViewWorkflows), "{}"),
    ("rotate_webhook", May(ReplaceWebhooks), r#"{"id": "$trigger"}"#),
    ("replace_webhook_secret", May(ReplaceWebhooks), r#"{"id": "$trigger", "entered": null}"#),
    ("end_old_webhook_secret", May(ReplaceWebhooks), r#"{"id": "$trigger"}"#),
    ("list_workflows", May(ViewWorkflows), "{}"),
    ("list_templates", May(ViewWorkflows), "{}"),
    ("get_workflow", May(ViewWorkflows), r#"{"id": "$workflow"}"#),
    (
        "keep_company",
        May(ViewWorkflows),
        r#"{"id": "$workflow", "tab": "00000000-0000-4000-8000-000000000001", "node": null}"#,
    ),
    ("list_versions", May(ViewWorkflows), r#"{"id": "$workflow"}"#),
    ("get_version", May(ViewWorkflows), r#"{"id": "$workflow", "version": 1}"#),
    ("create_workflow", May(EditWorkflows), r#"{"name": "x", "template": null}"#),
    ("import_workflow", May(EditWorkflows), r#"{"workflow": {"name": "x"}}"#),
    ("save_draft", May(EditWorkflows), r#"{"id": "$workflow", "revision": 1, "workflow": {"name": "taken over"}}"#),
    ("delete_workflow", May(EditWorkflows), r#"{"id": "$workflow"}"#),
    ("publish_workflow", May(PublishWorkflows), r#"{"id": "$workflow", "revision": 1, "name": "", "note": ""}"#),
    ("describe_version", May(PublishWorkflows), r#"{"id": "$workflow", "version": 1, "name": "x", "note": ""}"#),
    ("fetch_workflow", May(EditWorkflows), r#"{"url": "no address"}"#),
    ("unpublish_workflow", May(PublishWorkflows), r#"{"id": "$workflow"}"#),
    ("list_variables", May(ViewWorkflows), "{}"),
    ("list_library", May(ViewWorkflows), "{}"),
    ("library_versions", May(ViewWorkflows), r#"{"id": "$task"}"#),
    ("create_library_task", May(EditWorkflows), r#"{"wish": {"name": "$fresh", "definition": {"kind": "no_op"}}}"#),
    (
        "improve_library_task",
        May(EditWorkflows),
        r#"{"id": "$task", "wish": {"name": "$fresh", "definition": {"kind": "no_op"}}}"#,
    ),
    ("library_usage", May(ViewWorkflows), r#"{"id": "$task"}"#),
    ("delete_library_task", May(EditWorkflows), r#"{"id": "$task"}"#),
    ("set_variable", May(PublishWorkflows), r#"{"wish": {"name": "crm_url", "value": 1}}"#),
    ("delete_variable", May(PublishWorkflows), r#"{"name": "nobody_has_it"}"#),
    ("list_channels", May(ViewWorkflows), "{}"),
    (
        "create_channel",
        May(ManageCredentials),
        r##"{"new": {"name": "$fresh", "kind": "slack", "target": "#ops", "credential": "Key"}}"##,
    ),
    ("delete_channel", May(ManageCredentials), r#"{"id": "$channel"}"#),
    ("list_members", May(ViewMembers), "{}"),
    ("change_role", May(ManageMembers), r#"{"id": "$member", "role": "viewer"}"#),
    ("remove_member", May(ManageMembers), r#"{"id": "$member"}"#),
    ("end_member_sessions", May(ManageMembers), r#"{"id": "$member"}"#),
    ("list_invitations", May(ViewMembers), "{}"),
    ("invite_member", May(ManageMembers), r#"{"email": "$fresh@example.com", "role": "viewer"}"#),
    ("revoke_invitation", May(ManageMembers), r#"{"id": "$invitation"}"#),
    ("show_invitation", Anyone, r#"{"token": "x"}"#),
    ("accept_invitation", Anyone, r#"{"token": "x", "name": "", "password": "x"}"#),
    ("join_workspace", Person, r#"{"token": "x"}"#),
    ("list_workspaces", Person, "{}"),
    ("switch_workspace", Person, r#"{"id": "$workspace"}"#),
    // The last one: the session goes on in the new workspace.
    ("create_workspace", May(ManageWorkspace), r#"{"name": "Another one"}"#),
];

/// A REST operation by its id, with its method, address and body (empty: none).
pub const REST: &[(&str, Access, &str, &str, &str)] = &[
    ("get_code", May(ViewWorkflows), "GET", "/code", ""),
    ("set_code", May(ManageCode), "PUT", "/code", r#"{"kinds": ["python"], "network": false}"#),
    ("list_workflows", May(ViewWorkflows), "GET", "/workflows", ""),
    ("create_workflow", May(EditWorkflows), "POST", "/workflows", r#"{"name": "x"}"#),
    ("workflow_schema", Known, "GET", "/workflows/schema", ""),
    ("validate_workflow", May(ViewWorkflows), "POST", "/workflows/validate", r#"{"name": "x"}"#),
    ("get_workflow", May(ViewWorkflows), "GET", "/workflows/$workflow", ""),
    ("replace_workflow", May(EditWorkflows), "PUT", "/workflows/$workflow?revision=1", r#"{"name": "taken over"}"#),
    ("delete_workflow", May(EditWorkflows), "DELETE", "/workflows/$workflow", ""),
    ("publish_workflow", May(PublishWorkflows), "POST", "/workflows/$workflow/publish", ""),
    ("unpublish_workflow", May(PublishWorkflows), "POST", "/workflows/$workflow/unpublish", ""),
    ("list_versions", May(ViewWorkflows), "GET", "/workflows/$workflow/versions", ""),
    ("get_version", May(ViewWorkflows), "GET", "/workflows/$workflow/versions/1", ""),
    ("get_insight", May(ViewExecutions), "GET", "/workflows/$workflow/insight", ""),
    ("list_executions", May(ViewExecutions), "GET", "/executions", ""),
    ("start_execution", May(RunExecutions), "POST", "/executions", r#"{"workflow_id": "$workflow", "input": {}}"#),
    ("get_execution", May(ViewExecutions), "GET", "/executions/$execution", ""),
    ("list_events", May(ViewExecutions), "GET", "/executions/$execution/events", ""),
    ("cancel_execution", May(RunExecutions), "POST", "/executions/$execution/cancel", ""),
    ("retry_execution", May(RunExecutions), "POST", "/executions/$execution/retry", ""),
    (
        "restart_execution",
        May(RunExecutions),
        "POST",
        "/executions/$execution/restart",
        r#"{"node": "double", "version": "original"}"#,
    ),
    ("explain_task", May(ViewExecutions), "GET", "/executions/$execution/nodes/double/why", ""),
    ("list_dead_letters", May(ViewExecutions), "GET", "/dead-letters", ""),
    ("get_dead_letter", May(ViewExecutions), "GET", "/dead-letters/$execution", ""),
    ("replay_dead_letters", May(RunExecutions), "POST", "/dead-letters/replay", r#"{"error": "nothing says so"}"#),
    ("replay_dead_letter", May(RunExecutions), "POST", "/dead-letters/$execution/replay", ""),
    ("discard_dead_letter", May(RunExecutions), "POST", "/dead-letters/$execution/discard", ""),
    ("list_triggers", May(ViewWorkflows), "GET", "/triggers", ""),
    (
        "backfill_schedule",
        May(RunExecutions),
        "POST",
        "/triggers/$trigger/backfill",
        r#"{"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}"#,
    ),
    ("replace_webhook_secret", May(ReplaceWebhooks), "POST", "/triggers/$trigger/secret", r#"{"secret": null}"#),
    ("end_old_webhook_secret", May(ReplaceWebhooks), "DELETE", "/triggers/$trigger/secret/old", ""),
    ("list_breakers", May(ViewExecutions), "GET", "/breakers", ""),
    ("reset_breaker", May(RunExecutions), "POST", "/breakers/reset", r#"{"service": "nobody.example.com"}"#),
    ("pause_execution", May(RunExecutions), "POST", "/executions/$execution/pause", ""),
    ("resume_execution", May(RunExecutions), "POST", "/executions/$execution/resume", ""),
    ("step_execution", May(RunExecutions), "POST", "/executions/$execution/step", ""),
    ("backtest_workflow", May(RunExecutions), "POST", "/workflows/$workflow/backtest", ""),
    ("release_node", May(RunExecutions), "POST", "/executions/$execution/release", r#"{"node": "double"}"#),
    ("get_input", May(ViewExecutions), "GET", "/executions/$execution/nodes/double/input", ""),
    (
        "decide_approval",
        May(RunExecutions),
        "POST",
        "/executions/$execution/decision",
        r#"{"node": "double", "approved": true}"#,
    ),
    ("send_event", May(RunExecutions), "POST", "/events", r#"{"name": "paid"}"#),
    ("list_channels", May(ViewWorkflows), "GET", "/channels", ""),
    (
        "create_channel",
        May(ManageCredentials),
        "POST",
        "/channels",
        r#"{"name": "$fresh", "kind": "slack", "credential": "Key"}"#,
    ),
    (
        "replace_channel",
        May(ManageCredentials),
        "PUT",
        "/channels/$channel",
        r#"{"name": "Taken", "kind": "slack", "credential": "Key"}"#,
    ),
    ("delete_channel", May(ManageCredentials), "DELETE", "/channels/$channel", ""),
    ("list_members", May(ViewMembers), "GET", "/members", ""),
    ("change_role", May(ManageMembers), "PATCH", "/members/$member", r#"{"role": "viewer"}"#),
    ("remove_member", May(ManageMembers), "DELETE", "/members/$member", ""),
    ("list_invitations", May(ViewMembers), "GET", "/invitations", ""),
    (
        "invite_member",
        May(ManageMembers),
        "POST",
        "/invitations",
        r#"{"email": "$fresh@example.com", "role": "viewer"}"#,
    ),
    ("revoke_invitation", May(ManageMembers), "DELETE", "/invitations/$invitation", ""),
    ("list_library", May(ViewWorkflows), "GET", "/library", ""),
    (
        "create_library_task",
        May(EditWorkflows),
        "POST",
        "/library",
        r#"{"name": "$fresh", "definition": {"kind": "no_op"}}"#,
    ),
    ("list_library_versions", May(ViewWorkflows), "GET", "/library/$task", ""),
    (
        "improve_library_task",
        May(EditWorkflows),
        "POST",
        "/library/$task/versions",
        r#"{"name": "$fresh", "definition": {"kind": "no_op"}}"#,
    ),
    ("delete_library_task", May(EditWorkflows), "DELETE", "/library/$task", ""),
    ("list_variables", May(ViewWorkflows), "GET", "/variables", ""),
    ("set_variable", May(PublishWorkflows), "PUT", "/variables/crm_url", r#"{"value": 1}"#),
    ("delete_variable", May(PublishWorkflows), "DELETE", "/variables/nobody_has_it", ""),
];

/// The live feeds.
pub const FEEDS: &[(&str, Access)] =
    &[("/live/executions", May(ViewExecutions)), ("/live/executions/$execution", May(ViewExecutions))];

/// What the ids in the table stand for.
pub struct Ids {
    pub workflow: Uuid,
    pub execution: Uuid,
    pub trigger: Uuid,
    pub credential: Uuid,
    pub channel: Uuid,
    pub token: Uuid,
    pub session: Uuid,
    pub member: Uuid,
    pub invitation: Uuid,
    pub workspace: Uuid,
    /// Of the library.
    pub task: Uuid,
}

impl Ids {
    /// Of things that do not exist.
    pub fn of_nothing() -> Self {
        let id = Uuid::new_v4;
        Self {
            workflow: id(),
            execution: id(),
            trigger: id(),
            credential: id(),
            channel: id(),
            token: id(),
            session: id(),
            member: id(),
            invitation: id(),
            workspace: id(),
            task: id(),
        }
    }

    pub fn fill(&self, text: &str) -> String {
        let ids = [
            ("$workflow", self.workflow),
            ("$execution", self.execution),
            ("$trigger", self.trigger),
            ("$credential", self.credential),
            ("$channel", self.channel),
            ("$token", self.token),
            ("$session", self.session),
            ("$member", self.member),
            ("$invitation", self.invitation),
            ("$workspace", self.workspace),
            ("$task", self.task),
            ("$fresh", Uuid::new_v4()),
        ];
        ids.iter().fold(text.to_owned(), |text, (name, id)| text.replace(name, &id.to_string()))
    }

    /// The arguments or body with the ids in it.
    pub fn body(&self, text: &str) -> Value {
        serde_json::from_str(&self.fill(text)).expect("the table holds JSON")
    }
}

/// Whether the request names something that exists already.
pub fn names_something(text: &str) -> bool {
    text.replace("$fresh", "").contains('$')
}

/// The address of the server function of this name; leptos puts digits behind it.
pub fn path_of(name: &str) -> String {
    let paths = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path);
    paths
        .into_iter()
        .find(|path| name_in(path) == name)
        .unwrap_or_else(|| panic!("no server function {name}"))
        .to_owned()
}

pub fn name_in(path: &str) -> &str {
    path.trim_start_matches("/api/").trim_end_matches(|c: char| c.is_ascii_digit())
}

/// A workflow that waits for nothing: by hand or by webhook, then one task.
pub fn workflow(name: &str) -> Value {
    let node = |id: &str, kind: &str, parameters: Value| json!({ "id": id, "name": id, "kind": kind, "parameters": parameters });
    json!({
        "name": name,
        "nodes": [
            node("start", "manual", json!({})),
            node("hook", "webhook", json!({ "auth": "none" })),
            node("double", "transform", json!({ "output": "{ secret: 'canary of the other workspace' }" })),
        ],
        "edges": [
            { "from": { "node": "start", "port": "out" }, "to": { "node": "double", "port": "in" } },
            { "from": { "node": "hook", "port": "out" }, "to": { "node": "double", "port": "in" } },
        ],
    })
}
