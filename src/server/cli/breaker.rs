//! `flowpilot breaker …`: circuit breakers of services that fail.

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    remote::Remote,
    table::{say, say_json, table},
};
use crate::{domain::breaker::BreakerSummary, server::Result};

#[derive(Subcommand)]
pub enum Command {
    /// List the breakers of services that failed lately, open ones first.
    List(List),
    /// Close a breaker: what waits for the service is attempted at once.
    Reset(Reset),
}

#[derive(Args)]
pub struct List {
    #[command(flatten)]
    remote: Remote,
}

#[derive(Args)]
pub struct Reset {
    /// As the list names it.
    service: String,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Serialize, Deserialize)]
struct Page {
    breakers: Vec<BreakerSummary>,
}

impl Command {
    pub async fn run(self) -> Result<()> {
        match self {
            Self::List(list) => list.run().await,
            Self::Reset(reset) => reset.run().await,
        }
    }
}

impl List {
    async fn run(self) -> Result<()> {
        let page: Page = self.remote.get("/breakers").await?;
        if self.remote.json {
            say_json(&page.breakers);
            return Ok(());
        }
        let row = |breaker: &BreakerSummary| {
            let retry = breaker.retry_at.map_or("–".to_owned(), |at| at.format("%F %T").to_string());
            let (state, failures) = (breaker.state.name().to_owned(), breaker.failures.to_string());
            [breaker.service.clone(), state, failures, retry, breaker.last_error.clone()]
        };
        let rows: Vec<[String; 5]> = page.breakers.iter().map(row).collect();
        say(table(["SERVICE", "STATE", "FAILURES", "PROBED AT (UTC)", "LAST ERROR"], &rows));
        Ok(())
    }
}

impl Reset {
    async fn run(self) -> Result<()> {
        let answer: Value = self.remote.post("/breakers/reset", Some(&json!({ "service": self.service }))).await?;
        match (self.remote.json, answer["reset"] == true) {
            (true, _) => say_json(&answer),
            (false, true) => say(format!("The breaker of {} is closed.", self.service)),
            (false, false) => say(format!("The breaker of {} was closed already.", self.service)),
        }
        Ok(())
    }
}
