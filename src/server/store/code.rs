//! What code may do in a workspace.

use sqlx::PgExecutor;

use crate::{
    domain::{code::CodePolicy, id::WorkspaceId, task::Kind},
    server::Result,
};

/// Nothing may run in a workspace that does not exist.
pub async fn policy(db: impl PgExecutor<'_>, workspace: WorkspaceId) -> Result<CodePolicy> {
    let row: Option<(Vec<String>, bool)> =
        sqlx::query_as("select code_kinds, code_network from workspaces where id = $1")
            .bind(workspace.0)
            .fetch_optional(db)
            .await?;
    let (kinds, network) = row.unwrap_or_default();
    // A kind that is gone is allowed nowhere.
    Ok(CodePolicy { kinds: kinds.iter().filter_map(|name| Kind::parse(name)).collect(), network })
}

pub async fn set_policy(db: impl PgExecutor<'_>, workspace: WorkspaceId, policy: &CodePolicy) -> Result<()> {
    let kinds: Vec<&str> = policy.kinds.iter().map(|kind| kind.name()).collect();
    sqlx::query("update workspaces set code_kinds = $2, code_network = $3 where id = $1")
        .bind(workspace.0)
        .bind(kinds)
        .bind(policy.network)
        .execute(db)
        .await?;
    Ok(())
}
