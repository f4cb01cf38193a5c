//! The way of a person to the provider's page and back: begun under Credentials, ended at `/oauth/callback`. The state ties
//! the answer to the person, the credential and ten minutes; PKCE ties the code to this server.

use axum::{
    Router,
    extract::{Query, State},
    response::Redirect,
    routing::get,
};
use rand::TryRng;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use url::Url;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use super::{Grant, Refusal, fetch, readable};
use crate::{
    api::ApiError,
    domain::{credential::CredentialKind, id::CredentialId, role::Action},
    server::{
        AppState, Caller, Error, Result,
        config::Config,
        credentials,
        runners::Secret,
        store::{self, credentials::Locked},
    },
};

const PATH: &str = "/oauth/callback";

pub fn router() -> Router<AppState> {
    Router::new().route(PATH, get(callback))
}

/// What has to be entered at the provider as the address to come back to.
pub fn callback_url(config: &Config) -> String {
    format!("{}{PATH}", config.public_url())
}

/// The address of the provider's page, where the person says yes.
pub async fn begin(caller: &Caller, id: CredentialId) -> Result<String> {
    let mut tx = caller.begin().await?;
    let Locked { name, kind, .. } = credentials::managed(caller, &mut tx, id).await?;
    if kind != CredentialKind::OAuth2Code {
        return Err(ApiError::conflict("not_connectable", "Only OAuth2 as a person is connected.").into());
    }
    let secrets = &caller.app.secrets;
    let (_, credential) =
        secrets.credential(&mut tx, caller.workspace, &name).await?.ok_or_else(|| ApiError::not_found("credential"))?;
    let state = state()?;
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(secrets.pkce_verifier(&state)?.as_bytes()));
    let address = address(&credential, &callback_url(&caller.app.config), &state, &challenge)?;
    store::oauth::begin(&mut *tx, caller.workspace, &hash(&state), id, caller.user).await?;
    tx.commit().await?;
    Ok(address)
}

fn address(credential: &Secret, redirect: &str, state: &str, challenge: &str) -> Result<String> {
    let value = |name: &str| credential.values.get(name).map_or("", String::as_str);
    let mut url: Url = value("authorize_url").parse().map_err(|_| {
        ApiError::conflict(
            "not_connectable",
            "The authorization page's address cannot be read. Replace the credential.",
        )
    })?;
    let ours =
        ["response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method", "scope"];
    // What else stands in the address is the provider's own, such as access_type=offline.
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| !ours.contains(&name.as_ref()))
        .map(|(n, v)| (n.into(), v.into()))
        .collect();
    let mut query = url.query_pairs_mut();
    query.clear().extend_pairs(kept);
    query.append_pair("response_type", "code").append_pair("client_id", value("client_id"));
    query.append_pair("redirect_uri", redirect).append_pair("state", state);
    query.append_pair("code_challenge", challenge).append_pair("code_challenge_method", "S256");
    if !value("scopes").is_empty() {
        query.append_pair("scope", value("scopes"));
    }
    drop(query);
    Ok(url.into())
}

/// What the provider sends back with the person.
#[derive(Deserialize)]
struct Answer {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// Ends the connection, well or not, and shows the credential's page, which tells. Only the person who began may end it.
async fn callback(
    State(app): State<AppState>,
    caller: Result<Caller, ApiError>,
    Query(answer): Query<Answer>,
) -> Result<Redirect> {
    let Ok(caller) = caller else { return Ok(Redirect::to("/login")) };
    caller.require(Action::AddCredentials)?;
    let state = answer.state.clone().unwrap_or_default();
    let mut tx = caller.begin().await?;
    let found = store::oauth::end(&mut *tx, caller.workspace, &hash(&state), caller.user).await?;
    // Used up, whatever comes.
    tx.commit().await?;
    let Some((id, name)) = found else { return Ok(Redirect::to("/credentials?connection=unknown")) };
    if let Err(refusal) = end(&app, &caller, &name, &state, answer).await? {
        let mut tx = caller.begin().await?;
        store::oauth::fail(&mut *tx, caller.workspace, id, refusal.words()).await?;
        tx.commit().await?;
    }
    Ok(Redirect::to(&format!("/credentials/{id}")))
}

async fn end(app: &AppState, caller: &Caller, name: &str, state: &str, answer: Answer) -> Result<Result<(), Refusal>> {
    let Some(code) = answer.code.filter(|_| answer.error.is_none()) else {
        let said = [answer.error, answer.error_description].into_iter().flatten().collect::<Vec<_>>().join(": ");
        let said = if said.is_empty() { "it sent no code".to_owned() } else { readable(&said) };
        return Ok(Err(Refusal::Final(format!("The service did not allow it: {said}."))));
    };
    let mut tx = caller.begin().await?;
    let Some((_, credential)) = app.secrets.credential(&mut tx, caller.workspace, name).await? else {
        return Err(ApiError::not_found("credential").into());
    };
    drop(tx);
    let (verifier, redirect) = (app.secrets.pkce_verifier(state)?, callback_url(&app.config));
    let grant = Grant::Code { code: &code, verifier: &verifier, redirect: &redirect };
    let tokens = match fetch(&app.egress, &credential, grant).await {
        Ok(tokens) => tokens,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut tx = caller.begin().await?;
    if !store::oauth::lock(&mut *tx, caller.workspace, credential.id, credential.version).await? {
        return Ok(Err(Refusal::Final("The credential was replaced meanwhile. Connect it again.".to_owned())));
    }
    app.secrets.keep_tokens(&mut tx, caller.workspace, &credential, &tokens).await?;
    tx.commit().await?;
    tracing::info!(credential = %credential.id, by = %caller.email, "a credential was connected");
    Ok(Ok(()))
}

fn state() -> Result<String> {
    let mut bytes = [0; 32];
    rand::rngs::SysRng.try_fill_bytes(&mut bytes).map_err(Error::internal)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

fn hash(state: &str) -> Vec<u8> {
    Sha256::digest(state).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_providers_own_parameters_stay_and_ours_come_from_here_alone() {
        let values = [
            ("authorize_url", "https://auth.example.com/authorize?access_type=offline&state=theirs&redirect_uri=evil"),
            ("client_id", "flowpilot"),
            ("scopes", "read write"),
        ];
        let credential = Secret::of(CredentialKind::OAuth2Code, values);
        let address = address(&credential, "https://flow.example.com/oauth/callback", "ours", "c").unwrap();
        let url: Url = address.parse().unwrap();
        let all: Vec<(String, String)> = url.query_pairs().map(|(n, v)| (n.into(), v.into())).collect();
        let of = |name: &str| all.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect::<Vec<_>>();
        assert_eq!(of("access_type"), ["offline"]);
        assert_eq!((of("state"), of("redirect_uri")), (vec!["ours"], vec!["https://flow.example.com/oauth/callback"]));
        assert_eq!((of("scope"), of("code_challenge_method")), (vec!["read write"], vec!["S256"]));
    }
}
