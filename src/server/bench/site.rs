//! What is measured on: a server in this process with an owner, and more of them as processes beside it.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::{Duration, Instant},
};

use clap::Parser;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    task::JoinSet,
};
use uuid::Uuid;

use super::{Measured, load::Post};
use crate::{
    domain::{
        event::Cause,
        execution::ExecutionStatus,
        id::{TokenId, WorkflowId},
        role::Role,
        workflow::Workflow,
    },
    server::{
        AppState, Caller, Error, Result,
        app::{self, Running},
        auth::{Via, people},
        config::Config,
        engine::{Engine, Start},
        store,
        triggers::list::list,
        workflows,
    },
};

pub struct Site {
    running: Running,
    pub caller: Caller,
    /// An API token of the owner.
    pub token: String,
    database_url: Option<String>,
    data_dir: PathBuf,
}

/// A workflow that can be started.
#[derive(Clone)]
pub struct Published {
    pub workflow: WorkflowId,
    pub start: Start,
    /// The path of its webhook, if it has one.
    hook: Option<String>,
}

impl Site {
    /// Starts a server on a free port.
    pub async fn open(database_url: Option<String>) -> Result<Self> {
        let data_dir = std::env::temp_dir().join(format!("flowpilot-bench-{}", Uuid::now_v7()));
        let running = app::start(config(database_url.as_deref(), &data_dir)?).await?;
        let app = running.state.clone();
        let caller = owner(app).await?;
        let wanted = people::TokenFor::a_day(&caller.email, "bench");
        let token = people::create_token(&caller.app.everywhere, wanted).await?.secret;
        Ok(Self { running, caller, token, database_url, data_dir })
    }

    pub async fn postgres_version(&self) -> Result<String> {
        store::database::setting(&self.caller.app.everywhere, "server_version").await
    }

    pub fn engine(&self) -> &Engine {
        &self.running.state.engine
    }

    /// The owner of another workspace.
    pub async fn neighbour(&self) -> Result<Caller> {
        owner(self.caller.app.clone()).await
    }

    pub async fn publish(&self, definition: Workflow) -> Result<Published> {
        self.publish_for(&self.caller, definition).await
    }

    /// In this owner's workspace.
    pub async fn publish_for(&self, caller: &Caller, definition: Workflow) -> Result<Published> {
        let workflow = workflows::create(caller, &definition).await?;
        workflows::publish(caller, workflow, None).await?;
        let urls = list(caller, Some(workflow)).await?.into_iter().find_map(|trigger| trigger.url);
        let hook = urls.and_then(|url| Some(url[url.find("/hooks/")?..].to_owned()));
        let start = Start {
            workspace: caller.workspace,
            workflow,
            version: 1,
            definition: Arc::new(definition),
            cause: Cause { via: "api".into(), input: json!({ "email": "ada@example.com" }), ..Cause::default() },
            idempotency_key: None,
        };
        Ok(Published { workflow, start, hook })
    }

    /// Calls of the workflow's webhook on this server.
    pub fn calls(&self, published: &Published) -> Result<Post> {
        Ok(Post::hook(self.running.address, published.hook()?))
    }

    /// Starts by REST that wait for the result.
    pub fn runs(&self, published: &Published) -> Post {
        Post {
            address: self.running.address,
            path: "/api/v1/executions?wait=30".to_owned(),
            token: Some(self.token.clone()),
            body: json!({ "workflow_id": published.workflow, "input": { "email": "ada@example.com" } }).to_string(),
            expects: 200,
        }
    }

    /// Start to end, so many in flight all the time.
    pub async fn run(&self, published: &Published, in_flight: usize, time: Duration) -> Result<Measured> {
        let began = Instant::now();
        let mut workers = JoinSet::new();
        for _ in 0..in_flight {
            workers.spawn(one_after_the_other(self.engine().clone(), published.start.clone(), began + time));
        }
        let mut times = Vec::new();
        for ended in workers.join_all().await {
            times.extend(ended?);
        }
        Ok(Measured::of(times, began))
    }

    /// Starts one after the other; each time is that until the execution is durable and its first task handed out.
    pub async fn start(&self, published: &Published, time: Duration) -> Result<Measured> {
        let (began, mut times) = (Instant::now(), Vec::new());
        while began.elapsed() < time {
            let asked = Instant::now();
            self.engine().start(published.start.clone()).await?;
            times.push(asked.elapsed());
        }
        Ok(Measured::of(times, began))
    }

    /// Waits until nothing is under way on this replica; what sleeps does not count.
    pub async fn settle(&self) -> Result<()> {
        in_time(async {
            while self.engine().live() > 0 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            Ok(())
        })
        .await
    }

    /// The same on all replicas. To ask the database costs more, the more it keeps.
    pub async fn settle_everywhere(&self) -> Result<()> {
        self.settle().await?;
        in_time(async {
            while store::executions::is_any_awake(&self.caller.app.everywhere).await? {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Ok(())
        })
        .await
    }

    /// Bytes of write-ahead log since the database was made.
    pub async fn wal_bytes(&self) -> Result<f64> {
        Ok(store::database::wal_bytes(&self.caller.app.everywhere).await? as f64)
    }

    /// One more replica, as a process of its own on the same database.
    pub async fn replica(&self) -> Result<Replica> {
        let url = self.database_url.iter().flat_map(|url| ["--database-url", url]);
        Replica::start(&self.data_dir, url).await
    }

    pub async fn close(self) {
        self.running.stop().await;
        if let Err(error) = std::fs::remove_dir_all(&self.data_dir) {
            eprintln!("{} stays: {error}", self.data_dir.display());
        }
    }
}

impl Published {
    pub fn hook(&self) -> Result<&str> {
        self.hook.as_deref().ok_or_else(|| Error::internal("the workflow has no webhook"))
    }

    /// The same with other data.
    pub fn with_input(mut self, input: Value) -> Self {
        self.start.cause.input = input;
        self
    }
}

async fn in_time(settled: impl Future<Output = Result<()>>) -> Result<()> {
    let settled = tokio::time::timeout(PATIENCE, settled).await;
    settled.unwrap_or_else(|_| Err(Error::internal("executions are still under way after two minutes")))
}

/// Somebody new with a workspace of their own.
async fn owner(app: AppState) -> Result<Caller> {
    let email = format!("bench-{}@example.com", Uuid::now_v7());
    let wish = people::Wish { email: &email, name: "", workspace_name: &email, role: Role::Owner, password: None };
    let person = people::create(&app.everywhere, wish).await?;
    let (user, workspace) = (person.user, person.workspace);
    Ok(Caller { app, user, email, workspace, role: Role::Owner, via: Via::Token(TokenId(Uuid::nil())), reach: None })
}

async fn one_after_the_other(engine: Engine, start: Start, until: Instant) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    while Instant::now() < until {
        let began = Instant::now();
        let (execution, state) = engine.run(start.clone(), PATIENCE).await?;
        if state.is_none_or(|state| state.status != ExecutionStatus::Succeeded) {
            return Err(Error::internal(format!("the execution {execution} did not succeed")));
        }
        times.push(began.elapsed());
    }
    Ok(times)
}

/// No execution of a measurement takes so long.
const PATIENCE: Duration = Duration::from_secs(120);

/// What every server of a measurement is told.
const ARGUMENTS: [&str; 6] = [
    "serve",
    "--listen=127.0.0.1:0",
    "--egress=any",
    "--webhook-rate=0",
    "--webhook-source-rate=0",
    "--webhook-concurrency=0",
];

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    config: Config,
}

fn config(database_url: Option<&str>, data_dir: &Path) -> Result<Config> {
    let place = data_dir.to_str().ok_or_else(|| Error::internal("the temporary directory has an unreadable name"))?;
    let url = database_url.into_iter().flat_map(|url| ["--database-url", url]);
    let all = ARGUMENTS.into_iter().chain(["--data-dir", place, "--code", "restricted"]).chain(url);
    Ok(Arguments::try_parse_from(all).map_err(Error::internal)?.config)
}

/// `flowpilot serve` in a process that ends with this value.
pub struct Replica {
    pub address: std::net::SocketAddr,
    /// From the start to the line that says that it is ready.
    pub ready_after: Duration,
    child: Child,
}

impl Replica {
    pub async fn start<'a>(data_dir: &Path, arguments: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let began = Instant::now();
        let mut child = Command::new(std::env::current_exe().map_err(Error::internal)?)
            .args(ARGUMENTS)
            .arg("--data-dir")
            .arg(data_dir)
            .args(arguments)
            .env("FLOWPILOT_LOG", "error")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(Error::internal)?;
        let stdout = child.stdout.take().ok_or_else(|| Error::internal("the replica has no output"))?;
        let line = BufReader::new(stdout).lines().next_line().await.map_err(Error::internal)?.unwrap_or_default();
        let ready_after = began.elapsed();
        let port = line.rsplit_once("localhost:").and_then(|(_, rest)| rest.split('/').next()?.trim().parse().ok());
        let port: u16 = port.ok_or_else(|| Error::internal(format!("the replica is not ready: {line}")))?;
        Ok(Self { address: ([127, 0, 0, 1], port).into(), ready_after, child })
    }

    /// Ends it without warning.
    pub async fn kill(mut self) -> Result<()> {
        self.child.kill().await.map_err(Error::internal)
    }

    /// Asks it to end, and waits for that.
    pub async fn stop(mut self) -> Result<()> {
        let pid = self.child.id().ok_or_else(|| Error::internal("the replica has ended"))?;
        let pid = nix::unistd::Pid::from_raw(pid.cast_signed());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).map_err(Error::internal)?;
        self.child.wait().await.map_err(Error::internal)?;
        Ok(())
    }

    /// What it holds in memory, in MB.
    pub fn resident_mb(&self) -> Result<f64> {
        let pid = self.child.id().ok_or_else(|| Error::internal("the replica has ended"))?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).map_err(Error::internal)?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
        kilobytes.map(|kb| kb / 1_024.0).ok_or_else(|| Error::internal("this system does not tell a process's memory"))
    }
}
