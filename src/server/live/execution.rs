//! The feed of one execution: its journal from where the reader stands, then what is appended, then `end`.

use std::{collections::VecDeque, convert::Infallible};

use axum::{
    Extension,
    extract::{Path, Query, State},
    http::{HeaderMap, request::Parts},
    response::{
        IntoResponse, Response,
        sse::{self, Sse},
    },
};
use futures_util::stream;
use serde::Deserialize;

use super::{
    UNBUFFERED, keep_alive,
    reader::{Reader, Seats},
};
use crate::{
    api::ApiError,
    domain::{
        event::{Change, Event},
        execution::ExecutionSummary,
        id::ExecutionId,
        payload,
    },
    server::{AppState, Result, engine::Watch, store::executions},
};

/// Events read at a time: a reader who does not keep up costs no more memory than these.
const PAGE: i64 = 64;

#[derive(Deserialize)]
pub struct Place {
    /// The `seq` of the last event that the reader has.
    after: Option<String>,
}

/// `GET /live/executions/{id}`. Resumes after the event named by `Last-Event-ID`, else by `?after=`.
pub async fn open(
    State(app): State<AppState>,
    Extension(seats): Extension<Seats>,
    Path(id): Path<String>,
    Query(place): Query<Place>,
    request: Parts,
) -> Response {
    let after = last_seen(&request.headers, &place);
    match Feed::open(app, &seats, &id, after, request).await {
        Ok(feed) => (UNBUFFERED, Sse::new(stream::unfold(feed, Feed::next)).keep_alive(keep_alive())).into_response(),
        Err(refusal) => refusal,
    }
}

/// What is no number counts as nothing seen: a feed from the start repeats, but never leaves out.
fn last_seen(headers: &HeaderMap, place: &Place) -> i32 {
    let header = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    header.or(place.after.as_deref()).and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

async fn summary(reader: &Reader, id: ExecutionId) -> Result<Option<ExecutionSummary>> {
    executions::summary(&mut *reader.begin().await?, reader.workspace, id).await
}

struct Feed {
    reader: Reader,
    execution: ExecutionId,
    /// The `seq` of the last event read.
    after: i32,
    watch: Watch,
    ready: VecDeque<sse::Event>,
    /// The execution was over when the feed began, or its last event is read.
    finished: bool,
    over: bool,
}

impl Feed {
    async fn open(app: AppState, seats: &Seats, id: &str, after: i32, request: Parts) -> Result<Self, Response> {
        let unknown = || ApiError::not_found("execution");
        let named = id.parse::<ExecutionId>();
        // Nobody hears that an id is none before it is known who asks.
        let reader = Reader::admit(app, request, seats, named.clone().ok()).await?;
        let execution = named.map_err(|_| unknown().into_response())?;
        // Watch before looking, or what happens in between wakes nobody.
        let watch = reader.app.engine.watch(execution);
        let summary = summary(&reader, execution).await;
        let summary = summary.map_err(IntoResponse::into_response)?.ok_or_else(|| unknown().into_response())?;
        let finished = summary.status.is_finished();
        Ok(Self { reader, execution, after, watch, ready: VecDeque::new(), finished, over: false })
    }

    async fn next(mut self) -> Option<(std::result::Result<sse::Event, Infallible>, Self)> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some((Ok(frame), self));
            }
            if self.over || !self.reader.may_stay().await {
                return None;
            }
            if let Err(error) = self.read().await {
                tracing::warn!(%error, execution = %self.execution, "a live feed ends early; its reader comes back");
                return None;
            }
        }
    }

    /// Makes the events since ready, or waits for some.
    async fn read(&mut self) -> Result<()> {
        let (mut tx, workspace) = (self.reader.begin().await?, self.reader.workspace);
        let events = executions::events(&mut *tx, workspace, self.execution, self.after, PAGE).await?;
        drop(tx);
        if !events.is_empty() {
            return events.into_iter().try_for_each(|event| self.push(event));
        }
        if self.finished {
            self.ready.push_back(sse::Event::default().event("end").data("{}"));
            self.over = true;
            return Ok(());
        }
        let stopping = self.reader.app.stopping.clone();
        tokio::select! {
            _ = self.watch.changed() => {}
            () = self.reader.told() => {}
            () = stopping.cancelled() => {}
        }
        Ok(())
    }

    fn push(&mut self, mut event: Event) -> Result<()> {
        self.after = event.seq;
        self.finished |= matches!(event.change, Change::Finished { .. });
        self.reader.sight.limit(&mut event);
        payload::shorten(&mut event);
        let frame = sse::Event::default().id(event.seq.to_string()).data(serde_json::to_string(&event)?);
        self.ready.push_back(frame);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(header: Option<&str>, query: Option<&str>) -> i32 {
        let mut headers = HeaderMap::new();
        if let Some(value) = header.and_then(|text| text.parse().ok()) {
            headers.insert("last-event-id", value);
        }
        last_seen(&headers, &Place { after: query.map(str::to_owned) })
    }

    #[test]
    fn the_header_of_the_browser_wins_over_the_address() {
        assert_eq!(after(Some("7"), Some("3")), 7);
        assert_eq!(after(None, Some("3")), 3);
        assert_eq!(after(None, None), 0);
    }

    #[test]
    fn nonsense_reads_from_the_start() {
        assert_eq!(after(Some("x"), Some("3")), 0);
        assert_eq!(after(None, Some("99999999999999")), 0);
    }
}
