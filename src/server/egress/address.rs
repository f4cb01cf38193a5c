//! Which addresses tasks may connect to.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::LazyLock,
};

use ipnet::IpNet;

use super::EgressError;
use crate::server::config::EgressMode;

/// Decides about one address at a time.
#[derive(Clone, Copy, Debug)]
pub struct Guard(pub EgressMode);

impl Guard {
    /// Refuses an address that is out of bounds; `host` is what the person wrote, for the message.
    pub fn check(self, host: &str, address: IpAddr) -> Result<(), EgressError> {
        if meanings(address).any(|address| contains(&METADATA, address)) {
            return Err(EgressError::Refused(format!(
                "{host} is the address of a cloud's metadata service; FlowPilot never connects to it."
            )));
        }
        if self.0 == EgressMode::PublicOnly && is_private(address) {
            return Err(EgressError::Refused(format!(
                "{host} is a private address; FlowPilot may connect to public addresses only. \
                 Set FLOWPILOT_EGRESS=any to allow it."
            )));
        }
        Ok(())
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
