//! The engine's core in a world made of one seed: its clock, its failures, its crashes, its letters that come twice. After
//! every event every rule holds; in the end everything accepted is over. `CHAOS_SEEDS` says how many worlds, `CHAOS_SEED`
//! names one to look at again.

mod chance;
mod store;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::TimeDelta;
use serde_json::json;

use self::{store::Violation, world::World};
use super::message::Letter;
use crate::domain::{execution::ExecutionStatus, id::ExecutionId};

const REPLICAS: usize = 3;
/// How long trouble goes on.
const TROUBLE: usize = 120;
/// By then a world without trouble has come to rest.
const REST: usize = 20_000;

#[derive(Default)]
struct Totals {
    seeds: u64,
    accepted: u64,
    events: u64,
    crashes: u64,
    /// Attempts made again after a crash.
    repeats: u64,
}

#[test]
fn every_rule_holds_in_every_world() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("CHAOS_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("CHAOS_SEEDS").unwrap_or(300),
    };
    let mut totals = Totals::default();
    for seed in seeds {
        let world = simulate(seed, false, false).unwrap_or_else(|violation| tell(seed, &violation));
        totals.seeds += 1;
        totals.accepted += world.acknowledged.len() as u64;
        totals.events += world.store.events;
        totals.crashes += world.crashes;
        let runs = world.store.states.values().flat_map(|state| state.task_runs.values());
        totals.repeats += runs.flat_map(|run| &run.attempts).filter(|attempt| attempt.lost).count() as u64;
    }
    report(&totals);
}

#[test]
fn a_missing_fence_shows_within_a_few_worlds() {
    let found = (0..300).find_map(|seed| simulate(seed, true, false).err());
    assert!(found.is_some(), "no world noticed that nobody was fenced off");
}

/// Runs the world again, with its story.
fn tell(seed: u64, violation: &str) -> World {
    let again = catch_unwind(AssertUnwindSafe(|| simulate(seed, false, true)));
    let again = match again {
        Ok(Err(violation)) => violation,
        _ => violation.to_owned(),
    };
    panic!("seed {seed}: {again}\nLook again with CHAOS_SEED={seed}");
}

/// One world, from its first start to its rest. What breaks a rule comes back, with the story if that was asked for.
fn simulate(seed: u64, is_unfenced: bool, with_story: bool) -> Result<World, Violation> {
    let mut world = World::of(seed, REPLICAS);
    world.store.is_unfenced = is_unfenced;
    world.story = with_story.then(Vec::new);
    let ran = catch_unwind(AssertUnwindSafe(|| {
        (0..TROUBLE).try_for_each(|_| something(&mut world))?;
        rest(&mut world)?;
        all_is_over(&world)
    }));
    let violation = match ran {
        Ok(Ok(())) => return Ok(world),
        Ok(Err(violation)) => violation,
        Err(panic) => panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "it panicked".to_owned()),
    };
    let story = world.story.unwrap_or_default().join("\n");
    Err(format!("{violation}\n{story}"))
}

fn something(world: &mut World) -> Result<(), Violation> {
    let Some(at) = world.any_living() else {
        world.replicas.iter_mut().for_each(|replica| replica.is_stopped = false);
        return Ok(());
    };
    match world.chance.below(100) {
        0..8 if world.store.rows.len() < 4 => world.start(at),
        0..45 => world.land(at),
        45..60 => {
            world.now += TimeDelta::milliseconds(world.chance.below(4_000) as i64);
            world.ring_alarms(at)
        }
        60..66 => {
            post(world);
            Ok(())
        }
        66..76 => deliver_one(world, at),
        76..80 => {
            world.crash(at);
            Ok(())
        }
        80..85 => {
            world.replicas[at].is_stopped = true;
            world.tell(|| format!("replica in place {at} stops"));
            Ok(())
        }
        85..90 => {
            world.replicas.iter_mut().for_each(|replica| replica.is_stopped = false);
            world.tell(|| "stopped replicas go on".to_owned());
            Ok(())
        }
        90..92 => {
            world.beat(at);
            Ok(())
        }
        92..96 => world.adopt(at),
        _ => world.wake(at),
    }
}

fn post(world: &mut World) {
    let known: Vec<ExecutionId> = world.store.rows.keys().copied().collect();
    let Some(execution) = world.chance.one_of(&known) else { return };
    let by = || "ada".to_owned();
    let letter = match world.chance.below(8) {
        0 => Letter::Cancel { by: by() },
        1..4 => Letter::Pause { by: by() },
        4..6 => Letter::Step { by: by() },
        _ => Letter::Resume { by: by() },
    };
    // The sender was not sure and sent it again.
    let times = if world.chance.percent(20) { 2 } else { 1 };
    (0..times).for_each(|_| world.letters.push((execution, letter.clone())));
}

fn deliver_one(world: &mut World, at: usize) -> Result<(), Violation> {
    match world.letters.len() {
        0 => Ok(()),
        count => {
            let letter = world.chance.below(count);
            world.deliver(at, letter)
        }
    }
}

/// No more trouble: everything that is under way comes to its end.
fn rest(world: &mut World) -> Result<(), Violation> {
    world.is_troubled = false;
    world.replicas.iter_mut().for_each(|replica| replica.is_stopped = false);
    for _ in 0..REST {
        if world.store.rows.values().all(|row| row.is_finished) && world.letters.is_empty() {
            return Ok(());
        }
        if world.letters.is_empty() {
            resume_all(world);
        }
        for at in 0..world.replicas.len() {
            world.beat(at);
            world.adopt(at)?;
            world.wake(at)?;
            world.ring_alarms(at)?;
            world.land(at)?;
            for letter in (0..world.letters.len()).rev() {
                world.deliver(at, letter)?;
            }
        }
        if world.flights.is_empty() {
            world.now = world.next_due().map_or(world.now, |due| due.max(world.now));
        }
        world.now += TimeDelta::milliseconds(100);
    }
    let open = world.store.rows.iter().find(|(_, row)| !row.is_finished).map(|(execution, _)| *execution);
    Err(format!("{open:?} does not end"))
}

fn resume_all(world: &mut World) {
    let states = world.store.states.iter();
    let paused = states.filter(|(_, state)| state.paused_by.is_some() && !state.status.is_finished());
    let resume = paused.map(|(execution, _)| (*execution, Letter::Resume { by: "ada".into() }));
    world.letters.extend(resume);
}

fn all_is_over(world: &World) -> Result<(), Violation> {
    for execution in &world.acknowledged {
        let Some(state) = world.store.states.get(execution) else {
            return Err(format!("{execution} was accepted and is lost"));
        };
        if !state.status.is_finished() {
            return Err(format!("{execution} is {}", state.status.name()));
        }
        if state.cancelled_by.is_some() && state.status != ExecutionStatus::Cancelled {
            return Err(format!("{execution} was cancelled and is {}", state.status.name()));
        }
        if let Some((run, _)) = state.task_runs.iter().find(|(_, run)| !run.status.is_finished()) {
            return Err(format!("{execution} is over and {run} is not"));
        }
    }
    Ok(())
}

/// Adds the counts to the file that `FLOWPILOT_CHAOS_REPORT` names. The zeros are what no world got here without.
fn report(totals: &Totals) {
    let counts = json!({
        "cycles": totals.seeds, "accepted": totals.accepted, "lost": 0, "doubled": 0, "illegal_transitions": 0,
        "repeats": totals.repeats, "unexplained_repeats": 0, "given_up": 0,
    });
    println!("simulation: {counts}, {} events, {} crashes", totals.events, totals.crashes);
    let Ok(path) = std::env::var("FLOWPILOT_CHAOS_REPORT") else { return };
    let text = std::fs::read_to_string(&path).unwrap_or_else(|_| "{}".into());
    let mut kinds: serde_json::Map<_, _> = serde_json::from_str(&text).expect("a report");
    if totals.seeds > 0 {
        kinds.insert("simulation".into(), counts);
    }
    std::fs::write(path, serde_json::to_string_pretty(&kinds).expect("JSON") + "\n").expect("writable");
}
