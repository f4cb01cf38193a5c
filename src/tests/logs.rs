//! The log of an attempt that is under way: told before its end, and without any part of a secret.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
    routing::post,
};
use flowpilot::{
    domain::{
        credential::{Contents, CredentialKind, NewCredential},
        id::ExecutionId,
        state::ExecutionState,
        task::Kind,
    },
    server::{credentials, store::journal},
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::mpsc};

use crate::{
    stand::{chain, node},
    support::{self, TestServer},
    trigger_desk::Desk,
};

const SECRET: &str = "canary-4f9b-and-more";

/// What the provider has still to say; whoever asks it hears that.
type Words = Arc<Mutex<Option<mpsc::UnboundedReceiver<String>>>>;

/// A provider that says what the test says, when the test says it.
async fn provider() -> (mpsc::UnboundedSender<String>, String) {
    let (say, words) = mpsc::unbounded_channel();
    let words: Words = Arc::new(Mutex::new(Some(words)));
    let app = Router::new().route("/v1/chat/completions", post(answer)).with_state(words);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (say, url)
}

async fn answer(State(words): State<Words>) -> Response {
    let words = words.lock().unwrap().take().expect("it is asked once");
    let events = futures_util::stream::unfold(words, |mut words| async move {
        let event = words.recv().await?;
        Some((Ok::<_, Infallible>(event), words))
    });
    ([(CONTENT_TYPE, "text/event-stream")], Body::from_stream(events)).into_response()
}

fn piece(text: &str) -> String {
    format!("data: {}\n\n", json!({ "choices": [{ "delta": { "content": text } }] }))
}

async fn start(server: &TestServer, provider: &str) -> ExecutionId {
    let values = [("token".to_owned(), SECRET.to_owned())].into();
    let contents = Contents { values, ..Contents::default() };
    let new = NewCredential { name: "Key".into(), kind: CredentialKind::Bearer, contents, only_chosen: false };
    let desk = Desk::of(server);
    credentials::create(&desk.caller(), &new).await.unwrap();
    let wish = json!({ "server": provider, "model": "small", "credential": "Key", "prompt": "?", "stream": "on" });
    let workflow = chain(vec![node("start", Kind::Manual, json!({})), node("ask", Kind::LlmChat, wish)]);
    let start = json!({ "workflow_id": desk.publish(workflow).await, "input": {} });
    let answer = server.call(Method::POST, "/api/v1/executions").json(&start).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    answer["id"].as_str().unwrap_or_else(|| panic!("{answer}")).parse().unwrap()
}

#[tokio::test]
async fn what_a_model_says_stands_in_the_log_before_it_has_said_all() {
    let (server, (say, url)) = (support::server().await, provider().await);
    let (desk, filler) = (Desk::of(&server), "x".repeat(300));
    let (first, second) = SECRET.split_at(11);
    say.send(piece(&format!("Good morning. {filler} {first}"))).unwrap();
    let execution = start(&server, &url).await;
    let is_told = async || desk.journal(execution).await.contains("Good morning.");
    desk.until(is_told).await.expect("the log is told while the model speaks");
    assert!(!desk.journal(execution).await.contains(first), "half a secret is none that could be found");

    say.send(piece(&format!("{second} That is all."))).unwrap();
    say.send("data: [DONE]\n\n".to_owned()).unwrap();
    drop(say);
    server.app.engine.finished(server.owner.workspace, execution).await.unwrap();
    let state = ExecutionState::of(&journal::all(&server.database.pool, execution).await.unwrap());
    let run = state.run(&"ask".into()).unwrap();
    let expected = format!("Good morning. {filler} •••••• That is all.");
    assert_eq!(run.output.as_ref().unwrap()["text"], expected);
    assert_eq!(run.attempts[0].log.as_ref().unwrap().stdout, expected);
    assert!(!desk.journal(execution).await.contains(first));
}
