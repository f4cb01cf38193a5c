//! The way to the server: through the egress guard, to the checked address, encrypted unless it is near.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use redis::{AsyncConnectionConfig, Cmd, RedisConnectionInfo, Value as Reply, aio::MultiplexedConnection};
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;

use super::{limited::Limited, reply, server::Server};
use crate::server::{
    egress::{CONNECT_TIMEOUT, is_about_tls, is_private},
    runners::{Call, RunError, answer},
};

/// Bytes that one task takes.
const MAX_ANSWER: usize = 10 * 1024 * 1024;

/// A connection that ends when this is dropped, also in the middle of an answer.
pub struct Open {
    connection: MultiplexedConnection,
    /// Whether more came than one task takes.
    is_over: Arc<AtomicBool>,
    _driver: AbortOnDropHandle<()>,
}

pub async fn open(call: &Call) -> Result<Open, RunError> {
    let server = Server::read(&call.text("server")?)?;
    let greeting = server.greeting(call)?;
    let addresses = call.egress.addresses(&server.host, server.port).await;
    let addresses = addresses.map_err(|error| answer::unanswered(error, "server"))?;
    let mut last = RunError::retry(format!("{} has no address.", server.host));
    for address in addresses {
        if !server.encrypted && !is_private(address.ip()) {
            let message = format!(
                "{} is not in your own network: write rediss://, or its login and its data would be open.",
                server.host
            );
            return Err(RunError::field("server", message));
        }
        match tokio::time::timeout(CONNECT_TIMEOUT, server.meet(call, address, &greeting)).await {
            Ok(Ok(open)) => return Ok(open),
            Ok(Err(error @ RunError::Fail { .. })) => return Err(error),
            Ok(Err(error)) => last = error,
            Err(_elapsed) => last = RunError::retry(format!("{} did not answer within 5 s.", server.host)),
        }
    }
    Err(last)
}

impl Server {
    async fn meet(&self, call: &Call, address: SocketAddr, greeting: &[(Cmd, &'static str)]) -> Result<Open, RunError> {
        let mut open = self.connect(call, address).await?;
        for (command, field) in greeting {
            open.ask(command, field).await?;
        }
        Ok(open)
    }

    async fn connect(&self, call: &Call, address: SocketAddr) -> Result<Open, RunError> {
        let unreachable = |error: std::io::Error| RunError::retry(format!("{} cannot be reached: {error}.", self.host));
        let stream = TcpStream::connect(address).await.map_err(unreachable)?;
        if !self.encrypted {
            return Open::over(stream).await;
        }
        let tls = call.egress.tls().map_err(|_| RunError::fail("TLS cannot be set up."))?;
        let name = ServerName::try_from(self.host.trim_matches(['[', ']']).to_owned());
        let name = name.map_err(|_| RunError::field("server", "The server's name cannot be in a certificate."))?;
        match TlsConnector::from(Arc::new(tls)).connect(name, stream).await {
            Ok(stream) => Open::over(stream).await,
            Err(error) if is_about_tls(&error) => {
                Err(RunError::field("server", format!("{}: no encrypted connection: {error}.", self.host)))
            }
            Err(error) => Err(unreachable(error)),
        }
    }
}

impl Open {
    /// Over a stream to an address that the guard has passed. The login is said by [`Server::greeting`], because the client
    /// itself would keep to itself what the server answers to it.
    async fn over<S>(stream: S) -> Result<Self, RunError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let is_over = Arc::new(AtomicBool::new(false));
        let stream = Limited::new(stream, MAX_ANSWER, is_over.clone());
        let info = RedisConnectionInfo::default().set_skip_set_lib_name();
        // Whoever runs the task ends it in time.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let made = MultiplexedConnection::new_with_config(&info, stream, config).await;
        let (connection, driver) = made.map_err(|error| reply::refused(&error, "server"))?;
        Ok(Self { connection, is_over, _driver: AbortOnDropHandle::new(tokio::spawn(driver)) })
    }

    /// One command and its answer; `field` is what the command is about.
    pub async fn ask(&mut self, command: &Cmd, field: &str) -> Result<Reply, RunError> {
        command.query_async::<Reply>(&mut self.connection).await.map_err(|error| {
            if self.is_over.load(Ordering::Relaxed) {
                RunError::field(field, "The server answered with more than 10 MiB, which is the limit.")
            } else {
                reply::refused(&error, field)
            }
        })
    }
}
