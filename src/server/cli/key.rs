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
                "The instance has the key {} now; it wraps {} data keys. The old one stays beside the key file: backups of \
                 before need it. Put the new key file on every other machine that runs FlowPilot.",
                rotated.key, rotated.wrapped
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
            false => println!("{workspaces} workspaces have a new data key; {values} values were encrypted anew."),
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
                "The key {} in {} wraps the data keys of {} workspaces; {} of them are being encrypted anew.",
                standing.key, standing.file, standing.workspaces, standing.changing
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
