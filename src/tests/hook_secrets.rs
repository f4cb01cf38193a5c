//! Webhooks whose secret changes while services go on calling, and those that take large bodies.

use flowpilot::domain::task::Kind;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    support::{self, TestServer},
    trigger_desk::{Desk, with_trigger},
};

const SECRET: &str = "It's a Secret to Everybody";

struct Hook<'a> {
    server: &'a TestServer,
    id: String,
    url: String,
}

impl<'a> Hook<'a> {
    async fn published(server: &'a TestServer, parameters: Value) -> Self {
        let desk = Desk::of(server);
        desk.keep_secret("signing", SECRET).await;
        let workflow = desk.publish(with_trigger(Kind::Webhook, parameters)).await;
        let url = desk.address(workflow).await;
        let triggers = desk.triggers(workflow).await;
        let id = triggers.iter().find(|trigger| trigger.url.is_some()).unwrap().id.to_string();
        Self { server, id, url }
    }

    async fn call(&self, secret: &str) -> StatusCode {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(b"{}");
        let signature = hex::encode(mac.finalize().into_bytes());
        self.server.http.post(&self.url).header("X-Sign", signature).body("{}").send().await.unwrap().status()
    }

    async fn replace(&self, body: Value) -> (StatusCode, Value) {
        let call = self.server.call(Method::POST, &format!("/api/v1/triggers/{}/secret", self.id)).json(&body);
        let answer = call.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    async fn end_old(&self) -> StatusCode {
        let path = format!("/api/v1/triggers/{}/secret/old", self.id);
        self.server.call(Method::DELETE, &path).send().await.unwrap().status()
    }

    async fn listed(&self) -> Value {
        let list: Value = self.server.call(Method::GET, "/api/v1/triggers").send().await.unwrap().json().await.unwrap();
        let all = list["triggers"].as_array().unwrap();
        all.iter().find(|trigger| trigger["id"] == *self.id).unwrap().clone()
    }

    /// Memory of the webhook is a second old at most.
    async fn until(&self, secret: &str, status: StatusCode) {
        let desk = Desk::of(self.server);
        desk.until(async || self.call(secret).await == status).await.unwrap_or_else(|_| panic!("never {status}"));
    }
}

fn signed() -> Value {
    json!({"auth": "hmac_sha256", "signature_header": "X-Sign", "secret": "signing"})
}

#[tokio::test]
async fn a_replaced_secret_and_the_old_one_count_until_the_old_one_is_ended() {
    let server = support::server().await;
    let hook = Hook::published(&server, signed()).await;
    assert_eq!(hook.call(SECRET).await, StatusCode::ACCEPTED);
    let (status, answer) = hook.replace(json!({})).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let new = answer["secret"].as_str().unwrap();
    assert!(new.starts_with("whsec_") && new.len() == 50, "{new}");
    hook.until(new, StatusCode::ACCEPTED).await;
    assert_eq!(hook.call(SECRET).await, StatusCode::ACCEPTED, "the old one counts too");
    assert_eq!(hook.call("a third secret").await, StatusCode::UNAUTHORIZED);
    assert_eq!(hook.listed().await["old_secret_until"], answer["old_until"]);

    assert_eq!(hook.end_old().await, StatusCode::NO_CONTENT);
    hook.until(SECRET, StatusCode::UNAUTHORIZED).await;
    assert_eq!(hook.call(new).await, StatusCode::ACCEPTED);
    assert_eq!(hook.listed().await["old_secret_until"], Value::Null);
    assert_eq!(hook.end_old().await, StatusCode::CONFLICT, "there is none any more");
}

#[tokio::test]
async fn an_old_secret_ends_by_itself_and_its_values_go() {
    let server = support::server().await;
    let hook = Hook::published(&server, signed()).await;
    let (status, answer) = hook.replace(json!({"secret": "  the one that the service made "})).await;
    assert_eq!((status, &answer["secret"]), (StatusCode::OK, &Value::Null), "what was entered is not told back");
    hook.until("the one that the service made", StatusCode::ACCEPTED).await;
    let until: chrono::DateTime<chrono::Utc> = answer["old_until"].as_str().unwrap().parse().unwrap();
    let left: i64 = sqlx::query_scalar("select extract(epoch from $1 - now())::bigint")
        .bind(until)
        .fetch_one(&server.database.pool)
        .await
        .unwrap();
    assert!((86_000..=86_400).contains(&left), "{left}");

    sqlx::query("update credentials set previous_until = now() - interval '1 second'")
        .execute(&server.database.pool)
        .await
        .unwrap();
    hook.until(SECRET, StatusCode::UNAUTHORIZED).await;
    flowpilot::server::engine::tidy(&server.app.everywhere).await.unwrap();
    let kept: i64 = sqlx::query_scalar("select count(previous_sealed) from credentials")
        .fetch_one(&server.database.pool)
        .await
        .unwrap();
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn of_two_replacements_the_last_two_secrets_count() {
    let server = support::server().await;
    let hook = Hook::published(&server, signed()).await;
    for secret in ["second secret", "third secret"] {
        assert_eq!(hook.replace(json!({"secret": secret})).await.0, StatusCode::OK);
    }
    hook.until("third secret", StatusCode::ACCEPTED).await;
    assert_eq!(hook.call("second secret").await, StatusCode::ACCEPTED);
    assert_eq!(hook.call(SECRET).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_webhook_without_a_secret_has_none_to_replace_and_a_short_one_is_refused() {
    let server = support::server().await;
    let open = Hook::published(&server, json!({})).await;
    let (status, problem) = open.replace(json!({})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("no_secret")));
    let desk = Desk::of(&server);
    let workflow = desk.publish(with_trigger(Kind::Webhook, signed())).await;
    let id = desk.triggers(workflow).await.iter().find(|trigger| trigger.url.is_some()).unwrap().id.to_string();
    let signed = Hook { server: &server, id, url: desk.address(workflow).await };
    let (status, problem) = signed.replace(json!({"secret": "abc"})).await;
    assert_eq!((status, &problem["problems"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("value")));
}

#[tokio::test]
async fn a_webhook_takes_bodies_up_to_its_own_limit() {
    let server = support::server().await;
    let hook = Hook::published(&server, json!({"max_body_mib": "3"})).await;
    let string = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    let limit = 3 * 1024 * 1024;
    let post = async |body: String| server.http.post(&hook.url).body(body).send().await.unwrap();
    let refused = post(string(limit + 1)).await;
    assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let problem: Value = refused.json().await.unwrap();
    assert!(problem["detail"].as_str().unwrap().contains("3 MiB"), "{problem}");
    let taken = post(string(limit)).await;
    assert_eq!(taken.status(), StatusCode::ACCEPTED);
    let accepted: Value = taken.json().await.unwrap();
    let execution = accepted["execution"].as_str().unwrap().parse().unwrap();
    let journal = Desk::of(&server).journal(execution).await;
    assert!(journal.len() > limit, "the whole body is in the journal: {}", journal.len());
    let shown = server.call(Method::GET, &format!("/api/v1/executions/{execution}")).send().await.unwrap();
    assert_eq!(shown.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_webhook_that_wants_proof_cannot_be_kept_without_a_secret() {
    let server = support::server().await;
    let hook = Hook::published(&server, signed()).await;
    let broken = sqlx::query("update triggers set definition = definition #- '{auth,secret}' where id = $1::uuid")
        .bind(&hook.id)
        .execute(&server.database.pool)
        .await;
    let refusal = broken.unwrap_err().to_string();
    assert!(refusal.contains("triggers_webhook_has_secret"), "{refusal}");
}
