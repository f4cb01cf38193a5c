//! The address that a request comes from. Behind a proxy that is the one that the proxy names, but only a proxy that the
//! configuration trusts: anybody can send the header.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::ConnectInfo,
    http::{HeaderMap, request::Parts},
};
use ipnet::IpNet;

/// None: the server runs without telling its handlers.
pub fn address(parts: &Parts, trusted: &[IpNet]) -> Option<IpAddr> {
    let ConnectInfo(connected) = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(behind(connected.ip().to_canonical(), &parts.headers, trusted))
}

/// The last address of `X-Forwarded-For` that is not itself a trusted proxy: each one appends whom it heard.
fn behind(connected: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: IpAddr| trusted.iter().any(|network| network.contains(&ip));
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
    let named: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let mut nearest = connected;
    for text in named.into_iter().rev() {
        let (true, Ok(ip)) = (is_trusted(nearest), text.parse::<IpAddr>()) else { break };
        nearest = ip.to_canonical();
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `forwarded` is the header's text; the proxies at 10.0.0.0/8 are trusted.
    fn check(connected: &str, forwarded: &str, expected: &str) {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let found = behind(connected.parse().unwrap(), &headers, &trusted);
        assert_eq!(found.to_string(), expected, "{connected}, {forwarded}");
    }

    #[test]
    fn a_trusted_proxy_says_who_called_it() {
        check("10.0.0.1", "192.0.2.7", "192.0.2.7");
        check("10.0.0.1", "192.0.2.7, 10.0.0.2", "192.0.2.7");
    }

    #[test]
    fn what_somebody_claims_of_themselves_does_not_count() {
        check("192.0.2.7", "198.51.100.1", "192.0.2.7");
        check("10.0.0.1", "198.51.100.1, 192.0.2.7", "192.0.2.7");
        check("10.0.0.1", "nonsense", "10.0.0.1");
        check("10.0.0.1", "192.0.2.7, nonsense", "10.0.0.1");
    }
}
