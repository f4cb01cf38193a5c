//! The embedded Postgres: FlowPilot's own server in its data directory, reached by a private socket, never by TCP.
//! One process at a time looks after it; others that share the data directory are its guests and take over when it goes.

mod account;
mod binaries;
mod cluster;
mod process;
mod server;

use std::{path::PathBuf, sync::Arc, time::Duration};

use sqlx::postgres::PgConnectOptions;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Result;
use cluster::Cluster;
use server::Server;

/// Where the server lives and what it promises.
#[derive(Clone, Debug)]
pub struct Settings {
    pub data_dir: PathBuf,
    /// Whether a commit survives a crash of the machine. Off is for throw-away servers of tests only.
    pub durable: bool,
}

impl Settings {
    pub fn durable(data_dir: PathBuf) -> Self {
        Self { data_dir, durable: true }
    }

    /// Quick, and lost when the machine crashes.
    pub fn throw_away(data_dir: PathBuf) -> Self {
        Self { data_dir, durable: false }
    }
}

/// A running server. Stop it; a dropped one runs on, and the next start adopts it.
pub struct Postgres {
    cluster: Arc<Cluster>,
    stopping: CancellationToken,
    keeper: JoinHandle<()>,
}

impl Postgres {
    /// Adopts the data directory's running server or starts one, which makes the data directory where there is none.
    /// From then on, a server that ends by itself is started again.
    pub async fn start(settings: &Settings) -> Result<Self> {
        let cluster = Arc::new(Cluster::open(settings)?);
        let server = cluster.serve().await?;
        let stopping = CancellationToken::new();
        let keeper = tokio::spawn(keep(cluster.clone(), server, stopping.clone()));
        Ok(Self { cluster, stopping, keeper })
    }

    /// How the owner of the application's database connects, who owns nothing else.
    pub fn options(&self) -> PgConnectOptions {
        self.cluster.options()
    }

    /// How the server itself is looked after.
    pub fn superuser_options(&self) -> PgConnectOptions {
        self.cluster.superuser_options()
    }

    /// The process id of the running server, as its `postmaster.pid` says.
    pub fn pid(&self) -> Option<i32> {
        self.cluster.postmaster().map(|postmaster| postmaster.pid)
    }

    /// Ends the server within 6 s, unless another process looks after it.
    pub async fn stop(self) {
        self.stopping.cancel();
        let _ = self.keeper.await;
    }
}

/// Keeps a server running until `stopping`, then ends it.
async fn keep(cluster: Arc<Cluster>, mut server: Server, stopping: CancellationToken) {
    loop {
        tokio::select! {
            () = server.ended(&cluster) => {}
            () = stopping.cancelled() => return server.stop().await,
        }
        tracing::warn!("the embedded Postgres has ended; starting it again");
        server = tokio::select! {
            server = restart(&cluster) => server,
            () = stopping.cancelled() => return end_what_started(&cluster).await,
        };
    }
}

/// A start that was cut short may have left a server.
async fn end_what_started(cluster: &Cluster) {
    if let (true, Some(pid)) = (cluster.take_charge(), cluster.running()) {
        Server::Adopted(pid).stop().await;
    }
}

async fn restart(cluster: &Cluster) -> Server {
    loop {
        match cluster.serve().await {
            Ok(server) => return server,
            Err(error) => tracing::error!(%error, "the embedded Postgres does not start; trying again in 2 s"),
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}
