//! `flowpilot trigger …`: triggers, and the times of schedules that were missed.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    remote::Remote,
    table::{say, say_json, table},
};
use crate::{
    domain::{
        id::{TriggerId, WorkflowId},
        trigger::{Trigger, TriggerSummary},
    },
    server::Result,
};

#[derive(Subcommand)]
pub enum Command {
    /// List triggers.
    List(List),
    /// Start the times of a schedule that lie in a range and have no execution.
    Backfill(Backfill),
}

#[derive(Args)]
pub struct List {
    /// Only those of this workflow.
    #[arg(long)]
    workflow: Option<WorkflowId>,
    /// Only webhooks that take calls without authentication: whoever knows the address may start the workflow.
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Args)]
pub struct Backfill {
    id: TriggerId,
    /// The first time that counts, such as 2026-11-01T00:00:00Z.
    #[arg(long)]
    from: DateTime<Utc>,
    /// The last time that counts.
    #[arg(long)]
    to: DateTime<Utc>,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Serialize, Deserialize)]
struct Page {
    triggers: Vec<TriggerSummary>,
}

impl Command {
    pub async fn run(self) -> Result<()> {
        match self {
            Self::List(list) => list.run().await,
            Self::Backfill(backfill) => backfill.run().await,
        }
    }
}

impl List {
    async fn run(self) -> Result<()> {
        let filter = self.workflow.map_or_else(String::new, |id| format!("?workflow_id={id}"));
        let mut page: Page = self.remote.get(&format!("/triggers{filter}")).await?;
        page.triggers.retain(|trigger| !self.open || auth(trigger) == Some("none"));
        if self.remote.json {
            say_json(&page.triggers);
            return Ok(());
        }
        let row = |trigger: &TriggerSummary| {
            let next = trigger.schedule.as_ref().and_then(|schedule| schedule.next.first());
            let next = next.map_or("–".to_owned(), |next| next.local.clone());
            let live = if trigger.live { "yes" } else { "no" }.to_owned();
            let kind = trigger.trigger.kind().to_owned();
            let auth = auth(trigger).unwrap_or("–").to_owned();
            [trigger.id.to_string(), kind, live, auth, next, trigger.workflow_name.clone()]
        };
        let rows: Vec<[String; 6]> = page.triggers.iter().map(row).collect();
        say(table(["ID", "KIND", "LIVE", "AUTH", "NEXT", "WORKFLOW"], &rows));
        Ok(())
    }
}

/// How a webhook knows its callers.
fn auth(trigger: &TriggerSummary) -> Option<&'static str> {
    match &trigger.trigger {
        Trigger::Webhook { auth, .. } => Some(auth.name()),
        Trigger::Manual | Trigger::Schedule { .. } => None,
    }
}

impl Backfill {
    async fn run(self) -> Result<()> {
        let range = json!({ "from": self.from, "to": self.to });
        let answer: Value = self.remote.post(&format!("/triggers/{}/backfill", self.id), Some(&range)).await?;
        match self.remote.json {
            true => say_json(&answer),
            false => say(format!("Started {} executions.", answer["executions"].as_array().map_or(0, Vec::len))),
        }
        Ok(())
    }
}
