//! The inbox of a replica: letters for the executions that it owns, handed to their lanes. Who has mail and sleeps is
//! woken.

use std::time::Duration;

use futures_util::future::join_all;

use super::{Engine, adoption};
use crate::{
    domain::id::ReplicaId,
    server::{
        Result,
        fault::{self, Fault, Point},
        store,
    },
};

/// Letters taken out at a time.
const CHUNK: i64 = 500;
/// The longest time without a look; a notice that there is mail makes it shorter.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A duty: looks when told that there is mail, and from time to time.
pub async fn read(engine: Engine, replica: ReplicaId) {
    loop {
        match empty(&engine, replica).await {
            // More than a chunk, and some of it could be handed over: go on at once.
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "the inbox could not be read"),
        }
        let _ = tokio::time::timeout(jittered(LOOK_EVERY), engine.core.notices.mail.notified()).await;
    }
}

/// Hands a chunk of letters over; true: there may be more. A letter stays until it is in its execution's journal, or
/// the execution is over.
async fn empty(engine: &Engine, replica: ReplicaId) -> Result<bool> {
    let pool = &engine.core.parts.pool;
    if !engine.core.closing.is_cancelled() {
        let woken = adoption::or_doubt(engine, store::adoption::wake_with_mail(pool, replica, CHUNK).await)?;
        adoption::load_all(engine, replica, woken).await?;
    }
    let letters = store::inbox::peek(pool, replica, CHUNK).await?;
    let is_full = letters.len() as i64 == CHUNK;
    if fault::is_set(Fault::LettersFirst) && !letters.is_empty() {
        store::inbox::remove(pool, &letters.iter().map(|letter| letter.id).collect::<Vec<_>>()).await?;
        fault::reach(Point::LetterDelivered).await;
    }
    // All at once, so that one commit takes many; their order stays.
    let handed_over = join_all(letters.iter().map(|letter| hand_over(engine, letter))).await;
    let done: Vec<i64> =
        letters.iter().zip(handed_over).filter(|(_, done)| *done).map(|(letter, _)| letter.id).collect();
    if !done.is_empty() {
        fault::reach(Point::LetterDelivered).await;
        store::inbox::remove(pool, &done).await?;
    }
    Ok(is_full && !done.is_empty())
}

/// False: the lane does not hold the execution now; it comes, or is given to another replica.
async fn hand_over(engine: &Engine, letter: &store::inbox::Waiting) -> bool {
    if letter.execution_is_over {
        return true;
    }
    match serde_json::from_str(&letter.body) {
        Ok(read) => engine.deliver_here(letter.execution, read).await,
        Err(error) => {
            tracing::error!(%error, execution = %letter.execution, "a letter could not be read");
            true
        }
    }
}

/// Between three and five quarters of the time, so that replicas do not look in step.
pub fn jittered(time: Duration) -> Duration {
    time.mul_f64(0.75 + rand::random::<f64>() / 2.0)
}
