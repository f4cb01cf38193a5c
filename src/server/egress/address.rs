//! Which addresses and ports tasks may connect to.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, LazyLock},
};

use ipnet::IpNet;
use url::Url;

use super::{EgressError, Own};
use crate::server::config::{Allowed, EgressConfig, EgressMode, Ports};

/// What web servers listen on.
const WEB: [u16; 4] = [80, 443, 8080, 8443];
/// What mail servers, databases and caches listen on.
const OTHER: [u16; 8] = [25, 465, 587, 2525, 3306, 5432, 6379, 6380];

/// Decides about one address at a time. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Guard(Arc<Rules>);

#[derive(Debug)]
struct Rules {
    mode: EgressMode,
    allow: Vec<Allowed>,
    ports: Ports,
    own: Vec<Own>,
}

impl Guard {
    /// Everything as it is without settings.
    pub fn of(mode: EgressMode) -> Self {
        Self::new(mode, Vec::new(), None, Vec::new())
    }

    pub fn configured(config: &EgressConfig, own: Vec<Own>) -> Self {
        Self::new(config.mode, config.allow.clone(), config.ports.clone(), own)
    }

    fn new(mode: EgressMode, allow: Vec<Allowed>, ports: Option<Ports>, own: Vec<Own>) -> Self {
        // Whoever opened private networks has services there on all sorts of ports.
        let usual = if mode == EgressMode::Any { Ports::Any } else { Ports::These(WEB.to_vec()) };
        Self(Arc::new(Rules { mode, allow, ports: ports.unwrap_or(usual), own }))
    }

    /// Refuses an address that is out of bounds; `host` is what the person wrote, for the message.
    pub fn check(&self, host: &str, address: IpAddr) -> Result<(), EgressError> {
        if meanings(address).any(|address| contains(&METADATA, address)) {
            return Err(EgressError::Refused(format!(
                "{host} is the address of a cloud's metadata service; FlowPilot never connects to it."
            )));
        }
        match self.0.mode {
            EgressMode::Any => Ok(()),
            _ if self.is_allowed(host, address) => Ok(()),
            EgressMode::PublicOnly if !is_private(address) => Ok(()),
            EgressMode::PublicOnly => Err(EgressError::Refused(format!(
                "{host} is a private address; FlowPilot may connect to public addresses only. \
                 Set FLOWPILOT_EGRESS=any to allow it, or name it in FLOWPILOT_EGRESS_ALLOW."
            ))),
            EgressMode::Allowlist => Err(EgressError::Refused(format!(
                "{host} is not on the list of what FlowPilot may connect to. Name it in FLOWPILOT_EGRESS_ALLOW to allow it."
            ))),
        }
    }

    fn is_allowed(&self, host: &str, address: IpAddr) -> bool {
        let (host, address) = (host.trim_end_matches('.').to_ascii_lowercase(), address.to_canonical());
        self.0.allow.iter().any(|allowed| match allowed {
            Allowed::Network(network) => network.contains(&address),
            Allowed::Host(name) => match name.strip_prefix('*') {
                Some(end) => host.ends_with(end),
                None => host == *name,
            },
        })
    }

    /// Refuses a URL on a port that is none of the web's.
    pub fn check_web_port(&self, url: &Url) -> Result<(), EgressError> {
        let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default());
        self.check_port(host, port, &[])
    }

    /// Refuses a port that neither mail servers nor databases use.
    pub fn check_other_port(&self, host: &str, port: u16) -> Result<(), EgressError> {
        self.check_port(host, port, &OTHER)
    }

    fn check_port(&self, host: &str, port: u16, usual: &[u16]) -> Result<(), EgressError> {
        match &self.0.ports {
            Ports::These(ports) if !ports.contains(&port) && !usual.contains(&port) => {
                let ports: Vec<String> = ports.iter().chain(usual).map(u16::to_string).collect();
                let ports = ports.join(", ");
                Err(EgressError::Refused(format!(
                    "FlowPilot may not connect to port {port} of {host}, only to {ports}. Set FLOWPILOT_EGRESS_PORTS to allow it."
                )))
            }
            _ => Ok(()),
        }
    }

    /// Refuses FlowPilot's own doors.
    pub fn check_own(&self, host: &str, to: SocketAddr) -> Result<(), EgressError> {
        self.0.own.iter().try_for_each(|own| own.check(host, to))
    }

    /// Refuses the machines of FlowPilot's own doors, whatever the port.
    pub fn check_near(&self, host: &str, address: IpAddr) -> Result<(), EgressError> {
        self.0.own.iter().try_for_each(|own| own.check_address(host, address))
    }

    /// Whether one of FlowPilot's own doors has this port, at whatever address.
    pub fn is_own_port(&self, port: Option<u16>) -> bool {
        self.0.own.iter().any(|own| Some(own.port) == port)
    }

    pub fn has_doors(&self) -> bool {
        !self.0.own.is_empty()
    }
}

/// Whether the address is of this machine or a private network.
pub fn is_private(address: IpAddr) -> bool {
    meanings(address).any(|address| contains(&NOT_PUBLIC, address))
}

/// The address as it is routed, and the IPv4 address that it stands for where it is a translated one.
fn meanings(address: IpAddr) -> impl Iterator<Item = IpAddr> {
    let address = address.to_canonical();
    let embedded = match address {
        IpAddr::V6(address) => embedded(address).map(IpAddr::V4),
        IpAddr::V4(_) => None,
    };
    std::iter::once(address).chain(embedded)
}

/// IPv4 inside NAT64 (64:ff9b::/96), 6to4 (2002::/16), IPv4-translated (::ffff:0:0:0/96) and IPv4-compatible (::/96)
/// addresses.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let octets = address.octets();
    match octets {
        [0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d]
        | [0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, a, b, c, d]
        | [0x20, 0x02, a, b, c, d, ..]
        | [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d] => Some(Ipv4Addr::new(a, b, c, d)),
        _ => None,
    }
}

fn contains(nets: &[IpNet], address: IpAddr) -> bool {
    nets.iter().any(|net| net.contains(&address))
}

/// Instance metadata of the large clouds: whoever reaches it gets the machine's own credentials.
static METADATA: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
    nets(&[
        "169.254.169.254/32",
        "169.254.170.2/32",
        "169.254.170.23/32",
        "100.100.100.200/32",
        "fd00:ec2::254/128",
        "fd00:ec2::23/128",
        "fd20:ce::254/128",
    ])
});

/// What the special-purpose registries of IANA (RFC 6890 and its updates) do not mean for the public internet.
static NOT_PUBLIC: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
    nets(&[
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        // Everything besides 2000::/3, of which the registries give out global addresses.
        "::/3",
        "4000::/2",
        "8000::/1",
        // Inside of it: protocol assignments with Teredo, documentation, 6to4.
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    ])
});

fn nets(texts: &[&str]) -> Vec<IpNet> {
    texts.iter().map(|text| text.parse().expect("the list is written in CIDR notation")).collect()
}
