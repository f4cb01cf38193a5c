//! `flowpilot workspace retention`: how long executions are kept, for whoever holds the database.

use clap::{Args, Subcommand};

use crate::server::{
    Error, Result,
    app::Database,
    config::DatabaseConfig,
    store::{retention, users},
};

#[derive(Subcommand)]
pub enum Workspace {
    /// Set how many days executions are kept after their end. Those that are not over are always kept.
    Retention(Retention),
}

#[derive(Args)]
pub struct Retention {
    /// The workspace's name.
    #[arg(long)]
    workspace: String,
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=3650))]
    days: u16,
    #[command(flatten)]
    database: DatabaseConfig,
}

impl Workspace {
    pub async fn run(self) -> Result<()> {
        let Self::Retention(Retention { workspace, days, database }) = self;
        let database = Database::open(&database).await?;
        let set = set(&database, &workspace, days).await;
        database.close().await;
        set?;
        println!("Executions of “{workspace}” are kept for {days} days after their end.");
        Ok(())
    }
}

async fn set(database: &Database, workspace: &str, days: u16) -> Result<()> {
    let id = users::workspace_by_name(&database.pool, workspace).await?;
    let id = id.ok_or_else(|| Error::internal(format!("there is no workspace “{workspace}”")))?;
    retention::set(&database.pool, id, days.into()).await
}
