//! Encryption of secrets at rest and masking of them in what is kept or shown. The instance's key wraps a data key per
//! workspace, which seals the values; nothing is cached, so a key is in memory only while it is used.

mod key;
mod mask;
mod ring;
mod rotation;
mod seal;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, OnceLock},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

pub use self::mask::Mask;
pub use self::rotation::{KeyStanding, Rotated};
use self::{key::Key, ring::Ring, rotation::instance_context, seal::seal};
use super::{
    Error, Result,
    oauth::Tokens,
    runners::Secret,
    store::{
        credentials, keys,
        oauth::{self, Standing},
        secrets,
    },
};
use crate::domain::{
    credential::CredentialKind,
    id::{CredentialId, ExecutionId, WorkspaceId},
    task::Kind,
};

const RESUME: &[u8] = b"flowpilot resume";
const FOREIGN: &str = "The key file does not belong to this database: its secrets were sealed with another key. Put the \
                       original secret.key back into the data directory, or point FLOWPILOT_KEY_FILE to it.";

/// What a webhook's callers sign with: the newest secret, and the one before it with its end while both are taken.
pub struct WebhookSecrets {
    pub current: Zeroizing<String>,
    pub old: Option<(Zeroizing<String>, DateTime<Utc>)>,
}

/// Holds the instance's key. Cheap to clone; shows nothing when printed.
#[derive(Clone)]
pub struct Secrets {
    ring: Arc<Ring>,
    /// Signs resume URLs. It outlives the instance's key, as executions wait longer than that.
    resume: Arc<OnceLock<Key>>,
}

impl Secrets {
    /// Reads the instance's key from `secret.key` in the data directory and makes it at the first start; or reads it from
    /// `key_file`, where one is configured, or from systemd, and never makes that.
    pub fn load(data_dir: &Path, key_file: Option<&Path>) -> Result<Self> {
        Ok(Self { ring: Arc::new(Ring::load(data_dir, key_file)?), resume: Arc::default() })
    }

    /// Compares the key with the one that this database was begun with. To be called at start, after the migrations and
    /// before anything is written: with the wrong key it refuses.
    pub async fn verify(&self, pool: &PgPool) -> Result<()> {
        const TEXT: &[u8] = b"flowpilot";
        let (first, context) = (self.ring.current(), instance_context("check"));
        keys::keep_of_instance(pool, "check", &seal(&first, &context, TEXT)?).await?;
        let check =
            keys::for_instance(pool, "check").await?.ok_or_else(|| Error::internal("the key check vanished"))?;
        let key = self.ring.key_of(&check).map_err(|_| Error::internal(FOREIGN))?;
        match seal::open(&key, &context, &check) {
            Ok(text) if text.as_slice() == TEXT => {}
            _ => return Err(Error::internal(FOREIGN)),
        }
        if let Err(error) = ring::settle(self.ring.file(), &first, &key) {
            tracing::warn!("{error}");
        }
        self.load_resume_key(pool, &key).await
    }

    /// The first one comes from the instance's key, as it always did: URLs that are out there stay good.
    async fn load_resume_key(&self, pool: &PgPool, key: &Key) -> Result<()> {
        let context = instance_context("resume");
        let first = seal::sub_key(key, RESUME)?;
        keys::keep_of_instance(pool, "resume", &seal(key, &context, first.bytes())?).await?;
        let sealed = keys::for_instance(pool, "resume").await?.ok_or_else(|| Error::internal("a key vanished"))?;
        let opened = Key::from_slice(&seal::open(&*self.ring.key_of(&sealed)?, &context, &sealed)?)?;
        // Verified before: it is the same.
        let _ = self.resume.set(opened);
        Ok(())
    }

    /// The secret part of an execution's resume URL: who has it may hand data to what waits there, and nothing else.
    pub fn resume_token(&self, execution: ExecutionId) -> Result<String> {
        let mark = match self.resume.get() {
            Some(key) => seal::mark(key, execution.0.as_bytes())?,
            None => seal::mark(&seal::sub_key(&self.ring.current(), RESUME)?, execution.0.as_bytes())?,
        };
        Ok(hex::encode(mark))
    }

    /// Compares in constant time.
    pub fn is_resume_token(&self, execution: ExecutionId, token: &str) -> Result<bool> {
        Ok(self.resume_token(execution)?.as_bytes().ct_eq(token.as_bytes()).into())
    }

    /// Encrypts for one workspace. `context` says what it is, such as `webhook|<id>`; the same is needed to open it. To be
    /// kept in the same transaction, which holds the data key meanwhile.
    pub async fn seal(
        &self,
        db: &mut PgConnection,
        workspace: WorkspaceId,
        context: &str,
        plaintext: &[u8],
    ) -> Result<Vec<u8>> {
        let key = self.newest_data_key(db, workspace).await?;
        seal(&key, &bound(workspace, context), plaintext)
    }

    /// Decrypts what [`Secrets::seal`] made for the same workspace and context; anything else is an error.
    pub async fn open(
        &self,
        db: &mut PgConnection,
        workspace: WorkspaceId,
        context: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        let keys = self.data_keys(db, workspace).await?;
        seal::open_with(&keys, &bound(workspace, context), sealed)
    }

    /// Encrypts a credential's values for the given replacement of them.
    pub async fn seal_values(
        &self,
        db: &mut PgConnection,
        workspace: WorkspaceId,
        credential: CredentialId,
        version: i32,
        values: &BTreeMap<String, String>,
    ) -> Result<Vec<u8>> {
        let plaintext = Zeroizing::new(serde_json::to_vec(values)?);
        self.seal(db, workspace, &context(credential, version), &plaintext).await
    }

    /// The credential of that name with its values opened; none: the workspace has no such credential.
    pub async fn credential(
        &self,
        db: &mut PgConnection,
        workspace: WorkspaceId,
        name: &str,
    ) -> Result<Option<(CredentialKind, Secret)>> {
        let Some(found) = credentials::sealed(&mut *db, workspace, name).await? else {
            return Ok(None);
        };
        let context = context(found.id, found.version);
        let plaintext = self.open(db, workspace, &context, &found.values_sealed).await?;
        let secret = Secret {
            id: found.id,
            version: found.version,
            kind: found.kind,
            values: serde_json::from_slice(&plaintext)?,
            allowed_hosts: found.allowed_hosts,
            allowed_kinds: found.allowed_kinds,
            only_chosen: found.only_chosen,
        };
        Ok(Some((found.kind, secret)))
    }

    /// The tokens that an OAuth2 credential has, and how long the access token is good.
    pub async fn tokens(
        &self,
        db: &mut PgConnection,
        workspace: WorkspaceId,
        credential: &Secret,
    ) -> Result<Option<(Tokens, Standing)>> {
        let Some(kept) = oauth::tokens(&mut *db, workspace, credential.id, credential.version).await? else {
            return Ok(None);
        };
        let plaintext = self.open(db, workspace, &tokens_context(credential), &kept.sealed).await?;
        Ok(Some((serde_json::from_slice(&plaintext)?, kept.standing)))
    }

    /// Keeps them for an OAuth2 credential whose row is locked.
    pub async fn keep_tokens(
        &self,
        db: &mut PgConnection,
        workspace: WorkspaceId,
        credential: &Secret,
        tokens: &Tokens,
    ) -> Result<()> {
        let plaintext = Zeroizing::new(serde_json::to_vec(tokens)?);
        let sealed = self.seal(db, workspace, &tokens_context(credential), &plaintext).await?;
        oauth::keep(db, workspace, credential.id, &sealed, tokens.lifetime_secs).await
    }

    /// What proves to a provider that the code which it gave for this state comes back from us (PKCE).
    pub fn pkce_verifier(&self, state: &str) -> Result<Zeroizing<String>> {
        let key = seal::sub_key(&self.ring.current(), format!("flowpilot pkce {state}").as_bytes())?;
        Ok(Zeroizing::new(BASE64_URL_SAFE_NO_PAD.encode(key.bytes())))
    }

    /// None: there is no such text, or it is not for webhooks.
    pub async fn webhook_secrets(
        &self,
        db: &mut PgConnection,
        workspace: WorkspaceId,
        name: &str,
    ) -> Result<Option<WebhookSecrets>> {
        let Some((CredentialKind::Secret, secret)) = self.credential(db, workspace, name).await? else {
            return Ok(None);
        };
        let Ok(secret) = secret.for_task(Kind::Webhook, "secret") else { return Ok(None) };
        let Some(value) = secret.values.get("value").cloned().map(Zeroizing::new) else { return Ok(None) };
        let old = match secrets::previous(&mut *db, workspace, secret.id).await? {
            Some(old) => {
                let plaintext = self.open(db, workspace, &context(secret.id, old.version), &old.sealed).await?;
                let mut values: BTreeMap<String, String> = serde_json::from_slice(&plaintext)?;
                values.remove("value").map(|value| (Zeroizing::new(value), old.until))
            }
            None => None,
        };
        Ok(Some(WebhookSecrets { current: value, old }))
    }

    /// The workspace's data key, made when it is first needed. Two that make it at once end up with the same.
    async fn newest_data_key(&self, db: &mut PgConnection, workspace: WorkspaceId) -> Result<Key> {
        for key in self.ring.candidates() {
            if let Some(sealed) = keys::hold_newest(&mut *db, workspace).await? {
                return self.unwrap(workspace, &sealed);
            }
            self.add_data_key(db, workspace, 1, &key).await?;
        }
        if let Some(sealed) = keys::hold_newest(db, workspace).await? {
            return self.unwrap(workspace, &sealed);
        }
        Err(Error::internal(
            "A data key could not be made: the instance's key was changed, and this process has not got the new one. Put the \
             key file of this database in its place.",
        ))
    }

    /// The newest first.
    async fn data_keys(&self, db: &mut PgConnection, workspace: WorkspaceId) -> Result<Vec<Key>> {
        let sealed = keys::data_keys(db, workspace).await?;
        sealed.iter().map(|sealed| self.unwrap(workspace, sealed)).collect()
    }

    /// False: the database left it out, because this is not the instance's key any more or somebody else was first.
    async fn add_data_key(
        &self,
        db: &mut PgConnection,
        workspace: WorkspaceId,
        generation: i32,
        key: &Key,
    ) -> Result<bool> {
        let sealed = seal(key, &bound(workspace, "data key"), Key::random()?.bytes())?;
        keys::keep_data_key(db, workspace, generation, &sealed).await
    }

    fn unwrap(&self, workspace: WorkspaceId, sealed: &[u8]) -> Result<Key> {
        let key = self.ring.key_of(sealed)?;
        Key::from_slice(&seal::open(&key, &bound(workspace, "data key"), sealed)?)
    }
}

fn tokens_context(credential: &Secret) -> String {
    format!("{}|tokens", context(credential.id, credential.version))
}

fn context(credential: CredentialId, version: i32) -> String {
    format!("credential|{credential}|{version}")
}

/// What is authenticated with the value: moved to another workspace, row or version, it does not open.
fn bound(workspace: WorkspaceId, context: &str) -> String {
    format!("v1|{workspace}|{context}")
}
