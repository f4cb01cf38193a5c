//! Redis: every command against a real server.

use flowpilot::{
    domain::{credential::CredentialKind, task::Kind},
    server::{
        config::EgressMode,
        egress::Egress,
        runners::{self, Call, Outcome, RunError, Secret},
    },
};
use serde_json::{Value, json};
use tokio::{io::AsyncReadExt, net::TcpListener};

use super::{call, done, failed, limited, object, retried};
use crate::{
    daemon::{self, PASSWORD},
    tls,
};

/// Keys of its own in the tests' Redis.
struct Desk {
    server: String,
    prefix: String,
}

impl Desk {
    async fn open() -> Self {
        let server = format!("redis://127.0.0.1:{}/1", daemon::redis().await.port);
        Self { server, prefix: uuid::Uuid::now_v7().to_string() }
    }

    fn at(server: String) -> Self {
        Self { server, prefix: String::new() }
    }

    fn call(&self, parameters: Value, password: &str) -> Call {
        let mut all = Kind::Redis.default_parameters();
        all.extend(object(json!({"server": self.server, "credential": "Cache"})));
        all.extend(object(parameters));
        for name in ["key", "pattern"] {
            if let Some(Value::String(key)) = all.get_mut(name) {
                *key = format!("{}:{key}", self.prefix);
            }
        }
        let login = Secret::of(CredentialKind::RedisLogin, [("password", password)]);
        Call { credential: Some(login), ..call(Kind::Redis, Value::Object(all)) }
    }

    async fn run(&self, parameters: Value) -> Result<Outcome, RunError> {
        runners::run(self.call(parameters, PASSWORD)).await
    }

    async fn value(&self, parameters: Value) -> Value {
        done(self.run(parameters).await)["value"].clone()
    }
}

#[tokio::test]
async fn values_are_set_read_counted_and_expire() {
    let desk = Desk::open().await;
    assert_eq!(desk.value(json!({"do": "get", "key": "a"})).await, json!(null));
    assert_eq!(desk.value(json!({"do": "set", "key": "a", "value": {"n": [1]}, "seconds": 100})).await, json!(true));
    assert_eq!(desk.value(json!({"do": "get", "key": "a"})).await, json!({"n": [1]}));
    assert_eq!(desk.value(json!({"do": "set", "key": "a", "value": "x", "only": "new"})).await, json!(null));
    assert_eq!(desk.value(json!({"do": "set", "key": "b", "value": "x", "only": "existing"})).await, json!(null));
    let odd = "Löwe\r\nDEL a\r\n$1\r\n";
    assert_eq!(desk.value(json!({"do": "set", "key": "b", "value": odd, "only": "new"})).await, json!(true));
    assert_eq!(desk.value(json!({"do": "get", "key": "b"})).await, json!(odd));
    assert_eq!(desk.value(json!({"do": "increment", "key": "n", "by": 5})).await, json!(5));
    assert_eq!(desk.value(json!({"do": "increment", "key": "n", "by": -7})).await, json!(-2));
    assert_eq!(desk.value(json!({"do": "expire", "key": "n", "seconds": 100})).await, json!(1));
    assert_eq!(desk.value(json!({"do": "expire", "key": "n"})).await, json!(1), "it had an end");
    assert_eq!(desk.value(json!({"do": "expire", "key": "n"})).await, json!(0), "it has none any more");
    assert_eq!(desk.value(json!({"do": "delete", "key": "a"})).await, json!(1));
    assert_eq!(desk.value(json!({"do": "delete", "key": "a"})).await, json!(0));
}

#[tokio::test]
async fn lists_hashes_and_sets_keep_several_values() {
    let desk = Desk::open().await;
    assert_eq!(desk.value(json!({"do": "push", "key": "l", "value": ["a", {"b": 1}]})).await, json!(2));
    assert_eq!(desk.value(json!({"do": "push", "key": "l", "value": "0", "end": "left"})).await, json!(3));
    assert_eq!(desk.value(json!({"do": "range", "key": "l", "count": 2})).await, json!(["0", "a"]));
    assert_eq!(desk.value(json!({"do": "pop", "key": "l"})).await, json!({"b": 1}));
    assert_eq!(desk.value(json!({"do": "pop", "key": "l", "end": "left"})).await, json!("0"));
    assert_eq!(desk.value(json!({"do": "hash_set", "key": "h", "members": {"a": 1, "b": "x"}})).await, json!(2));
    assert_eq!(desk.value(json!({"do": "hash_get", "key": "h"})).await, json!({"a": "1", "b": "x"}));
    assert_eq!(desk.value(json!({"do": "hash_get", "key": "h", "member": "b"})).await, json!("x"));
    assert_eq!(desk.value(json!({"do": "hash_delete", "key": "h", "member": "b"})).await, json!(1));
    assert_eq!(desk.value(json!({"do": "hash_get", "key": "h"})).await, json!({"a": "1"}));
    assert_eq!(desk.value(json!({"do": "hash_get", "key": "none"})).await, json!({}));
    assert_eq!(desk.value(json!({"do": "set_add", "key": "s", "value": ["a", "a"]})).await, json!(1));
    assert_eq!(desk.value(json!({"do": "set_members", "key": "s"})).await, json!(["a"]));
    assert_eq!(desk.value(json!({"do": "set_remove", "key": "s", "value": "a"})).await, json!(1));
}

#[tokio::test]
async fn keys_are_found_by_a_pattern_up_to_a_number() {
    let desk = Desk::open().await;
    for key in ["a1", "a2", "b1"] {
        desk.value(json!({"do": "set", "key": key, "value": key})).await;
    }
    let found = |keys: &[&str]| keys.iter().map(|key| json!(format!("{}:{key}", desk.prefix))).collect::<Value>();
    assert_eq!(desk.value(json!({"do": "find", "pattern": "a*"})).await, found(&["a1", "a2"]));
    assert_eq!(desk.value(json!({"do": "find", "pattern": "*"})).await, found(&["a1", "a2", "b1"]));
    assert_eq!(desk.value(json!({"do": "find", "pattern": "*", "count": 2})).await.as_array().map(Vec::len), Some(2));
    assert_eq!(desk.value(json!({"do": "find", "pattern": "c*"})).await, json!([]));
}

#[tokio::test]
async fn a_message_reaches_who_listens() {
    let desk = Desk::open().await;
    let client = redis::Client::open(format!("redis://:{PASSWORD}@127.0.0.1:{}", daemon::redis().await.port)).unwrap();
    let (told, is_listening) = tokio::sync::oneshot::channel();
    let channel = desk.prefix.clone();
    let heard = tokio::task::spawn_blocking(move || {
        let mut connection = client.get_connection().unwrap();
        let mut messages = connection.as_pubsub();
        messages.subscribe(channel).unwrap();
        told.send(()).unwrap();
        messages.get_message().unwrap().get_payload::<String>().unwrap()
    });
    is_listening.await.unwrap();
    let told = json!({"do": "publish", "channel": desk.prefix, "message": {"order": 7}});
    assert_eq!(desk.value(told).await, json!(1));
    assert_eq!(heard.await.unwrap(), "{\"order\":7}");
}

#[tokio::test]
async fn what_is_refused_names_its_field() {
    let desk = Desk::open().await;
    desk.value(json!({"do": "set", "key": "text", "value": "x"})).await;
    for (parameters, field, words) in [
        (json!({"do": "push", "key": "text", "value": "y"}), "key", "WRONGTYPE"),
        (json!({"do": "increment", "key": "text"}), "do", "not an integer"),
        (json!({"do": "increment", "key": "n", "by": 1.5}), "by", "whole number"),
        (json!({"do": "push", "key": "l", "value": []}), "value", "list is empty"),
        (json!({"do": "set", "value": "x".repeat(10 * 1024 * 1024 + 1)}), "value", "10 MiB"),
        (json!({"do": "set", "seconds": 0}), "seconds", "0.001 to"),
        (json!({"do": "range", "count": 0}), "count", "1 to 10,000"),
        (json!({"do": "hash_set", "key": "h", "members": {}}), "members", "at least one"),
        (json!({"do": "hash_delete", "key": "h", "member": " "}), "member", "is empty"),
        (json!({"server": "http://127.0.0.1"}), "server", "begins with redis://"),
        (json!({"server": "redis://u:p@127.0.0.1"}), "server", "holds a login"),
        (json!({"server": "redis://127.0.0.1/x"}), "server", "is a number"),
        (json!({"server": format!("{}999", desk.server)}), "server", "out of range"),
        (json!({"server": "redis://1.1.1.1"}), "server", "your own network"),
    ] {
        let mut all = json!({"key": "a", "value": "x"});
        all.as_object_mut().unwrap().extend(object(parameters));
        let (message, named) = failed(desk.run(all).await);
        assert_eq!(named.as_deref(), Some(field), "{message}");
        assert!(message.contains(words), "{message}");
    }
    let gone = Desk::at("redis://127.0.0.1:1".into());
    retried(gone.run(json!({"key": "a"})).await, "cannot be reached");
}

#[tokio::test]
async fn a_login_that_does_not_fit_is_told_and_not_shown() {
    let desk = Desk::open().await;
    let (message, field) = failed(runners::run(desk.call(json!({"key": "a"}), "canary-wrong")).await);
    assert_eq!(field.as_deref(), Some("credential"), "{message}");
    assert!(message.contains("WRONGPASS") && !message.contains("canary"), "{message}");
    let without = Call { credential: None, ..desk.call(json!({"key": "a"}), PASSWORD) };
    let (message, field) = failed(runners::run(without).await);
    assert_eq!(field.as_deref(), Some("credential"), "{message}");
    let mut elsewhere = desk.call(json!({"key": "a"}), PASSWORD);
    elsewhere.credential = elsewhere.credential.map(|login| limited(login, "cache.example.com"));
    let (message, field) = failed(runners::run(elsewhere).await);
    assert_eq!(field.as_deref(), Some("credential"), "{message}");
    assert!(message.contains("cache.example.com only"), "{message}");
    // What was written is no secret by itself, but the password is, wherever it comes back from.
    desk.value(json!({"do": "set", "key": "p", "value": format!("it is {PASSWORD}")})).await;
    assert_eq!(desk.value(json!({"do": "get", "key": "p"})).await, json!("it is ••••••"));
}

#[tokio::test]
async fn a_credential_is_tried_by_logging_in() {
    let desk = Desk::open().await;
    let probe = |password: &str| runners::probe(desk.call(json!({"place": desk.server}), password));
    assert_eq!(probe(PASSWORD).await, Ok("The server lets the login in.".to_owned()));
    let refused = probe("canary-wrong").await.unwrap_err();
    assert!(matches!(&refused, RunError::Fail { field: Some(field), .. } if field == "credential"), "{refused:?}");
}

#[tokio::test]
async fn the_connection_is_encrypted_by_a_certificate_that_fits() {
    let port = daemon::redis().await.tls_port;
    let desk = |host: &str| Desk::at(format!("rediss://{host}:{port}"));
    let trusting = || Egress::trusting(EgressMode::Any, &tls::authority()).unwrap();
    for host in ["localhost", "127.0.0.1"] {
        let call = Call { egress: trusting(), ..desk(host).call(json!({"key": "a"}), PASSWORD) };
        assert_eq!(done(runners::run(call).await), json!({"value": null}));
    }
    let (message, field) = failed(desk("localhost").run(json!({"key": "a"})).await);
    assert_eq!(field.as_deref(), Some("server"), "{message}");
    assert!(message.contains("UnknownIssuer"), "{message}");
}

#[tokio::test]
async fn a_task_that_is_cancelled_hangs_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let desk = Desk::at(format!("redis://{}", listener.local_addr().unwrap()));
    let task = tokio::spawn(runners::run(desk.call(json!({"key": "a"}), PASSWORD)));
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut said = [0; 256];
    assert!(stream.read(&mut said).await.unwrap() > 0, "it logs in");
    task.abort();
    assert_eq!(stream.read(&mut said).await.unwrap(), 0);
}
