//! Where this installation is reached: decides the cookie's name and which origins are its own.

use std::net::IpAddr;

use url::Url;

use crate::server::config::Config;

/// The public address, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Scheme, host and port, as browsers write them in `Origin`.
    pub origin: String,
    /// https.
    pub is_secure: bool,
    /// Plain http on this machine: cookies go without `Secure`, and `localhost` is as good as `127.0.0.1`.
    pub is_loopback: bool,
    port: Option<u16>,
}

impl Site {
    pub fn of(config: &Config) -> Self {
        Self::at(&config.public_url())
    }

    /// An address that is none has an origin that no browser sends: everything cross-origin is refused.
    pub fn at(public_url: &str) -> Self {
        let url = Url::parse(public_url).ok();
        Self {
            origin: url.as_ref().map_or_else(|| public_url.to_owned(), |url| url.origin().ascii_serialization()),
            is_secure: url.as_ref().is_some_and(|url| url.scheme() == "https"),
            is_loopback: url.as_ref().is_some_and(is_loopback),
            port: url.and_then(|url| url.port_or_known_default()),
        }
    }

    /// Whether a page of this origin is one of ours.
    pub fn is_own(&self, origin: &str) -> bool {
        if origin == self.origin {
            return true;
        }
        let same_machine = |url: Url| self.is_loopback && is_loopback(&url) && url.port_or_known_default() == self.port;
        Url::parse(origin).is_ok_and(same_machine)
    }

    /// Why people could not log in safely at this address, if so.
    pub fn problem(&self) -> Option<String> {
        let safe = self.is_secure || self.is_loopback;
        (!safe).then(|| {
            format!(
                "{} is neither https nor this machine: passwords and sessions would travel in the clear. \
                 Put a proxy with TLS in front and set FLOWPILOT_PUBLIC_URL to its https address.",
                self.origin
            )
        })
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    url.scheme() == "http" && (host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_public_address_are_its_own() {
        let public = Site::at("https://flow.example.com/");
        assert!(public.is_own("https://flow.example.com"));
        for foreign in [
            "http://flow.example.com",
            "https://flow.example.com:8443",
            "https://flow.example.com.evil.test",
            "https://evil.test",
            "http://localhost",
            "null",
            "",
        ] {
            assert!(!public.is_own(foreign), "{foreign}");
        }
    }

    #[test]
    fn on_this_machine_localhost_is_as_good_as_its_number() {
        let local = Site::at("http://127.0.0.1:3000");
        assert!(local.is_own("http://localhost:3000") && local.is_own("http://[::1]:3000"));
        assert!(!local.is_own("http://localhost:4000") && !local.is_own("http://localhost.evil.test:3000"));
    }

    #[test]
    fn plain_http_beyond_this_machine_is_a_problem() {
        assert_eq!(Site::at("https://flow.example.com").problem(), None);
        assert_eq!(Site::at("http://localhost:3000").problem(), None);
        assert!(Site::at("http://flow.example.com").problem().unwrap().contains("FLOWPILOT_PUBLIC_URL"));
    }
}
