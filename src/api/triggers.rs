//! Triggers: webhooks and schedules with their addresses and times.

use leptos::{prelude::*, server_fn::codec::Json};

use super::ApiError;
use crate::domain::{
    id::{TriggerId, WorkflowId},
    trigger::{NewSecret, SchedulePreview, TriggerSummary},
};

/// The triggers of one workflow, or of all; those of the draft and those that are live.
#[server(input = Json, output = Json)]
pub async fn list_triggers(workflow: Option<WorkflowId>) -> Result<Vec<TriggerSummary>, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::ViewWorkflows).await?;
    Ok(server::triggers::list::list(&caller, workflow).await?)
}

/// A cron pattern in words with its next five times, or which field does not read and why.
#[server(input = Json, output = Json)]
pub async fn preview_schedule(cron: String, time_zone: String) -> Result<SchedulePreview, ApiError> {
    use crate::{domain::role::Action, server};
    server::permit(Action::ViewWorkflows).await?;
    server::triggers::schedule::Schedule::parse(&cron, &time_zone)
        .map(|schedule| schedule.preview(chrono::Utc::now()))
        .map_err(|invalid| ApiError::invalid(invalid.field, invalid.message))
}

/// Gives a webhook a new address and returns it; the old one stops working.
#[server(input = Json, output = Json)]
pub async fn rotate_webhook(id: TriggerId) -> Result<String, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::ReplaceWebhooks).await?;
    Ok(server::triggers::list::rotate(&caller, id).await?)
}

/// Gives a webhook's credential another secret: the one entered, else a random one that is shown this once. For a day, calls
/// with the old one are taken too. Answers 403 `confirm_password` when the person has not shown their password lately.
#[server(input = Json, output = Json)]
pub async fn replace_webhook_secret(id: TriggerId, entered: Option<String>) -> Result<NewSecret, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::ReplaceWebhooks).await?;
    Ok(server::triggers::secret::replace(&caller, id, entered).await?)
}

/// Ends the time in which the old secret is taken too.
#[server(input = Json, output = Json)]
pub async fn end_old_webhook_secret(id: TriggerId) -> Result<(), ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::ReplaceWebhooks).await?;
    Ok(server::triggers::secret::end_old(&caller, id).await?)
}

/// The time zones that a schedule may go by.
#[server(input = Json, output = Json)]
pub async fn list_time_zones() -> Result<Vec<String>, ApiError> {
    use crate::{domain::role::Action, server};
    server::permit(Action::ViewWorkflows).await?;
    Ok(server::triggers::schedule::time_zones().into_iter().map(str::to_owned).collect())
}
