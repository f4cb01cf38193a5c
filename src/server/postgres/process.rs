//! What the system knows of the server's processes. Without /proc, being alive has to be enough.

use std::{fs, path::Path};

use nix::{sys::signal::kill, unistd::Pid};

/// Whether the process runs. One that ended and whose parent has not looked yet does not.
pub fn is_alive(pid: i32) -> bool {
    let exists = kill(Pid::from_raw(pid), None) != Err(nix::errno::Errno::ESRCH);
    exists && stat(pid).is_none_or(|(_, state)| !matches!(state, 'Z' | 'X'))
}

/// Whether the process runs and is a Postgres.
pub fn is_server(pid: i32) -> bool {
    is_alive(pid) && stat(pid).is_none_or(|(name, _)| name == "postgres")
}

/// Whether any process works in the directory, as every Postgres does in its data directory. None where that cannot be
/// known.
pub fn anyone_in(dir: &Path) -> Option<bool> {
    let dir = fs::canonicalize(dir).ok()?;
    let processes = fs::read_dir("/proc")
        .ok()?
        .flatten()
        .filter(|entry| entry.file_name().to_str().is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit())));
    let mut places = processes.filter_map(|process| fs::read_link(process.path().join("cwd")).ok()).peekable();
    places.peek()?;
    Some(places.any(|place| place == dir))
}

/// Name and state out of `/proc/<pid>/stat`: `4711 (postgres) S 1 …`.
fn stat(pid: i32) -> Option<(String, char)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.split_once('(')?;
    let (name, rest) = rest.rsplit_once(") ")?;
    Some((name.to_owned(), rest.chars().next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_is_no_postgres_is_not_taken_for_one() {
        let own = std::process::id().cast_signed();
        assert!(is_alive(own) && !is_server(own));
    }

    #[test]
    fn a_process_that_nobody_waited_for_counts_as_gone() {
        let mut child = std::process::Command::new("true").stdout(std::process::Stdio::piped()).spawn().unwrap();
        // Its output closes when it ends.
        std::io::read_to_string(child.stdout.take().unwrap()).unwrap();
        let pid = child.id().cast_signed();
        while is_alive(pid) {
            std::thread::yield_now();
        }
        assert!(child.wait().unwrap().success());
    }

    #[test]
    fn who_works_in_a_directory_is_found() {
        assert_eq!(anyone_in(&std::env::current_dir().unwrap()), Some(true));
        assert_eq!(anyone_in(Path::new("/proc")), Some(false));
    }
}
