//! SQLite: a file of the workspace, or a database in memory that ends with the task. It opens that one file and no other,
//! loads nothing, and is stopped when it takes long.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rusqlite::{
    Connection, ErrorCode, OpenFlags, Statement,
    hooks::{AuthAction, AuthContext, Authorization},
    limits::Limit,
    types::{Null, ValueRef},
};
use serde_json::{Map, Value, json};

use super::{
    Done,
    plan::{Insert, Plan, Work, check_count},
    server::Server,
};
use crate::server::{
    files::MAX_FILE,
    runners::{Call, RunError, binary::Binary, file, number_of},
};

/// It keeps a core busy, so it gets less time than a server would.
const MOST_TIME: Duration = Duration::from_secs(10);
const LOCK_TIME: Duration = Duration::from_secs(2);
const PAGE: u64 = 4_096;
/// Bytes of one value.
const MAX_VALUE: i32 = 10 * 1024 * 1024;
/// Parameters of one statement.
const MAX_PARAMETERS: usize = 30_000;
/// Instructions between two looks at the clock.
const PACE: i32 = 10_000;
/// What may be asked about tables; everything else that a pragma does is refused.
const HARMLESS: [&str; 6] = ["table_info", "table_xinfo", "table_list", "index_list", "index_info", "foreign_key_list"];

pub async fn run(call: &Arc<Call>, server: Server, plan: Plan) -> Result<Done, RunError> {
    let gone = Gone::default();
    let (is_gone, theirs) = (gone.0.clone(), call.clone());
    let done = call.compute.run(move || perform(&theirs, &server, &plan, is_gone)).await;
    done.unwrap_or_else(|| Err(RunError::fail("The database broke what reads it. FlowPilot's log says more.")))
}

/// Tells the statement under way that nobody waits for it any more.
#[derive(Default)]
struct Gone(Arc<AtomicBool>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn perform(call: &Call, server: &Server, plan: &Plan, is_gone: Arc<AtomicBool>) -> Result<Done, RunError> {
    let mut connection = open(call, server, plan.writes)?;
    confine(&connection, is_gone).map_err(told)?;
    let transaction = connection.transaction().map_err(told)?;
    transaction.authorizer(Some(allow)).map_err(told)?;
    let mut done = Done::default();
    match &plan.work {
        Work::Statements(statements) => {
            for statement in statements {
                done.next_statement();
                let mut prepared = transaction.prepare(&statement.text).map_err(told)?;
                for turn in &statement.turns {
                    run_once(&mut prepared, turn, &mut done)?;
                }
            }
        }
        Work::Insert(insert) => put(&transaction, insert, &mut done)?,
    }
    // The end of the transaction is ours.
    transaction.authorizer(None::<fn(AuthContext<'_>) -> Authorization>).map_err(told)?;
    transaction.commit().map_err(told)?;
    Ok(done)
}

fn open(call: &Call, server: &Server, writes: bool) -> Result<Connection, RunError> {
    if server.database.is_empty() {
        return Connection::open_in_memory().map_err(told);
    }
    let folder = call.files.of(call.workspace).map_err(|error| file::told(error, "server"))?;
    let place = folder.place(&server.database).map_err(|error| file::told(error, "server"))?;
    if !writes && !place.exists() {
        let message =
            format!("There is no file “{}”. A statement with the access “read and write” makes it.", server.database);
        return Err(RunError::field("server", message));
    }
    let access = match writes {
        true => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        false => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    Connection::open_with_flags(place, access | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(told)
}

fn confine(connection: &Connection, is_gone: Arc<AtomicBool>) -> rusqlite::Result<()> {
    connection.busy_timeout(LOCK_TIME)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "max_page_count", (MAX_FILE / PAGE) as i64)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_VALUE)?;
    connection.set_limit(Limit::SQLITE_LIMIT_EXPR_DEPTH, 100)?;
    connection.set_limit(Limit::SQLITE_LIMIT_WORKER_THREADS, 0)?;
    let until = Instant::now() + MOST_TIME;
    connection.progress_handler(PACE, Some(move || is_gone.load(Ordering::Relaxed) || Instant::now() > until))
}

/// Tables, indices, views and what is in them: no other file, no code, no settings, and no end of the work but ours.
fn allow(context: AuthContext<'_>) -> Authorization {
    let is_allowed = match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => true,
        AuthAction::Insert { .. } | AuthAction::Update { .. } | AuthAction::Delete { .. } => true,
        AuthAction::CreateTable { .. } | AuthAction::AlterTable { .. } | AuthAction::DropTable { .. } => true,
        AuthAction::CreateTempTable { .. } | AuthAction::DropTempTable { .. } => true,
        AuthAction::CreateIndex { .. } | AuthAction::DropIndex { .. } | AuthAction::Reindex { .. } => true,
        AuthAction::CreateView { .. } | AuthAction::DropView { .. } | AuthAction::Analyze { .. } => true,
        AuthAction::CreateTrigger { .. } | AuthAction::DropTrigger { .. } => true,
        AuthAction::Function { function_name } => !function_name.eq_ignore_ascii_case("load_extension"),
        AuthAction::Pragma { pragma_name, .. } => HARMLESS.contains(&pragma_name),
        _ => false,
    };
    if is_allowed { Authorization::Allow } else { Authorization::Deny }
}

fn put(connection: &Connection, insert: &Insert, done: &mut Done) -> Result<(), RunError> {
    done.next_statement();
    let conflicts = if insert.skips { " on conflict do nothing" } else { "" };
    for rows in insert.rows.chunks(insert.rows_at_once(MAX_PARAMETERS)) {
        let text = format!("{} values {}{conflicts}", insert.head('"'), insert.places(rows.len()));
        let mut prepared = connection.prepare(&text).map_err(told)?;
        let values: Vec<_> = rows.iter().flat_map(|row| insert.values(row)).collect();
        run_once(&mut prepared, &values, done)?;
    }
    Ok(())
}

fn run_once(prepared: &mut Statement<'_>, values: &[Value], done: &mut Done) -> Result<(), RunError> {
    bind(prepared, values)?;
    let names: Vec<String> = prepared.column_names().into_iter().map(str::to_owned).collect();
    if names.is_empty() {
        done.affected(prepared.raw_execute().map_err(told)? as u64);
        return Ok(());
    }
    let mut found = prepared.raw_query();
    while let Some(row) = found.next().map_err(told)? {
        let mut members = Map::new();
        for (at, name) in names.iter().enumerate() {
            members.insert(name.clone(), cell(row.get_ref(at).map_err(told)?));
        }
        done.row(Value::Object(members))?;
        done.affected(1);
    }
    Ok(())
}

/// By their numbers, `$2` or `?2`; a bare `?` by its place.
fn bind(prepared: &mut Statement<'_>, values: &[Value]) -> Result<(), RunError> {
    let mut numbers = Vec::new();
    for at in 1..=prepared.parameter_count() {
        let number = match prepared.parameter_name(at) {
            None => Some(at),
            Some(name) => name.get(1..).and_then(|number| number.parse::<usize>().ok()).filter(|number| *number > 0),
        };
        numbers.push(
            number.ok_or_else(|| {
                RunError::field("statement", "Parameters are written $1, $2 … or ?, not with a name.")
            })?,
        );
    }
    check_count(numbers.iter().max().copied().unwrap_or_default(), values.len(), "$1, $2 …")?;
    for (at, number) in numbers.into_iter().enumerate() {
        let at = at + 1;
        match &values[number - 1] {
            Value::Null => prepared.raw_bind_parameter(at, Null),
            Value::Bool(flag) => prepared.raw_bind_parameter(at, flag),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => prepared.raw_bind_parameter(at, whole),
                None => prepared.raw_bind_parameter(at, number.as_f64()),
            },
            Value::String(text) => prepared.raw_bind_parameter(at, text),
            other => prepared.raw_bind_parameter(at, other.to_string()),
        }
        .map_err(told)?;
    }
    Ok(())
}

fn cell(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(whole) => whole.into(),
        ValueRef::Real(number) => number_of(number),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
        ValueRef::Blob(bytes) => Binary::value(bytes, "application/octet-stream", None),
    }
}

fn told(error: rusqlite::Error) -> RunError {
    let rusqlite::Error::SqliteFailure(refusal, words) = &error else {
        let message = match error {
            rusqlite::Error::MultipleStatement => {
                "These are several statements. Choose “several statements” and put a line --- between them.".to_owned()
            }
            error => format!("The statement cannot be run: {error}."),
        };
        return RunError::field("statement", message);
    };
    let words = words.clone().unwrap_or_else(|| refusal.to_string());
    let message = format!("SQLite says: {words}.");
    let details = json!({ "code": refusal.extended_code });
    let field = match refusal.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            return RunError::Retry { message, details, after: None };
        }
        ErrorCode::OperationInterrupted => {
            return RunError::field("statement", "The statement takes more than 10 s. Make it smaller.");
        }
        ErrorCode::ReadOnly => "access",
        ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig => "parameters",
        ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt | ErrorCode::CannotOpen | ErrorCode::DiskFull => "server",
        _ => "statement",
    };
    RunError::Fail { message, field: Some(field.to_owned()), details }
}
