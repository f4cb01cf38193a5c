//! OAuth2 from end to end: a credential is connected at a real server, its token reaches the API, is renewed in time by one
//! replica only, and what goes wrong is told on the credential.

use flowpilot::{
    api::credentials::{ConnectCredential, CreateCredential, GetCredential, ReplaceCredential, TestCredential},
    domain::{id::CredentialId, role::Role},
    server::{
        oauth,
        runners::{RunError, Secret},
        store::tenants::Reach,
    },
};
use leptos::server_fn::ServerFn;
use serde_json::{Value, json};

use crate::{
    provider::{CLIENT, Provider, SECRET},
    support::{self, Person, TestServer},
};

/// A server with a credential of a provider.
struct Desk {
    server: TestServer,
    provider: Provider,
    id: CredentialId,
}

impl Desk {
    async fn with(kind: &str, more: Value) -> Self {
        let (server, provider) = (support::server().await, Provider::start().await);
        let contents = contents(&provider, kind, more);
        let new = json!({"name": "CRM", "kind": kind, "contents": contents});
        let (status, id) = ask::<CreateCredential>(&server, &server.owner, json!({ "new": new })).await;
        assert_eq!(status, 200, "{id}");
        Self { id: id.as_str().unwrap().parse().unwrap(), server, provider }
    }

    /// As a node comes to the credential.
    async fn usable(&self) -> Result<Secret, RunError> {
        let (app, workspace) = (&self.server.app, self.server.owner.workspace);
        let mut tx = app.tenants.begin(workspace).await.unwrap();
        let (_, secret) = app.secrets.credential(&mut tx, workspace, "CRM").await.unwrap().expect("it is there");
        drop(tx);
        oauth::usable(Reach::Engine(&app.everywhere), &app.secrets, &app.egress, workspace, secret).await
    }

    async fn token(&self) -> String {
        self.usable().await.unwrap_or_else(|error| panic!("{error:?}")).value("token").unwrap().to_owned()
    }

    async fn ask<F: ServerFn>(&self, body: Value) -> (u16, Value) {
        ask::<F>(&self.server, &self.server.owner, body).await
    }

    async fn connection(&self) -> Value {
        let (status, found) = self.ask::<GetCredential>(json!({"id": self.id})).await;
        assert_eq!(status, 200, "{found}");
        found[0]["connection"].clone()
    }

    /// The address of the provider's page, as the browser is sent there.
    async fn begin(&self) -> String {
        let (status, address) = self.ask::<ConnectCredential>(json!({"id": self.id})).await;
        assert_eq!(status, 200, "{address}");
        address.as_str().unwrap().to_owned()
    }

    /// The provider's page says yes or no and leads back; gives the path and query to come back with.
    async fn allow(&self, address: &str) -> String {
        let answer = self.server.http.get(address).send().await.unwrap();
        let back = answer.headers()["location"].to_str().unwrap().to_owned();
        back.split_once("/oauth/callback").map(|(_, query)| format!("/oauth/callback{query}")).expect(&back)
    }

    /// Comes back as this person's browser does; where it leads.
    async fn come_back(&self, person: &Person, path: &str) -> String {
        let request = self.server.anonymous(reqwest::Method::GET, path).header("cookie", &person.cookie);
        let request = request.header("sec-fetch-site", "cross-site").header("sec-fetch-mode", "navigate");
        let answer = request.header("accept", "text/html").send().await.unwrap();
        assert_eq!(answer.status(), 303, "{path}");
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    async fn connect(&self) {
        let path = self.allow(&self.begin().await).await;
        assert_eq!(self.come_back(&self.server.owner, &path).await, format!("/credentials/{}", self.id));
    }

    async fn age(&self, sql: &'static str) {
        sqlx::query(sql).execute(&self.server.database.pool).await.unwrap();
    }
}

fn contents(provider: &Provider, kind: &str, more: Value) -> Value {
    let mut values =
        json!({"token_url": format!("{}/token", provider.url), "client_id": CLIENT, "client_secret": SECRET});
    if kind == "oauth2_code" {
        values["authorize_url"] = format!("{}/authorize", provider.url).into();
    }
    for (name, value) in more.as_object().unwrap() {
        values[name] = value.clone();
    }
    json!({ "values": values, "allowed_hosts": ["127.0.0.1"] })
}

async fn ask<F: ServerFn>(server: &TestServer, person: &Person, body: Value) -> (u16, Value) {
    let request = server.http.post(format!("{}{}", server.url, F::PATH));
    let request = request.header("cookie", &person.cookie).header("origin", &server.url);
    let response = request.json(&body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap_or_default())
}

#[tokio::test]
async fn a_client_fetches_its_token_once_and_keeps_it_sealed() {
    for client_in in ["header", "body"] {
        let desk = Desk::with("oauth2_client", json!({"client_in": client_in, "scopes": "read write"})).await;
        let first = desk.token().await;
        assert!(first.starts_with("cAnary-access-"));
        assert_eq!(desk.token().await, first);
        assert_eq!(desk.provider.grants(), ["client_credentials"]);
        assert_eq!(desk.connection().await["failure"], Value::Null);
        let row: String = sqlx::query_scalar("select c::text || encode(tokens_sealed, 'escape') from credentials c")
            .fetch_one(&desk.server.database.pool)
            .await
            .unwrap();
        assert!(!row.contains("cAnary"), "{row}");
    }
}

#[tokio::test]
async fn a_person_connects_it_and_its_token_is_renewed_ahead_of_its_end() {
    let desk = Desk::with("oauth2_code", json!({})).await;
    let refusal = desk.usable().await.err().unwrap();
    assert!(format!("{refusal:?}").contains("Nobody has connected"), "{refusal:?}");
    desk.connect().await;
    assert_ne!(desk.connection().await["connected_at"], Value::Null);
    let first = desk.token().await;
    assert_eq!(desk.provider.grants(), ["authorization_code"]);

    // Still good, for less than a tenth of its life.
    desk.age("update credentials set connected_at = now() - interval '57 minutes', tokens_expire_at = now() + interval '3 minutes'")
        .await;
    let second = desk.token().await;
    assert_ne!(first, second);
    assert_eq!(desk.token().await, second);
    assert_eq!(desk.provider.grants(), ["authorization_code", "refresh_token"]);
    // The refresh token that came with it counts now.
    desk.age("update credentials set tokens_expire_at = now()").await;
    assert_ne!(desk.token().await, second);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_renew_once() {
    let desk = Desk::with("oauth2_code", json!({})).await;
    desk.connect().await;
    desk.age("update credentials set tokens_expire_at = now()").await;
    let tokens = futures_util::future::join_all((0..20).map(|_| desk.token())).await;
    assert!(tokens.iter().all(|token| *token == tokens[0]));
    assert_eq!(desk.provider.grants(), ["authorization_code", "refresh_token"]);
}

#[tokio::test]
async fn a_refusal_is_told_on_the_credential_and_a_provider_that_is_down_passes() {
    let desk = Desk::with("oauth2_code", json!({})).await;
    desk.connect().await;
    desk.age("update credentials set connected_at = now() - interval '57 minutes', tokens_expire_at = now() + interval '3 minutes'")
        .await;
    desk.provider.go_down(true);
    assert!(desk.token().await.starts_with("cAnary"), "it is good for a while yet");
    assert!(desk.connection().await["failure"].as_str().unwrap().contains("503"));
    desk.age("update credentials set tokens_expire_at = now()").await;
    let refusal = desk.usable().await.err().unwrap();
    assert!(matches!(&refusal, RunError::Retry { message, .. } if message.contains("503")), "{refusal:?}");

    desk.provider.go_down(false);
    desk.provider.revoke_all();
    let refusal = desk.usable().await.err().unwrap();
    let RunError::Fail { message, field, .. } = &refusal else { panic!("{refusal:?}") };
    assert!(message.contains("invalid_grant") && field.as_deref() == Some("credential"), "{refusal:?}");
    assert!(desk.connection().await["failure"].as_str().unwrap().contains("invalid_grant"));
    desk.connect().await;
    assert_eq!(desk.connection().await["failure"], Value::Null);
    desk.token().await;
}

#[tokio::test]
async fn only_who_began_may_come_back_and_once() {
    let desk = Desk::with("oauth2_code", json!({})).await;
    let (owner, lost) = (&desk.server.owner, "/credentials?connection=unknown");
    let other = desk.server.person("admin@example.com", "Test workspace", Role::Admin).await;
    let foreign = desk.server.person("other@example.com", "Another workspace", Role::Owner).await;
    let path = desk.allow(&desk.begin().await).await;
    for person in [&other, &foreign] {
        assert_eq!(desk.come_back(person, &path).await, lost);
    }
    assert_eq!(desk.come_back(owner, "/oauth/callback?code=code-1&state=guess").await, lost);
    assert_eq!(desk.come_back(owner, "/oauth/callback").await, lost);
    assert_eq!(desk.provider.grants().len(), 0, "no code was redeemed");
    assert_eq!(desk.come_back(owner, &path).await, format!("/credentials/{}", desk.id));
    assert_eq!(desk.come_back(owner, &path).await, lost, "a state counts once");

    let late = desk.allow(&desk.begin().await).await;
    desk.age("update oauth_requests set expires_at = now()").await;
    assert_eq!(desk.come_back(owner, &late).await, lost);
}

#[tokio::test]
async fn a_person_who_says_no_reads_so_on_the_credential() {
    let desk = Desk::with("oauth2_code", json!({"scopes": "denied"})).await;
    desk.connect().await;
    let failure = desk.connection().await["failure"].as_str().unwrap().to_owned();
    assert!(failure.contains("access_denied: No thanks"), "{failure}");
}

#[tokio::test]
async fn the_clients_secret_goes_to_the_token_endpoint_alone_and_into_no_message() {
    let desk = Desk::with("oauth2_client", json!({})).await;
    let elsewhere = json!({"token_url": format!("{}/elsewhere", desk.provider.url)});
    let replacement = json!({"id": desk.id, "contents": contents(&desk.provider, "oauth2_client", elsewhere)});
    assert_eq!(desk.ask::<ReplaceCredential>(replacement).await.0, 200);
    let refusal = format!("{:?}", desk.usable().await.err().unwrap());
    assert!(refusal.contains("redirects"), "{refusal}");
    assert_eq!(desk.provider.grants().len(), 0, "the redirect was not followed");

    // The provider quotes the secret in its refusal; a wrong client id makes it refuse.
    let wrong = json!({"client_id": "somebody", "client_in": "body"});
    let replacement = json!({"id": desk.id, "contents": contents(&desk.provider, "oauth2_client", wrong)});
    assert_eq!(desk.ask::<ReplaceCredential>(replacement).await.0, 200);
    let refusal = format!("{:?}", desk.usable().await.err().unwrap());
    assert!(refusal.contains("invalid_client") && !refusal.contains("cAnary"), "{refusal}");
    let failure = desk.connection().await["failure"].as_str().unwrap().to_owned();
    assert!(failure.contains("invalid_client") && !failure.contains("cAnary"), "{failure}");
}

#[tokio::test]
async fn the_test_button_goes_the_way_of_a_node() {
    let desk = Desk::with("oauth2_client", json!({})).await;
    let test = async |place: String| desk.ask::<TestCredential>(json!({"id": desk.id, "place": place})).await;
    let (status, verdict) = test(format!("{}/api", desk.provider.url)).await;
    assert_eq!((status, &verdict["works"]), (200, &json!(true)), "{verdict}");
    let (_, verdict) = test(desk.provider.url.replace("127.0.0.1", "localhost") + "/api").await;
    assert_eq!(verdict["works"], json!(false));
    assert!(verdict["words"].as_str().unwrap().contains("127.0.0.1 only"), "{verdict}");
    assert_eq!(desk.provider.shown().len(), 1, "the other host saw nothing");
    // The provider ended the token early.
    desk.provider.revoke_access();
    let (_, verdict) = test(format!("{}/api", desk.provider.url)).await;
    assert_eq!(verdict["works"], json!(false), "{verdict}");
    assert!(verdict["words"].as_str().unwrap().contains("401"), "{verdict}");
    assert_eq!(test(String::new()).await.0, 422);
}
