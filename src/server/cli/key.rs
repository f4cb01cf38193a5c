//! `flowpilot key`: changing the keys that credentials are encrypted with, for whoever holds the database and the key file.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::server::{
    Error, Result,
    app::Database,
    config::DatabaseConfig,
    secrets::Secrets,
    store::{keys, users},
};

#[derive(Subcommand)]
pub enum Command {
    /// Give the instance a new key: it wraps every workspace's data key anew and takes the place of the key file, whose
    /// old content stays beside it for older backups. Servers may run meanwhile.
    Rotate(Target),
    /// Give workspaces new data keys and encrypt their credentials and webhook addresses anew. Servers may run meanwhile.
    RotateData(RotateData),
    /// Tell which key is in use, and whether a change is under way.
    Status(Target),
}

#[derive(Args)]
pub struct Target {
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseConfig,
}

#[derive(Args)]
pub struct RotateData {
    /// The workspace's name. Default: all of them.
    #[arg(long)]
    workspace: Option<String>,
    #[command(flatten)]
    target: Target,
}

impl Command {
    pub async fn run(self) -> Result<()> {
        match self {
            Self::Rotate(target) => target.rotate().await,
            Self::RotateData(RotateData { workspace, target }) => target.rotate_data(workspace.as_deref()).await,
            Self::Status(target) => target.status().await,
        }
    }
}

impl Target {
    async fn rotate(self) -> Result<()> {
        let (database, secrets) = self.open().await?;
        let rotated = secrets.rotate_instance_key(&database.pool).await;
        database.close().await;
        let rotated = rotated?;
        match self.json {
            true => println!("{}", json!({ "key": rotated.key, "wrapped": rotated.wrapped })),
            false => println!(
                "The instance has the key {} now; it wraps {}. The old one stays beside the key file: backups of before \
                 need it. Put the new key file on every other machine that runs FlowPilot.",
                rotated.key,
                counted(rotated.wrapped as u64, "data key")
            ),
        }
        Ok(())
    }

    async fn rotate_data(self, workspace: Option<&str>) -> Result<()> {
        let (database, secrets) = self.open().await?;
        let done = rotate_data(&database, &secrets, workspace).await;
        database.close().await;
        let (workspaces, values) = done?;
        match self.json {
            true => println!("{}", json!({ "workspaces": workspaces, "values": values })),
            false => println!(
                "New data keys: {}. Encrypted anew: {}.",
                counted(workspaces as u64, "workspace"),
                counted(values, "value")
            ),
        }
        Ok(())
    }

    async fn status(self) -> Result<()> {
        let (database, secrets) = self.open().await?;
        let standing = secrets.standing(&database.pool).await;
        database.close().await;
        let standing = standing?;
        match self.json {
            true => println!("{}", json!(standing)),
            false => println!(
                "Key {} in {}. Data keys that it wraps: {}. Being encrypted anew: {}.",
                standing.key,
                standing.file,
                counted(standing.workspaces as u64, "workspace"),
                counted(standing.changing as u64, "workspace")
            ),
        }
        Ok(())
    }

    async fn open(&self) -> Result<(Database, Secrets)> {
        let database = Database::open(&self.database).await?;
        let secrets = Secrets::load(&self.database.data_dir()?, self.database.key_file.as_deref());
        let verified = async {
            let secrets = secrets?;
            secrets.verify(&database.pool).await?;
            Ok(secrets)
        };
        match verified.await {
            Ok(secrets) => Ok((database, secrets)),
            Err(error) => {
                database.close().await;
                Err(error)
            }
        }
    }
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// How many workspaces, and how many values of theirs.
async fn rotate_data(database: &Database, secrets: &Secrets, workspace: Option<&str>) -> Result<(usize, u64)> {
    let wanted = match workspace {
        Some(name) => {
            let id = users::workspace_by_name(&database.pool, name).await?;
            vec![id.ok_or_else(|| Error::internal(format!("there is no workspace “{name}”")))?]
        }
        None => keys::workspaces(&database.pool).await?,
    };
    let mut values = 0;
    for id in &wanted {
        values += secrets.rotate_data_key(&database.pool, *id).await?;
    }
    Ok((wanted.len(), values))
}
