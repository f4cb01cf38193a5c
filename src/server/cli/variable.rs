//! `flowpilot variable …`: values that all workflows of the workspace read in expressions.

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    remote::Remote,
    table::{say, say_json, table},
};
use crate::{
    domain::variable::{Variable, typed, value_of, wrong_name},
    server::{Error, Result},
};

#[derive(Subcommand)]
pub enum Command {
    /// List the variables with their values.
    List(List),
    /// Create a variable, or give it another value.
    Set(Set),
    /// Delete a variable.
    Delete(Delete),
}

#[derive(Args)]
pub struct List {
    #[command(flatten)]
    remote: Remote,
}

#[derive(Args)]
pub struct Set {
    /// Letters, digits and underscores: expressions write vars.NAME.
    name: String,
    /// JSON where it reads as such (12, true, {"a": 1}), text otherwise.
    value: String,
    /// What it is for.
    #[arg(long, default_value = "")]
    description: String,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Args)]
pub struct Delete {
    name: String,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Serialize, Deserialize)]
struct Page {
    variables: Vec<Variable>,
}

impl Command {
    pub async fn run(self) -> Result<()> {
        match self {
            Self::List(list) => list.run().await,
            Self::Set(set) => set.run().await,
            Self::Delete(delete) => delete.run().await,
        }
    }
}

impl List {
    async fn run(self) -> Result<()> {
        let page: Page = self.remote.get("/variables").await?;
        if self.remote.json {
            say_json(&page.variables);
            return Ok(());
        }
        let row = |variable: &Variable| {
            let value: String = typed(&variable.value).chars().take(60).collect();
            [variable.name.clone(), value, variable.description.clone()]
        };
        let rows: Vec<[String; 3]> = page.variables.iter().map(row).collect();
        say(table(["NAME", "VALUE", "DESCRIPTION"], &rows));
        Ok(())
    }
}

/// A name that can stand in an address.
fn checked(name: &str) -> Result<&str> {
    wrong_name(name).map_or(Ok(name), |message| Err(Error::internal(message)))
}

impl Set {
    async fn run(self) -> Result<()> {
        let body = json!({ "value": value_of(&self.value), "description": self.description });
        let _: Value = self.remote.put(&format!("/variables/{}", checked(&self.name)?), &body).await?;
        say(format!("vars.{} is set.", self.name));
        Ok(())
    }
}

impl Delete {
    async fn run(self) -> Result<()> {
        self.remote.delete(&format!("/variables/{}", checked(&self.name)?)).await?;
        say(format!("vars.{} is deleted.", self.name));
        Ok(())
    }
}
