//! Names to addresses. A name counts only if every address that it has is allowed: filtering would let an attacker try
//! until the forbidden one comes up. The client connects to exactly what is returned here.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{EgressError, address::Guard};

type Found = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;
type Lookup = dyn Fn(String) -> Found + Send + Sync;

#[derive(Clone)]
pub struct Names {
    guard: Guard,
    lookup: Arc<Lookup>,
    /// Whether the machines of FlowPilot's own doors are refused.
    is_wary: bool,
}

impl Names {
    /// Asks the operating system.
    pub fn system(guard: Guard) -> Self {
        Self::asking(guard, |name| Box::pin(system(name)))
    }

    pub fn asking(guard: Guard, lookup: impl Fn(String) -> Found + Send + Sync + 'static) -> Self {
        Self { guard, lookup: Arc::new(lookup), is_wary: false }
    }

    /// For requests to a port that one of FlowPilot's own doors has. The client does not say which port it asks for, so
    /// such requests get names of their own.
    pub fn wary(&self) -> Self {
        Self { is_wary: true, ..self.clone() }
    }

    /// The addresses of a name, all of them checked.
    pub async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, EgressError> {
        let unknown = || EgressError::Unreachable(format!("No address was found for {name}. Check its spelling."));
        let found = (self.lookup)(name.to_owned()).await.map_err(|_| unknown())?;
        if found.is_empty() {
            return Err(unknown());
        }
        found.iter().try_for_each(|address| self.check(name, *address))?;
        Ok(found)
    }

    fn check(&self, name: &str, address: IpAddr) -> Result<(), EgressError> {
        self.guard.check(name, address)?;
        if self.is_wary { self.guard.check_near(name, address) } else { Ok(()) }
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let names = self.clone();
        Box::pin(async move {
            let addresses = names.addresses(name.as_str()).await?;
            // Port 0 stands for the port of the URL.
            Ok(Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

async fn system(name: String) -> io::Result<Vec<IpAddr>> {
    Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
}
