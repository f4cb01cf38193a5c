//! S3: objects of a real server that checks signatures.

use base64::{Engine, prelude::BASE64_STANDARD};
use flowpilot::{
    domain::{credential::CredentialKind, task::Kind},
    server::runners::{self, Call, Outcome, RunError, Secret},
};
use serde_json::{Value, json};

use super::{call, done, failed, limited, object, retried};
use crate::{
    daemon::{self, PASSWORD, USER},
    peer::Peer,
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
        Self::at(format!("http://127.0.0.1:{}", daemon::s3().await.port))
    }

    fn at(endpoint: String) -> Self {
        Self { endpoint, secret: PASSWORD.into(), prefix: uuid::Uuid::now_v7().to_string() }
    }

    fn call(&self, parameters: Value) -> Call {
        let mut all = Kind::S3Object.default_parameters();
        all.extend(object(json!({"bucket": "test", "credential": "Store"})));
        all.extend(object(parameters));
        for name in ["key", "prefix"] {
            if let Some(Value::String(text)) = all.get_mut(name) {
                *text = format!("{}/{text}", self.prefix);
            }
        }
        let values = [("access_key", USER), ("secret_key", self.secret.as_str()), ("endpoint", self.endpoint.as_str())];
        let secret = Secret::of(CredentialKind::S3, values);
        Call { credential: Some(secret), ..call(Kind::S3Object, Value::Object(all)) }
    }

    async fn run(&self, parameters: Value) -> Result<Outcome, RunError> {
        runners::run(self.call(parameters)).await
    }
}

#[tokio::test]
async fn an_object_is_written_read_listed_and_deleted() {
    let desk = Desk::open().await;
    let written = done(desk.run(json!({"do": "write", "key": "a b/ä+1.csv", "content": "x,y\r\n"})).await);
    assert_eq!((&written["size"], &written["etag"]), (&json!(5), &json!("fbe83085d4f2bfc1eb0706e47f7256a7")));
    let read = done(desk.run(json!({"key": "a b/ä+1.csv"})).await);
    assert_eq!((&read["content"], &read["size"]), (&json!("x,y\r\n"), &json!(5)), "{read}");
    assert_eq!(done(desk.run(json!({"key": "a b/ä+1.csv", "as": "bytes"})).await)["content"]["base64"], "eCx5DQo=");
    let bytes = json!({"base64": BASE64_STANDARD.encode([0, 255, 1]), "content_type": "image/png"});
    done(desk.run(json!({"do": "write", "key": "b.png", "content": bytes})).await);
    let read = done(desk.run(json!({"key": "b.png"})).await);
    let expected = json!({"base64": "AP8B", "content_type": "image/png", "file_name": "b.png"});
    assert_eq!((&read["content"], &read["content_type"]), (&expected, &json!("image/png")));
    let (message, field) = failed(desk.run(json!({"key": "b.png", "as": "text"})).await);
    assert_eq!(field.as_deref(), Some("as"), "{message}");
    done(desk.run(json!({"do": "write", "key": "c.json", "content": {"a": 1}})).await);
    assert_eq!(done(desk.run(json!({"do": "write", "key": "empty", "content": null})).await)["size"], 0);
    let listed = done(desk.run(json!({"do": "list", "prefix": ""})).await);
    let mut keys: Vec<_> = listed["objects"].as_array().unwrap().iter().map(|object| object["key"].clone()).collect();
    keys.sort_by_key(ToString::to_string);
    let expected = ["a b/ä+1.csv", "b.png", "c.json", "empty"];
    assert_eq!(keys, expected.map(|key| json!(format!("{}/{key}", desk.prefix))));
    assert_eq!(listed["more"], false);
    assert_eq!(done(desk.run(json!({"do": "list", "prefix": "", "limit": 2})).await)["more"], true);
    assert_eq!(done(desk.run(json!({"do": "delete", "key": "b.png"})).await)["deleted"], true);
    assert_eq!(done(desk.run(json!({"do": "delete", "key": "b.png"})).await)["deleted"], true, "it is gone either way");
    let (message, field) = failed(desk.run(json!({"key": "b.png"})).await);
    assert_eq!(field.as_deref(), Some("key"));
    assert!(message.contains("NoSuchKey"), "{message}");
}

#[tokio::test]
async fn a_list_goes_over_the_end_of_a_page() {
    let desk = Desk::open().await;
    let list = |limit: u32| desk.run(json!({"do": "list", "bucket": "pages", "limit": limit}));
    for (limit, count, more) in [(10_000, 1_001, false), (1_001, 1_001, false), (1_000, 1_000, true), (3, 3, true)] {
        let listed = done(list(limit).await);
        let objects = listed["objects"].as_array().unwrap();
        let mut keys: Vec<_> = objects.iter().map(|object| object["key"].as_str().unwrap()).collect();
        keys.dedup();
        assert_eq!((keys.len(), &listed["more"]), (count, &json!(more)), "{limit}");
    }
}

#[tokio::test]
async fn a_link_works_without_a_key_until_it_is_bent_or_over() {
    let desk = Desk::open().await;
    let link = async |parameters: Value| {
        let url = done(desk.run(parameters).await)["url"].clone();
        url.as_str().unwrap().to_owned()
    };
    done(desk.run(json!({"do": "write", "key": "a.txt", "content": "hello"})).await);
    let url = link(json!({"do": "link", "key": "a.txt", "seconds": 60})).await;
    assert!(!url.contains(PASSWORD));
    assert_eq!(support::http().get(&url).send().await.unwrap().text().await.unwrap(), "hello");
    for bent in [url.replace("a.txt", "b.txt"), url.replace("X-Amz-Expires=60", "X-Amz-Expires=600")] {
        assert!(support::http().get(bent).send().await.unwrap().status().is_client_error());
    }
    let put = link(json!({"do": "link", "key": "b.txt", "link_for": "write"})).await;
    assert!(support::http().put(put).body("from outside").send().await.unwrap().status().is_success());
    assert_eq!(done(desk.run(json!({"key": "b.txt", "as": "text"})).await)["content"], "from outside");
}

#[tokio::test]
async fn what_is_refused_names_its_field() {
    let mut desk = Desk::open().await;
    let too_much = "x".repeat(25 * 1024 * 1024 + 1);
    for (parameters, field, words) in [
        (json!({"key": "a", "bucket": "none-such"}), "bucket", "NoSuchBucket"),
        (json!({"key": "a", "bucket": "A/../B"}), "bucket", "is no bucket"),
        (json!({"key": "../../etc/passwd"}), "key", "neither"),
        (json!({"key": "x".repeat(1_025)}), "key", "1,024 bytes"),
        (json!({"do": "write", "key": "a", "content": too_much}), "content", "25 MiB"),
        (json!({"do": "write", "key": "a", "content": "a", "content_type": "a\nb"}), "content_type", "cannot be sent"),
        (json!({"do": "list", "limit": 0}), "limit", "from 1 to"),
        (json!({"do": "link", "key": "a", "seconds": 700_000}), "seconds", "from 1 to"),
    ] {
        let (message, named) = failed(desk.run(parameters).await);
        assert_eq!(named.as_deref(), Some(field), "{message}");
        assert!(message.contains(words), "{message}");
    }
    let mut elsewhere = desk.call(json!({"key": "a"}));
    elsewhere.credential = elsewhere.credential.map(|key| limited(key, "s3.example.com"));
    let (message, field) = failed(runners::run(elsewhere).await);
    assert_eq!(field.as_deref(), Some("credential"));
    assert!(message.contains("s3.example.com only"), "{message}");
    desk.secret = "canary-wrong-secret".into();
    let (message, field) = failed(desk.run(json!({"key": "a"})).await);
    assert_eq!(field.as_deref(), Some("credential"), "{message}");
    assert!(message.contains("SignatureDoesNotMatch") && !message.contains("canary"), "{message}");
    let gone = Desk::at("http://127.0.0.1:1".into());
    retried(gone.run(json!({"key": "a"})).await, "cannot be reached");
}

#[tokio::test]
async fn a_credential_is_tried_by_a_look_into_a_bucket() {
    let mut desk = Desk::open().await;
    let probe = |desk: &Desk, bucket: &str| {
        runners::probe(Call { parameters: object(json!({"place": bucket})), ..desk.call(json!({})) })
    };
    assert_eq!(probe(&desk, "test").await, Ok("127.0.0.1 lets the key look into the bucket.".to_owned()));
    for (bucket, words) in [("none-such", "NoSuchBucket"), ("A/../B", "is no bucket"), ("", "ucket")] {
        let refused = probe(&desk, bucket).await.unwrap_err();
        let RunError::Fail { message, .. } = &refused else { panic!("{refused:?}") };
        assert!(message.contains(words), "{message}");
    }
    desk.secret = "canary-wrong-secret".into();
    let refused = format!("{:?}", probe(&desk, "test").await.unwrap_err());
    assert!(refused.contains("SignatureDoesNotMatch") && !refused.contains("canary"), "{refused}");
}

#[tokio::test]
async fn a_store_that_sends_elsewhere_or_is_busy_is_understood() {
    let mut other = Peer::answering(200, &[], json!({})).await;
    let location = other.url("/stolen");
    let headers = [("location", location.as_str()), ("x-amz-bucket-region", "eu-west-1")];
    let moved = Desk::at(Peer::answering(307, &headers, json!({})).await.url(""));
    let (message, field) = failed(moved.run(json!({"key": "a"})).await);
    assert_eq!(field.as_deref(), Some("credential"), "{message}");
    assert!(message.contains("eu-west-1"), "{message}");
    assert!(other.seen.try_recv().is_err(), "what is signed goes nowhere else");
    let busy = Desk::at(Peer::answering(503, &[("retry-after", "7")], json!({})).await.url(""));
    retried(busy.run(json!({"key": "a"})).await, "503");
    let babbling = Desk::at(Peer::answering(200, &[], json!({"a": 1})).await.url(""));
    let (message, field) = failed(babbling.run(json!({"do": "list"})).await);
    assert_eq!(field.as_deref(), Some("do"));
    assert!(message.contains("not a list of objects"), "{message}");
}
