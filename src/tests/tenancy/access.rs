//! Which roles work in the database: of the embedded server, of a login with roles and of one without.

use std::path::Path;

use clap::Parser;
use flowpilot::server::{
    app,
    config::Config,
    postgres::{Postgres, Settings},
    store::access::{self, Access, Separation},
};
use sqlx::{Connection, PgConnection, PgExecutor};

use super::{super::support, House, code, seeds};

#[derive(sqlx::FromRow, Debug, PartialEq)]
struct Who {
    session: String,
    current: String,
    is_bound: bool,
    owns: i64,
}

async fn who(db: impl PgExecutor<'_>) -> Who {
    let ask = "select session_user::text as session, current_user::text as current,
             not (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb) as is_bound,
             (select count(*) from pg_class where relowner = r.oid) as owns
         from pg_roles r where rolname = current_user";
    sqlx::query_as(ask).fetch_one(db).await.unwrap()
}

fn ordinary(session: &str, current: &str) -> Who {
    Who { session: session.to_owned(), current: current.to_owned(), is_bound: true, owns: 0 }
}

#[tokio::test]
async fn a_login_with_roles_takes_them_on_for_each_transaction() {
    let house = House::built().await;
    assert_eq!(house.access.separation, Separation::Roles);
    assert_eq!(who(&mut *house.at_ours().await).await, ordinary("flowpilot_owner", "flowpilot_app"));
    assert_eq!(who(&house.access.everywhere).await, ordinary("flowpilot_owner", "flowpilot_engine"));
}

#[tokio::test]
async fn the_embedded_server_gives_handlers_engine_and_backups_logins_of_their_own() {
    let postgres = Postgres::start(&Settings::throw_away(support::scratch_dir("roles"))).await.unwrap();
    let opened = Access::embedded(&postgres.options(), 4).await.unwrap();
    assert_eq!(opened.separation, Separation::Logins);
    let workspace = flowpilot::domain::id::WorkspaceId(uuid::Uuid::now_v7());
    let mut tx = opened.tenants.begin(workspace).await.unwrap();
    assert_eq!(who(&mut *tx).await, ordinary("flowpilot_app", "flowpilot_app"));
    let refusal = sqlx::query("set role flowpilot_engine").execute(&mut *tx).await.unwrap_err();
    assert_eq!(code(&refusal), super::REFUSED);
    assert_eq!(who(&opened.everywhere).await, ordinary("flowpilot_engine", "flowpilot_engine"));

    seeds::plant(&opened.everywhere, workspace).await;
    let backup = postgres.options().username("flowpilot_backup");
    let mut backup = PgConnection::connect_with(&backup).await.unwrap();
    let kept: i64 = sqlx::query_scalar("select count(*) from journal").fetch_one(&mut backup).await.unwrap();
    assert_eq!(kept, 1, "a backup is whole");
    let refusal = sqlx::query("delete from journal").execute(&mut backup).await.unwrap_err();
    assert_eq!(code(&refusal), super::REFUSED);
    postgres.stop().await;
}

#[tokio::test]
async fn one_login_without_roles_works_and_binds_its_handlers_all_the_same() {
    let dir = support::scratch_dir("plain");
    let postgres = Postgres::start(&Settings::throw_away(dir.clone())).await.unwrap();
    let login = postgres.options();
    let opened = Access::by(&login, 4).await.unwrap();
    assert_eq!(opened.separation, Separation::Settings);
    let [ours, theirs] = [(); 2].map(|()| flowpilot::domain::id::WorkspaceId(uuid::Uuid::now_v7()));
    seeds::plant(&opened.everywhere, ours).await;
    seeds::plant(&opened.everywhere, theirs).await;
    let mut tx = opened.tenants.begin(ours).await.unwrap();
    for seed in seeds::SEEDS {
        let count = sqlx::AssertSqlSafe(format!("select count(*) from {}", seed.table));
        let seen: i64 = sqlx::query_scalar(count).fetch_one(&mut *tx).await.unwrap();
        assert_eq!(seen, 1, "{}", seed.table);
    }
    drop(tx);
    // Without a workspace, the owner sees nothing either.
    let mut owner = PgConnection::connect_with(&login).await.unwrap();
    let seen: i64 = sqlx::query_scalar("select count(*) from executions").fetch_one(&mut owner).await.unwrap();
    assert_eq!(seen, 0);

    let url = format!("postgres://flowpilot_owner@localhost/flowpilot?host={}", dir.join("run").display());
    let refusal = app::start(config(&url, &dir, &["--require-database-roles"])).await.err().unwrap().to_string();
    assert!(refusal.contains("Database roles"), "{refusal}");

    // What README tells the administrator to do.
    let mut superuser = PgConnection::connect_with(&postgres.superuser_options()).await.unwrap();
    let grant = "grant flowpilot_engine, flowpilot_app to flowpilot_owner";
    sqlx::query(grant).execute(&mut superuser).await.unwrap();
    let running = app::start(config(&url, &dir, &["--require-database-roles"])).await.unwrap();
    assert_eq!(who(&mut *running.state.tenants.begin(ours).await.unwrap()).await.current, "flowpilot_app");
    running.stop().await;
    let unbound = Access::by(&postgres.superuser_options().database("flowpilot"), 2).await.unwrap();
    assert_eq!(unbound.separation, Separation::Roles, "a superuser takes on the roles too");
    let mut owner = access::owner(&login);
    owner = access::everywhere(&owner);
    let mut owner = PgConnection::connect_with(&owner).await.unwrap();
    let seen: i64 = sqlx::query_scalar("select count(*) from executions").fetch_one(&mut owner).await.unwrap();
    assert_eq!(seen, 2, "for upkeep by hand");
    postgres.stop().await;
}

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    config: Config,
}

fn config(url: &str, dir: &Path, more: &[&str]) -> Config {
    let data_dir = dir.join("keys");
    let base = ["serve", "--listen=127.0.0.1:0", "--database-url", url, "--data-dir", data_dir.to_str().unwrap()];
    Arguments::try_parse_from(base.iter().chain(more)).unwrap().config
}
