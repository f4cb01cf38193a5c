//! `flowpilot dead-letter …`: executions that failed and what to do about them.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use super::{
    remote::Remote,
    table::{say, say_json, table},
};
use crate::{
    domain::{
        dead_letter::DeadLetter,
        id::{ExecutionId, WorkflowId},
    },
    server::{Error, Result},
};

#[derive(Subcommand)]
pub enum Command {
    /// List executions that failed and that nobody dealt with, latest first.
    List(List),
    /// Run one again, or many at a rate.
    Replay(Replay),
    /// Put one away.
    Discard(Discard),
}

/// Which of them.
#[derive(Args)]
struct Filter {
    /// Only those of this workflow.
    #[arg(long)]
    workflow: Option<WorkflowId>,
    /// Only those with these words in their error.
    #[arg(long)]
    error: Option<String>,
    /// Only those that failed at this time or later, such as 2026-11-20T00:00:00Z.
    #[arg(long)]
    from: Option<DateTime<Utc>>,
    /// Only those that failed before this time.
    #[arg(long)]
    to: Option<DateTime<Utc>>,
}

#[derive(Args)]
pub struct List {
    #[command(flatten)]
    filter: Filter,
    /// How many at most.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100))]
    limit: u32,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Args)]
pub struct Replay {
    /// The execution; without it all that fit, which --all has to confirm.
    id: Option<ExecutionId>,
    /// All that fit.
    #[arg(long, conflicts_with = "id")]
    all: bool,
    #[command(flatten)]
    filter: Filter,
    /// How many per second.
    #[arg(long, default_value_t = crate::server::dead_letters::USUAL_PER_SECOND)]
    per_second: f64,
    /// How many at most, the oldest first.
    #[arg(long, default_value_t = crate::server::dead_letters::MOST)]
    limit: i64,
    /// On the published version instead of the one that failed.
    #[arg(long)]
    live: bool,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Args)]
pub struct Discard {
    id: ExecutionId,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Serialize, Deserialize)]
struct Page {
    dead_letters: Vec<DeadLetter>,
}

impl Command {
    pub async fn run(self) -> Result<()> {
        match self {
            Self::List(list) => list.run().await,
            Self::Replay(replay) => replay.run().await,
            Self::Discard(discard) => discard.run().await,
        }
    }
}

impl List {
    async fn run(self) -> Result<()> {
        let mut query = Serializer::new(String::new());
        query.append_pair("limit", &self.limit.to_string());
        let Filter { workflow, error, from, to } = &self.filter;
        let wanted = [
            ("workflow_id", workflow.map(|id| id.to_string())),
            ("error", error.clone()),
            ("from", from.map(|from| from.to_rfc3339())),
            ("to", to.map(|to| to.to_rfc3339())),
        ];
        for (name, value) in wanted {
            if let Some(value) = value {
                query.append_pair(name, &value);
            }
        }
        let page: Page = self.remote.get(&format!("/dead-letters?{}", query.finish())).await?;
        if self.remote.json {
            say_json(&page.dead_letters);
            return Ok(());
        }
        let row = |letter: &DeadLetter| {
            let failed = letter.execution.finished_at.map_or(String::new(), |at| at.format("%F %T").to_string());
            let error = letter.execution.error.clone().unwrap_or_default();
            [letter.execution.id.to_string(), failed, letter.execution.workflow_name.clone(), error]
        };
        let rows: Vec<[String; 4]> = page.dead_letters.iter().map(row).collect();
        say(table(["EXECUTION", "FAILED (UTC)", "WORKFLOW", "ERROR"], &rows));
        Ok(())
    }
}

impl Replay {
    async fn run(self) -> Result<()> {
        let Filter { workflow, error, from, to } = &self.filter;
        let answer: Value = match self.id {
            Some(id) => {
                let path = format!("/dead-letters/{id}/replay?live={}", self.live);
                self.remote.post(&path, None::<&()>).await?
            }
            None if self.all => {
                let body = json!({
                    "workflow_id": workflow, "error": error, "from": from, "to": to,
                    "per_second": self.per_second, "limit": self.limit, "live": self.live,
                });
                self.remote.post("/dead-letters/replay", Some(&body)).await?
            }
            None => return Err(Error::internal("name an execution, or say --all to replay all that fit the filter")),
        };
        match (self.remote.json, self.id, &answer) {
            (true, ..) => say_json(&answer),
            (false, Some(id), answer) => say(format!("Replays {id} as {}.", answer["id"].as_str().unwrap_or_default())),
            (false, None, answer) => say(format!("Replays {}, {} per second.", answer["replays"], self.per_second)),
        }
        Ok(())
    }
}

impl Discard {
    async fn run(self) -> Result<()> {
        let letter: DeadLetter = self.remote.post(&format!("/dead-letters/{}/discard", self.id), None::<&()>).await?;
        match self.remote.json {
            true => say_json(&letter),
            false => say(format!("Put {} away.", self.id)),
        }
        Ok(())
    }
}
