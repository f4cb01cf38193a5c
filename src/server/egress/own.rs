//! FlowPilot's own doors: its listener and its Postgres. No task may knock there, whatever else is allowed: a request from
//! inside would pass every check of who is outside.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use sqlx::postgres::PgConnectOptions;

use super::EgressError;

/// One door.
#[derive(Clone, Debug)]
pub struct Own {
    what: &'static str,
    addresses: Vec<IpAddr>,
    pub port: u16,
}

impl Own {
    pub fn listener(at: SocketAddr) -> Self {
        Self { what: "FlowPilot itself", addresses: vec![at.ip().to_canonical()], port: at.port() }
    }

    /// Refuses this very door.
    pub fn check(&self, host: &str, to: SocketAddr) -> Result<(), EgressError> {
        if to.port() == self.port { self.check_address(host, to.ip()) } else { Ok(()) }
    }

    /// Refuses the machine that it is on.
    pub fn check_address(&self, host: &str, address: IpAddr) -> Result<(), EgressError> {
        let address = address.to_canonical();
        let is_it =
            self.addresses.contains(&address) || self.addresses.iter().any(|own| is_here(*own)) && is_here(address);
        if !is_it {
            return Ok(());
        }
        let (port, what) = (self.port, self.what);
        Err(EgressError::Refused(format!("Port {port} of {host} is {what}; no task may connect to it.")))
    }
}

/// The doors of the database, as far as they can be reached by TCP.
pub async fn postgres(options: &PgConnectOptions) -> Vec<Own> {
    let (host, port) = (options.get_host(), options.get_port());
    if options.get_socket().is_some() || host.starts_with('/') {
        return Vec::new();
    }
    let addresses = match tokio::net::lookup_host((host, port)).await {
        Ok(found) => found.map(|address| address.ip().to_canonical()).collect(),
        Err(error) => {
            tracing::warn!(%error, "the address of Postgres is not known; tasks are not kept from it");
            Vec::new()
        }
    };
    vec![Own { what: "FlowPilot's Postgres", addresses, port }]
}

/// Whether the address is one of this machine: only those can be bound. 0.0.0.0 and :: lead to it too.
fn is_here(address: IpAddr) -> bool {
    address.is_loopback() || address.is_unspecified() || UdpSocket::bind((address, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(listen: &str, to: &str) -> bool {
        Own::listener(listen.parse().unwrap()).check("it", to.parse().unwrap()).is_err()
    }

    #[test]
    fn every_way_to_the_own_listener_is_closed() {
        for listen in ["127.0.0.1:3000", "0.0.0.0:3000", "[::]:3000", "[::1]:3000"] {
            for to in [
                "127.0.0.1:3000",
                "127.8.8.8:3000",
                "0.0.0.0:3000",
                "[::1]:3000",
                "[::]:3000",
                "[::ffff:127.0.0.1]:3000",
            ] {
                assert!(refused(listen, to), "{listen} by {to}");
            }
            assert!(!refused(listen, "127.0.0.1:3001"), "{listen}");
            assert!(!refused(listen, "93.184.216.34:3000"), "{listen}");
        }
    }
}
