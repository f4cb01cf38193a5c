//! Live feeds and the reading of executions, over HTTP against the real program.

use std::{collections::VecDeque, time::Duration};

use flowpilot::{
    domain::{
        event::{Cause, Change},
        execution::{ExecutionFilter, ExecutionPage, ExecutionStatus, Phase},
        id::{ExecutionId, WorkspaceId},
        payload::{self, Sight},
        role::Role,
        workflow::Workflow,
    },
    server::{
        AppState, live,
        store::{executions, tenants::WorkspaceTx},
    },
};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use super::support::{self, Person, TestServer};

#[tokio::test]
async fn a_feed_sends_the_journal_in_order_and_ends_after_the_last_event() {
    let server = support::server().await;
    let id = finished(&server.app, server.owner.workspace).await;
    let mut feed = Feed::open(&server, &server.owner, &format!("/live/executions/{id}"), None).await;
    assert_eq!(
        feed.rest().await,
        ["1 started", "2 phase_entered", "3 attempt_started", "4 attempt_succeeded", "5 finished", "end"]
    );
}

#[tokio::test]
async fn a_feed_resumes_after_the_event_named_without_gap_or_repeat() {
    let server = support::server().await;
    let id = finished(&server.app, server.owner.workspace).await;
    let address = format!("/live/executions/{id}?after=1");
    let mut by_header = Feed::open(&server, &server.owner, &address, Some("3")).await;
    assert_eq!(by_header.rest().await, ["4 attempt_succeeded", "5 finished", "end"]);
    let mut by_address = Feed::open(&server, &server.owner, &format!("/live/executions/{id}?after=4"), None).await;
    assert_eq!(by_address.rest().await, ["5 finished", "end"]);
    let mut at_the_end = Feed::open(&server, &server.owner, &address, Some("5")).await;
    assert_eq!(at_the_end.rest().await, ["end"]);
}

#[tokio::test]
async fn a_feed_brings_what_is_appended_while_it_is_open() {
    let server = support::server().await;
    let id = begun(&server.app, server.owner.workspace).await;
    let mut feed = Feed::open(&server, &server.owner, &format!("/live/executions/{id}"), None).await;
    assert_eq!(feed.next().await.as_deref(), Some("1 started"));
    append(&server.app, id, 2, &Change::PhaseEntered { phase: Phase::Prepare }).await;
    assert_eq!(feed.next().await.as_deref(), Some("2 phase_entered"));
    append(&server.app, id, 3, &over(ExecutionStatus::Cancelled)).await;
    assert_eq!(feed.rest().await, ["3 finished", "end"]);
}

#[tokio::test]
async fn a_feed_ends_when_the_program_stops() {
    let server = support::server().await;
    let id = begun(&server.app, server.owner.workspace).await;
    let mut feed = Feed::open(&server, &server.owner, &format!("/live/executions/{id}"), None).await;
    assert_eq!(feed.next().await.as_deref(), Some("1 started"));
    let (_, rest) = tokio::join!(server.stop(), feed.rest());
    assert!(rest.is_empty(), "{rest:?}");
}

#[tokio::test]
async fn a_feed_ends_as_soon_as_its_reader_may_not_read_any_more() {
    let server = support::server().await;
    listens(&server).await;
    let id = begun(&server.app, server.owner.workspace).await;
    let address = format!("/live/executions/{id}");
    let mut of_owner = Feed::open(&server, &server.owner, &address, None).await;
    for (name, end) in [
        ("token", "update api_tokens set revoked_at = now() where user_id = $1"),
        ("role", "update members set role = 'viewer' where user_id = $1"),
        ("member", "delete from members where user_id = $1"),
        ("account", "update users set disabled_at = now() where id = $1"),
    ] {
        let person = server.person(&format!("{name}@example.com"), "Test workspace", Role::Editor).await;
        let mut feed = Feed::open(&server, &person, &address, None).await;
        let mut list = Feed::open(&server, &person, "/live/executions", None).await;
        assert_eq!(feed.next().await.as_deref(), Some("1 started"));
        sqlx::query(end).bind(person.user.0).execute(&server.app.everywhere).await.expect("an end");
        assert!(feed.rest().await.is_empty(), "{name}");
        list.rest().await;
    }
    assert_eq!(of_owner.next().await.as_deref(), Some("1 started"));
    append(&server.app, id, 2, &over(ExecutionStatus::Cancelled)).await;
    assert_eq!(of_owner.rest().await, ["2 finished", "end"], "nobody else is sent away");
}

/// Once the program hears what the database tells.
async fn listens(server: &TestServer) {
    let listening =
        "select exists (select from pg_stat_activity where datname = current_database() and query ilike 'listen%')";
    while !sqlx::query_scalar::<_, bool>(listening).fetch_one(&server.database.pool).await.expect("an answer") {}
}

#[tokio::test]
async fn what_belongs_to_another_workspace_is_not_there() {
    let server = support::server().await;
    let id = finished(&server.app, server.owner.workspace).await;
    let stranger = server.person("eve@example.com", "Another workspace", Role::Owner).await;
    let answer =
        server.anonymous(Method::GET, &format!("/live/executions/{id}")).bearer_auth(&stranger.token).send().await;
    assert_eq!(answer.expect("an answer").status(), 404);
    let unknown = server.call(Method::GET, &format!("/live/executions/{}", Uuid::now_v7())).send().await;
    assert_eq!(unknown.expect("an answer").status(), 404);
    let malformed = server.call(Method::GET, "/live/executions/seven").send().await.expect("an answer");
    assert_eq!(malformed.status(), 404);
}

#[tokio::test]
async fn nobody_reads_a_feed_without_logging_in() {
    let server = support::server().await;
    let id = finished(&server.app, server.owner.workspace).await;
    for path in [format!("/live/executions/{id}"), "/live/executions".to_owned()] {
        let answer = server.anonymous(Method::GET, &path).header("accept", "text/event-stream").send().await;
        assert_eq!(answer.expect("an answer").status(), 401, "{path}");
    }
}

#[tokio::test]
async fn one_person_has_only_so_many_feeds() {
    let server = support::server().await;
    let id = begun(&server.app, server.owner.workspace).await;
    let address = format!("/live/executions/{id}");
    let mut open = Vec::new();
    for _ in 0..16 {
        open.push(Feed::open(&server, &server.owner, &address, None).await);
    }
    let refused = server.call(Method::GET, &address).send().await.expect("an answer");
    assert_eq!(refused.status(), 429);
}

#[tokio::test]
async fn the_list_feed_tells_each_change_of_an_execution() {
    let server = support::server().await;
    let mut feed = Feed::open(&server, &server.owner, "/live/executions", None).await;
    let id = begun(&server.app, server.owner.workspace).await;
    let first: Value = feed.data().await;
    assert_eq!((&first["id"], &first["status"]), (&json!(id), &json!("running")));
    set_status(&server.app, id, ExecutionStatus::Failed).await;
    let second: Value = feed.data().await;
    assert_eq!((&second["id"], &second["status"]), (&json!(id), &json!("failed")));
}

#[tokio::test]
async fn a_big_output_is_cut_in_the_feed_and_whole_on_demand() {
    let server = support::server().await;
    let id = begun(&server.app, server.owner.workspace).await;
    let output = json!({ "text": "x".repeat(payload::LIMIT_BYTES) });
    append(&server.app, id, 2, &Change::AttemptStarted { node: "work".into(), attempt: 1 }).await;
    append(&server.app, id, 3, &succeeded(output.clone())).await;
    append(&server.app, id, 4, &over(ExecutionStatus::Succeeded)).await;
    let mut feed = Feed::open(&server, &server.owner, &format!("/live/executions/{id}?after=2"), None).await;
    let event = feed.data().await;
    let cut = payload::cut(&event["output"]).expect("a cut output");
    assert_eq!(cut.bytes, output.to_string().len());
    let whole = live::output(&mut *here(&server).await, server.owner.workspace, id, &"work".into()).await;
    assert_eq!(whole.ok(), Some(output));
}

#[tokio::test]
async fn the_list_pages_without_gap_or_repeat_and_stays_in_its_workspace() {
    let server = support::server().await;
    let (app, here) = (&server.app, server.owner.workspace);
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(begun(app, here).await);
    }
    set_status(app, ids[0], ExecutionStatus::Failed).await;
    let stranger = server.person("eve@example.com", "Another workspace", Role::Owner).await;
    begun(app, stranger.workspace).await;

    let list = async |filter: ExecutionFilter| executions::list(&app.everywhere, here, &filter).await.expect("a page");
    let found = |page: &ExecutionPage| page.executions.iter().map(|execution| execution.id).collect::<Vec<_>>();
    let first = list(ExecutionFilter { limit: 2, ..Default::default() }).await;
    assert_eq!(found(&first), [ids[2], ids[1]]);
    let second = list(ExecutionFilter { limit: 2, before: first.next, ..Default::default() }).await;
    assert_eq!((found(&second), second.next), (vec![ids[0]], None));
    let failed = list(ExecutionFilter { statuses: vec![ExecutionStatus::Failed], ..Default::default() }).await;
    assert_eq!(found(&failed), [ids[0]]);
    let of_one = list(ExecutionFilter { workflow: Some(first.executions[0].workflow_id), ..Default::default() }).await;
    assert_eq!(found(&of_one), [ids[2]]);
}

#[tokio::test]
async fn a_long_journal_comes_whole_whatever_it_is_read_by() {
    let server = support::server().await;
    let id = begun(&server.app, server.owner.workspace).await;
    for seq in 2..=150 {
        append(&server.app, id, seq, &Change::WaitEnded { node: "work".into(), answer: None }).await;
    }
    let seqs = (1..=150).collect::<Vec<i32>>();
    let view = live::view(&mut *here(&server).await, server.owner.workspace, id, Sight::Whole).await.expect("a view");
    assert_eq!(view.events.iter().map(|event| event.seq).collect::<Vec<_>>(), seqs);
    let mut feed = Feed::open(&server, &server.owner, &format!("/live/executions/{id}"), None).await;
    for seq in seqs {
        assert_eq!(feed.frame().await.expect("an event").id, Some(seq.to_string()));
    }
    let stranger = server.person("eve@example.com", "Another workspace", Role::Owner).await;
    assert!(live::view(&mut *here(&server).await, stranger.workspace, id, Sight::Whole).await.is_err());
}

// Executions as the engine writes them.

async fn begun(app: &AppState, workspace: WorkspaceId) -> ExecutionId {
    let (workflow, id) = (Uuid::now_v7(), Uuid::now_v7());
    let draft = serde_json::to_string(&workflow_of_one_node()).expect("JSON");
    sqlx::query("insert into workflows (workspace_id, id, name, draft) values ($1, $2, 'Sign-up', $3::json)")
        .bind(workspace.0)
        .bind(workflow)
        .bind(&draft)
        .execute(&app.everywhere)
        .await
        .expect("a workflow");
    sqlx::query(
        "insert into executions
             (workspace_id, id, workflow_id, version, definition, status, started_via, created_at, replica_id)
         values ($1, $2, $3, 0, $4::json, 'running', 'manual', now(), $5)",
    )
    .bind(workspace.0)
    .bind(id)
    .bind(workflow)
    .bind(&draft)
    .bind(Uuid::now_v7())
    .execute(&app.everywhere)
    .await
    .expect("an execution");
    let cause = Cause { trigger: None, via: "manual".to_owned(), by: None, input: json!({}), ..Cause::default() };
    append(app, ExecutionId(id), 1, &Change::Started { cause }).await;
    ExecutionId(id)
}

async fn finished(app: &AppState, workspace: WorkspaceId) -> ExecutionId {
    let id = begun(app, workspace).await;
    append(app, id, 2, &Change::PhaseEntered { phase: Phase::Execute }).await;
    append(app, id, 3, &Change::AttemptStarted { node: "work".into(), attempt: 1 }).await;
    append(app, id, 4, &succeeded(json!({ "ok": true }))).await;
    append(app, id, 5, &over(ExecutionStatus::Succeeded)).await;
    set_status(app, id, ExecutionStatus::Succeeded).await;
    id
}

fn workflow_of_one_node() -> Workflow {
    serde_json::from_value(json!({
        "name": "Sign-up",
        "nodes": [{ "id": "work", "name": "Work", "kind": "transform", "parameters": { "output": "input" } }],
    }))
    .expect("a workflow")
}

fn succeeded(output: Value) -> Change {
    Change::AttemptSucceeded { node: "work".into(), attempt: 1, output, port: "out".to_owned() }
}

fn over(status: ExecutionStatus) -> Change {
    Change::Finished { status, output: None, error: None }
}

async fn append(app: &AppState, execution: ExecutionId, seq: i32, change: &Change) {
    sqlx::query("insert into journal (execution_id, seq, day, at, body) values ($1, $2, $4, now(), $3)")
        .bind(execution.0)
        .bind(seq)
        .bind(serde_json::to_string(&[change]).expect("JSON"))
        .bind(flowpilot::server::store::journal::day_of(execution))
        .execute(&app.everywhere)
        .await
        .expect("an event");
}

async fn set_status(app: &AppState, execution: ExecutionId, status: ExecutionStatus) {
    sqlx::query("update executions set status = $2 where id = $1")
        .bind(execution.0)
        .bind(status.name())
        .execute(&app.everywhere)
        .await
        .expect("a status");
}

/// An open event stream.
struct Feed {
    answer: Response,
    text: String,
    frames: VecDeque<Frame>,
}

struct Frame {
    id: Option<String>,
    event: Option<String>,
    data: Value,
}

impl Feed {
    async fn open(server: &TestServer, person: &Person, path: &str, last_event: Option<&str>) -> Self {
        let mut request = server.anonymous(Method::GET, path).bearer_auth(&person.token);
        if let Some(id) = last_event {
            request = request.header("last-event-id", id);
        }
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert_eq!(answer.headers()["x-accel-buffering"], "no");
        Self { answer, text: String::new(), frames: VecDeque::new() }
    }

    async fn frame(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.frames.pop_front() {
                return Some(frame);
            }
            let read = tokio::time::timeout(Duration::from_secs(10), self.answer.chunk()).await;
            let chunk = read.expect("an event within 10 s").ok().flatten()?;
            self.text.push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
            while let Some((frame, rest)) = self.text.split_once("\n\n") {
                self.frames.extend(Frame::read(frame));
                self.text = rest.to_owned();
            }
        }
    }

    /// `<id> <type>` of the next event, or the name of a frame without id.
    async fn next(&mut self) -> Option<String> {
        let frame = self.frame().await?;
        Some(match (frame.id, frame.event) {
            (Some(id), _) => format!("{id} {}", frame.data["type"].as_str().unwrap_or_default()),
            (None, event) => event.unwrap_or_default(),
        })
    }

    async fn data(&mut self) -> Value {
        self.frame().await.expect("an event").data
    }

    async fn rest(&mut self) -> Vec<String> {
        let mut rest = Vec::new();
        while let Some(name) = self.next().await {
            rest.push(name);
        }
        rest
    }
}

impl Frame {
    /// None: a comment that keeps the connection alive.
    fn read(text: &str) -> Option<Self> {
        let field =
            |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned));
        let data = serde_json::from_str(&field("data")?).ok()?;
        Some(Self { id: field("id"), event: field("event"), data })
    }
}

/// The owner's workspace as handlers see it.
async fn here(server: &support::TestServer) -> WorkspaceTx {
    server.app.tenants.begin(server.owner.workspace).await.expect("a transaction")
}
