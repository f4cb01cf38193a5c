//! Shows people who are not logged in the page that comes first: setup while there is no owner, login afterwards.

use axum::{
    extract::{MatchedPath, Request, State},
    http::{Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use url::form_urlencoded;

use super::identity;
use crate::{
    api::ApiError,
    server::{AppState, Result, store},
};

const LOGIN: &str = "/login";
const SETUP: &str = "/setup";
/// Shows by itself what its link is worth, whoever opens it.
const INVITATION: &str = "/invitation";

/// The layer around pages. Everything but a page passes: it answers 401 by itself.
pub async fn redirect(State(app): State<AppState>, request: Request, next: Next) -> Response {
    if !wants_page(&request) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let destination = match identity::of(&parts) {
        Ok(identity) => destination(&app, identity.is_some(), parts.uri.path(), parts.uri.query()).await,
        Err(error) => Err(error.into()),
    };
    match destination {
        Ok(None) => next.run(Request::from_parts(parts, body)).await,
        Ok(Some(to)) => ([(header::CACHE_CONTROL, "no-store")], Redirect::to(&to)).into_response(),
        Err(error) => {
            let error = ApiError::from(error);
            let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, error.detail).into_response()
        }
    }
}

fn wants_page(request: &Request) -> bool {
    let accepts = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = request.uri().path();
    let is_interface = path.starts_with("/api/") || path.starts_with("/live/");
    // A route that is no interface is a page, whatever the client says that it accepts; what has no route may be a file.
    let is_page = accepts.contains("text/html") || request.extensions().get::<MatchedPath>().is_some();
    [Method::GET, Method::HEAD].contains(request.method()) && is_page && !is_interface
}

/// Where to instead; None: the page may be shown.
async fn destination(app: &AppState, is_known: bool, path: &str, query: Option<&str>) -> Result<Option<String>> {
    if is_known {
        let has_passed = path == LOGIN || path == SETUP;
        return Ok(has_passed.then(|| "/".to_owned()));
    }
    let is_claimed = store::users::any(&app.everywhere).await?;
    Ok(match (is_claimed, path) {
        (false, SETUP) | (true, LOGIN | INVITATION) => None,
        (false, _) => Some(SETUP.to_owned()),
        (true, SETUP | "/") => Some(LOGIN.to_owned()),
        (true, _) => Some(login_then(path, query)),
    })
}

fn login_then(path: &str, query: Option<&str>) -> String {
    let wanted = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", &wanted).finish();
    format!("{LOGIN}?{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wanted_page_travels_along() {
        assert_eq!(login_then("/executions", Some("status=failed")), "/login?next=%2Fexecutions%3Fstatus%3Dfailed");
    }
}
