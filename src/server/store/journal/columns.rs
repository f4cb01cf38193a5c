//! A batch column by column, as `unnest` takes it.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{Entry, NewExecution, Standing, day_of, lines};
use crate::{
    domain::{event::Event, execution::ExecutionStatus, id::ExecutionId},
    server::Result,
};

#[derive(Default)]
pub struct NewColumns {
    pub workspaces: Vec<Uuid>,
    pub ids: Vec<Uuid>,
    pub workflows: Vec<Uuid>,
    pub versions: Vec<i32>,
    pub drafts: Vec<Option<String>>,
    pub statuses: Vec<&'static str>,
    pub vias: Vec<String>,
    pub keys: Vec<Option<String>>,
    pub created_at: Vec<DateTime<Utc>>,
    pub finished_at: Vec<Option<DateTime<Utc>>>,
    pub errors: Vec<Option<String>>,
    pub asleep: Vec<bool>,
}

impl NewColumns {
    pub fn push(&mut self, entry: &Entry, new: &NewExecution, standing: Option<&Standing>) -> Result<()> {
        self.workspaces.push(new.workspace.0);
        self.ids.push(entry.execution.0);
        self.workflows.push(new.workflow.0);
        self.versions.push(new.version);
        self.drafts.push(new.draft.as_deref().map(serde_json::to_string).transpose()?);
        self.statuses.push(standing.map_or(ExecutionStatus::Queued, |standing| standing.status).name());
        self.vias.push(new.started_via.clone());
        self.keys.push(new.idempotency_key.clone());
        self.created_at.push(new.created_at);
        self.finished_at.push(standing.and_then(|standing| standing.finished_at));
        self.errors.push(standing.and_then(|standing| standing.error.clone()));
        self.asleep.push(entry.asleep.is_some());
        Ok(())
    }
}

#[derive(Default)]
pub struct ChangedColumns {
    pub ids: Vec<Uuid>,
    pub statuses: Vec<&'static str>,
    pub finished_at: Vec<Option<DateTime<Utc>>>,
    pub errors: Vec<Option<String>>,
    pub asleep: Vec<bool>,
}

impl ChangedColumns {
    pub fn push(&mut self, entry: &Entry, standing: &Standing) {
        self.ids.push(entry.execution.0);
        self.statuses.push(standing.status.name());
        self.finished_at.push(standing.finished_at);
        self.errors.push(standing.error.clone());
        self.asleep.push(entry.asleep.is_some());
    }
}

#[derive(Default)]
pub struct TimerColumns {
    pub ids: Vec<Uuid>,
    pub due_at: Vec<DateTime<Utc>>,
}

impl TimerColumns {
    pub fn push(&mut self, entry: &Entry) {
        if let Some(due_at) = entry.asleep.and_then(|asleep| asleep.due_at) {
            self.ids.push(entry.execution.0);
            self.due_at.push(due_at);
        }
    }
}

#[derive(Default)]
pub struct LineColumns {
    pub ids: Vec<Uuid>,
    pub seqs: Vec<i32>,
    pub days: Vec<NaiveDate>,
    pub ats: Vec<DateTime<Utc>>,
    pub bodies: Vec<String>,
}

impl LineColumns {
    pub fn push(&mut self, id: ExecutionId, mut events: &[Event]) -> Result<()> {
        while let Some((body, count)) = lines::body(events)? {
            self.ids.push(id.0);
            self.seqs.push(events[0].seq);
            self.days.push(day_of(id));
            self.ats.push(events[0].at);
            self.bodies.push(body);
            events = &events[count..];
        }
        Ok(())
    }
}

#[derive(Default)]
pub struct LetterColumns {
    pub to: Vec<Uuid>,
    pub bodies: Vec<String>,
}

impl LetterColumns {
    pub fn push(&mut self, entry: &Entry) {
        for (to, body) in &entry.letters {
            self.to.push(to.0);
            self.bodies.push(body.clone());
        }
    }
}

#[derive(Default)]
pub struct WaitColumns {
    pub ids: Vec<Uuid>,
    pub runs: Vec<String>,
    pub workspaces: Vec<Uuid>,
    pub names: Vec<String>,
    pub keys: Vec<Option<String>>,
}

impl WaitColumns {
    pub fn push(&mut self, entry: &Entry) {
        for wait in &entry.waits {
            self.ids.push(entry.execution.0);
            self.runs.push(wait.run.to_string());
            self.workspaces.push(entry.workspace.0);
            self.names.push(wait.name.clone());
            self.keys.push(wait.key.clone());
        }
    }
}
