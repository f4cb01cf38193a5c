//! `flowpilot workflow …`: bring workflows in and out, list and run them.

use std::{io::Read, path::PathBuf};

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Value, json};
use url::form_urlencoded::byte_serialize;

use super::{
    execution,
    remote::Remote,
    table::{say, say_json, table},
};
use crate::{
    domain::{
        draft::{Draft, Version, WorkflowSummary},
        id::WorkflowId,
        limit::Priority,
        workflow::{Edge, Workflow},
    },
    server::{Error, Result},
};

#[derive(Subcommand)]
pub enum Command {
    /// Create a workflow from a file.
    Import(Import),
    /// Print a workflow's JSON form.
    Export(Export),
    /// List the workflows of the token's workspace.
    List(List),
    /// Start an execution.
    Run(Run),
}

#[derive(Args)]
pub struct Import {
    /// The JSON form, as export gives it; - reads standard input.
    file: PathBuf,
    /// Publish it at once.
    #[arg(long)]
    publish: bool,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Args)]
pub struct Export {
    id: WorkflowId,
    /// A published version instead of the draft.
    #[arg(long, value_name = "VERSION")]
    published: Option<i32>,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Args)]
pub struct List {
    /// Only those with this in their name or description.
    #[arg(long, default_value = "")]
    search: String,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Args)]
pub struct Run {
    /// The workflow's id or its exact name.
    workflow: String,
    /// What the trigger nodes hand on, in JSON.
    #[arg(long, default_value = "null")]
    input: String,
    /// Run the draft instead of the published version.
    #[arg(long)]
    draft: bool,
    /// Hold this run at an edge, written as its nodes' ids, with a port where it is not out: call>save, check.true>save.
    /// May be given several times; `flowpilot execution release` lets it go on.
    #[arg(long = "break", value_name = "FROM>TO", value_parser = edge)]
    breakpoints: Vec<Edge>,
    /// high, normal or low, whatever the workflow says.
    #[arg(long, value_parser = priority)]
    priority: Option<Priority>,
    /// A second start with the same key answers with the first execution.
    #[arg(long)]
    idempotency_key: Option<String>,
    /// Wait for the end; fails unless it succeeds.
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    remote: Remote,
}

impl Command {
    pub async fn run(self) -> Result<()> {
        match self {
            Self::Import(import) => import.run().await,
            Self::Export(export) => export.run().await,
            Self::List(list) => list.run().await,
            Self::Run(run) => run.run().await,
        }
    }
}

impl Import {
    async fn run(self) -> Result<()> {
        let workflow = self.read()?;
        let draft: Draft = self.remote.post("/workflows", Some(&workflow)).await?;
        let version = if self.publish { Some(self.publish(&draft).await?) } else { None };
        if self.remote.json {
            say_json(
                &json!({ "id": draft.id, "revision": draft.revision, "version": version, "problems": draft.problems }),
            );
            return Ok(());
        }
        let (name, id) = (&draft.workflow.name, draft.id);
        match version {
            Some(version) => say(format!("Imported “{name}” as {id} and published it as version {version}.")),
            None => say(format!("Imported “{name}” as {id}.")),
        }
        for problem in &draft.problems {
            say(format!("  Before it can be published: {problem}"));
        }
        Ok(())
    }

    async fn publish(&self, draft: &Draft) -> Result<i32> {
        let path = format!("/workflows/{}/publish?revision={}", draft.id, draft.revision);
        let published = self.remote.post::<Value>(&path, None::<&()>).await;
        let failed = |error| Error::internal(format!("imported as {}, but not published: {error}", draft.id));
        Ok(published.map_err(failed)?["version"].as_i64().unwrap_or_default() as i32)
    }

    fn read(&self) -> Result<Workflow> {
        let name = self.file.display();
        let text = match self.file.to_str() {
            Some("-") => {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text).map(|_| text)
            }
            _ => std::fs::read_to_string(&self.file),
        };
        let text = text.map_err(|error| Error::internal(format!("{name} cannot be read: {error}")))?;
        serde_json::from_str(&text).map_err(|error| Error::internal(format!("{name} is no workflow: {error}")))
    }
}

impl Export {
    async fn run(self) -> Result<()> {
        let path = format!("/workflows/{}", self.id);
        let workflow = match self.published {
            None => self.remote.get::<Draft>(&path).await?.workflow,
            Some(version) => self.remote.get::<Version>(&format!("{path}/versions/{version}")).await?.workflow,
        };
        say_json(&workflow);
        Ok(())
    }
}

impl List {
    async fn run(self) -> Result<()> {
        let workflows = all(&self.remote, &self.search).await?;
        if self.remote.json {
            say_json(&workflows);
            return Ok(());
        }
        let version =
            |workflow: &WorkflowSummary| workflow.live_version.map_or("–".to_owned(), |live| live.to_string());
        let rows: Vec<[String; 4]> = workflows
            .iter()
            .map(|workflow| {
                let updated = workflow.updated_at.format("%F %R").to_string();
                [workflow.id.to_string(), version(workflow), updated, workflow.name.clone()]
            })
            .collect();
        say(table(["ID", "LIVE", "UPDATED (UTC)", "NAME"], &rows));
        Ok(())
    }
}

impl Run {
    async fn run(self) -> Result<()> {
        let input: Value = serde_json::from_str(&self.input)
            .map_err(|error| Error::internal(format!("--input is no valid JSON: {error}")))?;
        let workflow = find(&self.remote, &self.workflow).await?;
        let start = json!({
            "workflow_id": workflow,
            "draft": self.draft,
            "input": input,
            "priority": self.priority,
            "breakpoints": self.breakpoints,
        });
        let key = self.idempotency_key.as_deref();
        let accepted: Accepted = self.remote.post_once("/executions", &start, key).await?;
        if self.wait {
            return execution::follow(&self.remote, accepted.id).await;
        }
        match self.remote.json {
            true => say_json(&json!({ "id": accepted.id })),
            false => say(format!("Started execution {}.", accepted.id)),
        }
        Ok(())
    }
}

fn edge(text: &str) -> Result<Edge, String> {
    let (from, to) = text.split_once('>').ok_or("an edge is written as from>to or from.port>to")?;
    Ok(match from.split_once('.') {
        Some((from, port)) => Edge::from_port(from, port, to),
        None => Edge::between(from, to),
    })
}

fn priority(name: &str) -> Result<Priority, String> {
    Priority::parse(name).ok_or_else(|| format!("choose among {}", Priority::ALL.map(Priority::name).join(", ")))
}

#[derive(Deserialize)]
struct Accepted {
    id: crate::domain::id::ExecutionId,
}

#[derive(Deserialize)]
struct Page {
    workflows: Vec<WorkflowSummary>,
    next: Option<String>,
}

/// Every workflow with this in its name or description, page by page.
async fn all(remote: &Remote, search: &str) -> Result<Vec<WorkflowSummary>> {
    let search: String = byte_serialize(search.as_bytes()).collect();
    let first = format!("/workflows?limit=100&search={search}");
    let (mut found, mut path) = (Vec::new(), Some(first.clone()));
    while let Some(here) = path {
        let page: Page = remote.get(&here).await?;
        found.extend(page.workflows);
        path = page.next.map(|next| format!("{first}&cursor={next}"));
    }
    Ok(found)
}

async fn find(remote: &Remote, wanted: &str) -> Result<WorkflowId> {
    if let Ok(id) = wanted.parse() {
        return Ok(id);
    }
    let found: Vec<WorkflowSummary> =
        all(remote, wanted).await?.into_iter().filter(|workflow| workflow.name == wanted).collect();
    match found.as_slice() {
        [one] => Ok(one.id),
        [] => Err(Error::internal(format!("there is no workflow “{wanted}”; `flowpilot workflow list` shows them"))),
        several => {
            let ids: Vec<String> = several.iter().map(|workflow| workflow.id.to_string()).collect();
            Err(Error::internal(format!(
                "several workflows are called “{wanted}”; name one by its id: {}",
                ids.join(", ")
            )))
        }
    }
}
