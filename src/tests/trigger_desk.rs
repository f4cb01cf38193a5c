//! A desk at which the tests of triggers publish workflows and look at what comes of them.

use std::{collections::BTreeMap, sync::LazyLock, time::Duration};

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use flowpilot::{
    domain::{
        credential::CredentialKind,
        id::{CredentialId, ExecutionId, TokenId, WorkflowId},
        role::Role,
        task::Kind,
        trigger::TriggerSummary,
        workflow::{Edge, Node, Point, Workflow},
    },
    server::{Caller, auth::Via, store::credentials, triggers::list, workflows},
};
use serde_json::Value;
use uuid::Uuid;

use crate::support::{Person, TestServer};

/// A trigger and a condition after it that always holds.
pub fn with_trigger(kind: Kind, parameters: Value) -> Workflow {
    let mut trigger = Node::new(kind.name().into(), "Trigger", kind, Point::default());
    trigger.parameters.extend(parameters.as_object().expect("parameters").clone());
    let mut check = Node::new("check".into(), "Check", Kind::Condition, Point::default());
    check.parameters.insert("if".to_owned(), "true".into());
    let edges = vec![Edge::between(kind.name(), "check")];
    Workflow { name: "Triggered".to_owned(), nodes: vec![trigger, check], edges, ..Workflow::default() }
}

/// The owner of a server at work.
pub struct Desk<'a>(&'a TestServer);

impl<'a> Desk<'a> {
    pub fn of(server: &'a TestServer) -> Self {
        Self(server)
    }

    pub fn caller(&self) -> Caller {
        self.caller_of(&self.0.owner, Role::Owner)
    }

    pub fn caller_of(&self, person: &Person, role: Role) -> Caller {
        let (app, email) = (self.0.app.clone(), person.email.clone());
        Caller {
            app,
            user: person.user,
            email,
            workspace: person.workspace,
            role,
            via: Via::Token(TokenId(Uuid::nil())),
            reach: None,
        }
    }

    pub async fn keep_secret(&self, name: &str, value: &str) {
        let (app, owner, id) = (&self.0.app, &self.0.owner, CredentialId(Uuid::now_v7()));
        let values = BTreeMap::from([("value".to_owned(), value.to_owned())]);
        let mut db = app.everywhere.acquire().await.unwrap();
        let sealed = app.secrets.seal_values(&mut db, owner.workspace, id, 1, &values).await.unwrap();
        let new = credentials::New {
            id,
            name,
            kind: CredentialKind::Secret,
            contents: &Default::default(),
            values_sealed: &sealed,
            created_by: owner.user,
            only_chosen: false,
        };
        credentials::insert(&mut *db, owner.workspace, new).await.unwrap();
    }

    pub async fn create(&self, workflow: Workflow) -> WorkflowId {
        workflows::create(&self.caller(), &workflow).await.unwrap()
    }

    pub async fn publish(&self, workflow: Workflow) -> WorkflowId {
        let id = self.create(workflow).await;
        self.publish_again(id).await;
        id
    }

    pub async fn publish_again(&self, id: WorkflowId) {
        workflows::publish(&self.caller(), id, None).await.unwrap();
    }

    pub async fn save(&self, id: WorkflowId, workflow: Workflow) {
        let revision = workflows::get(&self.caller(), id).await.unwrap().revision;
        workflows::save(&self.caller(), id, revision, &workflow).await.unwrap();
    }

    pub async fn delete(&self, id: WorkflowId) {
        workflows::delete(&self.caller(), id).await.unwrap();
    }

    pub async fn triggers(&self, id: WorkflowId) -> Vec<TriggerSummary> {
        list::list(&self.caller(), Some(id)).await.unwrap()
    }

    /// The address of the workflow's webhook.
    pub async fn address(&self, id: WorkflowId) -> String {
        let url = self.triggers(id).await.into_iter().find_map(|trigger| trigger.url).expect("a webhook");
        let (_, path) = url.split_once("/hooks/").expect("an address of a webhook");
        format!("{}/hooks/{path}", self.0.url)
    }

    pub async fn executions(&self) -> i64 {
        sqlx::query_scalar("select count(*) from executions").fetch_one(&self.0.database.pool).await.unwrap()
    }

    /// The execution's journal as it lies in the database.
    pub async fn journal(&self, execution: ExecutionId) -> String {
        sqlx::query_scalar("select string_agg(body, ' ' order by seq) from journal where execution_id = $1")
            .bind(execution.0)
            .fetch_one(&self.0.database.pool)
            .await
            .unwrap()
    }

    /// Asks until it is so, for thirty seconds at most.
    pub async fn until(&self, is_so: impl AsyncFn() -> bool) -> Result<(), tokio::time::error::Elapsed> {
        let asking = async {
            let mut ticks = tokio::time::interval(Duration::from_millis(50));
            while !is_so().await {
                ticks.tick().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), asking).await
    }
}

/// A full minute half an hour ago, the same for all tests: an hourly schedule at this minute of the hour has no time of
/// its own while they run.
pub fn far_from_now() -> DateTime<Utc> {
    static FAR: LazyLock<DateTime<Utc>> = LazyLock::new(|| full_minute(Utc::now() - TimeDelta::minutes(30)));
    *FAR
}

pub fn full_minute(at: DateTime<Utc>) -> DateTime<Utc> {
    at.with_second(0).and_then(|at| at.with_nanosecond(0)).unwrap()
}
