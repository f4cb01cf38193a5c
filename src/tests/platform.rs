//! The program as a whole: it starts, answers, tells its health and stops.

use reqwest::{Method, StatusCode};

use flowpilot::domain::role::Role;

use crate::support;

#[tokio::test]
async fn a_started_server_is_ready_and_serves_pages_to_its_owner() {
    let server = support::server().await;
    let live = server.anonymous(Method::GET, "/health/live").send().await.unwrap();
    assert_eq!(live.status(), StatusCode::NO_CONTENT);
    let ready = server.anonymous(Method::GET, "/health/ready").send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::NO_CONTENT);

    let page = server.browse(Method::GET, "/").send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.text().await.unwrap().contains("<title>"));
    let missing = server.browse(Method::GET, "/there/is/no/such/page").send().await.unwrap();
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_stopping_server_is_not_ready() {
    let server = support::server().await;
    let (http, url) = (server.http.clone(), format!("{}/health/ready", server.url));
    // The open connection is served until the client closes it; new ones are refused.
    assert_eq!(http.get(&url).send().await.unwrap().status(), StatusCode::NO_CONTENT);
    server.app.stopping.cancel();
    let answer = http.get(&url).send().await;
    assert!(answer.is_err() || answer.unwrap().status() == StatusCode::SERVICE_UNAVAILABLE);
    server.stop().await;
    assert!(http.get(&url).send().await.is_err());
}

#[tokio::test]
async fn two_replicas_that_start_together_migrate_once() {
    let database = support::empty_database().await;
    let (one, two) = tokio::join!(migrated(&database.url), migrated(&database.url));
    assert_eq!((one, two), (true, true));
}

#[tokio::test]
async fn people_of_one_workspace_share_it_and_others_do_not() {
    let server = support::server().await;
    let colleague = server.person("viewer@example.com", "Test workspace", Role::Viewer).await;
    let stranger = server.person("stranger@example.com", "Elsewhere", Role::Owner).await;
    assert_eq!(colleague.workspace, server.owner.workspace);
    assert_ne!(stranger.workspace, server.owner.workspace);
    assert_ne!(colleague.user, stranger.user);
    assert_ne!(colleague.token, stranger.token);
    assert!(!server.database.pool.is_closed());
    assert_eq!(stranger.email, "stranger@example.com");
    let page = server.call(Method::GET, "/health/live").send().await.unwrap();
    assert_eq!(page.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn what_keeps_the_program_from_starting_is_said_in_one_line() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let data = support::scratch_dir("unused");
    let data = data.to_str().unwrap();
    for (arguments, sentence) in [
        (vec!["--listen", &listen], "cannot listen on 127.0.0.1"),
        (vec!["--listen", "127.0.0.1:0", "--database-url", "nonsense"], "DATABASE_URL"),
        (vec!["--listen", "127.0.0.1:0", "--public-url", "http://flow.example.com"], "FLOWPILOT_PUBLIC_URL"),
    ] {
        let mut program = tokio::process::Command::new(env!("CARGO_BIN_EXE_flowpilot"));
        program.args(["serve", "--data-dir", data]).args(&arguments).env_remove("DATABASE_URL");
        let output = program.output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(said.starts_with("flowpilot: ") && said.contains(sentence) && said.lines().count() == 1, "{said}");
    }
}

async fn migrated(url: &str) -> bool {
    use flowpilot::server::store::database;
    let pool = database::connect(url.parse().unwrap(), 2).await.unwrap();
    database::migrate(&pool).await.is_ok()
}
