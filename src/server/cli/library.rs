//! `flowpilot library …`: reusable tasks of the workspace.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{
    remote::Remote,
    table::{say, say_json, table},
};
use crate::{
    domain::library::{LibraryTask, LibraryWish},
    server::{Error, Result},
};

#[derive(Subcommand)]
pub enum Command {
    /// List the tasks of the library.
    List(List),
    /// Print a task's versions as JSON, newest first.
    Show(One),
    /// Keep a task of a JSON file ({"name", "definition"}), or add a version to one.
    Save(Save),
    /// Delete a task; nodes that were made from it stay as they are.
    Delete(One),
}

#[derive(Args)]
pub struct List {
    #[command(flatten)]
    remote: Remote,
}

#[derive(Args)]
pub struct One {
    /// The task's id, as the list shows it.
    task: Uuid,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Args)]
pub struct Save {
    file: PathBuf,
    /// The id of the task that gets another version; left out: a new task.
    #[arg(long)]
    task: Option<Uuid>,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Serialize, Deserialize)]
struct Page {
    tasks: Vec<LibraryTask>,
}

impl Command {
    pub async fn run(self) -> Result<()> {
        match self {
            Self::List(list) => list.run().await,
            Self::Show(one) => {
                let page: Page = one.remote.get(&format!("/library/{}", one.task)).await?;
                say_json(&page.tasks);
                Ok(())
            }
            Self::Save(save) => save.run().await,
            Self::Delete(one) => {
                one.remote.delete(&format!("/library/{}", one.task)).await?;
                say("The task is deleted.");
                Ok(())
            }
        }
    }
}

impl List {
    async fn run(self) -> Result<()> {
        let page: Page = self.remote.get("/library").await?;
        if self.remote.json {
            say_json(&page.tasks);
            return Ok(());
        }
        let row = |task: &LibraryTask| {
            let kind = task.definition.kind.name().to_owned();
            let about: String = task.definition.description.chars().take(60).collect();
            [task.id.to_string(), task.name.clone(), task.version.to_string(), kind, about]
        };
        let rows: Vec<[String; 5]> = page.tasks.iter().map(row).collect();
        say(table(["ID", "NAME", "VERSION", "KIND", "DESCRIPTION"], &rows));
        Ok(())
    }
}

impl Save {
    async fn run(self) -> Result<()> {
        let file = self.file.display();
        let text = std::fs::read_to_string(&self.file).map_err(|error| Error::internal(format!("{file}: {error}")))?;
        let wish: LibraryWish = serde_json::from_str(&text)
            .map_err(|error| Error::internal(format!("{file} is no library task: {error}")))?;
        let path = self.task.map_or_else(|| "/library".to_owned(), |task| format!("/library/{task}/versions"));
        let answer: Value = self.remote.post(&path, Some(&wish)).await?;
        match self.remote.json {
            true => say_json(&answer),
            false => say(format!("{} is kept as version {} of {}.", wish.name, answer["version"], answer["id"])),
        }
        Ok(())
    }
}
