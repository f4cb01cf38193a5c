//! OAuth2: the tokens that credentials have, sealed, and the connections that people have begun.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{
    domain::id::{CredentialId, UserId, WorkspaceId},
    server::Result,
};

/// Tokens as they are kept, and how long the access token is good.
pub struct Kept {
    pub sealed: Vec<u8>,
    pub standing: Standing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// For a while yet: a tenth of its life, or five minutes of a long one.
    pub is_fresh: bool,
    /// At this moment.
    pub is_good: bool,
}

/// The tokens that these values of the credential fetched; none: nothing was fetched yet.
pub async fn tokens(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    credential: CredentialId,
    version: i32,
) -> Result<Option<Kept>> {
    let row: Option<(Vec<u8>, bool, bool)> = sqlx::query_as(
        "select tokens_sealed, tokens_expire_at is null or now() < tokens_expire_at
                    - greatest(least(interval '5 minutes', (tokens_expire_at - connected_at) / 10), interval '0'),
                tokens_expire_at is null or now() < tokens_expire_at
         from credentials
         where workspace_id = $1 and id = $2 and version = $3 and tokens_sealed is not null",
    )
    .bind(workspace.0)
    .bind(credential.0)
    .bind(version)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|(sealed, is_fresh, is_good)| Kept { sealed, standing: Standing { is_fresh, is_good } }))
}

/// Locks the credential until the transaction ends. False: it has other values by now, or is gone.
pub async fn lock(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    credential: CredentialId,
    version: i32,
) -> Result<bool> {
    let found: Option<i32> = sqlx::query_scalar(
        "select version from credentials where workspace_id = $1 and id = $2 and version = $3 for no key update",
    )
    .bind(workspace.0)
    .bind(credential.0)
    .bind(version)
    .fetch_optional(db)
    .await?;
    Ok(found.is_some())
}

/// Keeps tokens whose access token lives so long from now on; none: it has no end. What failed before is forgotten.
pub async fn keep(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    credential: CredentialId,
    sealed: &[u8],
    lifetime_secs: Option<u32>,
) -> Result<()> {
    sqlx::query(
        "update credentials set tokens_sealed = $3, connected_at = clock_timestamp(), failure = null,
             tokens_expire_at = clock_timestamp() + $4 * interval '1 second'
         where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(credential.0)
    .bind(sealed)
    .bind(lifetime_secs.map(f64::from))
    .execute(db)
    .await?;
    Ok(())
}

/// Keeps why no tokens came.
pub async fn fail(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    credential: CredentialId,
    words: &str,
) -> Result<()> {
    sqlx::query("update credentials set failure = $3 where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(credential.0)
        .bind(words)
        .execute(db)
        .await?;
    Ok(())
}

/// Ends the access token before its time.
pub async fn expire(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    credential: CredentialId,
    version: i32,
) -> Result<()> {
    sqlx::query(
        "update credentials set tokens_expire_at = now() where workspace_id = $1 and id = $2 and version = $3
             and tokens_sealed is not null",
    )
    .bind(workspace.0)
    .bind(credential.0)
    .bind(version)
    .execute(db)
    .await?;
    Ok(())
}

/// Remembers that somebody went to the provider with this state.
pub async fn begin(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    state_hash: &[u8],
    credential: CredentialId,
    user: UserId,
) -> Result<()> {
    sqlx::query(
        "insert into oauth_requests (workspace_id, state_hash, credential_id, user_id) values ($1, $2, $3, $4)",
    )
    .bind(workspace.0)
    .bind(state_hash)
    .bind(credential.0)
    .bind(user.0)
    .execute(db)
    .await?;
    Ok(())
}

/// The name of the credential that this person went for with this state, which counts once and ten minutes.
pub async fn end(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    state_hash: &[u8],
    user: UserId,
) -> Result<Option<(CredentialId, String)>> {
    let row: Option<(Uuid, String)> = sqlx::query_as(
        "with ended as (
             delete from oauth_requests
             where workspace_id = $1 and state_hash = $2 and user_id = $3 and expires_at > now()
             returning credential_id)
         select id, name from credentials join ended on id = credential_id where workspace_id = $1",
    )
    .bind(workspace.0)
    .bind(state_hash)
    .bind(user.0)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|(id, name)| (CredentialId(id), name)))
}

/// Forgets those who did not come back, of all workspaces.
pub async fn forget(db: impl PgExecutor<'_>) -> Result<()> {
    sqlx::query("delete from oauth_requests where expires_at <= now()").execute(db).await?;
    Ok(())
}
