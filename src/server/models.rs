//! What a provider offers and how it fares, for whoever draws a node that asks it for a model. It is asked the way that the
//! node would: through the egress guard, with a credential that the person and the node may use.

use std::{
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use chrono::Utc;
use moka::sync::Cache;

use super::{
    Caller, Error, Result, credentials, oauth,
    runners::{self, Call, Offer, RunError, Secret},
    store::{self, tenants::Reach},
};
use crate::{
    api::ApiError,
    domain::{
        id::{CredentialId, WorkspaceId},
        provider::{ModelUsage, Provider},
        role::Action,
        task::{Input, Kind},
        workflow::Parameters,
    },
};

/// How long a provider may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// A workspace's question: which server, asked with which version of which credential.
type Question = (WorkspaceId, String, Option<(CredentialId, i32)>);

static KNOWN: LazyLock<Cache<Question, Arc<Provider>>> =
    LazyLock::new(|| Cache::builder().max_capacity(200).time_to_live(Duration::from_secs(600)).build());

/// What it says of itself is at most ten minutes old; what tasks asked of it is of this moment. Refuses at the field that
/// keeps it from asking.
pub async fn provider(caller: &Caller, kind: Kind, server: &str, credential: &str) -> Result<Provider> {
    caller.require(Action::UseCredentials)?;
    if kind.field("model").is_none_or(|field| !field.offers_models) {
        return Err(ApiError::invalid("kind", format!("{} asks no model.", kind.spec().label)).into());
    }
    let (server, secret) = (server.trim(), secret(caller, kind, credential.trim()).await?);
    let used = secret.as_ref().map(|secret| (secret.id, secret.version));
    let question = (caller.workspace, server.to_owned(), used);
    let known = match KNOWN.get(&question) {
        Some(known) => known,
        None => {
            let (asked_at, began) = (Utc::now(), Instant::now());
            let Offer { models, credits } = ask(caller, kind, server, secret).await?;
            let took_ms = began.elapsed().as_millis() as u64;
            let usage = ModelUsage::default();
            let found = Arc::new(Provider { models, credits, asked_at, took_ms, usage });
            KNOWN.insert(question, found.clone());
            found
        }
    };
    Ok(Provider { usage: runners::model_usage(caller.workspace, server), ..Provider::clone(&known) })
}

/// The credential of this name, if the person and such a node may use it; none: no name.
async fn secret(caller: &Caller, kind: Kind, name: &str) -> Result<Option<Secret>> {
    let Some(Input::Credential(wanted)) = kind.field("credential").map(|field| field.input) else { return Ok(None) };
    if name.is_empty() {
        return Ok(None);
    }
    let mut tx = caller.begin().await?;
    let mut known = store::credentials::known(&mut *tx, caller.workspace, &[name], caller.user).await?;
    if caller.role.may(Action::ManageCredentials) {
        known.values_mut().for_each(|known| known.is_entrusted = true);
    }
    if let Some(message) = credentials::misfit(name, known.get(name), wanted, kind) {
        return Err(ApiError::invalid("credential", message).into());
    }
    let found = caller.app.secrets.credential(&mut tx, caller.workspace, name).await?;
    Ok(found.map(|(_, secret)| secret))
}

async fn ask(caller: &Caller, kind: Kind, server: &str, secret: Option<Secret>) -> Result<Offer> {
    let (app, workspace) = (&caller.app, caller.workspace);
    let parameters = Parameters::from_iter([("server".to_owned(), server.into())]);
    let call = credentials::aside(caller, kind, parameters, PATIENCE)?;
    let asked = async {
        let credential = match secret {
            Some(secret) => {
                let reach = Reach::Workspace(&app.tenants, workspace);
                Some(oauth::usable(reach, &app.secrets, &app.egress, workspace, secret).await?)
            }
            None => None,
        };
        runners::models(Call { credential, ..call }).await
    };
    let refused = |field: &str, message: String| Error::from(ApiError::invalid(field, message));
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(offer)) => Ok(offer),
        Ok(Err(RunError::Retry { message, .. })) => Err(refused("server", message)),
        Ok(Err(RunError::Fail { message, field, .. })) => Err(refused(field.as_deref().unwrap_or("server"), message)),
        Err(_elapsed) => Err(refused("server", "The provider did not answer within 15 s.".to_owned())),
    }
}
