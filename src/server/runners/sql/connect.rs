//! The way into a database: through the egress guard, encrypted unless it is near, with limits that the server keeps.

use std::net::SocketAddr;

use base64::{Engine, prelude::BASE64_STANDARD};
use sqlx::{
    ConnectOptions, Executor, PgConnection, Row,
    postgres::{PgConnectOptions, PgSslMode},
};
use url::Url;

use super::told;
use crate::server::{
    egress::{CONNECT_TIMEOUT, is_private},
    runners::{Call, RunError, answer},
};

/// Kept by the server, also where this side has gone away meanwhile.
const LIMITS: [(&str, &str); 3] =
    [("statement_timeout", "30s"), ("lock_timeout", "5s"), ("idle_in_transaction_session_timeout", "60s")];

pub async fn open(call: &Call) -> Result<PgConnection, RunError> {
    let server = Server::read(&call.text("server")?)?;
    let addresses = call.egress.addresses(&server.host, server.port).await;
    let addresses = addresses.map_err(|error| answer::unanswered(error, "server"))?;
    let mut last = RunError::retry(format!("{} has no address.", server.host));
    for address in addresses {
        let options = server.options(call, address)?;
        match tokio::time::timeout(CONNECT_TIMEOUT, options.connect()).await {
            Ok(Ok(mut connection)) => {
                refuse_our_own(&mut connection).await?;
                return Ok(connection);
            }
            Ok(Err(error)) => last = told(error),
            Err(_elapsed) => last = RunError::retry(format!("{} did not answer within 5 s.", server.host)),
        }
    }
    Err(last)
}

struct Server {
    host: String,
    port: u16,
    database: String,
}

impl Server {
    fn read(text: &str) -> Result<Self, RunError> {
        let wrong = |text: &str| RunError::field("server", text);
        let shape = "It looks like postgres://db.example.com:5432/shop.";
        let url = Url::parse(text.trim()).map_err(|_| wrong(&format!("The database cannot be read. {shape}")))?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(wrong(&format!("The database begins with postgres://. {shape}")));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("The address holds a login. Put it into a credential of the kind Database login."));
        }
        if url.query().is_some() {
            return Err(wrong("The address holds settings behind a “?”. Leave them out: FlowPilot sets its own."));
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("The database has no host."))?;
        let database = url.path().trim_start_matches('/').to_owned();
        if database.is_empty() || database.contains('/') {
            return Err(wrong(&format!("The address names no database. {shape}")));
        }
        Ok(Self { host: host.to_owned(), port: url.port().unwrap_or(5432), database })
    }

    /// To a near server by its checked address. To another one encrypted and by its name, which its certificate has to
    /// carry: whoever bends the name to another address meanwhile has none.
    fn options(&self, call: &Call, address: SocketAddr) -> Result<PgConnectOptions, RunError> {
        let encrypted = call.text("encryption")? == "required";
        if !encrypted && !is_private(address.ip()) {
            let message =
                format!("{} is not in your own network: without encryption its login would be open.", self.host);
            return Err(RunError::field("encryption", message));
        }
        let secret =
            call.credential.as_ref().ok_or_else(|| RunError::field("credential", "Choose a database login."))?;
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
        let authorities = call.egress.authorities();
        if encrypted && !authorities.is_empty() {
            let pem = |der: &[u8]| {
                let text = BASE64_STANDARD.encode(der);
                format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
            };
            let all: String = authorities.iter().map(|authority| pem(authority)).collect();
            options = options.ssl_root_cert_from_pem(all.into_bytes());
        }
        Ok(options.disable_statement_logging())
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_host_and_database_and_no_login() {
        let read = |text: &str| Server::read(text).map(|server| (server.host, server.port, server.database));
        assert_eq!(read("postgres://db.example.com/shop"), Ok(("db.example.com".into(), 5432, "shop".into())));
        assert_eq!(read(" postgresql://[::1]:6000/a "), Ok(("[::1]".into(), 6000, "a".into())));
        for text in [
            "db.example.com",
            "mysql://db/shop",
            "postgres://db",
            "postgres://db/",
            "postgres:///shop",
            "postgres://u:p@db/shop",
            "postgres://db/shop?host=/run",
            "postgres://db/a/b",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
