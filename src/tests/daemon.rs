//! Servers that the tests start for themselves: real ones, each on a free port of this machine, gone with the tests.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use tokio::sync::OnceCell;

use crate::{support, tls};

/// A server that runs.
pub struct Daemon {
    pub port: u16,
    /// Where it expects TLS: the same, where it takes both; 0, where it takes none.
    pub tls_port: u16,
    /// Closes when this process ends, however it does: then its shell ends the server and clears up.
    _janitor: ChildStdin,
}

/// The login of every server.
pub const USER: &str = "flowpilot";
pub const PASSWORD: &str = "canary-password-1";

/// MariaDB with a user that may do everything in the database `test`.
pub async fn mariadb() -> &'static Daemon {
    static SERVER: OnceCell<Daemon> = OnceCell::const_new();
    SERVER.get_or_init(|| async { tokio::task::spawn_blocking(start_mariadb).await.expect("it starts") }).await
}

fn start_mariadb() -> Daemon {
    let dir = support::scratch_dir("mariadb");
    let (data, init) = (dir.join("data"), dir.join("init.sql"));
    let sql = format!(
        "create database test; create user '{USER}'@'%' identified by '{PASSWORD}'; grant all on test.* to '{USER}'@'%';"
    );
    std::fs::write(&init, sql.replace("; ", ";\n") + "\n").expect("writable");
    // Started by root, it works as somebody without rights.
    let user = if nix::unistd::Uid::effective().is_root() { vec!["--user=nobody"] } else { vec![] };
    if !user.is_empty() {
        run(Command::new("chown").args(["-R", "nobody"]).arg(&dir));
    }
    let mut install = Command::new("mariadb-install-db");
    install
        .args(["--no-defaults", "--skip-test-db", "--skip-name-resolve", "--auth-root-authentication-method=normal"])
        .args(&user);
    run(install.arg(format!("--datadir={}", data.display())));
    let port = free_port();
    let mut server = Command::new("/usr/sbin/mariadbd");
    server.args(["--no-defaults", "--bind-address=127.0.0.1", "--skip-name-resolve", "--skip-log-bin"]).args(&user);
    server.args([format!("--port={port}"), format!("--datadir={}", data.display())]);
    server.args([format!("--socket={}", dir.join("s").display()), format!("--init-file={}", init.display())]);
    server.args(["--innodb-buffer-pool-size=32M", "--innodb-flush-log-at-trx-commit=0"]);
    let key = own_copy(&tls::file("server.key"), &dir);
    server.args([format!("--ssl-cert={}", tls::file("server.pem").display()), format!("--ssl-key={}", key.display())]);
    Daemon { port, tls_port: port, _janitor: launch(server, "ready for connections", &dir) }
}

/// Redis that wants a password.
pub async fn redis() -> &'static Daemon {
    static SERVER: OnceCell<Daemon> = OnceCell::const_new();
    SERVER.get_or_init(|| async { tokio::task::spawn_blocking(start_redis).await.expect("it starts") }).await
}

fn start_redis() -> Daemon {
    let dir = support::scratch_dir("redis");
    let (port, tls_port) = (free_port(), free_port());
    let path = |name: &str| tls::file(name).display().to_string();
    // One program under several names; this one is there also without a service that runs for ever.
    let mut server = Command::new("redis-check-rdb");
    server.arg0("redis-server").args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
    server.args(["--requirepass", PASSWORD, "--port", &port.to_string(), "--tls-port", &tls_port.to_string()]);
    server.args(["--tls-auth-clients", "no", "--tls-cert-file", &path("server.pem")]);
    server.args(["--tls-key-file", &path("server.key"), "--tls-ca-cert-file", &path("authority.pem"), "--dir"]);
    server.arg(&dir);
    Daemon { port, tls_port, _janitor: launch(server, "Ready to accept connections", &dir) }
}

/// A server of S3 that checks signatures, with the buckets `test` and `pages`, of which one page does not hold all.
pub async fn s3() -> &'static Daemon {
    static SERVER: OnceCell<Daemon> = OnceCell::const_new();
    SERVER.get_or_init(|| async { tokio::task::spawn_blocking(start_s3).await.expect("it starts") }).await
}

fn start_s3() -> Daemon {
    let dir = support::scratch_dir("s3");
    let bucket = |name: &str| dir.join("root").join(name);
    for name in ["test", "pages"] {
        std::fs::create_dir_all(bucket(name)).expect("writable");
    }
    for number in 0..=1_000 {
        std::fs::write(bucket("pages").join(format!("{number}.txt")), "").expect("writable");
    }
    let port = free_port();
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/s3/bin/rclone");
    let mut server = Command::new(program);
    server.env("RCLONE_CONFIG", "/dev/null").args(["serve", "s3", "--addr", &format!("127.0.0.1:{port}")]);
    server.args(["--auth-key", &format!("{USER},{PASSWORD}")]).arg(dir.join("root"));
    Daemon { port, tls_port: 0, _janitor: launch(server, "Starting s3 server", &dir) }
}

fn run(command: &mut Command) {
    let done =
        command.stdout(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}; tools/setup test"));
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// Readable by whoever owns the directory.
fn own_copy(file: &Path, dir: &Path) -> PathBuf {
    let copy = dir.join(file.file_name().expect("a name"));
    std::fs::copy(file, &copy).expect("writable");
    run(Command::new("chmod").arg("644").arg(&copy));
    copy
}

/// Starts the server and returns once it says so.
#[expect(clippy::zombie_processes, reason = "its janitor ends it together with the test program, its parent")]
fn launch(mut server: Command, ready: &'static str, dir: &Path) -> ChildStdin {
    server.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).current_dir(dir);
    let mut child = server.spawn().unwrap_or_else(|error| panic!("{server:?}: {error}; run tools/setup test"));
    let janitor = janitor(&child, dir);
    let (told, is_ready) = mpsc::channel();
    listen(child.stdout.take().expect("piped"), ready, told.clone());
    listen(child.stderr.take().expect("piped"), ready, told);
    let mut said = String::new();
    loop {
        match is_ready.recv_timeout(Duration::from_secs(120)) {
            Ok(line) if line.contains(ready) => return janitor,
            Ok(line) => said += &line,
            Err(error) => panic!("{server:?} does not start ({error}): {said}"),
        }
    }
}

/// Reads to the end, so that the server never waits for a reader; tells the lines up to the one that counts.
fn listen(stream: impl std::io::Read + Send + 'static, ready: &'static str, told: mpsc::Sender<String>) {
    thread::spawn(move || {
        let mut told = Some(told);
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let is_it = line.contains(ready);
            if let Some(sender) = &told {
                let _ = sender.send(line + "\n");
            }
            if is_it {
                told = None;
            }
        }
    });
}

fn janitor(server: &Child, dir: &Path) -> ChildStdin {
    let script = "read -r _; kill -KILL $1; rm -rf \"$2\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "janitor", &server.id().to_string()]).arg(dir);
    shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    shell.spawn().expect("a shell").stdin.take().expect("its input")
}
