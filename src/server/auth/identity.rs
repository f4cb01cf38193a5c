//! Finds out, once per request, who it comes from; renews sessions on the way.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{peer, secret, sessions, site::Site, tokens};
use crate::{
    api::ApiError,
    domain::{
        account::Session,
        id::{SessionId, TokenId, UserId, WorkspaceId},
        role::Role,
        scope::Reach,
    },
    server::{AppState, Error, Result, store},
};

/// Who a request comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    pub user: UserId,
    pub email: String,
    pub name: String,
    pub workspace: WorkspaceId,
    pub workspace_name: String,
    pub role: Role,
    pub via: Via,
    /// How far their token reaches; none: they came with a session, which reaches as far as the role.
    pub reach: Option<Reach>,
}

impl From<Identity> for Session {
    fn from(identity: Identity) -> Self {
        let Identity { email, name, workspace, workspace_name, role, .. } = identity;
        Self { email, name, workspace, workspace_name, role }
    }
}

/// How they proved it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    Session(SessionId),
    Token(TokenId),
}

/// What [`identify`] leaves with the request; None is somebody unknown.
#[derive(Clone)]
struct Visitor(Option<Identity>);

/// Who sent the request. Fails where the layer does not run: nobody is let in by a forgotten layer.
pub fn of(parts: &Parts) -> Result<Option<Identity>, ApiError> {
    match parts.extensions.get::<Visitor>() {
        Some(Visitor(identity)) => Ok(identity.clone()),
        None => Err(Error::internal("a route that asks for its caller lacks auth::protect").into()),
    }
}

/// The layer that looks the caller up. A bearer token wins: with one, cookies are not read at all.
pub async fn identify(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let found = match tokens::bearer(&parts.headers) {
        Some(token) => by_token(&app, token, &parts).await.map(|identity| (identity, None)),
        None => by_cookie(&app, &parts.headers).await,
    };
    let mut request = Request::from_parts(parts, body);
    let (identity, cookie) = match found {
        Ok(found) => found,
        Err(error) => return ApiError::from(error).into_response(),
    };
    let somebody = identity.is_some();
    request.extensions_mut().insert(Visitor(identity));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if somebody && !is_file(headers) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    // A login or logout in the answer has the last word.
    if let (Some(cookie), false) = (cookie, headers.contains_key(header::SET_COOKIE)) {
        headers.insert(header::SET_COOKIE, cookie);
    }
    response
}

/// Who sends this request now: for answers that last, such as live feeds. Renews nothing, because the browser would
/// not learn of it.
pub async fn again(app: &AppState, parts: &Parts) -> Result<Option<Identity>> {
    if let Some(token) = tokens::bearer(&parts.headers) {
        return by_token(app, token, parts).await;
    }
    let Some(value) = sessions::presented(&Site::of(&app.config), &parts.headers) else { return Ok(None) };
    let found = store::sessions::find(&app.everywhere, &secret::hash(&value)).await?;
    Ok(found.map(|found| found.identity))
}

/// Fonts, styles and the like are the same for everybody and may be kept.
fn is_file(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    ["font/", "image/", "text/css", "text/javascript", "application/wasm"].iter().any(|start| kind.starts_with(start))
}

async fn by_token(app: &AppState, token: &str, parts: &Parts) -> Result<Option<Identity>> {
    if !tokens::is_well_formed(token) {
        return Ok(None);
    }
    let Some(found) = store::tokens::find(&app.everywhere, &secret::hash(token)).await? else { return Ok(None) };
    if let Some(reach) = &found.identity.reach {
        tokens::admit_from(reach, peer::address(parts, &app.config.trusted_proxies))?;
    }
    if let (true, Via::Token(id)) = (found.use_is_due, found.identity.via) {
        store::tokens::used(&app.everywhere, id).await?;
    }
    Ok(Some(found.identity))
}

async fn by_cookie(app: &AppState, headers: &HeaderMap) -> Result<(Option<Identity>, Option<HeaderValue>)> {
    let site = Site::of(&app.config);
    let Some(value) = sessions::presented(&site, headers) else { return Ok((None, None)) };
    let hash = secret::hash(&value);
    let Some(found) = store::sessions::find(&app.everywhere, &hash).await? else { return Ok((None, None)) };
    let cookie = match found.renewal_is_due {
        true => sessions::renew(&app.everywhere, &site, &hash).await?,
        false => None,
    };
    if let (true, Via::Session(id)) = (found.sighting_is_due, found.identity.via) {
        store::sessions::seen(&app.everywhere, id).await?;
    }
    Ok((Some(found.identity), cookie))
}
