//! Keys change while values are read and written, by a real process that is killed at any point: everything opens, always.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use flowpilot::{
    domain::{
        credential::{Contents, CredentialKind},
        id::{CredentialId, NodeId, UserId, WorkflowId, WorkspaceId},
        role::Role,
    },
    server::{
        auth::people,
        secrets::Secrets,
        store::{credentials, reseal::PLACES},
    },
};
use serde_json::Value;
use sqlx::AssertSqlSafe;
use tokio::process::Command;
use uuid::Uuid;

use crate::support::{self, TestDatabase};

const CANARY: &str = "canary-3c70";
/// More than one batch.
const CREDENTIALS: usize = 560;
const KILLS: u32 = 100;

/// A workspace with many credentials and an address of a webhook, and the data directory with the key that seals them.
struct Vault {
    database: TestDatabase,
    data_dir: PathBuf,
    workspace: WorkspaceId,
    user: UserId,
}

impl Vault {
    async fn with(count: usize) -> Self {
        let (database, data_dir) = (support::database().await, support::scratch_dir("vault"));
        let password = Some(support::PASSWORD.to_owned());
        let wish =
            people::Wish { email: "owner@example.com", name: "", workspace_name: "Test", role: Role::Owner, password };
        let made = people::create(&database.pool, wish).await.unwrap();
        let vault = Self { database, data_dir, workspace: made.workspace, user: made.user };
        let secrets = vault.secrets().await;
        for number in 0..count {
            vault.keep(&secrets, &format!("credential {number}"), &format!("{CANARY}-{number}")).await;
        }
        vault.keep_trigger(&secrets).await;
        vault
    }

    /// As a process that starts now reads the key.
    async fn secrets(&self) -> Secrets {
        let secrets = Secrets::load(&self.data_dir, None).unwrap();
        secrets.verify(&self.database.pool).await.unwrap();
        secrets
    }

    async fn keep(&self, secrets: &Secrets, name: &str, value: &str) {
        let mut tx = self.database.pool.begin().await.unwrap();
        let (id, contents) = (CredentialId(Uuid::now_v7()), contents(value));
        let sealed = secrets.seal_values(&mut tx, self.workspace, id, 1, &contents.values).await.unwrap();
        let kind = CredentialKind::Secret;
        let new = credentials::New {
            id,
            name,
            kind,
            contents: &contents,
            values_sealed: &sealed,
            created_by: self.user,
            only_chosen: false,
        };
        credentials::insert(&mut *tx, self.workspace, new).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn keep_trigger(&self, secrets: &Secrets) {
        let (workflow, node) = (WorkflowId(Uuid::now_v7()), NodeId::from("hook"));
        let mut tx = self.database.pool.begin().await.unwrap();
        let context = format!("webhook|{workflow}|{node}");
        let sealed = secrets.seal(&mut tx, self.workspace, &context, CANARY.as_bytes()).await.unwrap();
        sqlx::query("insert into workflows (workspace_id, id, name, draft) values ($1, $2, 'Test', '{}')")
            .bind(self.workspace.0)
            .bind(workflow.0)
            .execute(&mut *tx)
            .await
            .unwrap();
        sqlx::query(
            "insert into triggers (workspace_id, id, workflow_id, node_id, node_name, kind, definition, token_hash, token_sealed)
             values ($1, $2, $3, 'hook', 'Hook', 'webhook', '{\"kind\":\"webhook\",\"auth\":{\"type\":\"none\"}}', '\\x00', $4)",
        )
        .bind(self.workspace.0)
        .bind(Uuid::now_v7())
        .bind(workflow.0)
        .bind(sealed)
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }

    /// `flowpilot key …` on this vault.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowpilot"));
        command.arg("key").args(arguments).args(["--database-url", &self.database.url, "--data-dir"]);
        command.arg(&self.data_dir).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    async fn succeed(&self, arguments: &[&str]) -> Value {
        let output = self.command(arguments).output().await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    /// Opens every `step`th credential with what a process that starts now would have.
    async fn check(&self, step: usize) {
        let secrets = self.secrets().await;
        let mut db = self.database.pool.acquire().await.unwrap();
        for number in (rand::random_range(0..step)..CREDENTIALS).step_by(step) {
            let name = format!("credential {number}");
            let found = secrets.credential(&mut db, self.workspace, &name).await;
            let (_, secret) = found.unwrap_or_else(|error| panic!("{name}: {error}")).expect("it is there");
            assert!(secret.value("value").unwrap().starts_with(&format!("{CANARY}-{number}")));
        }
        let (workflow, sealed): (Uuid, Vec<u8>) =
            sqlx::query_as("select workflow_id, token_sealed from triggers").fetch_one(&mut *db).await.unwrap();
        let context = format!("webhook|{workflow}|hook");
        let opened = secrets.open(&mut db, self.workspace, &context, &sealed).await.unwrap();
        assert_eq!(opened.as_slice(), CANARY.as_bytes());
    }

    /// Ids of the keys that anything in this column is sealed with.
    async fn key_ids(&self, table: &str, column: &str) -> Vec<Vec<u8>> {
        let statement =
            format!("select distinct substring({column} from 2 for 4) from {table} where {column} is not null");
        sqlx::query_scalar(AssertSqlSafe(statement)).fetch_all(&self.database.pool).await.unwrap()
    }

    async fn until_one_waits_for_a_lock(&self) {
        let waiting =
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        let waits = async {
            while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&self.database.pool).await.unwrap() == 0 {
                ticks.tick().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), waits).await.expect("somebody waits");
    }

    fn files(&self) -> Vec<String> {
        files(&self.data_dir)
    }
}

fn files(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn contents(value: &str) -> Contents {
    Contents { values: [("value".to_owned(), value.to_owned())].into(), ..Contents::default() }
}

/// A replica at work: replaces credentials and reads them back with the key that it started with, whatever happens to it.
async fn work_on(vault: Arc<Vault>, stop: Arc<AtomicBool>, done: Arc<AtomicU64>) {
    let secrets = vault.secrets().await;
    while !stop.load(Ordering::Relaxed) {
        let number = rand::random_range(0..CREDENTIALS);
        let name = format!("credential {number}");
        let mut tx = vault.database.pool.begin().await.unwrap();
        let found = credentials::sealed(&mut *tx, vault.workspace, &name).await.unwrap().expect("it is there");
        credentials::lock(&mut *tx, vault.workspace, found.id).await.unwrap();
        let (version, contents) = (found.version + 1, contents(&format!("{CANARY}-{number}-again")));
        let sealed = secrets.seal_values(&mut tx, vault.workspace, found.id, version, &contents.values).await.unwrap();
        credentials::replace(&mut *tx, vault.workspace, found.id, version, &contents, &sealed).await.unwrap();
        tx.commit().await.unwrap();
        let mut db = vault.database.pool.acquire().await.unwrap();
        secrets.credential(&mut db, vault.workspace, &name).await.unwrap().expect("it opens");
        done.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_a_hundred_points_every_value_opens_and_one_key_is_left() {
    let vault = Arc::new(Vault::with(CREDENTIALS).await);
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let replica = tokio::spawn(work_on(vault.clone(), stop.clone(), done.clone()));
    let mut killed = 0;
    for what in ["rotate", "rotate-data"] {
        let begin = Instant::now();
        vault.succeed(&[what, "--json"]).await;
        let whole = begin.elapsed();
        for kill in 0..KILLS / 2 {
            let mut child = vault.command(&[what, "--json"]).spawn().unwrap();
            // Somewhere between its start and its end.
            let point = whole.mul_f64(rand::random_range(0.2..1.1));
            match tokio::time::timeout(point, child.wait()).await {
                Ok(ended) => assert!(ended.unwrap().success(), "{what} {kill}"),
                Err(_still_running) => {
                    child.start_kill().unwrap();
                    child.wait().await.unwrap();
                    killed += 1;
                }
            }
            vault.check(if kill % 10 == 9 { 1 } else { 20 }).await;
        }
    }
    println!("{killed} of {KILLS} killed under way; {} replacements meanwhile", done.load(Ordering::Relaxed));
    assert!(killed >= KILLS / 2, "only {killed} were killed under way");
    stop.store(true, Ordering::Relaxed);
    replica.await.expect("the running replica noticed every new key");
    assert!(done.load(Ordering::Relaxed) > 0);

    vault.succeed(&["rotate-data", "--json"]).await;
    let rotated = vault.succeed(&["rotate", "--json"]).await;
    vault.check(1).await;
    for place in PLACES {
        let ids = vault.key_ids(place.table, place.column).await;
        assert!(ids.len() <= 1, "{place:?}: {ids:?}");
    }
    let present = hex::decode(rotated["key"].as_str().unwrap()).unwrap();
    for table in ["workspace_keys", "instance_keys"] {
        assert_eq!(vault.key_ids(table, "key_sealed").await, std::slice::from_ref(&present), "{table}");
    }
    assert!(!vault.files().contains(&"secret.key.next".to_owned()), "{:?}", vault.files());
    let plain: i64 = sqlx::query_scalar(
        "select count(*) from credentials where position('canary' in encode(values_sealed, 'escape') || credentials::text) > 0",
    )
    .fetch_one(&vault.database.pool)
    .await
    .unwrap();
    assert_eq!(plain, 0, "no value lies in the open");
}

#[tokio::test]
async fn a_change_of_the_instances_key_keeps_the_old_one_beside_the_new_and_resume_urls_good() {
    let vault = Vault::with(3).await;
    let execution = flowpilot::domain::id::ExecutionId(Uuid::now_v7());
    let before = vault.secrets().await.resume_token(execution).unwrap();
    let old = std::fs::read_to_string(vault.data_dir.join("secret.key")).unwrap();
    let status = vault.succeed(&["status", "--json"]).await;
    let rotated = vault.succeed(&["rotate", "--json"]).await;
    assert_eq!(rotated["wrapped"], 1);
    assert_ne!(status["key"], rotated["key"]);
    let kept = format!("secret.key.old-{}", status["key"].as_str().unwrap());
    assert_eq!(vault.files(), ["secret.key".to_owned(), kept.clone()]);
    assert_eq!(std::fs::read_to_string(vault.data_dir.join(kept)).unwrap(), old);
    assert_eq!(vault.secrets().await.resume_token(execution).unwrap(), before);
}

#[tokio::test]
async fn a_process_without_the_new_key_says_so_and_goes_on_once_it_has_it() {
    let vault = Vault::with(1).await;
    let elsewhere = support::scratch_dir("elsewhere");
    std::fs::copy(vault.data_dir.join("secret.key"), elsewhere.join("secret.key")).unwrap();
    let replica = Secrets::load(&elsewhere, None).unwrap();
    replica.verify(&vault.database.pool).await.unwrap();
    vault.succeed(&["rotate", "--json"]).await;

    let mut db = vault.database.pool.acquire().await.unwrap();
    let refusal = replica.credential(&mut db, vault.workspace, "credential 0").await.err().unwrap().to_string();
    assert!(refusal.contains("Put the key file of this database there"), "{refusal}");
    // A data key that it would wrap with the old key is left out.
    let empty = WorkspaceId(Uuid::now_v7());
    sqlx::query("insert into workspaces (id, name) values ($1, 'Empty')")
        .bind(empty.0)
        .execute(&mut *db)
        .await
        .unwrap();
    let refusal = replica.seal(&mut db, empty, "here", b"value").await.unwrap_err().to_string();
    assert!(refusal.contains("the instance's key was changed"), "{refusal}");
    assert!(vault.key_ids("workspace_keys", "key_sealed").await.len() == 1);

    std::fs::copy(vault.data_dir.join("secret.key"), elsewhere.join("secret.key.next")).unwrap();
    assert!(replica.credential(&mut db, vault.workspace, "credential 0").await.unwrap().is_some());
    let sealed = replica.seal(&mut db, empty, "here", b"value").await.unwrap();
    assert_eq!(replica.open(&mut db, empty, "here", &sealed).await.unwrap().as_slice(), b"value");
}

#[tokio::test]
async fn a_data_key_is_not_retired_while_somebody_seals_with_it() {
    let vault = Arc::new(Vault::with(2).await);
    let secrets = vault.secrets().await;
    let mut tx = vault.database.pool.begin().await.unwrap();
    let (id, contents) = (CredentialId(Uuid::now_v7()), contents(CANARY));
    let sealed = secrets.seal_values(&mut tx, vault.workspace, id, 1, &contents.values).await.unwrap();
    let rotating = tokio::spawn({
        let vault = vault.clone();
        async move { vault.secrets().await.rotate_data_key(&vault.database.pool, vault.workspace).await }
    });
    vault.until_one_waits_for_a_lock().await;
    assert!(!rotating.is_finished(), "the data key was retired while it was in use");
    let new = credentials::New {
        id,
        name: "late",
        kind: CredentialKind::Secret,
        contents: &contents,
        values_sealed: &sealed,
        created_by: vault.user,
        only_chosen: false,
    };
    credentials::insert(&mut *tx, vault.workspace, new).await.unwrap();
    tx.commit().await.unwrap();
    rotating.await.unwrap().unwrap();
    let mut db = vault.database.pool.acquire().await.unwrap();
    assert!(secrets.credential(&mut db, vault.workspace, "late").await.unwrap().is_some());
    assert_eq!(vault.key_ids("credentials", "values_sealed").await.len(), 1);
}

#[tokio::test]
async fn every_column_of_sealed_values_is_sealed_anew() {
    let database = support::database().await;
    let columns: Vec<(String, String)> = sqlx::query_as(
        "select table_name::text, column_name::text from information_schema.columns
         where table_schema = current_schema() and column_name like '%\\_sealed' and table_name not like '%\\_keys'
         order by 1, 2",
    )
    .fetch_all(&database.pool)
    .await
    .unwrap();
    let mut known: Vec<_> = PLACES.iter().map(|place| (place.table.to_owned(), place.column.to_owned())).collect();
    known.sort();
    assert_eq!(columns, known, "src/server/store/reseal.rs says what each was sealed for");
}
