//! The embedded Postgres: made, adopted, restarted; as root under another account.

use std::{fs, os::unix::fs::PermissionsExt, time::Duration};

use flowpilot::server::{
    postgres::{Postgres, Settings},
    store::database,
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, Uid},
};
use sqlx::{Connection, PgConnection};

use crate::support;

/// What the application sees.
async fn setting(postgres: &Postgres, name: &str) -> String {
    let mut connection = PgConnection::connect_with(&postgres.options()).await.unwrap();
    let value = database::setting(&mut connection, name).await.unwrap();
    connection.close().await.unwrap();
    value
}

/// Waits, with a deadline, until the condition holds.
async fn until(what: &str, condition: impl AsyncFn() -> bool) {
    let waiting = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(40), waiting).await.unwrap_or_else(|_| panic!("{what} within 40 s"));
}

#[tokio::test]
async fn the_server_is_durable_private_and_not_roots() {
    let settings = Settings::durable(support::scratch_dir("durable"));
    let postgres = Postgres::start(&settings).await.unwrap();
    for (name, value) in [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("jit", "off"),
        ("checkpoint_timeout", "15min"),
        ("max_wal_size", "4GB"),
        ("is_superuser", "off"),
    ] {
        assert_eq!(setting(&postgres, name).await, value, "{name}");
    }
    for private in ["run", "postgres"] {
        let mode = fs::metadata(settings.data_dir.join(private)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{private}");
    }
    let status = fs::read_to_string(format!("/proc/{}/status", postgres.pid().unwrap())).unwrap();
    let uids = status.lines().find(|line| line.starts_with("Uid:")).unwrap();
    assert!(!uids.split_whitespace().skip(1).any(|uid| uid == "0"), "{uids}");
    postgres.stop().await;
    assert!(!settings.data_dir.join("postgres/postmaster.pid").exists(), "it ended in good order");
}

#[tokio::test]
async fn a_socket_path_that_would_be_too_long_moves_to_a_short_private_directory() {
    let deep = support::scratch_dir("deep").join("a-directory-with-a-long-name/".repeat(4));
    let postgres = Postgres::start(&Settings::throw_away(deep)).await.unwrap();
    let mut connection = PgConnection::connect_with(&postgres.superuser_options()).await.unwrap();
    let dir = database::setting(&mut connection, "unix_socket_directories").await.unwrap();
    connection.close().await.unwrap();
    assert!(dir.starts_with("/tmp/flowpilot-") && dir.len() < 86, "{dir}");
    assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
    postgres.stop().await;
    fs::remove_dir_all(dir).unwrap();
}

#[tokio::test]
async fn a_server_left_behind_by_a_killed_process_is_adopted_and_ended() {
    let settings = Settings::durable(support::scratch_dir("orphan"));
    let (program, first) = start_program(&settings).await;
    kill(Pid::from_raw(program.id().unwrap().cast_signed()), Signal::SIGKILL).unwrap();
    reap(program).await;

    let postgres = Postgres::start(&settings).await.unwrap();
    assert_eq!(postgres.pid(), Some(first), "the same server, not a second one");
    postgres.stop().await;
    assert!(!settings.data_dir.join("postgres/postmaster.pid").exists());
}

#[tokio::test]
async fn after_both_were_killed_the_next_start_recovers() {
    let settings = Settings::durable(support::scratch_dir("crash"));
    let (program, first) = start_program(&settings).await;
    kill(Pid::from_raw(program.id().unwrap().cast_signed()), Signal::SIGKILL).unwrap();
    kill(Pid::from_raw(first), Signal::SIGKILL).unwrap();
    reap(program).await;

    let postgres = Postgres::start(&settings).await.unwrap();
    assert_ne!(postgres.pid(), Some(first));
    assert_eq!(setting(&postgres, "fsync").await, "on");
    postgres.stop().await;
}

#[tokio::test]
async fn a_killed_postgres_is_started_again() {
    let settings = Settings::durable(support::scratch_dir("killed"));
    let postgres = Postgres::start(&settings).await.unwrap();
    let first = postgres.pid().unwrap();
    kill(Pid::from_raw(first), Signal::SIGKILL).unwrap();
    until("a new server answers", async || {
        let new = postgres.pid().is_some_and(|pid| pid != first);
        new && PgConnection::connect_with(&postgres.options()).await.is_ok()
    })
    .await;
    postgres.stop().await;
}

#[tokio::test]
async fn a_second_process_is_a_guest_and_takes_over_when_the_first_goes() {
    let settings = Settings::durable(support::scratch_dir("guest"));
    let (mut program, first) = start_program(&settings).await;
    let guest = Postgres::start(&settings).await.unwrap();
    assert_eq!(guest.pid(), Some(first));

    kill(Pid::from_raw(program.id().unwrap().cast_signed()), Signal::SIGTERM).unwrap();
    assert!(program.wait().await.unwrap().success());
    until("the guest starts a server of its own", async || {
        let new = guest.pid().is_some_and(|pid| pid != first);
        new && PgConnection::connect_with(&guest.options()).await.is_ok()
    })
    .await;
    guest.stop().await;
    assert!(!settings.data_dir.join("postgres/postmaster.pid").exists());
}

#[tokio::test]
async fn a_start_while_the_predecessor_stops_waits_for_it() {
    let settings = Settings::durable(support::scratch_dir("restart"));
    let (mut program, first) = start_program(&settings).await;
    kill(Pid::from_raw(program.id().unwrap().cast_signed()), Signal::SIGTERM).unwrap();
    until("the first server is told to stop", async || !settings.data_dir.join("postgres/postmaster.pid").exists())
        .await;
    let postgres = Postgres::start(&settings).await.unwrap();
    assert!(program.wait().await.unwrap().success());
    assert_ne!(postgres.pid(), Some(first));
    assert_eq!(setting(&postgres, "fsync").await, "on");
    postgres.stop().await;
}

#[tokio::test]
async fn a_pid_file_that_names_another_program_is_set_aside_not_obeyed() {
    let settings = Settings::throw_away(support::scratch_dir("reused"));
    Postgres::start(&settings).await.unwrap().stop().await;
    let pid_file = settings.data_dir.join("postgres/postmaster.pid");
    let run = settings.data_dir.join("run");
    fs::write(&pid_file, format!("{}\n{}\n1\n5432\n{}\n", std::process::id(), pid_file.display(), run.display()))
        .unwrap();

    let postgres = Postgres::start(&settings).await.unwrap();
    assert_ne!(postgres.pid(), Some(std::process::id().cast_signed()));
    postgres.stop().await;
    assert!(settings.data_dir.join("postgres/postmaster.pid.stale").exists());
}

#[tokio::test]
async fn another_postgres_than_the_one_that_made_the_data_is_refused() {
    let settings = Settings::throw_away(support::scratch_dir("version"));
    Postgres::start(&settings).await.unwrap().stop().await;
    fs::write(settings.data_dir.join("postgres/PG_VERSION"), "9\n").unwrap();
    let error = Postgres::start(&settings).await.err().expect("a refusal").to_string();
    assert!(error.contains("PostgreSQL 9"), "{error}");
}

#[tokio::test]
async fn root_is_told_when_its_postgres_cannot_enter_the_place() {
    if !Uid::effective().is_root() {
        return; // an ordinary user's server is its own
    }
    let closed = support::scratch_dir("closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    let error = Postgres::start(&Settings::throw_away(closed.join("data"))).await.err().expect("a refusal").to_string();
    assert!(error.contains("cannot enter") && error.contains("--data-dir"), "{error}");
}

/// The real program with its embedded server, and that server's process id.
async fn start_program(settings: &Settings) -> (tokio::process::Child, i32) {
    let mut program = tokio::process::Command::new(env!("CARGO_BIN_EXE_flowpilot"));
    program.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(&settings.data_dir).env_remove("DATABASE_URL");
    program.stdout(std::process::Stdio::piped()).kill_on_drop(true);
    let mut child = program.spawn().unwrap();
    let mut lines = tokio::io::BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    tokio::io::AsyncBufReadExt::read_line(&mut lines, &mut line).await.unwrap();
    assert!(line.starts_with("FlowPilot is ready"), "{line}");
    let pid_file = fs::read_to_string(settings.data_dir.join("postgres/postmaster.pid")).unwrap();
    (child, pid_file.lines().next().unwrap().parse().unwrap())
}

async fn reap(mut program: tokio::process::Child) {
    let _ = program.wait().await;
}
