//! Changing keys. The instance's: a new one is written beside the old, wraps everything in one transaction, then takes the old
//! one's place; killed anywhere in between, file and database fit together, because the file that waits is found. A
//! workspace's: a new data key seals from now on, what the old one sealed is sealed anew in batches, then the old one is retired.

use std::sync::Arc;

use sqlx::PgPool;

use super::{Secrets, bound, key, key::Key, ring, seal};
use crate::{
    domain::id::WorkspaceId,
    server::{
        Error, Result,
        store::{
            keys,
            reseal::{self, PLACES, Place, Stale},
        },
    },
};

/// Values that are sealed anew in one transaction.
const BATCH: i64 = 500;

/// What a change of the instance's key came to.
#[derive(Debug, PartialEq, Eq)]
pub struct Rotated {
    /// The new key's id; it says nothing about the key.
    pub key: String,
    /// Keys that it wraps now.
    pub wrapped: usize,
}

/// How far the keys of a database are.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub struct KeyStanding {
    pub key: String,
    pub file: String,
    pub workspaces: i64,
    /// Workspaces with values that an older data key still opens.
    pub changing: i64,
}

impl Secrets {
    /// Gives the instance a new key. Running processes go on: they find it where this one's file is, or say in words that
    /// they need it.
    pub async fn rotate_instance_key(&self, pool: &PgPool) -> Result<Rotated> {
        // Ends what a killed one began.
        self.verify(pool).await?;
        let (old, file) = (self.ring.current(), self.ring.file().to_owned());
        let new = Arc::new(key::read_or_make(&ring::next(&file))?);
        let mut tx = pool.begin().await?;
        let check = keys::lock_check(&mut *tx).await?;
        if seal::key_id(&check)? != seal::id(&old)? {
            return Err(Error::internal(
                "Another process changed the instance's key just now. Look, then start again.",
            ));
        }
        let mut wrapped = 0;
        for (purpose, sealed) in keys::of_instance(&mut *tx).await? {
            let again = rewrap(&old, &new, &instance_context(&purpose), &sealed)?;
            keys::rewrap_of_instance(&mut *tx, &purpose, &again).await?;
        }
        for row in keys::of_workspaces(&mut *tx).await? {
            let again = rewrap(&old, &new, &bound(row.workspace, "data key"), &row.sealed)?;
            keys::rewrap(&mut *tx, row.workspace, row.generation, &again).await?;
            wrapped += 1;
        }
        tx.commit().await?;
        self.ring.put(new.clone());
        ring::settle(&file, &old, &new)?;
        Ok(Rotated { key: hex::encode(seal::id(&new)?), wrapped })
    }

    /// Gives a workspace a new data key and seals with it what the old one sealed; the number of values. Goes on where a
    /// killed one stopped. Requests and executions go on meanwhile.
    pub async fn rotate_data_key(&self, pool: &PgPool, workspace: WorkspaceId) -> Result<u64> {
        self.begin_data_key(pool, workspace).await?;
        let mut sealed = 0;
        loop {
            for place in PLACES {
                sealed += self.seal_anew(pool, workspace, place).await?;
            }
            if self.end_data_key(pool, workspace).await? {
                return Ok(sealed);
            }
        }
    }

    /// A new generation, unless one is under way already.
    async fn begin_data_key(&self, pool: &PgPool, workspace: WorkspaceId) -> Result<()> {
        let mut tx = pool.begin().await?;
        // First the instance's, then the workspace's, as everybody does: none waits for the other.
        keys::hold_check(&mut *tx).await?;
        if let [only] = keys::generations(&mut *tx, workspace).await?.as_slice() {
            for key in self.ring.candidates() {
                if self.add_data_key(&mut tx, workspace, only + 1, &key).await? {
                    break;
                }
            }
        }
        Ok(tx.commit().await?)
    }

    async fn seal_anew(&self, pool: &PgPool, workspace: WorkspaceId, place: Place) -> Result<u64> {
        let mut sealed = 0;
        loop {
            let mut tx = pool.begin().await?;
            let all = self.data_keys(&mut tx, workspace).await?;
            let Some(newest) = all.first() else { return Ok(sealed) };
            let stale = reseal::stale(&mut *tx, place, workspace, &seal::id(newest)?, BATCH).await?;
            let Stale { ids, contexts, values } = &stale;
            let again = values.iter().zip(contexts).map(|(value, context)| {
                let context = bound(workspace, context);
                seal::seal(newest, &context, &seal::open_with(&all, &context, value)?)
            });
            let again = again.collect::<Result<Vec<_>>>()?;
            reseal::replace(&mut *tx, place, workspace, ids, &again).await?;
            tx.commit().await?;
            sealed += again.len() as u64;
            if (again.len() as i64) < BATCH {
                return Ok(sealed);
            }
        }
    }

    /// Retires the older generations once nothing needs them. Waits for whoever is sealing with one: they hold its row.
    async fn end_data_key(&self, pool: &PgPool, workspace: WorkspaceId) -> Result<bool> {
        let mut tx = pool.begin().await?;
        let Some(newest) = keys::generations(&mut *tx, workspace).await?.first().copied() else { return Ok(true) };
        keys::lock_older(&mut *tx, workspace, newest).await?;
        let all = self.data_keys(&mut tx, workspace).await?;
        let key = all.first().ok_or_else(|| Error::internal("a data key vanished"))?;
        for place in PLACES {
            if reseal::has_stale(&mut *tx, place, workspace, &seal::id(key)?).await? {
                return Ok(false);
            }
        }
        keys::retire_older(&mut *tx, workspace, newest).await?;
        tx.commit().await?;
        Ok(true)
    }

    pub async fn standing(&self, pool: &PgPool) -> Result<KeyStanding> {
        let (workspaces, changing) = keys::count(pool).await?;
        let (key, file) = (hex::encode(seal::id(&self.ring.current())?), self.ring.file().display().to_string());
        Ok(KeyStanding { key, file, workspaces, changing })
    }
}

/// What an instance's row is sealed for.
pub fn instance_context(purpose: &str) -> String {
    format!("v1|instance|{purpose}")
}

fn rewrap(old: &Key, new: &Key, context: &str, sealed: &[u8]) -> Result<Vec<u8>> {
    seal::seal(new, context, &seal::open(old, context, sealed)?)
}
