//! API tokens: `fpt_`, 43 letters and digits (256 bits), 6 of checksum, so that a scanner can tell a real one without asking.
//! A token acts in one workspace with whatever role its creator has at that moment.

use axum::http::{HeaderMap, header};

use super::{Caller, login, secret};
use crate::{
    api::ApiError,
    domain::{
        account::{NewToken, TOKEN_DAYS_MAX, TokenSummary},
        id::{TokenId, UserId, WorkspaceId},
        role::Action,
    },
    server::{Result, store},
};

const PREFIX: &str = "fpt_";
const RANDOM_LENGTH: usize = 43;
const CHECKSUM_LENGTH: usize = 6;
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
pub async fn create(caller: &Caller, name: &str, days: u16) -> Result<NewToken> {
    caller.session()?;
    let name = checked_name(name)?;
    if !(1..=TOKEN_DAYS_MAX).contains(&days) {
        return Err(ApiError::invalid("days", format!("Choose 1 to {TOKEN_DAYS_MAX} days.")).into());
    }
    login::require_confirmed(caller).await?;
    let mut tx = caller.begin().await?;
    let token = create_for(&mut *tx, caller.workspace, caller.user, name, days).await?;
    tx.commit().await?;
    Ok(token)
}

/// The same for the command line, which needs no session: whoever can run it holds the database.
pub async fn create_for(
    db: impl sqlx::PgExecutor<'_>,
    workspace: WorkspaceId,
    user: UserId,
    name: &str,
    days: u16,
) -> Result<NewToken> {
    let name = checked_name(name)?;
    let token = generate();
    let new = store::tokens::New {
        workspace,
        user,
        name,
        hash: &secret::hash(&token),
        prefix: &token[..PREFIX.len() + 8],
        days,
    };
    let summary = store::tokens::insert(db, new).await?;
    Ok(NewToken { secret: token, summary })
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
    (!caller.role.may(Action::ManageAllTokens)).then_some(caller.user)
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
