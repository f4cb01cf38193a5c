//! MySQL and MariaDB.

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use sqlx::{
    Arguments, AssertSqlSafe, ConnectOptions, Either, Executor, MySqlConnection, SqlSafeStr, Statement as _,
    mysql::{MySqlArguments, MySqlConnectOptions, MySqlDatabaseError, MySqlSslMode, MySqlStatement},
};

use super::{
    Done, connect, mysql_row,
    plan::{Insert, Plan, Work, check_count},
    server::Server,
};
use crate::server::{
    egress::{CONNECT_TIMEOUT, is_about_tls},
    runners::{Call, RunError},
};

/// Parameters of one statement.
const MAX_PARAMETERS: usize = 60_000;

pub async fn run(call: &Call, server: &Server, plan: Plan) -> Result<Done, RunError> {
    let mut connection = open(call, server).await?;
    limit(&mut connection, plan.writes).await?;
    connection.execute("start transaction").await.map_err(told)?;
    let mut done = Done::default();
    match &plan.work {
        Work::Statements(statements) => {
            for statement in statements {
                done.next_statement();
                let prepared = prepare(&mut connection, statement.text.clone()).await?;
                for turn in &statement.turns {
                    run_once(&mut connection, &prepared, turn, &mut done).await?;
                }
            }
        }
        Work::Insert(insert) => put(&mut connection, insert, &mut done).await?,
    }
    connection.execute("commit").await.map_err(told)?;
    // The work is committed: whether the farewell arrives changes nothing.
    let _ = sqlx::Connection::close(connection).await;
    Ok(done)
}

/// By the same rules as Postgres: near by the checked address, far encrypted and by the name that the certificate has.
async fn open(call: &Call, server: &Server) -> Result<MySqlConnection, RunError> {
    let mut last = RunError::retry(format!("{} has no address.", server.host));
    for address in server.addresses(call).await? {
        let (encrypted, secret) = (server.is_encrypted(call, address)?, server.login(call)?);
        let mut options = MySqlConnectOptions::new()
            .port(server.port)
            .database(&server.database)
            .username(secret.value_for(&server.host, "username")?)
            .password(secret.value_for(&server.host, "password")?)
            .statement_cache_capacity(0)
            .pipes_as_concat(false)
            .disable_statement_logging();
        options = match encrypted {
            false => options.host(&address.ip().to_string()).ssl_mode(MySqlSslMode::Disabled),
            true => options.host(&server.host).ssl_mode(MySqlSslMode::VerifyIdentity),
        };
        if let (true, Some(authorities)) = (encrypted, connect::authorities(call)) {
            options = options.ssl_ca_from_pem(authorities);
        }
        match tokio::time::timeout(CONNECT_TIMEOUT, options.connect()).await {
            Ok(Ok(connection)) => return Ok(connection),
            Ok(Err(error)) => last = told(error),
            Err(_elapsed) => last = RunError::retry(format!("{} did not answer within 5 s.", server.host)),
        }
    }
    Err(last)
}

/// Kept by the server, also where this side has gone away meanwhile. MySQL and MariaDB call the limit of a statement by
/// different names; the one that does not know the name ignores the comment.
async fn limit(connection: &mut MySqlConnection, writes: bool) -> Result<(), RunError> {
    for set in [
        "set session innodb_lock_wait_timeout = 5, session lock_wait_timeout = 5, session wait_timeout = 60",
        "/*M! set session max_statement_time = 30 */",
        "/*!50708 set session max_execution_time = 30000 */",
    ] {
        // A server without the setting works without it.
        let _ = connection.execute(set).await;
    }
    if !writes {
        connection.execute("set session transaction read only").await.map_err(told)?;
    }
    Ok(())
}

async fn prepare(connection: &mut MySqlConnection, text: String) -> Result<MySqlStatement, RunError> {
    connection.prepare(AssertSqlSafe(text).into_sql_str()).await.map_err(told)
}

async fn put(connection: &mut MySqlConnection, insert: &Insert, done: &mut Done) -> Result<(), RunError> {
    done.next_statement();
    let first = insert.columns.quoted('`').swap_remove(0);
    // Setting a column to itself changes nothing, and hides no other error, as “ignore” would.
    let conflicts = if insert.skips { format!(" on duplicate key update {first} = {first}") } else { String::new() };
    for rows in insert.rows.chunks(insert.rows_at_once(MAX_PARAMETERS)) {
        let text = format!("{} values {}{conflicts}", insert.head('`'), insert.places(rows.len()));
        let prepared = prepare(connection, text).await?;
        let values: Vec<_> = rows.iter().flat_map(|row| insert.values(row)).collect();
        run_once(connection, &prepared, &values, done).await?;
    }
    Ok(())
}

async fn run_once(
    connection: &mut MySqlConnection,
    prepared: &MySqlStatement,
    values: &[Value],
    done: &mut Done,
) -> Result<(), RunError> {
    let wanted = match prepared.parameters() {
        Some(Either::Right(count)) => count,
        _ => 0,
    };
    check_count(wanted, values.len(), "?, ? …")?;
    let mut arguments = MySqlArguments::default();
    for (index, value) in values.iter().enumerate() {
        add(&mut arguments, value).map_err(|reason| {
            RunError::field("parameters", format!("Parameter {} cannot be sent: {reason}.", index + 1))
        })?;
    }
    let mut found = connection.fetch_many(prepared.query_with(arguments));
    while let Some(step) = found.try_next().await.map_err(told)? {
        match step {
            Either::Left(result) => done.affected(result.rows_affected()),
            Either::Right(row) => {
                done.row(mysql_row::value(&row).map_err(told)?)?;
                done.affected(1);
            }
        }
    }
    Ok(())
}

/// Lists and objects are sent as JSON.
fn add(arguments: &mut MySqlArguments, value: &Value) -> Result<(), String> {
    let added = match value {
        Value::Null => arguments.add(None::<String>),
        Value::Bool(flag) => arguments.add(*flag),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => arguments.add(whole),
            (_, Some(whole)) => arguments.add(whole),
            _ => arguments.add(number.as_f64()),
        },
        Value::String(text) => arguments.add(text.as_str()),
        other => arguments.add(other.to_string()),
    };
    added.map_err(|error| error.to_string())
}

fn told(error: sqlx::Error) -> RunError {
    let Some(refusal) = error.as_database_error() else {
        return match error {
            sqlx::Error::Tls(reason) => RunError::field("server", format!("No encrypted connection: {reason}.")),
            sqlx::Error::Io(reason) if is_about_tls(&reason) => {
                RunError::field("server", format!("No encrypted connection: {reason}."))
            }
            sqlx::Error::Configuration(reason) => RunError::field("server", format!("{reason}.")),
            error => RunError::retry(format!("The database cannot be reached or broke off: {error}.")),
        };
    };
    let state = refusal.code().unwrap_or_default().into_owned();
    let number = refusal.try_downcast_ref::<MySqlDatabaseError>().map_or(0, MySqlDatabaseError::number);
    let message = format!("The database answered {number} ({state}): {}.", refusal.message().trim_end_matches('.'));
    let details = json!({ "code": number, "state": state });
    match number {
        // Locks, deadlocks, too many connections, a server that is shutting down.
        1205 | 1213 | 1040 | 1053 | 1203 | 1226 => RunError::Retry { message, details, after: None },
        number => {
            let field = match number {
                1044 | 1045 | 1698 => "credential",
                1049 => "server",
                1792 => "access",
                1046 | 1048 | 1062 | 1216 | 1217 | 1264 | 1292 | 1366 | 1406 | 1451 | 1452 | 4025 => "parameters",
                _ => "statement",
            };
            RunError::Fail { message, field: Some(field.to_owned()), details }
        }
    }
}
