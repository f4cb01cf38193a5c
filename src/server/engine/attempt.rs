//! One attempt at a task: its means read, the runner run within its timeout. The runner masks secrets in what it gives.
//! Never fails as such: every way to end is an [`Ending`].
//!
//! What few attempts need stands in boxes: an attempt is moved when it is spawned, and together they would be 20 KB.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use serde_json::Value;

use super::{
    Core, Engine, child, gate,
    logbook::Logbook,
    means::Means,
    message::{Ending, Letter, Message},
    offers, results, size,
    slots::Slot,
    work::Work,
};
use crate::{
    domain::{
        event::TaskError,
        id::{CredentialId, WorkspaceId},
    },
    server::{
        fault::{self, Point},
        pulse::Pulse,
        runners::{self, Call, Outcome, RunError},
        secrets::Mask,
        store,
    },
};

/// How an attempt ended. The slot is held until that is told, so that a replica that stops leaves nothing untold.
pub struct Made {
    pub ending: Ending,
    pub slot: Option<Slot>,
}

impl From<Ending> for Made {
    fn from(ending: Ending) -> Self {
        Self { ending, slot: None }
    }
}

/// Makes the attempt, here or on another replica, and tells how it ended.
pub async fn perform(core: &Arc<Core>, work: Work) -> (Message, Option<Slot>) {
    let (execution, run, attempt) = (work.execution, work.run.clone(), work.attempt);
    let mut work = work.with_resume_url(core);
    while let Err(error) = Box::pin(work.add_variables(core)).await {
        tracing::warn!(%error, %execution, "the variables could not be read; trying again");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let kept = match work.node().limits.cache_secs {
        Some(_) => Box::pin(results::find(core, &work)).await,
        None => None,
    };
    let Made { ending, slot } = match kept {
        Some(kept) => kept.into(),
        None => match offers::group_for(core, &work) {
            Some(group) => match Box::pin(offers::give(core, &work, group)).await {},
            None => attempt_once(core, &work).await,
        },
    };
    (Message::AttemptEnded { execution, run, attempt, ending }, slot)
}

/// Makes the attempt in a free slot of this replica.
pub async fn attempt_once(core: &Arc<Core>, work: &Work) -> Made {
    if work.node().disabled {
        return pass_on(work).into();
    }
    let pass = match gate::pass(core, work).await {
        Ok(pass) => pass,
        Err(ending) => return ending.into(),
    };
    if work.node().start_timeout_secs.is_some() {
        Box::pin(tell_begin(core, work)).await;
    }
    let ending = attempt_in_slot(core, work).await;
    let slot = Some(pass.ended(core, &ending).await);
    if work.node().limits.cache_secs.is_some() {
        Box::pin(results::keep(core, work, &ending)).await;
    }
    Made { ending, slot }
}

/// What a disabled task does: its input goes on.
pub fn pass_on(work: &Work) -> Ending {
    Ending::Done { output: work.scope.input.clone(), port: work.node().way_on().to_owned().into() }
}

/// Stops the time in which the attempt has to get its turn, before it begins.
async fn tell_begin(core: &Arc<Core>, work: &Work) {
    let engine = Engine::of(core);
    let began = || Letter::AttemptBegan { node: work.run.clone(), attempt: work.attempt };
    while let Err(error) = engine.deliver(work.execution, began()).await {
        tracing::warn!(%error, execution = %work.execution, "the begin of an attempt could not be told; trying again");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn attempt_in_slot(core: &Arc<Core>, work: &Work) -> Ending {
    let node = work.node();
    let Means { parameters, channel, credential, certificate } = match Means::read(core, work).await {
        Ok(means) => means,
        Err(ending) => return ending,
    };
    let renewable =
        credential.as_ref().filter(|secret| secret.kind.is_oauth2()).map(|secret| (secret.id, secret.version));
    let timeout = Duration::from_secs(node.timeout_secs.into());
    let pulse = Pulse::begin();
    let mask = credential.as_ref().map(Mask::of).unwrap_or_default();
    let _shown = core.pulses.show(work, &pulse);
    let call = Call { channel, certificate, ..work.call(core, parameters, credential, pulse.clone()) };
    let logbook = Logbook { core, work, output: call.output.clone(), mask };
    let run = async {
        fault::reach(Point::InTask).await;
        runners::run(call).await
    };
    let run = AssertUnwindSafe(run).catch_unwind();
    let lives = async {
        tokio::select! {
            biased;
            ended = tokio::time::timeout(timeout, run) => Some(ended),
            () = pulse.is_silent_for(node.heartbeat_timeout_secs) => None,
            never = logbook.keep() => match never {},
        }
    };
    let ended = lives.await;
    logbook.close().await;
    let Some(ended) = ended else {
        let seconds = node.heartbeat_timeout_secs.unwrap_or_default();
        let message = format!("The attempt gave no sign of life for {seconds} s and was ended.");
        return failed(message, Some("heartbeat_timeout_secs".into()), true);
    };
    match ended {
        Ok(Ok(Ok(Outcome::Execute { workflow, input }))) => {
            Box::pin(child::execute(core, work, &workflow, input)).await
        }
        Ok(Ok(ended)) => {
            if let (Some((id, version)), Err(error)) = (renewable, &ended)
                && status_of(error) == Some(401)
            {
                Box::pin(refused_token(core, work.workspace, id, version)).await;
            }
            end(ended, core.parts.settings.max_result)
        }
        Ok(Err(_panic)) => broke_off(work),
        Err(_elapsed) => {
            let message = format!("The attempt took longer than its timeout of {} s.", timeout.as_secs());
            failed(message, Some("timeout_secs".into()), true)
        }
    }
}

/// What the peer answered, where it did.
fn status_of(error: &RunError) -> Option<u64> {
    let (RunError::Retry { details, .. } | RunError::Fail { details, .. }) = error;
    details["status"].as_u64()
}

/// The service did not take the access token, before its time: the next attempt fetches another.
async fn refused_token(core: &Core, workspace: WorkspaceId, credential: CredentialId, version: i32) {
    if let Err(error) = store::oauth::expire(&core.parts.pool, workspace, credential, version).await {
        tracing::warn!(%error, %credential, "an access token that was refused could not be marked");
    }
}

/// What the engine makes of what the runner gave.
pub fn end(ended: Result<Outcome, RunError>, max_result: usize) -> Ending {
    ended.map_or_else(ended_badly, |outcome| ended_well(outcome, max_result))
}

pub fn broke_off(work: &Work) -> Ending {
    tracing::error!(execution = %work.execution, node = %work.run, "the runner panicked");
    failed("The task broke off by a fault in FlowPilot. The server's log says more.", None, false)
}

fn ended_well(outcome: Outcome, max_result: usize) -> Ending {
    let checked = match &outcome {
        Outcome::Done { output, .. } | Outcome::Wait { output, .. } => size::check(output, max_result),
        Outcome::Execute { input, .. } => size::check(input, max_result),
        Outcome::Loop { items, .. } => size::check(items, max_result),
    };
    if let Err(message) = checked {
        return failed(message, None, false);
    }
    match outcome {
        Outcome::Done { output, port } => Ending::Done { output, port },
        Outcome::Wait { until, output, waits_for } => Ending::Wait { until, output, waits_for },
        Outcome::Execute { .. } => failed("A sub-workflow is started by its own hand.", None, false),
        Outcome::Loop { items, max_parallel, go_on } => Ending::Loop { items, max_parallel, go_on },
    }
}

pub fn ended_badly(error: RunError) -> Ending {
    match error {
        RunError::Retry { message, details, after } => {
            Ending::Failed { error: TaskError { message, field: None, retryable: true, details }, after }
        }
        RunError::Fail { message, field, details } => {
            Ending::Failed { error: TaskError { message, field, retryable: false, details }, after: None }
        }
    }
}

pub fn failed(message: impl Into<String>, field: Option<String>, retryable: bool) -> Ending {
    let error = TaskError { message: message.into(), field, retryable, details: Value::Null };
    Ending::Failed { error, after: None }
}
