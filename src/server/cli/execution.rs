//! `flowpilot execution …`: what ran and how it went.

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    remote::Remote,
    story,
    table::{say, say_json, table},
};
use crate::{
    domain::{
        event::Event,
        execution::{ExecutionStatus, ExecutionSummary},
        explain,
        id::{ExecutionId, RunId, WorkflowId},
        restart::Version,
        state::ExecutionState,
    },
    server::{Error, Result},
};

#[derive(Subcommand)]
pub enum Command {
    /// List executions, newest first.
    List(List),
    /// Tell an execution's story, event by event; with --json its state.
    Show(Show),
    /// Say why a task does not run.
    Why(Why),
    /// Start one that is over again from a node, with what came before it.
    Restart(Restart),
    /// Print what a node sees as its input: of one at a breakpoint, what came over the edge.
    Input(Why),
    /// Let a node go on that a breakpoint holds.
    Release(Release),
}

#[derive(Args)]
pub struct List {
    /// Only those of this workflow.
    #[arg(long)]
    workflow: Option<WorkflowId>,
    /// Only those in these statuses, with commas between them.
    #[arg(long, value_delimiter = ',', value_parser = status)]
    status: Vec<ExecutionStatus>,
    /// How many at most.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100))]
    limit: u32,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Args)]
pub struct Show {
    id: ExecutionId,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Args)]
pub struct Why {
    id: ExecutionId,
    /// The node's id, inside of loops with the index: http_request_1[3].
    node: RunId,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Args)]
pub struct Release {
    id: ExecutionId,
    /// The node's id, inside of loops with the index: http_request_1[3].
    node: RunId,
    /// What it sees as its input instead of what came, in JSON.
    #[arg(long)]
    payload: Option<String>,
    /// Hold what comes right after it too.
    #[arg(long)]
    step: bool,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Args)]
pub struct Restart {
    id: ExecutionId,
    /// The first node that runs again; inside of a loop it stands for the loop as a whole.
    node: RunId,
    /// On what is published now instead of what it ran; what is new or changed since runs too.
    #[arg(long)]
    current: bool,
    /// A second restart with the same key answers with the first execution.
    #[arg(long)]
    idempotency_key: Option<String>,
    /// Wait for the end, and fail unless it succeeds.
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Deserialize)]
struct Accepted {
    id: ExecutionId,
}

impl Restart {
    async fn run(self) -> Result<()> {
        let version = if self.current { Version::Current } else { Version::Original };
        let body = json!({ "node": self.node, "version": version });
        let (path, key) = (format!("/executions/{}/restart", self.id), self.idempotency_key.as_deref());
        let accepted: Accepted = self.remote.post_once(&path, &body, key).await?;
        if self.wait {
            return follow(&self.remote, accepted.id).await;
        }
        match self.remote.json {
            true => say_json(&json!({ "id": accepted.id })),
            false => say(format!("Started execution {}.", accepted.id)),
        }
        Ok(())
    }
}

impl Release {
    async fn run(self) -> Result<()> {
        let mut body = json!({ "node": self.node, "step": self.step });
        if let Some(payload) = &self.payload {
            body["payload"] = serde_json::from_str(payload)
                .map_err(|error| Error::internal(format!("--payload is no valid JSON: {error}")))?;
        }
        let accepted: Accepted = self.remote.post(&format!("/executions/{}/release", self.id), Some(&body)).await?;
        match self.remote.json {
            true => say_json(&json!({ "id": accepted.id })),
            false => say(format!("{} goes on.", self.node)),
        }
        Ok(())
    }
}

impl Why {
    async fn show_input(self) -> Result<()> {
        let input: Value = self.remote.get(&format!("/executions/{}/nodes/{}/input", self.id, self.node)).await?;
        say_json(&input);
        Ok(())
    }

    async fn run(self) -> Result<()> {
        let why: explain::Why = self.remote.get(&format!("/executions/{}/nodes/{}/why", self.id, self.node)).await?;
        if self.remote.json {
            say_json(&why);
            return Ok(());
        }
        say(format!("{} is {}.", why.run, why.status.name()));
        why.reasons.iter().for_each(|reason| say(format!("  {}", reason.sentence)));
        Ok(())
    }
}

#[derive(Serialize, Deserialize)]
struct Execution {
    #[serde(flatten)]
    summary: ExecutionSummary,
    state: ExecutionState,
}

#[derive(Deserialize)]
struct EventPage {
    events: Vec<Event>,
    next: Option<i32>,
}

#[derive(Deserialize)]
struct Page {
    executions: Vec<ExecutionSummary>,
}

impl Command {
    pub async fn run(self) -> Result<()> {
        match self {
            Self::List(list) => list.run().await,
            Self::Show(show) => show.run().await,
            Self::Why(why) => why.run().await,
            Self::Restart(restart) => restart.run().await,
            Self::Input(of) => of.show_input().await,
            Self::Release(release) => release.run().await,
        }
    }
}

impl List {
    async fn run(self) -> Result<()> {
        let statuses: Vec<&str> = self.status.iter().map(|status| status.name()).collect();
        let mut path = format!("/executions?limit={}&status={}", self.limit, statuses.join(","));
        if let Some(workflow) = self.workflow {
            path.push_str(&format!("&workflow_id={workflow}"));
        }
        let page: Page = self.remote.get(&path).await?;
        if self.remote.json {
            say_json(&page.executions);
            return Ok(());
        }
        let row = |execution: &ExecutionSummary| {
            let started = execution.created_at.format("%F %T").to_string();
            let status = execution.status.name().to_owned();
            [execution.id.to_string(), status, execution.started_via.clone(), started, execution.workflow_name.clone()]
        };
        let rows: Vec<[String; 5]> = page.executions.iter().map(row).collect();
        say(table(["ID", "STATUS", "VIA", "STARTED (UTC)", "WORKFLOW"], &rows));
        Ok(())
    }
}

impl Show {
    async fn run(self) -> Result<()> {
        let execution: Execution = self.remote.get(&format!("/executions/{}", self.id)).await?;
        if self.remote.json {
            say_json(&execution);
            return Ok(());
        }
        let events = self.events().await?;
        say(headline(&execution.summary));
        story::lines(&events).into_iter().for_each(say);
        Ok(())
    }

    async fn events(&self) -> Result<Vec<Event>> {
        let (mut events, mut next) = (Vec::new(), Some(0));
        while let Some(after) = next {
            let page: EventPage = self.remote.get(&format!("/executions/{}/events?after={after}", self.id)).await?;
            events.extend(page.events);
            next = page.next;
        }
        Ok(events)
    }
}

/// Waits until the execution is over, shows it, and fails unless it succeeded.
pub async fn follow(remote: &Remote, id: ExecutionId) -> Result<()> {
    let path = format!("/executions/{id}?wait=50");
    let mut execution: Execution = remote.get(&path).await?;
    while !execution.summary.status.is_finished() {
        execution = remote.get(&path).await?;
    }
    show(remote, &execution);
    match execution.summary.status {
        ExecutionStatus::Succeeded => Ok(()),
        status => {
            let error = execution.summary.error.unwrap_or_else(|| "somebody cancelled it".to_owned());
            Err(Error::internal(format!("execution {id} ended as {}: {error}", status.name())))
        }
    }
}

fn show(remote: &Remote, execution: &Execution) {
    if remote.json {
        say_json(execution);
        return;
    }
    let Execution { summary, state } = execution;
    say(headline(summary));
    if let Some(error) = &summary.error {
        say(format!("  {error}"));
    }
    let rows: Vec<[String; 4]> = state
        .task_runs
        .iter()
        .map(|(node, run)| {
            let attempts = run.attempts.len().to_string();
            [node.to_string(), run.status.name().to_owned(), attempts, run.reason.clone().unwrap_or_default()]
        })
        .collect();
    say(table(["NODE", "STATUS", "ATTEMPTS", "REASON"], &rows));
}

fn headline(summary: &ExecutionSummary) -> String {
    let version = if summary.version == 0 { "draft".to_owned() } else { format!("version {}", summary.version) };
    let began = summary.created_at.format("%F %T UTC");
    format!("{} of “{}” ({version}), {began}: {}", summary.id, summary.workflow_name, summary.status.name())
}

fn status(name: &str) -> Result<ExecutionStatus, String> {
    let names = || ExecutionStatus::ALL.iter().map(|status| status.name()).collect::<Vec<_>>().join(", ");
    ExecutionStatus::parse(name).ok_or_else(|| format!("choose among {}", names()))
}
