//! What HTTP requests carry and what they read: queries, logins, forms, files, bytes, pages.

use axum::{
    Json, Router,
    extract::{Query, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use flowpilot::{
    domain::{credential::CredentialKind, task::Kind},
    server::runners::{self, Call, Secret},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};
use tokio::net::TcpListener;

use super::{CANARY, call, done, failed, object};
use crate::peer::Peer;

fn http(url: &str, more: Value) -> Call {
    let mut parameters = Kind::HttpRequest.default_parameters();
    parameters.extend(object(json!({"method": "POST", "url": url})));
    parameters.extend(object(more));
    call(Kind::HttpRequest, Value::Object(parameters))
}

#[tokio::test]
async fn query_parameters_are_encoded_and_added() {
    let mut peer = Peer::answering(200, &[], json!(null)).await;
    done(runners::run(http(&peer.url("/x?a=1"), json!({"query": {"q": "a&b=c d", "n": 2}}))).await);
    assert_eq!(peer.seen.recv().await.unwrap().uri, "/x?a=1&q=a%26b%3Dc+d&n=2");
}

#[tokio::test]
async fn each_kind_of_credential_takes_its_own_way_and_is_masked() {
    let login = BASE64_STANDARD.encode(format!("ada:{CANARY}"));
    for (secret, header, expected) in [
        (
            Secret::of(CredentialKind::BasicLogin, [("username", "ada"), ("password", CANARY)]),
            "authorization",
            format!("Basic {login}"),
        ),
        (Secret::of(CredentialKind::Bearer, [("token", CANARY)]), "authorization", format!("Bearer {CANARY}")),
        (Secret::of(CredentialKind::Token, [("header", "X-Key"), ("value", CANARY)]), "x-key", CANARY.to_owned()),
    ] {
        let mut peer = Peer::echoing(200).await;
        let mut call = http(&peer.url("/"), json!({}));
        call.credential = Some(secret);
        let shown = format!("{:?}", runners::run(call).await);
        assert_eq!(peer.seen.recv().await.unwrap().headers[header], expected.as_str());
        assert!(!shown.contains(CANARY) && !shown.contains(&login), "{shown}");
    }
}

#[tokio::test]
async fn an_api_key_travels_in_the_query_and_shows_nowhere() {
    let mut peer = Peer::answering(400, &[], json!("no")).await;
    let mut call = http(&peer.url("/x?a=1"), json!({}));
    call.credential = Some(Secret::of(CredentialKind::ApiKey, [("name", "key"), ("value", CANARY)]));
    let shown = format!("{:?}", runners::run(call).await);
    assert_eq!(peer.seen.recv().await.unwrap().uri, "/x?a=1&key=canary-4f9b%2F2%2Bc%3D");
    assert!(!shown.contains("canary"), "{shown}");
}

#[tokio::test]
async fn a_form_with_files_arrives_part_by_part() {
    let mut peer = Peer::answering(200, &[], json!(null)).await;
    let file =
        json!({"base64": BASE64_STANDARD.encode("a\r\n--b"), "file_name": "r\"1.txt", "content_type": "text/plain"});
    let form = json!({"body_type": "multipart", "form": {"note": "Grüße", "file": file, "none": null}});
    done(runners::run(http(&peer.url("/"), form)).await);
    let seen = peer.seen.recv().await.unwrap();
    let content_type = seen.headers["content-type"].to_str().unwrap().to_owned();
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    let expected = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nGrüße\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"r%221.txt\"\r\nContent-Type: text/plain\r\n\r\na\r\n--b\r\n\
         --{boundary}--\r\n"
    );
    assert_eq!(String::from_utf8_lossy(&seen.body), expected);
}

#[tokio::test]
async fn text_bytes_and_forms_are_sent_as_what_they_are() {
    let bytes = BASE64_STANDARD.encode([0, 159, 255]);
    for (parameters, content_type, body) in [
        (json!({"body_type": "text", "text": "Hällo"}), "text/plain; charset=utf-8", "Hällo".as_bytes().to_vec()),
        (json!({"body_type": "binary", "binary": bytes}), "application/octet-stream", vec![0, 159, 255]),
        (
            json!({"body_type": "binary", "binary": {"base64": bytes, "content_type": "image/png"}}),
            "image/png",
            vec![0, 159, 255],
        ),
        (
            json!({"body_type": "form", "form": {"a": "1 2", "b": [3]}}),
            "application/x-www-form-urlencoded",
            b"a=1+2&b=%5B3%5D".to_vec(),
        ),
    ] {
        let mut peer = Peer::answering(200, &[], json!(null)).await;
        done(runners::run(http(&peer.url("/"), parameters)).await);
        let seen = peer.seen.recv().await.unwrap();
        assert_eq!((seen.headers["content-type"].to_str().unwrap(), seen.body.to_vec()), (content_type, body));
    }
}

#[tokio::test]
async fn what_cannot_be_sent_names_its_field() {
    for (field, parameters) in [
        ("binary", json!({"body_type": "binary", "binary": "not base64!"})),
        ("binary", json!({"body_type": "binary", "binary": 7})),
        ("form", json!({"body_type": "multipart", "form": {"a\r\nX: y": "1"}})),
        ("form", json!({"body_type": "multipart", "form": {"a": {"base64": "%"}}})),
        ("form", json!({"body_type": "form", "form": [1]})),
        ("query", json!({"query": "a=b"})),
    ] {
        let (message, named) = failed(runners::run(http("http://crm.test/", parameters.clone())).await);
        assert_eq!(named.as_deref(), Some(field), "{parameters}: {message}");
    }
}

#[tokio::test]
async fn an_answer_is_read_as_the_node_asks() {
    let peer = Peer::answering(200, &[("content-type", "text/plain")], json!({"a": 1})).await;
    let read = async |response: &str| {
        done(runners::run(http(&peer.url("/"), json!({"response": response}))).await)["body"].clone()
    };
    assert_eq!(read("auto").await, json!("{\"a\":1}"));
    assert_eq!(read("json").await, json!({"a": 1}));
    assert_eq!(read("text").await, json!("{\"a\":1}"));
    assert_eq!(
        read("binary").await,
        json!({"base64": BASE64_STANDARD.encode("{\"a\":1}"), "content_type": "text/plain"})
    );
    let html = site(|_| "<html>".into_response()).await;
    let (message, field) = failed(runners::run(http(&html, json!({"method": "GET", "response": "json"}))).await);
    assert_eq!(field.as_deref(), Some("response"));
    assert!(message.starts_with("127.0.0.1 answered what is not JSON"), "{message}");
}

type Pages = Arc<dyn Fn(BTreeMap<String, String>) -> Response + Send + Sync>;

/// A site that answers by its query.
async fn site(answer: impl Fn(BTreeMap<String, String>) -> Response + Send + Sync + 'static) -> String {
    let handler = async |State(pages): State<Pages>, Query(query): Query<BTreeMap<String, String>>| pages(query);
    let app = Router::new().fallback(get(handler)).with_state(Arc::new(answer) as Pages);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/items", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

async fn pages(url: &str, parameters: Value) -> Value {
    let mut all = object(json!({"method": "GET"}));
    all.extend(object(parameters));
    done(runners::run(http(url, Value::Object(all))).await)
}

#[tokio::test]
async fn pages_are_followed_by_link_address_cursor_and_number() {
    let by_link = site(|query| match query.get("page").map(String::as_str) {
        None => (
            HeaderMap::from_iter([(header::LINK, "</items?page=2>; rel=\"next\"".parse().unwrap())]),
            Json(json!([1, 2])),
        )
            .into_response(),
        _ => Json(json!([3])).into_response(),
    });
    let found = pages(&by_link.await, json!({"pages": "link"})).await;
    assert_eq!((&found["body"], &found["pages"]), (&json!([1, 2, 3]), &json!(2)));

    let by_address = site(|query| match query.get("p").map(String::as_str) {
        None => Json(json!({"data": {"rows": [1]}, "meta": {"next": "?p=2"}})).into_response(),
        _ => Json(json!({"data": {"rows": [2]}, "meta": {"next": null}})).into_response(),
    });
    let parameters = json!({"pages": "next", "items": "data.rows", "next": "meta.next"});
    assert_eq!(pages(&by_address.await, parameters).await["body"], json!([1, 2]));

    let by_cursor = site(|query| match query.get("after").map(String::as_str) {
        None => Json(json!({"rows": ["a"], "cursor": "x&y"})).into_response(),
        Some("x&y") => Json(json!({"rows": ["b"], "cursor": 7})).into_response(),
        Some("7") => Json(json!({"rows": ["c"], "cursor": ""})).into_response(),
        other => panic!("{other:?}"),
    });
    let parameters = json!({"pages": "cursor", "items": "rows", "next": "cursor", "page_parameter": "after"});
    assert_eq!(pages(&by_cursor.await, parameters).await["body"], json!(["a", "b", "c"]));

    let by_number = site(|query| match query["page"].as_str() {
        "3" => Json(json!([])).into_response(),
        page => Json(json!([page])).into_response(),
    });
    let found = pages(&by_number.await, json!({"pages": "number"})).await;
    assert_eq!((&found["body"], &found["pages"]), (&json!(["1", "2"]), &json!(3)));
}

#[tokio::test]
async fn pages_end_at_their_limit_and_never_leave_their_server() {
    let endless = site(|query| Json(json!([query["page"]])).into_response()).await;
    let found = pages(&endless, json!({"pages": "number", "max_pages": 3})).await;
    assert_eq!((&found["body"], &found["pages"]), (&json!(["1", "2", "3"]), &json!(3)));

    let mut thief = Peer::answering(200, &[], json!([])).await;
    let elsewhere = thief.url("/steal");
    let leading = site(move |_| Json(json!({"items": [], "next": elsewhere})).into_response()).await;
    let mut call = http(&leading, json!({"method": "GET", "pages": "next", "items": "items", "next": "next"}));
    call.credential = Some(Secret::of(CredentialKind::Bearer, [("token", CANARY)]));
    let (message, field) = failed(runners::run(call).await);
    assert_eq!(field.as_deref(), Some("pages"));
    assert!(message.contains("another server"), "{message}");
    assert!(thief.seen.try_recv().is_err());

    let circle = site(|_| Json(json!({"next": "/items"})).into_response()).await;
    let (message, _) = failed(
        runners::run(http(&circle, json!({"method": "GET", "pages": "next", "next": "next", "items": "x"}))).await,
    );
    assert!(message.contains("this one again"), "{message}");
}
