//! The one statement that writes a batch. It has only the parts that the batch needs: Postgres makes ready each part of a
//! statement each time, whether rows come or not.

use std::{borrow::Cow, sync::OnceLock};

use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::{
    Entry, Fence,
    columns::{ChangedColumns, LetterColumns, LineColumns, NewColumns, TimerColumns, WaitColumns},
};
use crate::{
    domain::execution::ExecutionStatus,
    server::{
        Result,
        fault::{self, Fault},
    },
};

/// Writes the entries in one commit. False: the fence is gone and nothing was written.
///
/// One statement without BEGIN and COMMIT round trips: natural batching is the group commit (engine.md, fact 3).
/// Bodies go as text arrays, cast in SQL (fact 6). A row inserted in the statement is invisible to its update, so a
/// new execution is inserted with the status it has at the end of the batch. `is not distinct from` keeps the planner from
/// beginning with all executions of the replica, which it takes for few: no index serves it.
pub async fn append(connection: &mut PgConnection, fence: Fence, entries: &[Entry]) -> Result<bool> {
    let mut new = NewColumns::default();
    let mut changed = ChangedColumns::default();
    let mut lines = LineColumns::default();
    let mut timers = TimerColumns::default();
    let mut letters = LetterColumns::default();
    let mut waits = WaitColumns::default();
    let mut failed = false;
    for entry in entries {
        match (&entry.new, &entry.standing) {
            (Some(execution), standing) => new.push(entry, execution, standing.as_ref())?,
            (None, Some(standing)) => changed.push(entry, standing),
            (None, None) => {}
        }
        failed |= entry.standing.as_ref().is_some_and(|standing| standing.status == ExecutionStatus::Failed);
        timers.push(entry);
        waits.push(entry);
        letters.push(entry);
        lines.push(entry.execution, &entry.events)?;
    }
    let shape = Shape {
        new: !new.ids.is_empty(),
        changed: !changed.ids.is_empty(),
        failed,
        timers: !timers.ids.is_empty(),
        letters: !letters.to.is_empty(),
        waits: !waits.ids.is_empty(),
    };
    let statement = match fault::is_set(Fault::NoFence) {
        true => Cow::Owned(without_fence(shape.statement())),
        false => Cow::Borrowed(shape.statement()),
    };
    let mut query = sqlx::query(AssertSqlSafe(statement))
        .bind(fence.replica.0)
        .bind(fence.lane)
        .bind(fence.epoch)
        .bind(lines.ids)
        .bind(lines.seqs)
        .bind(lines.days)
        .bind(lines.ats)
        .bind(lines.bodies);
    if shape.new {
        query = query.bind(new.workspaces).bind(new.ids).bind(new.workflows).bind(new.versions).bind(new.drafts);
        query = query.bind(new.statuses).bind(new.vias).bind(new.keys).bind(new.created_at).bind(new.finished_at);
        query = query.bind(new.errors).bind(new.asleep);
    }
    if shape.changed {
        query = query.bind(changed.ids).bind(changed.statuses).bind(changed.finished_at).bind(changed.errors);
        query = query.bind(changed.asleep);
    }
    if shape.timers {
        query = query.bind(timers.ids).bind(timers.due_at);
    }
    if shape.letters {
        query = query.bind(letters.to).bind(letters.bodies);
    }
    if shape.waits {
        query = query.bind(waits.ids).bind(waits.runs).bind(waits.workspaces).bind(waits.names).bind(waits.keys);
    }
    let row = query.fetch_one(connection).await?;
    Ok(row.try_get::<i64, _>(0)? == 1)
}

/// What a batch brings beside lines.
#[derive(Clone, Copy, Debug, Default)]
struct Shape {
    new: bool,
    changed: bool,
    /// Something in it failed.
    failed: bool,
    timers: bool,
    letters: bool,
    waits: bool,
}

static STATEMENTS: [OnceLock<String>; 64] = [const { OnceLock::new() }; 64];

impl Shape {
    fn statement(self) -> &'static str {
        let all = [self.new, self.changed, self.failed, self.timers, self.letters, self.waits];
        let number = all.iter().fold(0, |number, part| number * 2 + usize::from(*part));
        STATEMENTS[number].get_or_init(|| self.text())
    }

    fn text(self) -> String {
        let mut text = format!("with {FENCE}, {LINES}");
        let mut parameters = 8;
        let mut add = |part: &str, count: usize| {
            text.push_str(", ");
            // From the last on: #1 stands in #12.
            let numbered = (1..=count).rev().fold(part.to_owned(), |part, number| {
                part.replace(&format!("#{number}"), &format!("${}", parameters + number))
            });
            text.push_str(&numbered);
            parameters += count;
        };
        if self.new {
            add(NEW, 12);
        }
        if self.changed {
            add(CHANGED, 5);
        }
        if self.timers {
            add(TIMED, 2);
        }
        if self.letters {
            add(TOLD, 2);
        }
        if self.waits {
            add(WAITING, 5);
        }
        if self.failed {
            let ended = match (self.new, self.changed) {
                (true, true) => "select * from new union all select * from changed",
                (true, false) => "select * from new",
                _ => "select * from changed",
            };
            add(&DEAD.replace("#ended", ended), 0);
        }
        text + " select count(*) from fence"
    }
}

const FENCE: &str = "\
fence as materialized (
    select 1 from lanes where replica_id = $1 and lane = $2 and epoch = $3 for no key update
)";

const LINES: &str = "\
lines as (
    insert into journal (execution_id, seq, day, at, body)
    select u.* from fence, unnest($4::uuid[], $5::int[], $6::date[], $7::timestamptz[], $8::text[]) as u
)";

const NEW: &str = "\
new as (
    insert into executions (workspace_id, id, workflow_id, version, definition, status, started_via,
                            idempotency_key, created_at, finished_at, error, replica_id)
    select u.workspace, u.id, u.workflow, u.version, u.draft::json, u.status, u.via, u.key, u.created_at,
           u.finished_at, u.error, case when u.asleep then null else $1 end
    from fence, unnest(#1::uuid[], #2::uuid[], #3::uuid[], #4::int[], #5::text[], #6::text[], #7::text[],
                       #8::text[], #9::timestamptz[], #10::timestamptz[], #11::text[], #12::bool[])
        as u (workspace, id, workflow, version, draft, status, via, key, created_at, finished_at, error, asleep)
    returning workspace_id, id, workflow_id, status, finished_at
)";

const CHANGED: &str = "\
changed as (
    update executions e set status = u.status, finished_at = u.finished_at, error = u.error,
                            replica_id = case when u.asleep then null else $1 end
    from fence, unnest(#1::uuid[], #2::text[], #3::timestamptz[], #4::text[], #5::bool[])
        as u (id, status, finished_at, error, asleep)
    where e.id = u.id and e.replica_id is not distinct from $1
    returning e.workspace_id, e.id, e.workflow_id, e.status, e.finished_at
)";

const TIMED: &str = "\
timed as (
    insert into timers (execution_id, due_at)
    select u.* from fence, unnest(#1::uuid[], #2::timestamptz[]) as u
    on conflict (execution_id) do update set due_at = excluded.due_at
)";

const TOLD: &str = "\
told as (
    insert into inbox (execution_id, body)
    select u.* from fence, unnest(#1::uuid[], #2::text[]) as u
)";

const WAITING: &str = "\
waiting as (
    insert into waits (execution_id, run, workspace_id, name, key)
    select u.* from fence, unnest(#1::uuid[], #2::text[], #3::uuid[], #4::text[], #5::text[]) as u
    on conflict (execution_id, run) do update set name = excluded.name, key = excluded.key
)";

const DEAD: &str = "\
dead as (
    insert into dead_letters (workspace_id, execution_id, workflow_id, failed_at)
    select workspace_id, id, workflow_id, finished_at from (#ended) ended
    where status = 'failed'
    on conflict (execution_id) do nothing
)";

/// What the statement would be without its fence: the reliability suite has to notice.
fn without_fence(statement: &str) -> String {
    let fence = "select 1 from lanes where replica_id = $1 and lane = $2 and epoch = $3 for no key update";
    statement.replace(fence, "select 1 where $1::uuid is not null and $2::int is not null and $3::int is not null")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_numbered_through_whatever_parts_there_are() {
        for number in 0..64 {
            let is = |bit: u32| number >> bit & 1 == 1;
            let shape =
                Shape { new: is(0), changed: is(1), failed: is(2), timers: is(3), letters: is(4), waits: is(5) };
            let counts = [(shape.new, 12), (shape.changed, 5), (shape.timers, 2), (shape.letters, 2), (shape.waits, 5)];
            let count = 8 + counts.into_iter().filter(|(is, _)| *is).map(|(_, count)| count).sum::<usize>();
            let text = shape.text();
            assert!(!text.contains('#'), "{text}");
            for parameter in 1..=count + 1 {
                let found = text
                    .split(&format!("${parameter}"))
                    .skip(1)
                    .any(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
                assert_eq!(found, parameter <= count, "${parameter} of {shape:?}");
            }
        }
    }
}
