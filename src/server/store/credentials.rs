//! Credentials: what lists show of them, and their sealed values.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgExecutor};
use uuid::Uuid;

use crate::{
    domain::{
        credential::{Credential, CredentialKind},
        id::{CredentialId, UserId, WorkspaceId},
    },
    server::{Error, Result},
};

/// A credential with its values still sealed.
pub struct Sealed {
    pub id: CredentialId,
    pub kind: CredentialKind,
    pub allowed_hosts: Vec<String>,
    pub values_sealed: Vec<u8>,
    pub version: i32,
}

/// What is needed to store a new one.
pub struct New<'a> {
    pub id: CredentialId,
    pub name: &'a str,
    pub kind: CredentialKind,
    pub allowed_hosts: &'a [String],
    pub values_sealed: &'a [u8],
    pub created_by: UserId,
}

/// The workspace's credentials by name, without their values.
pub async fn list(db: impl PgExecutor<'_>, workspace: WorkspaceId) -> Result<Vec<Credential>> {
    let rows: Vec<CredentialRow> = sqlx::query_as(
        "select c.id, c.name, c.kind, c.allowed_hosts, coalesce(u.email, '') as created_by, c.updated_at
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
        "select id, kind, allowed_hosts, values_sealed, version from credentials where workspace_id = $1 and name = $2",
    )
    .bind(workspace.0)
    .bind(name)
    .fetch_optional(db)
    .await?;
    row.map(Sealed::try_from).transpose()
}

/// Runs into `credentials_name_key` when the workspace has the name already.
pub async fn insert(db: impl PgExecutor<'_>, workspace: WorkspaceId, new: New<'_>) -> Result<()> {
    sqlx::query(
        "insert into credentials (workspace_id, id, name, kind, allowed_hosts, values_sealed, created_by)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(workspace.0)
    .bind(new.id.0)
    .bind(new.name)
    .bind(new.kind.name())
    .bind(new.allowed_hosts)
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

/// Puts other values in the place of the old ones, as the given version.
pub async fn replace(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    id: CredentialId,
    version: i32,
    allowed_hosts: &[String],
    values_sealed: &[u8],
) -> Result<()> {
    sqlx::query(
        "update credentials set version = $3, allowed_hosts = $4, values_sealed = $5, updated_at = now()
         where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(version)
    .bind(allowed_hosts)
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

/// Names of the workflows whose draft or published version has a node that names the credential.
pub async fn users(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    name: &str,
    fields: &[&str],
) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(
        "select w.name
         from workflows w
         left join workflow_versions v
             on v.workspace_id = w.workspace_id and v.workflow_id = w.id and v.version = w.live_version
         where w.workspace_id = $1 and w.deleted_at is null and exists (
             select 1
             from jsonb_path_query(jsonb_build_array(w.draft, v.definition), '$[*].nodes[*].parameters') as parameters,
                 unnest($3::text[]) as field
             where parameters ->> field = $2)
         order by lower(w.name)",
    )
    .bind(workspace.0)
    .bind(name)
    .bind(fields)
    .fetch_all(db)
    .await?)
}

fn parse(kind: &str) -> Result<CredentialKind> {
    CredentialKind::parse(kind).ok_or_else(|| Error::internal(format!("unknown kind of credential: {kind}")))
}

#[derive(FromRow)]
struct CredentialRow {
    id: Uuid,
    name: String,
    kind: String,
    allowed_hosts: Vec<String>,
    created_by: String,
    updated_at: DateTime<Utc>,
}

impl TryFrom<CredentialRow> for Credential {
    type Error = Error;

    fn try_from(row: CredentialRow) -> Result<Self> {
        Ok(Self {
            id: CredentialId(row.id),
            name: row.name,
            kind: parse(&row.kind)?,
            allowed_hosts: row.allowed_hosts,
            created_by: row.created_by,
            updated_at: row.updated_at,
        })
    }
}

#[derive(FromRow)]
struct SealedRow {
    id: Uuid,
    kind: String,
    allowed_hosts: Vec<String>,
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
            values_sealed: row.values_sealed,
            version: row.version,
        })
    }
}
