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

/// What became of a batch; everything else in it is durable.
#[derive(Default)]
pub struct Written {
    pub refused: Vec<Refusal>,
    /// Should have fallen asleep without any event, and the connection was lost: still this replica's.
    pub awake: Vec<ExecutionId>,
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

    /// Writes the entries, whatever it takes.
    pub async fn write(&mut self, entries: &[Entry]) -> Result<Written> {
        match self.write_whole(entries).await {
            Ok(awake) => Ok(Written { refused: Vec::new(), awake }),
            Err(error) if is_refusal(&error) => self.write_one_by_one(entries, error).await,
            Err(error) => Err(error),
        }
    }

    async fn write_one_by_one(&mut self, entries: &[Entry], error: Error) -> Result<Written> {
        let mut written = Written::default();
        if let [only] = entries {
            written.refused.push(Refusal { execution: only.execution, error });
            return Ok(written);
        }
        for entry in entries {
            match self.write_whole(std::slice::from_ref(entry)).await {
                Ok(awake) => written.awake.extend(awake),
                Err(error) if is_refusal(&error) => {
                    written.refused.push(Refusal { execution: entry.execution, error });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(written)
    }

    /// Gives those that did not fall asleep.
    async fn write_whole(&mut self, entries: &[Entry]) -> Result<Vec<ExecutionId>> {
        let mut wait = Duration::from_millis(20);
        let mut is_unknown = false;
        loop {
            match self.try_write(entries, is_unknown).await {
                Ok(Some(awake)) => return Ok(awake),
                Ok(None) => return Err(Error::Fenced),
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

    /// None: the fence is gone.
    async fn try_write(&mut self, entries: &[Entry], is_unknown: bool) -> Result<Option<Vec<ExecutionId>>> {
        let fence = self.fence;
        let connection = self.connect().await?;
        if is_unknown {
            match entries.iter().find_map(|entry| Some((entry.execution, entry.events.first()?.seq))) {
                // A batch is written whole or not at all, so its first line speaks for it.
                Some((execution, seq)) if journal::holds(&mut *connection, fence, execution, seq).await? => {
                    return Ok(Some(Vec::new()));
                }
                Some(_) => {}
                // Nothing tells whether it was written, and a second time might take them from whoever woke them since.
                None => {
                    let sleepers: Vec<ExecutionId> = entries.iter().map(|entry| entry.execution).collect();
                    return Ok(Some(journal::owned_by(connection, fence.replica, &sleepers).await?));
                }
            }
        }
        Ok(journal::append(connection, fence, entries).await?.then(Vec::new))
    }

    async fn connect(&mut self) -> Result<&mut PgConnection> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        Ok(self.connection.insert(connection))
    }
}

/// An integrity constraint (SQLSTATE class 23) or bad data (class 22): trying again changes nothing.
fn is_refusal(error: &Error) -> bool {
    let Error::Database(sqlx::Error::Database(error)) = error else { return matches!(error, Error::Json(_)) };
    error.code().is_some_and(|code| code.starts_with("23") || code.starts_with("22"))
}
