//! Secrets that are looked for everywhere after every kind of task that takes one has succeeded, failed and timed out in the
//! real program: in all tables, the log, REST, the live feed, the pages and the command lines of its processes.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Stdio,
};

use base64::{Engine, prelude::*};
use flowpilot::{
    domain::{
        credential::{Contents, CredentialKind},
        id::{CredentialId, UserId, WorkspaceId},
        role::Role,
        task::Kind,
    },
    server::{auth::people, secrets::Secrets, store::credentials},
};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::{Child, Command},
};
use uuid::Uuid;

use crate::{
    peer::Peer,
    provider::{self, Provider},
    smtp::Sink,
    support::{self, TestDatabase},
};

/// With characters that every encoding changes.
const CANARY: &str = "cAnary/77+\"q=9&x~Zk";

/// How the peers behave.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Peers {
    /// Answer with this status and everything that they were sent.
    Echo(u16),
    /// Take the connection and say nothing.
    Hang,
}

struct Site {
    child: Child,
    url: String,
    token: String,
    cookie: String,
    log: PathBuf,
    database: TestDatabase,
    secrets: Secrets,
    workspace: WorkspaceId,
    user: UserId,
}

impl Site {
    async fn start() -> Self {
        let (database, data_dir) = (support::database().await, support::scratch_dir("canaries"));
        let (email, password) = ("owner@example.com", Some(support::PASSWORD.to_owned()));
        let wish = people::Wish { email, name: "", workspace_name: "Test", role: Role::Owner, password };
        let made = people::create(&database.pool, wish).await.unwrap();
        let token = people::create_token(&database.pool, people::TokenFor::a_day(email, "test")).await.unwrap().secret;
        let secrets = Secrets::load(&data_dir, None).unwrap();
        let log = data_dir.join("log");
        let (child, url) = serve(&database.url, &data_dir, &log).await;
        let cookie = log_in(&url, email).await;
        Self { child, url, token, cookie, log, database, secrets, workspace: made.workspace, user: made.user }
    }

    async fn keep(&self, name: &str, kind: CredentialKind, values: &[(&str, &str)]) {
        let values: BTreeMap<String, String> =
            values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let contents = Contents { values, ..Contents::default() };
        assert_eq!(contents.problems(kind), [], "{name}");
        let mut tx = self.database.pool.begin().await.unwrap();
        let id = CredentialId(Uuid::now_v7());
        let sealed = self.secrets.seal_values(&mut tx, self.workspace, id, 1, &contents.values).await.unwrap();
        let new = credentials::New {
            id,
            name,
            kind,
            contents: &contents,
            values_sealed: &sealed,
            created_by: self.user,
            only_chosen: false,
        };
        credentials::insert(&mut *tx, self.workspace, new).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> Value {
        let call = support::http().request(method, format!("{}{path}", self.url)).bearer_auth(&self.token);
        let call = if body.is_null() { call } else { call.json(&body) };
        let answer = call.send().await.unwrap();
        let status = answer.status();
        let value: Value = answer.json().await.unwrap_or_default();
        assert!(status.is_success(), "{path}: {status} {value}");
        value
    }

    async fn read(&self, path: &str) -> String {
        let call = support::http().get(format!("{}{path}", self.url)).header("cookie", &self.cookie);
        let answer = call.header("accept", "text/html").send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.text().await.unwrap()
    }

    /// Runs it to its end; the execution's id.
    async fn run(&self, workflow: Value) -> String {
        let created = self.call(Method::POST, "/api/v1/workflows", workflow).await;
        let id = created["id"].as_str().unwrap().to_owned();
        self.call(Method::POST, &format!("/api/v1/workflows/{id}/publish"), Value::Null).await;
        let start = json!({"workflow_id": id, "input": {}});
        let started = self.call(Method::POST, "/api/v1/executions", start).await;
        started["id"].as_str().unwrap().to_owned()
    }

    /// Every row of every table.
    async fn dump(&self) -> String {
        let tables: Vec<String> = sqlx::query_scalar(
            "select format('%I', tablename) from pg_tables where schemaname = current_schema() order by 1",
        )
        .fetch_all(&self.database.pool)
        .await
        .unwrap();
        let mut dump = String::new();
        for table in tables {
            let rows = format!("select coalesce(string_agg(t::text, E'\\n'), '') from {table} t");
            dump += &sqlx::query_scalar::<_, String>(AssertSqlSafe(rows)).fetch_one(&self.database.pool).await.unwrap();
            dump.push('\n');
        }
        dump
    }
}

async fn serve(database_url: &str, data_dir: &Path, log: &Path) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_flowpilot"))
        .args(["serve", "--listen=127.0.0.1:0", "--egress=any", "--database-url", database_url, "--data-dir"])
        .arg(data_dir)
        .env("FLOWPILOT_LOG", "trace")
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(log).unwrap())
        .kill_on_drop(true)
        .spawn()
        .expect("the program is built");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().expect("it says that it is ready");
    let (_, url) = line.split_once("http://").expect("an address");
    let authority = url.split('/').next().unwrap().trim().to_owned();
    (child, format!("http://{authority}"))
}

async fn log_in(url: &str, email: &str) -> String {
    use flowpilot::api::session::LogIn;
    use leptos::server_fn::ServerFn;
    let call = support::http().post(format!("{url}{}", LogIn::PATH)).header("origin", url);
    let answer = call.json(&json!({"email": email, "password": support::PASSWORD})).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

/// A port that takes connections and says nothing.
async fn hanging() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            open.push(stream);
        }
    });
    address
}

/// A kind of task, its parameters, its credential's kind and values.
type Case = (Kind, Value, CredentialKind, Vec<(&'static str, String)>);

/// Every kind of task that takes a credential; `URL` stands for its peer.
fn tasks() -> Vec<Case> {
    let canary = || CANARY.to_owned();
    let url = |path: &str| format!("URL{path}");
    let http = json!({"method": "POST", "url": "URL/", "body": "{\"a\": 1}"});
    let get = json!({"method": "GET", "url": "URL/"});
    let oauth = vec![
        ("token_url", "PROVIDER/token".to_owned()),
        ("client_id", provider::CLIENT.to_owned()),
        ("client_secret", provider::SECRET.to_owned()),
    ];
    let address = || vec![("value", url("/services/cAnary77secret"))];
    vec![
        (Kind::HttpRequest, http, CredentialKind::Token, vec![("header", "X-Key".into()), ("value", canary())]),
        (Kind::HttpRequest, get.clone(), CredentialKind::Bearer, vec![("token", canary())]),
        (
            Kind::HttpRequest,
            get.clone(),
            CredentialKind::BasicLogin,
            vec![("username", "ada".into()), ("password", canary())],
        ),
        (Kind::HttpRequest, get.clone(), CredentialKind::ApiKey, vec![("name", "key".into()), ("value", canary())]),
        (
            Kind::HttpRequest,
            get.clone(),
            CredentialKind::ApiKey,
            vec![("place", "header".into()), ("name", "X-Key".into()), ("value", canary())],
        ),
        (Kind::HttpRequest, get, CredentialKind::OAuth2Client, oauth),
        (Kind::Graphql, json!({"url": "URL/", "query": "{ a }"}), CredentialKind::Bearer, vec![("token", canary())]),
        (
            Kind::LlmChat,
            json!({"server": "URL/", "model": "m", "prompt": "Hi"}),
            CredentialKind::Bearer,
            vec![("token", canary())],
        ),
        (
            Kind::SendWebhook,
            json!({"url": "URL/", "event": "a", "data": "{}"}),
            CredentialKind::Secret,
            vec![("value", canary())],
        ),
        (Kind::SlackMessage, json!({"text": "Hi"}), CredentialKind::Secret, address()),
        (
            Kind::SlackMessage,
            json!({"text": "Hi", "channel": "#a", "api": "URL/"}),
            CredentialKind::SlackBot,
            vec![("token", "xoxb-cAnary77secret".into())],
        ),
        (Kind::DiscordMessage, json!({"text": "Hi"}), CredentialKind::Secret, address()),
        (Kind::TeamsMessage, json!({"text": "Hi"}), CredentialKind::Secret, address()),
        (
            Kind::TelegramMessage,
            json!({"text": "Hi", "chat": "1", "api": "URL/"}),
            CredentialKind::Secret,
            vec![("value", "77:cAnary77secret".into())],
        ),
        (
            Kind::SendEmail,
            json!({"server": "SMTP", "from": "a@x.org", "to": "b@x.org", "subject": "Hi", "text": "Hi"}),
            CredentialKind::SmtpLogin,
            vec![("username", "ada".into()), ("password", canary())],
        ),
        (
            Kind::Sql,
            json!({"server": "postgres://HOST/shop", "statement": "select 1", "encryption": "off"}),
            CredentialKind::SqlLogin,
            vec![("engine", "postgres".into()), ("username", "ada".into()), ("password", canary())],
        ),
        (
            Kind::Redis,
            json!({"server": "redis://HOST", "do": "get", "key": "a"}),
            CredentialKind::RedisLogin,
            vec![("username", "ada".into()), ("password", canary())],
        ),
        (
            Kind::S3Object,
            json!({"do": "read", "bucket": "test", "key": "a"}),
            CredentialKind::S3,
            vec![("access_key", "ada".into()), ("secret_key", canary()), ("endpoint", "URL".into())],
        ),
    ]
}

/// A workflow in which each task runs by itself and hands its failure on.
async fn workflow(site: &Site, peers: Peers, provider: &Provider, sinks: &mut Vec<Sink>) -> Value {
    let (mut nodes, mut edges) = (vec![json!({"id": "start", "name": "Start", "kind": "manual"})], Vec::new());
    for (number, (kind, parameters, of, values)) in tasks().into_iter().enumerate() {
        let id = format!("task_{number}");
        let (url, smtp) = match peers {
            Peers::Echo(status) => {
                sinks.push(Sink::start("220 sink").await);
                (keep_alive(Peer::echoing(status).await), sinks.last().unwrap().url())
            }
            Peers::Hang => {
                let address = hanging().await;
                (format!("http://{address}"), format!("smtp://{address}"))
            }
        };
        let host = url.trim_start_matches("http://").to_owned();
        let fill = |text: &str| {
            let text = text.replace("URL", &url).replace("SMTP", &smtp).replace("HOST", &host);
            text.replace("PROVIDER", &provider.url)
        };
        let name = format!("{peers:?} {number}");
        let values: Vec<(&str, String)> = values.iter().map(|(name, value)| (*name, fill(value))).collect();
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        site.keep(&name, of, &values).await;
        let mut parameters: Value = serde_json::from_str(&fill(&parameters.to_string())).unwrap();
        parameters["credential"] = name.into();
        nodes.push(json!({
            "id": id, "name": id, "kind": kind.name(), "parameters": parameters, "timeout_secs": 2,
            "retry": {"max_attempts": 1, "base_ms": 1, "factor": 1.0, "cap_ms": 1},
        }));
        let after = format!("after_{number}");
        nodes.push(json!({"id": after, "name": after, "kind": "no_op", "join": "all_done"}));
        edges.push(json!({"from": {"node": "start", "port": "out"}, "to": {"node": id, "port": "in"}}));
        for port in ["out", "error"] {
            edges.push(json!({"from": {"node": id, "port": port}, "to": {"node": after, "port": "in"}}));
        }
    }
    json!({"name": format!("{peers:?}"), "nodes": nodes, "edges": edges})
}

/// The peer's address; it lives as long as the test.
fn keep_alive(peer: Peer) -> String {
    let url = peer.url("");
    std::mem::forget(peer);
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_left_anywhere_by_any_kind_of_task() {
    let (site, provider, mut sinks) = (Site::start().await, Provider::start().await, Vec::new());
    let mut executions = Vec::new();
    for peers in [Peers::Echo(200), Peers::Echo(400), Peers::Echo(503), Peers::Hang] {
        let workflow = workflow(&site, peers, &provider, &mut sinks).await;
        executions.push(site.run(workflow).await);
    }
    let mut places = Vec::new();
    let mut seen = String::new();
    for execution in &executions {
        // The feed ends with the execution.
        let feed = site.read(&format!("/live/executions/{execution}")).await;
        let events = site.call(Method::GET, &format!("/api/v1/executions/{execution}/events"), Value::Null).await;
        let shown = site.call(Method::GET, &format!("/api/v1/executions/{execution}"), Value::Null).await;
        assert!(["succeeded", "failed"].contains(&shown["status"].as_str().unwrap()), "{shown}");
        seen += &events.to_string();
        places.push((format!("the feed of {execution}"), feed));
        places.push((format!("REST of {execution}"), format!("{events}{shown}")));
        places.push((format!("the page of {execution}"), site.read(&format!("/executions/{execution}")).await));
    }
    for path in ["/credentials", "/executions", "/"] {
        places.push((path.to_owned(), site.read(path).await));
    }
    for word in ["task_0", "task_15", "timeout", "503", "••••••"] {
        assert!(seen.contains(word), "nothing of {word} happened");
    }
    let pid = site.child.id().unwrap();
    let cmdline = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap();
    places.push(("the command line".to_owned(), String::from_utf8_lossy(&cmdline).into_owned()));
    let dump = site.dump().await;
    assert!(dump.contains("task_15") && dump.len() > 50_000, "the dump holds {} bytes", dump.len());
    places.push(("the database".to_owned(), dump));
    let log = String::from_utf8_lossy(&std::fs::read(&site.log).unwrap()).into_owned();
    assert!(log.contains("TRACE"), "the log is as talkative as it can be");
    places.push(("the log".to_owned(), log));
    let bytes: usize = places.iter().map(|(_, text)| text.len()).sum();
    println!("{} places with {bytes} bytes looked through in {} forms", places.len(), forms().len());
    for (place, text) in places {
        for form in forms() {
            let found = text.find(&form).map(|at| {
                text[text.floor_char_boundary(at.saturating_sub(120))..].chars().take(300).collect::<String>()
            });
            assert_eq!(found, None, "{form} is in {place}");
        }
    }
}

/// Plain, hexadecimal, base64 in three alignments and both alphabets, URL-encoded, JSON-escaped once and twice.
fn forms() -> Vec<String> {
    let mut forms: Vec<String> = ["cAnary", "ry/77+", "77secret"].map(str::to_owned).into();
    for secret in [CANARY, provider::SECRET, "cAnary77secret", "cAnary-access-"] {
        forms.extend([hex::encode(secret), hex::encode_upper(secret)]);
        for before in 0..3 {
            let padded = [&[0; 2][..before], secret.as_bytes()].concat();
            for text in [BASE64_STANDARD_NO_PAD.encode(&padded), BASE64_URL_SAFE_NO_PAD.encode(&padded)] {
                forms.push(text[4..text.len() - 4].to_owned());
            }
        }
    }
    let encoded =
        ["cAnary%2F77%2B%22q", "cAnary%2f77%2b%22q", "ry\\/77", "77+\\\"q", "77+\\\\\\\"q", "&quot;q=9&amp;x"];
    forms.extend(encoded.map(str::to_owned));
    forms
}
