//! Notes which node used a credential, in which execution: once a minute for each, so that work does not wait for it.

use std::{sync::LazyLock, time::Duration};

use moka::sync::Cache;

use super::{Core, attempt::Work};
use crate::{
    domain::id::{CredentialId, ExecutionId, NodeId},
    server::store::credentials,
};

/// What was noted within the last minute by this replica.
static NOTED: LazyLock<Cache<(CredentialId, String), ExecutionId>> =
    LazyLock::new(|| Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(60)).build());

/// That it cannot be noted hinders nobody.
pub async fn note(core: &Core, work: &Work, credential: CredentialId) {
    let node: &NodeId = &work.node().id;
    let key = (credential, format!("{}/{node}", work.node().name));
    if NOTED.contains_key(&key) {
        return;
    }
    NOTED.insert(key, work.execution);
    let noted = credentials::note_use(&core.parts.pool, work.workspace, credential, work.execution, node).await;
    if let Err(error) = noted {
        tracing::debug!(%error, %credential, "the use of a credential could not be noted");
    }
}
