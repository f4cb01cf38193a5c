//! An access token that is good for a while yet: the one that is kept, or a new one. Replicas take turns at the credential's
//! row: one renews, the others find what it kept.

use sqlx::PgConnection;
use tokio::sync::Semaphore;

use super::{Grant, Refusal, Tokens, fetch};
use crate::{
    domain::{credential::CredentialKind, id::WorkspaceId},
    server::{
        Error, Result,
        egress::Egress,
        runners::{RunError, Secret},
        secrets::Secrets,
        store::{oauth, tenants::Reach},
    },
};

/// Renewals at a time on this replica: each holds a connection while the token endpoint takes its time.
static TURNS: Semaphore = Semaphore::const_new(4);

/// The credential with its access token in the place of what fetches it; any other kind as it is.
pub async fn usable(
    reach: Reach<'_>,
    secrets: &Secrets,
    egress: &Egress,
    workspace: WorkspaceId,
    credential: Secret,
) -> Result<Secret, RunError> {
    if !credential.kind.is_oauth2() {
        return Ok(credential);
    }
    let broken = |error: Error| {
        tracing::error!(%error, credential = %credential.id, "the tokens of a credential could not be read or kept");
        RunError::retry("The credential's tokens could not be read or kept.")
    };
    let mut db = reach.begin().await.map_err(broken)?;
    let kept = secrets.tokens(&mut db, workspace, &credential).await.map_err(broken)?;
    drop(db);
    if let Some((tokens, standing)) = kept
        && standing.is_fresh
    {
        return Ok(with_token(&credential, &tokens));
    }
    let _turn = TURNS.acquire().await.map_err(|error| broken(Error::internal(error)))?;
    let mut tx = reach.begin().await.map_err(broken)?;
    let renewed = renew(&mut tx, secrets, egress, workspace, &credential).await.map_err(broken)?;
    tx.commit().await.map_err(broken)?;
    renewed.map(|tokens| with_token(&credential, &tokens)).map_err(told)
}

/// Looks again with the row locked, then asks the server. Why it refused is kept with the credential.
async fn renew(
    db: &mut PgConnection,
    secrets: &Secrets,
    egress: &Egress,
    workspace: WorkspaceId,
    credential: &Secret,
) -> Result<Result<Tokens, Refusal>> {
    if !oauth::lock(&mut *db, workspace, credential.id, credential.version).await? {
        return Ok(Err(Refusal::Passing("The credential was replaced just now.".to_owned())));
    }
    let kept = secrets.tokens(&mut *db, workspace, credential).await?;
    if let Some((tokens, standing)) = &kept
        && standing.is_fresh
    {
        return Ok(Ok(tokens.clone()));
    }
    let refresh = kept.as_ref().and_then(|(tokens, _)| tokens.refresh_token.clone());
    let grant = match (credential.kind, &refresh) {
        (CredentialKind::OAuth2Client, _) => Grant::Client,
        (_, Some(token)) => Grant::Refresh { token },
        (_, None) if kept.is_some() => {
            return refused(
                db,
                workspace,
                credential,
                "The access token has ended, and the service gave none to renew it with. Connect it again.",
            )
            .await;
        }
        (_, None) => {
            let words = "Nobody has connected this credential yet. Open it under Credentials and press “Connect”.";
            return Ok(Err(Refusal::Final(words.to_owned())));
        }
    };
    let fetched = fetch(egress, credential, grant).await;
    match fetched {
        Ok(mut tokens) => {
            tokens.refresh_token = tokens.refresh_token.take().or(refresh);
            secrets.keep_tokens(&mut *db, workspace, credential, &tokens).await?;
            tracing::info!(credential = %credential.id, "an access token was renewed");
            Ok(Ok(tokens))
        }
        Err(refusal) => {
            oauth::fail(&mut *db, workspace, credential.id, refusal.words()).await?;
            match kept {
                // Good for less than the margin, but good.
                Some((tokens, standing)) if standing.is_good => Ok(Ok(tokens)),
                _ => Ok(Err(refusal)),
            }
        }
    }
}

async fn refused(
    db: &mut PgConnection,
    workspace: WorkspaceId,
    credential: &Secret,
    words: &str,
) -> Result<Result<Tokens, Refusal>> {
    oauth::fail(db, workspace, credential.id, words).await?;
    Ok(Err(Refusal::Final(words.to_owned())))
}

fn with_token(credential: &Secret, tokens: &Tokens) -> Secret {
    credential.with_values([("token".to_owned(), tokens.access_token.clone())].into())
}

fn told(refusal: Refusal) -> RunError {
    match refusal {
        Refusal::Passing(words) => RunError::retry(format!("No access token: {words}")),
        Refusal::Final(words) => RunError::field("credential", format!("No access token: {words}")),
    }
}
