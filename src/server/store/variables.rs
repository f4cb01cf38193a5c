//! Variables of workspaces.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use sqlx::{FromRow, PgExecutor, types::Json};

use crate::{
    domain::{
        id::{UserId, WorkspaceId},
        variable::{Variable, VariableWish},
    },
    server::Result,
};

#[derive(FromRow)]
struct VariableRow {
    name: String,
    value: Json<Value>,
    description: String,
    changed_by: String,
    changed_at: DateTime<Utc>,
}

impl From<VariableRow> for Variable {
    fn from(row: VariableRow) -> Self {
        let VariableRow { name, value: Json(value), description, changed_by, changed_at } = row;
        Self { name, value, description, changed_by, changed_at }
    }
}

/// The workspace's variables by name.
pub async fn list(db: impl PgExecutor<'_>, workspace: WorkspaceId) -> Result<Vec<Variable>> {
    let rows: Vec<VariableRow> = sqlx::query_as(
        "select v.name, v.value, v.description, coalesce(u.email, '') as changed_by, v.changed_at
         from variables v
         left join users u on u.id = v.changed_by
         where v.workspace_id = $1
         order by lower(v.name), v.name",
    )
    .bind(workspace.0)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Variable::from).collect())
}

/// As an object, for expressions.
pub async fn values(db: impl PgExecutor<'_>, workspace: WorkspaceId) -> Result<Value> {
    let rows: Vec<(String, Json<Value>)> =
        sqlx::query_as("select name, value from variables where workspace_id = $1 order by name")
            .bind(workspace.0)
            .fetch_all(db)
            .await?;
    Ok(rows.into_iter().map(|(name, Json(value))| (name, value)).collect::<Map<_, _>>().into())
}

/// The names alone.
pub async fn names(db: impl PgExecutor<'_>, workspace: WorkspaceId) -> Result<Vec<String>> {
    let names = sqlx::query_scalar("select name from variables where workspace_id = $1 order by name");
    Ok(names.bind(workspace.0).fetch_all(db).await?)
}

/// Puts the value in place of the one before, if there was one. False: the workspace has `most` others already.
pub async fn put(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    wish: &VariableWish,
    by: UserId,
    most: i64,
) -> Result<bool> {
    let done = sqlx::query(
        "insert into variables (workspace_id, name, value, description, changed_by)
         select $1, $2, $3, $4, $5
         where (select count(*) from variables where workspace_id = $1 and name <> $2) < $6
         on conflict (workspace_id, name) do update set
             value = excluded.value,
             description = excluded.description,
             changed_by = excluded.changed_by,
             changed_at = now()",
    )
    .bind(workspace.0)
    .bind(&wish.name)
    .bind(Json(&wish.value))
    .bind(&wish.description)
    .bind(by.0)
    .bind(most)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// False: there was none.
pub async fn delete(db: impl PgExecutor<'_>, workspace: WorkspaceId, name: &str) -> Result<bool> {
    let done = sqlx::query("delete from variables where workspace_id = $1 and name = $2")
        .bind(workspace.0)
        .bind(name)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}
