//! Sessions at the HTTP side: the cookie, how one begins, renews and ends. Their lifetimes stand in `store/sessions.rs`.

use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use super::{Caller, secret, site::Site};
use crate::{
    api::ApiError,
    domain::{
        account::SessionSummary,
        id::{SessionId, UserId, WorkspaceId},
    },
    server::{Error, Result, store},
};

/// Sessions that one person may have at a time; the ones seen longest ago make room.
const SESSIONS_PER_USER: i64 = 10;

/// Browsers accept a `__Host-` cookie only with Secure, without Domain and for the whole site. Plain http cannot have it.
fn name(site: &Site) -> &'static str {
    if site.is_secure { "__Host-flowpilot_sid" } else { "flowpilot_sid" }
}

/// The value of the session cookie that came with the request.
pub fn presented(site: &Site, headers: &HeaderMap) -> Option<String> {
    CookieJar::from_headers(headers).get(name(site)).map(|cookie| cookie.value().to_owned())
}

/// Begins a session in the person's first workspace and ends the one that the browser had. The value is always new, so
/// one that somebody planted before the login is worth nothing. Returns the cookie to set.
pub async fn begin(db: &sqlx::PgPool, site: &Site, user: UserId, browser: &HeaderMap) -> Result<HeaderValue> {
    let no_workspace = || ApiError::forbidden("You are a member of no workspace. Ask an owner to invite you.");
    let workspace = store::users::first_workspace(db, user).await?.ok_or_else(no_workspace)?;
    begin_in(db, site, user, workspace, browser).await
}

/// The same in a given workspace, which the person is a member of.
pub async fn begin_in(
    db: &sqlx::PgPool,
    site: &Site,
    user: UserId,
    workspace: WorkspaceId,
    browser: &HeaderMap,
) -> Result<HeaderValue> {
    let value = secret::new();
    let mut tx = db.begin().await?;
    if let Some(old) = presented(site, browser) {
        store::sessions::end_by_hash(&mut *tx, &secret::hash(&old)).await?;
    }
    store::sessions::insert(&mut *tx, &secret::hash(&value), user, workspace, &user_agent(browser)).await?;
    store::sessions::end_surplus(&mut *tx, user, SESSIONS_PER_USER).await?;
    tx.commit().await?;
    cookie(site, &value)
}

/// Gives a session a new value, unless another request just did.
pub async fn renew(db: &sqlx::PgPool, site: &Site, old: &[u8]) -> Result<Option<HeaderValue>> {
    let value = secret::new();
    let renewed = store::sessions::renew(db, old, &secret::hash(&value)).await?;
    renewed.then(|| cookie(site, &value)).transpose()
}

/// Gives the session a new value after the password was shown or changed; the old value dies at once.
pub async fn replace(db: impl sqlx::PgExecutor<'_>, site: &Site, id: SessionId) -> Result<HeaderValue> {
    let value = secret::new();
    store::sessions::replace(db, id, &secret::hash(&value)).await?;
    cookie(site, &value)
}

/// The caller's own sessions, in whichever workspace.
pub async fn list(caller: &Caller) -> Result<Vec<SessionSummary>> {
    store::sessions::of_user(&caller.app.everywhere, caller.user, Some(caller.session()?)).await
}

/// Ends one of the caller's own sessions.
pub async fn end(caller: &Caller, id: SessionId) -> Result<()> {
    caller.session()?;
    match store::sessions::end(&caller.app.everywhere, caller.user, id).await? {
        true => Ok(()),
        false => Err(ApiError::not_found("session").into()),
    }
}

/// Makes the browser forget the cookie.
pub fn removal(site: &Site) -> Result<HeaderValue> {
    let mut cookie = built(site, String::new());
    cookie.make_removal();
    header_value(&cookie)
}

fn cookie(site: &Site, value: &str) -> Result<HeaderValue> {
    header_value(&built(site, value.to_owned()))
}

/// Without Max-Age: it goes when the browser closes; the server's own limits hold anyway.
fn built(site: &Site, value: String) -> Cookie<'static> {
    Cookie::build((name(site), value)).path("/").http_only(true).same_site(SameSite::Lax).secure(site.is_secure).build()
}

fn header_value(cookie: &Cookie<'_>) -> Result<HeaderValue> {
    HeaderValue::from_str(&cookie.to_string()).map_err(Error::internal)
}

fn user_agent(headers: &HeaderMap) -> String {
    let text = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(is_secure: bool) -> Site {
        Site::at(if is_secure { "https://flow.example.com" } else { "http://127.0.0.1:3000" })
    }

    #[test]
    fn over_https_the_cookie_is_bound_to_the_host() {
        let cookie = cookie(&site(true), "abc").unwrap();
        assert_eq!(cookie, "__Host-flowpilot_sid=abc; HttpOnly; SameSite=Lax; Secure; Path=/");
    }

    #[test]
    fn on_this_machine_over_http_it_goes_without_secure() {
        let cookie = cookie(&site(false), "abc").unwrap();
        assert_eq!(cookie, "flowpilot_sid=abc; HttpOnly; SameSite=Lax; Path=/");
    }

    #[test]
    fn a_removal_expires_at_once() {
        let removal = removal(&site(true)).unwrap();
        let removal = removal.to_str().unwrap();
        assert!(
            removal.starts_with("__Host-flowpilot_sid=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0"),
            "{removal}"
        );
    }
}
