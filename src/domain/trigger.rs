//! What starts executions, as the typed reading of a trigger node.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    execution::ExecutionStatus,
    id::{ExecutionId, NodeId, TriggerId, WorkflowId},
    input,
    problem::Problem,
    task::Kind,
    workflow::Node,
};

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Trigger {
    Manual,
    Webhook {
        auth: WebhookAuth,
        /// Addresses and networks that may call; empty: all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sources: Vec<String>,
        /// The largest body that it takes.
        #[serde(default = "usual_body_mib", skip_serializing_if = "is_usual_body")]
        max_body_mib: u32,
    },
    Schedule {
        cron: String,
        time_zone: String,
        #[serde(flatten)]
        policy: SchedulePolicy,
    },
}

/// Mebibytes of a webhook's body, unless its node says otherwise, and at most.
pub const USUAL_BODY_MIB: u32 = 1;
pub const MAX_BODY_MIB: u32 = 25;

fn usual_body_mib() -> u32 {
    USUAL_BODY_MIB
}

fn is_usual_body(mib: &u32) -> bool {
    *mib == USUAL_BODY_MIB
}

/// What becomes of a schedule's times that come while others run, come late, or come with many others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct SchedulePolicy {
    pub overlap: Overlap,
    /// Times that passed while no replica ran fire for so many seconds; of older ones only the latest does.
    pub catch_up_secs: u32,
    /// Each time fires up to so many seconds late, by chance, always the same for one time.
    pub jitter_secs: u32,
}

/// What becomes of a time that comes while an earlier one's execution is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// Both run.
    #[default]
    Allow,
    /// It is left out.
    Skip,
    /// It waits for the end, unless another one waits already.
    BufferOne,
    /// It waits for the end, and for those that wait before it.
    BufferAll,
    /// It runs, and the one under way is cancelled.
    CancelOther,
}

impl Overlap {
    pub const ALL: [Self; 5] = [Self::Allow, Self::Skip, Self::BufferOne, Self::BufferAll, Self::CancelOther];

    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Skip => "skip",
            Self::BufferOne => "buffer_one",
            Self::BufferAll => "buffer_all",
            Self::CancelOther => "cancel_other",
        }
    }
}

/// How a webhook knows its caller. `secret` is a credential's name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum WebhookAuth {
    None,
    HeaderToken {
        header: String,
        secret: String,
    },
    /// `Authorization: Bearer …`.
    Bearer {
        secret: String,
    },
    /// `Authorization: Basic …`; the secret is the password.
    Basic {
        username: String,
        secret: String,
    },
    HmacSha256 {
        header: String,
        secret: String,
    },
    Github {
        secret: String,
    },
    /// As standardwebhooks.com says.
    StandardWebhooks {
        secret: String,
    },
    Stripe {
        secret: String,
    },
    Slack {
        secret: String,
    },
}

impl WebhookAuth {
    /// As it is chosen in the node.
    pub fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::HeaderToken { .. } => "header_token",
            Self::Bearer { .. } => "bearer",
            Self::Basic { .. } => "basic",
            Self::HmacSha256 { .. } => "hmac_sha256",
            Self::Github { .. } => "github",
            Self::StandardWebhooks { .. } => "standard_webhooks",
            Self::Stripe { .. } => "stripe",
            Self::Slack { .. } => "slack",
        }
    }

    /// Whether the service makes the secret itself, so that it has to be entered here.
    pub fn is_secret_theirs(&self) -> bool {
        matches!(self, Self::Stripe { .. } | Self::Slack { .. })
    }

    /// The credential that it needs.
    pub fn secret(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::HeaderToken { secret, .. }
            | Self::Bearer { secret }
            | Self::Basic { secret, .. }
            | Self::HmacSha256 { secret, .. }
            | Self::Github { secret }
            | Self::StandardWebhooks { secret }
            | Self::Stripe { secret }
            | Self::Slack { secret } => Some(secret),
        }
    }
}

impl Trigger {
    /// The kind's name in JSON and in the database.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Manual => Kind::Manual.name(),
            Self::Webhook { .. } => Kind::Webhook.name(),
            Self::Schedule { .. } => Kind::Schedule.name(),
        }
    }

    /// Reads a trigger node; the problem names the field that does not fit.
    pub fn of(node: &Node) -> Result<Self, Problem> {
        let text = |field: &str| -> Result<String, Problem> {
            let default = || node.kind.field(field).and_then(|field| field.default);
            let value = node.parameters.get(field).map_or_else(default, |value| value.as_str());
            match value.map(str::trim) {
                Some(text) if !text.is_empty() => Ok(text.to_owned()),
                _ => Err(Problem::of_node(&node.id, field, format!("Fill in “{}”.", label(node, field)))),
            }
        };
        match node.kind {
            Kind::Manual => input::schema(node).map(|_| Self::Manual),
            Kind::Webhook => Ok(Self::Webhook {
                auth: webhook_auth(node, text)?,
                sources: sources(node),
                max_body_mib: max_body_mib(node)?,
            }),
            Kind::Schedule => {
                let (cron, time_zone) = (text("cron")?, text("time_zone")?);
                Ok(Self::Schedule { cron, time_zone, policy: policy(node, text)? })
            }
            _ => Err(Problem::of_node(&node.id, "kind", "This node is not a trigger.")),
        }
    }
}

fn policy(node: &Node, text: impl Fn(&str) -> Result<String, Problem>) -> Result<SchedulePolicy, Problem> {
    let name = text("overlap")?;
    let overlap = Overlap::ALL.into_iter().find(|overlap| overlap.name() == name).ok_or_else(|| {
        Problem::of_node(&node.id, "overlap", "Choose what becomes of a time that comes while another one runs.")
    })?;
    let secs = |field: &str| match node.parameters.get(field) {
        None | Some(Value::Null) => Ok(0),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(0),
        Some(value) => {
            let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
            let fits = number.filter(|number| (0.0..=2_592_000.0).contains(number));
            let message = format!("Write the seconds of “{}” as a number.", label(node, field));
            fits.map(|number| number as u32).ok_or_else(|| Problem::of_node(&node.id, field, message))
        }
    };
    Ok(SchedulePolicy { overlap, catch_up_secs: secs("catch_up")?, jitter_secs: secs("jitter")? })
}

fn webhook_auth(node: &Node, text: impl Fn(&str) -> Result<String, Problem>) -> Result<WebhookAuth, Problem> {
    match text("auth")?.as_str() {
        "none" => Ok(WebhookAuth::None),
        "header_token" => Ok(WebhookAuth::HeaderToken { header: text("header")?, secret: text("secret")? }),
        "bearer" => Ok(WebhookAuth::Bearer { secret: text("secret")? }),
        "basic" => Ok(WebhookAuth::Basic { username: text("username")?, secret: text("secret")? }),
        "github" => Ok(WebhookAuth::Github { secret: text("secret")? }),
        "standard_webhooks" => Ok(WebhookAuth::StandardWebhooks { secret: text("secret")? }),
        "stripe" => Ok(WebhookAuth::Stripe { secret: text("secret")? }),
        "slack" => Ok(WebhookAuth::Slack { secret: text("secret")? }),
        "hmac_sha256" => Ok(WebhookAuth::HmacSha256 { header: text("signature_header")?, secret: text("secret")? }),
        _ => Err(Problem::of_node(&node.id, "auth", "Choose how the webhook knows its caller.")),
    }
}

/// What stands in the field, apart by commas or spaces. Whether these are addresses, the server says.
fn sources(node: &Node) -> Vec<String> {
    let text = node.parameters.get("sources").and_then(Value::as_str).unwrap_or_default();
    text.split([',', ';', ' ', '\n', '\t']).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn max_body_mib(node: &Node) -> Result<u32, Problem> {
    let number = match node.parameters.get("max_body_mib") {
        None | Some(Value::Null) => return Ok(USUAL_BODY_MIB),
        Some(Value::String(text)) if text.trim().is_empty() => return Ok(USUAL_BODY_MIB),
        Some(value) => value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()),
    };
    let whole = number.filter(|number| number.fract() == 0.0 && (1.0..=f64::from(MAX_BODY_MIB)).contains(number));
    let message = format!("A webhook takes bodies of 1 to {MAX_BODY_MIB} MiB. Write the number.");
    whole.map(|number| number as u32).ok_or_else(|| Problem::of_node(&node.id, "max_body_mib", message))
}

fn label<'a>(node: &Node, field: &'a str) -> &'a str {
    node.kind.field(field).map_or(field, |field| field.label)
}

/// What lists show of a trigger.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// A schedule in words, with its next times.
    pub schedule: Option<SchedulePreview>,
    /// What came of a schedule's last times, latest first.
    pub fires: Vec<Fire>,
    /// A webhook whose secret was replaced: until then it takes the old one too.
    #[serde(default)]
    pub old_secret_until: Option<DateTime<Utc>>,
}

/// What came of replacing a webhook's secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSecret {
    /// The secret, where FlowPilot made it. Shown this once.
    pub secret: Option<String>,
    /// The old one is taken until then.
    pub old_until: DateTime<Utc>,
}

/// A cron pattern in words, and when it comes next.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SchedulePreview {
    pub description: String,
    pub time_zone: String,
    /// The next five, soonest first; empty where no such time will come.
    pub next: Vec<ScheduledTime>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ScheduledTime {
    pub at: DateTime<Utc>,
    /// The same time on the wall clock of the schedule's zone, with its abbreviation.
    pub local: String,
}

/// What came of one time of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fire {
    pub scheduled_at: DateTime<Utc>,
    pub outcome: FireOutcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum FireOutcome {
    /// It started this execution. The status is none once the execution was deleted.
    Fired { execution: ExecutionId, status: Option<ExecutionStatus> },
    /// No replica ran when it was due, and a later time fired in its place.
    Missed,
    /// An earlier one's execution was under way, and the schedule says to leave it out.
    Skipped,
    /// It starts when the execution that is under way ends.
    Buffered,
}
