//! The server's process: started, adopted or somebody else's; waited for and ended.

use std::{process::Stdio, time::Duration};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tokio::{
    process::Child,
    time::{Instant, sleep, timeout},
};

use super::{binaries::Binaries, cluster::Cluster, process::is_alive};
use crate::server::{
    Error, Result,
    store::{access, database},
};

/// How long a start may take when nothing has to be recovered, and how often a start is tried again meanwhile.
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);

pub enum Server {
    Started(Child),
    /// Left behind by a process that was killed; ours to look after now.
    Adopted(i32),
    /// Another process looks after it.
    Guest,
}

impl Cluster {
    /// A server that answers, with the application's database in it and durable where that was asked for.
    pub async fn serve(&self) -> Result<Server> {
        let deadline = Instant::now() + PATIENCE;
        // Whoever looks after the server may be about to start it, or about to go: ask again until one is settled.
        while !self.take_charge() {
            match PgConnection::connect_with(&self.options()).await {
                Ok(connection) => {
                    connection.close().await?;
                    return Ok(Server::Guest);
                }
                Err(error) if Instant::now() > deadline => return Err(self.silent(&error)),
                Err(_) => sleep(POLL).await,
            }
        }
        self.look_after().await
    }

    async fn look_after(&self) -> Result<Server> {
        let (server, mut connection) = loop {
            let mut server = match self.running() {
                Some(pid) => Server::Adopted(pid),
                None => self.start().await?,
            };
            match self.wait_until_open(&self.superuser_options(), &mut server).await {
                Ok(connection) => break (server, connection),
                Err(_) if server.was_on_its_way_out() => {}
                Err(error) => return Err(error),
            }
        };
        access::create_home(&mut connection).await?;
        if self.durable {
            check_durability(&mut connection).await?;
        }
        connection.close().await?;
        Ok(server)
    }

    fn silent(&self, error: &sqlx::Error) -> Error {
        Error::internal(format!("the embedded Postgres does not answer: {error}; see {}", self.log.display()))
    }

    /// Starts the server. A predecessor that was killed may hold its memory for a moment: tries for 30 s.
    async fn start(&self) -> Result<Server> {
        let binaries = self.prepare().await?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.set_aside_dead_pid();
            let mut server = Server::Started(self.spawn(&binaries).await?);
            match self.wait_until_open(&self.superuser_options(), &mut server).await {
                Ok(connection) => {
                    connection.close().await?;
                    return Ok(server);
                }
                Err(error) if Instant::now() > deadline || !self.last_words().contains("lock file") => {
                    return Err(error);
                }
                Err(_) => sleep(Duration::from_millis(250)).await,
            }
        }
    }

    async fn spawn(&self, binaries: &Binaries) -> Result<Child> {
        let log = self.open_log()?;
        let errors = log.try_clone().map_err(Error::internal)?;
        let mut postgres = self.account.command(&binaries.program("postgres"));
        postgres.arg("-D").arg(&self.dir);
        for setting in self.settings(binaries).await {
            postgres.arg("-c").arg(setting);
        }
        let child = postgres.stdin(Stdio::null()).stdout(log).stderr(errors).spawn();
        child
            .map_err(|error| Error::internal(format!("cannot run {}: {error}", binaries.program("postgres").display())))
    }

    async fn settings(&self, binaries: &Binaries) -> Vec<String> {
        let durable = if self.durable { "on" } else { "off" };
        let compression = if self.knows_lz4(binaries).await { "lz4" } else { "on" };
        vec![
            "listen_addresses=".to_owned(),
            "port=5432".to_owned(),
            format!("unix_socket_directories={}", self.socket_dir.display()),
            "unix_socket_permissions=0700".to_owned(),
            format!("fsync={durable}"),
            format!("full_page_writes={durable}"),
            format!("synchronous_commit={durable}"),
            format!("wal_compression={compression}"),
            "checkpoint_timeout=15min".to_owned(),
            "max_wal_size=4GB".to_owned(),
            "jit=off".to_owned(),
            "max_connections=200".to_owned(),
            "log_checkpoints=off".to_owned(),
            "cluster_name=flowpilot".to_owned(),
        ]
    }

    /// Whether these programs were built with LZ4: without it the setting is refused.
    async fn knows_lz4(&self, binaries: &Binaries) -> bool {
        let mut ask = self.account.command(&binaries.program("postgres"));
        ask.arg("-D").arg(&self.dir).args(["-C", "wal_compression", "-c", "wal_compression=lz4"]);
        ask.output().await.is_ok_and(|output| output.status.success())
    }

    /// Waits for the first connection: 30 s, or as long as a crash recovery takes.
    async fn wait_until_open(&self, options: &PgConnectOptions, server: &mut Server) -> Result<PgConnection> {
        let began = Instant::now();
        let mut deadline = began + PATIENCE;
        let mut told = false;
        loop {
            let error = match PgConnection::connect_with(options).await {
                Ok(connection) => return Ok(connection),
                Err(error) => error,
            };
            if database::is_starting(&error) {
                deadline = Instant::now() + PATIENCE;
                if began.elapsed() > Duration::from_secs(1) && !std::mem::replace(&mut told, true) {
                    tracing::info!("the embedded Postgres recovers what was committed; waiting for it");
                }
            }
            if let Server::Started(child) = server
                && let Ok(Some(status)) = child.try_wait()
            {
                return Err(Error::internal(format!(
                    "the embedded Postgres ended with {status}: {}",
                    self.last_words()
                )));
            }
            if Instant::now() > deadline || server.was_on_its_way_out() {
                return Err(self.silent(&error));
            }
            sleep(POLL).await;
        }
    }
}

impl Server {
    /// Returns when the server has to be looked for again: it ended, or whoever looked after it has gone.
    pub async fn ended(&mut self, cluster: &Cluster) {
        if let Self::Guest = self {
            while !cluster.take_charge() {
                sleep(Duration::from_secs(1)).await;
            }
        }
        self.exited().await;
    }

    /// Ends the server: open transactions roll back, and after 5 s it stops at once and recovers at its next start.
    pub async fn stop(mut self) {
        for (signal, patience) in [(Signal::SIGINT, 5), (Signal::SIGQUIT, 1)] {
            let Some(pid) = self.pid() else { return };
            let _ = kill(Pid::from_raw(pid), signal);
            if timeout(Duration::from_secs(patience), self.exited()).await.is_ok() {
                return;
            }
        }
    }

    /// Whether it was adopted only to end, as its former keeper had asked.
    fn was_on_its_way_out(&self) -> bool {
        matches!(self, Self::Adopted(pid) if !is_alive(*pid))
    }

    /// Waits for the process. A child has to be waited for itself: until then it is there, if only in name.
    async fn exited(&mut self) {
        match self {
            Self::Started(child) => drop(child.wait().await),
            Self::Adopted(pid) => {
                while is_alive(*pid) {
                    sleep(Duration::from_millis(100)).await;
                }
            }
            Self::Guest => {}
        }
    }

    fn pid(&self) -> Option<i32> {
        match self {
            Self::Started(child) => child.id().map(u32::cast_signed),
            Self::Adopted(pid) => Some(*pid),
            Self::Guest => None,
        }
    }
}

async fn check_durability(connection: &mut PgConnection) -> Result<()> {
    for name in ["fsync", "full_page_writes", "synchronous_commit"] {
        let value = database::setting(&mut *connection, name).await?;
        if value != "on" {
            return Err(Error::internal(format!(
                "the embedded Postgres runs with {name} = {value}: it could lose what was promised; stop it and start again"
            )));
        }
    }
    Ok(())
}
