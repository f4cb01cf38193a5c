//! A lane's own connection: writes batches until they are known to be written, over lost connections and restarts
//! of Postgres, and finds the one entry that the database refuses without losing the others.

use std::time::Duration;

use sqlx::{ConnectOptions, PgConnection, postgres::PgConnectOptions};

use crate::{
    domain::id::ExecutionId,
    server::{
        Error, Result,
        store::journal::{self, Entry, Fence},
    },
};

pub struct Writer {
    options: PgConnectOptions,
    fence: Fence,
    connection: Option<PgConnection>,
}

/// An entry that the database refuses, such as a second start with one idempotency key.
pub struct Refusal {
    pub execution: ExecutionId,
    pub error: Error,
}

impl Writer {
    pub fn new(options: &PgConnectOptions, fence: Fence) -> Self {
        // One generic plan for the batch statement, and never one made while the tables were empty.
        let options = options.clone().options([
            ("plan_cache_mode", "force_generic_plan"),
            ("enable_seqscan", "off"),
            ("enable_hashjoin", "off"),
            ("enable_mergejoin", "off"),
        ]);
        Self { options, fence, connection: None }
    }

    /// Writes the entries, whatever it takes. Gives those that the database refused; the others are durable.
    pub async fn write(&mut self, entries: &[Entry]) -> Result<Vec<Refusal>> {
        match self.write_whole(entries).await {
            Ok(()) => Ok(Vec::new()),
            Err(error) if is_refusal(&error) => self.write_one_by_one(entries, error).await,
            Err(error) => Err(error),
        }
    }

    async fn write_one_by_one(&mut self, entries: &[Entry], error: Error) -> Result<Vec<Refusal>> {
        if let [only] = entries {
            return Ok(vec![Refusal { execution: only.execution, error }]);
        }
        let mut refused = Vec::new();
        for entry in entries {
            match self.write_whole(std::slice::from_ref(entry)).await {
                Ok(()) => {}
                Err(error) if is_refusal(&error) => refused.push(Refusal { execution: entry.execution, error }),
                Err(error) => return Err(error),
            }
        }
        Ok(refused)
    }

    async fn write_whole(&mut self, entries: &[Entry]) -> Result<()> {
        let mut wait = Duration::from_millis(20);
        let mut is_unknown = false;
        loop {
            match self.try_write(entries, is_unknown).await {
                Ok(true) => return Ok(()),
                Ok(false) => return Err(Error::Fenced),
                Err(error) if is_refusal(&error) => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, lane = self.fence.lane, "the batch is not known to be written; trying again");
                    self.connection = None;
                    is_unknown = true;
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(Duration::from_secs(1));
                }
            }
        }
    }

    async fn try_write(&mut self, entries: &[Entry], is_unknown: bool) -> Result<bool> {
        let fence = self.fence;
        let connection = self.connect().await?;
        if is_unknown && is_written(connection, entries).await? {
            return Ok(true);
        }
        journal::append(connection, fence, entries).await
    }

    async fn connect(&mut self) -> Result<&mut PgConnection> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        Ok(self.connection.insert(connection))
    }
}

/// A batch is written whole or not at all, so its first line speaks for it.
async fn is_written(connection: &mut PgConnection, entries: &[Entry]) -> Result<bool> {
    match entries.iter().find_map(|entry| Some((entry.execution, entry.events.first()?.seq))) {
        Some((execution, seq)) => journal::holds(connection, execution, seq).await,
        None => Ok(false),
    }
}

/// An integrity constraint (SQLSTATE class 23) or bad data (class 22): trying again changes nothing.
fn is_refusal(error: &Error) -> bool {
    let Error::Database(sqlx::Error::Database(error)) = error else { return matches!(error, Error::Json(_)) };
    error.code().is_some_and(|code| code.starts_with("23") || code.starts_with("22"))
}
