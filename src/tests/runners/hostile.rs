//! Peers that misbehave: endless, broken off, lying about what they send; and doors that no task may knock at.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use flowpilot::{
    domain::{credential::CredentialKind, task::Kind},
    server::{
        config::{EgressConfig, EgressMode},
        egress::{Egress, Own},
        runners::{self, Call, Outcome, RunError, Secret},
    },
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{call, done, failed, retried};

/// Says this to everybody who connects, then repeats the last part until they hang up; without one it hangs up itself.
async fn saying(beginning: &'static [u8], forever: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(say(stream, beginning, forever));
        }
    });
    port
}

async fn say(mut stream: TcpStream, beginning: &[u8], forever: &[u8]) -> std::io::Result<()> {
    let mut head = [0; 4096];
    let _ = stream.read(&mut head).await?;
    stream.write_all(beginning).await?;
    while !forever.is_empty() {
        stream.write_all(forever).await?;
    }
    stream.shutdown().await
}

async fn get(port: u16, more: Value) -> Result<Outcome, RunError> {
    let mut parameters = Kind::HttpRequest.default_parameters();
    parameters.insert("url".to_owned(), json!(format!("http://127.0.0.1:{port}/")));
    parameters.extend(super::object(more));
    runners::run(call(Kind::HttpRequest, Value::Object(parameters))).await
}

const OK: &str = "HTTP/1.1 200 OK\r\n";

#[tokio::test]
async fn endless_answers_are_cut_and_named() {
    let body = saying(b"HTTP/1.1 200 OK\r\n\r\n", &[b'x'; 65_536]).await;
    let (message, field) = failed(get(body, json!({})).await);
    assert_eq!(
        (message.as_str(), field.as_deref()),
        ("127.0.0.1 answered with more than 10 MiB, which is the limit.", Some("url"))
    );
    let chunks = saying(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"4\r\nabcd\r\n").await;
    assert!(failed(get(chunks, json!({})).await).0.contains("more than 10 MiB"));
    let value = saying(b"$99999999\r\n", &[b'x'; 65_536]).await;
    let cached = json!({"server": format!("redis://127.0.0.1:{value}"), "do": "get", "key": "a"});
    let (message, field) = failed(runners::run(call(Kind::Redis, cached)).await);
    assert_eq!(
        (message.as_str(), field.as_deref()),
        ("The server answered with more than 10 MiB, which is the limit.", Some("do"))
    );
    let headers = saying(OK.as_bytes(), b"x-more: and more and more and more\r\n").await;
    retried(get(headers, json!({})).await, "127.0.0.1");
}

#[tokio::test]
async fn answers_that_break_off_are_tried_again() {
    for beginning in [
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly a part".as_slice(),
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nabcd",
        b"HTTP/1.1 2",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
    ] {
        retried(get(saying(beginning, b"").await, json!({})).await, "127.0.0.1");
    }
}

#[tokio::test]
async fn what_is_packed_counts_by_what_it_unpacks_to() {
    // A gzip of 11 MiB of zeros, made on the spot: 11 KB.
    let zeros = vec![0; 11 * 1024 * 1024];
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packed, &zeros).unwrap();
    let packed = packed.finish().unwrap();
    let head = format!("{OK}content-encoding: gzip\r\ncontent-length: {}\r\n\r\n", packed.len());
    let whole: &'static [u8] = Box::leak([head.into_bytes(), packed].concat().into_boxed_slice());
    assert!(failed(get(saying(whole, b"").await, json!({})).await).0.contains("more than 10 MiB"));
}

#[tokio::test]
async fn a_wrong_content_type_and_bytes_that_are_no_text_are_handed_on_as_they_are() {
    let lying = saying(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 3\r\n\r\n{a}", b"").await;
    assert_eq!(done(get(lying, json!({})).await)["body"], "{a}");
    let (message, field) = failed(get(lying, json!({"response": "json"})).await);
    assert_eq!(field.as_deref(), Some("response"), "{message}");
    let latin = saying(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 3\r\n\r\na\xe4b", b"").await;
    assert_eq!(done(get(latin, json!({})).await)["body"], "a\u{fffd}b");
    assert_eq!(done(get(latin, json!({"response": "binary"})).await)["body"]["base64"], "YeRi");
}

#[tokio::test]
async fn databases_and_caches_that_babble_or_hang_up_are_tried_again() {
    for beginning in [b"HTTP/1.1 400 Bad Request\r\n\r\n".as_slice(), b""] {
        for (kind, scheme, secret) in [
            (Kind::Sql, "postgres", CredentialKind::SqlLogin),
            (Kind::Sql, "mysql", CredentialKind::SqlLogin),
            (Kind::Redis, "redis", CredentialKind::RedisLogin),
        ] {
            let port = saying(beginning, b"").await;
            let result = runners::run(knocking(kind, scheme, "127.0.0.1", port, secret)).await;
            assert!(matches!(result, Err(RunError::Retry { .. } | RunError::Fail { .. })), "{scheme}: {result:?}");
            assert!(!format!("{result:?}").contains("canary"), "{result:?}");
        }
    }
}

/// A call of a task that would connect to this host and port.
fn knocking(kind: Kind, scheme: &str, host: &str, port: u16, secret: CredentialKind) -> Call {
    let server = match kind {
        Kind::Sql => format!("{scheme}://{host}:{port}/shop"),
        _ => format!("{scheme}://{host}:{port}"),
    };
    let parameters = match kind {
        Kind::Sql => json!({
            "server": server, "statement": "select 1", "runs": "once", "access": "read", "encryption": "off",
        }),
        Kind::SendEmail => {
            json!({"server": server, "from": "a@x.org", "to": "b@x.org", "subject": "a", "text": "b"})
        }
        Kind::Redis => json!({"server": server, "do": "get", "key": "a"}),
        Kind::S3Object => json!({"do": "read", "bucket": "test", "key": "a"}),
        _ => json!({"url": server, "limit": 1, "text": "a", "method": "GET"}),
    };
    let values = [
        ("username", "ada"),
        ("password", "canary-1"),
        ("access_key", "ada"),
        ("secret_key", "canary-2"),
        ("endpoint", server.as_str()),
        ("token", "canary-3"),
    ];
    Call { credential: Some(Secret::of(secret, values)), ..call(kind, parameters) }
}

/// Counts connections that must not be.
async fn canary() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, hits) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
    let count = hits.clone();
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    (port, hits)
}

#[tokio::test]
async fn every_dialer_stays_away_from_private_addresses_and_from_our_own_doors() {
    let (port, hits) = canary().await;
    let config = |mode| EgressConfig { mode, allow: Vec::new(), ports: Some("any".parse().unwrap()), ca_file: None };
    let guards = [
        Egress::open(&config(EgressMode::PublicOnly), Vec::new()).unwrap(),
        Egress::open(&config(EgressMode::Allowlist), Vec::new()).unwrap(),
        Egress::open(&config(EgressMode::Any), vec![Own::listener(([127, 0, 0, 1], port).into())]).unwrap(),
    ];
    let dialers = [
        (Kind::HttpRequest, "http", CredentialKind::Bearer),
        (Kind::RssRead, "http", CredentialKind::Bearer),
        (Kind::SendEmail, "smtp", CredentialKind::SmtpLogin),
        (Kind::Sql, "postgres", CredentialKind::SqlLogin),
        (Kind::Sql, "mysql", CredentialKind::SqlLogin),
        (Kind::Redis, "redis", CredentialKind::RedisLogin),
        (Kind::S3Object, "http", CredentialKind::S3),
    ];
    let hosts =
        ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "localhost", "0.0.0.0", "[::]"];
    for egress in guards {
        for (kind, scheme, secret) in dialers {
            for host in hosts {
                let call = Call { egress: egress.clone(), ..knocking(kind, scheme, host, port, secret) };
                let (message, _) = failed(runners::run(call).await);
                let is_told = ["private address", "not on the list", "FlowPilot itself"];
                assert!(is_told.iter().any(|words| message.contains(words)), "{scheme}://{host}: {message}");
            }
        }
    }
    assert_eq!(hits.load(Ordering::SeqCst), 0);
}
