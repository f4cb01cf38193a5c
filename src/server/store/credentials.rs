//! Credentials: what lists show of them, and their sealed values.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgExecutor};
use uuid::Uuid;

use crate::{
    domain::{
        credential::{Connection, Contents, Credential, CredentialKind, Rights},
        id::{CredentialId, UserId, WorkspaceId},
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
    /// Whoever published the workflow has to be entrusted with it.
    pub only_chosen: bool,
    pub values_sealed: Vec<u8>,
    pub version: i32,
}

/// What is known of a credential whose row is locked.
pub struct Locked {
    pub name: String,
    pub kind: CredentialKind,
    pub version: i32,
    pub created_by: Option<UserId>,
}

/// What is known of a credential that a node names.
pub struct Known {
    pub kind: CredentialKind,
    /// Kinds of node that may use it; empty: all that it fits.
    pub allowed_kinds: Vec<Kind>,
    /// Whether the person may use it, if they are no owner or admin.
    pub is_entrusted: bool,
}

/// What is needed to store a new one.
pub struct New<'a> {
    pub id: CredentialId,
    pub name: &'a str,
    pub kind: CredentialKind,
    pub contents: &'a Contents,
    pub values_sealed: &'a [u8],
    pub created_by: UserId,
    pub only_chosen: bool,
}

/// The workspace's credentials by name, without their values, with what this person may as far as their role says nothing.
pub async fn list(db: impl PgExecutor<'_>, workspace: WorkspaceId, asking: UserId) -> Result<Vec<Credential>> {
    let rows: Vec<CredentialRow> = sqlx::query_as(
        "select c.id, c.name, c.kind, c.allowed_hosts, c.allowed_kinds, coalesce(u.email, '') as created_by,
                c.updated_at, c.last_used_at, c.connected_at, c.tokens_expire_at, c.failure, c.only_chosen,
                c.created_by is not distinct from $2 as is_own, g.user_id is not null as is_granted
         from credentials c
         left join users u on u.id = c.created_by
         left join credential_grants g on g.workspace_id = c.workspace_id and g.credential_id = c.id and g.user_id = $2
         where c.workspace_id = $1
         order by lower(c.name), c.name",
    )
    .bind(workspace.0)
    .bind(asking.0)
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Credential::try_from).collect()
}

pub async fn sealed(db: impl PgExecutor<'_>, workspace: WorkspaceId, name: &str) -> Result<Option<Sealed>> {
    let row: Option<SealedRow> = sqlx::query_as(
        "select id, kind, allowed_hosts, allowed_kinds, only_chosen, values_sealed, version
         from credentials
         where workspace_id = $1 and name = $2",
    )
    .bind(workspace.0)
    .bind(name)
    .fetch_optional(db)
    .await?;
    row.map(Sealed::try_from).transpose()
}

/// Those that have one of these names, for somebody whose node names them.
pub async fn known(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    names: &[&str],
    person: UserId,
) -> Result<BTreeMap<String, Known>> {
    let rows: Vec<(String, String, Vec<String>, bool)> = sqlx::query_as(
        "select c.name, c.kind, c.allowed_kinds,
                not c.only_chosen or c.created_by is not distinct from $3 or exists (
                    select from credential_grants g
                    where g.workspace_id = $1 and g.credential_id = c.id and g.user_id = $3)
         from credentials c
         where c.workspace_id = $1 and c.name = any($2)",
    )
    .bind(workspace.0)
    .bind(names)
    .bind(person.0)
    .fetch_all(db)
    .await?;
    let known = |(name, kind, allowed, is_entrusted): (String, String, Vec<String>, bool)| {
        Ok((name, Known { kind: parse(&kind)?, allowed_kinds: kinds(&allowed)?, is_entrusted }))
    };
    rows.into_iter().map(known).collect()
}

/// Runs into `credentials_name_key` when the workspace has the name already.
pub async fn insert(db: impl PgExecutor<'_>, workspace: WorkspaceId, new: New<'_>) -> Result<()> {
    sqlx::query(
        "insert into credentials (workspace_id, id, name, kind, allowed_hosts, allowed_kinds, values_sealed, created_by,
             only_chosen)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(workspace.0)
    .bind(new.id.0)
    .bind(new.name)
    .bind(new.kind.name())
    .bind(&new.contents.allowed_hosts)
    .bind(names(&new.contents.allowed_kinds))
    .bind(new.values_sealed)
    .bind(new.created_by.0)
    .bind(new.only_chosen)
    .execute(db)
    .await?;
    Ok(())
}

/// What is known of it, locked until the transaction ends.
pub async fn lock(db: impl PgExecutor<'_>, workspace: WorkspaceId, id: CredentialId) -> Result<Option<Locked>> {
    let row: Option<(String, String, i32, Option<Uuid>)> = sqlx::query_as(
        "select name, kind, version, created_by from credentials where workspace_id = $1 and id = $2 for update",
    )
    .bind(workspace.0)
    .bind(id.0)
    .fetch_optional(db)
    .await?;
    row.map(|(name, kind, version, by)| Ok(Locked { name, kind: parse(&kind)?, version, created_by: by.map(UserId) }))
        .transpose()
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

/// One of the workspace's, as the list shows it.
pub async fn find(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    id: CredentialId,
    asking: UserId,
) -> Result<Option<Credential>> {
    Ok(list(db, workspace, asking).await?.into_iter().find(|credential| credential.id == id))
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
    only_chosen: bool,
    is_own: bool,
    is_granted: bool,
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
            only_chosen: row.only_chosen,
            rights: Rights { may_use: !row.only_chosen || row.is_own || row.is_granted, may_manage: row.is_own },
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
    only_chosen: bool,
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
            only_chosen: row.only_chosen,
            values_sealed: row.values_sealed,
            version: row.version,
        })
    }
}
