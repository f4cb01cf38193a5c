//! An OAuth2 server on a free port, with an API behind it. It checks what it is given as real ones do: the client, the code
//! once, PKCE, the address to come back to; and it gives each refresh token once.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Form, Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{Engine, prelude::*};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

pub const CLIENT: &str = "flowpilot";
pub const SECRET: &str = "cAnary-client-5ecret";

#[derive(Clone)]
pub struct Provider {
    pub url: String,
    book: Arc<Mutex<Book>>,
}

#[derive(Default)]
struct Book {
    /// By code: the challenge and the address to come back to.
    codes: HashMap<String, (String, String)>,
    access: HashSet<String>,
    refresh: HashSet<String>,
    count: u32,
    grants: Vec<String>,
    is_down: bool,
    /// What the API was shown.
    shown: Vec<String>,
}

impl Provider {
    /// Gives access tokens of an hour.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let provider = Self { url, book: Arc::default() };
        let routes = Router::new()
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/elsewhere", post(async || Redirect::temporary("/token")))
            .route("/api", get(api).post(api))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        provider
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }

    pub fn go_down(&self, is_down: bool) {
        self.book().is_down = is_down;
    }

    /// Takes back every token.
    pub fn revoke_all(&self) {
        let mut book = self.book();
        book.access.clear();
        book.refresh.clear();
    }

    pub fn revoke_access(&self) {
        self.book().access.clear();
    }

    /// What tokens were asked for with, in order.
    pub fn grants(&self) -> Vec<String> {
        self.book().grants.clone()
    }

    pub fn shown(&self) -> Vec<String> {
        self.book().shown.clone()
    }
}

async fn authorize(State(provider): State<Provider>, Query(asked): Query<HashMap<String, String>>) -> Response {
    let part = |name: &str| asked.get(name).cloned().unwrap_or_default();
    if (part("response_type").as_str(), part("client_id").as_str()) != ("code", CLIENT) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let back = part("redirect_uri");
    if part("scope") == "denied" {
        return Redirect::to(&format!(
            "{back}?error=access_denied&error_description=No+thanks&state={}",
            part("state")
        ))
        .into_response();
    }
    let mut book = provider.book();
    book.count += 1;
    let code = format!("code-{}", book.count);
    book.codes.insert(code.clone(), (part("code_challenge"), back.clone()));
    Redirect::to(&format!("{back}?code={code}&state={}", part("state"))).into_response()
}

async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(asked): Form<HashMap<String, String>>,
) -> Response {
    let part = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let mut book = provider.book();
    book.grants.push(part("grant_type"));
    if book.is_down {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let login = format!("Basic {}", BASE64_STANDARD.encode(format!("{CLIENT}:{SECRET}")));
    let by_header = headers.get("authorization").is_some_and(|value| value.to_str().unwrap() == login);
    if !by_header && (part("client_id").as_str(), part("client_secret").as_str()) != (CLIENT, SECRET) {
        // As talkative as the worst.
        let description = format!("client {} with the secret {SECRET} is unknown", part("client_id"));
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client", &description);
    }
    let may = match part("grant_type").as_str() {
        "client_credentials" => true,
        "authorization_code" => book.codes.remove(&part("code")).is_some_and(|(challenge, back)| {
            let verifier = Sha256::digest(part("code_verifier"));
            BASE64_URL_SAFE_NO_PAD.encode(verifier) == challenge && back == part("redirect_uri")
        }),
        "refresh_token" => book.refresh.remove(&part("refresh_token")),
        _ => false,
    };
    if !may {
        return refuse(StatusCode::BAD_REQUEST, "invalid_grant", "the grant was used or never given");
    }
    book.count += 1;
    let (access, refresh) =
        (format!("cAnary-access-{}-{}", book.count, "x".repeat(20)), format!("cAnary-refresh-{}", book.count));
    book.access.insert(access.clone());
    let mut answer = json!({"access_token": access, "token_type": "Bearer", "expires_in": 3600});
    if part("grant_type") != "client_credentials" {
        book.refresh.insert(refresh.clone());
        answer["refresh_token"] = refresh.into();
    }
    Json(answer).into_response()
}

fn refuse(status: StatusCode, error: &str, description: &str) -> Response {
    (status, Json(json!({"error": error, "error_description": description}))).into_response()
}

async fn api(State(provider): State<Provider>, headers: HeaderMap) -> Result<Json<Value>, StatusCode> {
    let shown = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    let mut book = provider.book();
    book.shown.push(shown.clone());
    let is_good = shown.strip_prefix("Bearer ").is_some_and(|token| book.access.contains(token));
    is_good.then(|| Json(json!({"hello": "ada"}))).ok_or(StatusCode::UNAUTHORIZED)
}
