//! Settings: each one a flag, an environment variable and a line of `--help`.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, ValueEnum};

#[derive(Clone, Debug, Args)]
pub struct Config {
    /// Address to listen on.
    #[arg(long, env = "FLOWPILOT_LISTEN", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,

    /// The address that people and webhooks use, such as https://flowpilot.example.com. Default: http:// and the listen address.
    #[arg(long, env = "FLOWPILOT_PUBLIC_URL")]
    pub public_url: Option<String>,

    /// Postgres to use; without it FlowPilot starts its own in the data directory.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// Where the key file and the embedded Postgres live. Default: /var/lib/flowpilot as root, else ~/.local/share/flowpilot.
    #[arg(long, env = "FLOWPILOT_DATA_DIR")]
    pub data_dir: Option<PathBuf>,

    /// Where tasks may connect to: public addresses only, or private networks and this machine too.
    #[arg(long, env = "FLOWPILOT_EGRESS", value_enum, default_value_t = EgressMode::PublicOnly)]
    pub egress: EgressMode,

    /// Attempts that run at the same time.
    #[arg(long, env = "FLOWPILOT_SLOTS", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub slots: u32,

    /// Directory with the stylesheet, the scripts and the WebAssembly.
    #[arg(long, env = "LEPTOS_SITE_ROOT", default_value = "target/site")]
    pub site_root: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EgressMode {
    PublicOnly,
    Any,
}
