//! Real FlowPilot processes on a durable Postgres of their own, and what is done to them.

use std::{
    os::unix::{fs::PermissionsExt, process::ExitStatusExt},
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, RwLock},
    time::Duration,
};

use flowpilot::server::{
    postgres::{Postgres, Settings},
    store::{access, database as schema},
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::{Connection, PgConnection, PgPool};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::support;

/// Where each replica can be reached. Shared with the load.
pub type Urls = Arc<RwLock<Vec<String>>>;

pub struct Fleet {
    pub pool: PgPool,
    pub urls: Urls,
    /// None: it is down.
    pub postgres: Option<Postgres>,
    /// Passages at which a replica ended itself, by the name of the place.
    pub fail_points: Vec<&'static str>,
    pub key_file: PathBuf,
    /// Further arguments of every replica that starts from now on.
    pub arguments: Vec<&'static str>,
    database_url: String,
    dir: PathBuf,
    replicas: Vec<Replica>,
}

struct Replica {
    child: Child,
    log: PathBuf,
    /// The place where it is to end itself.
    point: Option<&'static str>,
}

/// What a replica runs with: nothing special, a fail point, or a fault of a broken build.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    pub setting: Option<&'static str>,
    pub point: Option<(&'static str, u32)>,
}

impl Faults {
    fn variable(self) -> String {
        let point = self.point.map(|(name, passage)| format!("{name}=kill@{passage}"));
        [self.setting.map(str::to_owned), point].into_iter().flatten().collect::<Vec<_>>().join(",")
    }
}

impl Fleet {
    /// Postgres with the schema in it, no replica yet.
    pub async fn muster() -> Self {
        let dir = support::scratch_dir("chaos");
        let postgres = Postgres::start(&Settings::durable(dir.join("data"))).await.expect("a Postgres");
        let database_url =
            format!("postgres://flowpilot_owner@localhost/flowpilot?host={}", dir.join("data/run").display());
        let pool = schema::connect(access::everywhere(&postgres.options()), 8).await.expect("a pool");
        schema::migrate(&pool).await.expect("the migrations");
        let key_file = dir.join("key");
        std::fs::write(&key_file, "5".repeat(64)).expect("writable");
        std::fs::set_permissions(&key_file, std::fs::Permissions::from_mode(0o600)).expect("ours");
        let (urls, replicas, fail_points, arguments) = Default::default();
        Self { pool, urls, postgres: Some(postgres), fail_points, key_file, arguments, database_url, dir, replicas }
    }

    /// The database as a server in this process would use it.
    pub fn database(&self) -> support::TestDatabase {
        support::TestDatabase { url: self.database_url.clone(), pool: self.pool.clone() }
    }

    /// One more replica.
    pub async fn join(&mut self, faults: Faults) {
        let slot = self.replicas.len();
        let (replica, url) = self.launch(slot, faults).await;
        self.replicas.push(replica);
        self.urls.write().expect("not poisoned").push(url);
    }

    /// From now on the load meets this replica alone.
    pub fn only(&self, slot: usize) {
        let mut urls = self.urls.write().expect("not poisoned");
        let url = urls[slot].clone();
        urls.fill(url);
    }

    pub fn kill_9(&mut self, slot: usize) {
        let _ = self.replicas[slot].child.start_kill();
    }

    /// Starts the replica again, once it is dead.
    pub async fn restart(&mut self, slot: usize, faults: Faults) {
        self.replicas[slot].child.wait().await.expect("it can be waited for");
        let (replica, url) = self.launch(slot, faults).await;
        self.replicas[slot] = replica;
        self.urls.write().expect("not poisoned")[slot] = url;
    }

    /// Starts again those that ended themselves.
    pub async fn revive(&mut self) {
        for slot in 0..self.replicas.len() {
            if let Some(status) = self.replicas[slot].child.try_wait().expect("it can be asked") {
                let point = self.replicas[slot].point.unwrap_or_else(|| panic!("replica {slot} ended with {status}"));
                assert_eq!(status.signal(), Some(9), "replica {slot} was to die at {point}");
                self.fail_points.push(point);
                self.restart(slot, Faults::default()).await;
            }
        }
    }

    pub fn signal(&self, slot: usize, signal: Signal) {
        let pid = self.replicas[slot].child.id().expect("it lives");
        let _ = kill(Pid::from_raw(pid.cast_signed()), signal);
    }

    /// How often the replica noticed that others took over from it.
    pub fn times_fenced(&self, slot: usize) -> usize {
        let log = std::fs::read_to_string(&self.replicas[slot].log).unwrap_or_default();
        log.matches("fenced off; joining again").count()
    }

    /// Ends the postmaster without warning and waits until its successor answers.
    pub async fn kill_postgres(&self) {
        let postgres = self.postgres();
        let first = postgres.pid().expect("it runs");
        kill(Pid::from_raw(first), Signal::SIGKILL).expect("it runs");
        until("Postgres answers again", Duration::from_secs(60), async || {
            let is_new = postgres.pid().is_some_and(|pid| pid != first);
            is_new && PgConnection::connect_with(&postgres.options()).await.is_ok()
        })
        .await;
    }

    pub fn postgres(&self) -> &Postgres {
        self.postgres.as_ref().expect("it runs")
    }

    /// Postgres goes in good order and stays away.
    pub async fn take_postgres_away(&mut self) {
        self.postgres.take().expect("it runs").stop().await;
    }

    pub async fn bring_postgres_back(&mut self) {
        let settings = Settings::durable(self.dir.join("data"));
        self.postgres = Some(Postgres::start(&settings).await.expect("it starts again"));
    }

    /// Ends the connections of all replicas; with `only`, those whose last statement looks so. Gives how many.
    pub async fn terminate_backends(&self, only: &str) -> i64 {
        let mut connection = self.administrator().await;
        let ended = sqlx::query_scalar(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity
             where usename like 'flowpilot%' and application_name = 'flowpilot' and query ilike $1
                 and pid <> pg_backend_pid()",
        );
        let ended = ended.bind(only).fetch_one(&mut connection).await.expect("a superuser may");
        let _ = connection.close().await;
        ended
    }

    /// How many connections listen for notices.
    pub async fn listeners(&self) -> i64 {
        let mut connection = self.administrator().await;
        let count = "select count(*) from pg_stat_activity where usename like 'flowpilot%' and query ilike 'listen%'";
        let count = sqlx::query_scalar(count).fetch_one(&mut connection).await.expect("readable");
        let _ = connection.close().await;
        count
    }

    /// A connection as the superuser, to the replicas' database.
    pub async fn administrator(&self) -> PgConnection {
        let options = self.postgres().superuser_options().database("flowpilot");
        PgConnection::connect_with(&options).await.expect("it answers")
    }

    /// Asks the replica to stop, waits until it did, and starts another in its place.
    pub async fn stop(&mut self, slot: usize) {
        self.signal(slot, Signal::SIGTERM);
        let ended = tokio::time::timeout(Duration::from_secs(60), self.replicas[slot].child.wait()).await;
        let status = ended.expect("it stops in time").expect("it can be waited for");
        assert!(status.success(), "replica {slot} stopped with {status}");
        self.restart(slot, Faults::default()).await;
    }

    async fn launch(&mut self, slot: usize, faults: Faults) -> (Replica, String) {
        let log = self.dir.join(format!("replica-{slot}.log"));
        let mut replica = self.spawn(&log, faults);
        match ready(&mut replica.child).await {
            Some(url) => (replica, url),
            None => {
                self.fail_points.push(replica.point.expect("a replica without fail point becomes ready"));
                let mut second = self.spawn(&log, Faults { point: None, ..faults });
                let url = ready(&mut second.child).await.expect("it becomes ready");
                (second, url)
            }
        }
    }

    fn spawn(&self, log: &Path, faults: Faults) -> Replica {
        let errors = std::fs::OpenOptions::new().create(true).append(true).open(log).expect("a log");
        let child = Command::new(env!("CARGO_BIN_EXE_flowpilot"))
            .args([
                "serve",
                "--listen=127.0.0.1:0",
                "--egress=any",
                "--webhook-rate=0",
                "--webhook-source-rate=0",
                "--connections=8",
            ])
            .args(["--database-url", &self.database_url, "--data-dir"])
            .arg(self.dir.join("keys"))
            .arg("--key-file")
            .arg(&self.key_file)
            .args(&self.arguments)
            .env("FLOWPILOT_FAULTS", faults.variable())
            .stdout(Stdio::piped())
            .stderr(errors)
            .kill_on_drop(true)
            .spawn()
            .expect("the program is built");
        Replica { child, log: log.to_owned(), point: faults.point.map(|(name, _)| name) }
    }

    /// Ends everything and clears up.
    pub async fn disband(mut self) {
        for replica in &mut self.replicas {
            let _ = replica.child.kill().await;
        }
        self.pool.close().await;
        if let Some(postgres) = self.postgres {
            postgres.stop().await;
        }
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// The replica's address once it answers; none: it ended before.
async fn ready(child: &mut Child) -> Option<String> {
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let line = lines.next_line().await.expect("readable")?;
    let (_, address) = line.split_once("http://").expect("an address");
    let authority = address.split('/').next().expect("a first part");
    Some(format!("http://{}", authority.trim().replace("localhost", "127.0.0.1")))
}

/// Waits, with a deadline, until the condition holds.
pub async fn until(what: &str, limit: Duration, condition: impl AsyncFn() -> bool) {
    let waiting = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(limit, waiting).await.unwrap_or_else(|_| panic!("{what}: not within {limit:?}"));
}
