//! Every runner against a real peer.

mod bodies;
mod code;
mod csv;
mod email;
mod encrypted;
mod examples;
mod files;
mod flow;
mod formats;
mod hostile;
mod http;
mod lists;
mod models;
mod mysql;
pub mod pdf;
mod redis;
mod s3;
mod second_order;
mod secrecy;
mod services;
mod shop;
mod slack;
mod sql;
mod sqlite;
mod streams;

use chrono::{DateTime, Utc};
use flowpilot::{
    domain::{
        id::{ExecutionId, NodeId, WorkspaceId},
        task::Kind,
        workflow::Parameters,
    },
    server::{
        compute::Compute,
        config::EgressMode,
        egress::Egress,
        files::Files,
        pulse::Pulse,
        runners::{Call, Outcome, RunError, Secret},
        sandbox::{Output, Sandbox},
    },
};
use serde_json::{Value, json};
use uuid::Uuid;

/// Must never come out of a runner.
pub const CANARY: &str = "canary-4f9b/2+c=";

pub fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

pub fn call(kind: Kind, parameters: Value) -> Call {
    Call {
        workspace: WorkspaceId(Uuid::now_v7()),
        execution: ExecutionId(Uuid::now_v7()),
        run: NodeId::from(format!("{}_1", kind.name())).into(),
        attempt: 1,
        kind,
        parameters: object(parameters),
        input: json!({"in": 1}),
        channel: None,
        credential: None,
        certificate: None,
        egress: Egress::new(EgressMode::Any).unwrap(),
        pulse: Pulse::begin(),
        compute: Compute::default(),
        files: Files::at(&crate::support::scratch_dir("files")),
        now: now(),
        sandbox: Sandbox::off(),
        output: Output::default(),
        timeout: std::time::Duration::from_secs(60),
    }
}

pub fn object(value: Value) -> Parameters {
    value.as_object().cloned().unwrap()
}

pub fn limited(mut secret: Secret, host: &str) -> Secret {
    secret.allowed_hosts = vec![host.to_owned()];
    secret
}

pub fn done(result: Result<Outcome, RunError>) -> Value {
    match result {
        Ok(Outcome::Done { output, .. }) => output,
        other => panic!("{other:?}"),
    }
}

pub fn failed(result: Result<Outcome, RunError>) -> (String, Option<String>) {
    match result {
        Err(RunError::Fail { message, field, .. }) => (message, field),
        other => panic!("{other:?}"),
    }
}

pub fn retried(result: Result<Outcome, RunError>, words: &str) {
    match result {
        Err(RunError::Retry { message, .. }) => assert!(message.contains(words), "{message}"),
        other => panic!("{other:?}"),
    }
}
