//! Dead letters: what fails is listed until somebody replays it or puts it away.

use std::time::Duration;

use flowpilot::domain::{
    id::ExecutionId,
    task::Kind,
    workflow::{Edge, Node, Point, Workflow},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{self, TestServer};

/// Manual start, then a condition that fails while the input has no `ok`.
fn picky(name: &str) -> Workflow {
    let mut check = Node::new("check".into(), "Check", Kind::Transform, Point::default());
    check.parameters.insert("output".to_owned(), json!("input.a.b"));
    let start = Node::new("start".into(), "Start", Kind::Manual, Point::default());
    Workflow {
        name: name.to_owned(),
        nodes: vec![start, check],
        edges: vec![Edge::between("start", "check")],
        ..Workflow::default()
    }
}

async fn call(server: &TestServer, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
    let request = server.call(method, &format!("/api/v1{path}"));
    let request = if let Some(body) = body { request.json(&body) } else { request };
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap_or_default())
}

async fn get(server: &TestServer, path: &str) -> Value {
    let (status, body) = call(server, Method::GET, path, None).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body
}

async fn publish(server: &TestServer, workflow: &Workflow) -> String {
    let (status, draft) = call(server, Method::POST, "/workflows", Some(json!(workflow))).await;
    assert_eq!(status, StatusCode::CREATED, "{draft}");
    let id = draft["id"].as_str().unwrap().to_owned();
    assert_eq!(call(server, Method::POST, &format!("/workflows/{id}/publish"), None).await.0, StatusCode::OK);
    id
}

async fn fail(server: &TestServer, workflow: &str, input: Value) -> String {
    let start = json!({ "workflow_id": workflow, "input": input });
    let (status, execution) = call(server, Method::POST, "/executions?wait=30", Some(start)).await;
    assert_eq!((status, &execution["status"]), (StatusCode::OK, &json!("failed")), "{execution}");
    execution["id"].as_str().unwrap().to_owned()
}

fn ids(page: &Value) -> Vec<&str> {
    page["dead_letters"].as_array().unwrap().iter().map(|letter| letter["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_failed_is_listed_until_it_is_replayed_or_put_away() {
    let server = support::server().await;
    let id = publish(&server, &picky("Picky")).await;
    let (first, second) = (fail(&server, &id, json!({})).await, fail(&server, &id, json!({})).await);
    let good = json!({ "workflow_id": id, "input": { "a": { "b": 1 } } });
    assert_eq!(call(&server, Method::POST, "/executions?wait=30", Some(good)).await.1["status"], "succeeded");
    assert_eq!(ids(&get(&server, "/dead-letters").await), [second.as_str(), first.as_str()]);
    let page = get(&server, "/dead-letters?limit=1").await;
    let next = page["next"].as_str().unwrap();
    assert_eq!(ids(&get(&server, &format!("/dead-letters?limit=1&cursor={next}")).await), [first.as_str()]);
    assert_eq!(ids(&get(&server, "/dead-letters?error=nothing+of+the+kind").await), [""; 0]);
    assert_eq!(ids(&get(&server, &format!("/dead-letters?error=CHECK&workflow_id={id}")).await).len(), 2);

    // Mended: the replay of the live version succeeds.
    let mut mended = picky("Picky");
    mended.nodes[1].parameters.insert("output".to_owned(), json!("1"));
    let put = call(&server, Method::PUT, &format!("/workflows/{id}?revision=1"), Some(json!(mended))).await;
    assert_eq!(put.0, StatusCode::OK, "{}", put.1);
    assert_eq!(call(&server, Method::POST, &format!("/workflows/{id}/publish"), None).await.0, StatusCode::OK);
    let (status, replayed) =
        call(&server, Method::POST, &format!("/dead-letters/{first}/replay?live=true"), None).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{replayed}");
    let replay = get(&server, &format!("/executions/{}?wait=30", replayed["id"].as_str().unwrap())).await;
    assert_eq!(
        (&replay["status"], &replay["started_via"], &replay["version"]),
        (&json!("succeeded"), &json!("replay"), &json!(2))
    );
    let letter = get(&server, &format!("/dead-letters/{first}")).await;
    assert_eq!((&letter["resolved"]["how"], &letter["resolved"]["replayed_as"]), (&json!("replayed"), &replayed["id"]));
    let again = call(&server, Method::POST, &format!("/dead-letters/{first}/replay"), None).await;
    assert_eq!((again.0, &again.1["code"]), (StatusCode::CONFLICT, &json!("resolved")));

    let (status, gone) = call(&server, Method::POST, &format!("/dead-letters/{second}/discard"), None).await;
    assert_eq!((status, &gone["resolved"]["how"]), (StatusCode::OK, &json!("discarded")));
    assert_eq!(ids(&get(&server, "/dead-letters").await), [""; 0]);
    server.stop().await;
}

#[tokio::test]
async fn many_are_replayed_at_a_rate_each_once_and_what_fails_again_is_listed_again() {
    let server = support::server().await;
    let id = publish(&server, &picky("Picky")).await;
    let mut failed = Vec::new();
    for _ in 0..6 {
        failed.push(fail(&server, &id, json!({})).await);
    }
    let wish = json!({ "workflow_id": id, "limit": 5, "per_second": 4 });
    let (status, marked) = call(&server, Method::POST, "/dead-letters/replay", Some(wish)).await;
    assert_eq!((status, &marked["replays"]), (StatusCode::ACCEPTED, &json!(5)), "{marked}");
    let open = get(&server, "/dead-letters?limit=100").await;
    let waits = open["dead_letters"].as_array().unwrap().iter().filter(|letter| !letter["replay_at"].is_null()).count();
    assert!(waits >= 3, "not all at once: {waits}");
    let all_replayed = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(100));
        loop {
            ticks.tick().await;
            let page = get(&server, "/executions?limit=100&status=failed").await;
            let replays =
                page["executions"].as_array().unwrap().iter().filter(|one| one["started_via"] == "replay").count();
            if replays == 5 {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), all_replayed).await.expect("five replays");
    let open = get(&server, "/dead-letters?limit=100").await;
    let open = ids(&open);
    assert_eq!(open.len(), 6, "the sixth and five replays that failed again");
    assert!(open.contains(&failed[5].as_str()) && !open.contains(&failed[0].as_str()));
    let replays: i64 = sqlx::query_scalar("select count(*) from executions where started_via = 'replay'")
        .fetch_one(&server.database.pool)
        .await
        .unwrap();
    assert_eq!(replays, 5);
    let refused = call(&server, Method::POST, "/dead-letters/replay", Some(json!({ "per_second": 0 }))).await;
    assert_eq!(
        (refused.0, &refused.1["problems"][0]["field"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("per_second"))
    );
    server.stop().await;
}

#[tokio::test]
async fn an_execution_that_fails_before_it_began_is_a_dead_letter_too() {
    let server = support::server().await;
    let mut workflow = picky("Keyed");
    workflow.settings.concurrency = Some(flowpilot::domain::limit::Concurrency {
        key: "{{ input.a.b }}".to_owned(),
        limit: 1,
        policy: Default::default(),
    });
    let id = publish(&server, &workflow).await;
    let failed = fail(&server, &id, json!({})).await;
    let letter = get(&server, &format!("/dead-letters/{failed}")).await;
    assert!(letter["error"].as_str().unwrap().starts_with("The concurrency key: "), "{letter}");
    let _: ExecutionId = failed.parse().unwrap();
    server.stop().await;
}
