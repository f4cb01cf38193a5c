//! The connection pool, the migrations and the questions about the server itself.

use std::time::Duration;

use sqlx::{
    Connection, FromRow, PgConnection, PgExecutor, PgPool,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::Instant;

use crate::server::{Error, Result};

/// Nobody waits longer for a connection: a caller has an answer within five seconds, if only that the database is away.
const ACQUIRE: Duration = Duration::from_secs(4);

/// A connection is asked whether it lives when it is given back. Before it is given out, it is asked again if that was so
/// long ago: under load every statement would cost two round trips otherwise.
const RESTED: Duration = Duration::from_secs(1);

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Opens a pool of up to `connections`. Waits up to 30 s for a server that is not up yet.
pub async fn connect(options: PgConnectOptions, connections: u32) -> Result<PgPool> {
    wait_until_open(&options).await?;
    Ok(connect_later(options, connections))
}

/// The same where the server is known to be up: connects when somebody asks.
pub fn connect_later(options: PgConnectOptions, connections: u32) -> PgPool {
    let options = options.application_name("flowpilot").options([("idle_in_transaction_session_timeout", "60s")]);
    let pool = PgPoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE);
    let pool = pool.test_before_acquire(false).before_acquire(|connection, meta| {
        Box::pin(async move {
            if meta.idle_for >= RESTED {
                connection.ping().await?;
            }
            Ok(true)
        })
    });
    pool.connect_lazy_with(options)
}

async fn wait_until_open(options: &PgConnectOptions) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let error = match PgConnection::connect_with(options).await {
            Ok(connection) => return Ok(connection.close().await?),
            Err(error) => error,
        };
        let may_come = is_starting(&error) || matches!(error, sqlx::Error::Io(_));
        if !may_come || Instant::now() > deadline {
            return Err(Error::internal(format!("cannot connect to the database: {error}; check DATABASE_URL")));
        }
        tracing::warn!(%error, "the database does not answer yet; trying again");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Whether the server is there but starts, recovers or stops (57P03, `cannot_connect_now`).
pub fn is_starting(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "57P03")
}

/// Brings the schema up to date and every table under its protection, as the owner. Whatever the number of replicas that
/// start together, an advisory lock lets one migrate while the others wait. Refuses a schema that is newer than this
/// program.
pub async fn migrate(pool: &PgPool) -> Result<()> {
    let done = MIGRATIONS.run(pool).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => Error::internal(format!(
            "the database has migration {version}, which this version of FlowPilot does not know; start a newer FlowPilot"
        )),
        MigrateError::VersionMismatch(version) => Error::internal(format!(
            "migration {version} was changed after it ran on this database; use a new database or the matching FlowPilot"
        )),
        error => Error::internal(format!("the database could not be migrated: {error}")),
    });
    done?;
    sqlx::query("select protect_tables()").execute(pool).await?;
    Ok(())
}

/// Whether the server answers.
pub async fn answers(db: impl PgExecutor<'_>) -> Result<()> {
    sqlx::query("select 1").execute(db).await?;
    Ok(())
}

/// The value of a setting such as `fsync`.
pub async fn setting(db: impl PgExecutor<'_>, name: &str) -> Result<String> {
    Ok(sqlx::query_scalar("select current_setting($1)").bind(name).fetch_one(db).await?)
}

/// Bytes of write-ahead log since the server was made.
pub async fn wal_bytes(db: impl PgExecutor<'_>) -> Result<i64> {
    Ok(sqlx::query_scalar("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint").fetch_one(db).await?)
}

/// The server's processes that work for this role or for everybody, as the system numbers them.
pub async fn processes(db: impl PgExecutor<'_>) -> Result<Vec<i32>> {
    Ok(sqlx::query_scalar("select pid from pg_stat_activity where pid is not null").fetch_all(db).await?)
}

/// How many updates of executions there were, and how many of them touched no index.
pub async fn updates_of_executions(db: impl PgExecutor<'_>) -> Result<(i64, i64)> {
    let statement = "select n_tup_upd, n_tup_hot_upd from pg_stat_user_tables where relname = 'executions'";
    Ok(sqlx::query_as(statement).fetch_one(db).await?)
}

/// What one statement took, over all its calls.
#[derive(FromRow)]
pub struct Statement {
    pub calls: i64,
    pub total_ms: f64,
    pub wal_bytes: f64,
    /// How it begins, on one line.
    pub text: String,
}

/// The statements on this database that took the most time, by `pg_stat_statements`: fails where that is not installed.
pub async fn costliest(db: impl PgExecutor<'_>, most: i64) -> Result<Vec<Statement>> {
    let statements = sqlx::query_as(
        r"select calls, total_exec_time as total_ms, wal_bytes::float8 as wal_bytes,
              left(regexp_replace(query, '\s+', ' ', 'g'), 120) as text
          from pg_stat_statements
          where dbid = (select oid from pg_database where datname = current_database()) and calls > 0
          order by total_exec_time desc
          limit $1",
    );
    Ok(statements.bind(most).fetch_all(db).await?)
}
