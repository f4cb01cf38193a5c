//! Accounts made by hand: checks of what is typed, and `flowpilot user create`.

use sqlx::PgPool;
use uuid::Uuid;

use super::{Caller, password, tokens};
use crate::{
    api::ApiError,
    domain::{
        account::{Membership, NewToken, TokenWish},
        id::{UserId, WorkflowId, WorkspaceId},
        role::Role,
        scope::{Preset, Reach, Scope},
    },
    server::{Error, Result, store, store::users::User},
};

/// A person whose address and name have been checked.
pub struct New {
    pub email: String,
    pub name: String,
}

impl New {
    /// Trims both and writes the address in lower case.
    pub fn checked(email: &str, name: &str) -> Result<Self, ApiError> {
        let email = email.trim().to_lowercase();
        let name = name.trim().to_owned();
        if !is_address(&email) {
            return Err(ApiError::invalid("email", "Give an address such as ada@example.com."));
        }
        if name.chars().count() > 100 || name.chars().any(char::is_control) {
            return Err(ApiError::invalid("name", "Use at most 100 characters on one line."));
        }
        Ok(Self { email, name })
    }

    pub fn with(self, id: UserId, password_hash: String) -> User {
        User { id, email: self.email, name: self.name, password_hash }
    }
}

/// Only what every address has; whether it exists, a message would show.
fn is_address(email: &str) -> bool {
    let plain = email.len() <= 254 && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    let parts = email.split_once('@');
    plain && parts.is_some_and(|(person, host)| !person.is_empty() && host.len() >= 2 && !host.contains('@'))
}

pub fn workspace_name(name: &str) -> Result<&str, ApiError> {
    let name = name.trim();
    match (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
        true => Ok(name),
        false => Err(ApiError::invalid("workspace_name", "Give the workspace a name of 1 to 100 characters.")),
    }
}

/// What `flowpilot user create` made.
pub struct Created {
    pub user: UserId,
    pub email: String,
    pub workspace: WorkspaceId,
    pub workspace_name: String,
    pub role: Role,
    /// Chosen here because none was given; shown once.
    pub generated_password: Option<String>,
}

/// Whom to create. Without a password, one is generated.
pub struct Wish<'a> {
    pub email: &'a str,
    pub name: &'a str,
    pub workspace_name: &'a str,
    pub role: Role,
    pub password: Option<String>,
}

/// Creates a person as a member of the workspace, which is created when there is none of that name.
pub async fn create(db: &PgPool, wish: Wish<'_>) -> Result<Created> {
    let Wish { email, name, workspace_name, role, password } = wish;
    let person = New::checked(email, name)?;
    let workspace_name = self::workspace_name(workspace_name)?.to_owned();
    let generated_password = password.is_none().then(super::secret::new);
    let password = password.or_else(|| generated_password.clone()).unwrap_or_default();
    password::check("password", &password, &[&person.email, &workspace_name])?;
    let password_hash = password::hash(&password).await?;

    let user = person.with(UserId(Uuid::now_v7()), password_hash);
    let mut tx = db.begin().await?;
    store::setup::lock(&mut *tx).await?;
    store::users::insert(&mut *tx, &user).await.map_err(taken)?;
    let workspace = match store::users::workspace_by_name(&mut *tx, &workspace_name).await? {
        Some(workspace) => workspace,
        None => {
            let workspace = WorkspaceId(Uuid::now_v7());
            store::users::insert_workspace(&mut *tx, workspace, &workspace_name).await?;
            workspace
        }
    };
    store::users::set_role(&mut *tx, workspace, user.id, role).await?;
    tx.commit().await?;
    Ok(Created { user: user.id, email: user.email, workspace, workspace_name, role, generated_password })
}

pub(super) fn taken(error: Error) -> Error {
    match error.constraint() {
        Some("users_email_key") => ApiError::conflict("email_taken", "Somebody with this email exists already.").into(),
        _ => error,
    }
}

/// Locks somebody out of every workspace, or lets them in again.
pub async fn lock_out(db: &PgPool, email: &str, is_out: bool) -> Result<()> {
    match store::users::set_disabled(db, &email.trim().to_lowercase(), is_out).await? {
        true => Ok(()),
        false => Err(ApiError::invalid("email", "Nobody has this email.").into()),
    }
}

/// Changes the caller's name as others see it.
pub async fn rename(caller: &Caller, name: &str) -> Result<()> {
    caller.session()?;
    let New { name, .. } = New::checked(&caller.email, name)?;
    store::users::set_name(&caller.app.everywhere, caller.user, &name).await
}

/// Whose token to create, and what it is for.
pub struct TokenFor<'a> {
    pub email: &'a str,
    /// None: the workspace that they joined first.
    pub workspace: Option<&'a str>,
    pub name: String,
    pub days: u16,
    /// Empty: what their role may, but for other people.
    pub scopes: Vec<Choice>,
    /// None: all.
    pub workflows: Option<Vec<WorkflowId>>,
    pub networks: Vec<String>,
}

/// One scope by its name, or what of a preset suits the person's role.
#[derive(Clone, Copy)]
pub enum Choice {
    Scope(Scope),
    Preset(Preset),
}

impl<'a> TokenFor<'a> {
    /// What is usual: for a day, in their first workspace, with what their role may.
    pub fn a_day(email: &'a str, name: &str) -> Self {
        let (name, scopes, networks) = (name.to_owned(), Vec::new(), Vec::new());
        Self { email, workspace: None, name, days: 1, scopes, workflows: None, networks }
    }
}

/// A token of this person.
pub async fn create_token(db: &PgPool, wanted: TokenFor<'_>) -> Result<NewToken> {
    let nobody = || ApiError::invalid("email", "Nobody has this email. `flowpilot user create` makes an account.");
    let user = store::users::by_email(db, &wanted.email.trim().to_lowercase()).await?.ok_or_else(nobody)?;
    let nowhere = || ApiError::invalid("email", "This person is a member of no such workspace.");
    let memberships = store::members::of_user(db, user.id).await?;
    let fits = |membership: &&Membership| wanted.workspace.is_none_or(|name| membership.name == name);
    let membership = memberships.iter().find(fits).ok_or_else(nowhere)?;
    let owner = tokens::Owner { workspace: membership.workspace, user: user.id, role: membership.role };
    let fits = |scope: &Scope| wanted.workflows.is_none() || scope.is_about_workflows();
    let chosen = if wanted.scopes.is_empty() { vec![Choice::Preset(Preset::Full)] } else { wanted.scopes };
    let scopes = chosen.into_iter().flat_map(|choice| match choice {
        Choice::Scope(scope) => vec![scope],
        Choice::Preset(preset) => preset.scopes(owner.role).into_iter().filter(fits).collect(),
    });
    let scopes = scopes.collect();
    let reach = Reach { scopes, workflows: wanted.workflows, networks: wanted.networks };
    let mut tx = db.begin().await?;
    let token = tokens::create_for(&mut tx, &owner, TokenWish { name: wanted.name, days: wanted.days, reach }).await?;
    tx.commit().await?;
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_for_what_all_of_them_have() {
        for good in ["a@b.c", "  Ada@Example.COM ", "root@localhost"] {
            assert!(New::checked(good, "").is_ok(), "{good}");
        }
        for bad in ["", "a", "@b.c", "a@", "a@b@c", "a b@c.d", "a@b\n.c", &format!("{}@b.c", "a".repeat(255))] {
            assert!(New::checked(bad, "").is_err(), "{bad}");
        }
        assert_eq!(New::checked(" Ada@Example.COM ", " Ada ").unwrap().email, "ada@example.com");
    }
}
