//! The code that performs tasks: one file per kind, chosen in [`run`]. Runners never touch the store.

mod aggregate;
mod answer;
mod approval;
mod authorize;
mod binary;
mod classify;
mod code;
mod condition;
mod csv;
mod deduplicate;
mod delay;
mod discord_message;
mod extract_data;
mod fail;
mod file;
mod filter;
mod for_each;
mod graphql;
mod html_extract;
mod http_request;
mod javascript;
mod json;
mod limit;
mod llm_chat;
mod log;
mod merge;
mod model;
mod no_op;
mod notify;
mod parameters;
mod pdf_extract;
mod place;
mod plugin;
mod posting;
mod probe;
mod python;
mod redis;
mod resolved;
mod respond_to_webhook;
mod rss_read;
mod s3_object;
mod secret;
mod send_email;
mod send_webhook;
mod set_fields;
mod shell;
mod slack_message;
mod sort;
mod split;
mod sql;
mod sub_workflow;
mod summarize_text;
mod switch;
mod teams_message;
mod telegram_message;
mod transform;
mod wait_for_event;
mod wait_until;
mod xlsx;
mod xml;
mod zip;

use std::{borrow::Cow, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::{
    domain::{
        channel::NewChannel,
        event::WaitsFor,
        id::{ExecutionId, RunId, WorkspaceId},
        task::{Kind, port},
        workflow::Parameters,
    },
    server::{
        compute::Compute,
        egress::Egress,
        files::Files,
        pulse::Pulse,
        sandbox::{Output, Sandbox},
        secrets::Mask,
    },
};

pub use self::{
    deduplicate::identity,
    model::{Offer, offered as models, used as model_usage},
    probe::probe,
    secret::Secret,
};

/// One attempt at a task: everything a runner may know.
#[derive(Clone)]
pub struct Call {
    pub workspace: WorkspaceId,
    pub execution: ExecutionId,
    pub run: RunId,
    /// From 1.
    pub attempt: u32,
    pub kind: Kind,
    /// With every expression replaced by its value.
    pub parameters: Parameters,
    pub input: Value,
    /// The channel that the node names, if it names one.
    pub channel: Option<NewChannel>,
    /// The values of the credential that the node or its channel names, if it names one.
    pub credential: Option<Secret>,
    /// The certificate that the node shows to servers, if it names one.
    pub certificate: Option<Secret>,
    pub egress: Egress,
    /// For signs of life of a task that takes long; the egress gives them by itself.
    pub pulse: Pulse,
    /// For work that keeps a core busy.
    pub compute: Compute,
    /// The workspaces' own files.
    pub files: Files,
    pub now: DateTime<Utc>,
    pub sandbox: Sandbox,
    /// What the task prints; whoever makes the attempt reads it, however the attempt ends.
    pub output: Output,
    /// After this the attempt is broken off.
    pub timeout: Duration,
}

/// How an attempt ended well.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The task run succeeded; data leaves through `port`.
    Done { output: Value, port: Cow<'static, str> },
    /// Nothing runs meanwhile. The wait for a time ends well at `until`; another ends by an answer, and at `until`
    /// the task run fails for the lack of one.
    Wait { until: Option<DateTime<Utc>>, output: Value, waits_for: WaitsFor },
    /// Another workflow, by its name or id, runs with this input; the task run waits for its end.
    Execute { workflow: String, input: Value },
    /// The nodes behind the loop run once per item.
    Loop { items: Vec<Value>, max_parallel: u32, go_on: bool },
}

impl Outcome {
    /// Data leaves through the main output.
    pub fn done(output: Value) -> Self {
        Self::Done { output, port: port::OUT.into() }
    }
}

/// How an attempt failed.
#[derive(Clone, Debug, PartialEq)]
pub enum RunError {
    /// Another attempt may help, not before `after` where the other side said so.
    Retry { message: String, details: Value, after: Option<Duration> },
    /// Another attempt would fail the same way. `field` names the parameter it is about.
    Fail { message: String, field: Option<String>, details: Value },
}

impl RunError {
    pub fn retry(message: impl Into<String>) -> Self {
        Self::Retry { message: message.into(), details: Value::Null, after: None }
    }

    pub fn fail(message: impl Into<String>) -> Self {
        Self::Fail { message: message.into(), field: None, details: Value::Null }
    }

    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self::Fail { message: message.into(), field: Some(field.to_owned()), details: Value::Null }
    }
}

/// Performs the task. Dropping the future cancels it. Nothing that comes back shows a value of the credential.
pub async fn run(call: Call) -> Result<Outcome, RunError> {
    let mask = call.credential.as_ref().map(Mask::of).unwrap_or_default();
    let certificate = call.certificate.as_ref().map(Mask::of).unwrap_or_default();
    let call = Arc::new(call);
    let result = match notify::translated(&call) {
        Ok(Some(task)) => notify::told(&call, perform(&Arc::new(task)).await),
        Ok(None) => perform(&call).await,
        Err(error) => Err(error),
    };
    let result = result.map_err(|error| resolved::with_value(&call, &mask, error));
    let masked = |outcome| certificate.outcome(mask.outcome(outcome));
    result.map(masked).map_err(|error| certificate.error(mask.error(error)))
}

/// The error as a person sees it, of a call without a credential.
pub fn explained(call: &Call, error: RunError) -> RunError {
    resolved::with_value(call, &Mask::default(), error)
}

/// One that waits for nobody.
type Computing = fn(&Call) -> Result<Outcome, RunError>;

/// The runner of a kind that only computes and takes as long as its parameters are, which is not long; none: it may take
/// longer.
pub fn computing(kind: Kind) -> Option<Computing> {
    Some(match kind {
        Kind::Condition => condition::run,
        Kind::Delay => delay::run,
        Kind::Fail => fail::run,
        Kind::ForEach => for_each::run,
        Kind::Log => log::run,
        Kind::Merge => merge::run,
        Kind::NoOp => no_op::run,
        Kind::SetFields => set_fields::run,
        Kind::Switch => switch::run,
        Kind::Transform => transform::run,
        Kind::WaitUntil => wait_until::run,
        _ => return None,
    })
}

/// The runner of a kind that [only computes](Kind::only_computes), also where it may take longer.
pub fn pure(kind: Kind) -> Option<Computing> {
    Some(match kind {
        Kind::Filter => filter::run,
        Kind::Sort => sort::run,
        Kind::Limit => limit::run,
        Kind::Aggregate => aggregate::run,
        Kind::Split => split::run,
        Kind::Deduplicate => deduplicate::run,
        Kind::Csv => csv::run,
        Kind::Json => json::run,
        Kind::Xml => xml::run,
        Kind::Xlsx => xlsx::run,
        Kind::Zip => zip::run,
        Kind::HtmlExtract => html_extract::run,
        Kind::RespondToWebhook => respond_to_webhook::run,
        other => return computing(other),
    })
}

async fn perform(call: &Arc<Call>) -> Result<Outcome, RunError> {
    match call.kind {
        Kind::HttpRequest => Box::pin(http_request::run(call)).await,
        Kind::SendEmail => Box::pin(send_email::run(call)).await,
        Kind::SlackMessage => Box::pin(slack_message::run(call)).await,
        Kind::Graphql => Box::pin(graphql::run(call)).await,
        Kind::SendWebhook => Box::pin(send_webhook::run(call)).await,
        Kind::DiscordMessage => Box::pin(discord_message::run(call)).await,
        Kind::TeamsMessage => Box::pin(teams_message::run(call)).await,
        Kind::TelegramMessage => Box::pin(telegram_message::run(call)).await,
        Kind::LlmChat => Box::pin(llm_chat::run(call)).await,
        Kind::SummarizeText => Box::pin(summarize_text::run(call)).await,
        Kind::ExtractData => Box::pin(extract_data::run(call)).await,
        Kind::Classify => Box::pin(classify::run(call)).await,
        Kind::Sql => Box::pin(sql::run(call)).await,
        Kind::Redis => Box::pin(redis::run(call)).await,
        Kind::S3Object => Box::pin(s3_object::run(call)).await,
        Kind::RssRead => Box::pin(rss_read::run(call)).await,
        Kind::Csv => elsewhere(call, csv::run).await,
        Kind::Json => elsewhere(call, json::run).await,
        Kind::Xml => elsewhere(call, xml::run).await,
        Kind::Xlsx => elsewhere(call, xlsx::run).await,
        Kind::Zip => elsewhere(call, zip::run).await,
        Kind::File => elsewhere(call, file::run).await,
        Kind::HtmlExtract => elsewhere(call, html_extract::run).await,
        Kind::Notify => Err(RunError::field("channel", "Choose a channel of the workspace.")),
        Kind::RespondToWebhook => respond_to_webhook::run(call),
        Kind::Shell => Box::pin(shell::run(call)).await,
        Kind::Python => Box::pin(python::run(call)).await,
        Kind::Javascript => Box::pin(javascript::run(call)).await,
        Kind::PdfExtract => Box::pin(pdf_extract::run(call)).await,
        Kind::Plugin => Box::pin(plugin::run(call)).await,
        Kind::Condition => condition::run(call),
        Kind::ForEach => for_each::run(call),
        Kind::SubWorkflow => sub_workflow::run(call),
        Kind::Delay => delay::run(call),
        Kind::WaitUntil => wait_until::run(call),
        Kind::WaitForEvent => wait_for_event::run(call),
        Kind::Approval => approval::run(call),
        Kind::Fail => fail::run(call),
        Kind::Transform => transform::run(call),
        Kind::Switch => switch::run(call),
        Kind::Merge => merge::run(call),
        Kind::NoOp => no_op::run(call),
        Kind::Log => log::run(call),
        Kind::SetFields => set_fields::run(call),
        Kind::Filter => filter::run(call),
        Kind::Sort => sort::run(call),
        Kind::Limit => limit::run(call),
        Kind::Aggregate => aggregate::run(call),
        Kind::Split => split::run(call),
        Kind::Deduplicate => deduplicate::run(call),
        Kind::Manual | Kind::Webhook | Kind::Schedule => {
            Err(RunError::fail(format!("A {} starts executions and runs nothing.", call.kind.spec().label)))
        }
    }
}

/// Reading of what others wrote keeps a core busy, and may break the reader: not on the threads that serve everything else.
async fn elsewhere(call: &Arc<Call>, work: fn(&Call) -> Result<Outcome, RunError>) -> Result<Outcome, RunError> {
    let theirs = call.clone();
    let done = call.compute.run(move || work(&theirs)).await;
    done.unwrap_or_else(|| Err(RunError::fail("The data broke what reads it. FlowPilot's log says more.")))
}

/// What a value is, in words.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A number as JSON has it: whole ones without a point, none for infinities.
fn number_of(number: f64) -> Value {
    let is_whole = number.fract() == 0.0 && number.abs() < 9e15;
    if is_whole { Value::from(number as i64) } else { Value::from(number) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_that_only_computes_has_a_runner_that_asks_nobody() {
        for kind in Kind::ALL {
            assert_eq!(pure(kind).is_some(), kind.only_computes(), "{}", kind.name());
        }
    }
}
