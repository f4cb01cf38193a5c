//! Workflows: drafts, publication, versions, templates.

use leptos::{prelude::*, server_fn::codec::Json};

use super::ApiError;
use crate::domain::{
    backtest::Backtest,
    draft::{Company, Draft, Saved, Version, VersionSummary, WorkflowSummary},
    id::{NodeId, WorkflowId},
    template::TemplateSummary,
    workflow::Workflow,
};

/// The workspace's workflows, last changed first, 500 at most.
#[server(input = Json, output = Json)]
pub async fn list_workflows() -> Result<Vec<WorkflowSummary>, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::ViewWorkflows).await?;
    let filter = server::store::workflows::Filter { limit: 500, ..Default::default() };
    Ok(server::workflows::list(&caller, filter).await?)
}

/// Creates an empty workflow, or one from a template; an empty name means the template's.
#[server(input = Json, output = Json)]
pub async fn create_workflow(name: String, template: Option<String>) -> Result<WorkflowId, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::EditWorkflows).await?;
    Ok(server::workflows::create_from(&caller, &name, template.as_deref()).await?)
}

/// Creates a workflow as it is given: import, paste, duplicate.
#[server(input = Json, output = Json)]
pub async fn import_workflow(workflow: Workflow) -> Result<WorkflowId, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::EditWorkflows).await?;
    Ok(server::workflows::create(&caller, &workflow).await?)
}

#[server(input = Json, output = Json)]
pub async fn get_workflow(id: WorkflowId) -> Result<Draft, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::ViewWorkflows).await?;
    Ok(server::workflows::get(&caller, id).await?)
}

/// Says that a tab has the workflow open, with this node selected, and tells who else has.
#[server(input = Json, output = Json)]
pub async fn keep_company(id: WorkflowId, tab: uuid::Uuid, node: Option<NodeId>) -> Result<Company, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::ViewWorkflows).await?;
    Ok(server::workflows::keep_company(&caller, id, tab, node).await?)
}

/// Replaces the draft, if it still is at `revision`; else 409 `stale_revision`.
#[server(input = Json, output = Json)]
pub async fn save_draft(id: WorkflowId, revision: i32, workflow: Workflow) -> Result<Saved, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::EditWorkflows).await?;
    Ok(server::workflows::save(&caller, id, revision, &workflow).await?)
}

/// Publishes the draft at `revision` and says which version it became; 422 `problems` while it has some.
#[server(input = Json, output = Json)]
pub async fn publish_workflow(id: WorkflowId, revision: i32, name: String, note: String) -> Result<i32, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::PublishWorkflows).await?;
    let version = server::workflows::publish(&caller, id, Some(revision)).await?;
    if !(name.is_empty() && note.is_empty()) {
        server::workflows::describe(&caller, id, version, &name, &note).await?;
    }
    Ok(version)
}

/// Says what people call a version and what they say of it.
#[server(input = Json, output = Json)]
pub async fn describe_version(id: WorkflowId, version: i32, name: String, note: String) -> Result<(), ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::PublishWorkflows).await?;
    Ok(server::workflows::describe(&caller, id, version, &name, &note).await?)
}

/// Stops its triggers.
#[server(input = Json, output = Json)]
pub async fn unpublish_workflow(id: WorkflowId) -> Result<(), ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::PublishWorkflows).await?;
    Ok(server::workflows::unpublish(&caller, id).await?)
}

/// What the draft as it is saved comes to on the last so many recorded inputs. Nothing is touched, nothing is written.
#[server(input = Json, output = Json)]
pub async fn backtest_workflow(id: WorkflowId, last: u32) -> Result<Backtest, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::RunExecutions).await?;
    Ok(server::backtest::run(&caller, id, last).await?)
}

#[server(input = Json, output = Json)]
pub async fn delete_workflow(id: WorkflowId) -> Result<(), ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::EditWorkflows).await?;
    Ok(server::workflows::delete(&caller, id).await?)
}

/// What was published, newest first.
#[server(input = Json, output = Json)]
pub async fn list_versions(id: WorkflowId) -> Result<Vec<VersionSummary>, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::ViewWorkflows).await?;
    Ok(server::workflows::versions(&caller, id).await?)
}

#[server(input = Json, output = Json)]
pub async fn get_version(id: WorkflowId, version: i32) -> Result<Version, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::ViewWorkflows).await?;
    Ok(server::workflows::version(&caller, id, version).await?)
}

#[server(input = Json, output = Json)]
pub async fn list_templates() -> Result<Vec<TemplateSummary>, ApiError> {
    use crate::{
        domain::{role::Action, template},
        server::permit,
    };
    permit(Action::ViewWorkflows).await?;
    Ok(template::ALL.iter().map(template::Template::describe).collect())
}

/// The text at an address, for import: fetched by the server, through the egress guard.
#[server(input = Json, output = Json)]
pub async fn fetch_workflow(url: String) -> Result<String, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::EditWorkflows).await?;
    Ok(server::workflows::fetch(&caller, &url).await?)
}
