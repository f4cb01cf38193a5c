//! Wake-ups between replicas: what one has to tell is collected for some milliseconds and sent in one NOTIFY, on a
//! connection of its own and never in a writing transaction. Whoever waits looks by itself too, a little later: with
//! every notice lost, everything still finishes.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sqlx::{ConnectOptions, PgConnection, postgres::PgConnectOptions};
use tokio::sync::{Notify, broadcast};
use uuid::Uuid;

use super::Engine;
use crate::{
    domain::id::{ExecutionId, UserId},
    server::{
        Result,
        store::notices::{self, Listener, MAX_PAYLOAD},
    },
};

/// How long notices are collected before they are sent.
const COLLECT: Duration = Duration::from_millis(7);
/// Notices that wait to be sent, at most; what comes on top is lost.
const MOST: usize = 10_000;

/// Changes of access that somebody may be behind; whoever is further behind asks in any case.
const MOST_CHANGES: usize = 64;

/// What replicas tell each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Notice {
    /// There are letters in the inbox.
    Mail,
    /// There are attempts to claim, or claimed ones were taken back.
    Offers,
    /// Somebody asks about attempts in another replica's hands.
    Questions,
    /// Somebody on the sending replica waits for news of the execution.
    Watched(ExecutionId),
    /// The execution's journal grew.
    Grown(ExecutionId),
    /// The execution is over.
    Ended(ExecutionId),
    /// A login or token of theirs ended, or their role changed. The database tells it (`tell_access`).
    Access(UserId),
}

/// What this replica has to tell, and who on it waits to be told.
pub struct Notices {
    /// Marks its own notices, which it need not hear.
    sender: Uuid,
    outbox: Mutex<BTreeSet<Notice>>,
    filled: Notify,
    /// Rung when there may be letters in the inbox.
    pub mail: Notify,
    /// Rung when there may be attempts to claim.
    pub offers: Notify,
    /// Rung when there may be questions.
    pub questions: Notify,
    /// Whose access changed, for whoever lets them go on reading.
    pub access: broadcast::Sender<UserId>,
    /// Tests and the chaos suite: nothing is sent.
    dropped: bool,
}

impl Notices {
    pub fn new(dropped: bool) -> Self {
        let (outbox, filled, mail, offers, questions) = Default::default();
        let access = broadcast::Sender::new(MOST_CHANGES);
        Self { sender: Uuid::now_v7(), outbox, filled, mail, offers, questions, access, dropped }
    }

    /// Tells the other replicas soon.
    pub fn tell(&self, notices: impl IntoIterator<Item = Notice>) {
        if self.dropped {
            return;
        }
        let mut outbox = self.outbox.lock().unwrap_or_else(PoisonError::into_inner);
        let room = MOST.saturating_sub(outbox.len());
        outbox.extend(notices.into_iter().take(room));
        drop(outbox);
        self.filled.notify_one();
    }

    /// Tells everybody, this replica included, that there are letters.
    pub fn tell_mail(&self) {
        self.tell([Notice::Mail]);
        if !self.dropped {
            self.mail.notify_one();
        }
    }

    pub fn take(&self) -> BTreeSet<Notice> {
        std::mem::take(&mut *self.outbox.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Engine {
    /// Whose logins, tokens or roles changed, as the database tells it. What is missed is told nobody again.
    pub fn access_changes(&self) -> broadcast::Receiver<UserId> {
        self.core.notices.access.subscribe()
    }
}

/// A duty: sends what is collected.
pub async fn send(engine: Engine) {
    let core = &engine.core;
    // A notice may get lost: nobody waits for its commit to be durable.
    let options = core.parts.pool.connect_options().as_ref().clone().options([("synchronous_commit", "off")]);
    let mut connection = None;
    loop {
        core.notices.filled.notified().await;
        tokio::time::sleep(COLLECT).await;
        let payloads = written(core.notices.sender, &core.notices.take());
        if payloads.is_empty() {
            continue;
        }
        if let Err(error) = try_send(&mut connection, &options, &payloads).await {
            tracing::warn!(%error, "notices to other replicas are lost; they look by themselves");
            connection = None;
        }
    }
}

async fn try_send(
    connection: &mut Option<PgConnection>,
    options: &PgConnectOptions,
    payloads: &[String],
) -> Result<()> {
    let open = match connection.take() {
        Some(open) => open,
        None => options.connect().await?,
    };
    notices::send(connection.insert(open), payloads).await
}

/// A duty: hears what the others tell.
pub async fn hear(engine: Engine) {
    let options = engine.core.parts.pool.connect_options();
    loop {
        if let Err(error) = hear_until_lost(&engine, &options).await {
            tracing::warn!(%error, "notices of other replicas cannot be heard; listening again");
        }
        // What was told meanwhile was missed.
        engine.core.notices.mail.notify_one();
        engine.core.notices.offers.notify_one();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn hear_until_lost(engine: &Engine, options: &PgConnectOptions) -> Result<()> {
    let mut listener = Listener::open(options).await?;
    let core = &engine.core;
    while let Some(payload) = listener.next().await? {
        for notice in read(core.notices.sender, &payload) {
            match notice {
                Notice::Mail => core.notices.mail.notify_one(),
                Notice::Offers => core.notices.offers.notify_one(),
                Notice::Questions => core.notices.questions.notify_one(),
                Notice::Watched(execution) => core.watchers.watched_elsewhere(execution),
                Notice::Grown(execution) => core.watchers.wake_here(execution, false),
                Notice::Ended(execution) => core.watchers.wake_here(execution, true),
                Notice::Access(user) => {
                    // Nobody reading is no error.
                    let _ = core.notices.access.send(user);
                }
            }
        }
    }
    Ok(())
}

/// As payloads: the sender, then a word per notice, as many as fit.
fn written(sender: Uuid, notices: &BTreeSet<Notice>) -> Vec<String> {
    let mut payloads: Vec<String> = Vec::new();
    for notice in notices {
        let word = notice.word();
        match payloads.last_mut().filter(|payload| payload.len() + 1 + word.len() <= MAX_PAYLOAD) {
            Some(payload) => {
                payload.push(' ');
                payload.push_str(&word);
            }
            None => payloads.push(format!("{} {word}", sender.simple())),
        }
    }
    payloads
}

/// The notices of others. Words that a newer version may have brought are passed over.
fn read(me: Uuid, payload: &str) -> impl Iterator<Item = Notice> {
    let mut words = payload.split(' ');
    let is_own = words.next().and_then(|sender| sender.parse().ok()) == Some(me);
    words.filter(move |_| !is_own).filter_map(Notice::parse)
}

impl Notice {
    fn word(self) -> String {
        match self {
            Self::Mail => "mail".to_owned(),
            Self::Offers => "offers".to_owned(),
            Self::Questions => "questions".to_owned(),
            Self::Watched(ExecutionId(id)) => format!("w{}", id.simple()),
            Self::Grown(ExecutionId(id)) => format!("g{}", id.simple()),
            Self::Ended(ExecutionId(id)) => format!("e{}", id.simple()),
            Self::Access(UserId(id)) => format!("a{}", id.simple()),
        }
    }

    fn parse(word: &str) -> Option<Self> {
        match word {
            "mail" => return Some(Self::Mail),
            "offers" => return Some(Self::Offers),
            "questions" => return Some(Self::Questions),
            _ => {}
        }
        let (kind, id) = word.split_at_checked(1)?;
        let id = id.parse().ok()?;
        let execution = ExecutionId(id);
        match kind {
            "w" => Some(Self::Watched(execution)),
            "g" => Some(Self::Grown(execution)),
            "e" => Some(Self::Ended(execution)),
            "a" => Some(Self::Access(UserId(id))),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn execution(number: u128) -> ExecutionId {
        ExecutionId(Uuid::from_u128(number))
    }

    #[test]
    fn notices_survive_their_way_and_their_sender_does_not_hear_them() {
        let (me, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let all = [
            Notice::Mail,
            Notice::Offers,
            Notice::Questions,
            Notice::Watched(execution(7)),
            Notice::Grown(execution(8)),
            Notice::Ended(execution(9)),
            Notice::Access(UserId(Uuid::from_u128(10))),
        ];
        let payloads = written(me, &all.into_iter().collect());
        assert_eq!(payloads.len(), 1);
        assert_eq!(read(other, &payloads[0]).collect::<Vec<_>>(), all);
        assert_eq!(read(me, &payloads[0]).count(), 0);
    }

    #[test]
    fn many_notices_go_in_payloads_that_postgres_takes() {
        let many: BTreeSet<Notice> = (0..1_000).map(|number| Notice::Grown(execution(number))).collect();
        let payloads = written(Uuid::from_u128(1), &many);
        assert!(payloads.iter().all(|payload| payload.len() <= MAX_PAYLOAD));
        let heard: BTreeSet<Notice> = payloads.iter().flat_map(|payload| read(Uuid::nil(), payload)).collect();
        assert_eq!(heard, many);
    }

    #[test]
    fn what_is_no_notice_is_passed_over() {
        for payload in ["", " ", "x", "0 mail2 gx w é", "\u{0} g"] {
            assert_eq!(read(Uuid::from_u128(1), payload).count(), 0, "{payload:?}");
        }
    }

    #[test]
    fn a_full_outbox_and_a_dropping_one_take_no_more() {
        let notices = Notices::new(false);
        notices.tell((0..20_000).map(|number| Notice::Grown(execution(number))));
        assert_eq!(notices.take().len(), MOST);
        let dropping = Notices::new(true);
        dropping.tell([Notice::Mail]);
        assert!(dropping.take().is_empty());
    }
}
