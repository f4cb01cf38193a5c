//! What is asked of executions that are under way: by letter to their lane, or to the inbox where another replica owns
//! them or they sleep.

use serde_json::Value;
use tokio::sync::oneshot;

use super::{
    Engine,
    message::{Letter, Message},
};
use crate::{
    api::ApiError,
    domain::{
        event::{Answer, Release},
        id::{ExecutionId, RunId, WorkspaceId},
        task::port,
    },
    server::{
        Result,
        fault::{self, Point},
        store,
    },
};

impl Engine {
    /// Asks the execution to end as cancelled. Returns at once; the end is in the journal soon after.
    pub async fn cancel(&self, workspace: WorkspaceId, execution: ExecutionId, by: &str) -> Result<()> {
        self.tell(workspace, execution, Letter::Cancel { by: by.to_owned() }).await
    }

    /// Nothing new starts in the execution until it is resumed; attempts that run go on.
    pub async fn pause(&self, workspace: WorkspaceId, execution: ExecutionId, by: &str) -> Result<()> {
        self.tell(workspace, execution, Letter::Pause { by: by.to_owned() }).await
    }

    pub async fn resume(&self, workspace: WorkspaceId, execution: ExecutionId, by: &str) -> Result<()> {
        self.tell(workspace, execution, Letter::Resume { by: by.to_owned() }).await
    }

    /// Lets one more attempt of a paused execution start.
    pub async fn step(&self, workspace: WorkspaceId, execution: ExecutionId, by: &str) -> Result<()> {
        self.tell(workspace, execution, Letter::Step { by: by.to_owned() }).await
    }

    /// Answers what a task run waits for. One that does not wait any more is left as it is.
    pub async fn answer(
        &self,
        workspace: WorkspaceId,
        execution: ExecutionId,
        run: RunId,
        answer: Answer,
    ) -> Result<()> {
        self.tell(workspace, execution, Letter::Answer { run, answer }).await
    }

    /// Lets a task run go on that a breakpoint holds. One that is not held any more is left as it is.
    pub async fn release(
        &self,
        workspace: WorkspaceId,
        execution: ExecutionId,
        run: RunId,
        release: Release,
    ) -> Result<()> {
        self.tell(workspace, execution, Letter::Release { run, release }).await
    }

    /// Hands the data of an event to every task run of the workspace that waits for it. Gives how many did.
    pub async fn send_event(
        &self,
        workspace: WorkspaceId,
        name: &str,
        key: Option<&str>,
        data: &Value,
        by: &str,
    ) -> Result<u64> {
        let answer = Answer { output: data.clone(), port: port::OUT.to_owned(), by: by.to_owned() };
        let answer = serde_json::to_value(answer)?;
        let told = store::waits::answer(&self.core.parts.pool, workspace, name, key, &answer).await?;
        if told > 0 {
            self.core.notices.tell_mail();
        }
        Ok(told)
    }

    async fn tell(&self, workspace: WorkspaceId, execution: ExecutionId, letter: Letter) -> Result<()> {
        if self.is_finished(workspace, execution).await? {
            return Err(ApiError::conflict("finished", "The execution is over already.").into());
        }
        self.deliver(execution, letter).await
    }

    /// To the lane if this replica owns the execution, else to the inbox of whichever does.
    pub(super) async fn deliver(&self, execution: ExecutionId, letter: Letter) -> Result<()> {
        if self.deliver_here(execution, letter.clone()).await {
            return Ok(());
        }
        store::inbox::put(&self.core.parts.pool, execution, &serde_json::to_string(&letter)?).await?;
        fault::reach(Point::LetterLeft).await;
        self.core.notices.tell_mail();
        Ok(())
    }

    /// False: this replica does not own the execution.
    pub(super) async fn deliver_here(&self, execution: ExecutionId, letter: Letter) -> bool {
        // A worker owns no executions.
        if self.core.lanes.is_empty() {
            return false;
        }
        let (known, answer) = oneshot::channel();
        let message = Message::Deliver { execution, letter, known };
        self.lane(execution).send(message).await.is_ok() && answer.await.unwrap_or(false)
    }
}
