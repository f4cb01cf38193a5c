//! Who else looks at a workflow, and whether somebody saved it meanwhile.

use uuid::Uuid;

use super::missing;
use crate::{
    domain::{
        draft::Company,
        id::{NodeId, WorkflowId},
        role::Action,
    },
    server::{Caller, Result, store},
};

/// Says that this tab is open, with this node selected, and tells who else is there.
pub async fn keep_company(caller: &Caller, id: WorkflowId, tab: Uuid, node: Option<NodeId>) -> Result<Company> {
    caller.require_on(Action::ViewWorkflows, id)?;
    let workspace = caller.workspace;
    let mut tx = caller.begin().await?;
    let revision = store::workflows::revision(&mut *tx, workspace, id).await?.ok_or_else(missing)?;
    let node = node.filter(|node| node.as_str().len() <= 64);
    let node = node.as_ref().map_or("", NodeId::as_str);
    store::presences::forget_gone(&mut *tx, workspace, id).await?;
    store::presences::renew(&mut *tx, workspace, id, (tab, caller.user), node).await?;
    let others = store::presences::others(&mut *tx, workspace, id, tab).await?;
    tx.commit().await?;
    Ok(Company { revision, others })
}
