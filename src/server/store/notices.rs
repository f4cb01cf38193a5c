//! NOTIFY and LISTEN: how replicas wake each other. What is said here may get lost; nobody relies on it.

use std::time::Duration;

use sqlx::{
    PgExecutor,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};

use crate::server::Result;

const CHANNEL: &str = "flowpilot";
/// Postgres takes payloads of up to 7,999 bytes.
pub const MAX_PAYLOAD: usize = 7_900;

/// Sends the payloads, in one statement and one commit that holds nothing else (engine.md, fact 11).
pub async fn send(db: impl PgExecutor<'_>, payloads: &[String]) -> Result<()> {
    sqlx::query("select pg_notify($1, payload) from unnest($2::text[]) payload")
        .bind(CHANNEL)
        .bind(payloads)
        .execute(db)
        .await?;
    Ok(())
}

/// Hears what replicas say, on a connection of its own.
pub struct Listener(PgListener);

impl Listener {
    pub async fn open(options: &PgConnectOptions) -> Result<Self> {
        let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let pool = pool.acquire_timeout(Duration::from_secs(10)).connect_lazy_with(options.clone());
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.ignore_pool_close_event(true);
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        Ok(Self(listener))
    }

    /// The next payload; none: the connection was lost, and what was said meanwhile with it.
    pub async fn next(&mut self) -> Result<Option<String>> {
        Ok(self.0.try_recv().await?.map(|notice| notice.payload().to_owned()))
    }
}
