//! What code may do in a workspace.

use sqlx::PgExecutor;

use crate::{
    domain::{code::CodePolicy, id::WorkspaceId, task::Kind},
    server::Result,
};

/// Nothing may run where nobody has said so.
pub async fn policy(db: impl PgExecutor<'_>, workspace: WorkspaceId) -> Result<CodePolicy> {
    let row: Option<(Vec<String>, bool)> =
        sqlx::query_as("select kinds, network from code_policies where workspace_id = $1")
            .bind(workspace.0)
            .fetch_optional(db)
            .await?;
    let (kinds, network) = row.unwrap_or_default();
    // A kind that is gone is allowed nowhere.
    Ok(CodePolicy { kinds: kinds.iter().filter_map(|name| Kind::parse(name)).collect(), network })
}

pub async fn set_policy(db: impl PgExecutor<'_>, workspace: WorkspaceId, policy: &CodePolicy) -> Result<()> {
    let kinds: Vec<&str> = policy.kinds.iter().map(|kind| kind.name()).collect();
    let statement = "insert into code_policies (workspace_id, kinds, network) values ($1, $2, $3)
         on conflict (workspace_id) do update set kinds = excluded.kinds, network = excluded.network";
    sqlx::query(statement).bind(workspace.0).bind(kinds).bind(policy.network).execute(db).await?;
    Ok(())
}
