//! The way to the server: through the egress guard, to the checked address, encrypted unless it is near.

use std::{net::SocketAddr, sync::Arc};

use redis::{AsyncConnectionConfig, RedisConnectionInfo, aio::MultiplexedConnection};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use super::told;
use crate::server::{
    egress::{CONNECT_TIMEOUT, is_private},
    runners::{Call, RunError, answer},
};

/// A connection whose driver ends with it.
pub struct Open {
    pub connection: MultiplexedConnection,
    _driver: AbortOnDropHandle<()>,
}

pub async fn open(call: &Call) -> Result<Open, RunError> {
    let server = Server::read(&call.text("server")?)?;
    let login = server.login(call)?;
    let addresses = call.egress.addresses(&server.host, server.port).await;
    let addresses = addresses.map_err(|error| answer::unanswered(error, "server"))?;
    let mut last = RunError::retry(format!("{} has no address.", server.host));
    for address in addresses {
        if !server.encrypted && call.credential.is_some() && !is_private(address.ip()) {
            let message =
                format!("{} is not in your own network: write rediss://, or its login would be open.", server.host);
            return Err(RunError::field("server", message));
        }
        match tokio::time::timeout(CONNECT_TIMEOUT, server.connect(call, address, &login)).await {
            Ok(Ok(connection)) => return Ok(connection),
            Ok(Err(error @ RunError::Fail { .. })) => return Err(error),
            Ok(Err(error)) => last = error,
            Err(_elapsed) => last = RunError::retry(format!("{} did not answer within 5 s.", server.host)),
        }
    }
    Err(last)
}

struct Server {
    host: String,
    port: u16,
    database: i64,
    encrypted: bool,
}

impl Server {
    fn read(text: &str) -> Result<Self, RunError> {
        let wrong =
            |text: &str| RunError::field("server", format!("{text} It looks like rediss://cache.example.com:6379/0."));
        let url = Url::parse(text.trim()).map_err(|_| wrong("The server cannot be read."))?;
        let encrypted = match url.scheme() {
            "rediss" => true,
            "redis" => false,
            _ => return Err(wrong("The server begins with redis:// or rediss://.")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(RunError::field(
                "server",
                "The address holds a login. Put it into a credential of the kind Redis login.",
            ));
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("The server has no host."))?;
        let database = match url.path().trim_matches('/') {
            "" => 0,
            number => number.parse().ok().filter(|n| *n >= 0).ok_or_else(|| wrong("The database is a number."))?,
        };
        Ok(Self { host: host.to_owned(), port: url.port().unwrap_or(6379), database, encrypted })
    }

    fn login(&self, call: &Call) -> Result<RedisConnectionInfo, RunError> {
        let mut info = RedisConnectionInfo::default().set_db(self.database).set_skip_set_lib_name();
        if let Some(secret) = &call.credential {
            info = info.set_password(secret.value_for(&self.host, "password")?);
            if let Some(user) = secret.values.get("username").filter(|user| !user.trim().is_empty()) {
                info = info.set_username(user);
            }
        }
        Ok(info)
    }

    async fn connect(&self, call: &Call, address: SocketAddr, login: &RedisConnectionInfo) -> Result<Open, RunError> {
        let unreachable = |error: std::io::Error| RunError::retry(format!("{} cannot be reached: {error}.", self.host));
        let stream = TcpStream::connect(address).await.map_err(unreachable)?;
        let config = AsyncConnectionConfig::new().set_response_timeout(None).set_connection_timeout(None);
        let made = match self.encrypted {
            false => started(MultiplexedConnection::new_with_config(login, stream, config).await),
            true => {
                let tls = call.egress.tls().map_err(|_| RunError::fail("TLS cannot be set up."))?;
                let name = ServerName::try_from(self.host.trim_matches(['[', ']']).to_owned());
                let name =
                    name.map_err(|_| RunError::field("server", "The server's name cannot be in a certificate."))?;
                let refused = |error: std::io::Error| {
                    RunError::field("server", format!("{}: no encrypted connection: {error}.", self.host))
                };
                let stream = TlsConnector::from(Arc::new(tls)).connect(name, stream).await.map_err(refused)?;
                started(MultiplexedConnection::new_with_config(login, stream, config).await)
            }
        };
        made.map_err(told)
    }
}

fn started<D: Future<Output = ()> + Send + 'static>(
    made: redis::RedisResult<(MultiplexedConnection, D)>,
) -> redis::RedisResult<Open> {
    made.map(|(connection, driver)| Open { connection, _driver: AbortOnDropHandle::new(tokio::spawn(driver)) })
}
