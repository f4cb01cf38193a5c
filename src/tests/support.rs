//! What the tests stand on: one throw-away Postgres for the whole binary, a fresh database per test, and the real
//! program on a free port.

use std::{
    io::Write,
    path::PathBuf,
    process::{ChildStdin, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use clap::Parser;
use flowpilot::{
    domain::{
        id::{UserId, WorkspaceId},
        role::Role,
        scope::Scope,
    },
    server::{
        AppState, app,
        auth::{
            self,
            people::{Choice, TokenFor, Wish},
        },
        config::Config,
        postgres::{Postgres, Settings},
        store::{access, database as schema},
    },
};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, postgres::PgConnectOptions};
use tokio::sync::OnceCell;

/// A migrated database that no other test uses.
pub struct TestDatabase {
    pub url: String,
    /// As its owner, on all workspaces.
    pub pool: PgPool,
}

/// A fresh migrated database, copied from a template.
pub async fn database() -> TestDatabase {
    copy_of("template_of_tests").await
}

/// A database without any table.
pub async fn empty_database() -> TestDatabase {
    copy_of("template1").await
}

async fn copy_of(template: &str) -> TestDatabase {
    static COUNT: AtomicU32 = AtomicU32::new(1);
    let cluster = CLUSTER.get_or_init(Cluster::start).await;
    let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    cluster.create(&name, template).await;
    let login = access::owner(&cluster.options).database(&name);
    let pool = schema::connect_later(access::everywhere(&login), 10);
    let url = format!("postgres://flowpilot_owner@localhost/{name}?host={}", cluster.dir.join("run").display());
    TestDatabase { url, pool }
}

impl TestDatabase {
    /// As an engine works with it: not the owner, bound by the policies.
    pub fn as_engine(&self) -> PgPool {
        let login = self.pool.connect_options().as_ref().clone();
        schema::connect_later(login.options([("role", "flowpilot_engine")]), 10)
    }
}

/// The real program on a free port, on a database of its own, with an owner; tasks may connect to this machine.
pub async fn server() -> TestServer {
    server_on(database().await, &[]).await
}

/// The same on a given database and with more arguments of `flowpilot serve`.
pub async fn server_on(database: TestDatabase, arguments: &[&str]) -> TestServer {
    let data = scratch_dir("server");
    let data_dir = data.to_str().expect("a readable path");
    let base =
        ["serve", "--listen=127.0.0.1:0", "--egress=any", "--database-url", &database.url, "--data-dir", data_dir];
    let arguments = Arguments::try_parse_from(base.iter().chain(arguments)).expect("valid arguments");
    let running = app::start(arguments.config).await.expect("FlowPilot starts");
    let app = running.state.clone();
    let owner = person(&app, "owner@example.com", "Test workspace", Role::Owner).await;
    let url = format!("http://{}", running.address);
    TestServer { url, app, owner, database, http: http(), running }
}

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    config: Config,
}

/// FlowPilot as people and programs meet it.
pub struct TestServer {
    /// Scheme, host and port, without a slash at the end.
    pub url: String,
    pub app: AppState,
    pub owner: Person,
    pub database: TestDatabase,
    /// Follows no redirects and keeps no cookies.
    pub http: reqwest::Client,
    running: app::Running,
}

impl TestServer {
    /// A request with the owner's API token.
    pub fn call(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.anonymous(method, path).bearer_auth(&self.owner.token)
    }

    /// A request as the owner's browser sends it: with the session's cookie, from a page of this server.
    pub fn browse(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.anonymous(method, path).header("cookie", &self.owner.cookie).header("origin", &self.url)
    }

    /// A request of nobody in particular.
    pub fn anonymous(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// Another member of the owner's workspace, or of another workspace.
    pub async fn person(&self, email: &str, workspace: &str, role: Role) -> Person {
        person(&self.app, email, workspace, role).await
    }

    pub async fn stop(self) -> TestDatabase {
        self.running.stop().await;
        self.database
    }
}

/// Somebody with an account, an API token and a session.
pub struct Person {
    pub user: UserId,
    pub workspace: WorkspaceId,
    pub email: String,
    pub token: String,
    pub cookie: String,
}

/// What every person of the tests logs in with.
pub const PASSWORD: &str = "correct horse battery staple";

async fn person(app: &AppState, email: &str, workspace: &str, role: Role) -> Person {
    let wish = Wish { email, name: "", workspace_name: workspace, role, password: Some(PASSWORD.to_owned()) };
    let made = auth::people::create(&app.everywhere, wish).await.expect("a person");
    let scopes = Scope::ALL.into_iter().filter(|scope| scope.suits(role)).map(Choice::Scope).collect();
    let token = TokenFor { workspace: Some(workspace), scopes, ..TokenFor::a_day(email, "tests") };
    let token = auth::people::create_token(&app.everywhere, token).await.expect("a token");
    let site = auth::site::Site::of(&app.config);
    let cookie =
        auth::sessions::begin(&app.everywhere, &site, made.user, &Default::default()).await.expect("a session");
    let cookie = cookie.to_str().expect("text").split(';').next().expect("a first part").to_owned();
    Person { user: made.user, workspace: made.workspace, email: made.email, token: token.secret, cookie }
}

/// A client that follows no redirects.
pub fn http() -> reqwest::Client {
    // Another test may have installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(Duration::from_secs(30));
    client.build().expect("a client")
}

/// An empty directory of this test binary, which is removed when the binary ends. The account that root's Postgres
/// runs under can reach it.
pub fn scratch_dir(name: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(1);
    let dir = home().join(format!("{name}-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
    std::fs::create_dir_all(&dir).expect("a directory");
    dir
}

fn home() -> PathBuf {
    std::env::temp_dir().join(format!("flowpilot-tests-{}", std::process::id()))
}

static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();

struct Cluster {
    dir: PathBuf,
    options: PgConnectOptions,
    /// Closes when this process ends, however it does: then the janitor ends Postgres and clears up.
    _janitor: ChildStdin,
}

impl Cluster {
    async fn start() -> Self {
        let dir = scratch_dir("pg");
        let postgres = Postgres::start(&Settings::throw_away(dir.clone())).await.expect("a Postgres for the tests");
        let cluster = Self {
            options: postgres.superuser_options(),
            _janitor: janitor(postgres.pid().expect("a process id")),
            dir,
        };
        cluster.create("template_of_tests", "template1").await;
        cluster.let_the_owner_take_on_the_roles().await;
        let login = access::owner(&cluster.options).database("template_of_tests");
        let template = schema::connect(access::everywhere(&login), 2).await.expect("the template");
        schema::migrate(&template).await.expect("the migrations");
        template.close().await;
        cluster
    }

    /// What the administrator of somebody's own Postgres does.
    async fn let_the_owner_take_on_the_roles(&self) {
        let mut connection = PgConnection::connect_with(&self.options).await.expect("a connection");
        let grant = "grant flowpilot_engine, flowpilot_app to flowpilot_owner";
        sqlx::query(grant).execute(&mut connection).await.expect("roles");
        connection.close().await.expect("an orderly end");
    }

    async fn create(&self, name: &str, template: &str) {
        let mut connection = PgConnection::connect_with(&self.options).await.expect("a connection");
        let create = format!("create database {name} template {template} owner flowpilot_owner");
        sqlx::query(AssertSqlSafe(create)).execute(&mut connection).await.expect("a database");
        connection.close().await.expect("an orderly end");
    }
}

/// A shell that waits for the end of this process, then ends the server and removes the files.
fn janitor(postgres: i32) -> ChildStdin {
    use std::os::unix::process::CommandExt;
    let script = "read -r _; kill -QUIT $1; for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 $1 2>/dev/null || break; sleep 0.2; done; rm -rf \"$2\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "janitor", &postgres.to_string()]).arg(home());
    shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut stdin = shell.spawn().expect("a shell").stdin.take().expect("its input");
    stdin.flush().expect("an open pipe");
    stdin
}
