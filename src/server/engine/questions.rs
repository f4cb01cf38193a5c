//! What only the replica knows that has an attempt in its hands: whoever is asked why a task does not run asks it, through the
//! database.

use std::time::Duration;

use uuid::Uuid;

use super::{Engine, explain, mail::jittered, notices::Notice};
use crate::{
    domain::{explain::Reason, id::ReplicaId},
    server::{
        Result,
        store::{self, offers::Attempt, questions},
    },
};

/// A replica that does not answer by then is stopped or stuck.
const PATIENCE: Duration = Duration::from_secs(3);
const LOOK_FOR_ANSWER: Duration = Duration::from_millis(30);
/// The longest time without a look; a notice that there are questions makes it shorter.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const CHUNK: i64 = 50;

impl Engine {
    /// What the other replica says of the attempt: nothing but its signs of life if it runs there. None: no answer.
    pub(super) async fn ask(&self, whom: ReplicaId, attempt: &Attempt) -> Result<Option<Vec<Reason>>> {
        let (pool, id) = (&self.core.parts.pool, Uuid::now_v7());
        questions::ask(pool, id, whom, attempt).await?;
        self.core.notices.tell([Notice::Questions]);
        let answered = async {
            let mut looks = tokio::time::interval(LOOK_FOR_ANSWER);
            loop {
                looks.tick().await;
                if let Some(answer) = questions::take_answer(pool, id).await? {
                    return Result::Ok(serde_json::from_str(&answer)?);
                }
            }
        };
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(answer) => answer,
            Err(_elapsed) => {
                questions::withdraw(pool, id).await?;
                Ok(None)
            }
        }
    }
}

/// A duty: answers what others ask.
pub async fn answer(engine: Engine, replica: ReplicaId) {
    loop {
        match answer_some(&engine, replica).await {
            Ok(CHUNK) => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "questions of other replicas could not be answered; trying again"),
        }
        let _ = tokio::time::timeout(jittered(LOOK_EVERY), engine.core.notices.questions.notified()).await;
    }
}

async fn answer_some(engine: &Engine, replica: ReplicaId) -> Result<i64> {
    let pool = &engine.core.parts.pool;
    let open = questions::open(pool, replica, CHUNK).await?;
    let count = open.len() as i64;
    for question in open {
        let reasons = answer_to(engine, &question.attempt).await?;
        questions::answer(pool, question.id, &serde_json::to_string(&reasons)?).await?;
    }
    Ok(count)
}

/// None: the attempt is not in this replica's hands.
async fn answer_to(engine: &Engine, asked: &Attempt) -> Result<Option<Vec<Reason>>> {
    let workflow = store::executions::definition(&engine.core.parts.pool, asked.workspace, asked.execution).await?;
    let Some(node) = workflow.as_ref().and_then(|workflow| workflow.node(&asked.run.node)) else { return Ok(None) };
    engine.in_hands(&explain::Attempt { of: asked, node }).await
}
