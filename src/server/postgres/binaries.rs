//! Where the machine keeps the programs of Postgres. Nothing is downloaded here.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::server::{Error, Result};

const OLDEST: u32 = 14;

/// A directory with `postgres` and `initdb`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binaries {
    pub dir: PathBuf,
    pub major: u32,
}

impl Binaries {
    /// The first that fits, in this order: `FLOWPILOT_PG_BIN` (then nothing else is looked at), `pg_config --bindir`, the
    /// system's directories with the newest first, `PATH`. `major` is the one of an existing data directory.
    pub fn find(major: Option<u32>) -> Result<Self> {
        if let Some(dir) = env::var_os("FLOWPILOT_PG_BIN") {
            let dir = PathBuf::from(dir);
            let found = Self::at(&dir).ok_or_else(|| {
                Error::internal(format!(
                    "FLOWPILOT_PG_BIN: there is no working `postgres` and `initdb` in {}",
                    dir.display()
                ))
            })?;
            return choose(vec![found], major);
        }
        choose(places().iter().filter_map(|dir| Self::at(dir)).collect(), major)
    }

    pub fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn at(dir: &Path) -> Option<Self> {
        if !dir.join("initdb").exists() {
            return None;
        }
        let output = Command::new(dir.join("postgres")).arg("--version").output().ok()?;
        let major = major(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { dir: fs::canonicalize(dir).ok()?, major })
    }
}

fn choose(found: Vec<Binaries>, wanted: Option<u32>) -> Result<Binaries> {
    let mut versions: Vec<String> = found.iter().map(|one| one.major.to_string()).collect();
    versions.dedup();
    let versions = versions.join(", ");
    let fits = |one: &Binaries| wanted.map_or(one.major >= OLDEST, |wanted| one.major == wanted);
    found.into_iter().find(fits).ok_or_else(|| {
        Error::internal(match (wanted, versions.as_str()) {
            (Some(wanted), "") => format!("the data directory needs PostgreSQL {wanted}, which is not installed; install it or set DATABASE_URL"),
            (Some(wanted), versions) => format!(
                "the data directory was made by PostgreSQL {wanted}, but this machine has {versions}; install PostgreSQL {wanted} or choose another --data-dir"
            ),
            (None, "") => "there is no PostgreSQL on this machine; install it (Debian, Ubuntu: apt install postgresql; macOS: brew install postgresql@17) or set DATABASE_URL".to_owned(),
            (None, versions) => format!("PostgreSQL {OLDEST} or newer is needed, this machine has {versions}; install a newer one or set DATABASE_URL"),
        })
    })
}

fn places() -> Vec<PathBuf> {
    let config = Command::new("pg_config").arg("--bindir").output().ok().filter(|output| output.status.success());
    let config = config.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let path = env::var_os("PATH").unwrap_or_default();
    config
        .into_iter()
        .chain(versioned("/usr/lib/postgresql", "", "bin"))
        .chain(versioned("/usr", "pgsql-", "bin"))
        .chain(env::split_paths(&path))
        .chain(versioned("/opt/homebrew/opt", "postgresql@", "bin"))
        .chain(versioned("/usr/local/opt", "postgresql@", "bin"))
        .chain(versioned("/Applications/Postgres.app/Contents/Versions", "", "bin"))
        .collect()
}

/// `parent/<prefix><number>/<rest>`, the greatest number first.
fn versioned(parent: &str, prefix: &str, rest: &str) -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let number = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((number, entry.path().join(rest)))
        })
        .collect();
    found.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    found.into_iter().map(|(_, path)| path).collect()
}

/// `postgres (PostgreSQL) 15.18 (Debian …)` → 15
fn major(version: &str) -> Option<u32> {
    let number = version.split_once("(PostgreSQL) ")?.1;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(majors: &[u32]) -> Vec<Binaries> {
        majors.iter().map(|&major| Binaries { dir: format!("/pg/{major}").into(), major }).collect()
    }

    #[test]
    fn versions_are_read_as_postgres_prints_them() {
        assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 19devel"), Some(19));
        assert_eq!(major("mysqld 8"), None);
    }

    #[test]
    fn a_data_directory_gets_the_version_that_made_it() {
        assert_eq!(choose(found(&[18, 16, 15]), Some(15)).unwrap().major, 15);
        assert_eq!(choose(found(&[18, 16]), None).unwrap().major, 18);
        let error = choose(found(&[18, 16]), Some(15)).unwrap_err().to_string();
        assert!(error.contains("made by PostgreSQL 15, but this machine has 18, 16"), "{error}");
    }

    #[test]
    fn what_to_install_is_said_in_one_sentence() {
        let error = choose(found(&[]), None).unwrap_err().to_string();
        assert!(
            error.starts_with("there is no PostgreSQL on this machine; install it (Debian, Ubuntu: apt install"),
            "{error}"
        );
        assert!(
            choose(found(&[9]), None).unwrap_err().to_string().contains("14 or newer is needed, this machine has 9")
        );
    }
}
