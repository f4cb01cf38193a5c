//! Live webhooks in memory, for at most a second: the way from a call to its commit asks the database nothing else.

use std::{num::NonZeroU32, sync::Arc, sync::OnceLock, time::Duration};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock};
use moka::future::Cache;
use sqlx::PgConnection;
use tokio::sync::Semaphore;

use super::{token, verifier::Verifier, versions::Versions};
use crate::{
    api::ApiError,
    domain::{
        credential::CredentialKind,
        id::{NodeId, TriggerId, WorkflowId, WorkspaceId},
        trigger::{Trigger, WebhookAuth},
        workflow::Workflow,
    },
    server::{
        AppState, Error, Result,
        config::Config,
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
    pub verifier: Verifier,
}

/// The webhooks that were called last, found or not. Cheap to clone.
#[derive(Clone)]
pub struct Hooks {
    known: Cache<Vec<u8>, Option<Arc<Hook>>>,
    versions: Versions,
    turns: Arc<Semaphore>,
    pace: Arc<OnceLock<Option<DefaultKeyedRateLimiter<TriggerId>>>>,
}

impl Default for Hooks {
    fn default() -> Self {
        let known = Cache::builder().max_capacity(10_000).time_to_live(FRESH).build();
        let turns = Arc::new(Semaphore::new(LOOK_UPS));
        Self { known, versions: Versions::default(), turns, pace: Arc::default() }
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
        let Trigger::Webhook { auth } = &endpoint.definition else { return Ok(None) };
        let mut tx = app.tenants.begin(endpoint.workspace).await?;
        let verifier = verifier(&mut tx, &app.secrets, &endpoint, auth).await?;
        let key = (endpoint.workspace, endpoint.workflow, endpoint.version);
        let definition = self.versions.get(&mut *tx, key).await?;
        Ok(Some(Arc::new(Hook {
            workspace: endpoint.workspace,
            trigger: endpoint.trigger,
            workflow: endpoint.workflow,
            node: endpoint.node,
            version: endpoint.version,
            definition,
            verifier,
        })))
    }

    /// Refuses a call that comes faster than the webhook may be called.
    pub fn pace(&self, config: &Config, trigger: TriggerId) -> Result<()> {
        let Some(pace) = self.pace.get_or_init(|| limiter(config.webhook_rate)) else { return Ok(()) };
        pace.check_key(&trigger).map_err(|early| {
            let wait = early.wait_time_from(pace.clock().now());
            Error::Overloaded(u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1))
        })
    }
}

/// A bucket per webhook that holds twice what flows in within a second; 0: no limit.
fn limiter(per_second: u32) -> Option<DefaultKeyedRateLimiter<TriggerId>> {
    let rate = NonZeroU32::new(per_second)?;
    Some(RateLimiter::keyed(Quota::per_second(rate).allow_burst(rate.saturating_mul(TWO))))
}

const TWO: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);

async fn verifier(
    db: &mut PgConnection,
    secrets: &Secrets,
    endpoint: &Endpoint,
    auth: &WebhookAuth,
) -> Result<Verifier> {
    let (WebhookAuth::HeaderToken { secret, .. } | WebhookAuth::HmacSha256 { secret, .. }) = auth else {
        return Ok(Verifier::of(auth, None));
    };
    let credential = secrets.credential(db, endpoint.workspace, secret).await?;
    let value = match &credential {
        Some((CredentialKind::Secret, credential)) => credential.values.get("value").map(String::as_str),
        _ => None,
    };
    if value.is_none() {
        let (workflow, node) = (endpoint.workflow, &endpoint.node);
        tracing::warn!(%workflow, %node, "webhook calls are refused: the credential “{secret}” holds no secret text");
    }
    Ok(Verifier::of(auth, value))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_webhook_takes_twice_its_rate_at_once_and_then_says_when_to_come_back() {
        let limiter = limiter(100).unwrap();
        let (one, other) = (TriggerId(Uuid::from_u128(1)), TriggerId(Uuid::from_u128(2)));
        let taken = (0..300).filter(|_| limiter.check_key(&one).is_ok()).count();
        assert!((200..250).contains(&taken), "{taken}");
        assert!(limiter.check_key(&other).is_ok());
    }

    #[test]
    fn a_rate_of_zero_is_no_limit() {
        assert!(limiter(0).is_none());
    }
}
