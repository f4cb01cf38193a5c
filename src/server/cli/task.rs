//! `flowpilot task …`: the catalogue of triggers and tasks. Needs no server.

use clap::Subcommand;

use super::{
    listing::{Form, Listing},
    table::{say, say_json, table},
};
use crate::{
    domain::task::{Kind, page},
    server::Result,
};

#[derive(Subcommand)]
pub enum Command {
    /// List the kinds of triggers and tasks.
    List(Listing),
}

impl Command {
    pub fn run(self) -> Result<()> {
        let Self::List(list) = self;
        match list.form() {
            Form::Json => say_json(&Kind::ALL.map(page::describe).as_slice()),
            Form::Markdown => say(page::page().trim_end()),
            Form::Table => say(table(["KIND", "FAMILY", "WHAT IT DOES"], &Kind::ALL.map(row))),
        }
        Ok(())
    }
}

fn row(kind: Kind) -> [String; 3] {
    let spec = kind.spec();
    [spec.name, spec.family.label(), spec.summary].map(str::to_owned)
}
