//! Limits on a real Postgres with several replicas: slots, concurrency keys, buckets, breakers, and what each says of
//! a task that has to wait.

mod breakers;
mod buckets;
mod dead_letters;
mod debounce;
mod elsewhere;
mod explain;
mod idempotency;
mod keys;
mod results;
mod schedules;
mod slots;

use std::time::Duration;

use flowpilot::{
    domain::{
        event::Change,
        id::ExecutionId,
        limit::{Concurrency, ConcurrencyPolicy},
        task::Kind,
        workflow::{Node, Workflow},
    },
    server::{engine::Engine, store::journal},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::engine::{Bench, chain, node};

/// A service that answers when the test says so.
struct Gate(TcpListener);

impl Gate {
    async fn open() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.expect("a free port"))
    }

    fn url(&self) -> String {
        format!("http://{}/", self.0.local_addr().expect("bound"))
    }

    /// A node that calls it.
    fn call(&self, id: &str) -> Node {
        let mut call = node(id, Kind::HttpRequest, json!({ "method": "GET", "url": self.url() }));
        call.timeout_secs = 3_600;
        call
    }

    /// The next call.
    async fn next(&self) -> Caller {
        let (mut stream, _) =
            tokio::time::timeout(Duration::from_secs(20), self.0.accept()).await.expect("a call").expect("bound");
        let mut head = vec![0; 4_096];
        let length = stream.read(&mut head).await.expect("a request");
        Caller { stream, head: String::from_utf8_lossy(&head[..length]).into_owned() }
    }

    /// Whether nobody calls for so long.
    async fn is_quiet(&self, millis: u64) -> bool {
        tokio::time::timeout(Duration::from_millis(millis), self.0.accept()).await.is_err()
    }
}

struct Caller {
    stream: TcpStream,
    head: String,
}

impl Caller {
    async fn answer(self, status: u16) {
        let mut stream = self.stream;
        let text = format!("HTTP/1.1 {status} Status\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        stream.write_all(text.as_bytes()).await.expect("the caller waits");
        stream.shutdown().await.expect("the caller waits");
    }

    /// Whether it is this execution that calls.
    fn is_of(&self, execution: ExecutionId) -> bool {
        self.head.contains(&execution.to_string())
    }
}

/// A workflow that calls the gate, with a concurrency key.
fn keyed(gate: &Gate, key: &str, limit: u32, policy: ConcurrencyPolicy) -> Workflow {
    let mut workflow = chain(vec![gate.call("call")]);
    workflow.settings.concurrency = Some(Concurrency { key: key.to_owned(), limit, policy });
    workflow
}

async fn start(bench: &Bench, engine: &Engine, input: Value) -> ExecutionId {
    engine.start(bench.start(input)).await.expect("accepted")
}

/// Waits until the execution's journal holds such a change.
async fn until(bench: &Bench, engine: &Engine, execution: ExecutionId, is_it: impl Fn(&Change) -> bool) {
    let mut watch = engine.watch(execution);
    let found = async {
        while !journal::all(bench.pool(), execution).await.expect("readable").iter().any(|event| is_it(&event.change)) {
            watch.changed().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), found).await.expect("it happens in time");
}

async fn until_queued(bench: &Bench, engine: &Engine, execution: ExecutionId) {
    until(bench, engine, execution, |change| matches!(change, Change::Queued { .. })).await;
}
