//! Under which names FlowPilot works with its database: the owner migrates, the engine works for all workspaces, handlers
//! for one at a time. Policies and rights are in the migrations.

use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, postgres::PgConnectOptions};

use super::{
    database::{connect, connect_later, migrate},
    tenants::Tenants,
};
use crate::server::Result;

const OWNER: &str = "flowpilot_owner";
const ENGINE: &str = "flowpilot_engine";
const APP: &str = "flowpilot_app";
const BACKUP: &str = "flowpilot_backup";

/// The logins that the embedded server lets in, besides its superuser.
pub const LOGINS: [&str; 4] = [OWNER, ENGINE, APP, BACKUP];

/// Connections that only webhooks have: requests that hang must not close the door to the services that call.
const INTAKE: u32 = 2;

/// What keeps a handler to its workspace, should a statement ask for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separation {
    /// Handlers have a login of their own, with no way to another.
    Logins,
    /// One login, which takes on a role without rights beyond a workspace for each transaction.
    Roles,
    /// One login, which owns the tables and binds itself: the policies hold until SQL of somebody else's making runs.
    Settings,
    /// One login that no policy binds.
    Nothing,
}

/// The open database.
pub struct Access {
    /// Reaches every workspace.
    pub everywhere: PgPool,
    pub tenants: Tenants,
    /// The same for webhooks.
    pub intake: Tenants,
    pub separation: Separation,
}

impl Access {
    /// Opens the embedded server's database.
    pub async fn embedded(server: &PgConnectOptions, connections: u32) -> Result<Self> {
        prepare(&owner(server), connections).await?;
        let login = |name| server.clone().username(name);
        Ok(Self::of(Separation::Logins, login(ENGINE), &login(APP), connections))
    }

    /// Opens a database by its owner's login. Takes on the roles; makes them where the login may.
    pub async fn by(login: &PgConnectOptions, connections: u32) -> Result<Self> {
        let separation = prepare(login, connections).await?;
        let engine = match separation {
            Separation::Roles => login.clone().options([("role", ENGINE)]),
            _ => everywhere(login),
        };
        Ok(Self::of(separation, engine, login, connections))
    }

    /// Half of the connections for each side: a rush of requests takes none from the engine.
    fn of(separation: Separation, engine: PgConnectOptions, app: &PgConnectOptions, connections: u32) -> Self {
        let handlers = (connections / 2).max(1);
        let opening = match separation {
            Separation::Roles => "begin; set local role flowpilot_app",
            _ => "begin",
        };
        let of_app = |connections| Tenants::new(connect_later(app.clone(), connections), opening);
        Self {
            everywhere: connect_later(engine, connections - handlers),
            tenants: of_app(handlers),
            intake: of_app(INTAKE),
            separation,
        }
    }
}

/// The owner's login to the embedded server's database.
pub fn owner(server: &PgConnectOptions) -> PgConnectOptions {
    server.clone().username(OWNER)
}

/// An owner's login, for work on all workspaces.
pub fn everywhere(login: &PgConnectOptions) -> PgConnectOptions {
    login.clone().options([("app.engine", "on")])
}

async fn prepare(login: &PgConnectOptions, connections: u32) -> Result<Separation> {
    let pool = connect(everywhere(login), connections).await?;
    let separation = find(&mut *pool.acquire().await?).await?;
    migrate(&pool).await?;
    pool.close().await;
    Ok(separation)
}

async fn find(login: &mut PgConnection) -> Result<Separation> {
    if takes_on_roles(login).await? {
        return Ok(Separation::Roles);
    }
    for statement in [
        "create role flowpilot_engine nologin",
        "create role flowpilot_app nologin",
        "grant flowpilot_engine, flowpilot_app to current_user",
    ] {
        if let Err(reason) = sqlx::query(statement).execute(&mut *login).await {
            tracing::debug!(%reason, statement, "the login may not arrange the database's roles");
        }
    }
    if takes_on_roles(login).await? {
        return Ok(Separation::Roles);
    }
    let statement = "select rolsuper or rolbypassrls from pg_roles where rolname = current_user";
    let is_unbound: bool = sqlx::query_scalar(statement).fetch_one(login).await?;
    Ok(if is_unbound { Separation::Nothing } else { Separation::Settings })
}

/// Whether both roles are there, bound by the policies, and this login may take them on.
async fn takes_on_roles(login: &mut PgConnection) -> Result<bool> {
    let statement = "select count(*) = 2 from pg_roles
         where rolname in ('flowpilot_engine', 'flowpilot_app') and not rolsuper and not rolbypassrls";
    if !sqlx::query_scalar(statement).fetch_one(&mut *login).await? {
        return Ok(false);
    }
    let mut tx = login.begin().await?;
    for statement in ["set local role flowpilot_engine", "set local role flowpilot_app"] {
        if sqlx::query(statement).execute(&mut *tx).await.is_err() {
            return Ok(false);
        }
    }
    tx.rollback().await?;
    Ok(true)
}

/// Makes the embedded server's logins, its database and its owner, where they are missing. As its superuser.
pub async fn create_home(connection: &mut PgConnection) -> Result<()> {
    for (name, rights) in [(OWNER, ""), (ENGINE, ""), (APP, ""), (BACKUP, "bypassrls")] {
        let exists = sqlx::query_scalar("select exists (select from pg_roles where rolname = $1)");
        if !exists.bind(name).fetch_one(&mut *connection).await? {
            let create = format!("create role {name} login {rights}");
            sqlx::query(AssertSqlSafe(create)).execute(&mut *connection).await?;
        }
    }
    sqlx::query("grant pg_read_all_data to flowpilot_backup").execute(&mut *connection).await?;
    let exists = sqlx::query_scalar("select exists (select from pg_database where datname = 'flowpilot')");
    if !exists.fetch_one(&mut *connection).await? {
        sqlx::query("create database flowpilot owner flowpilot_owner").execute(&mut *connection).await?;
    }
    Ok(())
}
