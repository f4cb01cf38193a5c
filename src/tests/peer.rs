//! An HTTP service on a free port.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::any,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::mpsc};

/// An HTTP service that keeps what it was asked.
pub struct Peer {
    port: u16,
    pub seen: mpsc::UnboundedReceiver<Seen>,
}

#[derive(Debug)]
pub struct Seen {
    pub method: Method,
    pub uri: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

#[derive(Clone)]
struct Script {
    sender: mpsc::UnboundedSender<Seen>,
    status: StatusCode,
    headers: BTreeMap<String, String>,
    body: Say,
}

#[derive(Clone)]
enum Say {
    /// The request's headers.
    Headers,
    /// By turns; the last one stays.
    Json(Arc<Mutex<VecDeque<Value>>>),
    Bytes(Bytes),
}

impl Peer {
    /// Answers everything with this.
    pub async fn answering(status: u16, headers: &[(&str, &str)], body: Value) -> Self {
        Self::start(status, headers, Some([body].into())).await
    }

    /// Answers with one after the other; the last one stays.
    pub async fn answering_by_turns(bodies: impl IntoIterator<Item = Value>) -> Self {
        Self::start(200, &[], Some(bodies.into_iter().collect())).await
    }

    /// Answers everything with the headers that it got.
    pub async fn echoing(status: u16) -> Self {
        Self::start(status, &[], None).await
    }

    /// Answers everything with these bytes.
    pub async fn saying(status: u16, content_type: &str, bytes: Vec<u8>) -> Self {
        Self::open(status, &[("content-type", content_type)], Say::Bytes(bytes.into())).await
    }

    async fn start(status: u16, headers: &[(&str, &str)], bodies: Option<VecDeque<Value>>) -> Self {
        Self::open(status, headers, bodies.map_or(Say::Headers, |bodies| Say::Json(Arc::new(Mutex::new(bodies))))).await
    }

    async fn open(status: u16, headers: &[(&str, &str)], body: Say) -> Self {
        let (sender, seen) = mpsc::unbounded_channel();
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let script = Script { sender, status: StatusCode::from_u16(status).unwrap(), headers, body };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let app = Router::new().fallback(any(answer)).with_state(script);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { port, seen }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

fn in_turn(bodies: &Mutex<VecDeque<Value>>) -> Value {
    let mut bodies = bodies.lock().unwrap();
    if bodies.len() > 1 { bodies.pop_front().unwrap() } else { bodies[0].clone() }
}

async fn answer(State(script): State<Script>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let echo: BTreeMap<_, _> =
        headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    // Not every test looks.
    let _ = script.sender.send(Seen { method, uri: uri.to_string(), headers, body });
    let mut response = match script.body {
        Say::Headers => (script.status, Json(json!(echo))).into_response(),
        Say::Json(bodies) => (script.status, Json(in_turn(&bodies))).into_response(),
        Say::Bytes(bytes) => (script.status, bytes).into_response(),
    };
    for (name, value) in script.headers {
        response.headers_mut().insert(name.parse::<axum::http::HeaderName>().unwrap(), value.parse().unwrap());
    }
    response
}
