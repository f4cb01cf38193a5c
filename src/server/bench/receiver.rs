//! A service that workflows call: one that fails every tenth time, one that answers when it is told to, one that just answers.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    Router,
    extract::State,
    routing::{get, post},
};
use http::StatusCode;
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
};

use crate::server::{Error, Result};

pub struct Receiver {
    address: SocketAddr,
    /// The calls of the silent service, as they come.
    pub calls: mpsc::UnboundedReceiver<()>,
    gate: watch::Sender<bool>,
}

#[derive(Clone)]
struct Service {
    count: Arc<AtomicU64>,
    seen: mpsc::UnboundedSender<()>,
    gate: watch::Receiver<bool>,
}

impl Receiver {
    pub async fn open() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(Error::internal)?;
        let address = listener.local_addr().map_err(Error::internal)?;
        let ((seen, calls), (gate, closed)) = (mpsc::unbounded_channel(), watch::channel(false));
        let service = Service { count: Arc::default(), seen, gate: closed };
        let routes = Router::new().route("/flaky", post(flaky)).route("/silent", post(silent)).with_state(service);
        let routes = routes.route("/plain", get(|| async { "{\"ok\":true}" }));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok(Self { address, calls, gate })
    }

    pub fn flaky(&self) -> String {
        format!("http://{}/flaky", self.address)
    }

    pub fn plain(&self) -> String {
        format!("http://{}/plain", self.address)
    }

    pub fn silent(&self) -> String {
        format!("http://{}/silent", self.address)
    }

    /// The silent service answers from now on.
    pub fn answer(&self) {
        self.gate.send_replace(true);
    }
}

async fn flaky(State(service): State<Service>) -> StatusCode {
    match service.count.fetch_add(1, Ordering::Relaxed) % 10 {
        9 => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    }
}

async fn silent(State(mut service): State<Service>) -> StatusCode {
    // A send fails when nobody counts any more.
    let _ = service.seen.send(());
    let _ = service.gate.wait_for(|open| *open).await;
    StatusCode::OK
}
