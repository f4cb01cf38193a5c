//! How the catalogues that this program brings along are printed.

use clap::Args;

#[derive(Args)]
pub struct Listing {
    /// As JSON, with all that is known of each.
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// As docs/ has it, for the page of documentation.
    #[arg(long)]
    markdown: bool,
}

pub enum Form {
    Json,
    Markdown,
    Table,
}

impl Listing {
    pub fn form(&self) -> Form {
        match (self.json, self.markdown) {
            (true, _) => Form::Json,
            (_, true) => Form::Markdown,
            _ => Form::Table,
        }
    }
}
