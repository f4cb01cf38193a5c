//! Emails through a mail server of our own.

use flowpilot::{
    domain::{credential::CredentialKind, task::Kind},
    server::{
        config::EgressMode,
        egress::Egress,
        runners::{self, Call, Secret},
    },
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{CANARY, call, done, failed, limited, object, retried};
use crate::smtp::{self, Sink};

#[tokio::test]
async fn an_email_arrives_with_text_and_html_at_everybody() {
    let mut sink = Sink::start("220 sink").await;
    let parameters = json!({"to": "ada@x.org, \"Hopper, Grace\" <grace@x.org>", "html": "<b>Welcome, Zoë</b>", "text": "Welcome, Zoë\n.dot"});
    let call = email(&sink, parameters);
    let id = format!("<{}.send_email_1@acme.test>", call.execution);
    let output = done(runners::run(call).await);
    let mail = sink.mails.recv().await.unwrap();
    assert_eq!((mail.login, mail.from.as_str()), (None, "hello@acme.test"));
    assert_eq!(mail.to, ["ada@x.org", "grace@x.org"]);
    for part in ["Subject: Hi", "multipart/alternative", "text/plain", "text/html", "From: Acme <hello@acme.test>", &id]
    {
        assert!(mail.data.contains(part), "{part} is missing in\n{}", mail.data);
    }
    assert!(mail.data.contains("Welcome, Zo=C3=AB"), "{}", mail.data);
    assert!(mail.data.contains("\r\n.dot"), "{}", mail.data);
    assert_eq!(output["accepted"], json!(["ada@x.org", "grace@x.org"]));
    assert_eq!(output["message_id"], id.as_str());
    assert_eq!(output["response"], "2.0.0 Ok: queued as 42");
}

#[tokio::test]
async fn files_are_attached_beside_text_and_html() {
    let mut sink = Sink::start("220 sink").await;
    let file =
        json!({"base64": "JVBERi0xLjcK", "file_name": "bill\r\nBcc: eve@x.org.pdf", "content_type": "application/pdf"});
    done(runners::run(email(&sink, json!({"html": "<b>Hi</b>", "attachments": [file, {"base64": "AAE="}]}))).await);
    let mail = sink.mails.recv().await.unwrap().data;
    for part in [
        "multipart/mixed",
        "multipart/alternative",
        "application/pdf",
        "JVBERi0xLjcK",
        "application/octet-stream",
        "AAE=",
    ] {
        assert!(mail.contains(part), "{part} is missing in\n{mail}");
    }
    assert!(!mail.contains("\r\nBcc:"), "{mail}");
    for bad in [json!("%"), json!([{"file_name": "x"}]), json!([{"base64": "AAE=", "content_type": "no type"}])] {
        let (_, field) = failed(runners::run(email(&sink, json!({"attachments": bad}))).await);
        assert_eq!(field.as_deref(), Some("attachments"), "{bad}");
    }
}

#[tokio::test]
async fn the_login_of_the_credential_is_used() {
    let mut sink = Sink::start("220 sink").await;
    let mut call = email(&sink, json!({}));
    call.credential = Some(login(smtp::PASSWORD));
    done(runners::run(call).await);
    assert_eq!(sink.mails.recv().await.unwrap().login.as_deref(), Some(smtp::USER));
}

#[tokio::test]
async fn a_wrong_password_is_final_names_the_credential_and_is_not_shown() {
    let sink = Sink::start("220 sink").await;
    let mut call = email(&sink, json!({}));
    call.credential = Some(login(CANARY));
    let (message, field) = failed(runners::run(call).await);
    assert_eq!(field.as_deref(), Some("credential"));
    assert_eq!(message, "127.0.0.1 answered 535: 5.7.8 Not accepted:  ada ••••••");
}

#[tokio::test]
async fn a_mail_login_goes_to_its_hosts_only() {
    let mut sink = Sink::start("220 sink").await;
    let mut call = email(&sink, json!({}));
    call.credential = Some(limited(login(smtp::PASSWORD), "smtp.example.com"));
    let (_, field) = failed(runners::run(call).await);
    assert_eq!(field.as_deref(), Some("credential"));
    assert!(sink.mails.try_recv().is_err());
}

#[tokio::test]
async fn the_mail_servers_refusals_are_final_or_passing_as_it_says() {
    let sink = Sink::start("220 sink").await;
    let (message, _) = failed(runners::run(email(&sink, json!({"to": "nobody@x.org"}))).await);
    assert_eq!(message, "127.0.0.1 answered 550: 5.1.1 No such user here");
    retried(runners::run(email(&sink, json!({"to": "full@x.org"}))).await, "452");
    let busy = Sink::start("421 4.3.2 Too busy").await;
    retried(runners::run(email(&busy, json!({}))).await, "421");
}

#[tokio::test]
async fn a_mail_server_that_is_not_there_may_be_there_later() {
    let mut parameters = json!({});
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    parameters["server"] = json!(format!("smtp://{}", listener.local_addr().unwrap()));
    drop(listener);
    let sink = Sink::start("220 sink").await;
    retried(runners::run(email(&sink, parameters)).await, "cannot be reached");
}

#[tokio::test]
async fn mail_servers_pass_the_egress_guard() {
    let sink = Sink::start("220 sink").await;
    let mut call = email(&sink, json!({}));
    call.egress = Egress::new(EgressMode::PublicOnly).unwrap();
    let (message, field) = failed(runners::run(call).await);
    assert_eq!(field.as_deref(), Some("server"));
    assert!(message.contains("private address"), "{message}");
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_fails_where_tls_was_asked_for() {
    let sink = Sink::start("220 sink").await;
    let server = sink.url().replace("smtp://", "smtps://");
    assert!(runners::run(email(&sink, json!({"server": server}))).await.is_err());
}

fn email(sink: &Sink, more: Value) -> Call {
    let mut parameters = object(json!({
        "server": sink.url(), "from": "Acme <hello@acme.test>", "to": "ada@x.org", "subject": "Hi", "text": "Welcome"
    }));
    parameters.extend(object(more));
    call(Kind::SendEmail, Value::Object(parameters))
}

fn login(password: &str) -> Secret {
    Secret::of(CredentialKind::SmtpLogin, [("username", smtp::USER), ("password", password)])
}
