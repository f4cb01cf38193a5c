//! The template “User signed up”, with real peers behind its three addresses.

use flowpilot::domain::{id::NodeId, template};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{body, create, publish};
use crate::{peer::Peer, smtp::Sink, support};

#[tokio::test]
async fn it_runs_as_it_is_once_its_three_addresses_are_filled_in() {
    let server = support::server().await;
    let mut mail = Sink::start("220 ready").await;
    let mut crm = Peer::answering(201, &[], json!({ "id": 7 })).await;
    let mut slack = Peer::answering(200, &[], json!("ok")).await;
    let mut workflow = template::find("user_signed_up").unwrap().workflow();
    let addresses = [
        ("send_email_1", "server", mail.url()),
        ("http_request_1", "url", crm.url("/contacts")),
        ("slack_message_1", "url", slack.url("/services/x")),
    ];
    for (node, field, address) in addresses {
        let node = workflow.nodes.iter_mut().find(|found| found.id == NodeId::from(node)).unwrap();
        node.parameters.insert(field.to_owned(), json!(address));
    }
    let id = create(&server, &workflow).await;
    publish(&server, &id).await;

    let run = json!({ "workflow_id": id, "input": { "email": "ada@example.com", "name": "Ada" } });
    let response = server.call(Method::POST, "/api/v1/executions?wait=30").json(&run).send().await.unwrap();
    let execution = body(response, StatusCode::OK).await;
    assert_eq!(execution["status"], "succeeded", "{execution}");

    let welcome = mail.mails.recv().await.unwrap();
    assert_eq!(welcome.to, ["ada@example.com"]);
    assert!(welcome.data.contains("Subject: Welcome, Ada!"), "{}", welcome.data);
    let entry = crm.seen.recv().await.unwrap();
    assert_eq!((entry.method.as_str(), entry.uri.as_str()), ("POST", "/contacts"));
    let entry: Value = serde_json::from_slice(&entry.body).unwrap();
    assert_eq!(entry, json!({ "email": "ada@example.com", "name": "Ada", "source": "sign-up" }));
    let message: Value = serde_json::from_slice(&slack.seen.recv().await.unwrap().body).unwrap();
    assert_eq!(message["text"], "New sign-up: Ada (ada@example.com). Welcomed by email and added to the CRM.");
    server.stop().await;
}
