//! Publication: the draft becomes the version that triggers start.

use super::{check, missing, stale};
use crate::{
    api::ApiError,
    domain::{
        draft::{MAX_VERSION_NAME, MAX_VERSION_NOTE},
        id::WorkflowId,
        problem::Problem,
        role::Action,
        trigger::{Trigger, WebhookAuth},
        workflow::Workflow,
    },
    server::{Caller, Error, Result, store, triggers},
};

/// Publishes the draft, if it still is at `revision` (none: as it is now), and says which version it became.
/// A draft that is live already stays the version that it is.
pub async fn publish(caller: &Caller, id: WorkflowId, revision: Option<i32>) -> Result<i32> {
    caller.require_on(Action::PublishWorkflows, id)?;
    let workspace = caller.workspace;
    let mut tx = caller.begin().await?;
    let current = store::workflows::lock(&mut *tx, workspace, id).await?.ok_or_else(missing)?;
    if revision.is_some_and(|revision| revision != current) {
        return Err(stale(current));
    }
    let draft = store::workflows::draft(&mut *tx, workspace, id).await?.ok_or_else(missing)?;
    if let Some(version) = draft.live_version.filter(|_| !draft.has_unpublished_changes()) {
        return Ok(version);
    }
    let problems = check::problems(&mut tx, caller, &draft.workflow).await?;
    if !problems.is_empty() {
        return Err(Error::Problems(problems));
    }
    may_open_its_webhooks(caller, id, &draft.workflow)?;
    let version =
        store::versions::publish(&mut *tx, workspace, id, caller.user, &draft.workflow.clone().unpinned()).await?;
    store::workflows::set_live(&mut *tx, workspace, id, Some(version)).await?;
    triggers::register(&mut tx, &caller.app.secrets, workspace, id, &draft.workflow, true).await?;
    tx.commit().await?;
    Ok(version)
}

/// Says what people call a version and what they say of it.
pub async fn describe(caller: &Caller, id: WorkflowId, version: i32, name: &str, note: &str) -> Result<()> {
    caller.require_on(Action::PublishWorkflows, id)?;
    for (field, text, most) in [("name", name, MAX_VERSION_NAME), ("note", note, MAX_VERSION_NOTE)] {
        if text.chars().count() > most || text.contains('\0') {
            let message = format!("The {field} has {most} characters at most, and none that cannot be kept.");
            return Err(ApiError::invalid(field, message).into());
        }
    }
    let mut tx = caller.begin().await?;
    let known = store::versions::describe(&mut *tx, caller.workspace, (id, version), name.trim(), note.trim()).await?;
    if !known {
        return Err(ApiError::not_found("version").into());
    }
    tx.commit().await?;
    Ok(())
}

/// Stops its triggers. Its versions stay, and executions under way go on.
pub async fn unpublish(caller: &Caller, id: WorkflowId) -> Result<()> {
    caller.require_on(Action::PublishWorkflows, id)?;
    let mut tx = caller.begin().await?;
    let workspace = caller.workspace;
    store::workflows::lock(&mut *tx, workspace, id).await?.ok_or_else(missing)?;
    let draft = store::workflows::draft(&mut *tx, workspace, id).await?.ok_or_else(missing)?;
    store::triggers::retire_others(&mut *tx, workspace, id, &[]).await?;
    triggers::register(&mut tx, &caller.app.secrets, workspace, id, &draft.workflow, false).await?;
    store::workflows::set_live(&mut *tx, workspace, id, None).await?;
    tx.commit().await?;
    Ok(())
}

/// Whoever knows the address of a webhook without authentication may start executions: admins decide that.
fn may_open_its_webhooks(caller: &Caller, id: WorkflowId, workflow: &Workflow) -> Result<()> {
    let open = |node: &&_| matches!(Trigger::of(node), Ok(Trigger::Webhook { auth: WebhookAuth::None, .. }));
    let Some(node) = workflow.triggers().find(open) else { return Ok(()) };
    caller.require_on(Action::OpenWebhooks, id).map_err(|refusal| {
        let message = "Choose a token or a signature, or ask an owner or admin to publish it as it is.";
        refusal.with_problems(vec![Problem::of_node(&node.id, "auth", message)])
    })?;
    Ok(())
}
