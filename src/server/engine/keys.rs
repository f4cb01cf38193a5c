//! Concurrency keys over all replicas: executions ask for theirs before they run, attempts before they are made. A line
//! per key in the database says who holds it. Lanes never wait here: executions ask by a request and hear by a letter.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{TimeDelta, Utc};
use tokio::sync::{mpsc, oneshot};

use super::{Core, Engine, bursts, message::Letter};
use crate::{
    domain::{
        id::{ExecutionId, ReplicaId, WorkspaceId},
        limit::{Concurrency, ConcurrencyPolicy},
    },
    server::{
        Result,
        store::holds::{self, Holder, Key, Place},
    },
};

/// Requests are dealt with in order, so many lines at the same time.
pub const SHARDS: usize = 4;
/// How soon an attempt hears that another replica freed its key.
const POLL: Duration = Duration::from_millis(200);
/// How soon keys are free whose holder died with its replica.
const SWEEP: Duration = Duration::from_secs(2);
/// After this, an attempt that holds a key and that nobody here knows has ended.
const FORGOTTEN: TimeDelta = TimeDelta::seconds(10);
/// The scope of the keys of tasks.
pub const TASKS: &str = "task";

/// What is wanted of a key's line.
#[derive(Clone, Debug)]
pub enum Request {
    /// An execution wants to run. Asked again after an adoption; the line knows it then.
    Admit { workspace: WorkspaceId, execution: ExecutionId, key: String, concurrency: Concurrency },
    /// An execution waits whether a later start with this key comes. Asked again after an adoption.
    Debounce { workspace: WorkspaceId, execution: ExecutionId, key: String },
    /// An execution that holds this key or waits for it is over.
    Over { workspace: WorkspaceId, execution: ExecutionId, key: String },
    /// An attempt is over.
    Leave { key: Key, holder: Holder },
}

impl Request {
    fn execution(&self) -> ExecutionId {
        match self {
            Self::Admit { execution, .. } | Self::Debounce { execution, .. } | Self::Over { execution, .. } => {
                *execution
            }
            Self::Leave { holder, .. } => holder.execution,
        }
    }

    /// Requests for one key go through one shard, in their order: a start after an end finds the key free.
    fn shard(&self) -> usize {
        let (workspace, key) = match self {
            Self::Admit { workspace, key, .. }
            | Self::Debounce { workspace, key, .. }
            | Self::Over { workspace, key, .. } => (workspace, key),
            Self::Leave { key, .. } => (&key.workspace, &key.key),
        };
        let mut hasher = DefaultHasher::new();
        (workspace, key).hash(&mut hasher);
        hasher.finish() as usize % SHARDS
    }
}

type Receiver = tokio::sync::Mutex<mpsc::UnboundedReceiver<Request>>;

pub struct Keys {
    shards: Vec<(mpsc::UnboundedSender<Request>, Receiver)>,
    /// Attempts of this replica that stand in a line, and how to tell those that wait.
    here: Mutex<HashMap<Holder, oneshot::Sender<()>>>,
}

impl Keys {
    pub fn new() -> Self {
        let shard = || {
            let (sender, receiver) = mpsc::unbounded_channel();
            (sender, Receiver::new(receiver))
        };
        Self { shards: (0..SHARDS).map(|_| shard()).collect(), here: Mutex::default() }
    }

    /// Leaves the request to [`serve`].
    pub fn request(&self, request: Request) {
        // The receiver lives as long as this.
        let _ = self.shards[request.shard()].0.send(request);
    }

    fn here(&self) -> MutexGuard<'_, HashMap<Holder, oneshot::Sender<()>>> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self, place: &Place) {
        if let Some(waiting) = self.here().get_mut(&place.holder) {
            // The next sender has no listener: whoever holds the key needs no news.
            let _ = std::mem::replace(waiting, oneshot::channel().0).send(());
        }
    }
}

/// An attempt's place in a line; it leaves when dropped.
pub struct Hold<'a> {
    core: &'a Core,
    key: Key,
    holder: Holder,
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.core.keys.here().remove(&self.holder);
        let (key, holder) = (self.key.clone(), self.holder.clone());
        self.core.keys.request(Request::Leave { key, holder });
    }
}

/// Waits in the key's line until the attempt holds it. Dropping the future or the hold leaves the line.
pub async fn take(core: &Core, key: Key, most: u32, holder: Holder) -> Hold<'_> {
    let (tell, told) = oneshot::channel();
    core.keys.here().insert(holder.clone(), tell);
    let hold = Hold { core, key, holder };
    loop {
        match stand_in_line(core, &hold, most).await {
            Ok(()) => break,
            Err(error) => tracing::warn!(%error, "a concurrency key could not be asked for; trying again"),
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    // Never an error: the sender stays until it has told or the hold is dropped.
    let _ = told.await;
    hold
}

async fn stand_in_line(core: &Core, hold: &Hold<'_>, most: u32) -> Result<()> {
    let mut tx = core.parts.pool.begin().await?;
    holds::lock(&mut *tx, &hold.key).await?;
    holds::line_up(&mut *tx, &hold.key, most, &hold.holder, core.replica()).await?;
    let granted = holds::grant(&mut *tx, &hold.key).await?;
    tx.commit().await?;
    granted.iter().for_each(|place| core.keys.wake(place));
    Ok(())
}

/// Deals with the requests of one shard for as long as the replica lives.
pub async fn serve(engine: Engine, shard: usize) {
    let mut requests = engine.core.keys.shards[shard].1.lock().await;
    while let Some(request) = requests.recv().await {
        while let Err(error) = answer(&engine, &request).await {
            tracing::warn!(%error, execution = %request.execution(), "a concurrency key has to wait; trying again");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}

async fn answer(engine: &Engine, request: &Request) -> Result<()> {
    match request {
        Request::Admit { workspace, execution, key, concurrency } => {
            admit(engine, *workspace, *execution, key, concurrency).await
        }
        Request::Debounce { workspace, execution, key } => bursts::settle(engine, *workspace, *execution, key).await,
        Request::Leave { key, holder } => leave(engine, key, holder).await,
        Request::Over { workspace, execution, .. } => {
            let holder = whole(*execution);
            match holds::standing(&engine.core.parts.pool, *workspace, &holder).await? {
                Some((key, _)) => leave(engine, &key, &holder).await,
                None => Ok(()),
            }
        }
    }
}

async fn admit(
    engine: &Engine,
    workspace: WorkspaceId,
    execution: ExecutionId,
    key: &str,
    concurrency: &Concurrency,
) -> Result<()> {
    let pool = &engine.core.parts.pool;
    let Some(workflow) = holds::workflow_of(pool, workspace, execution).await? else { return Ok(()) };
    let key = Key { workspace, scope: format!("workflow:{workflow}"), key: key.to_owned() };
    let holder = whole(execution);
    let mut tx = pool.begin().await?;
    holds::lock(&mut *tx, &key).await?;
    // An end that was told before this start has freed the key, though its replica has yet to say so here.
    holds::leave_if_over(&mut *tx, &key).await?;
    holds::line_up(&mut *tx, &key, concurrency.limit, &holder, None).await?;
    let mut told = holds::grant(&mut *tx, &key).await?;
    let standing = holds::standing(&mut *tx, workspace, &holder).await?;
    let held_since = standing.and_then(|(_, held_since)| held_since);
    let held = held_since.map(|since| Place { holder: holder.clone(), held_since: Some(since) });
    let mut cancelled = Vec::new();
    if held.is_none() {
        match concurrency.policy {
            ConcurrencyPolicy::Queue => {}
            ConcurrencyPolicy::Skip => holds::leave(&mut *tx, &holder).await?,
            ConcurrencyPolicy::CancelOldest | ConcurrencyPolicy::CancelNewest => {
                cancelled = excess(holds::before(&mut *tx, &key, execution).await?, concurrency);
            }
        }
    }
    tx.commit().await?;
    let is_told = told.iter().any(|place| place.holder == holder);
    told.extend(held.filter(|_| !is_told));
    let is_skipped = concurrency.policy == ConcurrencyPolicy::Skip && told.iter().all(|place| place.holder != holder);
    if is_skipped {
        engine.deliver(execution, Letter::Refused { reason: skipped(&key.key) }).await?;
    }
    engine.deliver_here(execution, Letter::InLine).await;
    for other in cancelled {
        engine.deliver(other, Letter::Cancel { by: by(&key.key) }).await?;
    }
    tell(engine, &told).await
}

/// Which of those before it have to go for a new one.
pub fn excess(mut before: Vec<ExecutionId>, concurrency: &Concurrency) -> Vec<ExecutionId> {
    let stay = (concurrency.limit as usize).saturating_sub(1).min(before.len());
    match concurrency.policy {
        ConcurrencyPolicy::CancelNewest => before.split_off(stay),
        _ => {
            before.truncate(before.len() - stay);
            before
        }
    }
}

fn skipped(key: &str) -> String {
    match key {
        "" => "Skipped: another execution of this workflow was under way.".to_owned(),
        key => format!("Skipped: another execution with the concurrency key “{key}” was under way."),
    }
}

/// Who cancels an execution for a later one.
fn by(key: &str) -> String {
    match key {
        "" => "a later start of this workflow".to_owned(),
        key => format!("a later start with the concurrency key “{key}”"),
    }
}

async fn leave(engine: &Engine, key: &Key, holder: &Holder) -> Result<()> {
    let mut tx = engine.core.parts.pool.begin().await?;
    holds::lock(&mut *tx, key).await?;
    holds::leave(&mut *tx, holder).await?;
    let granted = holds::grant(&mut *tx, key).await?;
    tx.commit().await?;
    tell(engine, &granted).await
}

/// Tells those that hold a key now. Attempts of other replicas look for themselves.
async fn tell(engine: &Engine, granted: &[Place]) -> Result<()> {
    for place in granted {
        if place.holder.run.is_empty() {
            engine.deliver(place.holder.execution, Letter::Admitted).await?;
        } else {
            engine.core.keys.wake(place);
        }
    }
    Ok(())
}

/// The execution as a whole.
pub fn whole(execution: ExecutionId) -> Holder {
    Holder { execution, run: String::new(), attempt: 0 }
}

/// Looks for keys that other replicas freed, and frees those whose holders died.
pub async fn tend(engine: Engine, replica: ReplicaId) {
    let (mut polls, mut sweeps) = (tokio::time::interval(POLL), tokio::time::interval(SWEEP));
    loop {
        let done = tokio::select! {
            _ = polls.tick() => poll(&engine, replica).await,
            _ = sweeps.tick() => sweep(&engine, replica).await,
        };
        if let Err(error) = done {
            tracing::warn!(%error, "concurrency keys could not be looked at; trying again");
        }
    }
}

async fn poll(engine: &Engine, replica: ReplicaId) -> Result<()> {
    if engine.core.keys.here().values().all(oneshot::Sender::is_closed) {
        return Ok(());
    }
    let held = holds::held_here(&engine.core.parts.pool, replica).await?;
    held.iter().for_each(|(_, place)| engine.core.keys.wake(place));
    Ok(())
}

async fn sweep(engine: &Engine, replica: ReplicaId) -> Result<()> {
    let pool = &engine.core.parts.pool;
    for key in holds::sweep(pool).await? {
        let mut tx = pool.begin().await?;
        holds::lock(&mut *tx, &key).await?;
        let granted = holds::grant(&mut *tx, &key).await?;
        tx.commit().await?;
        tell(engine, &granted).await?;
    }
    for execution in holds::untold(pool, replica).await? {
        engine.deliver(execution, Letter::Admitted).await?;
    }
    let long_ago = Utc::now() - FORGOTTEN;
    for (key, place) in holds::held_here(pool, replica).await? {
        let is_known = engine.core.keys.here().contains_key(&place.holder);
        if !is_known && place.held_since.is_some_and(|since| since < long_ago) {
            leave(engine, &key, &place.holder).await?;
        }
    }
    Ok(())
}
