//! Credentials: what lists show of them, and their sealed values.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgExecutor};
use uuid::Uuid;

use crate::{
    domain::{
        credential::{Connection, Contents, Credential, CredentialKind, Use},
        id::{CredentialId, ExecutionId, NodeId, UserId, WorkflowId, WorkspaceId},
        task::Kind,
    },
    server::{Error, Result},
};

/// A credential with its values still sealed.
pub struct Sealed {
    pub id: CredentialId,
    pub kind: CredentialKind,
    pub allowed_hosts: Vec<String>,
    pub allowed_kinds: Vec<Kind>,
    pub values_sealed: Vec<u8>,
    pub version: i32,
}

/// What is needed to store a new one.
pub struct New<'a> {
    pub id: CredentialId,
    pub name: &'a str,
    pub kind: CredentialKind,
    pub contents: &'a Contents,
    pub values_sealed: &'a [u8],
    pub created_by: UserId,
}

/// The workspace's credentials by name, without their values.
pub async fn list(db: impl PgExecutor<'_>, workspace: WorkspaceId) -> Result<Vec<Credential>> {
    let rows: Vec<CredentialRow> = sqlx::query_as(
        "select c.id, c.name, c.kind, c.allowed_hosts, c.allowed_kinds, coalesce(u.email, '') as created_by,
                c.updated_at, c.last_used_at, c.connected_at, c.tokens_expire_at, c.failure
         from credentials c
         left join users u on u.id = c.created_by
         where c.workspace_id = $1
         order by lower(c.name), c.name",
    )
    .bind(workspace.0)
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Credential::try_from).collect()
}

pub async fn sealed(db: impl PgExecutor<'_>, workspace: WorkspaceId, name: &str) -> Result<Option<Sealed>> {
    let row: Option<SealedRow> = sqlx::query_as(
        "select id, kind, allowed_hosts, allowed_kinds, values_sealed, version
         from credentials
         where workspace_id = $1 and name = $2",
    )
    .bind(workspace.0)
    .bind(name)
    .fetch_optional(db)
    .await?;
    row.map(Sealed::try_from).transpose()
}

/// The kinds of those that have one of these names, and the kinds of node that each is for.
pub async fn kinds_of(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    names: &[&str],
) -> Result<BTreeMap<String, (CredentialKind, Vec<Kind>)>> {
    let rows: Vec<(String, String, Vec<String>)> =
        sqlx::query_as("select name, kind, allowed_kinds from credentials where workspace_id = $1 and name = any($2)")
            .bind(workspace.0)
            .bind(names)
            .fetch_all(db)
            .await?;
    rows.into_iter().map(|(name, kind, allowed)| Ok((name, (parse(&kind)?, kinds(&allowed)?)))).collect()
}

/// Runs into `credentials_name_key` when the workspace has the name already.
pub async fn insert(db: impl PgExecutor<'_>, workspace: WorkspaceId, new: New<'_>) -> Result<()> {
    sqlx::query(
        "insert into credentials (workspace_id, id, name, kind, allowed_hosts, allowed_kinds, values_sealed, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(workspace.0)
    .bind(new.id.0)
    .bind(new.name)
    .bind(new.kind.name())
    .bind(&new.contents.allowed_hosts)
    .bind(names(&new.contents.allowed_kinds))
    .bind(new.values_sealed)
    .bind(new.created_by.0)
    .execute(db)
    .await?;
    Ok(())
}

/// A credential's name, kind and version, locked until the transaction ends.
pub async fn lock(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    id: CredentialId,
) -> Result<Option<(String, CredentialKind, i32)>> {
    let row: Option<(String, String, i32)> =
        sqlx::query_as("select name, kind, version from credentials where workspace_id = $1 and id = $2 for update")
            .bind(workspace.0)
            .bind(id.0)
            .fetch_optional(db)
            .await?;
    row.map(|(name, kind, version)| Ok((name, parse(&kind)?, version))).transpose()
}

/// Notes that a node used it, as far as its execution is known to the database by now. Waits for nobody who holds the
/// credential.
pub async fn note_use(
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

/// Puts other values in the place of the old ones, as the given version. Tokens that the old ones fetched are gone.
pub async fn replace(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    id: CredentialId,
    version: i32,
    contents: &Contents,
    values_sealed: &[u8],
) -> Result<()> {
    sqlx::query(
        "update credentials set version = $3, allowed_hosts = $4, allowed_kinds = $5, values_sealed = $6,
             updated_at = now(), tokens_sealed = null, tokens_expire_at = null, connected_at = null, failure = null,
             previous_sealed = null, previous_version = null, previous_until = null
         where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(version)
    .bind(&contents.allowed_hosts)
    .bind(names(&contents.allowed_kinds))
    .bind(values_sealed)
    .execute(db)
    .await?;
    Ok(())
}

pub async fn delete(db: impl PgExecutor<'_>, workspace: WorkspaceId, id: CredentialId) -> Result<()> {
    sqlx::query("delete from credentials where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id.0)
        .execute(db)
        .await?;
    Ok(())
}

/// A workflow's id and name, a node's, whether it is published, and when it used the credential.
type UseRow = (Uuid, String, String, String, bool, Option<DateTime<Utc>>);

/// The nodes of drafts and published versions that name the credential.
pub async fn uses(
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

/// One of the workspace's, without its values.
pub async fn find(db: impl PgExecutor<'_>, workspace: WorkspaceId, id: CredentialId) -> Result<Option<Credential>> {
    let row: Option<CredentialRow> = sqlx::query_as(
        "select c.id, c.name, c.kind, c.allowed_hosts, c.allowed_kinds, coalesce(u.email, '') as created_by,
                c.updated_at, c.last_used_at, c.connected_at, c.tokens_expire_at, c.failure
         from credentials c
         left join users u on u.id = c.created_by
         where c.workspace_id = $1 and c.id = $2",
    )
    .bind(workspace.0)
    .bind(id.0)
    .fetch_optional(db)
    .await?;
    row.map(Credential::try_from).transpose()
}

fn parse(kind: &str) -> Result<CredentialKind> {
    CredentialKind::parse(kind).ok_or_else(|| Error::internal(format!("unknown kind of credential: {kind}")))
}

fn names(kinds: &[Kind]) -> Vec<&'static str> {
    kinds.iter().map(|kind| kind.name()).collect()
}

/// A kind that this version does not know must not open the credential to all.
fn kinds(names: &[String]) -> Result<Vec<Kind>> {
    let unknown = |name: &str| Error::internal(format!("unknown kind of node: {name}"));
    names.iter().map(|name| Kind::parse(name).ok_or_else(|| unknown(name))).collect()
}

#[derive(FromRow)]
struct CredentialRow {
    id: Uuid,
    name: String,
    kind: String,
    allowed_hosts: Vec<String>,
    allowed_kinds: Vec<String>,
    created_by: String,
    updated_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    connected_at: Option<DateTime<Utc>>,
    tokens_expire_at: Option<DateTime<Utc>>,
    failure: Option<String>,
}

impl TryFrom<CredentialRow> for Credential {
    type Error = Error;

    fn try_from(row: CredentialRow) -> Result<Self> {
        let kind = parse(&row.kind)?;
        let connection =
            Connection { connected_at: row.connected_at, expires_at: row.tokens_expire_at, failure: row.failure };
        Ok(Self {
            id: CredentialId(row.id),
            name: row.name,
            kind,
            allowed_hosts: row.allowed_hosts,
            allowed_kinds: kinds(&row.allowed_kinds)?,
            created_by: row.created_by,
            updated_at: row.updated_at,
            last_used_at: row.last_used_at,
            connection: kind.is_oauth2().then_some(connection),
        })
    }
}

#[derive(FromRow)]
struct SealedRow {
    id: Uuid,
    kind: String,
    allowed_hosts: Vec<String>,
    allowed_kinds: Vec<String>,
    values_sealed: Vec<u8>,
    version: i32,
}

impl TryFrom<SealedRow> for Sealed {
    type Error = Error;

    fn try_from(row: SealedRow) -> Result<Self> {
        Ok(Self {
            id: CredentialId(row.id),
            kind: parse(&row.kind)?,
            allowed_hosts: row.allowed_hosts,
            allowed_kinds: kinds(&row.allowed_kinds)?,
            values_sealed: row.values_sealed,
            version: row.version,
        })
    }
}
