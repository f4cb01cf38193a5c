//! The library of a workspace: tasks, and their versions that never change.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgExecutor, types::Json};
use uuid::Uuid;

use crate::{
    domain::{
        id::{LibraryTaskId, UserId, WorkspaceId},
        library::{Definition, LibraryTask},
    },
    server::Result,
};

#[derive(FromRow)]
struct TaskRow {
    id: Uuid,
    name: String,
    version: i32,
    definition: Json<Definition>,
    created_by: String,
    created_at: DateTime<Utc>,
}

impl From<TaskRow> for LibraryTask {
    fn from(row: TaskRow) -> Self {
        Self {
            id: LibraryTaskId(row.id),
            name: row.name,
            version: row.version as u32,
            definition: row.definition.0,
            created_by: row.created_by,
            created_at: row.created_at,
        }
    }
}

/// All tasks by name, each in its newest version.
pub async fn list(db: impl PgExecutor<'_>, workspace: WorkspaceId) -> Result<Vec<LibraryTask>> {
    let rows: Vec<TaskRow> = sqlx::query_as(
        "select t.id, t.name, v.version, v.definition, coalesce(u.email, '') as created_by, v.created_at
         from library_tasks t
         join library_versions v
             on v.workspace_id = t.workspace_id and v.task_id = t.id and v.version = t.version
         left join users u on u.id = v.created_by
         where t.workspace_id = $1
         order by lower(t.name), t.name",
    )
    .bind(workspace.0)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(LibraryTask::from).collect())
}

/// Every version of a task, newest first; none: there is no such task.
pub async fn versions(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    task: LibraryTaskId,
) -> Result<Vec<LibraryTask>> {
    let rows: Vec<TaskRow> = sqlx::query_as(
        "select t.id, t.name, v.version, v.definition, coalesce(u.email, '') as created_by, v.created_at
         from library_tasks t
         join library_versions v on v.workspace_id = t.workspace_id and v.task_id = t.id
         left join users u on u.id = v.created_by
         where t.workspace_id = $1 and t.id = $2
         order by v.version desc",
    )
    .bind(workspace.0)
    .bind(task.0)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(LibraryTask::from).collect())
}

/// A new task without a version yet; runs into `library_tasks_name_key` when the workspace has the name. False: the
/// workspace has `most` tasks already.
pub async fn insert(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    task: LibraryTaskId,
    name: &str,
    kind: &str,
    most: i64,
) -> Result<bool> {
    let done = sqlx::query(
        "insert into library_tasks (workspace_id, id, name, kind)
         select $1, $2, $3, $4
         where (select count(*) from library_tasks where workspace_id = $1) < $5",
    )
    .bind(workspace.0)
    .bind(task.0)
    .bind(name)
    .bind(kind)
    .bind(most)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The kind and the newest version, locked until the transaction ends.
pub async fn lock(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    task: LibraryTaskId,
) -> Result<Option<(String, i32)>> {
    let task = sqlx::query_as("select kind, version from library_tasks where workspace_id = $1 and id = $2 for update")
        .bind(workspace.0)
        .bind(task.0);
    Ok(task.fetch_optional(db).await?)
}

/// Gives the task this name and makes this version its newest.
pub async fn advance(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    task: LibraryTaskId,
    name: &str,
    version: i32,
) -> Result<()> {
    sqlx::query("update library_tasks set name = $3, version = $4 where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(task.0)
        .bind(name)
        .bind(version)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn insert_version(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    task: LibraryTaskId,
    version: i32,
    definition: &Definition,
    by: UserId,
) -> Result<()> {
    sqlx::query(
        "insert into library_versions (workspace_id, task_id, version, definition, created_by)
         values ($1, $2, $3, $4, $5)",
    )
    .bind(workspace.0)
    .bind(task.0)
    .bind(version)
    .bind(Json(definition))
    .bind(by.0)
    .execute(db)
    .await?;
    Ok(())
}

/// With all its versions. False: there was none.
pub async fn delete(db: impl PgExecutor<'_>, workspace: WorkspaceId, task: LibraryTaskId) -> Result<bool> {
    let done = sqlx::query("delete from library_tasks where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(task.0)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Names of the workflows whose draft or published version has a node made from the task.
pub async fn users(db: impl PgExecutor<'_>, workspace: WorkspaceId, task: LibraryTaskId) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(
        "select w.name
         from workflows w
         left join workflow_versions v
             on v.workspace_id = w.workspace_id and v.workflow_id = w.id and v.version = w.live_version
         where w.workspace_id = $1 and w.deleted_at is null and exists (
             select 1
             from jsonb_path_query(jsonb_build_array(w.draft, v.definition), '$[*].nodes[*].library') as library
             where library ->> 'task' = $2)
         order by lower(w.name)",
    )
    .bind(workspace.0)
    .bind(task.0.to_string())
    .fetch_all(db)
    .await?)
}
