//! The feed of a workspace: its executions as they appear and change, for lists. One task per workspace looks once a
//! second while somebody listens; a list that connects reads its page anew, so nothing is replayed.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Extension,
    extract::State,
    http::request::Parts,
    response::{
        IntoResponse, Response,
        sse::{self, Sse},
    },
};
use futures_util::stream;
use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::{MissedTickBehavior, interval, timeout},
};

use super::{
    UNBUFFERED, keep_alive,
    reader::{Reader, Seats},
};
use crate::{
    domain::{
        execution::ExecutionSummary,
        id::{ExecutionId, WorkspaceId},
    },
    server::{AppState, Result, store::executions},
};

const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The newest executions, which are looked at whether they are finished or not.
const NEWEST: i64 = 100;
/// Older ones that were seen unfinished and are looked at until they are finished.
const FOLLOWED: usize = 1_000;
/// Changes that a slow reader may be behind before it has to read its page anew.
const BACKLOG: usize = 1_024;
/// The longest wait for a change before the reader is asked again who it is.
const QUIET: Duration = Duration::from_secs(5);

/// `GET /live/executions`: an `ExecutionSummary` per change; `reset` when changes were missed.
pub async fn open(
    State(app): State<AppState>,
    Extension(seats): Extension<Seats>,
    Extension(feeds): Extension<Feeds>,
    request: Parts,
) -> Response {
    match Reader::admit(app, request, &seats, None).await {
        Ok(reader) => {
            let news = feeds.subscribe(&reader.app, reader.workspace);
            let feed = stream::unfold((reader, news), next);
            (UNBUFFERED, Sse::new(feed).keep_alive(keep_alive())).into_response()
        }
        Err(refusal) => refusal,
    }
}

type News = broadcast::Receiver<ExecutionSummary>;

async fn next((mut reader, mut news): (Reader, News)) -> Option<(Result<sse::Event, Infallible>, (Reader, News))> {
    while reader.may_stay().await {
        let stopping = reader.app.stopping.clone();
        let received = tokio::select! {
            received = timeout(QUIET, news.recv()) => received,
            () = reader.told() => continue,
            () = stopping.cancelled() => return None,
        };
        let frame = match received {
            Ok(Ok(summary)) => sse::Event::default().json_data(summary).ok()?,
            Ok(Err(RecvError::Lagged(_))) => sse::Event::default().event("reset").data("{}"),
            Ok(Err(RecvError::Closed)) => return None,
            Err(_) => continue,
        };
        return Some((Ok(frame), (reader, news)));
    }
    None
}

/// The workspaces that somebody listens to.
#[derive(Clone, Default)]
pub struct Feeds(Arc<Mutex<HashMap<WorkspaceId, broadcast::Sender<ExecutionSummary>>>>);

impl Feeds {
    fn subscribe(&self, app: &AppState, workspace: WorkspaceId) -> News {
        let mut feeds = self.lock();
        if let Some(feed) = feeds.get(&workspace) {
            return feed.subscribe();
        }
        let (feed, news) = broadcast::channel(BACKLOG);
        feeds.insert(workspace, feed);
        tokio::spawn(self.clone().look(app.clone(), workspace));
        news
    }

    /// Looks until nobody listens any more or the program stops.
    async fn look(self, app: AppState, workspace: WorkspaceId) {
        let mut known = Known::default();
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = app.stopping.cancelled() => {}
            }
            if app.stopping.is_cancelled() || self.forget_if_abandoned(workspace) {
                return;
            }
            match recent(&app, workspace, &known.unfinished()).await {
                Ok(now) => known.changes(now).into_iter().for_each(|change| self.send(workspace, change)),
                Err(error) => tracing::warn!(%error, "the live list looks again in a second"),
            }
        }
    }

    fn forget_if_abandoned(&self, workspace: WorkspaceId) -> bool {
        let mut feeds = self.lock();
        let abandoned = feeds.get(&workspace).is_none_or(|feed| feed.receiver_count() == 0);
        if abandoned {
            feeds.remove(&workspace);
        }
        abandoned
    }

    fn send(&self, workspace: WorkspaceId, change: ExecutionSummary) {
        if let Some(feed) = self.lock().get(&workspace) {
            // Nobody listening is no error: the next look ends.
            let _ = feed.send(change);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<WorkspaceId, broadcast::Sender<ExecutionSummary>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn recent(app: &AppState, workspace: WorkspaceId, and: &[ExecutionId]) -> Result<Vec<ExecutionSummary>> {
    executions::recent(&mut *app.tenants.begin(workspace).await?, workspace, and, NEWEST).await
}

/// The executions as they were at the last look.
#[derive(Default)]
struct Known(HashMap<ExecutionId, ExecutionSummary>);

impl Known {
    fn unfinished(&self) -> Vec<ExecutionId> {
        let unfinished = self.0.values().filter(|execution| !execution.status.is_finished());
        unfinished.map(|execution| execution.id).take(FOLLOWED).collect()
    }

    /// What is new or different; everything at the first look.
    fn changes(&mut self, now: Vec<ExecutionSummary>) -> Vec<ExecutionSummary> {
        let before = std::mem::take(&mut self.0);
        self.0 = now.iter().map(|execution| (execution.id, execution.clone())).collect();
        now.into_iter().filter(|execution| before.get(&execution.id) != Some(execution)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{execution::ExecutionStatus, id::WorkflowId};

    fn execution(number: u128, status: ExecutionStatus) -> ExecutionSummary {
        ExecutionSummary {
            id: ExecutionId(uuid::Uuid::from_u128(number)),
            workflow_id: WorkflowId(uuid::Uuid::nil()),
            workflow_name: "Sign-up".to_owned(),
            version: 1,
            status,
            started_via: "manual".to_owned(),
            created_at: chrono::DateTime::UNIX_EPOCH,
            finished_at: None,
            error: None,
        }
    }

    #[test]
    fn a_look_tells_only_what_changed() {
        use ExecutionStatus::{Running, Succeeded};
        let mut known = Known::default();
        assert_eq!(known.changes(vec![execution(1, Running), execution(2, Succeeded)]).len(), 2);
        assert_eq!(known.unfinished(), [execution(1, Running).id]);
        assert_eq!(known.changes(vec![execution(1, Running), execution(2, Succeeded)]), []);
        let ended = execution(1, Succeeded);
        assert_eq!(known.changes(vec![ended.clone(), execution(2, Succeeded)]), [ended]);
        assert!(known.unfinished().is_empty());
    }
}
