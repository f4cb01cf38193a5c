//! What past executions tell of a workflow.

use leptos::{prelude::*, server_fn::codec::Json};

use super::ApiError;
use crate::domain::{id::WorkflowId, insight::Insight};

/// Times and schemas of the last executions of this version (0: drafts; none: the live one, else drafts).
#[server(input = Json, output = Json)]
pub async fn get_insight(workflow: WorkflowId, version: Option<i32>) -> Result<Insight, ApiError> {
    use crate::{
        domain::{insight::USUAL, role::Action},
        server::{insight, permit},
    };
    let caller = permit(Action::ViewExecutions).await?;
    Ok(insight::of(&caller, workflow, insight::Wish { version, last: USUAL }).await?)
}
