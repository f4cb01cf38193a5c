//! The workspaces' own files: a folder for each, below which tasks read and write. The kernel resolves every path from the
//! folder's handle, so neither “..” nor a link leads out, whatever changes meanwhile. What is not a regular file is refused.

mod error;
mod path;
#[cfg(test)]
mod tests;

use std::{
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use cap_std::{
    ambient_authority,
    fs::{Dir, File, Metadata, MetadataExt, OpenOptions, OpenOptionsExt},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use self::error::FileError;
use self::path::checked;
use crate::domain::id::WorkspaceId;

/// Bytes of one file.
pub const MAX_FILE: u64 = 100 * 1024 * 1024;
/// Bytes of all files of a workspace.
const QUOTA: u64 = 5 * 1024 * 1024 * 1024;
/// Files and folders of a workspace.
const MAX_ENTRIES: usize = 20_000;
/// Begins the names of files that are being written. No task may name them.
const UNFINISHED: &str = ".flowpilot-";

/// All workspaces' folders. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Files(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    quota: u64,
    /// Held from the look at what is left of the quota to the end of the write.
    writing: Mutex<()>,
}

/// One workspace's folder.
pub struct Folder {
    dir: Dir,
    path: PathBuf,
    files: Files,
}

/// A file or a folder, as lists show it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// From the workspace's folder.
    pub path: String,
    pub is_folder: bool,
    pub size: u64,
    pub modified_at: Option<DateTime<Utc>>,
}

/// What becomes of a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    Replace,
    Append,
    Keep,
}

impl Files {
    /// In the data directory. Nothing is made before a task asks for it.
    pub fn at(data_dir: &Path) -> Self {
        Self::with_quota(data_dir, QUOTA)
    }

    pub fn with_quota(data_dir: &Path, quota: u64) -> Self {
        Self(Arc::new(Inner { root: data_dir.join("files"), quota, writing: Mutex::new(()) }))
    }

    pub fn of(&self, workspace: WorkspaceId) -> Result<Folder, FileError> {
        let path = self.0.root.join(workspace.0.to_string());
        let made = std::fs::create_dir_all(&path).and_then(|()| private(&path));
        made.map_err(FileError::of_folder)?;
        let dir = Dir::open_ambient_dir(&path, ambient_authority()).map_err(FileError::of_folder)?;
        Ok(Folder { dir, path, files: self.clone() })
    }
}

/// For this account alone.
fn private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}

impl Folder {
    /// The whole file, unless it is larger than `most` bytes.
    pub fn read(&self, path: &str, most: u64) -> Result<(Vec<u8>, Entry), FileError> {
        let (file, entry) = self.open(path)?;
        if entry.size > most {
            return Err(FileError::TooLarge { path: path.to_owned(), most });
        }
        let mut bytes = Vec::new();
        // It may grow while it is read.
        file.take(most + 1).read_to_end(&mut bytes).map_err(|error| FileError::of(path, error))?;
        if bytes.len() as u64 > most {
            return Err(FileError::TooLarge { path: path.to_owned(), most });
        }
        Ok((bytes, entry))
    }

    /// Writes the whole file or nothing, and gives its size. Folders on the way are made.
    pub fn write(&self, path: &str, bytes: &[u8], existing: Existing) -> Result<u64, FileError> {
        let path = checked(path)?;
        let _one_at_a_time = self.files.0.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match self.open(path) {
            Ok((_, entry)) if existing != Existing::Append => Some((Vec::new(), entry.size)),
            Ok((file, entry)) => Some((whole(file, path)?, entry.size)),
            Err(FileError::Missing(_)) => None,
            Err(error) => return Err(error),
        };
        if before.is_some() && existing == Existing::Keep {
            return Err(FileError::Exists(path.to_owned()));
        }
        let (kept, replaced) = before.unwrap_or_default();
        let size = kept.len() as u64 + bytes.len() as u64;
        if size > MAX_FILE {
            return Err(FileError::TooLarge { path: path.to_owned(), most: MAX_FILE });
        }
        self.make_room(size, replaced)?;
        self.put(path, &[&kept, bytes]).map_err(|error| FileError::of(path, error))?;
        Ok(size)
    }

    /// In another file first, then under its name: who reads meanwhile sees the old content or the new one.
    fn put(&self, path: &str, parts: &[&[u8]]) -> io::Result<()> {
        if let Some((parent, _)) = path.rsplit_once('/') {
            self.dir.create_dir_all(parent)?;
        }
        let unfinished = format!("{UNFINISHED}{}", Uuid::now_v7());
        let mut options = OpenOptions::new();
        let mut file = self.dir.open_with(&unfinished, options.write(true).create_new(true).mode(0o600))?;
        let written = parts.iter().try_for_each(|part| file.write_all(part)).and_then(|()| file.sync_data());
        let named = written.and_then(|()| self.dir.rename(&unfinished, &self.dir, path));
        if named.is_err() {
            let _ = self.dir.remove_file(&unfinished);
        }
        named
    }

    /// What is in a folder, by name. Empty: the workspace's own.
    pub fn list(&self, path: &str) -> Result<Vec<Entry>, FileError> {
        let at_the_root = path.trim_matches('/').trim().is_empty();
        let path = if at_the_root { "" } else { checked(path)? };
        let failed = |error| FileError::of(path, error);
        let dir = if at_the_root { self.dir.try_clone() } else { self.dir.open_dir(path) }.map_err(failed)?;
        let mut found = Vec::new();
        for entry in dir.entries().map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            // Of the entry itself, not of what a link leads to; links and devices are not shown.
            let about = dir.symlink_metadata(&name).map_err(failed)?;
            if name.starts_with(UNFINISHED) || !(about.is_file() || about.is_dir()) {
                continue;
            }
            let whole = if at_the_root { name } else { format!("{path}/{name}") };
            found.push(described(&whole, &about));
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    /// Gives a file or a folder another name, in another folder too.
    pub fn rename(&self, from: &str, to: &str, existing: Existing) -> Result<(), FileError> {
        let (from, to) = (checked(from)?, checked(to)?);
        let about = self.dir.symlink_metadata(from).map_err(|error| FileError::of(from, error))?;
        if !about.is_file() && !about.is_dir() {
            return Err(FileError::Irregular(from.to_owned()));
        }
        if existing == Existing::Keep && self.dir.symlink_metadata(to).is_ok() {
            return Err(FileError::Exists(to.to_owned()));
        }
        if let Some((parent, _)) = to.rsplit_once('/') {
            self.dir.create_dir_all(parent).map_err(|error| FileError::of(to, error))?;
        }
        self.dir.rename(from, &self.dir, to).map_err(|error| FileError::of(to, error))
    }

    /// Removes a file or an empty folder. False: there was none.
    pub fn delete(&self, path: &str) -> Result<bool, FileError> {
        let path = checked(path)?;
        let about = match self.dir.symlink_metadata(path) {
            Ok(about) => about,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(FileError::of(path, error)),
        };
        let removed = if about.is_dir() { self.dir.remove_dir(path) } else { self.dir.remove_file(path) };
        removed.map(|()| true).map_err(|error| FileError::of(path, error))
    }

    /// Where a file is, for what opens it by its name: below the folder, and neither a link nor behind one.
    pub fn place(&self, path: &str) -> Result<PathBuf, FileError> {
        let path = checked(path)?;
        match self.open(path) {
            Ok(_) | Err(FileError::Missing(_)) => {}
            Err(error) => return Err(error),
        }
        let real = |path: &Path| std::fs::canonicalize(path).map_err(FileError::of_folder);
        let whole = self.path.join(path);
        let parent = whole.parent().unwrap_or(&self.path);
        if let Some((inner, _)) = path.rsplit_once('/') {
            self.dir.create_dir_all(inner).map_err(|error| FileError::of(path, error))?;
        }
        if real(parent)? != real(&self.path)?.join(path.rsplit_once('/').map_or("", |(inner, _)| inner)) {
            return Err(FileError::Irregular(path.to_owned()));
        }
        Ok(whole)
    }

    fn open(&self, path: &str) -> Result<(File, Entry), FileError> {
        let path = checked(path)?;
        // A pipe without a writer would keep its reader waiting.
        let options = OpenOptions::new().read(true).custom_flags(nix::libc::O_NONBLOCK).clone();
        let file = self.dir.open_with(path, &options).map_err(|error| FileError::of(path, error))?;
        let about = file.metadata().map_err(|error| FileError::of(path, error))?;
        if about.is_dir() {
            return Err(FileError::Folder(path.to_owned()));
        }
        // One with a second name could be a file from elsewhere.
        if !about.is_file() || about.nlink() > 1 {
            return Err(FileError::Irregular(path.to_owned()));
        }
        Ok((file, described(path, &about)))
    }

    fn make_room(&self, size: u64, replaced: u64) -> Result<(), FileError> {
        let (used, entries) = used(&self.dir).map_err(FileError::of_folder)?;
        if entries >= MAX_ENTRIES {
            return Err(FileError::TooMany(MAX_ENTRIES));
        }
        let quota = self.files.0.quota;
        if used.saturating_sub(replaced) + size > quota { Err(FileError::Full { used, quota }) } else { Ok(()) }
    }
}

fn whole(file: File, path: &str) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| FileError::of(path, error))?;
    Ok(bytes)
}

/// Bytes and entries below.
fn used(dir: &Dir) -> io::Result<(u64, usize)> {
    let (mut bytes, mut entries) = (0, 0);
    let mut folders = vec![dir.try_clone()?];
    while let Some(folder) = folders.pop() {
        for entry in folder.entries()? {
            let entry = entry?;
            let about = entry.metadata()?;
            entries += 1;
            match about.is_dir() {
                true if entries < MAX_ENTRIES => folders.push(entry.open_dir()?),
                true => {}
                false => bytes += about.len(),
            }
        }
    }
    Ok((bytes, entries))
}

fn described(path: &str, about: &Metadata) -> Entry {
    let size = if about.is_dir() { 0 } else { about.len() };
    let modified_at = about.modified().ok().map(|time| time.into_std().into());
    Entry { path: path.to_owned(), is_folder: about.is_dir(), size, modified_at }
}
