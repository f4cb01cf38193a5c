//! Live webhooks in memory, for at most a second: the way from a call to its commit asks the database nothing else.

use std::{net::IpAddr, sync::Arc, time::Duration};

use ipnet::IpNet;
use moka::future::Cache;
use sqlx::PgConnection;
use tokio::sync::Semaphore;

use super::{
    answer, token,
    verifier::{Verifier, Verifiers},
};
use crate::{
    api::ApiError,
    domain::{
        id::{NodeId, TriggerId, WorkflowId, WorkspaceId},
        trigger::{Trigger, WebhookAuth},
        workflow::Workflow,
    },
    server::{
        AppState, Error, Result,
        secrets::Secrets,
        store::{self, webhooks::Endpoint},
    },
};

/// Look-ups in the database at the same time: guessing addresses must not take all connections.
const LOOK_UPS: usize = 4;

/// How long a change of a webhook, its workflow or its secret may go unnoticed.
const FRESH: Duration = Duration::from_secs(1);

/// A live webhook with all that a call needs.
pub struct Hook {
    pub workspace: WorkspaceId,
    pub trigger: TriggerId,
    pub workflow: WorkflowId,
    pub node: NodeId,
    pub version: i32,
    pub definition: Arc<Workflow>,
    pub verifiers: Verifiers,
    /// Bytes of the largest body.
    pub max_body: usize,
    /// What its callers wait for; none: they do not.
    pub waits: Option<answer::WaitsFor>,
    /// Networks that may call; none: all.
    sources: Option<Vec<IpNet>>,
}

impl Hook {
    /// Refuses a caller from elsewhere than the webhook's owner allows.
    pub fn admit(&self, source: Option<IpAddr>) -> Result<(), ApiError> {
        let Some(networks) = &self.sources else { return Ok(()) };
        if source.is_some_and(|source| networks.iter().any(|network| network.contains(&source.to_canonical()))) {
            return Ok(());
        }
        let from = source.map_or_else(|| "an unknown address".to_owned(), |source| source.to_string());
        Err(ApiError::forbidden(format!("This webhook takes no calls from {from}. Its owner can allow the address.")))
    }
}

/// The webhooks that were called last, found or not. Cheap to clone.
#[derive(Clone)]
pub struct Hooks {
    known: Cache<Vec<u8>, Option<Arc<Hook>>>,
    turns: Arc<Semaphore>,
}

impl Default for Hooks {
    fn default() -> Self {
        let known = Cache::builder().max_capacity(10_000).time_to_live(FRESH).build();
        let turns = Arc::new(Semaphore::new(LOOK_UPS));
        Self { known, turns }
    }
}

impl Hooks {
    /// The live webhook with this token; none: there is none, or not any more, or not yet.
    pub async fn find(&self, app: &AppState, token: &str) -> Result<Option<Arc<Hook>>> {
        let Some(hash) = token::look_up(token) else { return Ok(None) };
        if let Some(known) = self.known.get(&hash).await {
            return Ok(known);
        }
        let load = async { self.load(app, &hash).await.map_err(ApiError::from) };
        Ok(self.known.try_get_with(hash.clone(), load).await.map_err(Arc::unwrap_or_clone)?)
    }

    async fn load(&self, app: &AppState, hash: &[u8]) -> Result<Option<Arc<Hook>>> {
        let _turn = self.turns.acquire().await.map_err(Error::internal)?;
        let Some(endpoint) = store::webhooks::endpoint(&app.everywhere, hash).await? else { return Ok(None) };
        let Trigger::Webhook { auth, sources, max_body_mib } = &endpoint.definition else { return Ok(None) };
        let mut tx = app.intake.begin(endpoint.workspace).await?;
        let verifiers = verifiers(&mut tx, &app.secrets, &endpoint, auth).await?;
        let key = (endpoint.workspace, endpoint.workflow, endpoint.version);
        let definition = app.versions.get(&mut *tx, key).await?;
        Ok(Some(Arc::new(Hook {
            workspace: endpoint.workspace,
            trigger: endpoint.trigger,
            workflow: endpoint.workflow,
            waits: answer::wanted(definition.node(&endpoint.node)),
            node: endpoint.node,
            version: endpoint.version,
            definition,
            verifiers,
            max_body: *max_body_mib as usize * 1024 * 1024,
            sources: (!sources.is_empty()).then(|| sources.iter().filter_map(|text| super::network(text)).collect()),
        })))
    }
}

/// One per secret: the newest, and the one before it for as long as both are taken.
async fn verifiers(
    db: &mut PgConnection,
    secrets: &Secrets,
    endpoint: &Endpoint,
    auth: &WebhookAuth,
) -> Result<Verifiers> {
    let Some(name) = auth.secret() else {
        return Ok(Verifiers::one(Verifier::of(auth, None)));
    };
    let Some(all) = secrets.webhook_secrets(db, endpoint.workspace, name).await? else {
        let (workflow, node) = (endpoint.workflow, &endpoint.node);
        tracing::warn!(%workflow, %node, "webhook calls are refused: the credential “{name}” holds no secret text for webhooks");
        return Ok(Verifiers::one(Verifier::of(auth, None)));
    };
    let old = all.old.map(|(old, until)| (Verifier::of(auth, Some(old.as_str())), until.timestamp()));
    Ok(Verifiers { current: Verifier::of(auth, Some(all.current.as_str())), old })
}
