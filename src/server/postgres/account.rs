//! Whose process the server is: Postgres refuses to run as root, so root lends it an account without rights.

use std::{fs, os::unix::fs::chown, path::Path};

use nix::unistd::{Gid, Uid, User};
use tokio::process::Command;

use crate::server::{Error, Result};

/// The account the server runs under.
#[derive(Clone, Debug)]
pub struct Account {
    pub name: String,
    pub uid: Uid,
    gid: Gid,
    /// Whether it is another account than this process's.
    lent: bool,
}

impl Account {
    /// This process's account; for root `postgres`, or `nobody` where there is none.
    pub fn choose() -> Result<Self> {
        let uid = Uid::effective();
        if !uid.is_root() {
            let user = User::from_uid(uid).ok().flatten().ok_or_else(|| {
                Error::internal(format!(
                    "user id {uid} has no name on this machine, which Postgres needs; set DATABASE_URL"
                ))
            })?;
            return Ok(Self { name: user.name, uid, gid: Gid::effective(), lent: false });
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map(|user| Self { name: user.name, uid: user.uid, gid: user.gid, lent: true })
            .ok_or_else(|| {
                Error::internal("Postgres does not run as root and there is no user `postgres` or `nobody`; run FlowPilot as an ordinary user")
            })
    }

    /// A command that runs as this account, outside our process group (Ctrl-C is ours alone to handle) and
    /// without our environment.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").process_group(0).env_clear().env("LC_ALL", "C").env("TZ", "UTC");
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        if self.lent {
            command.uid(self.uid.as_raw()).gid(self.gid.as_raw());
        }
        command
    }

    /// Hands the path over to this account.
    pub fn own(&self, path: &Path) -> Result<()> {
        if !self.lent {
            return Ok(());
        }
        chown(path, Some(self.uid.as_raw()), Some(self.gid.as_raw()))
            .map_err(|error| Error::internal(format!("cannot give {} to user {}: {error}", path.display(), self.name)))
    }

    /// Makes sure that this account can reach the directory: every directory above it lets others through.
    pub fn reaches(&self, dir: &Path) -> Result<()> {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        if !self.lent {
            return Ok(());
        }
        for above in dir.ancestors() {
            let Ok(data) = fs::metadata(above) else { continue };
            let mode = data.permissions().mode();
            let open = mode & 0o001 != 0 || (data.uid() == self.uid.as_raw() && mode & 0o100 != 0);
            if !open {
                return Err(Error::internal(format!(
                    "as root, Postgres runs as user {}, who cannot enter {}; choose another place with --data-dir",
                    self.name,
                    above.display()
                )));
            }
        }
        Ok(())
    }
}
