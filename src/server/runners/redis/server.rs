//! Which server: `redis://` or `rediss://` with host, port and number of the database.

use redis::Cmd;
use url::Url;

use crate::server::runners::{Call, RunError};

#[derive(Debug)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub encrypted: bool,
    database: u32,
}

const SHAPE: &str = "It looks like rediss://cache.example.com:6379/0.";

impl Server {
    pub fn read(text: &str) -> Result<Self, RunError> {
        let url = Url::parse(text.trim()).map_err(|_| wrong(&format!("The server cannot be read. {SHAPE}")))?;
        let encrypted = match url.scheme() {
            "rediss" => true,
            "redis" => false,
            _ => return Err(wrong("The server begins with redis:// or rediss://.")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("The address holds a login. Put it into a credential of the kind Redis login."));
        }
        if url.query().is_some() {
            return Err(wrong("The address holds settings behind a “?”. Leave them out: FlowPilot sets its own."));
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("The server has no host."))?;
        let database = match url.path().trim_matches('/') {
            "" => 0,
            number => number.parse().map_err(|_| wrong(&format!("The database is a number. {SHAPE}")))?,
        };
        Ok(Self { host: host.to_owned(), port: url.port().unwrap_or(6379), encrypted, database })
    }

    /// What is said before anything else, each with the field that it is about.
    pub fn greeting(&self, call: &Call) -> Result<Vec<(Cmd, &'static str)>, RunError> {
        let mut greeting = Vec::new();
        if let Some(secret) = &call.credential {
            let mut login = Cmd::new();
            login.arg("AUTH");
            let password = secret.value_for(&self.host, "password")?;
            // Servers before Redis 6 know no users.
            if let Some(user) = secret.values.get("username").filter(|user| !user.is_empty()) {
                login.arg(user.as_str());
            }
            login.arg(password);
            greeting.push((login, "credential"));
        }
        if self.database > 0 {
            let mut select = Cmd::new();
            select.arg("SELECT").arg(self.database);
            greeting.push((select, "server"));
        }
        Ok(greeting)
    }
}

fn wrong(text: &str) -> RunError {
    RunError::field("server", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_host_and_database_and_no_login() {
        let read = |text: &str| Server::read(text).map(|s| (s.encrypted, s.host, s.port, s.database)).ok();
        let own = str::to_owned;
        assert_eq!(read("rediss://cache.example.com"), Some((true, own("cache.example.com"), 6379, 0)));
        assert_eq!(read(" redis://[::1]:6380/3/ "), Some((false, own("[::1]"), 6380, 3)));
        for text in [
            "cache.example.com",
            "http://cache",
            "redis://",
            "redis:///0",
            "redis://cache/x",
            "redis://cache/-1",
            "redis://u:p@cache",
            "redis://:p@cache",
            "redis://cache?timeout=1",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
