//! Where sealed values lie, for whoever seals them anew with another data key.

use sqlx::{AssertSqlSafe, PgExecutor};
use uuid::Uuid;

use crate::{domain::id::WorkspaceId, server::Result};

/// A column of sealed values, in a table with a `workspace_id` and an `id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub table: &'static str,
    pub column: &'static str,
    /// What a value was sealed for, as SQL.
    context: &'static str,
}

/// All of them. A test compares them with the tables.
pub const PLACES: [Place; 4] = [
    Place { table: "credentials", column: "values_sealed", context: "'credential|' || id || '|' || version" },
    Place {
        table: "credentials",
        column: "previous_sealed",
        context: "'credential|' || id || '|' || previous_version",
    },
    Place {
        table: "credentials",
        column: "tokens_sealed",
        context: "'credential|' || id || '|' || version || '|tokens'",
    },
    Place { table: "triggers", column: "token_sealed", context: "'webhook|' || workflow_id || '|' || node_id" },
];

/// Values of another data key: whose, what they were sealed for, and they themselves.
#[derive(Default)]
pub struct Stale {
    pub ids: Vec<Uuid>,
    pub contexts: Vec<String>,
    pub values: Vec<Vec<u8>>,
}

/// Values that another data key than this one sealed, locked until the transaction ends. A sealed value begins with its
/// algorithm (1 byte) and its key's id (4 bytes).
pub async fn stale(
    db: impl PgExecutor<'_>,
    place: Place,
    workspace: WorkspaceId,
    key_id: &[u8],
    limit: i64,
) -> Result<Stale> {
    let Place { table, column, context } = place;
    let rows: Vec<(Uuid, String, Vec<u8>)> = sqlx::query_as(AssertSqlSafe(format!(
        "select id, {context}, {column} from {table}
         where workspace_id = $1 and substring({column} from 2 for 4) <> $2
         order by id
         limit $3
         for update"
    )))
    .bind(workspace.0)
    .bind(key_id)
    .bind(limit)
    .fetch_all(db)
    .await?;
    let mut stale = Stale::default();
    for (id, context, value) in rows {
        stale.ids.push(id);
        stale.contexts.push(context);
        stale.values.push(value);
    }
    Ok(stale)
}

/// Whether there are such values. Waits for nobody.
pub async fn has_stale(db: impl PgExecutor<'_>, place: Place, workspace: WorkspaceId, key_id: &[u8]) -> Result<bool> {
    let Place { table, column, .. } = place;
    Ok(sqlx::query_scalar(AssertSqlSafe(format!(
        "select exists (select 1 from {table} where workspace_id = $1 and substring({column} from 2 for 4) <> $2)"
    )))
    .bind(workspace.0)
    .bind(key_id)
    .fetch_one(db)
    .await?)
}

/// Puts other values in the places of these.
pub async fn replace(
    db: impl PgExecutor<'_>,
    place: Place,
    workspace: WorkspaceId,
    ids: &[Uuid],
    values: &[Vec<u8>],
) -> Result<()> {
    let Place { table, column, .. } = place;
    sqlx::query(AssertSqlSafe(format!(
        "update {table} set {column} = sealed.value
         from unnest($2::uuid[], $3::bytea[]) as sealed (id, value)
         where {table}.workspace_id = $1 and {table}.id = sealed.id"
    )))
    .bind(workspace.0)
    .bind(ids)
    .bind(values)
    .execute(db)
    .await?;
    Ok(())
}
