//! `flowpilot task …`: the catalogue of triggers and tasks. Needs no server.

use super::table::{say, say_json, table};
use crate::{
    domain::task::{Kind, page},
    server::Result,
};
use clap::{Args, Subcommand};

#[derive(Subcommand)]
pub enum Command {
    /// List the kinds of triggers and tasks.
    List(List),
}

#[derive(Args)]
pub struct List {
    /// Everything the catalogue knows: parameters as JSON Schema, outputs, examples.
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// The page of documentation, docs/tasks.md.
    #[arg(long)]
    markdown: bool,
}

impl Command {
    pub fn run(self) -> Result<()> {
        let Self::List(list) = self;
        if list.json {
            say_json(&Kind::ALL.map(page::describe).as_slice());
        } else if list.markdown {
            say(page::page().trim_end());
        } else {
            say(table(["KIND", "FAMILY", "WHAT IT DOES"], &Kind::ALL.map(row)));
        }
        Ok(())
    }
}

fn row(kind: Kind) -> [String; 3] {
    let spec = kind.spec();
    [spec.name, spec.family.label(), spec.summary].map(str::to_owned)
}
