//! Settings: each one a flag, an environment variable and a line of `--help`.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    str::FromStr,
};

use clap::{Args, ValueEnum};
use ipnet::IpNet;

use super::{Error, Result};
use crate::domain::workflow;

/// What `flowpilot serve` needs to know.
#[derive(Clone, Debug, Args)]
pub struct Config {
    #[command(flatten)]
    pub database: DatabaseConfig,

    /// Address to listen on.
    #[arg(long, env = "FLOWPILOT_LISTEN", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,

    /// The address that people and webhooks use, such as https://flowpilot.example.com. Default: http:// and the listen address.
    #[arg(long, env = "FLOWPILOT_PUBLIC_URL")]
    pub public_url: Option<String>,

    /// Networks of proxies in front, such as 10.0.0.0/8: their X-Forwarded-For says who calls. Several with commas.
    #[arg(long, env = "FLOWPILOT_TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<IpNet>,

    #[command(flatten)]
    pub egress: EgressConfig,

    #[command(flatten)]
    pub code: CodeConfig,

    /// Attempts that run at the same time; one workspace gets four fifths of them.
    #[arg(long, env = "FLOWPILOT_SLOTS", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub slots: u32,

    /// Worker groups whose tasks this replica performs, besides those without a group. Several with commas.
    #[arg(long = "group", env = "FLOWPILOT_GROUPS", value_delimiter = ',', value_parser = group)]
    pub groups: Vec<String>,

    /// The most that one task may hand on, in KiB of JSON; answers that are larger are not read to their end.
    #[arg(long, env = "FLOWPILOT_MAX_RESULT_KIB", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(16..=10_240))]
    pub max_result_kib: u32,

    /// Tell other replicas nothing: for tests that show that everything is found without.
    #[arg(long, env = "FLOWPILOT_DROP_NOTICES", hide = true)]
    pub drop_notices: bool,

    /// Calls per second that one webhook takes, twice as many in a burst; 0: no limit.
    #[arg(long, env = "FLOWPILOT_WEBHOOK_RATE", default_value_t = 100)]
    pub webhook_rate: u32,

    /// Calls per second that one address may make of all webhooks, twice as many in a burst; 0: no limit.
    #[arg(long, env = "FLOWPILOT_WEBHOOK_SOURCE_RATE", default_value_t = 50)]
    pub webhook_source_rate: u32,

    /// Calls of one webhook that may be under way at the same time; 0: no limit besides that of all, 256.
    #[arg(long, env = "FLOWPILOT_WEBHOOK_CONCURRENCY", default_value_t = 32)]
    pub webhook_concurrency: u32,

    /// Directory with the stylesheet, the scripts and the WebAssembly.
    #[arg(long, env = "LEPTOS_SITE_ROOT", default_value = "target/site")]
    pub site_root: PathBuf,
}

/// Where the data is: what every command needs that works on the database.
#[derive(Clone, Debug, Args)]
pub struct DatabaseConfig {
    /// Postgres to use; without it FlowPilot starts its own in the data directory.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// Where the key file and the embedded Postgres live. Default: /var/lib/flowpilot as root, else ~/.local/share/flowpilot.
    #[arg(long, env = "FLOWPILOT_DATA_DIR")]
    pub data_dir: Option<PathBuf>,

    /// File with the instance's key, 64 hexadecimal digits. Default: secret.key in the data directory, made at the first start.
    #[arg(long, env = "FLOWPILOT_KEY_FILE")]
    pub key_file: Option<PathBuf>,

    /// Connections that may be open, half of them for requests and half for the engine. Lanes and webhooks have a few of their own besides.
    #[arg(long, env = "FLOWPILOT_CONNECTIONS", default_value_t = 20, value_parser = clap::value_parser!(u32).range(2..=1_000))]
    pub connections: u32,

    /// Refuse to start unless requests work under a database role of their own, which sees one workspace at a time.
    #[arg(long, env = "FLOWPILOT_REQUIRE_DATABASE_ROLES")]
    pub require_database_roles: bool,
}

/// Where tasks may connect to.
#[derive(Clone, Debug, Args)]
pub struct EgressConfig {
    /// Where tasks may connect to: public addresses, only what --egress-allow names, or private networks and this machine too.
    #[arg(long = "egress", env = "FLOWPILOT_EGRESS", value_enum, default_value_t = EgressMode::PublicOnly)]
    pub mode: EgressMode,

    /// Networks and hosts that tasks may reach although they are private, such as 10.1.0.0/16 or *.corp.example. Several with commas.
    #[arg(long = "egress-allow", env = "FLOWPILOT_EGRESS_ALLOW", value_delimiter = ',')]
    pub allow: Vec<Allowed>,

    /// Ports that HTTP tasks may connect to, with commas, or `any`. Default: 80, 443, 8080 and 8443; every port with --egress=any.
    #[arg(long = "egress-ports", env = "FLOWPILOT_EGRESS_PORTS")]
    pub ports: Option<Ports>,

    /// PEM file with further certificate authorities that tasks trust, such as a company's own.
    #[arg(long, env = "FLOWPILOT_CA_FILE")]
    pub ca_file: Option<PathBuf>,
}

/// Whether people's code runs here.
#[derive(Clone, Debug, Args)]
pub struct CodeConfig {
    /// Whether shell, Python and JavaScript tasks run here, and how firmly they have to be shut in: in namespaces of their own
    /// (strict), or by Landlock, seccomp and limits where there are none (restricted). Workspaces then say which kinds they allow.
    #[arg(long, env = "FLOWPILOT_CODE", value_enum, default_value_t = CodeMode::Off)]
    pub code: CodeMode,

    /// The program that children run: for tests, which are another.
    #[arg(long = "sandbox-program", env = "FLOWPILOT_SANDBOX_PROGRAM", hide = true)]
    pub program: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CodeMode {
    Off,
    Strict,
    Restricted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EgressMode {
    PublicOnly,
    Allowlist,
    Any,
}

/// One entry of the allow-list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    Network(IpNet),
    /// In lower case; `*.` in front stands for whatever is below.
    Host(String),
}

impl FromStr for Allowed {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let text = text.trim().to_lowercase();
        let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        let name = text.strip_prefix("*.").unwrap_or(&text);
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
        match network {
            Ok(network) => Ok(Self::Network(network)),
            Err(_) if is_name => Ok(Self::Host(text)),
            Err(_) => {
                Err(format!("{text} is neither a network such as 10.1.0.0/16 nor a host such as crm.corp.example"))
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ports {
    Any,
    These(Vec<u16>),
}

impl FromStr for Ports {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        if text.trim().eq_ignore_ascii_case("any") {
            return Ok(Self::Any);
        }
        let number = |part: &str| {
            part.trim()
                .parse()
                .ok()
                .filter(|port| *port > 0)
                .ok_or_else(|| format!("{part} is no port; write 80,443 or any"))
        };
        text.split(',').map(number).collect::<std::result::Result<_, _>>().map(Self::These)
    }
}

impl Config {
    /// The address that people use, without a slash at the end.
    pub fn public_url(&self) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None if self.listen.ip().is_unspecified() || self.listen.ip().is_loopback() => {
                format!("http://localhost:{}", self.listen.port())
            }
            None => format!("http://{}", self.listen),
        }
    }
}

impl DatabaseConfig {
    /// The data directory, absolute; it need not exist yet.
    pub fn data_dir(&self) -> Result<PathBuf> {
        let path = match &self.data_dir {
            Some(path) => path.clone(),
            None => default_data_dir()?,
        };
        std::path::absolute(&path)
            .map_err(|error| Error::internal(format!("the data directory {} is not usable: {error}", path.display())))
    }
}

/// The name of a worker group, from the command line.
pub fn group(text: &str) -> std::result::Result<String, String> {
    let is_group = workflow::is_group(text);
    is_group.then(|| text.to_owned()).ok_or_else(|| "name it with 1 to 32 of a-z, 0-9, _ and -".to_owned())
}

fn default_data_dir() -> Result<PathBuf> {
    if nix::unistd::Uid::effective().is_root() {
        return Ok("/var/lib/flowpilot".into());
    }
    let base = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share")));
    match base {
        Some(base) if base.is_absolute() => Ok(base.join("flowpilot")),
        _ => Err(Error::internal("there is no home directory to keep data in; name one with --data-dir")),
    }
}
