//! Starting, reading, cancelling and running again.

use flowpilot::domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{body, create, delayed, publish, refusal};
use crate::support::{self, Person, TestServer};

async fn start(server: &TestServer, query: &str, run: Value) -> reqwest::Response {
    server.call(Method::POST, &format!("/api/v1/executions{query}")).json(&run).send().await.unwrap()
}

async fn get(server: &TestServer, path: &str) -> Value {
    body(server.call(Method::GET, path).send().await.unwrap(), StatusCode::OK).await
}

#[tokio::test]
async fn a_start_that_waits_answers_with_the_finished_execution() {
    let server = support::server().await;
    let id = create(&server, &delayed("Quick", 0)).await;
    publish(&server, &id).await;
    let run = json!({ "workflow_id": id, "input": { "email": "ada@example.com" } });
    let execution = body(start(&server, "?wait=30", run).await, StatusCode::OK).await;
    assert_eq!((&execution["status"], &execution["version"]), (&json!("succeeded"), &json!(1)), "{execution}");
    assert_eq!(execution["started_via"], "api");
    assert_eq!(execution["state"]["cause"]["by"], "owner@example.com");
    assert_eq!(execution["state"]["task_runs"]["delay_1"]["output"], json!({ "email": "ada@example.com" }));

    let path = format!("/api/v1/executions/{}", execution["id"].as_str().unwrap());
    assert_eq!(get(&server, &path).await, execution);
    let events = get(&server, &format!("{path}/events")).await;
    let events = events["events"].as_array().unwrap();
    assert_eq!(events.first().unwrap()["type"], "started");
    assert_eq!(events.last().unwrap()["type"], "finished");
    let after = get(&server, &format!("{path}/events?after={}", events.len() - 1)).await;
    assert_eq!(after["events"], json!([events.last().unwrap()]));
    server.stop().await;
}

#[tokio::test]
async fn a_draft_runs_before_it_is_published() {
    let server = support::server().await;
    let id = create(&server, &delayed("Draft", 0)).await;
    refusal(start(&server, "", json!({ "workflow_id": id })).await, StatusCode::CONFLICT, "not_published").await;
    let run = json!({ "workflow_id": id, "draft": true });
    let execution = body(start(&server, "?wait=30", run).await, StatusCode::OK).await;
    assert_eq!((&execution["status"], &execution["version"]), (&json!("succeeded"), &json!(0)));
    server.stop().await;
}

#[tokio::test]
async fn the_same_idempotency_key_starts_once() {
    let server = support::server().await;
    let id = create(&server, &delayed("Once", 0)).await;
    publish(&server, &id).await;
    let start = |key: &'static str| {
        let request = server.call(Method::POST, "/api/v1/executions").json(&json!({ "workflow_id": id }));
        request.header("idempotency-key", key).send()
    };
    let first = body(start("order-1").await.unwrap(), StatusCode::ACCEPTED).await;
    let again = body(start("order-1").await.unwrap(), StatusCode::ACCEPTED).await;
    let other = body(start("order-2").await.unwrap(), StatusCode::ACCEPTED).await;
    assert_eq!(first["id"], again["id"]);
    assert_ne!(first["id"], other["id"]);
    let error = refusal(start("two words").await.unwrap(), StatusCode::UNPROCESSABLE_ENTITY, "invalid").await;
    assert_eq!(error["problems"][0]["field"], "idempotency_key");
    server.stop().await;
}

#[tokio::test]
async fn a_long_execution_is_cancelled_and_runs_again_with_its_input() {
    let server = support::server().await;
    let id = create(&server, &delayed("Long", 86_400)).await;
    publish(&server, &id).await;
    let accepted = body(start(&server, "", json!({ "workflow_id": id, "input": 7 })).await, StatusCode::ACCEPTED).await;
    let path = format!("/api/v1/executions/{}", accepted["id"].as_str().unwrap());
    let cancel = || server.call(Method::POST, &format!("{path}/cancel")).send();
    body(cancel().await.unwrap(), StatusCode::ACCEPTED).await;
    let cancelled = get(&server, &format!("{path}?wait=30")).await;
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!(cancelled["state"]["cancelled_by"], "owner@example.com");
    refusal(cancel().await.unwrap(), StatusCode::CONFLICT, "finished").await;

    let retry = server.call(Method::POST, &format!("{path}/retry")).send().await.unwrap();
    let location = retry.headers()["location"].to_str().unwrap().to_owned();
    assert_ne!(body(retry, StatusCode::ACCEPTED).await["id"], accepted["id"]);
    let again = get(&server, &location).await;
    assert_eq!(again["state"]["cause"], json!({ "via": "rerun", "by": "owner@example.com", "input": 7 }));
    body(server.call(Method::POST, &format!("{location}/cancel")).send().await.unwrap(), StatusCode::ACCEPTED).await;
    server.stop().await;
}

#[tokio::test]
async fn a_stopping_server_lets_nobody_wait() {
    let server = support::server().await;
    let id = create(&server, &delayed("Long", 86_400)).await;
    publish(&server, &id).await;
    let request = server.call(Method::POST, "/api/v1/executions?wait=50").json(&json!({ "workflow_id": id }));
    let waiting = tokio::spawn(request.send());
    while get(&server, "/api/v1/executions").await["executions"] == json!([]) {}
    let ((), answer) = tokio::join!(async { drop(server.stop().await) }, waiting);
    body(answer.unwrap().unwrap(), StatusCode::ACCEPTED).await;
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    let server = support::server().await;
    let id = create(&server, &delayed("Listed", 0)).await;
    publish(&server, &id).await;
    for _ in 0..3 {
        body(start(&server, "?wait=30", json!({ "workflow_id": id })).await, StatusCode::OK).await;
    }
    let first = get(&server, &format!("/api/v1/executions?workflow_id={id}&status=succeeded,failed&limit=2")).await;
    assert_eq!(first["executions"].as_array().unwrap().len(), 2);
    let next = first["next"].as_str().unwrap();
    let second = get(&server, &format!("/api/v1/executions?limit=2&cursor={next}")).await;
    assert_eq!((second["executions"].as_array().unwrap().len(), &second["next"]), (1, &Value::Null));
    assert_eq!(get(&server, "/api/v1/executions?status=running").await["executions"], json!([]));
    for (query, field) in [("status=done", "status"), ("limit=0", "limit"), ("cursor=x", "cursor")] {
        let response = server.call(Method::GET, &format!("/api/v1/executions?{query}")).send().await.unwrap();
        let error = refusal(response, StatusCode::UNPROCESSABLE_ENTITY, "invalid").await;
        assert_eq!(error["problems"][0]["field"], field);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_start_that_does_not_fit_is_refused_with_its_field() {
    let server = support::server().await;
    let id = create(&server, &delayed("Strict", 0)).await;
    publish(&server, &id).await;
    let deep = (0..70).fold(json!(1), |inner, _| json!([inner]));
    let cases = [
        ("", json!({ "workflow_id": id, "input": deep }), "input"),
        ("?wait=600", json!({ "workflow_id": id }), "wait"),
        ("", json!({ "workflow_id": "x" }), "workflow_id"),
        ("", json!({ "workflow_id": id, "inptu": 1 }), "inptu"),
    ];
    for (query, run, field) in cases {
        let error = refusal(start(&server, query, run).await, StatusCode::UNPROCESSABLE_ENTITY, "invalid").await;
        assert_eq!(error["problems"][0]["field"], field, "{error}");
    }
    server.stop().await;
}

#[tokio::test]
async fn operators_hand_on_declared_input_only_and_everybody_what_keeps_to_it() {
    let server = support::server().await;
    let operator = server.person("operator@example.com", "Test workspace", Role::Operator).await;
    let mut declaring = delayed("Declaring", 0);
    let schema = json!({ "required": ["email"], "properties": { "email": { "type": "string" } } });
    declaring.nodes[0].parameters.insert("schema".to_owned(), schema);
    let (declaring, silent) = (create(&server, &declaring).await, create(&server, &delayed("Silent", 0)).await);
    publish(&server, &declaring).await;
    publish(&server, &silent).await;
    let start = |by: &Person, id: &str, input: Value| {
        let request = server.anonymous(Method::POST, "/api/v1/executions").bearer_auth(&by.token);
        request.json(&json!({ "workflow_id": id, "input": input })).send()
    };
    let email = json!({ "email": "ada@example.com" });
    for (by, id, input, accepted) in [
        (&operator, &declaring, email.clone(), true),
        (&operator, &declaring, json!({ "email": "ada@example.com", "admin": true }), false),
        (&operator, &silent, email.clone(), false),
        (&operator, &silent, json!({}), true),
        (&server.owner, &declaring, json!({ "email": 7 }), false),
        (&server.owner, &declaring, json!({ "email": "ada@example.com", "admin": true }), true),
        (&server.owner, &silent, email.clone(), true),
    ] {
        let answer = start(by, id, input.clone()).await.unwrap();
        match accepted {
            true => drop(body(answer, StatusCode::ACCEPTED).await),
            false => {
                let refused = refusal(answer, StatusCode::UNPROCESSABLE_ENTITY, "invalid").await;
                assert_eq!(refused["problems"][0]["field"], "input", "{input}");
            }
        }
    }
    server.stop().await;
}
