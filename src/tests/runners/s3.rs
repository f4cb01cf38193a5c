//! S3: objects of a real server that checks signatures.

use base64::{Engine, prelude::BASE64_STANDARD};
use flowpilot::{
    domain::{credential::CredentialKind, task::Kind},
    server::runners::{self, Call, Outcome, RunError, Secret},
};
use serde_json::{Value, json};

use super::{call, done, failed, object, retried};
use crate::{
    daemon::{self, PASSWORD, USER},
    support,
};

/// Keys of its own in the tests' bucket.
struct Desk {
    endpoint: String,
    secret: String,
    prefix: String,
}

impl Desk {
    async fn open() -> Self {
        let endpoint = format!("http://127.0.0.1:{}", daemon::s3().await.port);
        Self { endpoint, secret: PASSWORD.into(), prefix: uuid::Uuid::now_v7().to_string() }
    }

    async fn run(&self, parameters: Value) -> Result<Outcome, RunError> {
        let mut all = Kind::S3Object.default_parameters();
        all.extend(object(json!({"bucket": "test", "credential": "Store"})));
        all.extend(object(parameters));
        for name in ["key", "prefix"] {
            if let Some(Value::String(text)) = all.get_mut(name) {
                *text = format!("{}/{text}", self.prefix);
            }
        }
        let values = [("access_key", USER), ("secret_key", &self.secret), ("region", ""), ("endpoint", &self.endpoint)];
        let secret = Secret::of(CredentialKind::S3, values);
        runners::run(Call { credential: Some(secret), ..call(Kind::S3Object, Value::Object(all)) }).await
    }
}

#[tokio::test]
async fn an_object_is_written_read_listed_and_deleted() {
    let desk = Desk::open().await;
    let written = done(desk.run(json!({"do": "write", "key": "a b/ä+1.csv", "content": "x,y\r\n"})).await);
    assert_eq!(written["size"], 5);
    let read = done(desk.run(json!({"key": "a b/ä+1.csv", "as": "text"})).await);
    assert_eq!((&read["content"], &read["size"]), (&json!("x,y\r\n"), &json!(5)));
    let bytes = json!({"base64": BASE64_STANDARD.encode([0, 255, 1]), "content_type": "image/png"});
    done(desk.run(json!({"do": "write", "key": "b.png", "content": bytes})).await);
    let read = done(desk.run(json!({"key": "b.png", "as": "bytes"})).await);
    assert_eq!((&read["content"]["base64"], &read["content"]["file_name"]), (&json!("AP8B"), &json!("b.png")));
    done(desk.run(json!({"do": "write", "key": "c.json", "content": {"a": 1}})).await);
    let listed = done(desk.run(json!({"do": "list", "prefix": ""})).await);
    let mut keys: Vec<_> = listed["objects"].as_array().unwrap().iter().map(|object| object["key"].clone()).collect();
    keys.sort_by_key(ToString::to_string);
    assert_eq!(keys, ["a b/ä+1.csv", "b.png", "c.json"].map(|key| json!(format!("{}/{key}", desk.prefix))));
    assert_eq!(listed["more"], false);
    assert_eq!(done(desk.run(json!({"do": "delete", "key": "b.png"})).await)["deleted"], true);
    let (message, field) = failed(desk.run(json!({"key": "b.png"})).await);
    assert_eq!(field.as_deref(), Some("key"));
    assert!(message.contains("NoSuchKey"), "{message}");
}

#[tokio::test]
async fn a_link_works_without_a_key_until_it_is_bent() {
    let desk = Desk::open().await;
    done(desk.run(json!({"do": "write", "key": "a.txt", "content": "hello"})).await);
    let url = done(desk.run(json!({"do": "link", "key": "a.txt", "seconds": 60})).await)["url"].clone();
    let url = url.as_str().unwrap();
    assert!(!url.contains(PASSWORD));
    assert_eq!(support::http().get(url).send().await.unwrap().text().await.unwrap(), "hello");
    let bent = url.replace("a.txt", "b.txt");
    assert!(support::http().get(bent).send().await.unwrap().status().is_client_error());
}

#[tokio::test]
async fn what_is_refused_names_its_field() {
    let mut desk = Desk::open().await;
    for (parameters, field, words) in [
        (json!({"key": "a", "bucket": "none-such"}), "bucket", "NoSuchBucket"),
        (json!({"key": "a", "bucket": "A/../B"}), "bucket", "is no bucket"),
        (json!({"key": "../../etc/passwd"}), "key", "neither"),
        (json!({"key": "x".repeat(1_025)}), "key", "1,024 bytes"),
    ] {
        let (message, named) = failed(desk.run(parameters).await);
        assert_eq!(named.as_deref(), Some(field), "{message}");
        assert!(message.contains(words), "{message}");
    }
    desk.secret = "canary-wrong-secret".into();
    let (message, field) = failed(desk.run(json!({"key": "a"})).await);
    assert_eq!(field.as_deref(), Some("credential"), "{message}");
    assert!(message.contains("SignatureDoesNotMatch") && !message.contains("canary"), "{message}");
    desk.endpoint = "http://127.0.0.1:1".into();
    retried(desk.run(json!({"key": "a"})).await, "cannot be reached");
}
