//! A row of every tenant table. `$1` is the workspace; `$2` stands for whatever else has an id.

use flowpilot::domain::id::WorkspaceId;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

pub struct Seed {
    pub table: &'static str,
    statement: &'static str,
}

/// In the order in which they refer to each other.
pub const SEEDS: &[Seed] = &[
    seed("workspaces", "insert into workspaces (id, name) select $1, $2::text"),
    seed("members", "insert into members (workspace_id, user_id, role) values ($1, $2, 'owner')"),
    seed(
        "invitations",
        "insert into invitations (workspace_id, id, token_hash, email, role, invited_by)
         select $1, $2, uuid_send($2), $2 || '@example.com', 'viewer', $2",
    ),
    seed("sessions", "insert into sessions (id, id_hash, user_id, workspace_id) select $2, uuid_send($2), $2, $1"),
    seed(
        "api_tokens",
        "insert into api_tokens (id, workspace_id, user_id, name, token_hash, prefix, expires_at, scopes)
         select $2, $1, $2, 'a', uuid_send($2), 'fpt_', now(), '{workflows:read}'",
    ),
    seed("workflows", "insert into workflows (workspace_id, id, name, draft) values ($1, $2, 'a', '{}')"),
    seed(
        "workflow_versions",
        "insert into workflow_versions (workspace_id, workflow_id, version, definition) values ($1, $2, 1, '{}')",
    ),
    seed("presences", "insert into presences (workspace_id, workflow_id, tab, user_id) values ($1, $2, $2, $2)"),
    seed(
        "executions",
        "insert into executions (workspace_id, id, workflow_id, version, status, started_via, created_at)
         values ($1, $2, $2, 1, 'running', 'manual', now())",
    ),
    seed(
        "journal",
        "insert into journal (execution_id, seq, day, at, body) select $2, 1, now()::date, now(), $1::text",
    ),
    seed("inbox", "insert into inbox (execution_id, body) select $2, $1::text"),
    seed("waits", "insert into waits (execution_id, run, workspace_id, name) values ($2, 'a', $1, 'a')"),
    seed("timers", "insert into timers (execution_id, due_at) select $2, now() where $1::uuid is not null"),
    seed(
        "triggers",
        "insert into triggers (workspace_id, id, workflow_id, node_id, node_name, kind, definition)
         values ($1, $2, $2, 'a', 'a', 'manual', '{}')",
    ),
    seed(
        "trigger_fires",
        "insert into trigger_fires (workspace_id, trigger_id, scheduled_at, outcome) values ($1, $2, now(), 'missed')",
    ),
    seed("workspace_keys", "insert into workspace_keys (workspace_id, key_sealed) select $1, uuid_send($2)"),
    seed(
        "credentials",
        "insert into credentials (workspace_id, id, name, kind, values_sealed)
         select $1, $2, 'a', 'secret', uuid_send($2)",
    ),
    seed(
        "code_policies",
        "insert into code_policies (workspace_id, kinds, network) select $1, '{}', $2::uuid is not null",
    ),
    seed("channels", "insert into channels (workspace_id, id, name, kind) values ($1, $2, 'a', 'slack')"),
    seed(
        "credential_grants",
        "insert into credential_grants (workspace_id, credential_id, user_id) values ($1, $2, $2)",
    ),
    seed(
        "oauth_requests",
        "insert into oauth_requests (workspace_id, state_hash, credential_id, user_id) select $1, uuid_send($2), $2, $2",
    ),
    seed(
        "credential_uses",
        "insert into credential_uses (workspace_id, credential_id, workflow_id, node_id, execution_id)
         values ($1, $2, $2, 'a', $2)",
    ),
    seed(
        "offers",
        "insert into offers (workspace_id, execution_id, run_id, attempt, worker_group) values ($1, $2, 'a', 1, '')",
    ),
    seed("holds", "insert into holds (workspace_id, scope, key, most, execution_id) values ($1, 'task', 'a', 1, $2)"),
    seed("buckets", "insert into buckets (workspace_id, key, tokens, taken) select $1, $2::text, 1, 1"),
    seed(
        "breakers",
        "insert into breakers (workspace_id, service, failures, open_secs, last_error) select $1, $2::text, 1, 1, ''",
    ),
    seed(
        "results",
        "insert into results (workspace_id, workflow_id, node_id, hash, port, output, expires_at)
         select $1, $2, 'a', uuid_send($2), 'out', '{}', now()",
    ),
    seed(
        "seen_items",
        "insert into seen_items (workspace_id, workflow_id, node_id, hash, execution_id, run, forget_at)
         select $1, $2, 'a', uuid_send($2), $2, 'a', now()",
    ),
    seed("library_tasks", "insert into library_tasks (workspace_id, id, name, kind) values ($1, $2, 'a', 'no_op')"),
    seed(
        "library_versions",
        "insert into library_versions (workspace_id, task_id, version, definition) values ($1, $2, 1, '{}')",
    ),
    seed("variables", "insert into variables (workspace_id, name, value) select $1, 'a', to_jsonb($2::text)"),
    seed(
        "dead_letters",
        "insert into dead_letters (workspace_id, execution_id, workflow_id, failed_at) values ($1, $2, $2, now())",
    ),
    seed(
        "questions",
        "insert into questions (id, workspace_id, replica_id, execution_id, run, attempt) select $2, $1, $2, $2, 'a', 1",
    ),
];

const fn seed(table: &'static str, statement: &'static str) -> Seed {
    Seed { table, statement }
}

impl Seed {
    pub async fn sow(&self, db: impl PgExecutor<'_>, workspace: WorkspaceId, id: Uuid) -> sqlx::Result<()> {
        sqlx::query(self.statement).bind(workspace.0).bind(id).execute(db).await.map(drop)
    }
}

/// A row of the workspace in every tenant table.
pub async fn plant(pool: &PgPool, workspace: WorkspaceId) {
    let id = Uuid::now_v7();
    let person = "insert into users (id, email, password_hash) select $1, $1 || '@example.com', ''";
    sqlx::query(person).bind(id).execute(pool).await.unwrap();
    for seed in SEEDS {
        seed.sow(pool, workspace, id).await.unwrap_or_else(|error| panic!("{}: {error}", seed.table));
    }
}
