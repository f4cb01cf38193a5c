//! Which database: `postgres://`, `mysql://` or `mariadb://` with host and name, `sqlite:` with a file of the workspace.

use url::Url;

use crate::server::runners::RunError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Postgres,
    MySql,
    Sqlite,
}

#[derive(Debug)]
pub struct Server {
    pub dialect: Dialect,
    pub host: String,
    pub port: u16,
    /// For SQLite the file; empty: in memory.
    pub database: String,
}

const SHAPE: &str = "It looks like postgres://db.example.com:5432/shop, mysql://db.example.com/shop or sqlite:shop.db.";

impl Server {
    pub fn read(text: &str) -> Result<Self, RunError> {
        if let Some(file) = text.trim().strip_prefix("sqlite:") {
            let file = file.strip_prefix("//").unwrap_or(file).trim();
            let database = if file == ":memory:" { String::new() } else { file.to_owned() };
            if database.is_empty() && file != ":memory:" {
                return Err(wrong("The address names no file. Write sqlite:shop.db, or sqlite::memory: for none."));
            }
            return Ok(Self { dialect: Dialect::Sqlite, host: String::new(), port: 0, database });
        }
        let url = Url::parse(text.trim()).map_err(|_| wrong(&format!("The database cannot be read. {SHAPE}")))?;
        let (dialect, port) = match url.scheme() {
            "postgres" | "postgresql" => (Dialect::Postgres, 5432),
            "mysql" | "mariadb" => (Dialect::MySql, 3306),
            _ => return Err(wrong(&format!("This is no address of a database. {SHAPE}"))),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("The address holds a login. Put it into a credential of the kind Database login."));
        }
        if url.query().is_some() {
            return Err(wrong("The address holds settings behind a “?”. Leave them out: FlowPilot sets its own."));
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("The database has no host."))?;
        let database = url.path().trim_start_matches('/').to_owned();
        if database.is_empty() || database.contains('/') {
            return Err(wrong(&format!("The address names no database. {SHAPE}")));
        }
        Ok(Self { dialect, host: host.to_owned(), port: url.port().unwrap_or(port), database })
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
        let read =
            |text: &str| Server::read(text).map(|s| (s.dialect, s.host, s.port, s.database)).map_err(|_| "refused");
        let own = str::to_owned;
        assert_eq!(
            read("postgres://db.example.com/shop"),
            Ok((Dialect::Postgres, own("db.example.com"), 5432, own("shop")))
        );
        assert_eq!(read(" postgresql://[::1]:6000/a "), Ok((Dialect::Postgres, own("[::1]"), 6000, own("a"))));
        assert_eq!(read("mariadb://db/shop"), Ok((Dialect::MySql, own("db"), 3306, own("shop"))));
        assert_eq!(read("sqlite:a/b.db"), Ok((Dialect::Sqlite, own(""), 0, own("a/b.db"))));
        assert_eq!(read("sqlite::memory:"), Ok((Dialect::Sqlite, own(""), 0, own(""))));
        for text in [
            "db.example.com",
            "mssql://db/shop",
            "postgres://db",
            "postgres://db/",
            "postgres:///shop",
            "postgres://u:p@db/shop",
            "postgres://db/shop?host=/run",
            "postgres://db/a/b",
            "mysql://db/shop?ssl-mode=disabled",
            "sqlite:",
            "sqlite://",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
