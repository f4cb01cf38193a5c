//! What starts executions: by hand, by a call, by the clock.

use std::collections::BTreeSet;

use flowpilot::domain::{execution::ExecutionStatus, id::WorkflowId, task::Kind};
use reqwest::Method;
use serde_json::{Value, json};

use super::House;
use crate::trigger_desk::with_trigger;

pub async fn run(house: &House) -> BTreeSet<Kind> {
    let (desk, server) = (house.desk(), &house.server);
    let manual = desk.publish(with_trigger(Kind::Manual, json!({}))).await;
    let start = json!({"workflow_id": manual, "input": {"n": 1}});
    let started = server.call(Method::POST, "/api/v1/executions").json(&start).send().await.unwrap();
    assert!(started.status().is_success(), "{}", started.text().await.unwrap());
    ended(house, manual).await;
    let webhook = desk.publish(with_trigger(Kind::Webhook, json!({}))).await;
    let called = server.http.post(desk.address(webhook).await).json(&json!({"n": 1})).send().await.unwrap();
    assert_eq!(called.status(), 202);
    ended(house, webhook).await;
    let schedule = desk.publish(with_trigger(Kind::Schedule, json!({"cron": "* * * * * *"}))).await;
    ended(house, schedule).await;
    BTreeSet::from([Kind::Manual, Kind::Webhook, Kind::Schedule])
}

/// Waits until an execution of the workflow has succeeded.
async fn ended(house: &House, workflow: WorkflowId) {
    let is_over = async || {
        let path = format!("/api/v1/executions?workflow_id={workflow}");
        let list: Value = house.server.call(Method::GET, &path).send().await.unwrap().json().await.unwrap();
        let all = list["executions"].as_array().cloned().unwrap_or_default();
        all.iter().any(|execution| execution["status"] == json!(ExecutionStatus::Succeeded))
    };
    house.desk().until(is_over).await.expect("it starts and ends");
}
