//! TLS: whom runners believe, and what they do not send to anybody else.

use std::net::SocketAddr;

use flowpilot::{
    domain::{credential::CredentialKind, task::Kind},
    server::{
        config::EgressMode,
        egress::Egress,
        runners::{self, Call, Secret},
    },
};
use serde_json::json;

use super::{CANARY, call, done, retried};
use crate::tls;

#[tokio::test]
async fn mail_goes_through_tls_from_the_first_byte_or_after_starttls() {
    for (scheme, tls_first) in [("smtps", true), ("smtp", false)] {
        for host in ["localhost", "127.0.0.1"] {
            let call = trusting(email(scheme, host, tls::mail_server(tls_first)));
            assert_eq!(done(runners::run(call).await)["response"], "Ok over TLS", "{scheme}://{host}");
        }
    }
}

#[tokio::test]
async fn a_mail_server_that_cannot_prove_its_name_gets_no_login() {
    for (scheme, tls_first) in [("smtps", true), ("smtp", false)] {
        let call = email(scheme, "localhost", tls::mail_server(tls_first));
        retried(runners::run(call).await, "UnknownIssuer");
    }
}

#[tokio::test]
async fn a_companys_own_authority_is_believed_where_it_is_configured() {
    let url = format!("https://localhost:{}/", tls::http_server().port());
    let request = || call(Kind::HttpRequest, json!({"method": "GET", "url": url}));
    assert_eq!(done(runners::run(trusting(request())).await)["body"], json!({"secure": true}));
    retried(runners::run(request()).await, "UnknownIssuer");
}

#[tokio::test]
async fn a_request_may_bring_its_own_authority_or_believe_anybody() {
    let url = format!("https://localhost:{}/", tls::http_server().port());
    let ask = |more: serde_json::Value| {
        let mut parameters = super::object(json!({"method": "GET", "url": url, "tls": "own"}));
        parameters.extend(super::object(more));
        runners::run(call(Kind::HttpRequest, parameters.into()))
    };
    let authority = std::fs::read_to_string(tls::authority()).unwrap();
    for settings in [
        json!({"authority": authority}),
        json!({"authority": authority, "tls_version": "1.3"}),
        json!({"certificates": "ignore"}),
    ] {
        assert_eq!(done(ask(settings).await)["body"], json!({"secure": true}));
    }
    retried(ask(json!({})).await, "UnknownIssuer");
    // What stands in hidden fields counts for nothing.
    retried(ask(json!({"tls": "usual", "certificates": "ignore"})).await, "UnknownIssuer");
    for wrong in ["no certificate", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"] {
        let (message, field) = super::failed(ask(json!({"authority": wrong})).await);
        assert_eq!(field.as_deref(), Some("authority"), "{message}");
    }
}

fn trusting(mut call: Call) -> Call {
    call.egress = Egress::trusting(EgressMode::Any, &tls::authority()).unwrap();
    call
}

fn email(scheme: &str, host: &str, server: SocketAddr) -> Call {
    let server = format!("{scheme}://{host}:{}", server.port());
    let parameters = json!({"server": server, "from": "a@x.org", "to": "b@x.org", "subject": "Hi", "text": "Hi"});
    let mut call = call(Kind::SendEmail, parameters);
    call.credential = Some(Secret::of(CredentialKind::SmtpLogin, [("username", "ada"), ("password", CANARY)]));
    call
}
