//! `flowpilot worker`: performs the tasks of worker groups for the replicas that own executions. No pages and no web.

use std::time::Duration;

use clap::Args;

use super::{
    Result,
    app::Database,
    config::{CodeConfig, DatabaseConfig, EgressConfig, group},
    egress::{Egress, own},
    engine::{Engine, Parts, Settings},
    files::Files,
    plugins::Plugins,
    sandbox::Sandbox,
    secrets::Secrets,
};

/// How long attempts under way may take once the worker was asked to stop.
const DRAIN: Duration = Duration::from_secs(25);

/// What `flowpilot worker` needs to know.
#[derive(Clone, Debug, Args)]
pub struct WorkerConfig {
    #[command(flatten)]
    pub database: DatabaseConfig,

    /// The worker group whose tasks it performs. Several with commas.
    #[arg(long = "group", env = "FLOWPILOT_GROUPS", value_delimiter = ',', required = true, value_parser = group)]
    pub groups: Vec<String>,

    #[command(flatten)]
    pub egress: EgressConfig,

    #[command(flatten)]
    pub code: CodeConfig,

    /// Attempts that run at the same time.
    #[arg(long, env = "FLOWPILOT_SLOTS", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub slots: u32,

    /// The most that one task may hand on, in KiB of JSON; answers that are larger are not read to their end.
    #[arg(long, env = "FLOWPILOT_MAX_RESULT_KIB", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(16..=10_240))]
    pub max_result_kib: u32,
}

/// A worker at work, until it is stopped.
pub struct Worker {
    database: Database,
    engine: Engine,
}

impl Worker {
    /// The key file has to be the one of the replicas: tasks use credentials.
    pub async fn start(config: WorkerConfig) -> Result<Self> {
        let database = Database::open(&config.database).await?;
        let secrets = Secrets::load(&config.database.data_dir()?, config.database.key_file.as_deref())?;
        secrets.verify(&database.pool).await?;
        let max_result = config.max_result_kib as usize * 1024;
        let egress =
            Egress::open(&config.egress, own::postgres(&database.pool.connect_options()).await)?.taking(max_result);
        let sandbox = Sandbox::with(&config.code, Plugins::of(&config.database.data_dir()?));
        sandbox.announce().await;
        let settings = Settings { max_result, groups: config.groups, ..Settings::default() };
        let files = Files::at(&config.database.data_dir()?);
        let slots = config.slots;
        let parts = Parts { pool: database.pool.clone(), secrets, egress, files, sandbox, slots, settings };
        let engine = Engine::launch_worker(parts).await?;
        Ok(Self { database, engine })
    }

    /// Claims nothing more, lets attempts under way end for up to 25 s; what is left is made again elsewhere.
    pub async fn stop(self) {
        self.engine.stop(DRAIN).await;
        self.database.close().await;
    }
}
