//! Changing a webhook's secret while services go on calling: for a day, calls with the old one are taken too.

use base64::{Engine, prelude::BASE64_STANDARD};
use rand::TryRng;
use zeroize::Zeroizing;

use crate::{
    api::ApiError,
    domain::{
        credential::{Contents, CredentialKind},
        id::TriggerId,
        role::Action,
        trigger::{NewSecret, Trigger, WebhookAuth},
    },
    server::{Caller, Error, Result, auth::login, store},
};

/// Gives the webhook's credential another secret: `entered`, where the service made it, else a random one. Whatever else
/// uses the credential has the new one from now on.
pub async fn replace(caller: &Caller, id: TriggerId, entered: Option<String>) -> Result<NewSecret> {
    caller.require(Action::ReplaceWebhooks)?;
    login::require_confirmed_person(caller).await?;
    let mut tx = caller.begin().await?;
    let auth = auth(caller, &mut tx, id).await?;
    let secret = Zeroizing::new(match &entered {
        Some(entered) => entered.trim().to_owned(),
        None => random()?,
    });
    let name = auth.secret().ok_or_else(open)?;
    let credential = store::credentials::sealed(&mut *tx, caller.workspace, name).await?.ok_or_else(|| gone(name))?;
    let values = [("value".to_owned(), secret.to_string())].into();
    let contents = Contents { values, ..Contents::default() };
    if let Some(problem) = contents.problems(CredentialKind::Secret).into_iter().next() {
        return Err(ApiError::invalid("value", problem.message).into());
    }
    if credential.kind != CredentialKind::Secret {
        return Err(gone(name));
    }
    let (secrets, version) = (&caller.app.secrets, credential.version + 1);
    let sealed = secrets.seal_values(&mut tx, caller.workspace, credential.id, version, &contents.values).await?;
    let old_until = store::secrets::shift(&mut *tx, caller.workspace, credential.id, version, &sealed).await?;
    let old_until = old_until.ok_or_else(|| ApiError::conflict("changed", "Somebody else replaced it just now."))?;
    tx.commit().await?;
    tracing::info!(trigger = %id, credential = %credential.id, by = %caller.email, "a webhook's secret was replaced");
    Ok(NewSecret { secret: entered.is_none().then(|| secret.to_string()), old_until })
}

/// Takes calls with the new secret only, from within a second on.
pub async fn end_old(caller: &Caller, id: TriggerId) -> Result<()> {
    caller.require(Action::ReplaceWebhooks)?;
    let mut tx = caller.begin().await?;
    let auth = auth(caller, &mut tx, id).await?;
    let name = auth.secret().ok_or_else(open)?;
    if !store::secrets::forget_previous(&mut *tx, caller.workspace, name).await? {
        return Err(ApiError::conflict("no_old_secret", "The webhook takes one secret only.").into());
    }
    tx.commit().await?;
    tracing::info!(trigger = %id, by = %caller.email, "a webhook's old secret was ended");
    Ok(())
}

async fn auth(caller: &Caller, db: &mut sqlx::PgConnection, id: TriggerId) -> Result<WebhookAuth> {
    match store::webhooks::definition(db, caller.workspace, id).await? {
        Some(Trigger::Webhook { auth, .. }) => Ok(auth),
        _ => Err(ApiError::not_found("webhook").into()),
    }
}

/// As Standard Webhooks writes it; other services take it as a text.
fn random() -> Result<String> {
    let mut bytes = Zeroizing::new([0; 32]);
    rand::rngs::SysRng.try_fill_bytes(bytes.as_mut_slice()).map_err(Error::internal)?;
    Ok(format!("whsec_{}", BASE64_STANDARD.encode(bytes.as_slice())))
}

fn open() -> Error {
    ApiError::conflict("no_secret", "This webhook has no secret: it takes calls without authentication.").into()
}

fn gone(name: &str) -> Error {
    let detail = format!("There is no secret text “{name}” any more. Create it again under Credentials.");
    ApiError::conflict("no_secret", detail).into()
}
