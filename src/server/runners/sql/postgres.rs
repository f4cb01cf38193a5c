//! Postgres. It turns rows into JSON itself, and JSON into rows, whatever their types.

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use sqlx::{
    Arguments, AssertSqlSafe, Either, Executor, PgConnection, Row, SqlSafeStr, Statement as _, TypeInfo,
    postgres::{PgArguments, PgStatement},
};

use super::{
    Done, connect, parameter,
    plan::{Insert, Plan, Statement, Work, check_count},
    server::Server,
};
use crate::server::runners::{Call, RunError};

pub async fn run(call: &Call, server: &Server, plan: Plan) -> Result<Done, RunError> {
    let mut connection = connect::open(call, server, plan.writes).await?;
    connection.execute("begin").await.map_err(told)?;
    let mut done = Done::default();
    match &plan.work {
        Work::Statements(statements) => {
            for statement in statements {
                done.next_statement();
                perform(&mut connection, statement, &mut done).await?;
            }
        }
        Work::Insert(insert) => put(&mut connection, insert, &mut done).await?,
    }
    connection.execute("commit").await.map_err(told)?;
    // The work is committed: whether the farewell arrives changes nothing.
    let _ = sqlx::Connection::close(connection).await;
    Ok(done)
}

async fn perform(connection: &mut PgConnection, statement: &Statement, done: &mut Done) -> Result<(), RunError> {
    let text = &statement.text;
    let asked = prepare(connection, text.clone()).await?;
    let prepared = match asked.columns().is_empty() {
        true => asked,
        false => prepare(connection, format!("with q as (\n{text}\n) select to_jsonb(q) from q")).await?,
    };
    for turn in &statement.turns {
        let arguments = arguments(&prepared, turn)?;
        run_once(connection, &prepared, arguments, done).await?;
    }
    Ok(())
}

async fn prepare(connection: &mut PgConnection, text: String) -> Result<PgStatement, RunError> {
    connection.prepare(AssertSqlSafe(text).into_sql_str()).await.map_err(told)
}

/// Postgres reads the columns out of the objects, by their types.
async fn put(connection: &mut PgConnection, insert: &Insert, done: &mut Done) -> Result<(), RunError> {
    done.next_statement();
    let (table, columns) = (insert.table.quoted('"'), insert.columns.quoted('"').join(", "));
    let conflicts = if insert.skips { " on conflict do nothing" } else { "" };
    let text =
        format!("{} select {columns} from jsonb_populate_recordset(null::{table}, $1){conflicts}", insert.head('"'));
    let prepared = prepare(connection, text).await.map_err(about_table)?;
    for rows in insert.rows.chunks(1_000) {
        let rows: Vec<_> = rows.iter().map(|row| insert.members(row)).collect();
        let mut arguments = PgArguments::default();
        let added = arguments.add(Value::from(rows));
        added.map_err(|error| RunError::field("items", format!("The items cannot be sent: {error}.")))?;
        run_once(connection, &prepared, arguments, done).await?;
    }
    Ok(())
}

/// There is no statement that somebody wrote.
fn about_table(error: RunError) -> RunError {
    match error {
        RunError::Fail { message, details, .. } => RunError::Fail { message, field: Some("table".to_owned()), details },
        other => other,
    }
}

fn arguments(prepared: &PgStatement, values: &[Value]) -> Result<PgArguments, RunError> {
    let types = match prepared.parameters() {
        Some(Either::Left(types)) => types,
        _ => &[],
    };
    check_count(types.len(), values.len(), "$1, $2 …")?;
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
            Either::Left(result) => done.affected(result.rows_affected()),
            Either::Right(row) => done.row(row.try_get(0).map_err(told)?)?,
        }
    }
    Ok(())
}

/// What is worth another attempt: a lost connection, a conflict with another transaction, a server without room.
pub fn told(error: sqlx::Error) -> RunError {
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
        _ if code == "42601" && refusal.message().contains("multiple commands") => {
            let message = format!("{message} Choose “several statements” and put a line --- between them.");
            return RunError::Fail { message, field: Some("statement".to_owned()), details };
        }
        _ => "statement",
    };
    RunError::Fail { message, field: Some(field.to_owned()), details }
}
