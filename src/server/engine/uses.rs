//! Credentials in executions: whether one may be used here, and which node used it in which execution, once a minute for
//! each, so that work does not wait for it.

use std::{sync::LazyLock, time::Duration};

use moka::sync::Cache;

use super::{Core, work::Work};
use crate::{
    domain::id::{CredentialId, NodeId},
    server::{
        runners::{RunError, Secret},
        store,
    },
};

/// What was noted within the last minute by this replica: which node of which version used it.
static NOTED: LazyLock<Cache<(CredentialId, usize, NodeId), ()>> =
    LazyLock::new(|| Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(60)).build());

/// How often the database is asked for an execution whose start is on its way there, and how long apart.
const LOOKS: u32 = 250;
const APART: Duration = Duration::from_millis(20);

/// Refuses a credential for chosen people where nobody of them answers for the execution: of those who may use it now,
/// somebody published the version, or started the draft. `field` names it in the node.
pub async fn vouch(core: &Core, work: &Work, credential: &Secret, field: &str) -> Result<(), RunError> {
    if !credential.only_chosen {
        return Ok(());
    }
    let (pool, by) = (&core.parts.pool, work.by.as_deref());
    for _ in 0..LOOKS {
        match store::grants::is_vouched_for(pool, work.workspace, credential.id, work.execution, by).await {
            Ok(Some(true)) => return Ok(()),
            Ok(Some(false)) => {
                let message = "This credential is for chosen people only, and whoever published this version (of a draft: \
                               started it) is not one of them now. Somebody who may use it has to publish the workflow.";
                return Err(RunError::field(field, message));
            }
            Ok(None) => tokio::time::sleep(APART).await,
            Err(error) => {
                tracing::error!(%error, credential = %credential.id, "who may use a credential could not be looked up");
                break;
            }
        }
    }
    Err(RunError::retry("Who may use the credential could not be looked up."))
}

/// That it cannot be noted hinders nobody.
pub async fn note(core: &Core, work: &Work, credential: CredentialId) {
    let node = &work.node().id;
    let key = (credential, work.version_mark(), node.clone());
    if NOTED.contains_key(&key) {
        return;
    }
    NOTED.insert(key, ());
    let noted = store::uses::note(&core.parts.pool, work.workspace, credential, work.execution, node).await;
    if let Err(error) = noted {
        tracing::debug!(%error, %credential, "the use of a credential could not be noted");
    }
}
