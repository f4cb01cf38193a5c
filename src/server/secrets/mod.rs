//! Encryption of secrets at rest and masking of them in what is kept or shown. The instance's key wraps a data key per
//! workspace, which seals the values; nothing is cached, so a key is in memory only while it is used.

mod key;
mod mask;
mod seal;

use std::{path::Path, sync::Arc};

use sqlx::{PgConnection, PgPool};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

pub use self::mask::Mask;
use self::{key::Key, seal::seal};
use super::{
    Error, Result,
    runners::Secret,
    store::{credentials, keys},
};
use crate::domain::{
    credential::CredentialKind,
    id::{CredentialId, ExecutionId, WorkspaceId},
};

/// Holds the instance's key. Cheap to clone; shows nothing when printed.
#[derive(Clone)]
pub struct Secrets {
    key: Arc<Key>,
}

impl Secrets {
    /// Reads the instance's key from `secret.key` in the data directory and makes it at the first start;
    /// or reads it from `key_file`, where one is configured, and never makes that.
    pub fn load(data_dir: &Path, key_file: Option<&Path>) -> Result<Self> {
        let key = match key_file {
            Some(file) => key::read(file)?,
            None => key::read_or_make(&data_dir.join("secret.key"))?,
        };
        Ok(Self { key: Arc::new(key) })
    }

    /// Compares the key with the one that this database was begun with. To be called at start, after the migrations and
    /// before anything is written: with the wrong key it refuses.
    pub async fn verify(&self, pool: &PgPool) -> Result<()> {
        const TEXT: &[u8] = b"flowpilot";
        const CONTEXT: &str = "v1|instance|check";
        keys::keep_check(pool, &seal(&self.key, CONTEXT, TEXT)?).await?;
        match seal::open(&self.key, CONTEXT, &keys::check(pool).await?) {
            Ok(text) if text.as_slice() == TEXT => Ok(()),
            _ => Err(Error::internal(
                "The key file does not belong to this database: its secrets were sealed with another key. \
                 Put the original secret.key back into the data directory, or point FLOWPILOT_KEY_FILE to it.",
            )),
        }
    }

    /// The secret part of an execution's resume URL: who has it may hand data to what waits there, and nothing else.
    pub fn resume_token(&self, execution: ExecutionId) -> Result<String> {
        Ok(hex::encode(seal::mark(&self.key, b"flowpilot resume", execution.0.as_bytes())?))
    }

    /// Compares in constant time.
    pub fn is_resume_token(&self, execution: ExecutionId, token: &str) -> Result<bool> {
        Ok(self.resume_token(execution)?.as_bytes().ct_eq(token.as_bytes()).into())
    }

    /// Encrypts for one workspace. `context` says what it is, such as `webhook|<id>`; the same is needed to open it.
    pub async fn seal(
        &self,
        db: &mut PgConnection,
        workspace: WorkspaceId,
        context: &str,
        plaintext: &[u8],
    ) -> Result<Vec<u8>> {
        let key = self.data_key(db, workspace).await?;
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
        let key = self.data_key(db, workspace).await?;
        seal::open(&key, &bound(workspace, context), sealed)
    }

    /// Encrypts a credential's values for the given replacement of them.
    pub async fn seal_values(
        &self,
        db: &mut PgConnection,
        workspace: WorkspaceId,
        credential: CredentialId,
        version: i32,
        values: &std::collections::BTreeMap<String, String>,
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
            kind: found.kind,
            values: serde_json::from_slice(&plaintext)?,
            allowed_hosts: found.allowed_hosts,
        };
        Ok(Some((found.kind, secret)))
    }

    /// The workspace's data key, made when it is first needed. Two that make it at once end up with the same.
    async fn data_key(&self, db: &mut PgConnection, workspace: WorkspaceId) -> Result<Key> {
        let context = bound(workspace, "data key");
        let sealed = match keys::data_key(&mut *db, workspace).await? {
            Some(sealed) => sealed,
            None => {
                let fresh = seal(&self.key, &context, Key::random()?.bytes())?;
                keys::keep_data_key(&mut *db, workspace, &fresh).await?;
                keys::data_key(db, workspace).await?.ok_or_else(|| Error::internal("a data key vanished"))?
            }
        };
        Key::from_slice(&seal::open(&self.key, &context, &sealed)?)
    }
}

fn context(credential: CredentialId, version: i32) -> String {
    format!("credential|{credential}|{version}")
}

/// What is authenticated with the value: moved to another workspace, row or version, it does not open.
fn bound(workspace: WorkspaceId, context: &str) -> String {
    format!("v1|{workspace}|{context}")
}
