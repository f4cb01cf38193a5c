//! Who may use a credential where not everybody may.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{
    domain::{
        id::{CredentialId, ExecutionId, UserId, WorkspaceId},
        role::{Action, Role},
    },
    server::Result,
};

/// The chosen people; those count while only they may use it.
pub async fn of(db: impl PgExecutor<'_>, workspace: WorkspaceId, credential: CredentialId) -> Result<Vec<UserId>> {
    let ids: Vec<Uuid> =
        sqlx::query_scalar("select user_id from credential_grants where workspace_id = $1 and credential_id = $2")
            .bind(workspace.0)
            .bind(credential.0)
            .fetch_all(db)
            .await?;
    Ok(ids.into_iter().map(UserId).collect())
}

/// Whether only chosen people may use it.
pub async fn is_narrow(db: impl PgExecutor<'_>, workspace: WorkspaceId, credential: CredentialId) -> Result<bool> {
    Ok(sqlx::query_scalar("select only_chosen from credentials where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(credential.0)
        .fetch_one(db)
        .await?)
}

pub async fn set_narrow(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    credential: CredentialId,
    only_chosen: bool,
) -> Result<()> {
    sqlx::query("update credentials set only_chosen = $3 where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(credential.0)
        .bind(only_chosen)
        .execute(db)
        .await?;
    Ok(())
}

/// These people and no others. They are members.
pub async fn replace(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    credential: CredentialId,
    people: &[UserId],
) -> Result<()> {
    let people: Vec<Uuid> = people.iter().map(|person| person.0).collect();
    sqlx::query(
        "with gone as (
             delete from credential_grants where workspace_id = $1 and credential_id = $2 and user_id <> all($3))
         insert into credential_grants (workspace_id, credential_id, user_id)
         select $1, $2, person from unnest($3::uuid[]) as person
         on conflict do nothing",
    )
    .bind(workspace.0)
    .bind(credential.0)
    .bind(people)
    .execute(db)
    .await?;
    Ok(())
}

/// Whether whoever published the execution's version may use the credential now; of a draft, whoever started it: `by`, an
/// email. None: the database does not know the execution yet.
pub async fn is_vouched_for(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    credential: CredentialId,
    execution: ExecutionId,
    by: Option<&str>,
) -> Result<Option<bool>> {
    Ok(sqlx::query_scalar(
        "select exists (
             select from credentials c
             join members m on m.workspace_id = c.workspace_id
             join users u on u.id = m.user_id and u.disabled_at is null
             where c.workspace_id = $1 and c.id = $2
               and case when e.version > 0 then u.id = v.published_by else u.email = $4 end
               and (m.role = any($5) or m.role = any($6) and (not c.only_chosen or c.created_by = u.id or exists (
                   select from credential_grants g
                   where g.workspace_id = $1 and g.credential_id = $2 and g.user_id = u.id))))
         from executions e
         left join workflow_versions v
             on v.workspace_id = e.workspace_id and v.workflow_id = e.workflow_id and v.version = e.version
         where e.workspace_id = $1 and e.id = $3",
    )
    .bind(workspace.0)
    .bind(credential.0)
    .bind(execution.0)
    .bind(by)
    .bind(roles(Action::ManageCredentials))
    .bind(roles(Action::UseCredentials))
    .fetch_optional(db)
    .await?)
}

fn roles(action: Action) -> Vec<&'static str> {
    Role::ALL.into_iter().filter(|role| role.may(action)).map(Role::name).collect()
}
