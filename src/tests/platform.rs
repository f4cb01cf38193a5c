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

async fn migrated(url: &str) -> bool {
    use flowpilot::server::store::database;
    let pool = database::connect(url.parse().unwrap(), 2).await.unwrap();
    database::migrate(&pool).await.is_ok()
}
