//! What single tasks take, without an engine around them.

use std::time::{Duration, Instant};

use chrono::Utc;
use serde_json::json;
use uuid::Uuid;

use super::{Measured, Value, receiver::Receiver, site::Site};
use crate::{
    domain::{
        expression::{self, Scope},
        id::{ExecutionId, WorkspaceId},
        task::Kind,
        workflow::Parameters,
    },
    server::{
        Error, Result,
        compute::Compute,
        files::Files,
        pulse::Pulse,
        runners::{self, Call},
        sandbox::{Output, Sandbox},
    },
};

/// What stands in most parameters: a path, a comparison, a text made of others.
const SIMPLE: [&str; 4] =
    ["input.customer.email", "input.total * 2 > 100", "trigger.body.name ?? 'nobody'", "input.items[1].id"];

/// On one core: the one that nothing else here needs meanwhile.
pub async fn expressions(time: Duration) -> Result<Vec<Value>> {
    let scope = Scope {
        input: json!({ "customer": { "email": "ada@example.com" }, "total": 99.5, "items": [{ "id": 1 }, { "id": 2 }] }),
        trigger: json!({ "body": { "name": "Ada Lovelace" } }),
        ..Scope::default()
    };
    let evaluated = tokio::task::spawn_blocking(move || {
        let (began, mut count) = (Instant::now(), 0_u32);
        while began.elapsed() < time {
            for _ in 0..1_000 {
                for source in SIMPLE {
                    std::hint::black_box(expression::evaluate(source, &scope).map_err(Error::internal)?);
                    count += 1;
                }
            }
        }
        Ok::<_, Error>(f64::from(count) / began.elapsed().as_secs_f64())
    });
    Ok(vec![("expressions_per_s", evaluated.await.map_err(Error::internal)??)])
}

/// The task beside the client that it uses, in turn, one call at a time.
pub async fn http_request(site: &Site, time: Duration) -> Result<Vec<Value>> {
    let receiver = Receiver::open().await?;
    let client = reqwest::Client::new();
    let (began, mut bare, mut task) = (Instant::now(), Vec::new(), Vec::new());
    while began.elapsed() < time {
        let asked = Instant::now();
        let answer = client.get(receiver.plain()).send().await.map_err(Error::internal)?;
        std::hint::black_box(answer.bytes().await.map_err(Error::internal)?);
        bare.push(asked.elapsed());
        let call = call(site, &receiver.plain());
        let asked = Instant::now();
        let outcome = runners::run(call).await.map_err(|error| Error::internal(format!("{error:?}")))?;
        std::hint::black_box(outcome);
        task.push(asked.elapsed());
    }
    let (bare, task) = (Measured::of(bare, began), Measured::of(task, began));
    Ok(vec![("http_request_overhead_us", (task.percentile_ms(0.5) - bare.percentile_ms(0.5)) * 1_000.0)])
}

fn call(site: &Site, url: &str) -> Call {
    let given = Parameters::from_iter([("method".to_owned(), json!("GET")), ("url".to_owned(), json!(url))]);
    Call {
        workspace: WorkspaceId(Uuid::nil()),
        execution: ExecutionId(Uuid::now_v7()),
        run: "call".into(),
        attempt: 1,
        kind: Kind::HttpRequest,
        parameters: Kind::HttpRequest.with_defaults(&given),
        input: json!(null),
        channel: None,
        credential: None,
        certificate: None,
        egress: site.caller.app.egress.clone(),
        pulse: Pulse::begin(),
        compute: Compute::default(),
        files: Files::at(&std::env::temp_dir()),
        now: Utc::now(),
        sandbox: Sandbox::off(),
        output: Output::default(),
        timeout: Duration::from_secs(60),
    }
}
