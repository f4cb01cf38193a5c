//! API tokens: `fpt_`, 43 letters and digits (256 bits), 6 of checksum, so that a scanner can tell a real one without asking.
//! A token acts in one workspace with whatever role its creator has at that moment.

use std::{collections::BTreeSet, net::IpAddr};

use axum::http::{HeaderMap, header};
use ipnet::IpNet;
use sqlx::PgConnection;

use super::{Caller, login, secret};
use crate::{
    api::ApiError,
    domain::{
        account::{NewToken, TOKEN_DAYS_MAX, TokenSummary, TokenWish},
        id::{TokenId, UserId, WorkspaceId},
        role::{Action, Role},
        scope::{Reach, Scope},
    },
    server::{Result, store},
};

const PREFIX: &str = "fpt_";
const RANDOM_LENGTH: usize = 43;
const CHECKSUM_LENGTH: usize = 6;
const MOST_WORKFLOWS: usize = 100;
const MOST_NETWORKS: usize = 50;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The bearer token of a request. Some(""): the header is there and holds none.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().unwrap_or_default();
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whether the text has the form and the checksum of a token. Says nothing about whether it is valid.
pub fn is_well_formed(token: &str) -> bool {
    let Some(body) = token.strip_prefix(PREFIX) else { return false };
    body.is_ascii()
        && body.len() == RANDOM_LENGTH + CHECKSUM_LENGTH
        && checksum(&body[..RANDOM_LENGTH]) == body[RANDOM_LENGTH..]
}

fn generate() -> String {
    // 43 digits of base 62 hold 256.03 bits.
    let random: String = (0..RANDOM_LENGTH).map(|_| char::from(ALPHABET[rand::random_range(0..62)])).collect();
    format!("{PREFIX}{random}{}", checksum(&random))
}

fn checksum(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes()) as usize;
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[rest % 62];
        rest /= 62;
    }
    digits.iter().copied().map(char::from).collect()
}

/// Creates a token of the caller. The secret is in this answer and nowhere else.
pub async fn create(caller: &Caller, wish: TokenWish) -> Result<NewToken> {
    caller.session()?;
    let mut tx = caller.begin().await?;
    let owner = Owner { workspace: caller.workspace, user: caller.user, role: caller.role };
    let wish = checked(&mut tx, &owner, wish).await?;
    login::require_confirmed(caller).await?;
    let token = insert(&mut tx, &owner, &wish).await?;
    tx.commit().await?;
    Ok(token)
}

/// Whose token it is, and where.
pub struct Owner {
    pub workspace: WorkspaceId,
    pub user: UserId,
    pub role: Role,
}

/// The same for the command line, which needs no session: whoever can run it holds the database.
pub async fn create_for(db: &mut PgConnection, owner: &Owner, wish: TokenWish) -> Result<NewToken> {
    let wish = checked(db, owner, wish).await?;
    insert(db, owner, &wish).await
}

async fn insert(db: &mut PgConnection, owner: &Owner, wish: &TokenWish) -> Result<NewToken> {
    let token = generate();
    let new = store::tokens::New {
        workspace: owner.workspace,
        user: owner.user,
        name: &wish.name,
        hash: &secret::hash(&token),
        prefix: &token[..PREFIX.len() + 8],
        days: wish.days,
        reach: &wish.reach,
    };
    let summary = store::tokens::insert(db, new).await?;
    Ok(NewToken { secret: token, summary })
}

/// The wish as it is kept, or what is wrong with it.
async fn checked(db: &mut PgConnection, owner: &Owner, wish: TokenWish) -> Result<TokenWish> {
    let name = checked_name(&wish.name)?.to_owned();
    if !(1..=TOKEN_DAYS_MAX).contains(&wish.days) {
        return Err(ApiError::invalid("days", format!("Choose 1 to {TOKEN_DAYS_MAX} days.")).into());
    }
    let Reach { scopes, workflows, networks } = wish.reach;
    let reach = Reach {
        scopes: checked_scopes(owner.role, scopes, workflows.is_some())?,
        networks: checked_networks(&networks)?,
        workflows,
    };
    if let Some(ids) = &reach.workflows {
        let unique: BTreeSet<_> = ids.iter().collect();
        let is_known = store::workflows::count(db, owner.workspace, ids).await? == unique.len();
        if !(1..=MOST_WORKFLOWS).contains(&ids.len()) || !is_known {
            let message = format!("Choose 1 to {MOST_WORKFLOWS} workflows of this workspace, or all of it.");
            return Err(ApiError::invalid("workflows", message).into());
        }
    }
    Ok(TokenWish { name, days: wish.days, reach })
}

/// Each once. A scope that would be worth nothing is refused now: later nobody would understand why.
fn checked_scopes(role: Role, scopes: Vec<Scope>, is_for_workflows: bool) -> Result<Vec<Scope>, ApiError> {
    let scopes: Vec<Scope> = scopes.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    if scopes.is_empty() {
        return Err(ApiError::invalid("scopes", "Choose at least one scope: without any, the token may do nothing."));
    }
    if let Some(scope) = scopes.iter().find(|scope| !scope.suits(role)) {
        let (role, name) = (role.name(), scope.name());
        return Err(ApiError::invalid("scopes", format!("Your role ({role}) may not do what {name} stands for.")));
    }
    match scopes.iter().find(|scope| is_for_workflows && !scope.is_about_workflows()) {
        None => Ok(scopes),
        Some(scope) => {
            let message = format!("{} concerns the whole workspace, not certain workflows.", scope.name());
            Err(ApiError::invalid("scopes", message))
        }
    }
}

/// As addresses with the length of their network; an address alone is a network of one.
fn checked_networks(networks: &[String]) -> Result<Vec<String>, ApiError> {
    let invalid = |text: &str| {
        ApiError::invalid("networks", format!("“{text}” is no network. Write 203.0.113.0/24 or 2001:db8::/32."))
    };
    if networks.len() > MOST_NETWORKS {
        return Err(ApiError::invalid("networks", format!("Name at most {MOST_NETWORKS} networks.")));
    }
    let read = |text: &String| {
        let text = text.trim();
        let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network.map(|network| network.trunc().to_string()).map_err(|_| invalid(text))
    };
    networks.iter().map(read).collect()
}

/// Refuses a token that comes from elsewhere than it may.
pub fn admit_from(reach: &Reach, address: Option<IpAddr>) -> Result<(), ApiError> {
    let holds = |network: &String| {
        network.parse::<IpNet>().is_ok_and(|network| address.is_some_and(|address| network.contains(&address)))
    };
    if reach.networks.is_empty() || reach.networks.iter().any(holds) {
        return Ok(());
    }
    let from = address.map_or_else(|| "an unknown address".to_owned(), |address| address.to_string());
    Err(ApiError::forbidden(format!(
        "This token may not be used from {from}. Its networks are chosen when it is made."
    )))
}

fn checked_name(name: &str) -> Result<&str, ApiError> {
    let name = name.trim();
    match name.chars().count() {
        1..=100 => Ok(name),
        _ => Err(ApiError::invalid("name", "Give the token a name of 1 to 100 characters, such as what uses it.")),
    }
}

/// The caller's tokens; everybody's for who may manage them.
pub async fn list(caller: &Caller) -> Result<Vec<TokenSummary>> {
    store::tokens::list(&mut *caller.begin().await?, caller.workspace, whose(caller)).await
}

/// Revokes at once: the next request with the token is refused.
pub async fn revoke(caller: &Caller, id: TokenId) -> Result<()> {
    caller.session()?;
    let mut tx = caller.begin().await?;
    match store::tokens::revoke(&mut *tx, caller.workspace, whose(caller), id).await? {
        true => tx.commit().await,
        false => Err(ApiError::not_found("token").into()),
    }
}

/// Only their own, unless they may manage all.
fn whose(caller: &Caller) -> Option<UserId> {
    (!caller.may(Action::ManageAllTokens)).then_some(caller.user)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_recognised_by_its_form_and_checksum() {
        let token = generate();
        assert!(is_well_formed(&token), "{token}");
        assert_eq!(token.len(), 53);
        let mut typo = token.clone().into_bytes();
        typo[10] = if typo[10] == b'a' { b'b' } else { b'a' };
        for wrong in [
            String::from_utf8(typo).unwrap(),
            token[..52].to_owned(),
            format!("{token}0"),
            "fpt_".into(),
            "é".repeat(53),
        ] {
            assert!(!is_well_formed(&wrong), "{wrong}");
        }
    }

    #[test]
    fn networks_are_kept_as_they_are_meant() {
        let kept = |text: &str| checked_networks(&[text.to_owned()]).ok().map(|mut all| all.remove(0));
        for (text, expected) in [
            ("203.0.113.7", Some("203.0.113.7/32")),
            (" 203.0.113.7/24 ", Some("203.0.113.0/24")),
            ("2001:db8::1/32", Some("2001:db8::/32")),
            ("203.0.113.0/33", None),
            ("example.com", None),
            ("", None),
        ] {
            assert_eq!(kept(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_token_with_networks_works_from_there_only() {
        let reach = |networks: &[&str]| Reach {
            scopes: vec![Scope::WorkflowsRead],
            workflows: None,
            networks: networks.iter().map(|text| (*text).to_owned()).collect(),
        };
        let from = |text: &str| Some(text.parse().unwrap());
        assert!(admit_from(&reach(&[]), None).is_ok());
        let office = reach(&["203.0.113.0/24", "2001:db8::/32"]);
        assert!(admit_from(&office, from("203.0.113.9")).is_ok());
        assert!(admit_from(&office, from("2001:db8::9")).is_ok());
        assert!(admit_from(&office, from("198.51.100.1")).is_err());
        assert!(admit_from(&office, None).is_err(), "an address that is not known is none of them");
        assert!(admit_from(&reach(&["nonsense"]), from("203.0.113.9")).is_err());
    }

    #[test]
    fn scopes_suit_the_role_and_the_workflows() {
        let check = |role, scopes: &[Scope], few| checked_scopes(role, scopes.to_vec(), few);
        let twice = [Scope::ExecutionsRun, Scope::WorkflowsRead, Scope::ExecutionsRun];
        assert_eq!(check(Role::Owner, &twice, true).unwrap(), [Scope::WorkflowsRead, Scope::ExecutionsRun]);
        assert!(check(Role::Owner, &[], false).is_err());
        assert!(check(Role::Viewer, &[Scope::ExecutionsRun], false).is_err());
        assert!(check(Role::Owner, &[Scope::MembersRead], true).is_err());
    }

    #[test]
    fn the_scheme_is_bearer_in_any_case() {
        for (value, expected) in [
            ("Bearer abc", Some("abc")),
            ("bearer  abc ", Some("abc")),
            ("Bearer", Some("")),
            ("Basic abc", None),
            ("Bearerabc", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            assert_eq!(bearer(&headers), expected, "{value}");
        }
    }
}
