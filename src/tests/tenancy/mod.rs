//! Row-level security: what a handler's transaction of one workspace can reach of another's, table by table.

mod access;
mod seeds;

use std::collections::BTreeMap;

use flowpilot::{
    domain::id::WorkspaceId,
    server::store::{access::Access, tenants::WorkspaceTx},
};
use rand::RngExt;
use sqlx::{AssertSqlSafe, PgPool};

use super::support::{self, TestDatabase};
use seeds::SEEDS;

/// The tables that belong to no workspace: the program's own, and people, of whom handlers may know name and address.
const GLOBAL: [&str; 7] =
    ["_sqlx_migrations", "instance_keys", "lanes", "login_failures", "replicas", "setup_tokens", "users"];

/// What the engine keeps for itself, and logins.
const HIDDEN: [&str; 8] = ["buckets", "holds", "inbox", "offers", "results", "sessions", "timers", "waits"];

/// What handlers read and the engine, or whoever finds out who calls, writes.
const READ_ONLY: [&str; 5] = ["breakers", "executions", "journal", "members", "workspaces"];

/// What Postgres answers to a statement that needs a right that is missing, or breaks a policy.
const REFUSED: &str = "42501";

/// A database with a row of each of two workspaces in every tenant table, as handlers meet it.
struct House {
    database: TestDatabase,
    access: Access,
    ours: WorkspaceId,
    theirs: WorkspaceId,
}

impl House {
    async fn built() -> Self {
        let database = support::database().await;
        let [ours, theirs] = [(); 2].map(|()| WorkspaceId(uuid::Uuid::now_v7()));
        seeds::plant(&database.pool, ours).await;
        seeds::plant(&database.pool, theirs).await;
        let access = Access::by(&database.url.parse().unwrap(), 2).await.unwrap();
        Self { database, access, ours, theirs }
    }

    async fn at_ours(&self) -> WorkspaceTx {
        self.access.tenants.begin(self.ours).await.unwrap()
    }
}

#[derive(sqlx::FromRow)]
struct Table {
    name: String,
    is_partition: bool,
    is_protected: bool,
    policies: Vec<String>,
    has_workspace: bool,
    first_column: String,
}

async fn tables(pool: &PgPool) -> Vec<Table> {
    let catalogue = "select relname as name, relispartition as is_partition,
             relrowsecurity and relforcerowsecurity as is_protected,
             array(select polname::text from pg_policy where polrelid = c.oid order by 1) as policies,
             exists (select from pg_attribute where attrelid = c.oid and attname = 'workspace_id') as has_workspace,
             (select attname from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped
                  and attidentity = '' order by attnum limit 1) as first_column
         from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by relname";
    sqlx::query_as(catalogue).fetch_all(pool).await.unwrap()
}

fn tenant_tables(all: Vec<Table>) -> Vec<Table> {
    all.into_iter().filter(|table| !GLOBAL.contains(&table.name.as_str()) && !table.is_partition).collect()
}

#[tokio::test]
async fn every_table_is_protected_or_belongs_to_no_workspace() {
    let database = support::database().await;
    sqlx::query("select make_journal_day('2031-01-01')").execute(&database.as_engine()).await.unwrap();
    let all = tables(&database.pool).await;
    assert!(all.iter().any(|table| table.name == "journal_20310101"), "a day that was made later counts too");
    for table in &all {
        let is_global = GLOBAL.contains(&table.name.as_str());
        assert_eq!(table.is_protected, !is_global, "{}", table.name);
        let policies: &[&str] = if is_global { &[] } else { &["engine", "owner", "workspace"] };
        assert_eq!(table.policies, policies, "{}", table.name);
    }
    let seeded: Vec<&str> = SEEDS.iter().map(|seed| seed.table).collect();
    let unseeded: Vec<String> = tenant_tables(all).into_iter().map(|table| table.name).collect();
    let unseeded: Vec<_> = unseeded.iter().filter(|name| !seeded.contains(&name.as_str())).collect();
    assert!(unseeded.is_empty(), "give these tables a row in seeds.rs: {unseeded:?}");
}

#[tokio::test]
async fn without_a_workspace_every_tenant_table_is_empty() {
    let house = House::built().await;
    let mut session = house.database.pool.acquire().await.unwrap();
    sqlx::raw_sql("set app.engine = ''; set role flowpilot_app").execute(&mut *session).await.unwrap();
    for table in tenant_tables(tables(&house.database.pool).await) {
        let count = format!("select count(*) from {}", table.name);
        let seen: sqlx::Result<i64> = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut *session).await;
        assert_eq!(seen.map_err(|error| code(&error)), visible(&table.name, 0), "{}", table.name);
    }
    // It belongs to nobody else after this.
    drop(session.detach());
}

#[tokio::test]
async fn a_transaction_sees_its_own_rows_and_changes_no_others() {
    let house = House::built().await;
    for Table { name, first_column, .. } in tenant_tables(tables(&house.database.pool).await) {
        let mut tx = house.at_ours().await;
        let count = AssertSqlSafe(format!("select count(*) from {name}"));
        let seen: sqlx::Result<i64> = sqlx::query_scalar(count).fetch_one(&mut *tx).await;
        assert_eq!(seen.map_err(|error| code(&error)), visible(&name, 1), "{name}");
        drop(tx);
        for statement in [format!("update {name} set {first_column} = {first_column}"), format!("delete from {name}")] {
            let mut tx = house.at_ours().await;
            let done = sqlx::query(AssertSqlSafe(statement.clone())).execute(&mut *tx).await;
            let changed = done.map(|done| done.rows_affected()).map_err(|error| code(&error));
            let may_change = !HIDDEN.contains(&name.as_str()) && !READ_ONLY.contains(&name.as_str());
            assert_eq!(changed, if may_change { Ok(1) } else { Err(REFUSED.to_owned()) }, "{statement}");
        }
    }
}

#[tokio::test]
async fn a_transaction_puts_no_row_into_another_workspace() {
    let house = House::built().await;
    for seed in SEEDS {
        let mut tx = house.at_ours().await;
        let refusal = seed.sow(&mut *tx, house.theirs, uuid::Uuid::now_v7()).await.unwrap_err();
        assert_eq!(code(&refusal), REFUSED, "{}: {refusal}", seed.table);
    }
    for table in tenant_tables(tables(&house.database.pool).await).iter().filter(|table| table.has_workspace) {
        let mut tx = house.at_ours().await;
        let give_away = format!("update {} set workspace_id = '{}'", table.name, house.theirs);
        let refusal = sqlx::query(AssertSqlSafe(give_away)).execute(&mut *tx).await.unwrap_err();
        assert_eq!(code(&refusal), REFUSED, "{}: {refusal}", table.name);
    }
}

#[tokio::test]
async fn handlers_reach_no_partition_no_password_and_no_duty_of_the_owner() {
    let house = House::built().await;
    let partitions = tables(&house.database.pool).await.into_iter().filter(|table| table.is_partition);
    let mut refused: Vec<String> = partitions.map(|table| format!("select from {}", table.name)).collect();
    assert!(refused.len() > 8, "the journal has its days");
    refused.extend(GLOBAL.iter().map(|name| format!("select * from {name}")));
    let duties = ["make_journal_day('2030-01-01')", "drop_journal_day('2030-01-01')", "protect_tables()"];
    refused.extend(duties.map(|call| format!("select {call}")));
    for statement in refused {
        let mut tx = house.at_ours().await;
        let refusal = sqlx::query(AssertSqlSafe(statement.clone())).execute(&mut *tx).await.unwrap_err();
        assert_eq!(code(&refusal), REFUSED, "{statement}: {refusal}");
    }
}

#[tokio::test]
async fn a_connection_that_served_one_workspace_shows_another_nothing_of_it() {
    let house = House::built().await;
    let mut pids = BTreeMap::<i32, u32>::new();
    for _ in 0..1_000 {
        let mut tx = house.at_ours().await;
        match rand::rng().random_range(0..4) {
            0 => tx.commit().await.unwrap(),
            1 => drop(tx),
            2 => {
                sqlx::query("select 1 / 0").execute(&mut *tx).await.unwrap_err();
                drop(tx);
            }
            _ => {
                sqlx::query("update workflows set name = name").execute(&mut *tx).await.unwrap();
                tx.commit().await.unwrap();
            }
        }
        let mut tx = house.access.tenants.begin(house.theirs).await.unwrap();
        let look = "select pg_backend_pid(), array(select workspace_id from executions)";
        let (pid, seen): (i32, Vec<uuid::Uuid>) = sqlx::query_as(look).fetch_one(&mut *tx).await.unwrap();
        assert_eq!(seen, [house.theirs.0]);
        *pids.entry(pid).or_default() += 1;
    }
    assert_eq!(pids.len(), 1, "all of it happened on one connection: {pids:?}");
}

/// So many rows, or a refusal where handlers have no business.
fn visible(table: &str, rows: i64) -> Result<i64, String> {
    if HIDDEN.contains(&table) { Err(REFUSED.to_owned()) } else { Ok(rows) }
}

fn code(error: &sqlx::Error) -> String {
    error.as_database_error().and_then(|error| error.code()).map(Into::into).unwrap_or_default()
}
