//! The instance's key in memory, and how a running process notices that it was changed: whatever another key wrapped makes it
//! look into the key file again, and into the one that waits beside it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, RwLock},
};

use super::{key, key::Key, seal};
use crate::server::{Error, Result};

/// Where systemd puts what `LoadCredential=flowpilot.key:…` names.
const CREDENTIAL: &str = "flowpilot.key";

pub struct Ring {
    key: RwLock<Arc<Key>>,
    file: PathBuf,
}

impl Ring {
    /// The configured file; else systemd's; else the one in the data directory, which is made at the first start.
    pub fn load(data_dir: &Path, key_file: Option<&Path>) -> Result<Self> {
        let systemd = std::env::var_os("CREDENTIALS_DIRECTORY").map(|dir| Path::new(&dir).join(CREDENTIAL));
        let given = key_file.map(Path::to_owned).or_else(|| systemd.filter(|file| file.exists()));
        let (key, file) = match given {
            Some(file) => (key::read(&file)?, file),
            None => {
                let file = data_dir.join("secret.key");
                (key::read_or_make(&file)?, file)
            }
        };
        Ok(Self { key: RwLock::new(Arc::new(key)), file })
    }

    pub fn file(&self) -> &Path {
        &self.file
    }

    pub fn current(&self) -> Arc<Key> {
        self.key.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    pub fn put(&self, key: Arc<Key>) {
        *self.key.write().unwrap_or_else(std::sync::PoisonError::into_inner) = key;
    }

    /// The key in memory, and those of the files where they are others.
    pub fn candidates(&self) -> Vec<Arc<Key>> {
        let mut all = vec![self.current()];
        for file in [self.file.clone(), next(&self.file)] {
            if let Ok(found) = key::read(&file)
                && all.iter().all(|known| known.bytes() != found.bytes())
            {
                all.push(Arc::new(found));
            }
        }
        all
    }

    /// The key that wrapped this: the one in memory, or the one that the files hold by now. What was read just before the
    /// key changed is opened with the one before.
    pub fn key_of(&self, sealed: &[u8]) -> Result<Arc<Key>> {
        let current = self.current();
        let wanted = seal::key_id(sealed)?;
        if seal::id(&current)? == wanted {
            return Ok(current);
        }
        // The one that waits may take its place between the first look and the second: hence the third.
        for file in [self.file.clone(), next(&self.file), self.file.clone()] {
            let Ok(found) = key::read(&file) else { continue };
            if seal::id(&found)? == wanted {
                tracing::info!(key = hex::encode(wanted), file = %file.display(), "the instance's key was changed; going on with the new one");
                let found = Arc::new(found);
                self.put(found.clone());
                return Ok(found);
            }
        }
        if let Ok(before) = key::read(&old(&self.file, &wanted))
            && seal::id(&before)? == wanted
        {
            return Ok(Arc::new(before));
        }
        let (wanted, present, file) = (hex::encode(wanted), hex::encode(seal::id(&current)?), self.file.display());
        Err(Error::internal(format!(
            "The secrets of this database are wrapped with the instance's key {wanted}, but {file} holds {present}. Put \
             the key file of this database there, or point FLOWPILOT_KEY_FILE to it."
        )))
    }
}

/// Where a key waits that is to take the place of the one in this file.
pub fn next(file: &Path) -> PathBuf {
    with_ending(file, "next")
}

/// Where the key with this id is kept after another took its place.
fn old(file: &Path, id: &[u8]) -> PathBuf {
    with_ending(file, &format!("old-{}", hex::encode(id)))
}

/// Puts the key that waits beside the file into its place, and keeps the one before: older backups need it. A file that is
/// in its place already stays.
pub fn settle(file: &Path, old: &Key, new: &Key) -> Result<()> {
    let waiting = next(file);
    match key::read(&waiting) {
        Ok(key) if key.bytes() == new.bytes() => {}
        _ => return Ok(()),
    }
    let moved = || -> std::io::Result<()> {
        let kept = self::old(file, &seal::id(old).map_err(std::io::Error::other)?);
        match fs::hard_link(file, &kept) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
            _ => fs::rename(&waiting, file)?,
        }
        fs::File::open(file.parent().unwrap_or(Path::new(".")))?.sync_all()
    };
    moved().map_err(|error| {
        let (waiting, file) = (waiting.display(), file.display());
        Error::internal(format!(
            "The new key waits in {waiting} and cannot be moved to {file}: {error}. FlowPilot finds it there too; move it \
             yourself when you can."
        ))
    })
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}
