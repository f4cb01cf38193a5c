//! Published versions in memory, for whatever starts them. A version never changes, so nothing here grows old.

use std::sync::Arc;

use moka::future::Cache;
use sqlx::PgExecutor;

use crate::{
    api::ApiError,
    domain::{
        id::{WorkflowId, WorkspaceId},
        workflow::Workflow,
    },
    server::{Result, store},
};

type Key = (WorkspaceId, WorkflowId, i32);

/// The versions that were started last. Cheap to clone.
#[derive(Clone)]
pub struct Versions(Cache<Key, Arc<Workflow>>);

impl Default for Versions {
    fn default() -> Self {
        Self(Cache::new(1_000))
    }
}

impl Versions {
    /// The version, which the workspace has to have.
    pub async fn get(&self, db: impl PgExecutor<'_>, key: Key) -> Result<Arc<Workflow>> {
        let (workspace, workflow, version) = key;
        let load = async {
            let definition = store::webhooks::version(db, workspace, workflow, version).await;
            definition.map(Arc::new).map_err(ApiError::from)
        };
        Ok(self.0.try_get_with(key, load).await.map_err(Arc::unwrap_or_clone)?)
    }
}
