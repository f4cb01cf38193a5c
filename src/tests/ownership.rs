//! Who owns an execution, where that is in doubt: behind a raised fence, and after answers that were lost.

use flowpilot::{
    domain::{
        event::{Cause, Change, Event},
        execution::ExecutionStatus,
        id::{ExecutionId, ReplicaId},
    },
    server::store::{adoption, journal, replicas},
};
use uuid::Uuid;

use crate::stand::{Bench, three_transforms, waiting};

async fn replica_named(bench: &Bench) -> ReplicaId {
    let replica = ReplicaId(Uuid::now_v7());
    replicas::register(bench.pool(), replica, 1, "test").await.expect("registered");
    replica
}

/// An execution that this replica accepted, nothing more.
async fn accepted_by(bench: &Bench, replica: ReplicaId) -> ExecutionId {
    let execution = ExecutionId(Uuid::now_v7());
    let entry = journal::Entry {
        execution,
        workspace: bench.workspace,
        letters: Vec::new(),
        waits: Vec::new(),
        new: Some(journal::NewExecution {
            workspace: bench.workspace,
            workflow: bench.workflow,
            version: 1,
            draft: None,
            started_via: "test".into(),
            idempotency_key: None,
            created_at: chrono::Utc::now(),
        }),
        events: vec![Event {
            seq: 1,
            at: chrono::Utc::now(),
            change: Change::Started { cause: Cause { via: "test".into(), ..Cause::default() } },
        }],
        standing: None,
        asleep: None,
    };
    let fence = journal::Fence { replica, lane: 0, epoch: 1 };
    let mut connection = bench.pool().acquire().await.expect("a connection");
    assert!(journal::append(&mut connection, fence, &[entry]).await.expect("the statement runs"));
    execution
}

#[tokio::test]
async fn a_line_counts_as_ones_own_only_while_the_fence_stands() {
    let bench = Bench::with(three_transforms()).await;
    let replica = replica_named(&bench).await;
    let execution = accepted_by(&bench, replica).await;
    let fence = journal::Fence { replica, lane: 0, epoch: 1 };
    let holds = async || journal::holds(bench.pool(), fence, execution, 1).await.expect("readable");
    assert!(holds().await);
    bench.raise_fences().await;
    assert!(!holds().await, "another replica may have written it");
}

#[tokio::test]
async fn a_fenced_replica_takes_nothing_over() {
    let bench = Bench::with(three_transforms()).await;
    let (dead, fenced) = (replica_named(&bench).await, replica_named(&bench).await);
    let execution = accepted_by(&bench, dead).await;
    bench.raise_fences().await;
    let living = replica_named(&bench).await;
    let taken = async |by| adoption::take(bench.pool(), dead, by, None, 10).await.expect("the statement runs");
    assert!(taken(fenced).await.is_empty(), "it would be lost once that replica is forgotten");
    replicas::forget(bench.pool(), fenced).await.expect("the statement runs");
    assert!(taken(fenced).await.is_empty());
    assert_eq!(taken(living).await.iter().map(|taken| taken.execution).collect::<Vec<_>>(), [execution]);
}

#[tokio::test]
async fn executions_that_changed_hands_in_a_lost_answer_are_loaded_all_the_same() {
    let bench = Bench::with(waiting(1)).await;
    let engine = bench.engine().await;
    let me: Uuid = sqlx::query_scalar("select id from replicas").fetch_one(bench.pool()).await.expect("it joined");
    let dead = replica_named(&bench).await;
    // Taken in the database, the answer lost: nobody has it in memory.
    let taken = accepted_by(&bench, dead).await;
    sqlx::query("update executions set replica_id = $1").bind(me).execute(bench.pool()).await.expect("given");
    // An adoption that fails is what makes the replica look.
    let orphan = accepted_by(&bench, dead).await;
    fail_adoptions(&bench).await;
    assert_eq!(bench.finish(&engine, taken).await.status, ExecutionStatus::Succeeded);
    assert_eq!(bench.finish(&engine, orphan).await.status, ExecutionStatus::Succeeded);
}

/// Retires every silent replica, and lets whoever adopts from it fail at least once.
async fn fail_adoptions(bench: &Bench) {
    let statements = [
        "create sequence failures",
        "create function fail() returns trigger language plpgsql security definer as
         $$ begin perform nextval('failures'); raise exception 'not now'; end $$",
        "create trigger fail before update of replica_id on executions for each row execute function fail()",
        "update replicas set retired_at = now() where host = 'test'",
    ];
    for statement in statements {
        sqlx::query(statement).execute(bench.pool()).await.expect("it can be done");
    }
    let failed = async || -> bool {
        sqlx::query_scalar("select is_called from failures").fetch_one(bench.pool()).await.expect("readable")
    };
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(50));
    while !failed().await {
        ticks.tick().await;
    }
    sqlx::query("drop trigger fail on executions").execute(bench.pool()).await.expect("it can be taken away");
}
