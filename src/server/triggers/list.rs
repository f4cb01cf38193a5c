//! Triggers as people see them, and what people do with one.

use std::collections::HashMap;

use sqlx::PgConnection;

use super::{schedule_of, token::Token};
use crate::{
    api::ApiError,
    domain::{
        id::{TriggerId, WorkflowId},
        role::Action,
        trigger::{Fire, Trigger, TriggerSummary},
    },
    server::{
        Caller, Result,
        store::{self, triggers::Listed},
    },
};

/// The triggers of one workflow or of all that the caller sees; addresses only for those who may see them.
pub async fn list(caller: &Caller, workflow: Option<WorkflowId>) -> Result<Vec<TriggerSummary>> {
    let mut tx = caller.begin().await?;
    let listed = store::triggers::list(&mut *tx, caller.workspace, workflow).await?;
    let ids: Vec<TriggerId> = listed.iter().map(|listed| listed.id).collect();
    let mut fires: HashMap<TriggerId, Vec<Fire>> = HashMap::new();
    for (trigger, fire) in store::fires::latest(&mut *tx, caller.workspace, &ids).await? {
        fires.entry(trigger).or_default().push(fire);
    }
    let changing = store::secrets::changing(&mut *tx, caller.workspace).await?;
    let now = store::triggers::clock(&mut *tx).await?;
    let mut summaries = Vec::with_capacity(listed.len());
    for listed in listed {
        summaries.push(TriggerSummary {
            url: url(&mut tx, caller, &listed).await?,
            schedule: schedule_of(&listed.trigger).map(|schedule| schedule.preview(now)),
            old_secret_until: secret_of(&listed.trigger).and_then(|name| changing.get(name)).copied(),
            fires: fires.remove(&listed.id).unwrap_or_default(),
            id: listed.id,
            workflow_id: listed.workflow,
            workflow_name: listed.workflow_name,
            node: listed.node,
            node_name: listed.node_name,
            trigger: listed.trigger,
            live: listed.live,
        });
    }
    Ok(summaries)
}

fn secret_of(trigger: &Trigger) -> Option<&str> {
    match trigger {
        Trigger::Webhook { auth, .. } => auth.secret(),
        _ => None,
    }
}

async fn url(db: &mut PgConnection, caller: &Caller, listed: &Listed) -> Result<Option<String>> {
    let Some(sealed) = &listed.token_sealed else { return Ok(None) };
    if !caller.may(Action::ViewWebhooks) {
        return Ok(None);
    }
    let app = &caller.app;
    let token = Token::open(db, &app.secrets, caller.workspace, listed.workflow, &listed.node, sealed).await?;
    Ok(Some(token.url(&app.config.public_url())))
}

/// Gives a webhook a new address and returns it. The old one is gone within a second.
pub async fn rotate(caller: &Caller, id: TriggerId) -> Result<String> {
    let app = &caller.app;
    let mut tx = caller.begin().await?;
    let (workflow, node) =
        store::webhooks::node(&mut *tx, caller.workspace, id).await?.ok_or_else(|| ApiError::not_found("webhook"))?;
    let token = Token::random()?;
    let sealed = token.seal(&mut tx, &app.secrets, caller.workspace, workflow, &node).await?;
    store::webhooks::replace_token(&mut *tx, caller.workspace, id, sealed).await?;
    tx.commit().await?;
    tracing::info!(workspace = %caller.workspace, trigger = %id, by = %caller.email, "a webhook's address was replaced");
    Ok(token.url(&app.config.public_url()))
}
