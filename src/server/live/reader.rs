//! Who reads a feed: admitted like every caller, counted, and asked again every minute and whenever their access changes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Response},
};

use futures_util::FutureExt;
use tokio::sync::broadcast::{self, error::RecvError};

use crate::{
    api::ApiError,
    domain::{
        id::{ExecutionId, UserId, WorkspaceId},
        payload::Sight,
        role::Action,
    },
    server::{AppState, Caller, Result, auth, store::tenants::WorkspaceTx},
};

/// Feeds that one person may have open; a browser tab uses one.
const FEEDS_PER_USER: usize = 16;
/// A login that ended meanwhile ends its feeds within this time, should the notice of it be lost.
const ASK_AGAIN: Duration = Duration::from_secs(60);

pub struct Reader {
    pub app: AppState,
    pub workspace: WorkspaceId,
    pub sight: Sight,
    request: Parts,
    asked_at: Instant,
    user: UserId,
    /// Whose access changes.
    changes: broadcast::Receiver<UserId>,
    /// Theirs did since they were asked.
    is_told: bool,
    _seat: Seat,
}

impl Reader {
    /// Lets the caller of the request in, to read of this execution (none: of all), or answers why not.
    pub async fn admit(
        app: AppState,
        request: Parts,
        seats: &Seats,
        of: Option<ExecutionId>,
    ) -> Result<Self, Response> {
        // Before the caller is looked up, or a change in between is missed.
        let changes = app.engine.access_changes();
        let caller =
            Caller::from_request_parts(&mut request.clone(), &app).await.map_err(IntoResponse::into_response)?;
        let admitted = match of {
            Some(execution) => caller.require_of(Action::ViewExecutions, execution).await.map_err(ApiError::from),
            None => caller.require(Action::ViewExecutions),
        };
        admitted.map_err(IntoResponse::into_response)?;
        let seat = seats.take(caller.user).map_err(IntoResponse::into_response)?;
        let (workspace, user, sight) = (caller.workspace, caller.user, caller.sight());
        let asked_at = Instant::now();
        Ok(Self { app, workspace, sight, request, asked_at, user, changes, is_told: false, _seat: seat })
    }

    /// What the feed reads in.
    pub async fn begin(&self) -> Result<WorkspaceTx> {
        self.app.tenants.begin(self.workspace).await
    }

    /// Comes back once the reader's access may have changed. What is told meanwhile is not lost when this is dropped.
    pub async fn told(&mut self) {
        while !self.is_told {
            match self.changes.recv().await {
                Ok(user) => self.is_told = user == self.user,
                Err(RecvError::Lagged(_)) => self.is_told = true,
                Err(RecvError::Closed) => std::future::pending::<()>().await,
            }
        }
    }

    /// Whether the feed may go on: the program is not stopping, and the caller may still read here.
    pub async fn may_stay(&mut self) -> bool {
        if self.app.stopping.is_cancelled() {
            return false;
        }
        // Looks at what is there already.
        let _ = self.told().now_or_never();
        if !std::mem::take(&mut self.is_told) && self.asked_at.elapsed() < ASK_AGAIN {
            return true;
        }
        self.asked_at = Instant::now();
        // What a token reaches never changes; the role behind it does.
        let caller = auth::identity_again(&self.app, &self.request).await;
        let Ok(Some(caller)) = caller else { return false };
        let sees_the_same = caller.role.may(Action::ViewPayloads) || self.sight == Sight::Shape;
        caller.workspace == self.workspace && caller.role.may(Action::ViewExecutions) && sees_the_same
    }
}

/// The feeds open by user, in this process.
#[derive(Clone, Default)]
pub struct Seats(Arc<Mutex<HashMap<UserId, usize>>>);

impl Seats {
    fn take(&self, user: UserId) -> Result<Seat, ApiError> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(user).or_default();
        if *count >= FEEDS_PER_USER {
            let detail =
                format!("You have {FEEDS_PER_USER} live pages open. Close one; this page then goes on by itself.");
            return Err(ApiError::new(429, "too_many_feeds", detail));
        }
        *count += 1;
        Ok(Seat { seats: self.clone(), user })
    }
}

/// Given back when dropped.
struct Seat {
    seats: Seats,
    user: UserId,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_gets_so_many_seats_and_a_seat_back_when_one_is_left() {
        let (seats, user) = (Seats::default(), UserId(uuid::Uuid::from_u128(1)));
        let mut held: Vec<Seat> = (0..FEEDS_PER_USER).filter_map(|_| seats.take(user).ok()).collect();
        assert_eq!(held.len(), FEEDS_PER_USER);
        assert_eq!(seats.take(user).err().map(|error| error.status), Some(429));
        assert!(seats.take(UserId(uuid::Uuid::from_u128(2))).is_ok());
        held.pop();
        assert!(seats.take(user).is_ok());
        drop(held);
        assert!(seats.0.lock().is_ok_and(|taken| taken.is_empty()));
    }
}
