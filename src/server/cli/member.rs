//! `flowpilot member …`: who belongs to the workspace of the token, and inviting others.

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    account::role,
    remote::Remote,
    table::{say, say_json, table},
};
use crate::{
    domain::{
        member::{INVITATION_DAYS, Invitation, Member, NewInvitation},
        role::Role,
    },
    server::{Error, Result},
};

#[derive(Subcommand)]
pub enum Command {
    /// List members and open invitations.
    List(List),
    /// Invite somebody: prints a link that works once and for seven days.
    Invite(Invite),
    /// Give a member another role.
    Role(ChangeRole),
    /// Take a member out of the workspace, or an invitation back.
    Remove(Remove),
}

#[derive(Args)]
pub struct List {
    #[command(flatten)]
    remote: Remote,
}

#[derive(Args)]
pub struct Invite {
    email: String,
    /// owner, admin, editor, operator or viewer.
    #[arg(long, value_parser = role)]
    role: Role,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Args)]
pub struct ChangeRole {
    email: String,
    /// owner, admin, editor, operator or viewer.
    #[arg(value_parser = role)]
    role: Role,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Args)]
pub struct Remove {
    email: String,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Serialize, Deserialize)]
struct Members {
    members: Vec<Member>,
}

#[derive(Serialize, Deserialize)]
struct Invitations {
    invitations: Vec<Invitation>,
}

impl Command {
    pub async fn run(self) -> Result<()> {
        match self {
            Self::List(list) => list.run().await,
            Self::Invite(invite) => invite.run().await,
            Self::Role(change) => change.run().await,
            Self::Remove(remove) => remove.run().await,
        }
    }
}

async fn members(remote: &Remote) -> Result<Vec<Member>> {
    Ok(remote.get::<Members>("/members").await?.members)
}

async fn invitations(remote: &Remote) -> Result<Vec<Invitation>> {
    Ok(remote.get::<Invitations>("/invitations").await?.invitations)
}

async fn find(remote: &Remote, email: &str) -> Result<Member> {
    let email = email.trim().to_lowercase();
    let found = members(remote).await?.into_iter().find(|member| member.email == email);
    found.ok_or_else(|| Error::internal(format!("{email} is no member of this workspace")))
}

impl List {
    async fn run(self) -> Result<()> {
        let (members, invitations) = (members(&self.remote).await?, invitations(&self.remote).await?);
        if self.remote.json {
            say_json(&json!({ "members": members, "invitations": invitations }));
            return Ok(());
        }
        let member = |member: &Member| {
            let seen = member.seen_at.map_or("–".to_owned(), |at| at.format("%Y-%m-%d %H:%M").to_string());
            [member.email.clone(), member.role.name().to_owned(), seen, member.name.clone()]
        };
        let invited = |invitation: &Invitation| {
            let until = format!("invited, until {}", invitation.expires_at.format("%Y-%m-%d"));
            [invitation.email.clone(), invitation.role.name().to_owned(), until, String::new()]
        };
        let rows: Vec<[String; 4]> = members.iter().map(member).chain(invitations.iter().map(invited)).collect();
        say(table(["EMAIL", "ROLE", "SEEN (UTC)", "NAME"], &rows));
        Ok(())
    }
}

impl Invite {
    async fn run(self) -> Result<()> {
        let body = json!({ "email": self.email, "role": self.role });
        let made: NewInvitation = self.remote.post("/invitations", Some(&body)).await?;
        match self.remote.json {
            true => say_json(&made),
            false => say(format!(
                "{}\n\nHand it to {}. It works once and for {INVITATION_DAYS} days, and is shown this once.",
                made.link, made.invitation.email
            )),
        }
        Ok(())
    }
}

impl ChangeRole {
    async fn run(self) -> Result<()> {
        let member = find(&self.remote, &self.email).await?;
        self.remote.patch(&format!("/members/{}", member.id), &json!({ "role": self.role })).await?;
        let changed = Member { role: self.role, ..member };
        match self.remote.json {
            true => say_json(&changed),
            false => say(format!("{} is {} now.", changed.email, changed.role.name())),
        }
        Ok(())
    }
}

impl Remove {
    async fn run(self) -> Result<()> {
        let email = self.email.trim().to_lowercase();
        let invited = invitations(&self.remote).await?.into_iter().find(|invitation| invitation.email == email);
        let path = match invited {
            Some(invitation) => format!("/invitations/{}", invitation.id),
            None => format!("/members/{}", find(&self.remote, &email).await?.id),
        };
        self.remote.delete(&path).await?;
        match self.remote.json {
            true => say_json(&json!({ "removed": email })),
            false => say(format!("{email} is out.")),
        }
        Ok(())
    }
}
