//! What an attempt prints, on its way into the journal: now and then while it runs, and all of it before its end.

use std::{convert::Infallible, sync::Arc, time::Duration};

use super::{Core, Engine, message::Letter, work::Work};
use crate::{
    domain::event::Log,
    server::{sandbox::Output, secrets::Mask},
};

/// After this the log is told for the first time.
const FIRST: Duration = Duration::from_secs(1);

pub struct Logbook<'a> {
    pub core: &'a Arc<Core>,
    pub work: &'a Work,
    pub output: Output,
    /// Of the attempt's credential.
    pub mask: Mask,
}

impl Logbook<'_> {
    /// Tells what was printed so far, again and again without end. Each pause is twice the one before, so that a task that
    /// prints for hours fills no journal.
    pub async fn keep(&self) -> Infallible {
        if !self.work.node().kind.keeps_log() {
            return std::future::pending().await;
        }
        Box::pin(self.keep_on()).await
    }

    async fn keep_on(&self) -> Infallible {
        let (mut pause, mut told) = (FIRST, 0);
        loop {
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2);
            let printed = self.output.printed();
            if printed > told {
                self.tell(self.output.log(|text| self.mask.growing(text))).await;
                told = printed;
            }
        }
    }

    /// Tells all of it.
    pub async fn close(&self) {
        if !self.output.is_empty() {
            Box::pin(self.tell(self.output.log(|text| self.mask.text(text)))).await;
        }
    }

    async fn tell(&self, log: Log) {
        let letter = Letter::AttemptLogged { node: self.work.run.clone(), attempt: self.work.attempt, log };
        if let Err(error) = Engine::of(self.core).deliver(self.work.execution, letter).await {
            let execution = self.work.execution;
            tracing::warn!(%error, %execution, "what an attempt printed could not be written down");
        }
    }
}
