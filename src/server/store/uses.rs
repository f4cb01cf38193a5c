//! Which nodes use a credential, and when they did the last time.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{
    domain::{
        credential::Use,
        id::{CredentialId, ExecutionId, NodeId, WorkflowId, WorkspaceId},
    },
    server::Result,
};

/// Notes that a node used it, as far as its execution is known to the database by now. Waits for nobody who holds the
/// credential.
pub async fn note(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    id: CredentialId,
    execution: ExecutionId,
    node: &NodeId,
) -> Result<()> {
    sqlx::query(
        "with used as (
             update credentials set last_used_at = now()
             where workspace_id = $1 and id in (
                 select id from credentials where workspace_id = $1 and id = $2 for no key update skip locked))
         insert into credential_uses (workspace_id, credential_id, workflow_id, node_id, execution_id)
         select $1, $2, workflow_id, $4, id from executions where workspace_id = $1 and id = $3
         on conflict (workspace_id, credential_id, workflow_id, node_id)
             do update set execution_id = excluded.execution_id, used_at = excluded.used_at",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(execution.0)
    .bind(node.as_str())
    .execute(db)
    .await?;
    Ok(())
}

/// A workflow's id and name, a node's, whether it is published, and when it used the credential.
type UseRow = (Uuid, String, String, String, bool, Option<DateTime<Utc>>);

/// The nodes of drafts and published versions that name the credential.
pub async fn list(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    (id, name): (CredentialId, &str),
    fields: &[&str],
) -> Result<Vec<Use>> {
    let rows: Vec<UseRow> = sqlx::query_as(
        "select w.id, w.name, node ->> 'id', max(coalesce(node ->> 'name', '')), bool_or(is_live), max(u.used_at)
         from workflows w
         left join workflow_versions v
             on v.workspace_id = w.workspace_id and v.workflow_id = w.id and v.version = w.live_version
         cross join lateral (
             select false as is_live, node from jsonb_path_query(to_jsonb(w.draft), '$.nodes[*]') as node
             union all
             select true, node from jsonb_path_query(to_jsonb(v.definition), '$.nodes[*]') as node) as nodes
         left join credential_uses u on u.workspace_id = $1 and u.credential_id = $4 and u.workflow_id = w.id
             and u.node_id = node ->> 'id'
         where w.workspace_id = $1 and w.deleted_at is null and exists (
             select 1 from unnest($3::text[]) as field where node -> 'parameters' ->> field = $2)
         group by w.id, w.name, node ->> 'id'
         order by lower(w.name), w.id, node ->> 'id'",
    )
    .bind(workspace.0)
    .bind(name)
    .bind(fields)
    .bind(id.0)
    .fetch_all(db)
    .await?;
    let uses = rows.into_iter().map(|(workflow, workflow_name, node, node_name, live, used_at)| Use {
        workflow: WorkflowId(workflow),
        workflow_name,
        node: node.into(),
        node_name,
        live,
        used_at,
    });
    Ok(uses.collect())
}
