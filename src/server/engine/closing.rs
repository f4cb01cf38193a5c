//! A lane whose replica was asked to stop: it starts nothing new, writes down what it held back, and at last hands what is
//! left over to other replicas, so that they repeat nothing that ended here and blame no task for the stop.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::{sync::mpsc, time::timeout};

use super::{
    batch::moment,
    lane::{self, Lane},
    message::Message,
    owned::Owned,
    writer::{Writer, Written},
};
use crate::server::Result;

/// For the last batch. A database that does not answer by then leaves it to adoption.
const LAST_BATCH: Duration = Duration::from_secs(2);

impl Lane {
    /// From now on nothing new starts here, and nothing is held back.
    pub(super) fn close(&mut self) {
        self.is_closing = true;
        for (execution, owned) in &mut self.executions {
            owned.is_leaving = true;
            if owned.holds_back() {
                self.batch.touched.insert(*execution);
                self.batch.at.get_or_insert_with(moment);
            }
        }
    }

    /// The end of the lane. One that was not fenced off takes in what it was told up to now, and writes a last batch.
    pub(super) async fn leave(mut self, writer: Option<Writer>, messages: &mut mpsc::Receiver<Message>) -> Result<()> {
        let Some(writer) = writer.filter(|_| self.core.closed.is_cancelled()) else { return Ok(()) };
        self.close();
        let mut waiting = Vec::new();
        while let Ok(message) = messages.try_recv() {
            waiting.push(message);
        }
        self.happen(&mut waiting);
        let now = *self.batch.at.get_or_insert_with(moment);
        for (execution, owned) in &mut self.executions {
            if owned.hand_over(now) {
                self.batch.touched.insert(*execution);
            }
        }
        let entries = self.send();
        if entries.is_empty() {
            self.settle(Written::default()).await;
            return Ok(());
        }
        match timeout(LAST_BATCH, lane::write(writer, entries)).await {
            Ok((_, written)) => self.settle(written?).await,
            Err(_elapsed) => tracing::warn!("the last batch was not written; whoever adopts goes on without it"),
        }
        Ok(())
    }
}

impl Owned {
    /// Ends its attempts here, for another replica to make them again. True: there were some.
    pub fn hand_over(&mut self, now: DateTime<Utc>) -> bool {
        // Whoever takes over plans what follows: it must not fall asleep without.
        self.is_leaving = true;
        let in_flight = self.in_flight();
        self.attempts.clear();
        let are_some = !in_flight.is_empty();
        in_flight.into_iter().for_each(|node| self.give_up(node, now));
        are_some
    }
}
