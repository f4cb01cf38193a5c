//! What starts executions, as the typed reading of a trigger node.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    id::{NodeId, TriggerId, WorkflowId},
    problem::Problem,
    task::Kind,
    workflow::Node,
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Trigger {
    Manual,
    Webhook { auth: WebhookAuth },
    Schedule { cron: String, time_zone: String },
}

/// How a webhook knows its caller. `secret` is a credential's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum WebhookAuth {
    None,
    HeaderToken { header: String, secret: String },
    HmacSha256 { header: String, secret: String },
}

impl Trigger {
    /// Reads a trigger node; the problem names the field that does not fit.
    pub fn of(node: &Node) -> Result<Self, Problem> {
        let text = |field: &str| -> Result<String, Problem> {
            match node.parameters.get(field).and_then(|value| value.as_str()).map(str::trim) {
                Some(text) if !text.is_empty() => Ok(text.to_owned()),
                _ => Err(Problem::of_node(&node.id, field, format!("Fill in “{}”.", label(node, field)))),
            }
        };
        match node.kind {
            Kind::Manual => Ok(Self::Manual),
            Kind::Webhook => Ok(Self::Webhook { auth: webhook_auth(node, text)? }),
            Kind::Schedule => Ok(Self::Schedule { cron: text("cron")?, time_zone: text("time_zone")? }),
            _ => Err(Problem::of_node(&node.id, "kind", "This node is not a trigger.")),
        }
    }
}

fn webhook_auth(node: &Node, text: impl Fn(&str) -> Result<String, Problem>) -> Result<WebhookAuth, Problem> {
    match text("auth")?.as_str() {
        "none" => Ok(WebhookAuth::None),
        "header_token" => Ok(WebhookAuth::HeaderToken { header: text("header")?, secret: text("secret")? }),
        "hmac_sha256" => Ok(WebhookAuth::HmacSha256 { header: text("signature_header")?, secret: text("secret")? }),
        _ => Err(Problem::of_node(&node.id, "auth", "Choose how the webhook knows its caller.")),
    }
}

fn label<'a>(node: &Node, field: &'a str) -> &'a str {
    node.kind.field(field).map_or(field, |field| field.label)
}

/// What lists show of a trigger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TriggerSummary {
    pub id: TriggerId,
    pub workflow_id: WorkflowId,
    pub workflow_name: String,
    pub node: NodeId,
    pub node_name: String,
    pub trigger: Trigger,
    /// Whether it starts executions: its workflow is published with it.
    pub live: bool,
    /// A webhook's address, for those who may see it.
    pub url: Option<String>,
    /// A schedule's next times, soonest first.
    pub next_at: Vec<DateTime<Utc>>,
}
