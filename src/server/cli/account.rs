//! `flowpilot user create` and `flowpilot token create`: accounts without a browser, for whoever holds the database.

use std::io::Read;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::{
    domain::{
        account::{TOKEN_DAYS, TOKEN_DAYS_MAX},
        role::Role,
    },
    server::{Error, Result, app::Database, auth::people, config::DatabaseConfig},
};

#[derive(Subcommand)]
pub enum User {
    /// Create a person as a member of a workspace; a workspace that does not exist yet is created.
    Create(CreateUser),
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
    /// Create an API token of a person, in the workspace that they joined first. It is shown once.
    Create(CreateToken),
}

#[derive(Args)]
pub struct CreateToken {
    #[arg(long)]
    email: String,
    /// What will use it.
    #[arg(long)]
    name: String,
    /// How long it lives.
    #[arg(long, default_value_t = TOKEN_DAYS, value_parser = clap::value_parser!(u16).range(1..=i64::from(TOKEN_DAYS_MAX)))]
    days: u16,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseConfig,
}

impl User {
    pub async fn run(self) -> Result<()> {
        let Self::Create(CreateUser { email, workspace, role, name, password_stdin, json, database }) = self;
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
        let Self::Create(CreateToken { email, name, days, json, database }) = self;
        let database = Database::open(&database).await?;
        let created = people::create_token(&database.pool, &email, &name, days).await;
        database.close().await;
        let token = created?;
        match json {
            true => println!(
                "{}",
                json!({ "token": token.secret, "id": token.summary.id, "name": token.summary.name, "expires_at": token.summary.expires_at })
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

fn role(text: &str) -> Result<Role, String> {
    let names = || Role::ALL.map(Role::name).join(", ");
    Role::parse(text).ok_or_else(|| format!("choose one of {}", names()))
}

/// Without the line break. Longer input than a password can be is cut off and then refused as too long.
fn first_line() -> Result<String> {
    let mut text = String::new();
    std::io::stdin().take(4096).read_to_string(&mut text).map_err(Error::internal)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
