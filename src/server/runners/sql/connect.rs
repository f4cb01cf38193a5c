//! The way into a database: through the egress guard, encrypted unless it is near, with limits that the server keeps.

use std::net::SocketAddr;

use base64::{Engine, prelude::BASE64_STANDARD};
use sqlx::{
    ConnectOptions, Executor, PgConnection, Row,
    postgres::{PgConnectOptions, PgSslMode},
};

use super::{postgres::told, server::Server};
use crate::server::{
    egress::{CONNECT_TIMEOUT, is_private},
    runners::{Call, RunError, Secret, answer},
};

/// Kept by the server, also where this side has gone away meanwhile.
const LIMITS: [(&str, &str); 3] =
    [("statement_timeout", "30s"), ("lock_timeout", "5s"), ("idle_in_transaction_session_timeout", "60s")];

pub async fn open(call: &Call, server: &Server, writes: bool) -> Result<PgConnection, RunError> {
    let mut last = RunError::retry(format!("{} has no address.", server.host));
    for address in server.addresses(call).await? {
        let options = server.options(call, address)?;
        match tokio::time::timeout(CONNECT_TIMEOUT, options.connect()).await {
            Ok(Ok(mut connection)) => {
                refuse_our_own(&mut connection).await?;
                if !writes {
                    let read_only = "set session characteristics as transaction read only";
                    connection.execute(read_only).await.map_err(told)?;
                }
                return Ok(connection);
            }
            Ok(Err(error)) => last = told(error),
            Err(_elapsed) => last = RunError::retry(format!("{} did not answer within 5 s.", server.host)),
        }
    }
    Err(last)
}

impl Server {
    /// Checked by the guard.
    pub async fn addresses(&self, call: &Call) -> Result<Vec<SocketAddr>, RunError> {
        let addresses = call.egress.addresses(&self.host, self.port).await;
        addresses.map_err(|error| answer::unanswered(error, "server"))
    }

    /// Whether the connection is encrypted; without that it goes to near servers only.
    pub fn is_encrypted(&self, call: &Call, address: SocketAddr) -> Result<bool, RunError> {
        let encrypted = call.text("encryption")? == "required";
        if !encrypted && !is_private(address.ip()) {
            let message =
                format!("{} is not in your own network: without encryption its login would be open.", self.host);
            return Err(RunError::field("encryption", message));
        }
        Ok(encrypted)
    }

    pub fn login<'a>(&self, call: &'a Call) -> Result<&'a Secret, RunError> {
        call.credential.as_ref().ok_or_else(|| RunError::field("credential", "Choose a database login."))
    }

    /// To a near server by its checked address. To another one encrypted and by its name, which its certificate has to
    /// carry: whoever bends the name to another address meanwhile has none.
    fn options(&self, call: &Call, address: SocketAddr) -> Result<PgConnectOptions, RunError> {
        let (encrypted, secret) = (self.is_encrypted(call, address)?, self.login(call)?);
        let mut options = PgConnectOptions::new_without_pgpass()
            .port(self.port)
            .database(&self.database)
            .username(secret.value_for(&self.host, "username")?)
            .password(secret.value_for(&self.host, "password")?)
            .application_name("FlowPilot")
            .statement_cache_capacity(0)
            .options(LIMITS);
        options = match encrypted {
            false => options.host(&address.ip().to_string()).ssl_mode(PgSslMode::Disable),
            true => options.host(&self.host).ssl_mode(PgSslMode::VerifyFull),
        };
        if let (true, Some(authorities)) = (encrypted, authorities(call)) {
            options = options.ssl_root_cert_from_pem(authorities);
        }
        Ok(options.disable_statement_logging())
    }
}

/// A company's own authorities as PEM, where there are some.
pub fn authorities(call: &Call) -> Option<Vec<u8>> {
    let authorities = call.egress.authorities();
    let pem = |der: &[u8]| {
        let text = BASE64_STANDARD.encode(der);
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    };
    let all: String = authorities.iter().map(|authority| pem(authority)).collect();
    (!all.is_empty()).then(|| all.into_bytes())
}

/// FlowPilot's own tables are nobody's to read by a task.
async fn refuse_our_own(connection: &mut PgConnection) -> Result<(), RunError> {
    let ours = "select to_regclass('public.workflow_versions') is not null and to_regclass('public.lanes') is not null
                   and to_regclass('public.replicas') is not null and to_regclass('public.credentials') is not null";
    let row = connection.fetch_one(ours).await.map_err(told)?;
    if row.try_get(0).map_err(told)? {
        return Err(RunError::field("server", "This is FlowPilot's own database, which no task may open."));
    }
    Ok(())
}
