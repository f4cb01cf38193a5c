//! Starts that come in a burst: each waits for a while, and a later one with the same key takes its place.

use super::{Engine, message::Letter, owned::Owned};
use crate::{
    domain::{
        execution::Phase,
        id::{ExecutionId, WorkspaceId},
        state::Admission,
    },
    server::{
        Result,
        store::{
            debounces,
            holds::{self, Key},
            inbox,
        },
    },
};

/// The latest start with the key stays; those before it hear of it in the commit that takes their place, whatever becomes of
/// this replica. Who has begun by then runs on.
pub async fn settle(engine: &Engine, workspace: WorkspaceId, execution: ExecutionId, key: &str) -> Result<()> {
    let pool = &engine.core.parts.pool;
    let Some(workflow) = holds::workflow_of(pool, workspace, execution).await? else { return Ok(()) };
    let key = Key { workspace, scope: format!("quiet:{workflow}"), key: key.to_owned() };
    let mut tx = pool.begin().await?;
    holds::lock(&mut *tx, &key).await?;
    let places = debounces::take_over(&mut *tx, &key, execution).await?;
    let superseded = places.earlier.into_iter().map(|earlier| (earlier, execution));
    let superseded: Vec<_> = superseded.chain(places.later.map(|later| (execution, later))).collect();
    for (earlier, by) in &superseded {
        let letter = serde_json::to_string(&Letter::Superseded { by: *by })?;
        inbox::put(&mut *tx, *earlier, &letter).await?;
    }
    tx.commit().await?;
    if !superseded.is_empty() {
        engine.core.notices.tell_mail();
    }
    engine.deliver_here(execution, Letter::InBurst).await;
    Ok(())
}

impl Owned {
    /// It waits whether another start comes.
    pub(super) fn is_quiet(&self) -> bool {
        let has_begun = self.state.phase >= Phase::Execute || self.state.status.is_finished();
        !has_begun && matches!(self.state.admission, Some(Admission::Quiet { .. }))
    }
}
