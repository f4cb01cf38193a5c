//! `flowpilot user create` and `flowpilot token create`: accounts without a browser, for whoever holds the database.

use std::io::Read;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::{
    domain::{
        account::{TOKEN_DAYS, TOKEN_DAYS_MAX},
        id::WorkflowId,
        role::Role,
        scope::{Preset, Scope},
    },
    server::{Error, Result, app::Database, auth::people, config::DatabaseConfig},
};

#[derive(Subcommand)]
pub enum User {
    /// Create a person as a member of a workspace; a workspace that does not exist yet is created.
    Create(CreateUser),
    /// Lock somebody out of every workspace, at once: their logins end, their tokens are heard no more.
    Disable(Lock),
    /// Let somebody in again.
    Enable(Lock),
}

#[derive(Args)]
pub struct Lock {
    #[arg(long)]
    email: String,
    #[command(flatten)]
    database: DatabaseConfig,
}

#[derive(Args)]
pub struct CreateUser {
    #[arg(long)]
    email: String,
    /// The workspace's name.
    #[arg(long)]
    workspace: String,
    /// owner, admin, editor, operator or viewer.
    #[arg(long, value_parser = role)]
    role: Role,
    /// The person's name as others see it.
    #[arg(long, default_value = "")]
    name: String,
    /// Read the password from the first line of standard input; otherwise one is generated and shown once.
    #[arg(long)]
    password_stdin: bool,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseConfig,
}

#[derive(Subcommand)]
pub enum Token {
    /// Create an API token of a person. It is shown once.
    Create(CreateToken),
}

#[derive(Args)]
pub struct CreateToken {
    #[arg(long)]
    email: String,
    /// The workspace's name; without it, the one that the person joined first.
    #[arg(long)]
    workspace: Option<String>,
    /// What will use it.
    #[arg(long)]
    name: String,
    /// How many days it lives.
    #[arg(long, default_value_t = TOKEN_DAYS, value_parser = clap::value_parser!(u16).range(1..=i64::from(TOKEN_DAYS_MAX)))]
    days: u16,
    /// What it may do, such as workflows:read, or `read`, `run`, `full` for several; again for more. Without it, `full`:
    /// everything that the person's role may, but for other people.
    #[arg(long = "scope", value_parser = choice)]
    scopes: Vec<people::Choice>,
    /// Only this workflow, by its id; again for more.
    #[arg(long = "workflow")]
    workflows: Vec<WorkflowId>,
    /// Only from this network, such as 203.0.113.0/24; again for more.
    #[arg(long = "network")]
    networks: Vec<String>,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseConfig,
}

impl User {
    pub async fn run(self) -> Result<()> {
        match self {
            Self::Create(wanted) => wanted.run().await,
            Self::Disable(lock) => lock.run(true).await,
            Self::Enable(lock) => lock.run(false).await,
        }
    }
}

impl Lock {
    async fn run(self, is_out: bool) -> Result<()> {
        let database = Database::open(&self.database).await?;
        let done = people::lock_out(&database.pool, &self.email, is_out).await;
        database.close().await;
        done?;
        println!("{} is {}.", self.email, if is_out { "locked out" } else { "let in again" });
        Ok(())
    }
}

impl CreateUser {
    async fn run(self) -> Result<()> {
        let Self { email, workspace, role, name, password_stdin, json, database } = self;
        let password = if password_stdin { Some(first_line()?) } else { None };
        let database = Database::open(&database).await?;
        let wish = people::Wish { email: &email, name: &name, workspace_name: &workspace, role, password };
        let created = people::create(&database.pool, wish).await;
        database.close().await;
        report(&created?, json);
        Ok(())
    }
}

impl Token {
    pub async fn run(self) -> Result<()> {
        let Self::Create(wanted) = self;
        let CreateToken { email, workspace, name, days, scopes, workflows, networks, json, database } = wanted;
        let database = Database::open(&database).await?;
        let token = people::TokenFor {
            email: &email,
            workspace: workspace.as_deref(),
            name,
            days,
            scopes,
            workflows: (!workflows.is_empty()).then_some(workflows),
            networks,
        };
        let created = people::create_token(&database.pool, token).await;
        database.close().await;
        let token = created?;
        match json {
            true => println!(
                "{}",
                json!({
                    "token": token.secret,
                    "id": token.summary.id,
                    "name": token.summary.name,
                    "expires_at": token.summary.expires_at,
                    "reach": token.summary.reach,
                })
            ),
            false => println!(
                "{}\n\nKeep it now: it is shown this once. It expires on {}.",
                token.secret,
                token.summary.expires_at.date_naive()
            ),
        }
        Ok(())
    }
}

fn report(created: &people::Created, as_json: bool) {
    let people::Created { user, email, workspace, workspace_name, role, generated_password } = created;
    if as_json {
        let workspace = json!({ "id": workspace, "name": workspace_name });
        println!(
            "{}",
            json!({ "id": user, "email": email, "workspace": workspace, "role": role, "password": generated_password })
        );
        return;
    }
    println!("{email} is {} of {workspace_name}.", role.name());
    if let Some(password) = generated_password {
        println!("Password, shown this once: {password}");
    }
}

fn choice(text: &str) -> Result<people::Choice, String> {
    let names = || Scope::ALL.map(Scope::name).join(", ");
    let preset = Preset::parse(text).map(people::Choice::Preset);
    let choice = preset.or_else(|| Scope::parse(text).map(people::Choice::Scope));
    choice.ok_or_else(|| format!("choose read, run, full or some of {}", names()))
}

pub(super) fn role(text: &str) -> Result<Role, String> {
    let names = || Role::ALL.map(Role::name).join(", ");
    Role::parse(text).ok_or_else(|| format!("choose one of {}", names()))
}

/// Without the line break. Longer input than a password can be is cut off and then refused as too long.
fn first_line() -> Result<String> {
    let mut text = String::new();
    std::io::stdin().take(4096).read_to_string(&mut text).map_err(Error::internal)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
