//! The command line against a running server: the real program, its output and its exit code.

use std::process::{Output, Stdio};

use flowpilot::{
    api::session::LogIn,
    domain::{role::Role, template, workflow::Workflow},
};
use leptos::server_fn::ServerFn;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, process::Command};

use crate::support::{self, TestServer};

async fn flowpilot(server: &TestServer, arguments: &[&str]) -> Output {
    with_input(server, arguments, "").await
}

async fn with_input(server: &TestServer, arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowpilot"));
    command.args(arguments).env("FLOWPILOT_URL", &server.url).env("FLOWPILOT_TOKEN", &server.owner.token);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
    child.wait_with_output().await.unwrap()
}

fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json_of(output: &Output) -> Value {
    serde_json::from_str(&succeeded(output)).unwrap()
}

fn failed(output: &Output) -> String {
    assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[tokio::test]
async fn a_run_is_held_at_an_edge_and_released_with_another_payload() {
    let server = support::server().await;
    let import = with_input(&server, &["workflow", "import", "-", "--publish", "--json"], &echo("Held", "input")).await;
    succeeded(&import);
    let wrong = failed(&flowpilot(&server, &["workflow", "run", "Held", "--break", "manual_1"]).await);
    assert!(wrong.contains("from>to"), "{wrong}");
    let run = ["workflow", "run", "Held", "--input", "7", "--break", "manual_1>transform_1", "--json"];
    let execution = json_of(&flowpilot(&server, &run).await)["id"].as_str().unwrap().to_owned();
    let id = execution.parse::<flowpilot::domain::id::ExecutionId>().unwrap();
    let mut watch = server.app.engine.watch(id);
    while !succeeded(&flowpilot(&server, &["execution", "show", &execution]).await).contains("is held") {
        watch.changed().await;
    }
    let node = [execution.as_str(), "transform_1"];
    let why = succeeded(&flowpilot(&server, &[&["execution", "why"][..], &node].concat()).await);
    assert!(why.contains("held at the breakpoint between “Start” and “Echo”"), "{why}");
    let input = succeeded(&flowpilot(&server, &[&["execution", "input"][..], &node].concat()).await);
    assert_eq!(input.trim(), "7");
    let release = [&["execution", "release"][..], &node, &["--payload", "8"]].concat();
    assert_eq!(succeeded(&flowpilot(&server, &release).await), "transform_1 goes on.\n");
    server.app.engine.finished(server.owner.workspace, id).await.unwrap();
    let shown = json_of(&flowpilot(&server, &["execution", "show", &execution, "--json"]).await);
    assert_eq!(shown["state"]["output"], 8);
    server.stop().await;
}

/// Manual start, then a transform with this expression.
fn echo(name: &str, output: &str) -> String {
    json!({
        "name": name,
        "nodes": [
            { "id": "manual_1", "name": "Start", "kind": "manual" },
            { "id": "transform_1", "name": "Echo", "kind": "transform", "parameters": { "output": output } },
        ],
        "edges": [{ "from": { "node": "manual_1", "port": "out" }, "to": { "node": "transform_1", "port": "in" } }],
    })
    .to_string()
}

#[tokio::test]
async fn a_workflow_is_imported_published_run_and_exported() {
    let server = support::server().await;
    let import = with_input(&server, &["workflow", "import", "-", "--publish", "--json"], &echo("Echo", "input")).await;
    let imported = json_of(&import);
    assert_eq!((&imported["version"], &imported["problems"]), (&json!(1), &json!([])));
    let id = imported["id"].as_str().unwrap();

    let run = flowpilot(&server, &["workflow", "run", "Echo", "--input", "{\"n\": 7}", "--wait", "--json"]).await;
    let execution = json_of(&run);
    assert_eq!((&execution["status"], &execution["started_via"]), (&json!("succeeded"), &json!("cli")));
    assert_eq!(execution["state"]["task_runs"]["transform_1"]["output"], json!({ "n": 7 }));
    let execution = execution["id"].as_str().unwrap();

    assert!(succeeded(&flowpilot(&server, &["workflow", "list"]).await).contains("Echo"));
    let list = succeeded(&flowpilot(&server, &["execution", "list", "--status", "succeeded,failed"]).await);
    assert!(list.contains(execution) && list.contains("cli"), "{list}");
    let shown = succeeded(&flowpilot(&server, &["execution", "show", execution]).await);
    assert!(shown.contains("accepted: cli by owner@example.com"), "{shown}");
    assert!(shown.contains("transform_1 starts\n") && shown.contains("  succeeded after "), "{shown}");

    let restart = ["execution", "restart", execution, "transform_1", "--wait", "--json"];
    let restarted = json_of(&flowpilot(&server, &restart).await);
    assert_eq!((&restarted["status"], &restarted["started_via"]), (&json!("succeeded"), &json!("restart")));

    let exported = succeeded(&flowpilot(&server, &["workflow", "export", id]).await);
    let file = support::scratch_dir("export").join("echo.json");
    std::fs::write(&file, &exported).unwrap();
    let again = json_of(&flowpilot(&server, &["workflow", "import", file.to_str().unwrap(), "--json"]).await);
    let copy = succeeded(&flowpilot(&server, &["workflow", "export", again["id"].as_str().unwrap()]).await);
    assert_eq!(copy, exported);
    let published = succeeded(&flowpilot(&server, &["workflow", "export", id, "--published", "1"]).await);
    assert_eq!(published, exported);
    let ambiguous = failed(&flowpilot(&server, &["workflow", "run", "Echo"]).await);
    assert!(ambiguous.contains("several workflows") && ambiguous.contains(id), "{ambiguous}");
    server.stop().await;
}

#[tokio::test]
async fn what_fails_says_why_and_exits_so() {
    let server = support::server().await;
    let import = with_input(&server, &["workflow", "import", "-"], "{ \"name\": ").await;
    assert!(failed(&import).contains("- is no workflow: EOF while parsing a value at line 1"), "{import:?}");
    let missing = failed(&flowpilot(&server, &["workflow", "import", "/no/such/file.json"]).await);
    assert!(missing.contains("/no/such/file.json cannot be read"), "{missing}");
    let template: Workflow = template::find("user_signed_up").unwrap().workflow();
    let template = serde_json::to_string(&template).unwrap();
    let unfinished = failed(&with_input(&server, &["workflow", "import", "-", "--publish"], &template).await);
    assert!(unfinished.contains("not published") && unfinished.contains("send_email_1.server"), "{unfinished}");

    let unknown = failed(&flowpilot(&server, &["workflow", "run", "Nobody"]).await);
    assert!(unknown.contains("there is no workflow “Nobody”"), "{unknown}");
    let input = failed(&flowpilot(&server, &["workflow", "run", "Nobody", "--input", "{"]).await);
    assert!(input.contains("--input is no valid JSON"), "{input}");
    let absent = "0197a000-0000-7000-8000-000000000000";
    for arguments in [["workflow", "export", absent], ["execution", "show", absent]] {
        let error = failed(&flowpilot(&server, &arguments).await);
        assert!(error.contains("There is no such"), "{error}");
    }
    let elsewhere = failed(&flowpilot(&server, &["workflow", "list", "--url", "http://127.0.0.1:1"]).await);
    assert!(elsewhere.contains("http://127.0.0.1:1 cannot be reached"), "{elsewhere}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowpilot"));
    command.args(["workflow", "list", "--url", &server.url]).env_remove("FLOWPILOT_TOKEN");
    let tokenless = command.output().await.unwrap();
    assert!(failed(&tokenless).contains("set FLOWPILOT_TOKEN"));
    server.stop().await;
}

#[tokio::test]
async fn a_run_that_fails_fails_its_command() {
    let server = support::server().await;
    let failing = echo("Failing", "input.nothing.at.all");
    succeeded(&with_input(&server, &["workflow", "import", "-", "--publish"], &failing).await);
    let run = flowpilot(&server, &["workflow", "run", "Failing", "--wait"]).await;
    let error = failed(&run);
    assert!(error.contains("ended as failed"), "{error}");
    assert!(String::from_utf8_lossy(&run.stdout).contains("transform_1"));
    server.stop().await;
}

#[tokio::test]
async fn people_are_invited_listed_given_roles_and_removed() {
    let server = support::server().await;
    let ed = server.person("ed@example.com", "Test workspace", Role::Viewer).await;
    let invited =
        json_of(&flowpilot(&server, &["member", "invite", "Grace@example.com", "--role", "editor", "--json"]).await);
    assert!(invited["link"].as_str().unwrap().contains("/invitation?token="), "{invited}");
    let listed = succeeded(&flowpilot(&server, &["member", "list"]).await);
    for part in ["owner@example.com  owner ", "ed@example.com     viewer ", "grace@example.com  editor  invited"] {
        assert!(listed.contains(part), "{part:?} in {listed}");
    }
    let changed = succeeded(&flowpilot(&server, &["member", "role", "ed@example.com", "operator"]).await);
    assert_eq!(changed.trim(), "ed@example.com is operator now.");
    for email in ["grace@example.com", "ed@example.com"] {
        succeeded(&flowpilot(&server, &["member", "remove", email]).await);
    }
    let left = json_of(&flowpilot(&server, &["member", "list", "--json"]).await);
    assert_eq!((left["members"].as_array().unwrap().len(), &left["invitations"]), (1, &json!([])));
    let gone = server.anonymous(reqwest::Method::GET, "/api/v1/workflows").bearer_auth(&ed.token).send().await.unwrap();
    assert_eq!(gone.status(), 401);
    let nobody = failed(&flowpilot(&server, &["member", "remove", "ed@example.com"]).await);
    assert!(nobody.contains("ed@example.com is no member"), "{nobody}");
    let role = failed(&flowpilot(&server, &["member", "invite", "x@example.com", "--role", "boss"]).await);
    assert!(role.contains("choose one of owner, admin"), "{role}");
    server.stop().await;
}

#[tokio::test]
async fn a_token_is_made_with_scopes_workflows_and_networks() {
    let server = support::server().await;
    let database = ["--database-url", server.database.url.as_str()];
    let base = ["token", "create", "--email", "owner@example.com", "--name", "ci", "--json"];
    let limits = ["--scope", "run", "--scope", "webhooks:read", "--network", "127.0.0.1"];
    let made = json_of(&flowpilot(&server, &[&base[..], &limits, &database].concat()).await);
    let scopes = json!(["workflows:read", "executions:read", "executions:run", "webhooks:read"]);
    assert_eq!((&made["reach"]["scopes"], &made["reach"]["networks"]), (&scopes, &json!(["127.0.0.1/32"])));
    let unknown = failed(&flowpilot(&server, &[&base[..], &["--scope", "all"], &database].concat()).await);
    assert!(unknown.contains("choose read, run, full or some of workflows:read"), "{unknown}");
    let absent = ["--workflow", "0197a000-0000-7000-8000-000000000000"];
    let refused = failed(&flowpilot(&server, &[&base[..], &absent, &database].concat()).await);
    assert!(refused.contains("workflows of this workspace"), "{refused}");
    server.stop().await;
}

#[tokio::test]
async fn a_person_is_created_with_a_given_or_a_made_password_and_once() {
    let server = support::server().await;
    let database = ["--database-url", server.database.url.as_str()];
    let create =
        |email| ["user", "create", "--email", email, "--workspace", "Test workspace", "--role", "operator", "--json"];
    let given = [&create("grace@example.com")[..], &["--password-stdin"], &database].concat();
    let grace = json_of(&with_input(&server, &given, &format!("{}\n", support::PASSWORD)).await);
    assert_eq!((&grace["role"], &grace["workspace"]["name"]), (&json!("operator"), &json!("Test workspace")));
    assert_eq!(grace["password"], Value::Null, "who gave it knows it");
    let made = [&create("linus@example.com")[..], &database].concat();
    let linus = json_of(&flowpilot(&server, &made).await);
    for (email, password) in
        [("grace@example.com", support::PASSWORD), ("linus@example.com", linus["password"].as_str().unwrap())]
    {
        let request = server.anonymous(Method::POST, LogIn::PATH).header("origin", &server.url);
        let answer = request.json(&json!({"email": email, "password": password})).send().await.unwrap();
        assert!(answer.status().is_success() && answer.headers().contains_key("set-cookie"), "{email}");
    }
    assert!(failed(&flowpilot(&server, &made).await).contains("exists already"), "not twice");
    server.stop().await;
}

#[tokio::test]
async fn executions_are_listed_and_shown_as_json() {
    let server = support::server().await;
    succeeded(&with_input(&server, &["workflow", "import", "-", "--publish"], &echo("Echo", "input")).await);
    let run = json_of(&flowpilot(&server, &["workflow", "run", "Echo", "--wait", "--json"]).await);
    let list = json_of(&flowpilot(&server, &["execution", "list", "--json"]).await);
    assert_eq!((list.as_array().unwrap().len(), &list[0]["id"]), (1, &run["id"]));
    let shown = json_of(&flowpilot(&server, &["execution", "show", run["id"].as_str().unwrap(), "--json"]).await);
    assert_eq!((&shown["status"], &shown["state"]), (&json!("succeeded"), &run["state"]));
    server.stop().await;
}

#[tokio::test]
async fn webhooks_that_anybody_may_call_are_listed() {
    let server = support::server().await;
    let hook = |name: &str, auth: &str| {
        json!({
            "name": name,
            "nodes": [{ "id": "hook", "name": "Hook", "kind": "webhook", "parameters": { "auth": auth, "secret": "signing" } }],
            "edges": [],
        })
        .to_string()
    };
    for (name, auth) in [("Open to all", "none"), ("Signed", "github")] {
        succeeded(&with_input(&server, &["workflow", "import", "-"], &hook(name, auth)).await);
    }
    let all = succeeded(&flowpilot(&server, &["trigger", "list"]).await);
    assert!(all.contains("github") && all.contains("Signed") && all.contains("Open to all"), "{all}");
    let open = succeeded(&flowpilot(&server, &["trigger", "list", "--open"]).await);
    assert!(open.contains("none") && open.contains("Open to all") && !open.contains("Signed"), "{open}");
    server.stop().await;
}
