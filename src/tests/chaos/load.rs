//! What outside programs do meanwhile: they call a webhook until they have an answer, and cancel sleepers through any
//! replica.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use flowpilot::domain::id::ExecutionId;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{
    fleet::{Fleet, Urls},
    ledger::Ledger,
};
use crate::{support, trigger_desk::Desk};

/// How long a caller waits for an answer before it asks another replica.
const PATIENCE: Duration = Duration::from_secs(3);
/// Between two calls of one caller.
const PACE: Duration = Duration::from_millis(40);

/// The two workflows, published, and who may use them.
#[derive(Clone)]
pub struct Target {
    token: String,
    hook: String,
    sleeper: String,
    urls: Urls,
    http: reqwest::Client,
}

impl Target {
    /// Publishes both, by a server that ends before the violence begins.
    pub async fn publish(fleet: &Fleet, ledger: &str) -> Self {
        let key_file = fleet.key_file.to_str().expect("a readable path").to_owned();
        let server = support::server_on(fleet.database(), &["--key-file", &key_file]).await;
        let desk = Desk::of(&server);
        let read = |workflow| serde_json::from_value(workflow).expect("a workflow");
        let called = desk.publish(read(with_side_effects(ledger))).await;
        let sleeper = desk.publish(read(sleeper_workflow())).await.to_string();
        let address = desk.address(called).await;
        let hook = address[address.find("/hooks/").expect("a webhook's address")..].to_owned();
        let token = server.owner.token.clone();
        server.stop().await;
        Self { token, hook, sleeper, urls: fleet.urls.clone(), http: support::http() }
    }

    pub fn probe(&self, slot: usize) -> Probe {
        Probe { target: self.clone(), slot }
    }

    fn any(&self, path: &str) -> String {
        let urls = self.urls.read().expect("not poisoned");
        format!("{}{path}", urls[rand::random_range(0..urls.len())])
    }

    /// Calls the webhook under this name until one replica says that the execution is durable.
    pub async fn start(&self, n: u64, key: &str) -> ExecutionId {
        let call = |url: String| self.http.post(url).header("webhook-id", key).json(&json!({ "n": n }));
        let answer = self.insist(&self.hook, call).await;
        answer["execution"].as_str().and_then(|id| id.parse().ok()).expect("a 202 names the execution")
    }

    pub async fn start_sleeper(&self, key: &str) -> ExecutionId {
        let body = json!({ "workflow_id": self.sleeper });
        let call = |url| self.http.post(url).bearer_auth(&self.token).header("idempotency-key", key).json(&body);
        let answer = self.insist("/api/v1/executions", call).await;
        answer["id"].as_str().and_then(|id| id.parse().ok()).expect("a 202 names the execution")
    }

    pub async fn cancel(&self, execution: ExecutionId) {
        let call = |url| self.http.post(url).bearer_auth(&self.token);
        self.insist(&format!("/api/v1/executions/{execution}/cancel"), call).await;
    }

    /// Asks one replica after the other until one takes it (202) or says that it is over (409).
    async fn insist(&self, path: &str, call: impl Fn(String) -> reqwest::RequestBuilder) -> Value {
        loop {
            if let Ok(answer) = call(self.any(path)).timeout(PATIENCE).send().await
                && matches!(answer.status().as_u16(), 202 | 409)
                && let Ok(body) = answer.json().await
            {
                return body;
            }
            // Dead, stopped or without a database: the sender's own pause before it tries again.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Somebody who asks one replica and takes its answer as it is.
pub struct Probe {
    target: Target,
    slot: usize,
}

/// A hang: whoever calls has an answer much sooner, also on a busy machine.
const HANG: Duration = Duration::from_secs(15);
/// Of one that was refused, until its next call.
const BREATH: Duration = Duration::from_millis(200);

impl Probe {
    fn url(&self, path: &str) -> String {
        let urls = self.target.urls.read().expect("not poisoned");
        format!("{}{path}", urls[self.slot])
    }

    /// Needs a connection for requests. The answer does not matter.
    pub async fn list_invitations(&self) {
        let request = self.target.http.get(self.url("/api/v1/invitations")).bearer_auth(&self.target.token);
        let _ = request.timeout(Duration::from_secs(120)).send().await;
    }

    /// Calls the webhook until then: each call is refused with 503 and told when to come again. Gives the names
    /// of the calls, and the longest time that an answer took.
    pub async fn refusals(&self, outage: u32, until: Instant) -> (Vec<String>, Duration) {
        let (mut names, mut slowest) = (Vec::new(), Duration::ZERO);
        for n in 0.. {
            let (asked, key) = (Instant::now(), format!("refused-{outage}-{}-{n}", self.slot));
            if asked >= until {
                break;
            }
            let call = self.target.http.post(self.url(&self.target.hook)).header("webhook-id", &key);
            names.push(key);
            let answer = call.json(&json!({ "n": 1 })).timeout(HANG).send().await.expect("an answer, and no hang");
            slowest = slowest.max(asked.elapsed());
            assert_eq!(answer.status(), 503, "{}", answer.text().await.unwrap_or_default());
            assert!(answer.headers().contains_key("retry-after"), "it says when to come again");
            tokio::time::sleep(BREATH).await;
        }
        (names, slowest)
    }

    /// Calls the webhook until the replica takes it.
    pub async fn until_it_accepts(&self, ledger: &Ledger, key: &str) {
        let accepted = async {
            loop {
                let call = self.target.http.post(self.url(&self.target.hook)).header("webhook-id", key);
                if let Ok(answer) = call.json(&json!({ "n": 1 })).timeout(HANG).send().await
                    && answer.status() == 202
                    && let Ok(body) = answer.json::<Value>().await
                {
                    return body["execution"]
                        .as_str()
                        .and_then(|id| id.parse().ok())
                        .expect("a 202 names the execution");
                }
            }
        };
        let accepted = tokio::time::timeout(Duration::from_secs(60), accepted).await;
        ledger.accept(key.to_owned(), accepted.expect("the replica goes on"));
    }
}

/// Callers at work.
pub struct Load {
    stop: CancellationToken,
    callers: JoinSet<()>,
}

impl Load {
    pub fn begin(target: &Target, ledger: &Ledger, callers: usize) -> Self {
        let (stop, number) = (CancellationToken::new(), Arc::new(AtomicU64::new(1)));
        let mut load = Self { stop, callers: JoinSet::new() };
        for _ in 0..callers {
            let caller = call_on(target.clone(), ledger.clone(), number.clone(), load.stop.clone());
            load.callers.spawn(caller);
        }
        load.callers.spawn(send_sleepers_away(target.clone(), ledger.clone(), load.stop.clone()));
        load
    }

    /// No more calls; returns when each has its answer.
    pub async fn end(self) {
        self.stop.cancel();
        self.callers.join_all().await;
    }

    /// No more calls, whether they were answered or not.
    pub async fn break_off(mut self) {
        self.callers.shutdown().await;
    }
}

async fn call_on(target: Target, ledger: Ledger, number: Arc<AtomicU64>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let n = number.fetch_add(1, Ordering::Relaxed);
        let key = format!("call-{n}");
        let execution = target.start(n, &key).await;
        ledger.accept(key, execution);
        tokio::time::sleep(PACE).await;
    }
}

async fn send_sleepers_away(target: Target, ledger: Ledger, stop: CancellationToken) {
    for n in 1.. {
        if stop.is_cancelled() {
            return;
        }
        let key = format!("sleeper-{n}");
        let execution = target.start_sleeper(&key).await;
        ledger.accept(key, execution);
        target.cancel(execution).await;
        ledger.cancel(execution);
        tokio::time::sleep(PACE * 5).await;
    }
}

/// A webhook, two calls of the ledger with a nap between them for every other one, and an end. Half of the naps are long
/// enough for the execution to leave memory meanwhile.
fn with_side_effects(ledger: &str) -> Value {
    let call = |id: &str| {
        json!({ "id": id, "name": id, "kind": "http_request", "parameters": {
            "method": "POST", "url": ledger, "body": "{ \"n\": {{ trigger.body.n }} }" } })
    };
    let mut second = call("second");
    second["join"] = json!("none_failed_min_one_succeeded");
    json!({
        "name": "With side effects",
        "nodes": [
            { "id": "hook", "name": "Hook", "kind": "webhook" },
            call("first"),
            { "id": "odd", "name": "Odd", "kind": "condition", "parameters": { "if": "trigger.body.n % 2" } },
            { "id": "nap", "name": "Nap", "kind": "delay", "parameters": {
                "amount": "{{ trigger.body.n % 4 == 1 ? 6 : 1 }}", "unit": "seconds" } },
            second,
            { "id": "end", "name": "End", "kind": "transform", "parameters": { "output": "trigger.body.n" } }
        ],
        "edges": [edge("hook", "out", "first"), edge("first", "out", "odd"), edge("odd", "true", "nap"),
                  edge("odd", "false", "second"), edge("nap", "out", "second"), edge("second", "out", "end")]
    })
}

/// Ends only when it is cancelled.
fn sleeper_workflow() -> Value {
    json!({
        "name": "Sleeper",
        "nodes": [
            { "id": "start", "name": "Start", "kind": "manual" },
            { "id": "sleep", "name": "Sleep", "kind": "delay", "parameters": { "amount": 10, "unit": "hours" } }
        ],
        "edges": [edge("start", "out", "sleep")]
    })
}

fn edge(from: &str, port: &str, to: &str) -> Value {
    json!({ "from": { "node": from, "port": port }, "to": { "node": to, "port": "in" } })
}
