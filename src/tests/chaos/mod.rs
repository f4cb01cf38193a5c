//! Violence against real replicas on a real Postgres, under load, and a ledger outside of them that counts: nothing
//! accepted is lost, nothing is done twice but what a crash interrupted. `make chaos` runs the long form; without its
//! variables a short one runs.

mod broken;
mod fleet;
mod ledger;
mod load;
mod outage;
mod verdict;

use std::time::Duration;

use nix::sys::signal::Signal;

use self::{
    fleet::{Faults, Fleet, until},
    ledger::Ledger,
    load::{Load, Target},
    verdict::Counts,
};

const REPLICAS: usize = 3;
const CALLERS: usize = 6;
/// Longer than the silence after which others take over.
const LONG_STOP: Duration = Duration::from_millis(10_500);
/// By then everything that was accepted is over: adoption, and attempts that are made again.
const SETTLED: Duration = Duration::from_secs(120);

/// Places to die at, and among how many passages to choose.
const FAIL_POINTS: [(&str, u32); 8] = [
    ("before_commit", 100),
    ("after_commit", 100),
    ("after_answer", 100),
    ("attempt_ended", 100),
    ("before_adoption", 1),
    ("taken", 1),
    ("letter_left", 5),
    ("letter_delivered", 2),
];

/// How often each kind of violence is done: `CHAOS_KILLS=200` and so on, else this.
fn times(variable: &str, short_form: u32) -> u32 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(short_form)
}

struct Scene {
    fleet: Fleet,
    ledger: Ledger,
    target: Target,
}

impl Scene {
    async fn set(replicas: usize) -> Self {
        Self::set_with(replicas, &[]).await
    }

    /// Replicas with further arguments.
    async fn set_with(replicas: usize, arguments: &[&'static str]) -> Self {
        let mut fleet = Fleet::muster().await;
        fleet.arguments.extend(arguments);
        let ledger = Ledger::default();
        let target = Target::publish(&fleet, &ledger.open().await).await;
        for _ in 0..replicas {
            fleet.join(Faults::default()).await;
        }
        Self { fleet, ledger, target }
    }

    fn load(&self) -> Load {
        Load::begin(&self.target, &self.ledger, CALLERS)
    }

    /// Ends the load, waits until all is over and compares.
    async fn end(self, load: Load, kind: &str, cycles: u32) -> Counts {
        let Self { mut fleet, ledger, .. } = self;
        load.end().await;
        fleet.revive().await;
        let pool = fleet.pool.clone();
        verdict::settle(&pool, SETTLED).await;
        let counts = Counts { cycles: cycles.into(), ..verdict::judge(&pool, &ledger).await };
        counts.report(kind);
        fleet.disband().await;
        assert!(counts.is_sound() && counts.accepted > 0, "{kind}: {counts:?}");
        counts
    }
}

/// A pause of random length: the violence comes when it comes.
async fn breathe(ms: std::ops::Range<u64>) {
    tokio::time::sleep(Duration::from_millis(rand::random_range(ms))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_when_replicas_are_killed() {
    let kills = times("CHAOS_KILLS", 8);
    let mut scene = Scene::set(REPLICAS).await;
    let load = scene.load();
    for kill in 0..kills {
        breathe(200..1_000).await;
        scene.fleet.revive().await;
        let slot = rand::random_range(0..REPLICAS);
        scene.fleet.kill_9(slot);
        let (name, passages) = FAIL_POINTS[kill as usize % FAIL_POINTS.len()];
        let point = rand::random_bool(0.7).then(|| (name, rand::random_range(1..=passages)));
        scene.fleet.restart(slot, Faults { setting: None, point }).await;
    }
    let cycles = kills + scene.fleet.fail_points.len() as u32;
    println!("died at fail points: {:?}", tally(&scene.fleet.fail_points));
    scene.end(load, "replicas_killed", cycles).await;
}

fn tally<'a>(names: &[&'a str]) -> std::collections::BTreeMap<&'a str, usize> {
    names.iter().fold(Default::default(), |mut all, name| {
        *all.entry(*name).or_default() += 1;
        all
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_when_postgres_is_killed() {
    let (kills, ends) = (times("CHAOS_POSTGRES", 2), times("CHAOS_BACKENDS", 2));
    let mut scene = Scene::set(REPLICAS).await;
    let load = scene.load();
    for kill in 0..kills {
        breathe(300..1_500).await;
        let slot = rand::random_range(0..REPLICAS);
        // Now and then a replica dies with it: what was under way between them is in doubt.
        let both = kill % 4 == 3;
        if both {
            scene.fleet.kill_9(slot);
        }
        scene.fleet.kill_postgres().await;
        if both {
            scene.fleet.restart(slot, Faults::default()).await;
        }
    }
    for _ in 0..ends {
        breathe(100..500).await;
        assert!(scene.fleet.terminate_backends("%").await > 0, "nothing was cut");
    }
    scene.end(load, "postgres_killed", kills + ends).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_repeated_when_replicas_are_stopped_in_good_order() {
    let stops = times("CHAOS_TERMS", 3);
    let mut scene = Scene::set(REPLICAS).await;
    let load = scene.load();
    for stop in 0..stops {
        breathe(200..1_000).await;
        scene.fleet.stop(stop as usize % REPLICAS).await;
    }
    let counts = scene.end(load, "replicas_asked_to_stop", stops).await;
    assert_eq!((counts.repeats, counts.given_up), (0, 0), "what was under way came to its end first");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_was_stopped_for_long_writes_no_more() {
    let stops = times("CHAOS_STOPS", 1);
    let scene = Scene::set(REPLICAS).await;
    let load = scene.load();
    let mut refused = 0;
    for stop in 0..stops {
        breathe(200..800).await;
        let slot = stop as usize % REPLICAS;
        let before = scene.fleet.times_fenced(slot);
        scene.fleet.signal(slot, Signal::SIGSTOP);
        tokio::time::sleep(LONG_STOP).await;
        scene.fleet.signal(slot, Signal::SIGCONT);
        until("it notices", Duration::from_secs(20), async || scene.fleet.times_fenced(slot) > before).await;
        refused += 1;
    }
    println!("stopped replicas that were refused: {refused}");
    scene.end(load, "replicas_stopped", stops).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_finishes_when_every_notice_is_dropped() {
    let kills = times("CHAOS_NOTICES", 1);
    let mut scene = Scene::set_with(REPLICAS, &["--drop-notices"]).await;
    let load = scene.load();
    for kill in 0..kills {
        breathe(1_000..2_000).await;
        let slot = kill as usize % REPLICAS;
        scene.fleet.kill_9(slot);
        scene.fleet.restart(slot, Faults::default()).await;
    }
    scene.end(load, "notices_dropped", kills).await;
}
