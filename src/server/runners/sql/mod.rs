//! Runs a statement in a database of the people's own. The statement is the workflow's, as written; data comes in by
//! parameters alone, so no value can become a part of it.

mod connect;
mod parameter;

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use sqlx::{
    AssertSqlSafe, Either, Executor, PgConnection, Row, SqlSafeStr, Statement, TypeInfo,
    postgres::{PgArguments, PgStatement},
};

use super::{Call, Outcome, RunError, kind_of};

/// Rows that one task hands on.
const MAX_ROWS: usize = 10_000;
/// Bytes of their JSON.
const MAX_BYTES: usize = 10 * 1024 * 1024;

pub async fn run(call: &Call) -> Result<Outcome, RunError> {
    let statement = call.text("statement")?.trim().trim_end_matches(';').to_owned();
    let turns = turns(call)?;
    let writes = call.text("access")? == "write";
    let mut connection = connect::open(call).await?;
    let begin = if writes { "begin" } else { "begin read only" };
    connection.execute(begin).await.map_err(told)?;
    let done = perform(&mut connection, &statement, turns).await.map_err(|error| in_its_field(call, error))?;
    connection.execute("commit").await.map_err(told)?;
    // The work is committed: whether the farewell arrives changes nothing.
    let _ = sqlx::Connection::close(connection).await;
    Ok(Outcome::done(json!({ "rows": done.rows, "affected": done.affected })))
}

/// Connects and leaves. Encrypted where that works, else without, which the way in allows within one's own network only.
pub async fn probe(mut call: Call) -> Result<String, RunError> {
    let mut last = None;
    for encryption in ["required", "off"] {
        call.parameters.insert("encryption".to_owned(), encryption.into());
        match connect::open(&call).await {
            Ok(mut connection) => {
                let of_whom = "select rolsuper, rolname from pg_roles where rolname = current_user";
                let row = connection.fetch_one(of_whom).await.map_err(told)?;
                let (is_super, name): (bool, String) = (row.try_get(0).map_err(told)?, row.try_get(1).map_err(told)?);
                let _ = sqlx::Connection::close(connection).await;
                let warning = if is_super { " It is a superuser: choose one that may do less." } else { "" };
                return Ok(format!("The database lets {name} in.{warning}"));
            }
            // That it is not let in says more than how it was reached.
            Err(error @ RunError::Fail { .. }) if is_about_login(&error) => return Err(error),
            Err(error) => last = last.or(Some(error)),
        }
    }
    Err(last.unwrap_or_else(|| RunError::fail("The database cannot be tried.")))
}

fn is_about_login(error: &RunError) -> bool {
    matches!(error, RunError::Fail { field: Some(field), .. } if field == "credential")
}

/// What is wrong with parameters is wrong in the field that gave them.
fn in_its_field(call: &Call, error: RunError) -> RunError {
    match error {
        RunError::Fail { message, field, details } => {
            let is_moved = field.as_deref() == Some("parameters") && call.parameters.contains_key("each");
            let field = if is_moved { Some("each".to_owned()) } else { field };
            RunError::Fail { message, field, details }
        }
        other => other,
    }
}

/// The parameters of each time that the statement runs: once, or once per item, all in one transaction.
fn turns(call: &Call) -> Result<Vec<Vec<Value>>, RunError> {
    if call.optional_text("runs")?.as_deref() == Some("per_item") {
        let items = call.items("items")?;
        let turns = call.per_item("each", items.len())?;
        return turns.into_iter().map(|turn| list(turn, "each")).collect();
    }
    Ok(vec![list(call.value("parameters"), "parameters")?])
}

fn list(value: Value, field: &str) -> Result<Vec<Value>, RunError> {
    match value {
        Value::Array(values) => Ok(values),
        Value::Null => Ok(Vec::new()),
        other => {
            let message = format!("Parameters are a list, such as [input.id, input.name], not {}.", kind_of(&other));
            Err(RunError::field(field, message))
        }
    }
}

#[derive(Default)]
struct Done {
    rows: Vec<Value>,
    bytes: usize,
    affected: u64,
}

async fn perform(connection: &mut PgConnection, text: &str, turns: Vec<Vec<Value>>) -> Result<Done, RunError> {
    let asked = connection.prepare(AssertSqlSafe(text.to_owned()).into_sql_str()).await.map_err(told)?;
    // Postgres itself turns rows into JSON, whatever their types.
    let prepared = match asked.columns().is_empty() {
        true => asked,
        false => {
            let wrapped = format!("with q as (\n{text}\n) select to_jsonb(q) from q");
            connection.prepare(AssertSqlSafe(wrapped).into_sql_str()).await.map_err(told)?
        }
    };
    let mut done = Done::default();
    for turn in turns {
        let arguments = arguments(&prepared, &turn)?;
        run_once(connection, &prepared, arguments, &mut done).await?;
    }
    Ok(done)
}

fn arguments(prepared: &PgStatement, values: &[Value]) -> Result<PgArguments, RunError> {
    let types = match prepared.parameters() {
        Some(Either::Left(types)) => types,
        _ => &[],
    };
    if types.len() != values.len() {
        let (wanted, given) = (types.len(), values.len());
        let message = format!("The statement has {wanted} parameters ($1, $2 …), but {given} values were given.");
        return Err(RunError::field("parameters", message));
    }
    let mut arguments = PgArguments::default();
    for (index, (kind, value)) in types.iter().zip(values).enumerate() {
        parameter::add(&mut arguments, kind.name(), value).map_err(|reason| {
            let message = format!("Parameter ${} {reason}", index + 1);
            RunError::field("parameters", message)
        })?;
    }
    Ok(arguments)
}

async fn run_once(
    connection: &mut PgConnection,
    prepared: &PgStatement,
    arguments: PgArguments,
    done: &mut Done,
) -> Result<(), RunError> {
    let mut found = connection.fetch_many(prepared.query_with(arguments));
    while let Some(step) = found.try_next().await.map_err(told)? {
        match step {
            Either::Left(result) => done.affected += result.rows_affected(),
            Either::Right(row) => {
                let row: Value = row.try_get(0).map_err(told)?;
                done.bytes += row.to_string().len();
                done.rows.push(row);
            }
        }
        if done.rows.len() > MAX_ROWS || done.bytes > MAX_BYTES {
            let message =
                "More than 10,000 rows or 10 MiB came out. Add a limit to the statement, and fetch the rest later.";
            return Err(RunError::field("statement", message));
        }
    }
    Ok(())
}

/// What is worth another attempt: a lost connection, a conflict with another transaction, a server without room.
fn told(error: sqlx::Error) -> RunError {
    let Some(refusal) = error.as_database_error() else {
        return match error {
            sqlx::Error::Tls(reason) => RunError::field("server", format!("No encrypted connection: {reason}.")),
            error => RunError::retry(format!("The database cannot be reached or broke off: {error}.")),
        };
    };
    let code = refusal.code().unwrap_or_default().into_owned();
    let message = format!("The database answered {code}: {}.", refusal.message().trim_end_matches('.'));
    let details = json!({ "code": code, "constraint": refusal.constraint() });
    let is_passing = ["08", "40", "53", "57P0"].iter().any(|class| code.starts_with(class)) || code == "55P03";
    if is_passing {
        return RunError::Retry { message, details, after: None };
    }
    let field = match code.get(..2) {
        Some("28") => "credential",
        Some("3D") => "server",
        Some("22" | "23") => "parameters",
        _ if code == "25006" => "access",
        _ => "statement",
    };
    RunError::Fail { message, field: Some(field.to_owned()), details }
}
