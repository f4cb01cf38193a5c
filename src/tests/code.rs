//! Code in whole workflows: who allows it, what is said where nobody does, and what it printed.

use flowpilot::{
    domain::{task::Kind, workflow::Workflow},
    server::{config::CodeMode, sandbox::Tier},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    peer::Peer,
    sandbox::sandbox,
    stand::{chain, node},
    support::{self, TestServer},
};

async fn server(code: &str) -> TestServer {
    let program = format!("--sandbox-program={}", env!("CARGO_BIN_EXE_flowpilot"));
    support::server_on(support::database().await, &[&format!("--code={code}"), &program]).await
}

fn workflow(kind: Kind, parameters: Value) -> Workflow {
    let mut workflow = chain(vec![node("start", Kind::Manual, json!({})), node("code", kind, parameters)]);
    workflow.nodes[1].retry.max_attempts = 1;
    workflow
}

async fn ask(server: &TestServer, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
    let response = server.call(method, &format!("/api/v1{path}")).json(&body).send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

async fn allow(server: &TestServer, kinds: Value, network: bool) {
    let (status, standing) = ask(server, Method::PUT, "/code", json!({ "kinds": kinds, "network": network })).await;
    assert_eq!((status, &standing["policy"]["network"]), (StatusCode::OK, &json!(network)));
}

/// Publishes and runs it; what is wrong with it, or the execution as it ended.
async fn run(server: &TestServer, workflow: &Workflow) -> Result<Value, Value> {
    let (_, created) = ask(server, Method::POST, "/workflows", json!(workflow)).await;
    let id = created["id"].as_str().unwrap().to_owned();
    let (status, published) = ask(server, Method::POST, &format!("/workflows/{id}/publish"), json!({})).await;
    if status != StatusCode::OK {
        return Err(published["problems"].clone());
    }
    let start = json!({ "workflow_id": id, "input": { "name": "Ada" } });
    Ok(ask(server, Method::POST, "/executions?wait=30", start).await.1)
}

#[tokio::test]
async fn code_is_a_problem_until_the_server_and_the_workspace_allow_it() {
    let python = workflow(Kind::Python, json!({ "code": "return 1" }));
    let off = server("off").await;
    let problems = run(&off, &python).await.unwrap_err();
    assert_eq!((&problems[0]["node"], &problems[0]["field"]), (&json!("code"), &json!("code")));
    assert!(problems[0]["message"].as_str().unwrap().contains("FLOWPILOT_CODE=strict"), "{problems}");
    off.stop().await;

    let on = server("restricted").await;
    let message = run(&on, &python).await.unwrap_err()[0]["message"].as_str().unwrap().to_owned();
    let is_possible = sandbox(CodeMode::Restricted).tier().await.is_ok();
    assert!(message.contains(if is_possible { "Settings → Code" } else { "isolation" }), "{message}");
    if is_possible {
        allow(&on, json!(["python"]), false).await;
        assert_eq!(run(&on, &python).await.unwrap()["status"], "succeeded");
        let shell = workflow(Kind::Shell, json!({ "code": "true" }));
        assert!(run(&on, &shell).await.unwrap_err()[0]["message"].as_str().unwrap().contains("Shell is not allowed"));
        let far = workflow(Kind::Python, json!({ "code": "return 1", "network": "on" }));
        assert!(run(&on, &far).await.unwrap_err()[0]["message"].as_str().unwrap().contains("network"));
        let (status, refused) =
            ask(&on, Method::PUT, "/code", json!({ "kinds": ["http_request"], "network": false })).await;
        assert_eq!((status, &refused["problems"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("kinds")));
    }
    on.stop().await;
}

#[tokio::test]
async fn what_was_allowed_and_is_not_any_more_fails_at_its_node() {
    let server = server("restricted").await;
    if server.app.sandbox.tier().await.is_ok() {
        allow(&server, json!(["javascript"]), false).await;
        let (_, created) =
            ask(&server, Method::POST, "/workflows", json!(workflow(Kind::Javascript, json!({ "code": "return 1" }))))
                .await;
        let id = created["id"].as_str().unwrap().to_owned();
        ask(&server, Method::POST, &format!("/workflows/{id}/publish"), json!({})).await;
        allow(&server, json!([]), false).await;
        let start = json!({ "workflow_id": id, "input": {} });
        let (_, execution) = ask(&server, Method::POST, "/executions?wait=30", start).await;
        assert_eq!(execution["status"], "failed");
        assert!(execution.to_string().contains("JavaScript is not allowed"), "{execution}");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_code_prints_stands_in_the_journal_also_when_it_fails_or_is_late() {
    let server = server("restricted").await;
    if server.app.sandbox.tier().await.is_ok() {
        allow(&server, json!(["python", "javascript"]), false).await;
        let log = async |kind, parameters: Value, timeout_secs: u32| {
            let mut workflow = workflow(kind, parameters);
            workflow.nodes[1].timeout_secs = timeout_secs;
            let execution = run(&server, &workflow).await.unwrap();
            let path = format!("/executions/{}/events", execution["id"].as_str().unwrap());
            let (_, page) = ask(&server, Method::GET, &path, Value::Null).await;
            let events = page["events"].as_array().unwrap().clone();
            let logged = events.into_iter().rfind(|event| event["type"] == "attempt_logged");
            (execution["status"].clone(), logged.map(|event| event["log"].clone()))
        };
        let python = json!({ "code": "import sys\nprint('out')\nprint('err', file=sys.stderr)\nreturn 1" });
        assert_eq!(
            log(Kind::Python, python, 30).await,
            (json!("succeeded"), Some(json!({ "stdout": "out\n", "stderr": "err\n" })))
        );
        let (status, printed) = log(Kind::Python, json!({ "code": "print('before')\n1 / 0" }), 30).await;
        let printed = printed.expect("it printed");
        assert_eq!((status, &printed["stdout"]), (json!("failed"), &json!("before\n")));
        assert!(printed["stderr"].as_str().unwrap().contains("ZeroDivisionError"), "{printed}");
        let late = json!({ "code": "import time\nprint('begun', flush=True)\ntime.sleep(600)" });
        assert_eq!(log(Kind::Python, late, 2).await, (json!("failed"), Some(json!({ "stdout": "begun\n" }))));
        let js = json!({ "code": "console.log('n', { a: 1 }); return 1" });
        assert_eq!(
            log(Kind::Javascript, js, 30).await,
            (json!("succeeded"), Some(json!({ "stdout": "n {\"a\":1}\n" })))
        );
        assert_eq!(log(Kind::Javascript, json!({ "code": "return 1" }), 30).await, (json!("succeeded"), None));
    }
    server.stop().await;
}

#[tokio::test]
async fn code_reaches_the_network_through_the_guard_alone() {
    let server = server("strict").await;
    if matches!(server.app.sandbox.tier().await, Ok(Tier::Strict)) {
        allow(&server, json!(["python"]), true).await;
        let ours = server.url.clone();
        let code = |url: &str| {
            format!(
                "import urllib.request, urllib.error\ntry:\n    return urllib.request.urlopen('{url}', timeout=10).status\nexcept urllib.error.HTTPError as error:\n    return [error.code, error.read().decode()]"
            )
        };
        let fetched = async |url: &str, network: &str| {
            let parameters = json!({ "code": code(url), "network": network });
            run(&server, &workflow(Kind::Python, parameters)).await.unwrap()
        };
        let peer = Peer::answering(200, &[], json!(1)).await;
        let execution = fetched(&peer.url("/"), "on").await;
        assert_eq!(execution["status"], "succeeded", "{execution}");
        // FlowPilot's own doors stay closed, whatever is configured.
        let execution = fetched(&ours, "on").await;
        assert!(execution.to_string().contains("403"), "{execution}");
        assert_eq!(fetched(&peer.url("/"), "off").await["status"], "failed");
    }
    server.stop().await;
}
