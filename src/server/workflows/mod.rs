//! What can be done with workflows: drafts and lists here, publication and checks beside; called by server functions,
//! REST and the command line alike. Each call checks what its caller may do.

mod check;
mod company;
mod fetch;
mod publication;

use std::borrow::Cow;

use crate::{
    api::ApiError,
    domain::{
        draft::{Draft, Saved, Version, VersionSummary, WorkflowSummary},
        id::WorkflowId,
        problem::Problem,
        role::Action,
        template,
        workflow::Workflow,
    },
    server::{
        Caller, Error, Result,
        store::{self, tenants::WorkspaceTx, workflows::Filter},
        triggers,
    },
};

pub use check::input_depth;
pub use company::keep_company;
pub use fetch::fetch;
pub use publication::{describe, publish, unpublish};

/// Creates a workflow and says which id it has.
pub async fn create(caller: &Caller, workflow: &Workflow) -> Result<WorkflowId> {
    caller.require(Action::EditWorkflows)?;
    check::limits(workflow)?;
    let id = WorkflowId(uuid::Uuid::now_v7());
    let (workspace, by) = (caller.workspace, caller.user);
    let mut tx = caller.begin().await?;
    store::workflows::create(&mut *tx, store::workflows::Creation { workspace, id, by, workflow }).await?;
    triggers::register(&mut tx, &caller.app.secrets, workspace, id, workflow, false).await?;
    tx.commit().await?;
    Ok(id)
}

/// Creates an empty workflow, or one from a template. Without a name it gets the template's, or “Untitled workflow”.
pub async fn create_from(caller: &Caller, name: &str, template: Option<&str>) -> Result<WorkflowId> {
    let mut workflow = match template {
        None => Workflow { name: "Untitled workflow".to_owned(), ..Workflow::default() },
        Some(id) => template::find(id).ok_or_else(|| ApiError::not_found("template"))?.workflow(),
    };
    if !name.trim().is_empty() {
        workflow.name = name.trim().to_owned();
    }
    create(caller, &workflow).await
}

pub async fn get(caller: &Caller, id: WorkflowId) -> Result<Draft> {
    caller.require_on(Action::ViewWorkflows, id)?;
    let draft = checked_draft(caller, id).await?;
    if caller.may(Action::ViewPayloads) {
        return Ok(draft);
    }
    Ok(Draft { workflow: draft.workflow.unpinned(), ..draft })
}

async fn checked_draft(caller: &Caller, id: WorkflowId) -> Result<Draft> {
    let (mut tx, workspace) = (caller.begin().await?, caller.workspace);
    let mut draft = store::workflows::draft(&mut *tx, workspace, id).await?.ok_or_else(missing)?;
    draft.problems = check::problems(&mut tx, caller, &draft.workflow).await?;
    Ok(draft)
}

pub async fn list(caller: &Caller, filter: Filter) -> Result<Vec<WorkflowSummary>> {
    let only = caller.require_within(Action::ViewWorkflows)?.map(<[WorkflowId]>::to_vec);
    let filter = Filter { only, ..filter };
    store::workflows::list(&mut *caller.begin().await?, caller.workspace, &filter).await
}

/// Replaces the draft, if it still is at `revision`. A save that arrives twice is taken once.
pub async fn save(caller: &Caller, id: WorkflowId, revision: i32, workflow: &Workflow) -> Result<Saved> {
    caller.require_on(Action::EditWorkflows, id)?;
    check::limits(workflow)?;
    let workspace = caller.workspace;
    let mut tx = caller.begin().await?;
    let current = store::workflows::lock(&mut *tx, workspace, id).await?.ok_or_else(missing)?;
    let workflow = &*kept_pins(caller, &mut tx, id, workflow).await?;
    let problems = check::problems(&mut tx, caller, workflow).await?;
    if current != revision {
        let stored = store::workflows::draft(&mut *tx, workspace, id).await?.ok_or_else(missing)?;
        let is_the_same_save_again = current == revision + 1 && stored.workflow == *workflow;
        return if is_the_same_save_again { Ok(Saved { revision: current, problems }) } else { Err(stale(current)) };
    }
    let revision = store::workflows::save(&mut *tx, workspace, id, workflow).await?;
    triggers::register(&mut tx, &caller.app.secrets, workspace, id, workflow, false).await?;
    tx.commit().await?;
    Ok(Saved { revision, problems })
}

/// Whoever is not shown what is pinned cannot mean to remove it.
async fn kept_pins<'a>(
    caller: &Caller,
    tx: &mut WorkspaceTx,
    id: WorkflowId,
    workflow: &'a Workflow,
) -> Result<Cow<'a, Workflow>> {
    if caller.may(Action::ViewPayloads) {
        return Ok(Cow::Borrowed(workflow));
    }
    let stored = store::workflows::draft(&mut **tx, caller.workspace, id).await?.ok_or_else(missing)?;
    Ok(Cow::Owned(workflow.clone().pinned_as_in(&stored.workflow)))
}

/// The draft as it is, pins and problems and all, to try a part of it.
pub async fn draft_to_try(caller: &Caller, id: WorkflowId) -> Result<Workflow> {
    caller.require_on(Action::RunExecutions, id)?;
    Ok(checked_draft(caller, id).await?.workflow)
}

/// The draft, if it could be published: only then can it run. Whoever may run it need not be shown it.
pub async fn runnable_draft(caller: &Caller, id: WorkflowId) -> Result<Workflow> {
    caller.require_on(Action::RunExecutions, id)?;
    let draft = checked_draft(caller, id).await?;
    if draft.problems.is_empty() { Ok(draft.workflow) } else { Err(Error::Problems(draft.problems)) }
}

/// What would keep this workflow from being published here. Stores nothing.
pub async fn validate(caller: &Caller, workflow: &Workflow) -> Result<Vec<Problem>> {
    caller.require_within(Action::ViewWorkflows)?;
    check::limits(workflow)?;
    check::problems(&mut *caller.begin().await?, caller, workflow).await
}

/// Takes it out of every list and stops its triggers. Executions under way go on and stay readable.
pub async fn delete(caller: &Caller, id: WorkflowId) -> Result<()> {
    caller.require_on(Action::EditWorkflows, id)?;
    let mut tx = caller.begin().await?;
    store::workflows::lock(&mut *tx, caller.workspace, id).await?.ok_or_else(missing)?;
    store::triggers::retire_others(&mut *tx, caller.workspace, id, &[]).await?;
    store::workflows::delete(&mut *tx, caller.workspace, id).await?;
    tx.commit().await?;
    Ok(())
}

/// What was published of it, newest first.
pub async fn versions(caller: &Caller, id: WorkflowId) -> Result<Vec<VersionSummary>> {
    caller.require_on(Action::ViewWorkflows, id)?;
    let (mut tx, workspace) = (caller.begin().await?, caller.workspace);
    let versions = store::versions::list(&mut *tx, workspace, id).await?;
    if versions.is_empty() {
        store::workflows::draft(&mut *tx, workspace, id).await?.ok_or_else(missing)?;
    }
    Ok(versions)
}

pub async fn version(caller: &Caller, id: WorkflowId, version: i32) -> Result<Version> {
    caller.require_on(Action::ViewWorkflows, id)?;
    let found = store::versions::get(&mut *caller.begin().await?, caller.workspace, id, version).await?;
    found.ok_or_else(|| ApiError::not_found("version").into())
}

fn missing() -> Error {
    ApiError::not_found("workflow").into()
}

/// Two people, or two tabs, drew at the same time.
fn stale(current: i32) -> Error {
    let detail = format!(
        "Somebody saved revision {current} meanwhile. Reload to see it, or save yours on top of revision {current}; \
         nothing is lost."
    );
    ApiError::conflict("stale_revision", detail).into()
}
