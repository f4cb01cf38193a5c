//! The running program: its parts, and how they start and stop.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::FromRef};
use leptos::prelude::LeptosOptions;
use sqlx::PgPool;
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{
    Error, Result, auth,
    config::{Config, DatabaseConfig},
    door,
    egress::{Egress, Own, own},
    engine::{Engine, Parts, Settings},
    files::Files,
    headers,
    insight::Insights,
    live, oauth,
    plugins::Plugins,
    postgres::{self, Postgres},
    rest,
    sandbox::Sandbox,
    secrets::Secrets,
    site,
    store::{
        access::{Access, Separation},
        tenants::Tenants,
    },
    triggers::{self, Scheduler, Versions},
};

/// How long requests and attempts under way may take once the program was asked to stop.
const DRAIN: Duration = Duration::from_secs(25);

/// What every request may use. Cheap to clone.
#[derive(Clone, FromRef)]
pub struct AppState {
    pub leptos: LeptosOptions,
    pub config: Arc<Config>,
    /// The database as handlers see it: a workspace at a time.
    pub tenants: Tenants,
    /// The same for webhooks, which share no connection with other requests.
    #[from_ref(skip)]
    pub intake: Tenants,
    /// All of the database, for who is asked before a workspace is known: who calls, whose webhook, what is due.
    pub everywhere: PgPool,
    pub engine: Engine,
    pub versions: Versions,
    pub secrets: Secrets,
    pub egress: Egress,
    pub sandbox: Sandbox,
    pub insights: Insights,
    /// Cancelled when the program was asked to stop: end long answers, such as live feeds, and take on nothing new.
    pub stopping: CancellationToken,
}

/// All routes: pages and server functions, REST, webhooks, live feeds, health, files.
pub fn router(state: AppState) -> Router {
    let for_callers = site::pages(&state).merge(rest::router()).merge(oauth::router()).merge(live::router());
    let routes = auth::protect(for_callers, &state).merge(site::public(&state)).merge(triggers::router(&state.config));
    let config = state.config.clone();
    headers::secure(site::layers(routes.with_state(state)), &config)
}

/// The database, and the server that holds it where that is ours.
pub struct Database {
    /// Reaches every workspace.
    pub pool: PgPool,
    pub tenants: Tenants,
    pub intake: Tenants,
    postgres: Option<Postgres>,
}

impl Database {
    /// Connects to `DATABASE_URL`, or to the embedded server (which starts if it does not run), and migrates.
    pub async fn open(config: &DatabaseConfig) -> Result<Self> {
        let (access, postgres) = match &config.database_url {
            Some(url) => {
                let login = url.parse().map_err(|error| Error::internal(format!("DATABASE_URL: {error}")))?;
                (Access::by(&login, config.connections).await?, None)
            }
            None => {
                let postgres = Postgres::start(&postgres::Settings::durable(config.data_dir()?)).await?;
                (Access::embedded(&postgres.options(), config.connections).await?, Some(postgres))
            }
        };
        judge(access.separation, config.require_database_roles)?;
        let Access { everywhere, tenants, intake, .. } = access;
        Ok(Self { pool: everywhere, tenants, intake, postgres })
    }

    /// Closes the connections, then stops the server where this process started it.
    pub async fn close(self) {
        let closed = async { tokio::join!(self.pool.close(), self.tenants.close(), self.intake.close()) };
        let _ = timeout(Duration::from_secs(2), closed).await;
        if let Some(postgres) = self.postgres {
            postgres.stop().await;
        }
    }
}

/// Says plainly what a login without roles means, and refuses it where roles are required.
fn judge(separation: Separation, are_roles_required: bool) -> Result<()> {
    let weakness = match separation {
        Separation::Logins | Separation::Roles => return Ok(()),
        Separation::Settings => "requests and the engine share the login that owns the tables",
        Separation::Nothing => "the login of DATABASE_URL bypasses row-level security",
    };
    let remedy = "a statement that forgot its workspace would be held back less firmly, or not at all; README.md, \
                  “Database roles”, shows the three statements that mend it";
    if are_roles_required {
        return Err(Error::internal(format!("{weakness}: {remedy}, or leave --require-database-roles out")));
    }
    tracing::warn!("{weakness}: {remedy}");
    Ok(())
}

/// FlowPilot at work: answers requests until it is stopped.
pub struct Running {
    pub address: SocketAddr,
    pub state: AppState,
    database: Database,
    scheduler: Scheduler,
    server: JoinHandle<()>,
}

/// Starts everything. When this returns, requests are answered.
pub async fn start(mut config: Config) -> Result<Running> {
    let listener = listen(config.listen).await?;
    let address = listener.local_addr().map_err(Error::internal)?;
    config.listen = address;
    let database = Database::open(&config.database).await?;
    let secrets = Secrets::load(&config.database.data_dir()?, config.database.key_file.as_deref())?;
    secrets.verify(&database.pool).await?;
    let max_result = config.max_result_kib as usize * 1024;
    let mut own = own::postgres(&database.pool.connect_options()).await;
    own.push(Own::listener(address));
    let egress = Egress::open(&config.egress, own)?.taking(max_result);
    let sandbox = Sandbox::with(&config.code, Plugins::of(&config.database.data_dir()?));
    sandbox.announce().await;
    let (groups, drop_notices) = (config.groups.clone(), config.drop_notices);
    let engine = Engine::launch(Parts {
        pool: database.pool.clone(),
        secrets: secrets.clone(),
        egress: egress.clone(),
        files: Files::at(&config.database.data_dir()?),
        sandbox: sandbox.clone(),
        slots: config.slots,
        settings: Settings { public_url: config.public_url(), max_result, groups, drop_notices, ..Settings::default() },
    })
    .await?;
    let state = AppState {
        leptos: site::options(&config),
        tenants: database.tenants.clone(),
        intake: database.intake.clone(),
        everywhere: database.pool.clone(),
        engine,
        versions: Versions::default(),
        secrets,
        egress,
        sandbox,
        insights: Insights::default(),
        stopping: CancellationToken::new(),
        config: Arc::new(config),
    };
    let scheduler = Scheduler::start(&state).await?;
    let stopping = state.stopping.clone();
    let server = tokio::spawn(door::serve(listener, router(state.clone()), stopping));
    Ok(Running { address, state, database, scheduler, server })
}

impl Running {
    /// Stops: accepts nothing more, lets requests and attempts under way end for up to 25 s, then closes the database.
    pub async fn stop(mut self) {
        self.state.stopping.cancel();
        self.scheduler.stop().await;
        let (served, ()) = tokio::join!(timeout(DRAIN, &mut self.server), self.state.engine.stop(DRAIN));
        if served.is_err() {
            self.server.abort();
        }
        self.database.close().await;
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        Error::internal(format!(
            "cannot listen on {address}: {error}; stop what uses it or choose another with --listen"
        ))
    })
}
