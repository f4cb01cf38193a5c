//! Ways out, tried one after the other in each tier; and what one task leaves for the next. (C12, C22)

use std::{
    net::TcpListener,
    os::{linux::net::SocketAddrExt, unix::fs::PermissionsExt, unix::net::SocketAddr, unix::net::UnixListener},
};

use serde_json::json;

use super::{bash, python, run, tiers};
use crate::support::scratch_dir;

#[tokio::test]
async fn nothing_gets_out() {
    // Everything that rights of files alone would protect is open to all.
    let dir = scratch_dir("crown-jewels");
    let key = dir.join("secret.key");
    std::fs::write(&key, "canary").unwrap();
    std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o777)).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o666)).unwrap();
    let path = dir.join("socket");
    let _socket = UnixListener::bind(&path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
    let name = format!("flowpilot-test-{}", std::process::id());
    let _abstract = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap();
    // What every process of a test has in its environment.
    let secret = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| "PATH=".to_owned());
    let given = json!({
        "key": key, "dir": dir, "socket": path, "abstract": name, "port": port.local_addr().unwrap().port(),
        "pid": std::process::id(), "secret": secret,
    });
    for tier in tiers().await {
        let job = python(include_str!("escapes.py"));
        let (finished, stdout, stderr) = run(tier, job, &given.to_string()).await;
        assert_eq!(finished.end.exit_code, Some(0), "{tier:?}: {stderr}");
        let escaped: Vec<&str> = stdout.lines().filter(|line| line.contains("ESCAPED")).collect();
        assert!(escaped.is_empty(), "{tier:?}: {escaped:#?}");
        let tried = stdout.lines().filter(|line| line.contains(": kept")).count();
        assert!(tried >= 100, "{tier:?}: {tried} ways were tried:\n{stdout}");
        assert!(!dir.join("x").exists());
    }
}

#[tokio::test]
async fn a_task_finds_nothing_of_the_one_before() {
    for tier in tiers().await {
        let leave = "echo mine > left-over; mkdir -p sub; echo mine > sub/left-over; echo mine > /dev/shm/left-over 2>/dev/null; pwd";
        let (_, first, stderr) = run(tier, bash(leave), "").await;
        assert!(!first.is_empty(), "{stderr}");
        let look = format!(
            "ls -A; ls -A /dev/shm 2>/dev/null; ls -A {} 2>/dev/null; find / -name left-over 2>/dev/null; true",
            first.trim()
        );
        let (_, second, _) = run(tier, bash(&look), "").await;
        let found: Vec<&str> = second.lines().filter(|line| *line != "script").collect();
        assert!(found.is_empty(), "{tier:?}: {found:?}");
    }
}

#[tokio::test]
async fn the_environment_is_made_from_nothing() {
    for tier in tiers().await {
        let (_, stdout, _) =
            run(tier, bash("env | sort; cat /proc/self/environ 2>/dev/null | tr '\\0' '\\n'"), "").await;
        let known = ["PATH=", "LANG=", "TZ=", "HOME=", "TMPDIR=", "PWD=", "SHLVL=", "_=", "OLDPWD="];
        let strange: Vec<&str> =
            stdout.lines().filter(|line| !known.iter().any(|name| line.starts_with(name))).collect();
        assert!(strange.is_empty(), "{tier:?}: {strange:?}");
        // Nothing that the server holds open reaches the task.
        let (_, open, _) =
            run(tier, bash("for n in $(seq 3 255); do [ -e /dev/fd/$n ] && readlink /dev/fd/$n; done; true"), "").await;
        let strange: Vec<&str> = open.lines().filter(|line| !line.ends_with("/script")).collect();
        assert!(strange.is_empty(), "{tier:?}: {strange:?}");
    }
}
