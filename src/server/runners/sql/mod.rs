//! Runs statements in a database of the people's own. Statements, tables and columns are the workflow's, as written; data
//! comes in by parameters alone, so no value can become a part of a statement.

mod connect;
mod insert;
mod mysql;
mod mysql_row;
mod parameter;
mod plan;
mod postgres;
mod server;
mod sqlite;

use std::sync::Arc;

use serde_json::{Value, json};

use self::{
    plan::Plan,
    server::{Dialect, Server},
};
use super::{Call, Outcome, RunError};

/// Rows that one task hands on.
const MAX_ROWS: usize = 10_000;
/// Bytes of their JSON.
const MAX_BYTES: usize = 10 * 1024 * 1024;

pub async fn run(call: &Arc<Call>) -> Result<Outcome, RunError> {
    let server = Server::read(&call.text("server")?)?;
    let plan = Plan::of(call)?;
    let is_plain = !plan.is_several();
    let done = match server.dialect {
        Dialect::Postgres => postgres::run(call, &server, plan).await,
        Dialect::MySql => mysql::run(call, &server, plan).await,
        Dialect::Sqlite => sqlite::run(call, server, plan).await,
    }
    .map_err(|error| in_its_field(call, error))?;
    Ok(Outcome::done(done.told(is_plain)))
}

/// Connects, asks who it is let in as, and leaves. Encrypted where that works, else without, which the way in allows within
/// one's own network only.
pub async fn probe(mut call: Call) -> Result<String, RunError> {
    let statement = match Server::read(&call.text("server")?)?.dialect {
        Dialect::Postgres => {
            "select rolname::text as name, rolsuper as is_super from pg_roles where rolname = current_user"
        }
        Dialect::MySql => "select current_user() as name",
        Dialect::Sqlite => return Err(RunError::field("server", "A file of SQLite asks for no login.")),
    };
    for (name, value) in [("statement", statement), ("access", "read")] {
        call.parameters.insert(name.to_owned(), value.into());
    }
    let mut last = None;
    for encryption in ["required", "off"] {
        call.parameters.insert("encryption".to_owned(), encryption.into());
        match run(&Arc::new(call.clone())).await {
            Ok(Outcome::Done { output, .. }) => return Ok(welcome(&output["rows"][0])),
            Ok(_) => {}
            // That it is not let in says more than how it was reached.
            Err(error) if is_about_login(&error) => return Err(error),
            Err(error) => last = last.or(Some(error)),
        }
    }
    Err(last.unwrap_or_else(|| RunError::fail("The database cannot be tried.")))
}

fn welcome(row: &Value) -> String {
    let name = row["name"].as_str().unwrap_or("the login");
    let is_super = row["is_super"] == true;
    let warning = if is_super { " It is a superuser: choose one that may do less." } else { "" };
    format!("The database lets {name} in.{warning}")
}

fn is_about_login(error: &RunError) -> bool {
    matches!(error, RunError::Fail { field: Some(field), .. } if field == "credential")
}

/// What is wrong with parameters is wrong in the field that gave them.
fn in_its_field(call: &Call, error: RunError) -> RunError {
    match error {
        RunError::Fail { message, field: Some(field), details } if field == "parameters" => {
            let field = match call.optional_text("runs").ok().flatten().as_deref() {
                Some("per_item") => "each",
                Some("insert") => "items",
                _ => "parameters",
            };
            RunError::Fail { message, field: Some(field.to_owned()), details }
        }
        other => other,
    }
}

/// What came of the statements, in their order.
#[derive(Default)]
struct Done {
    results: Vec<Found>,
    rows: usize,
    bytes: usize,
}

#[derive(Default)]
struct Found {
    rows: Vec<Value>,
    affected: u64,
}

impl Done {
    fn next_statement(&mut self) {
        self.results.push(Found::default());
    }

    fn affected(&mut self, count: u64) {
        if let Some(found) = self.results.last_mut() {
            found.affected += count;
        }
    }

    fn row(&mut self, row: Value) -> Result<(), RunError> {
        self.rows += 1;
        self.bytes += row.to_string().len();
        if self.rows > MAX_ROWS || self.bytes > MAX_BYTES {
            let message =
                "More than 10,000 rows or 10 MiB came out. Add a limit to the statement, and fetch the rest later.";
            return Err(RunError::field("statement", message));
        }
        if let Some(found) = self.results.last_mut() {
            found.rows.push(row);
        }
        Ok(())
    }

    /// The rows of the last statement; with several of them, those of each too.
    fn told(self, is_plain: bool) -> Value {
        let affected: u64 = self.results.iter().map(|found| found.affected).sum();
        let results: Vec<_> =
            self.results.into_iter().map(|found| json!({ "rows": found.rows, "affected": found.affected })).collect();
        let rows = results.last().map_or_else(|| json!([]), |found| found["rows"].clone());
        let mut told = json!({ "rows": rows, "affected": affected });
        if !is_plain {
            told["results"] = results.into();
        }
        told
    }
}
