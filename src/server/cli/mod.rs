//! The command line: what can be done, and `serve` itself. Other commands live with their subject.

mod account;
mod breaker;
mod dead_letter;
mod execution;
mod expression;
mod key;
mod library;
mod listing;
mod member;
mod remote;
mod story;
mod table;
mod task;
mod trigger;
mod variable;
mod workflow;
mod workspace;

use std::{io::IsTerminal, process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};
use futures_util::FutureExt;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::{
    Error, Result, app,
    auth::{self, site::Site},
    bench,
    config::Config,
    sandbox,
    worker::{Worker, WorkerConfig},
};

/// FlowPilot: draw workflows, start them by hand, webhook or schedule, watch them run live.
#[derive(Parser)]
#[command(name = "flowpilot", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server.
    Serve(Box<Config>),
    /// Perform the tasks of worker groups for running servers, without pages or web.
    Worker(Box<WorkerConfig>),
    /// Measure the engine on this machine.
    Bench(bench::BenchArgs),
    /// People and their memberships.
    #[command(subcommand)]
    User(account::User),
    /// The members of a workspace, on a running server.
    #[command(subcommand)]
    Member(member::Command),
    /// API tokens.
    #[command(subcommand)]
    Token(account::Token),
    /// The keys that credentials are encrypted with.
    #[command(subcommand)]
    Key(key::Command),
    /// Settings of a workspace.
    #[command(subcommand)]
    Workspace(workspace::Workspace),
    /// Bring workflows in and out, list and run them, on a running server.
    #[command(subcommand)]
    Workflow(workflow::Command),
    /// See what ran on a running server and how it went.
    #[command(subcommand)]
    Execution(execution::Command),
    /// Executions that failed: look, replay, put away.
    #[command(subcommand)]
    DeadLetter(dead_letter::Command),
    /// What workflows are made of: the kinds of triggers and tasks.
    #[command(subcommand)]
    Task(task::Command),
    /// Triggers, and the times of schedules that were missed.
    #[command(subcommand)]
    Trigger(trigger::Command),
    /// Circuit breakers of services that fail.
    #[command(subcommand)]
    Breaker(breaker::Command),
    /// Values that all workflows of the workspace read, as vars.name.
    #[command(subcommand)]
    Variable(variable::Command),
    /// Reusable tasks of the workspace.
    #[command(subcommand)]
    Library(library::Command),
    /// What expressions can call.
    #[command(subcommand)]
    Expression(expression::Command),
}

/// Does what the arguments say.
pub fn run() -> ExitCode {
    if let Some(code) = sandbox::child() {
        return code;
    }
    let cli = Cli::parse();
    log();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&Error::internal(error)),
    };
    let done = runtime.block_on(async {
        match cli.command {
            Command::Serve(config) => serve(*config).await,
            Command::Worker(config) => work(*config).await,
            Command::Workflow(command) => command.run().await,
            Command::Execution(command) => command.run().await,
            Command::DeadLetter(command) => command.run().await,
            Command::Task(command) => command.run(),
            Command::Trigger(command) => command.run().await,
            Command::Breaker(command) => command.run().await,
            Command::Member(command) => command.run().await,
            Command::Variable(command) => command.run().await,
            Command::Library(command) => command.run().await,
            Command::Expression(command) => command.run(),
            Command::Bench(args) => bench::run(args).await,
            Command::User(user) => user.run().await,
            Command::Token(token) => token.run().await,
            Command::Key(key) => key.run().await,
            Command::Workspace(workspace) => workspace.run().await,
        }
    });
    // Whatever still runs in the background has had its time.
    runtime.shutdown_timeout(Duration::from_millis(100));
    done.map_or_else(|error| fail(&error), |()| ExitCode::SUCCESS)
}

fn fail(error: &Error) -> ExitCode {
    eprintln!("flowpilot: {error}");
    ExitCode::FAILURE
}

/// Logs to stderr what `FLOWPILOT_LOG` asks for.
fn log() {
    let filter = EnvFilter::try_from_env("FLOWPILOT_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,flowpilot=info,sqlx::postgres::notice=error"));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours).init();
}

/// What a stop may take at most. An embedded Postgres that is left behind then is adopted by the next start.
const STOP_LIMIT: Duration = Duration::from_secs(34);

/// Runs the server until a signal asks it to stop. A second signal ends it at once.
async fn serve(config: Config) -> Result<()> {
    if let Some(problem) = Site::of(&config).problem() {
        return Err(Error::internal(problem));
    }
    let mut signals = Signals::new()?;
    let running = tokio::select! {
        running = app::start(config) => running?,
        () = signals.next() => return Ok(()),
    };
    match auth::setup::link(&running.state).await? {
        None => println!("FlowPilot is ready: {}", running.state.config.public_url()),
        Some(link) => println!("FlowPilot is ready. Create its owner with this link, within 15 minutes: {link}"),
    }
    stop_when_asked(signals, running.stop()).await
}

/// Runs a worker until a signal asks it to stop. A second signal ends it at once.
async fn work(config: WorkerConfig) -> Result<()> {
    let groups = config.groups.join(", ");
    let mut signals = Signals::new()?;
    let worker = tokio::select! {
        worker = Worker::start(config) => worker?,
        () = signals.next() => return Ok(()),
    };
    println!("FlowPilot works for {groups}.");
    stop_when_asked(signals, worker.stop()).await
}

async fn stop_when_asked(mut signals: Signals, stop: impl Future<Output = ()>) -> Result<()> {
    signals.next().await;
    tracing::info!("stopping; a second signal ends at once");
    let second = async {
        // A terminal and a supervisor in between may both pass on the first one.
        tokio::time::sleep(Duration::from_millis(500)).await;
        signals.drain();
        signals.next().await;
    };
    tokio::select! {
        () = stop => Ok(()),
        () = tokio::time::sleep(STOP_LIMIT) => Err(Error::internal("did not stop in time; what was under way goes on at the next start")),
        () = second => Err(Error::internal("ended at once, as a second signal asked")),
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> Result<Self> {
        let listen = |kind| signal(kind).map_err(Error::internal);
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    /// Forgets what arrived meanwhile.
    fn drain(&mut self) {
        while self.next().now_or_never().is_some() {}
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_commands_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }
}
