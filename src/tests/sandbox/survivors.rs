//! Tasks that are broken off and do not want to end: nothing of them is left.

use std::{fs, time::Duration};

use flowpilot::server::{config::CodeMode, sandbox::Output};
use tokio::task::JoinSet;

use super::{bash, sandbox, tiers};

/// Deaf to requests, in sessions of their own, orphaned twice; and then the one that says that all is set.
const STUBBORN: &str = "trap '' TERM HUP INT
setsid bash -c \"trap '' TERM; sleep $MARK\" &
(setsid bash -c \"(setsid sleep $MARK &)\" &)
nohup sleep $MARK >/dev/null 2>&1 &
python3 -c \"import os, time
os.setsid()
if os.fork() == 0:
    os.setsid()
    time.sleep($MARK)
time.sleep($MARK)\" &
echo up
while :; do sleep $MARK; done";

/// So many tasks are broken off; the chaos suite does a thousand.
fn count() -> usize {
    std::env::var("CHAOS_TIMEOUTS").ok().and_then(|count| count.parse().ok()).unwrap_or(24)
}

/// Processes of the machine that have this word among their arguments.
fn survivors(mark: &str) -> usize {
    let lines =
        fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| line.windows(mark.len()).any(|part| part == mark.as_bytes())).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_tasks_that_are_broken_off_nothing_survives() {
    for tier in tiers().await {
        // A number that no other process sleeps for.
        let mark = format!("{}.{}", 900_000 + std::process::id() % 50_000, tier as u8 + 1);
        let mut left = count();
        while left > 0 {
            let together = left.min(12);
            let mut tasks = JoinSet::new();
            for _ in 0..together {
                tasks.spawn(broken_off(tier, mark.clone()));
            }
            tasks.join_all().await;
            left -= together;
        }
        let gone = async {
            while survivors(&mark) > 0 {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(60), gone).await;
        assert!(in_time.is_ok(), "{tier:?}: {} processes survived {} tasks", survivors(&mark), count());
    }
}

/// Waits until the task is under way, then lets go of it, as an attempt does whose time is over.
async fn broken_off(tier: flowpilot::server::sandbox::Tier, mark: String) {
    let output = Output::default();
    let mut job = bash(STUBBORN);
    job.env.push(("MARK".to_owned(), mark));
    let sandbox = sandbox(CodeMode::Restricted);
    let up = async {
        while !output.stdout.text().contains("up") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        ended = sandbox.command_in(tier, job, Vec::new(), &output) => panic!("{ended:?}: {}", output.stderr.text()),
        () = up => {}
    }
}
