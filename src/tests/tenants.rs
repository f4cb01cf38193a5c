//! Two workspaces on one server: whoever asks with the other's ids hears that there is no such thing, and changes nothing.

use flowpilot::domain::{id::ExecutionId, role::Role};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

use crate::{
    operations::{FEEDS, Ids, REST, SERVER_FUNCTIONS, names_something, path_of, workflow},
    support::{self, Person, TestServer},
};

async fn call(server: &TestServer, person: &Person, function: &str, arguments: Value) -> Value {
    let request = server.anonymous(Method::POST, &path_of(function)).json(&arguments);
    let answer = request.header("cookie", &person.cookie).header("origin", &server.url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{function}");
    answer.json().await.unwrap()
}

fn id(value: &Value) -> Uuid {
    value.as_str().expect("an id").parse().expect("a UUID")
}

/// One of everything, in this person's workspace; nothing is under way any more.
async fn furnish(server: &TestServer, person: &Person) -> Ids {
    let made = id(&call(server, person, "import_workflow", json!({ "workflow": workflow("Theirs") })).await);
    call(server, person, "publish_workflow", json!({ "id": made, "revision": 1, "name": "", "note": "" })).await;
    let start = json!({ "workflow": made, "draft": false, "input": {}, "breakpoints": [], "key": "first" });
    let execution = id(&call(server, person, "start_execution", start).await);
    server.app.engine.finished(person.workspace, ExecutionId(execution)).await.unwrap();
    let credential =
        json!({ "new": { "name": "Key", "kind": "secret", "contents": { "values": { "value": "canary key" } } } });
    let invitation = json!({ "email": "canary@example.com", "role": "viewer" });
    let channel = json!({ "new": { "name": "Ops", "kind": "slack", "target": "#canary", "credential": "Key" } });
    let triggers = call(server, person, "list_triggers", json!({ "workflow": made })).await;
    let hook = triggers.as_array().unwrap().iter().find(|trigger| trigger["node"] == "hook").expect("the webhook");
    Ids {
        workflow: made,
        execution,
        trigger: id(&hook["id"]),
        credential: id(&call(server, person, "create_credential", credential).await),
        channel: id(&call(server, person, "create_channel", channel).await),
        token: id(&call(
            server,
            person,
            "create_token",
            json!({ "wish": { "name": "t", "days": 1, "reach": { "scopes": ["workflows:read"] } } }),
        )
        .await["summary"]["id"]),
        session: id(&call(server, person, "list_sessions", json!({})).await[0]["id"]),
        member: person.user.0,
        invitation: id(&call(server, person, "invite_member", invitation).await["id"]),
        workspace: person.workspace.0,
        task: id(&call(
            server,
            person,
            "create_library_task",
            json!({ "wish": { "name": "Theirs", "definition": { "kind": "no_op" } } }),
        )
        .await),
    }
}

/// What stands in the database for this workspace, table by table.
async fn contents(pool: &PgPool, workspace: Uuid) -> Vec<(String, Option<String>)> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select table_name::text from information_schema.columns
         where column_name = 'workspace_id' and table_schema = 'public' order by table_name",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    assert!(tables.len() >= 6, "{tables:?}");
    let mut found = Vec::new();
    for table in tables {
        let statement =
            format!("select md5(string_agg(t::text, '|' order by t::text)) from {table} t where workspace_id = $1");
        let sum = sqlx::query_scalar(AssertSqlSafe(statement)).bind(workspace).fetch_one(pool).await.unwrap();
        found.push((table, sum));
    }
    found
}

#[tokio::test]
async fn the_ids_of_another_workspace_do_not_exist() {
    let server = support::server().await;
    let stranger = server.person("stranger@example.com", "Elsewhere", Role::Owner).await;
    let theirs = furnish(&server, &stranger).await;
    let before = contents(&server.database.pool, stranger.workspace.0).await;

    let functions = SERVER_FUNCTIONS.iter().filter(|(_, _, arguments)| names_something(arguments));
    let functions = functions
        .map(|(name, _, arguments)| (*name, server.browse(Method::POST, &path_of(name)).json(&theirs.body(arguments))));
    let rest = REST.iter().filter(|(.., path, body)| names_something(path) || names_something(body));
    let rest = rest.map(|(name, _, method, path, body)| {
        let request = server.call(method.parse().unwrap(), &format!("/api/v1{}", theirs.fill(path)));
        (*name, if body.is_empty() { request } else { request.json(&theirs.body(body)) })
    });
    let feeds = FEEDS.iter().filter(|(path, _)| names_something(path));
    let feeds = feeds.map(|(path, _)| (*path, server.browse(Method::GET, &theirs.fill(path))));
    let mut asked = 0;
    for (name, request) in functions.chain(rest).chain(feeds) {
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, StatusCode::NOT_FOUND, "{name}: {text}");
        assert!(!text.contains("canary") && !text.contains("Theirs"), "{name}: {text}");
        asked += 1;
    }
    assert!(asked >= 25, "only {asked} operations were asked");
    assert_eq!(contents(&server.database.pool, stranger.workspace.0).await, before, "nothing of theirs changed");
}

#[tokio::test]
async fn lists_show_nothing_of_another_workspace() {
    let server = support::server().await;
    let stranger = server.person("stranger@example.com", "Elsewhere", Role::Owner).await;
    let theirs = furnish(&server, &stranger).await;
    for (name, _, arguments) in SERVER_FUNCTIONS.iter().filter(|(name, ..)| name.starts_with("list_")) {
        if names_something(arguments) {
            continue;
        }
        let text = call(&server, &server.owner, name, theirs.body(arguments)).await.to_string();
        for foreign in
            [theirs.workflow, theirs.execution, theirs.trigger, theirs.credential, theirs.token, theirs.session]
                .into_iter()
                .chain([theirs.channel, theirs.member, theirs.invitation, theirs.workspace])
        {
            assert!(!text.contains(&foreign.to_string()), "{name}: {text}");
        }
    }
    let by_workflow = json!({ "filter": { "workflow": theirs.workflow, "statuses": [], "before": null, "limit": 0 } });
    let page = call(&server, &server.owner, "list_executions", by_workflow).await.to_string();
    assert!(!page.contains(&theirs.execution.to_string()), "{page}");
    let triggers = server.browse(Method::POST, &path_of("list_triggers")).json(&json!({ "workflow": theirs.workflow }));
    let triggers = triggers.send().await.unwrap().text().await.unwrap();
    assert!(!triggers.contains(&theirs.trigger.to_string()), "{triggers}");
}
