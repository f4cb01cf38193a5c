//! The data directory of the embedded server and everything in it: who may use it, how it is made, whether it runs.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    hash::{DefaultHasher, Hash, Hasher},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Mutex,
};

use sqlx::postgres::PgConnectOptions;

use super::{
    Settings,
    account::Account,
    binaries::Binaries,
    process::{anyone_in, is_server},
};
use crate::server::{Error, Result, store::access};

/// What a socket's address may measure, in bytes, on the strictest system (macOS: 104 with the final zero).
const SOCKET_LIMIT: usize = 103;
const SOCKET_NAME: &str = ".s.PGSQL.5432";

/// A data directory, opened by this process.
pub struct Cluster {
    /// The server's own directory, `postgres` in the data directory.
    pub dir: PathBuf,
    pub log: PathBuf,
    pub socket_dir: PathBuf,
    pub account: Account,
    pub durable: bool,
    root: PathBuf,
    lock: Mutex<File>,
}

/// What `postmaster.pid` says about the server that runs or ran.
#[derive(Debug, PartialEq, Eq)]
pub struct Postmaster {
    pub pid: i32,
    socket_dir: PathBuf,
}

impl Cluster {
    pub fn open(settings: &Settings) -> Result<Self> {
        let root = settings.data_dir.clone();
        let account = Account::choose()?;
        // Others may pass through, not look: root's key file and the server's directory are closed themselves.
        let mode = if account.uid == nix::unistd::Uid::effective() { 0o700 } else { 0o711 };
        make_dir(&root, mode)?;
        account.reaches(&root)?;
        let lock = OpenOptions::new().create(true).append(true).open(root.join("postgres.lock"));
        let lock = Mutex::new(lock.map_err(|error| unusable(&root, error))?);
        let socket_dir = socket_dir(&root, &account)?;
        let (dir, log) = (root.join("postgres"), root.join("postgres.log"));
        Ok(Self { dir, log, socket_dir, account, durable: settings.durable, root, lock })
    }

    /// How the owner of the application's database connects.
    pub fn options(&self) -> PgConnectOptions {
        access::owner(&self.superuser_options()).database("flowpilot")
    }

    pub fn superuser_options(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host(&self.socket_dir.to_string_lossy())
            .port(5432)
            .username("postgres")
            .database("postgres")
    }

    /// Whether this process looks after the server, now or since before. The lock goes with the process, however it ends.
    pub fn take_charge(&self) -> bool {
        self.lock.lock().is_ok_and(|file| file.try_lock().is_ok())
    }

    /// What the server's pid file says, if there is one.
    pub fn postmaster(&self) -> Option<Postmaster> {
        Postmaster::parse(&fs::read_to_string(self.dir.join("postmaster.pid")).ok()?)
    }

    /// The process id of a server left behind that still runs on this data directory.
    pub fn running(&self) -> Option<i32> {
        let postmaster = self.postmaster()?;
        (postmaster.socket_dir == self.socket_dir && is_server(postmaster.pid)).then_some(postmaster.pid)
    }

    /// Sets a pid file aside when it is proven to be a crashed server's: its process is gone or something else by now, and
    /// nothing of that server still works in the directory. Postgres itself is more careful and would wait for ever.
    pub fn set_aside_dead_pid(&self) {
        let Some(Postmaster { pid, .. }) = self.postmaster() else { return };
        if !is_server(pid) && anyone_in(&self.dir) == Some(false) {
            tracing::info!(pid, "postmaster.pid names a process that is no Postgres any more; set aside");
            let _ = fs::rename(self.dir.join("postmaster.pid"), self.dir.join("postmaster.pid.stale"));
        }
    }

    /// The programs that fit the data directory; makes it where there is none.
    pub async fn prepare(&self) -> Result<Binaries> {
        let version = fs::read_to_string(self.dir.join("PG_VERSION")).ok();
        let major = version.as_deref().and_then(|text| text.trim().parse().ok());
        let binaries = Binaries::find(major)?;
        if version.is_none() {
            self.initialise(&binaries).await?;
        }
        self.write_access()?;
        Ok(binaries)
    }

    /// Makes the directory beside its place and moves it there when complete: an interrupted first start leaves nothing.
    async fn initialise(&self, binaries: &Binaries) -> Result<()> {
        let draft = self.root.join("postgres.new");
        if draft.exists() {
            fs::remove_dir_all(&draft).map_err(|error| unusable(&draft, error))?;
        }
        make_dir(&draft, 0o700)?;
        self.account.own(&draft)?;
        tracing::info!(dir = %self.dir.display(), version = binaries.major, "making the database");
        let mut initdb = self.account.command(&binaries.program("initdb"));
        initdb.arg("-D").arg(&draft).args(["--data-checksums", "--encoding=UTF8", "--locale=C", "--username=postgres"]);
        initdb.args(["--auth=peer", "--no-instructions"]);
        if !self.durable {
            initdb.arg("--no-sync");
        }
        let output = initdb.output().await.map_err(|error| unusable(&binaries.program("initdb"), error))?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr);
            return Err(Error::internal(format!("initdb failed: {}", reason.trim().replace('\n', " "))));
        }
        fs::rename(&draft, &self.dir).map_err(|error| unusable(&self.dir, error))
    }

    /// Lets in, through the socket, the account that runs the server, and root where root lent it.
    fn write_access(&self) -> Result<()> {
        let logins = || std::iter::once("postgres").chain(access::LOGINS);
        let lines = |name: &str| logins().map(|login| format!("flowpilot {name} {login}\n")).collect::<String>();
        let map = [self.account.name.as_str(), "root"].map(lines).concat();
        for (name, text) in [("pg_hba.conf", "local all all peer map=flowpilot\n"), ("pg_ident.conf", &map)] {
            let path = self.dir.join(name);
            fs::write(&path, text).map_err(|error| unusable(&path, error))?;
        }
        Ok(())
    }

    /// The last line of the server's log, for an error message.
    pub fn last_words(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let line =
            log.lines().rev().find(|line| line.contains("FATAL") || line.contains("PANIC")).or(log.lines().last());
        line.unwrap_or("it said nothing").to_owned()
    }

    /// The log, for appending; set aside first when it has grown over 10 MB.
    pub fn open_log(&self) -> Result<File> {
        if fs::metadata(&self.log).is_ok_and(|data| data.len() > 10 << 20) {
            let _ = fs::rename(&self.log, self.root.join("postgres.log.1"));
        }
        let log = OpenOptions::new().create(true).append(true).open(&self.log);
        log.map_err(|error| unusable(&self.log, error))
    }
}

impl Postmaster {
    /// Lines: pid, data directory, start time, port, socket directory …
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let pid = lines.next()?.trim().parse().ok()?;
        let socket_dir = lines.nth(3)?.trim().into();
        Some(Self { pid, socket_dir })
    }
}

/// `run` in the data directory, or a private directory under /tmp where that address would be too long for a socket.
fn socket_dir(root: &Path, account: &Account) -> Result<PathBuf> {
    let mut dir = root.join("run");
    if dir.join(SOCKET_NAME).as_os_str().len() > SOCKET_LIMIT {
        let mut hasher = DefaultHasher::new();
        root.hash(&mut hasher);
        dir = format!("/tmp/flowpilot-{}-{:016x}", account.uid, hasher.finish()).into();
    }
    make_dir(&dir, 0o700)?;
    account.own(&dir)?;
    let found = fs::symlink_metadata(&dir).map_err(|error| unusable(&dir, error))?;
    if !found.is_dir() || found.uid() != account.uid.as_raw() {
        return Err(Error::internal(format!(
            "{} belongs to somebody else; remove it or choose another --data-dir",
            dir.display()
        )));
    }
    Ok(dir)
}

/// Makes the directory with exactly this mode. One that is there keeps its owner and gets the mode.
fn make_dir(dir: &Path, mode: u32) -> Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o755).create(dir.parent().unwrap_or(dir));
    let made = made.and_then(|()| match DirBuilder::new().mode(mode).create(dir) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    });
    let is_link = fs::symlink_metadata(dir).is_ok_and(|data| data.is_symlink());
    let owned = |error: io::Error| unusable(dir, error);
    made.map_err(owned)?;
    if is_link {
        return Ok(());
    }
    fs::set_permissions(dir, Permissions::from_mode(mode)).map_err(owned)
}

fn unusable(path: &Path, error: io::Error) -> Error {
    Error::internal(format!("cannot use {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pid_file_tells_who_runs_and_where_the_socket_is() {
        let text = "4711\n/data/postgres\n1700000000\n5432\n/data/run\n\n  123 456\nready   \n";
        assert_eq!(Postmaster::parse(text), Some(Postmaster { pid: 4711, socket_dir: "/data/run".into() }));
        assert_eq!(Postmaster::parse("half a fi"), None);
    }
}
