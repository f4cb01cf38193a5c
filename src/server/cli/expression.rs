//! `flowpilot expression …`: what expressions can call. Needs no server.

use clap::{Args, Subcommand};

use super::table::{say, say_json, table};
use crate::{domain::expression::reference, server::Result};

#[derive(Subcommand)]
pub enum Command {
    /// List the functions and methods.
    List(List),
}

#[derive(Args)]
pub struct List {
    /// As JSON, by subject, with examples.
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// The part of the documentation that is written from here, in docs/expressions.md.
    #[arg(long)]
    markdown: bool,
}

impl Command {
    pub fn run(self) -> Result<()> {
        let Self::List(list) = self;
        let groups: Vec<_> = reference::methods().iter().chain(reference::functions()).collect();
        if list.json {
            say_json(&groups.as_slice());
        } else if list.markdown {
            say(reference::markdown().trim_end());
        } else {
            let entries = groups.into_iter().flat_map(|group| group.entries);
            let rows: Vec<[String; 2]> =
                entries.map(|entry| [entry.signature, entry.about].map(str::to_owned)).collect();
            say(table(["CALL", "WHAT IT GIVES"], &rows));
        }
        Ok(())
    }
}
