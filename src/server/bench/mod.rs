//! `flowpilot bench`: measures the engine on this machine, with a Postgres and servers of its own. Every figure is the
//! median of several rounds; the report shows the spread, the machine and the versions. A round that fails is told and
//! left out, and the others go on.

mod code;
mod effort;
mod engine;
mod figures;
mod kept;
mod load;
mod neighbour;
mod processes;
mod receiver;
mod report;
mod site;
mod statements;
mod tasks;
mod timers;
mod workflows;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::{Args, builder::PossibleValuesParser};

use self::{figures::Group, report::Report, site::Site};
use super::{Error, Result};

#[derive(Clone, Debug, Args)]
pub struct BenchArgs {
    /// Also write the medians to this file, as JSON with a number per key; other keys in it stay.
    #[arg(long)]
    output: Option<PathBuf>,

    /// Also write the table to this file, as Markdown.
    #[arg(long)]
    document: Option<PathBuf>,

    /// Measure only what gives these figures.
    #[arg(long, value_name = "KEY", value_delimiter = ',', value_parser = PossibleValuesParser::new(figures::keys()))]
    only: Vec<String>,

    /// Rounds per figure; what takes long by its nature takes fewer.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,

    /// Seconds per round.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,

    /// Executions that wait while the memory for them is measured, and that are due at one moment.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    waiting: u32,

    /// Executions that are over and kept while the slowing by them is measured, at most.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(10_000..=1_000_000))]
    kept: u32,

    /// Postgres to measure on; without it one is started for the time being.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

/// How long and how much.
#[derive(Clone, Copy)]
pub struct Extent {
    time: Duration,
    waiting: u32,
    kept: u32,
}

/// A value by its figure's key.
type Value = (&'static str, f64);

/// A round that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(300);

pub async fn run(args: BenchArgs) -> Result<()> {
    let site = Site::open(args.database_url.clone()).await?;
    let mut report = Report::new(site.postgres_version().await?);
    let extent = Extent { time: Duration::from_secs(args.seconds), waiting: args.waiting, kept: args.kept };
    let groups: Vec<Group> = Group::ALL.into_iter().filter(|group| group.is_wanted(&args.only)).collect();
    let began = Instant::now();
    for (number, group) in groups.iter().enumerate() {
        eprintln!("[{} of {}, after {} s] {}", number + 1, groups.len(), began.elapsed().as_secs(), group.name());
        for round in 1..=group.rounds(args.rounds) {
            match tokio::time::timeout(PATIENCE, measure(&site, *group, extent)).await {
                Ok(Ok(values)) => values.into_iter().for_each(|value| report.add(value)),
                Ok(Err(error)) => eprintln!("  round {round} is left out: {error}"),
                Err(_) => eprintln!("  round {round} is left out: it took longer than {} s", PATIENCE.as_secs()),
            }
        }
        report.tell(*group);
    }
    let statements = statements::table(&site).await;
    site.close().await;
    print!("{}{statements}", report.table());
    if let Some(path) = args.output {
        report.write_json(&path)?;
    }
    if let Some(path) = args.document {
        report.write_markdown(&path)?;
    }
    let missing = report.missing(&groups);
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Error::internal(format!("not measured: {}; the reasons stand above", missing.join(", ")))),
    }
}

async fn measure(site: &Site, group: Group, extent: Extent) -> Result<Vec<Value>> {
    let time = extent.time;
    match group {
        Group::Expressions => tasks::expressions(time).await,
        Group::HttpRequest => tasks::http_request(site, time).await,
        Group::Webhook => engine::webhook(site, time).await,
        Group::Answer => engine::answer(site, time).await,
        Group::FirstTask => engine::first_task(site, time).await,
        Group::ThreeSteps => engine::three_steps(site, time).await,
        Group::Fibonacci => engine::forty_fibonacci(site, time).await,
        Group::Code => code::code(site, time).await,
        Group::Fan => engine::fan(site, time).await,
        Group::Chain => engine::chain(site, time).await,
        Group::Items => engine::items(site, time).await,
        Group::NoOps => engine::no_ops(site, time).await,
        Group::Payloads => engine::payloads(site, time).await,
        Group::Retries => engine::retries(site, time).await,
        Group::Replicas => processes::replicas(site, time).await,
        Group::Ready => processes::ready(site).await,
        Group::Adoption => processes::adoption(site).await,
        Group::Neighbour => neighbour::slowdown(site, time).await,
        Group::Timers => timers::due_at_once(site, extent.waiting).await,
        Group::Kept => kept::kept(site, extent.kept, time).await,
        Group::Memory => processes::memory(site, extent.waiting).await,
    }
}

/// How long each of many things took, and how many were done per second.
pub struct Measured {
    per_second: f64,
    /// Ascending.
    times: Vec<Duration>,
}

impl Measured {
    fn of(mut times: Vec<Duration>, began: Instant) -> Self {
        times.sort_unstable();
        Self { per_second: times.len() as f64 / began.elapsed().as_secs_f64(), times }
    }

    /// Several measurements as one.
    fn all(parts: Vec<Self>, began: Instant) -> Self {
        Self::of(parts.into_iter().flat_map(|part| part.times).collect(), began)
    }

    fn count(&self) -> usize {
        self.times.len()
    }

    /// The nearest-rank percentile, in milliseconds; 0 when nothing was done.
    fn percentile_ms(&self, share: f64) -> f64 {
        let rank = (self.times.len() as f64 * share).ceil() as usize;
        self.times.get(rank.saturating_sub(1)).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let times = (1..=100).map(Duration::from_millis).collect();
        let measured = Measured::of(times, Instant::now());
        assert_eq!((measured.percentile_ms(0.5), measured.percentile_ms(0.99)), (50.0, 99.0));
        assert_eq!(Measured::of(Vec::new(), Instant::now()).percentile_ms(0.5), 0.0);
    }
}
