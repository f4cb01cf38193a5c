//! What past executions tell of a workflow, found out when somebody asks: read page by page, folded on the pool for work
//! that keeps a core busy, kept for a moment, for several people may look at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::Semaphore;

use crate::{
    api::ApiError,
    domain::{
        id::{WorkflowId, WorkspaceId},
        insight::{Gathering, Insight, MOST},
        role::Action,
        workflow::Workflow,
    },
    server::{
        Caller, Error, Result,
        store::{
            self,
            insight::{Bounds, Journal},
        },
    },
};

/// For so long an answer is given again.
const FRESH: Duration = Duration::from_secs(10);
/// Answers kept.
const KEPT: usize = 32;
/// How many are found out at the same time.
const TURNS: usize = 2;

/// Executions read at a time.
const PAGE: usize = 20;
/// Bytes read of all of them, about.
const BYTES: usize = 32 << 20;
const OF_ONE: Bounds = Bounds { rows: 2_000, bytes: 1 << 20, row_bytes: 64 << 10 };

/// Which executions to look at.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// 0: those of drafts; none: those of the live version, or of drafts while there is none.
    pub version: Option<i32>,
    /// How many at most, the newest ones.
    pub last: u32,
}

/// What was found out lately. Cheap to clone.
#[derive(Clone)]
pub struct Insights {
    places: Arc<Mutex<HashMap<Subject, Place>>>,
    turns: Arc<Semaphore>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Subject {
    workspace: WorkspaceId,
    workflow: WorkflowId,
    version: i32,
    last: u32,
}

/// Locked while somebody finds it out: others wait for the answer.
type Place = Arc<tokio::sync::Mutex<Option<(Instant, Arc<Insight>)>>>;

impl Default for Insights {
    fn default() -> Self {
        Self { places: Arc::default(), turns: Arc::new(Semaphore::new(TURNS)) }
    }
}

impl Insights {
    fn place(&self, subject: Subject) -> Place {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if places.len() >= KEPT {
            // Those that somebody is at stay.
            places.retain(|_, place| Arc::strong_count(place) > 1);
        }
        places.entry(subject).or_default().clone()
    }
}

/// What the newest executions of the workflow that are over tell of it. What data is like is told to those who may see data.
pub async fn of(caller: &Caller, workflow: WorkflowId, wish: Wish) -> Result<Insight> {
    caller.require_on(Action::ViewExecutions, workflow)?;
    if !(1..=MOST).contains(&wish.last) {
        return Err(ApiError::invalid("last", format!("Look at 1 to {MOST} executions.")).into());
    }
    let (version, definition) = drawn(caller, workflow, wish.version).await?;
    let subject = Subject { workspace: caller.workspace, workflow, version, last: wish.last };
    let place = caller.app.insights.place(subject);
    let mut kept = place.lock().await;
    let fresh = kept.as_ref().filter(|(at, _)| at.elapsed() < FRESH).map(|(_, insight)| insight.clone());
    let insight = match fresh {
        Some(insight) => insight,
        None => {
            let insight = Arc::new(found(caller, subject, definition).await?);
            *kept = Some((Instant::now(), insight.clone()));
            insight
        }
    };
    drop(kept);
    let insight = Insight::clone(&insight);
    Ok(if caller.may(Action::ViewPayloads) { insight } else { insight.without_data() })
}

/// The version and how it is drawn; drafts as they are drawn now.
async fn drawn(caller: &Caller, id: WorkflowId, wish: Option<i32>) -> Result<(i32, Workflow)> {
    let (mut tx, workspace) = (caller.begin().await?, caller.workspace);
    let draft = store::workflows::draft(&mut *tx, workspace, id).await?;
    let draft = draft.ok_or_else(|| ApiError::not_found("workflow"))?;
    match wish.or(draft.live_version).unwrap_or(0) {
        0 => Ok((0, draft.workflow)),
        version => {
            let found = store::versions::get(&mut *tx, workspace, id, version).await?;
            let found = found.ok_or_else(|| ApiError::not_found("version"))?;
            Ok((version, found.workflow))
        }
    }
}

async fn found(caller: &Caller, subject: Subject, definition: Workflow) -> Result<Insight> {
    let _turn = caller.app.insights.turns.acquire().await.map_err(Error::internal)?;
    let Subject { workspace, workflow, version, last } = subject;
    let executions =
        store::insight::finished(&mut *caller.begin().await?, workspace, workflow, version, i64::from(last)).await?;
    let mut gathering = Gathering::of(definition);
    let mut bytes = 0;
    for page in executions.chunks(PAGE) {
        if bytes > BYTES {
            gathering.leave_out_the_rest();
            break;
        }
        // A transaction for each page: none is open while its journals are folded.
        let journals = store::insight::journals(&mut *caller.begin().await?, workspace, page, OF_ONE).await?;
        bytes += journals.iter().map(Journal::bytes).sum::<usize>();
        let folded = caller.app.engine.compute().run(move || fold(gathering, journals)).await;
        gathering = folded.ok_or_else(|| Error::internal("folding journals panicked"))??;
    }
    Ok(gathering.insight(version))
}

fn fold(mut gathering: Gathering, journals: Vec<Journal>) -> Result<Gathering> {
    for journal in journals {
        gathering.take(&journal.events()?);
    }
    Ok(gathering)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(version: i32) -> Subject {
        let id = uuid::Uuid::nil();
        Subject { workspace: WorkspaceId(id), workflow: WorkflowId(id), version, last: 500 }
    }

    #[test]
    fn only_so_many_answers_are_kept_but_all_that_somebody_waits_for() {
        let insights = Insights::default();
        let count = || insights.places.lock().expect("not poisoned").len();
        let awaited = insights.place(subject(0));
        for version in 1..200 {
            insights.place(subject(version));
            assert!(count() <= KEPT + 1);
        }
        assert!(Arc::ptr_eq(&awaited, &insights.place(subject(0))), "whoever comes later waits for the same answer");
    }
}
