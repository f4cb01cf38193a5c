//! What a measurement costs beside its time: processor time of this process and of Postgres, and how many updates of
//! executions stayed within their page. On a machine that is shared these say more than the clock.

use std::{collections::HashMap, time::Duration};

use nix::{
    sys::resource::{UsageWho, getrusage},
    sys::time::TimeValLike,
};

use super::site::Site;
use crate::server::{Error, Result, store};

/// Ticks per second in /proc, on every Linux.
const TICKS: f64 = 100.0;

/// How far the counters stand.
pub struct Effort {
    server: Duration,
    /// In seconds, by process.
    postgres: HashMap<i32, f64>,
    updates: (i64, i64),
}

/// What came since.
pub struct Spent {
    pub server_us: f64,
    pub postgres_us: f64,
    /// Of the updates of executions, those that touched no index; none: there were no updates.
    pub hot_percent: Option<f64>,
}

impl Effort {
    pub async fn so_far(site: &Site) -> Result<Self> {
        let pool = &site.caller.app.everywhere;
        let pids = store::database::processes(pool).await?;
        let postgres = pids.into_iter().filter_map(|pid| Some((pid, processor_seconds(pid)?))).collect();
        Ok(Self { server: own()?, postgres, updates: store::database::updates_of_executions(pool).await? })
    }

    pub async fn since(site: &Site, before: &Self) -> Result<Spent> {
        let now = Self::so_far(site).await?;
        // Processes that went in between did little.
        let since = |(pid, seconds): (&i32, &f64)| seconds - before.postgres.get(pid).unwrap_or(&0.0);
        let spent = now.postgres.iter().map(since);
        let (all, hot) = (now.updates.0 - before.updates.0, now.updates.1 - before.updates.1);
        Ok(Spent {
            server_us: (now.server - before.server).as_secs_f64() * 1e6,
            postgres_us: spent.sum::<f64>() * 1e6,
            hot_percent: (all > 0).then(|| 100.0 * hot as f64 / all as f64),
        })
    }
}

fn own() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_SELF).map_err(Error::internal)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(micros.unsigned_abs()))
}

/// None: it has ended, or runs on another machine.
fn processor_seconds(pid: i32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold anything; user and system time are the 12th and 13th field after it.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |field: usize| fields.get(field)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / TICKS)
}
