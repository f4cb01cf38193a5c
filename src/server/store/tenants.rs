//! The handlers' way to the database: a transaction that sees one workspace. Row-level security keeps it to that; the
//! `workspace_id` in every statement says the same once more.

use std::ops::{Deref, DerefMut};

use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction};

use crate::{domain::id::WorkspaceId, server::Result};

/// Where workspaces' transactions begin. Gives no connection without a workspace. Cheap to clone.
#[derive(Clone)]
pub struct Tenants {
    pool: PgPool,
    /// What every transaction begins with, up to its workspace.
    opening: &'static str,
}

/// A transaction in which tenant tables hold one workspace's rows and nothing else. Dropped, it rolls back.
pub struct WorkspaceTx(Transaction<'static, Postgres>);

/// Whose transaction begins: the engine's, which sees all workspaces, or one that sees this workspace.
#[derive(Clone, Copy)]
pub enum Reach<'a> {
    Engine(&'a PgPool),
    Workspace(&'a Tenants, WorkspaceId),
}

impl Reach<'_> {
    pub async fn begin(self) -> Result<WorkspaceTx> {
        match self {
            Self::Engine(pool) => Ok(WorkspaceTx(pool.begin().await?)),
            Self::Workspace(tenants, workspace) => tenants.begin(workspace).await,
        }
    }
}

impl Tenants {
    pub(super) fn new(pool: PgPool, opening: &'static str) -> Self {
        Self { pool, opening }
    }

    /// One round trip. What it sets ends with the transaction, so the connection may be anybody's afterwards, also
    /// behind a pooler.
    pub async fn begin(&self, workspace: WorkspaceId) -> Result<WorkspaceTx> {
        let statement = format!("{}; set local app.workspace_id = '{}'", self.opening, workspace.0.hyphenated());
        Ok(WorkspaceTx(self.pool.begin_with(AssertSqlSafe(statement)).await?))
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }
}

impl WorkspaceTx {
    pub async fn commit(self) -> Result<()> {
        Ok(self.0.commit().await?)
    }
}

impl Deref for WorkspaceTx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.0
    }
}

impl DerefMut for WorkspaceTx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.0
    }
}
