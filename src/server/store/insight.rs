//! What was written of past executions, as far as insight reads it: newest first, each journal up to a limit, and of what is
//! too large only how it begins.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{FromRow, PgExecutor};
use uuid::Uuid;

use crate::{
    domain::{
        event::Event,
        id::{ExecutionId, WorkflowId, WorkspaceId},
    },
    server::{
        Result,
        store::journal::{day_of, lines},
    },
};

/// The newest executions of the workflow among which those of a version are looked for.
const AMONG: i64 = 20_000;

/// What is read of one journal, at most.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub rows: i64,
    /// Of all rows together, without those that are too large.
    pub bytes: i64,
    /// A row with more is too large.
    pub row_bytes: i32,
}

/// One execution's journal, as far as it was read.
pub struct Journal {
    rows: Vec<JournalRow>,
}

/// The newest executions of this version that are over, newest first; version 0: of drafts.
pub async fn finished(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    workflow: WorkflowId,
    version: i32,
    limit: i64,
) -> Result<Vec<ExecutionId>> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "select id
         from (select id, version, finished_at from executions
               where workspace_id = $1 and workflow_id = $2
               order by id desc
               limit $5) newest
         where version = $3 and finished_at is not null
         order by id desc
         limit $4",
    )
    .bind(workspace.0)
    .bind(workflow.0)
    .bind(version)
    .bind(limit)
    .bind(AMONG)
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().map(ExecutionId).collect())
}

/// Their journals, in the order of the executions; one of which nothing is left is not among them.
pub async fn journals(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    executions: &[ExecutionId],
    bounds: Bounds,
) -> Result<Vec<Journal>> {
    let ids: Vec<Uuid> = executions.iter().map(|execution| execution.0).collect();
    let days: Vec<NaiveDate> = executions.iter().map(|execution| day_of(*execution)).collect();
    // The length of a text is known without reading it.
    let rows: Vec<JournalRow> = sqlx::query_as(
        "select wanted.id, j.seq, j.at, j.bytes,
             case when j.bytes <= $4 then j.body end as body,
             case when j.bytes > $4 then left(j.body, 400) end as head
         from unnest($2::uuid[], $3::date[]) with ordinality as wanted (id, day, place)
         join executions e on e.workspace_id = $1 and e.id = wanted.id
         cross join lateral (
             select r.seq, r.at, r.body, r.bytes,
                 sum(case when r.bytes <= $4 then r.bytes else 0 end) over (order by r.seq) as so_far
             from (select seq, at, body, octet_length(body) as bytes
                   from journal
                   where execution_id = wanted.id and day = wanted.day
                   order by seq
                   limit $5) r) j
         where j.so_far <= $6
         order by wanted.place, j.seq",
    )
    .bind(workspace.0)
    .bind(ids)
    .bind(days)
    .bind(bounds.row_bytes)
    .bind(bounds.rows)
    .bind(bounds.bytes)
    .fetch_all(db)
    .await?;
    let mut journals: Vec<Journal> = Vec::new();
    for row in rows {
        match journals.last_mut().filter(|journal| journal.rows.last().is_some_and(|last| last.id == row.id)) {
            Some(journal) => journal.rows.push(row),
            None => journals.push(Journal { rows: vec![row] }),
        }
    }
    Ok(journals)
}

#[derive(FromRow)]
struct JournalRow {
    id: Uuid,
    seq: i32,
    at: DateTime<Utc>,
    bytes: i32,
    body: Option<String>,
    /// How the body begins, where it is too large.
    head: Option<String>,
}

impl Journal {
    /// How much was read of it.
    pub fn bytes(&self) -> usize {
        self.rows.iter().filter_map(|row| row.body.as_ref().or(row.head.as_ref())).map(String::len).sum()
    }

    /// Its events; what was too large has a stub for its data.
    pub fn events(self) -> Result<Vec<Event>> {
        let mut events = Vec::new();
        for JournalRow { seq, at, bytes, body, head, .. } in self.rows {
            match (body, head) {
                (Some(body), _) => events.extend(lines::events((seq, at, body))?),
                (None, head) => {
                    let bytes = usize::try_from(bytes).unwrap_or_default();
                    events.extend(head.and_then(|head| lines::beginning(seq, at, &head, bytes)));
                }
            }
        }
        Ok(events)
    }
}
