//! `flowpilot bench`: measures the engine on this machine, with a Postgres and a server of its own. Every figure is the
//! median of several rounds; the report shows the spread, the machine and the versions.

mod load;
mod report;
mod workload;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Args;

use self::{report::Report, workload::Workload};
use super::Result;

#[derive(Clone, Debug, Args)]
pub struct BenchArgs {
    /// Also write the medians to this file, as JSON with a number per key.
    #[arg(long)]
    output: Option<PathBuf>,

    /// Rounds per figure.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,

    /// Seconds per round.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,

    /// Postgres to measure on; without it one is started for the time being.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

/// Connections that post to the webhook at the same time.
const CONNECTIONS: usize = 50;
/// Executions in flight when the question is how many per second.
const AT_ONCE: usize = 200;

pub async fn run(args: BenchArgs) -> Result<()> {
    let workload = Workload::prepare(args.database_url.clone()).await?;
    let mut report = Report::new(workload.postgres_version().await?);
    let time = Duration::from_secs(args.seconds);
    // Connections, plans and caches warm up outside of the measurement.
    workload.one_at_a_time(Duration::from_secs(1)).await?;
    load::post(workload.hook(), CONNECTIONS, Duration::from_secs(1)).await?;
    for round in 1..=args.rounds {
        eprintln!("round {round} of {}", args.rounds);
        let webhook = load::post(workload.hook(), CONNECTIONS, time).await?;
        report.add("webhook_202_per_s", "webhook → durable 202, 50 connections", "per s", webhook.per_second);
        report.add("webhook_202_p50_ms", "the same, p50", "ms", webhook.percentile_ms(0.50));
        report.add("webhook_202_p99_ms", "the same, p99", "ms", webhook.percentile_ms(0.99));
        workload.settle().await;
        let single = workload.one_at_a_time(time).await?;
        report.add(
            "three_steps_p50_ms",
            "three trivial tasks, one execution at a time, p50",
            "ms",
            single.percentile_ms(0.50),
        );
        report.add("three_steps_p95_ms", "the same, p95", "ms", single.percentile_ms(0.95));
        let many = workload.at_once(AT_ONCE, time).await?;
        report.add("three_steps_per_s", "three trivial tasks, 200 executions at once", "per s", many.per_second);
    }
    workload.stop().await;
    print!("{}", report.table());
    if let Some(path) = args.output {
        report.write(&path)?;
    }
    Ok(())
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
