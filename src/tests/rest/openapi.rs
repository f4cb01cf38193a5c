//! The description of the interface against the interface itself.

use flowpilot::domain::{
    task::Kind,
    template,
    workflow::{Edge, Node, Point},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{body, create, delayed, publish, refusal, schema::faults};
use crate::support::{self, TestServer};

const SOME_ID: &str = "0197a000-0000-7000-8000-000000000000";

async fn document(server: &TestServer) -> Value {
    body(server.anonymous(Method::GET, "/api/v1/openapi.json").send().await.unwrap(), StatusCode::OK).await
}

#[tokio::test]
async fn every_operation_that_is_described_exists_and_wants_a_token() {
    let server = support::server().await;
    let document = document(&server).await;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    let mut count = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            let path = path.replace("{id}", SOME_ID).replace("{version}", "1").replace("{node}", "a");
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let request = server.anonymous(method, &format!("/api/v1{path}")).json(&json!({}));
            let response = request.send().await.unwrap();
            assert_eq!(response.headers()["www-authenticate"], "Bearer");
            refusal(response, StatusCode::UNAUTHORIZED, "unauthenticated").await;
            count += 1;
        }
    }
    assert_eq!(count, crate::operations::REST.len(), "every operation is in the table of who may do what");
    server.stop().await;
}

#[tokio::test]
async fn a_token_that_is_none_is_refused() {
    let server = support::server().await;
    for token in ["", "fpt_", "fpt_0123456789012345678901234567890123456789012abcdef", "Ä"] {
        let request =
            server.anonymous(Method::GET, "/api/v1/workflows").header("authorization", format!("Bearer {token}"));
        refusal(request.send().await.unwrap(), StatusCode::UNAUTHORIZED, "unauthenticated").await;
    }
    server.stop().await;
}

#[tokio::test]
async fn answers_are_as_described() {
    let server = support::server().await;
    let document = document(&server).await;
    let expect = |name: &str, value: &Value| {
        let schema = &document["components"]["schemas"][name];
        assert!(schema.is_object(), "{name} is not described");
        let faults = faults(&document, schema, value);
        assert!(faults.is_empty(), "{name}: {faults:#?}");
    };
    let get = async |path: &str| {
        let response = server.call(Method::GET, &format!("/api/v1{path}")).send().await.unwrap();
        body(response, StatusCode::OK).await
    };
    let mut failing = delayed("Described", 0);
    let mut fail = Node::new("fail_1".into(), "Fail", Kind::Fail, Point::default());
    fail.parameters.insert("message".to_owned(), json!("No"));
    failing.nodes.push(fail);
    failing.edges.push(Edge::between("delay_1", "fail_1"));
    let id = create(&server, &failing).await;
    expect("Draft", &get(&format!("/workflows/{id}")).await);
    expect("Published", &publish(&server, &id).await);
    expect("WorkflowPage", &get("/workflows?limit=1").await);
    expect("VersionList", &get(&format!("/workflows/{id}/versions")).await);
    expect("Version", &get(&format!("/workflows/{id}/versions/1")).await);
    let path = format!("/api/v1/workflows/{id}?revision=1");
    let saved = server.call(Method::PUT, &path).json(&json!({ "name": "Described" })).send().await.unwrap();
    expect("Saved", &body(saved, StatusCode::OK).await);
    let stale = server.call(Method::PUT, &path).json(&json!({ "name": "Again" })).send().await.unwrap();
    expect("Error", &refusal(stale, StatusCode::CONFLICT, "stale_revision").await);

    let run = json!({ "workflow_id": id, "input": {} });
    expect("StartBody", &run);
    let waited = server.call(Method::POST, "/api/v1/executions?wait=30").json(&run).send().await.unwrap();
    let execution = body(waited, StatusCode::OK).await;
    assert_eq!(execution["status"], "failed");
    expect("Execution", &execution);
    let accepted = server.call(Method::POST, "/api/v1/executions").json(&run).send().await.unwrap();
    expect("Accepted", &body(accepted, StatusCode::ACCEPTED).await);
    expect("ExecutionPage", &get("/executions?limit=1").await);
    let invitation = json!({ "email": "grace@example.com", "role": "viewer" });
    let invited = server.call(Method::POST, "/api/v1/invitations").json(&invitation).send().await.unwrap();
    expect("NewInvitation", &body(invited, StatusCode::CREATED).await);
    expect("InvitationList", &get("/invitations").await);
    expect("MemberList", &get("/members").await);
    expect("Insight", &get(&format!("/workflows/{id}/insight")).await);
    expect("EventPage", &get(&format!("/executions/{}/events", execution["id"].as_str().unwrap())).await);
    server.stop().await;
}

#[tokio::test]
async fn the_schema_of_workflows_accepts_every_template_and_refuses_what_is_none() {
    let server = support::server().await;
    let response = server.call(Method::GET, "/api/v1/workflows/schema").send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/schema+json");
    let schema = body(response, StatusCode::OK).await;
    for template in template::ALL {
        let workflow = serde_json::to_value(template.workflow()).unwrap();
        assert_eq!(faults(&schema, &schema, &workflow), [""; 0], "{}", template.id);
    }
    let mut wrong = serde_json::to_value(template::ALL[0].workflow()).unwrap();
    wrong["nodes"][1]["parameters"]["recipient"] = json!("ada@example.com");
    wrong["nodes"][2]["kind"] = json!("teleport");
    let faults = faults(&schema, &schema, &wrong).join("\n");
    assert!(faults.contains("$.nodes[1].parameters.recipient") && faults.contains("teleport"), "{faults}");
    server.stop().await;
}
