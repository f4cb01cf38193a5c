//! What starts executions from outside: webhooks and schedules. A row per trigger node remembers a webhook's address
//! and a schedule's next time; every save and publication of a workflow keeps the rows in step through [`register`].

mod admission;
mod answer;
pub mod backfill;
#[cfg(test)]
mod forgeries;
mod hook;
pub mod list;
pub mod overlap;
mod payload;
mod reply;
mod resume;
pub mod schedule;
pub mod scheduler;
pub mod secret;
mod signature;
mod token;
mod verifier;
mod versions;
pub mod webhook;

use std::net::IpAddr;

use http::HeaderName;
use ipnet::IpNet;
use sqlx::PgConnection;

use self::{admission::Admission, schedule::Schedule, token::Token};
use super::{
    Error, Result,
    config::Config,
    secrets::Secrets,
    store::{self, triggers::Registration},
};
use crate::domain::{
    id::{WorkflowId, WorkspaceId},
    problem::Problem,
    trigger::{Trigger, WebhookAuth},
    workflow::{Node, Workflow},
};

pub use self::{scheduler::Scheduler, versions::Versions};

/// What services call: webhooks and resume URLs.
pub fn router(config: &Config) -> axum::Router<super::AppState> {
    let admission = Admission::of(config);
    webhook::router().merge(resume::router()).layer(axum::Extension(admission))
}

/// Keeps a row per trigger node of the workflow; part of the transaction that saves the draft or (`live`) publishes.
///
/// A webhook keeps its address over saves, publications and even the deletion of its node, should that be undone.
/// Saving a draft changes nothing of what is live. Publishing puts exactly this workflow's triggers live, schedules
/// from now on, or fails with the problems and changes nothing.
pub async fn register(
    db: &mut PgConnection,
    secrets: &Secrets,
    workspace: WorkspaceId,
    workflow: WorkflowId,
    definition: &Workflow,
    live: bool,
) -> Result<()> {
    let problems = if live { problems(definition) } else { Vec::new() };
    if !problems.is_empty() {
        return Err(Error::Problems(problems));
    }
    let known = store::triggers::known(&mut *db, workspace, workflow).await?;
    let now = store::triggers::clock(&mut *db).await?;
    // A disabled trigger keeps its row, and with it its address, while the workflow is drawn.
    let drawn = || definition.nodes.iter().filter(|node| node.kind.is_trigger() && !(live && node.disabled));
    for node in drawn() {
        let trigger = match read(node) {
            Ok(trigger) => trigger,
            Err(problem) if live => return Err(Error::Problems(vec![problem])),
            // A draft may hold what cannot be read yet; its row follows as soon as it can.
            Err(_) => continue,
        };
        let token = match &trigger {
            Trigger::Webhook { .. } if known.get(&node.id) != Some(&true) => {
                Some(Token::random()?.seal(db, secrets, workspace, workflow, &node.id).await?)
            }
            _ => None,
        };
        let (node, node_name) = (&node.id, node.name.as_str());
        let registration = Registration { workspace, workflow, node, node_name, trigger: &trigger, token };
        match known.contains_key(registration.node) {
            false => store::triggers::add(&mut *db, &registration).await?,
            true if !live => store::triggers::redraw(&mut *db, &registration).await?,
            true => {}
        }
        if live {
            let next_at = schedule_of(&trigger).and_then(|schedule| schedule.next_after(now));
            store::triggers::put_live(&mut *db, &registration, next_at).await?;
        }
    }
    let nodes: Vec<&str> = drawn().map(|node| node.id.as_str()).collect();
    if live {
        store::triggers::retire_others(db, workspace, workflow, &nodes).await
    } else {
        store::triggers::erase_others(db, workspace, workflow, &nodes).await
    }
}

/// The trigger, if the database can keep it.
fn read(node: &Node) -> Result<Trigger, Problem> {
    let has_null = |text: &str| text.contains('\0');
    let field = node.parameters.iter().find(|(_, value)| value.as_str().is_some_and(has_null));
    let field = field.map(|(field, _)| field.as_str()).or_else(|| has_null(&node.name).then_some("name"));
    match field {
        Some(field) => Err(Problem::of_node(&node.id, field, "This holds a character that cannot be kept (U+0000).")),
        None if !node.id.is_well_formed() => Err(Problem::of_node(&node.id, "id", "Use a–z, 0–9 and _ in the id.")),
        None => Trigger::of(node),
    }
}

/// Why the workflow's triggers cannot go live, beyond what the browser can check: cron patterns, time zones, headers.
pub fn problems(workflow: &Workflow) -> Vec<Problem> {
    workflow.triggers().filter_map(|node| check(node, &Trigger::of(node).ok()?).err()).collect()
}

fn check(node: &Node, trigger: &Trigger) -> Result<(), Problem> {
    match trigger {
        Trigger::Manual => Ok(()),
        Trigger::Webhook { auth, sources, .. } => {
            let odd = sources.iter().find(|text| network(text).is_none());
            if let Some(odd) = odd {
                let message =
                    format!("“{odd}” is neither an address nor a network. Write such as 192.0.2.7 or 192.0.2.0/24.");
                return Err(Problem::of_node(&node.id, "sources", message));
            }
            match auth {
                WebhookAuth::HeaderToken { header, .. } => header_name(node, "header", header),
                WebhookAuth::HmacSha256 { header, .. } => header_name(node, "signature_header", header),
                _ => Ok(()),
            }
        }
        Trigger::Schedule { cron, time_zone, .. } => {
            let schedule = Schedule::parse(cron, time_zone)
                .map_err(|invalid| Problem::of_node(&node.id, invalid.field, invalid.message))?;
            let comes = schedule.next_after(chrono::Utc::now()).is_some();
            comes.then_some(()).ok_or_else(|| Problem::of_node(&node.id, "cron", schedule::NEVER))
        }
    }
}

/// An address stands for itself.
fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(|address| address.to_canonical().into()))
}

fn header_name(node: &Node, field: &str, name: &str) -> Result<(), Problem> {
    match HeaderName::try_from(name) {
        Ok(_) => Ok(()),
        Err(_) => Err(Problem::of_node(
            &node.id,
            field,
            format!("“{name}” is not a header name. Use letters, digits and hyphens, such as X-Webhook-Token."),
        )),
    }
}

fn schedule_of(trigger: &Trigger) -> Option<Schedule> {
    match trigger {
        Trigger::Schedule { cron, time_zone, .. } => Schedule::parse(cron, time_zone).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{task::Kind, workflow::Point};

    fn workflow(kind: Kind, parameters: serde_json::Value) -> Workflow {
        let mut node = Node::new("t".into(), "Trigger", kind, Point::default());
        node.parameters.extend(parameters.as_object().unwrap().clone());
        Workflow { nodes: vec![node], ..Workflow::default() }
    }

    fn expect(kind: Kind, parameters: serde_json::Value, field: Option<&str>) {
        let found = problems(&workflow(kind, parameters.clone()));
        let fields: Vec<_> = found.iter().map(|problem| problem.field.as_deref()).collect();
        assert_eq!(fields, field.iter().map(|field| Some(*field)).collect::<Vec<_>>(), "{parameters}");
        assert!(found.iter().all(|problem| problem.node == Some("t".into())));
    }

    #[test]
    fn what_cannot_go_live_is_named_with_its_node_and_field() {
        expect(Kind::Schedule, json!({}), None);
        expect(Kind::Schedule, json!({"cron": "*/5 * * * * *"}), None);
        expect(Kind::Schedule, json!({"cron": "99 9 * * *"}), Some("cron"));
        expect(Kind::Schedule, json!({"cron": "0 0 30 2 *"}), Some("cron"));
        expect(Kind::Schedule, json!({"time_zone": "Europe/Atlantis"}), Some("time_zone"));
        expect(Kind::Webhook, json!({}), None);
        expect(Kind::Webhook, json!({"sources": "192.0.2.7, 10.0.0.0/8 2001:db8::/32"}), None);
        expect(Kind::Webhook, json!({"sources": "192.0.2.7, office"}), Some("sources"));
        expect(Kind::Webhook, json!({"max_body_mib": "25"}), None);
        expect(Kind::Webhook, json!({"auth": "header_token", "header": "X Token:", "secret": "s"}), Some("header"));
        expect(
            Kind::Webhook,
            json!({"auth": "hmac_sha256", "signature_header": "é", "secret": "s"}),
            Some("signature_header"),
        );
    }
}
