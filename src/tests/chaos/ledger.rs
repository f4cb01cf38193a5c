//! The ledger outside the product: an HTTP service that notes every side effect, and the starts and cancellations that
//! FlowPilot acknowledged.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Json, Router, extract::State, http::HeaderMap, routing::post};
use flowpilot::domain::id::ExecutionId;
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[derive(Clone, Default)]
pub struct Ledger {
    /// Calls by `execution/node`.
    calls: Arc<Mutex<HashMap<String, u32>>>,
    accepted: Arc<Mutex<Vec<Accepted>>>,
    cancelled: Arc<Mutex<Vec<ExecutionId>>>,
}

/// A start that was answered with 202, under the name that the sender gave it.
#[derive(Clone)]
pub struct Accepted {
    pub key: String,
    pub execution: ExecutionId,
}

impl Ledger {
    /// Opens the service; gives its address.
    pub async fn open(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}/", listener.local_addr().expect("bound"));
        let routes = Router::new().route("/", post(note)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        address
    }

    pub fn accept(&self, key: String, execution: ExecutionId) {
        self.accepted.lock().expect("not poisoned").push(Accepted { key, execution });
    }

    pub fn cancel(&self, execution: ExecutionId) {
        self.cancelled.lock().expect("not poisoned").push(execution);
    }

    pub fn accepted(&self) -> Vec<Accepted> {
        self.accepted.lock().expect("not poisoned").clone()
    }

    pub fn cancelled(&self) -> Vec<ExecutionId> {
        self.cancelled.lock().expect("not poisoned").clone()
    }

    pub fn calls(&self) -> HashMap<String, u32> {
        self.calls.lock().expect("not poisoned").clone()
    }
}

/// Every fifth call takes its time, so that some are always under way.
async fn note(State(ledger): State<Ledger>, headers: HeaderMap, Json(body): Json<Value>) -> Json<Value> {
    let key = headers["idempotency-key"].to_str().expect("ASCII").to_owned();
    *ledger.calls.lock().expect("not poisoned").entry(key).or_default() += 1;
    if body["n"].as_u64().is_some_and(|n| n % 5 == 0) {
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    Json(json!({ "noted": true }))
}
