//! Less than violence, and longer: requests that hold every connection they may have, listeners that are cut off, a Postgres
//! that is away for a while.

use std::time::{Duration, Instant};

use sqlx::{Connection, PgPool};
use tokio::task::JoinSet;

use super::{REPLICAS, Scene, breathe, fleet::until, times};

/// What a replica has for requests.
const FOR_REQUESTS: usize = 4;
/// More than that.
const HANGING: usize = 12;
/// Executions that have to come to their end meanwhile.
const GOES_ON: i64 = 50;

async fn over(pool: &PgPool) -> i64 {
    let count = sqlx::query_scalar("select count(*) from executions where finished_at is not null");
    count.fetch_one(pool).await.expect("readable")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_engine_goes_on_while_requests_hold_all_their_connections() {
    let rounds = times("CHAOS_POOLS", 1);
    let scene = Scene::set(REPLICAS).await;
    let load = scene.load();
    for _ in 0..rounds {
        // Only requests read invitations; the engine has nothing to do with them.
        let mut lock = scene.fleet.administrator().await;
        sqlx::raw_sql("begin; lock table invitations in access exclusive mode")
            .execute(&mut lock)
            .await
            .expect("locked");
        let mut hanging = JoinSet::new();
        for slot in 0..REPLICAS {
            for _ in 0..HANGING {
                let probe = scene.target.probe(slot);
                hanging.spawn(async move { probe.list_invitations().await });
            }
        }
        let waits = "select count(*) >= $1 from pg_stat_activity
                     where wait_event_type = 'Lock' and query ilike '%from invitations%' and usename like 'flowpilot%'";
        let pool = &scene.fleet.pool;
        let all = (FOR_REQUESTS * REPLICAS) as i64;
        let holds = async || sqlx::query_scalar(waits).bind(all).fetch_one(pool).await.unwrap_or(false);
        until("requests hold connections", Duration::from_secs(20), holds).await;
        let before = over(pool).await;
        let goes_on = async || over(pool).await >= before + GOES_ON;
        until("the engine goes on", Duration::from_secs(60), goes_on).await;
        lock.close().await.expect("the lock is free");
        hanging.join_all().await;
    }
    scene.end(load, "pools_exhausted", rounds).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn listeners_that_are_cut_off_listen_again_and_nobody_waits_for_them() {
    let cuts = times("CHAOS_LISTENERS", 2);
    let scene = Scene::set(REPLICAS).await;
    let load = scene.load();
    for _ in 0..cuts {
        let all_listen = async || scene.fleet.listeners().await == REPLICAS as i64;
        until("all listen", Duration::from_secs(20), all_listen).await;
        assert_eq!(scene.fleet.terminate_backends("listen%").await, REPLICAS as i64);
        breathe(200..1_500).await;
    }
    scene.end(load, "listeners_cut", cuts).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_postgres_is_away_callers_hear_so_and_afterwards_everything_goes_on() {
    let (outages, seconds) = (times("CHAOS_OUTAGES", 1), times("CHAOS_OUTAGE_SECS", 6));
    let mut scene = Scene::set(REPLICAS).await;
    let load = scene.load();
    let (mut slowest, mut longest) = (Duration::ZERO, Duration::ZERO);
    for outage in 0..outages {
        breathe(500..1_500).await;
        scene.fleet.take_postgres_away().await;
        let until = Instant::now() + Duration::from_secs(seconds.into());
        let mut callers = JoinSet::new();
        for slot in 0..REPLICAS {
            let probe = scene.target.probe(slot);
            callers.spawn(async move { probe.refusals(outage, until).await });
        }
        let mut refused = Vec::new();
        for (names, took) in callers.join_all().await {
            refused.extend(names);
            slowest = slowest.max(took);
        }
        scene.fleet.bring_postgres_back().await;
        let back = Instant::now();
        for slot in 0..REPLICAS {
            scene.target.probe(slot).until_it_accepts(&scene.ledger, &format!("after-{outage}-{slot}")).await;
        }
        longest = longest.max(back.elapsed());
        // What was refused may have been on its way: whoever asks again under the same name gets the one execution.
        for name in refused {
            scene.target.probe(outage as usize % REPLICAS).until_it_accepts(&scene.ledger, &name).await;
        }
    }
    println!("slowest refusal {slowest:?}, longest until all accepted again {longest:?}");
    scene.end(load, "postgres_away", outages).await;
}
