//! Logging in and changing the password. Whether an address is known shows neither in the answer nor in its time.

use axum::http::{HeaderValue, request::Parts};

use super::{
    Caller, Via,
    password::{self, Verdict},
    sessions,
    site::Site,
    throttle::{self, Keys},
};
use crate::{
    api::ApiError,
    domain::id::UserId,
    server::{AppState, Result, store},
};

/// Checks the password and begins a session. Returns the cookie to set.
pub async fn log_in(app: &AppState, parts: &Parts, email: &str, password: &str) -> Result<HeaderValue> {
    let user = check(app, parts, email, password).await?;
    sessions::begin(&app.everywhere, &Site::of(&app.config), user, &parts.headers).await
}

/// Whose address and password these are.
pub async fn check(app: &AppState, parts: &Parts, email: &str, password: &str) -> Result<UserId> {
    let email = email.trim().to_lowercase();
    let keys = Keys::of(&email, parts, &app.config);
    throttle::admit(&app.everywhere, &keys).await?;
    let user = store::users::by_email(&app.everywhere, &email).await?;
    let kept = user.as_ref().map(|user| user.password_hash.clone());
    let verdict = password::verify(password, kept).await?;
    let Some(user) = user.filter(|_| verdict != Verdict::Wrong) else { return Err(wrong().into()) };
    if verdict == Verdict::RightButOutdated {
        store::users::set_password_hash(&app.everywhere, user.id, &password::hash(password).await?).await?;
    }
    throttle::succeeded(&app.everywhere, &keys).await?;
    Ok(user.id)
}

fn wrong() -> ApiError {
    ApiError::new(401, "wrong_login", "That email and password do not belong together. Check both and try again.")
}

/// Ends the session that came with the request, if one did. Returns the cookie that makes the browser forget.
pub async fn log_out(app: &AppState, parts: &Parts) -> Result<HeaderValue> {
    let site = Site::of(&app.config);
    if let Some(value) = sessions::presented(&site, &parts.headers) {
        store::sessions::end_by_hash(&app.everywhere, &super::secret::hash(&value)).await?;
    }
    sessions::removal(&site)
}

/// Changes the caller's password and ends all their other sessions. Returns the new cookie of this one.
pub async fn change_password(caller: &Caller, parts: &Parts, current: &str, new: &str) -> Result<HeaderValue> {
    let session = caller.session()?;
    let user = prove(caller, parts, "current", current).await?;
    password::check("new", new, &[&user.email, &user.name])?;
    let hash = password::hash(new).await?;
    let mut tx = caller.app.everywhere.begin().await?;
    store::users::set_password_hash(&mut *tx, user.id, &hash).await?;
    store::sessions::end_others(&mut *tx, user.id, session).await?;
    let cookie = sessions::replace(&mut *tx, &Site::of(&caller.app.config), session).await?;
    tx.commit().await?;
    Ok(cookie)
}

/// Shows that the person at the browser is the one who logged in; good for ten minutes. Returns the new cookie of the
/// session: what somebody overheard before must not be worth more now.
pub async fn confirm(caller: &Caller, parts: &Parts, password: &str) -> Result<HeaderValue> {
    let session = caller.session()?;
    prove(caller, parts, "password", password).await?;
    sessions::replace(&caller.app.everywhere, &Site::of(&caller.app.config), session).await
}

/// Refuses unless the person showed their password within ten minutes.
pub async fn require_confirmed(caller: &Caller) -> Result<()> {
    if store::sessions::is_confirmed(&caller.app.everywhere, caller.session()?).await? {
        return Ok(());
    }
    Err(ApiError::new(403, "confirm_password", "Confirm your password to go on.").into())
}

/// The same where a token may do it too: whoever made that showed their password, and chose its scopes.
pub async fn require_confirmed_person(caller: &Caller) -> Result<()> {
    match caller.via {
        Via::Session(_) => require_confirmed(caller).await,
        Via::Token(_) => Ok(()),
    }
}

/// The caller's own account, once the password is right.
async fn prove(caller: &Caller, parts: &Parts, field: &str, password: &str) -> Result<store::users::User> {
    let keys = Keys::of(&caller.email, parts, &caller.app.config);
    throttle::admit(&caller.app.everywhere, &keys).await?;
    let user = own(&caller.app, caller.user).await?;
    if password::verify(password, Some(user.password_hash.clone())).await? == Verdict::Wrong {
        return Err(ApiError::invalid(field, "This is not your current password.").into());
    }
    throttle::succeeded(&caller.app.everywhere, &keys).await?;
    Ok(user)
}

async fn own(app: &AppState, id: UserId) -> Result<store::users::User> {
    Ok(store::users::by_id(&app.everywhere, id).await?.ok_or_else(ApiError::unauthenticated)?)
}
