//! Where other people's code runs: a child process that shuts itself in before it is given a task, and is used once.
//! Nothing runs without one: where the machine cannot shut a child in as firmly as is asked for, tasks are refused.

mod child;
#[cfg(target_os = "linux")]
mod inside;
mod message;
mod output;
mod pool;
mod proxy;
mod way_out;
mod wire;

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use tokio::sync::OnceCell;

use self::{child::Child, pool::Pool};
pub use self::{
    child::Finished,
    message::{End, Job, MAX_RESULT, Profile, Tier},
    output::Output,
    way_out::WayOut,
};
use super::{
    config::{CodeConfig, CodeMode},
    plugins::Plugins,
};

/// Where the way out begins, inside.
pub const PROXY_PORT: u16 = 3128;
/// How long a child may take to shut itself in.
const READY_LIMIT: Duration = Duration::from_secs(20);

/// Performs what this process was started for, if that is being a child.
#[cfg(target_os = "linux")]
pub fn child() -> Option<ExitCode> {
    inside::run()
}

#[cfg(not(target_os = "linux"))]
pub fn child() -> Option<ExitCode> {
    None
}

/// The way to children. Cheap to clone.
#[derive(Clone)]
pub struct Sandbox(Arc<Parts>);

struct Parts {
    mode: CodeMode,
    program: PathBuf,
    /// Where boxes are made that are directories of the machine.
    scratch: PathBuf,
    tier: OnceCell<Result<Tier, String>>,
    javascript: Pool,
    commands: Pool,
    plugin_children: Pool,
    plugins: Plugins,
}

/// Why a task was not performed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// This machine cannot shut it in, or its administrator does not want it.
    NotAllowed(String),
    /// Its program could not be started.
    NotStarted(String),
    /// The child broke off.
    Broken(String),
}

impl Sandbox {
    pub fn new(config: &CodeConfig) -> Self {
        Self::with(config, Plugins::default())
    }

    /// With plug-ins to run.
    pub fn with(config: &CodeConfig, plugins: Plugins) -> Self {
        let program = config.program.clone().unwrap_or_else(|| "/proc/self/exe".into());
        let (javascript, commands) = match config.code {
            CodeMode::Off => (Pool::cold(Profile::JavaScript), Pool::cold(Profile::Command)),
            _ => (Pool::warm(Profile::JavaScript, 4), Pool::warm(Profile::Command, 2)),
        };
        let scratch = std::env::temp_dir();
        let plugin_children = Pool::cold(Profile::Plugin);
        Self(Arc::new(Parts {
            mode: config.code,
            program,
            scratch,
            tier: OnceCell::new(),
            javascript,
            commands,
            plugin_children,
            plugins,
        }))
    }

    /// No code tasks; what FlowPilot itself asks of children runs as firmly shut in as the machine can.
    pub fn off() -> Self {
        Self::new(&CodeConfig { code: CodeMode::Off, program: None })
    }

    /// Whether the administrator lets people's code run here at all.
    pub fn takes_code(&self) -> bool {
        self.0.mode != CodeMode::Off
    }

    /// Says in the log how firmly tasks are shut in, and gets children ready.
    pub async fn announce(&self) {
        if !self.takes_code() {
            return tracing::info!("code tasks are off; FLOWPILOT_CODE=strict turns them on");
        }
        match self.tier().await {
            Ok(tier) => {
                tracing::info!(isolation = tier.name(), "code tasks are on");
                self.0.javascript.fill(self, *tier);
                self.0.commands.fill(self, *tier);
            }
            Err(error) => tracing::error!("code tasks are refused: {error}"),
        }
    }

    /// How firmly children are shut in here, tried once.
    pub async fn tier(&self) -> &Result<Tier, String> {
        self.0.tier.get_or_init(|| self.find_tier()).await
    }

    async fn find_tier(&self) -> Result<Tier, String> {
        let wanted = match self.0.mode {
            CodeMode::Strict => vec![Tier::Strict],
            CodeMode::Restricted | CodeMode::Off => vec![Tier::Strict, Tier::Restricted],
        };
        let mut reasons = Vec::new();
        for tier in wanted {
            match self.try_tier(tier).await {
                Ok(()) => return Ok(tier),
                Err(error) => reasons.push(format!("{}: {error}", tier.name())),
            }
        }
        Err(format!("this machine offers no isolation that is firm enough ({})", reasons.join("; ")))
    }

    /// Starts a child of this tier and a program in it.
    pub async fn try_tier(&self, tier: Tier) -> Result<(), String> {
        let child = Child::start(self, tier, Profile::Command).await?;
        let command = vec!["true".to_owned()];
        let job = Job { command, memory_bytes: 256 * 1024 * 1024, cpu_secs: 5, ..Job::default() };
        match child.perform(job, Vec::new(), &Output::default(), WayOut::None).await {
            Ok(finished) if finished.end.exit_code == Some(0) => Ok(()),
            Ok(finished) => Err(format!("a program ended with {:?} inside", finished.end)),
            Err(refusal) => Err(format!("{refusal:?}")),
        }
    }

    /// Runs a program of the machine.
    pub async fn command(
        &self,
        job: Job,
        input: Vec<u8>,
        output: &Output,
        way_out: WayOut<'_>,
    ) -> Result<Finished, Refusal> {
        self.take(&self.0.commands).await?.perform(job, input, output, way_out).await
    }

    /// The same in this tier, whatever the administrator wants: for tests and measurements.
    pub async fn command_in(&self, tier: Tier, job: Job, input: Vec<u8>, output: &Output) -> Result<Finished, Refusal> {
        let child = Child::start(self, tier, Profile::Command).await.map_err(Refusal::NotAllowed)?;
        child.perform(job, input, output, WayOut::None).await
    }

    /// Evaluates JavaScript.
    pub async fn javascript(&self, job: Job, data: Vec<u8>, output: &Output) -> Result<Finished, Refusal> {
        self.take(&self.0.javascript).await?.perform(job, data, output, WayOut::None).await
    }

    /// Runs a plug-in's module, which stands before its input.
    pub async fn plugin(
        &self,
        job: Job,
        bytes: Vec<u8>,
        output: &Output,
        way_out: WayOut<'_>,
    ) -> Result<Finished, Refusal> {
        self.take(&self.0.plugin_children).await?.perform(job, bytes, output, way_out).await
    }

    pub fn plugins(&self) -> &Plugins {
        &self.0.plugins
    }

    async fn take(&self, pool: &Pool) -> Result<Child, Refusal> {
        let tier = self.tier().await.clone().map_err(Refusal::NotAllowed)?;
        pool.take(self, tier).await.map_err(Refusal::Broken)
    }
}
