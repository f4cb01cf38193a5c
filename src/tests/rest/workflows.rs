//! Drafts, publication, and everything that is refused.

use flowpilot::domain::{
    id::NodeId,
    role::Role,
    task::Kind,
    workflow::{Edge, Node, Point, Workflow},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{body, create, delayed, publish, refusal};
use crate::support::{self, TestServer};

async fn put(server: &TestServer, id: &str, revision: &str, workflow: &Workflow) -> reqwest::Response {
    let request = server.call(Method::PUT, &format!("/api/v1/workflows/{id}"));
    request.header("if-match", revision).json(workflow).send().await.unwrap()
}

async fn get(server: &TestServer, path: &str) -> Value {
    body(server.call(Method::GET, path).send().await.unwrap(), StatusCode::OK).await
}

#[tokio::test]
async fn of_two_tabs_the_second_save_is_refused_and_nothing_is_lost() {
    let server = support::server().await;
    let id = create(&server, &delayed("First", 1)).await;
    let saved = body(put(&server, &id, "\"1\"", &delayed("Second", 2)).await, StatusCode::OK).await;
    assert_eq!(saved["revision"], 2);

    let conflict =
        refusal(put(&server, &id, "\"1\"", &delayed("Third", 3)).await, StatusCode::CONFLICT, "stale_revision");
    assert!(conflict.await["detail"].as_str().unwrap().contains("omebody saved revision 2 meanwhile"));
    let draft = get(&server, &format!("/api/v1/workflows/{id}")).await;
    assert_eq!((&draft["workflow"]["name"], &draft["revision"]), (&json!("Second"), &json!(2)));
    let stale = server.call(Method::POST, &format!("/api/v1/workflows/{id}/publish?revision=1")).send().await.unwrap();
    refusal(stale, StatusCode::CONFLICT, "stale_revision").await;
    server.stop().await;
}

#[tokio::test]
async fn the_same_save_arriving_twice_is_taken_once() {
    let server = support::server().await;
    let id = create(&server, &delayed("First", 1)).await;
    for _ in 0..2 {
        let saved = body(put(&server, &id, "\"1\"", &delayed("Second", 2)).await, StatusCode::OK).await;
        assert_eq!(saved["revision"], 2);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_save_has_to_name_its_revision() {
    let server = support::server().await;
    let id = create(&server, &delayed("First", 1)).await;
    let path = format!("/api/v1/workflows/{id}");
    let response = server.call(Method::PUT, &path).json(&delayed("Second", 2)).send().await.unwrap();
    refusal(response, StatusCode::PRECONDITION_REQUIRED, "revision_required").await;
    let error =
        refusal(put(&server, &id, "*", &delayed("Second", 2)).await, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
    assert_eq!(error.await["problems"][0]["field"], "If-Match");
    server.stop().await;
}

#[tokio::test]
async fn another_workspace_finds_nothing() {
    let server = support::server().await;
    let stranger = server.person("stranger@example.com", "Elsewhere", Role::Owner).await;
    let id = create(&server, &delayed("Mine", 1)).await;
    publish(&server, &id).await;
    let operations = [
        (Method::GET, ""),
        (Method::PUT, "?revision=1"),
        (Method::DELETE, ""),
        (Method::POST, "/publish"),
        (Method::POST, "/unpublish"),
        (Method::GET, "/versions"),
        (Method::GET, "/versions/1"),
    ];
    for (method, rest) in operations {
        let request = server.anonymous(method, &format!("/api/v1/workflows/{id}{rest}")).bearer_auth(&stranger.token);
        refusal(request.json(&delayed("Theirs", 1)).send().await.unwrap(), StatusCode::NOT_FOUND, "not_found").await;
    }
    let start = server.anonymous(Method::POST, "/api/v1/executions").bearer_auth(&stranger.token);
    let response = start.json(&json!({ "workflow_id": id })).send().await.unwrap();
    refusal(response, StatusCode::NOT_FOUND, "not_found").await;
    let list = server.anonymous(Method::GET, "/api/v1/workflows").bearer_auth(&stranger.token);
    assert_eq!(body(list.send().await.unwrap(), StatusCode::OK).await["workflows"], json!([]));
    assert_eq!(get(&server, &format!("/api/v1/workflows/{id}")).await["workflow"]["name"], "Mine");
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_what_is_wrong() {
    let server = support::server().await;
    let post = |kind: &str, text: String| {
        server.call(Method::POST, "/api/v1/workflows").header("content-type", kind).body(text).send()
    };
    let json = "application/json";
    let malformed = post(json, "{ \"name\": ".to_owned()).await.unwrap();
    let error = refusal(malformed, StatusCode::BAD_REQUEST, "malformed").await;
    assert!(error["detail"].as_str().unwrap().contains("line 1"), "{error}");

    let unknown = json!({ "name": "A", "nodes": [{ "id": "a", "name": "A", "kind": "teleport" }] });
    let error = post(json, unknown.to_string()).await.unwrap();
    let error = refusal(error, StatusCode::UNPROCESSABLE_ENTITY, "invalid").await;
    assert_eq!(error["problems"][0]["field"], "nodes[0].kind", "{error}");

    let wrong = post("text/plain", "{}".to_owned()).await.unwrap();
    refusal(wrong, StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong_content_type").await;
    let start = r#"{"name":"A","nodes":[{"id":"a","name":"A","kind":"delay","parameters":{"amount":"#;
    let deep = post(json, format!("{start}{}", "[".repeat(100_000))).await.unwrap();
    refusal(deep, StatusCode::BAD_REQUEST, "malformed").await;
    let nul = post(json, json!({ "name": "A\0B" }).to_string()).await.unwrap();
    let error = refusal(nul, StatusCode::UNPROCESSABLE_ENTITY, "invalid").await;
    assert_eq!(error["problems"][0]["field"], "name");
    let large = post(json, "x".repeat(5 * 1024 * 1024 + 1)).await.unwrap();
    refusal(large, StatusCode::PAYLOAD_TOO_LARGE, "too_large").await;
    server.stop().await;
}

#[tokio::test]
async fn a_far_too_large_body_is_refused_before_it_is_sent() {
    let server = support::server().await;
    let head = format!(
        "POST /api/v1/workflows HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: 20971520\r\n\r\n",
        server.owner.token,
    );
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("application/problem+json") && answer.contains("too_large"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn addresses_and_methods_that_do_not_exist_are_refused_as_problems() {
    let server = support::server().await;
    for path in ["/api/v1/nothing", "/api/v1/workflows/7", "/api/v1/workflows/x/y/z", "/api/v1/executions/7"] {
        refusal(server.call(Method::GET, path).send().await.unwrap(), StatusCode::NOT_FOUND, "not_found").await;
    }
    let response = server.call(Method::PATCH, "/api/v1/workflows").send().await.unwrap();
    refusal(response, StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed").await;
    let response = server.call(Method::GET, "/api/v1/workflows?limit=x").send().await.unwrap();
    let error = refusal(response, StatusCode::BAD_REQUEST, "malformed").await;
    assert!(error["detail"].as_str().unwrap().contains("limit"), "{error}");
    for query in ["limit=0", "limit=101", "cursor=7"] {
        let response = server.call(Method::GET, &format!("/api/v1/workflows?{query}")).send().await.unwrap();
        let error = refusal(response, StatusCode::UNPROCESSABLE_ENTITY, "invalid").await;
        assert_eq!(error["problems"][0]["field"], query.split('=').next().unwrap());
    }
    server.stop().await;
}

#[tokio::test]
async fn a_cyclic_graph_is_kept_as_a_draft_but_not_published() {
    let server = support::server().await;
    let mut cyclic = delayed("Round and round", 1);
    cyclic.nodes.push(Node::new("delay_2".into(), "Wait more", Kind::Delay, Point::default()));
    cyclic.edges.extend([Edge::between("delay_1", "delay_2"), Edge::between("delay_2", "delay_1")]);
    let id = create(&server, &cyclic).await;
    let response = server.call(Method::POST, &format!("/api/v1/workflows/{id}/publish")).send().await.unwrap();
    let error = refusal(response, StatusCode::UNPROCESSABLE_ENTITY, "problems").await;
    assert!(error["problems"].as_array().unwrap().iter().any(|problem| problem["field"] == "edges"), "{error}");

    let check = server.call(Method::POST, "/api/v1/workflows/validate").json(&cyclic).send().await.unwrap();
    assert_eq!(body(check, StatusCode::OK).await["problems"], error["problems"]);
    let run = json!({ "workflow_id": id, "draft": true });
    let response = server.call(Method::POST, "/api/v1/executions").json(&run).send().await.unwrap();
    refusal(response, StatusCode::UNPROCESSABLE_ENTITY, "problems").await;
    server.stop().await;
}

#[tokio::test]
async fn a_credential_that_does_not_exist_is_a_problem_of_its_node() {
    let server = support::server().await;
    let mut workflow = delayed("Call", 1);
    let mut call = Node::new("http_request_1".into(), "Call", Kind::HttpRequest, Point::default());
    call.parameters.insert("url".to_owned(), json!("https://api.example.com"));
    call.parameters.insert("credential".to_owned(), json!("Gone"));
    workflow.nodes.push(call);
    workflow.edges.push(Edge::between("delay_1", "http_request_1"));
    let id = create(&server, &workflow).await;
    let response = server.call(Method::POST, &format!("/api/v1/workflows/{id}/publish")).send().await.unwrap();
    let error = refusal(response, StatusCode::UNPROCESSABLE_ENTITY, "problems").await;
    let problem = &error["problems"][0];
    assert_eq!((&problem["node"], &problem["field"]), (&json!("http_request_1"), &json!("credential")), "{error}");
    server.stop().await;
}

#[tokio::test]
async fn versions_are_numbered_and_never_change() {
    let server = support::server().await;
    let id = create(&server, &delayed("One", 1)).await;
    assert_eq!(publish(&server, &id).await["version"], 1);
    assert_eq!(publish(&server, &id).await["version"], 1, "nothing changed since");
    put(&server, &id, "\"1\"", &delayed("Two", 2)).await;
    assert_eq!(publish(&server, &id).await["version"], 2);

    let path = format!("/api/v1/workflows/{id}/versions");
    let versions = get(&server, &path).await;
    let numbers: Vec<(i64, bool)> = versions["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| (version["version"].as_i64().unwrap(), version["live"].as_bool().unwrap()))
        .collect();
    assert_eq!(numbers, [(2, true), (1, false)]);
    assert_eq!(get(&server, &format!("{path}/1")).await["workflow"]["name"], "One");
    let response = server.call(Method::GET, &format!("{path}/3")).send().await.unwrap();
    refusal(response, StatusCode::NOT_FOUND, "not_found").await;
    server.stop().await;
}

#[tokio::test]
async fn an_unpublished_or_deleted_workflow_starts_no_more() {
    let server = support::server().await;
    let id = create(&server, &delayed("One", 0)).await;
    publish(&server, &id).await;
    let (path, run) = (format!("/api/v1/workflows/{id}"), json!({ "workflow_id": id }));
    let start = || server.call(Method::POST, "/api/v1/executions").json(&run).send();
    body(start().await.unwrap(), StatusCode::ACCEPTED).await;

    let response = server.call(Method::POST, &format!("{path}/unpublish")).send().await.unwrap();
    body(response, StatusCode::NO_CONTENT).await;
    refusal(start().await.unwrap(), StatusCode::CONFLICT, "not_published").await;
    assert_eq!(get(&server, &path).await["live_version"], Value::Null);

    body(server.call(Method::DELETE, &path).send().await.unwrap(), StatusCode::NO_CONTENT).await;
    refusal(start().await.unwrap(), StatusCode::NOT_FOUND, "not_found").await;
    refusal(server.call(Method::GET, &path).send().await.unwrap(), StatusCode::NOT_FOUND, "not_found").await;
    assert_eq!(get(&server, "/api/v1/workflows").await["workflows"], json!([]));
    server.stop().await;
}

#[tokio::test]
async fn lists_are_searched_and_paged_last_changed_first() {
    let server = support::server().await;
    for name in ["Alpha sign-up", "Beta", "Gamma Sign-Up", "Delta"] {
        create(&server, &delayed(name, 1)).await;
    }
    let names = |page: &Value| -> Vec<String> {
        page["workflows"].as_array().unwrap().iter().map(|w| w["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&get(&server, "/api/v1/workflows?search=SIGN-up").await), ["Gamma Sign-Up", "Alpha sign-up"]);
    let first = get(&server, "/api/v1/workflows?limit=3").await;
    assert_eq!(names(&first), ["Delta", "Gamma Sign-Up", "Beta"]);
    let next = first["next"].as_str().unwrap();
    let second = get(&server, &format!("/api/v1/workflows?limit=3&cursor={next}")).await;
    assert_eq!((names(&second), &second["next"]), (vec!["Alpha sign-up".to_owned()], &Value::Null));
    assert_eq!(names(&get(&server, "/api/v1/workflows?published=true").await), [""; 0]);
    server.stop().await;
}

#[tokio::test]
async fn roles_may_what_the_matrix_says() {
    let server = support::server().await;
    let viewer = server.person("viewer@example.com", "Test workspace", Role::Viewer).await;
    let editor = server.person("editor@example.com", "Test workspace", Role::Editor).await;
    let create_as = |token: &str| {
        server.anonymous(Method::POST, "/api/v1/workflows").bearer_auth(token).json(&delayed("A", 0)).send()
    };
    let refused = refusal(create_as(&viewer.token).await.unwrap(), StatusCode::FORBIDDEN, "forbidden").await;
    assert!(refused["detail"].as_str().unwrap().contains("viewer"), "{refused}");

    let created = body(create_as(&editor.token).await.unwrap(), StatusCode::CREATED).await;
    let id = created["id"].as_str().unwrap();
    assert_eq!(created["created_by"], "editor@example.com");
    let run = json!({ "workflow_id": id, "draft": true });
    let start = server.anonymous(Method::POST, "/api/v1/executions").bearer_auth(&viewer.token).json(&run);
    refusal(start.send().await.unwrap(), StatusCode::FORBIDDEN, "forbidden").await;

    let mut open = delayed("Open", 0);
    open.nodes[0] = Node::new(NodeId::from("manual_1"), "Hook", Kind::Webhook, Point::default());
    body(put(&server, id, "\"1\"", &open).await, StatusCode::OK).await;
    let path = format!("/api/v1/workflows/{id}/publish");
    let response = server.anonymous(Method::POST, &path).bearer_auth(&editor.token).send().await.unwrap();
    let refused = refusal(response, StatusCode::FORBIDDEN, "forbidden").await;
    assert_eq!(
        (&refused["problems"][0]["node"], &refused["problems"][0]["field"]),
        (&json!("manual_1"), &json!("auth"))
    );
    assert_eq!(publish(&server, id).await["version"], 1, "an owner may");
    server.stop().await;
}
