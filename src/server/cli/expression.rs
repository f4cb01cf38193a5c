//! `flowpilot expression …`: what expressions can call. Needs no server.

use clap::Subcommand;

use super::{
    listing::{Form, Listing},
    table::{say, say_json, table},
};
use crate::{domain::expression::reference, server::Result};

#[derive(Subcommand)]
pub enum Command {
    /// List the functions and methods.
    List(Listing),
}

impl Command {
    pub fn run(self) -> Result<()> {
        let Self::List(list) = self;
        let groups: Vec<_> = reference::methods().iter().chain(reference::functions()).collect();
        match list.form() {
            Form::Json => say_json(&groups.as_slice()),
            Form::Markdown => say(reference::markdown().trim_end()),
            Form::Table => {
                let entries = groups.into_iter().flat_map(|group| group.entries);
                let rows: Vec<[String; 2]> =
                    entries.map(|entry| [entry.signature, entry.about].map(str::to_owned)).collect();
                say(table(["CALL", "WHAT IT GIVES"], &rows));
            }
        }
        Ok(())
    }
}
