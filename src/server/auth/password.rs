//! Passwords: what one must be, and how it is hashed. Hashing takes 64 MiB and a tenth of a second on purpose, so it runs
//! on blocking threads, as many as there are cores.

use std::{
    sync::{Arc, OnceLock},
    thread::available_parallelism,
};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash};
use tokio::sync::Semaphore;

use super::weak;
use crate::{
    api::ApiError,
    domain::account::{PASSWORD_MAX, PASSWORD_MIN},
    server::{Error, Result},
};

/// What a password is compared with where nobody has the address: the same work, and always wrong.
const NOBODYS: &str =
    "$argon2id$v=19$m=65536,t=3,p=1$DpCEVzjq/eN6AzcR750zng$y4NGaETfkJSakty2HCvEf7b4RTy/olmPLZPtyW/dSIo";
const MEMORY_KIB: u32 = 65_536;
const PASSES: u32 = 3;
/// Logins that may wait for a core; the next one is told to come back.
const QUEUE: usize = 32;

/// Refuses a password that is short, long, common, or made of the person's own words.
pub fn check(field: &str, password: &str, own_words: &[&str]) -> Result<(), ApiError> {
    let length = password.chars().count();
    if length < PASSWORD_MIN {
        return Err(ApiError::invalid(field, format!("Use at least {PASSWORD_MIN} characters; a few words are fine.")));
    }
    if length > PASSWORD_MAX {
        return Err(ApiError::invalid(field, format!("Use at most {PASSWORD_MAX} characters.")));
    }
    match weak::reason(password, own_words) {
        Some(reason) => Err(ApiError::invalid(field, reason)),
        None => Ok(()),
    }
}

/// The hash to keep: Argon2id with its parameters and a random salt.
pub async fn hash(password: &str) -> Result<String> {
    let password = password.to_owned();
    in_turn(move || hash_now(&password)).await?
}

/// What is to be done with a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Wrong,
    Right,
    /// Right, and the hash that is kept is weaker than today's: hash again.
    RightButOutdated,
}

/// Compares with the hash that is kept. Without one (nobody has this address) it takes as long and is wrong.
pub async fn verify(password: &str, kept: Option<String>) -> Result<Verdict> {
    // Nobody has a longer one; hashing megabytes would only cost time.
    let password = if password.chars().count() > PASSWORD_MAX { String::new() } else { password.to_owned() };
    in_turn(move || verdict(&password, kept.as_deref())).await?
}

fn verdict(password: &str, kept: Option<&str>) -> Result<Verdict> {
    let is_somebody = kept.is_some();
    let kept = kept.unwrap_or(NOBODYS);
    if argon2()?.verify_password(password.as_bytes(), kept).is_err() || !is_somebody {
        return Ok(Verdict::Wrong);
    }
    let parsed = PasswordHash::new(kept).map_err(Error::internal)?;
    let params = Params::try_from(&parsed).map_err(Error::internal)?;
    let outdated = params.m_cost() < MEMORY_KIB || params.t_cost() < PASSES;
    Ok(if outdated { Verdict::RightButOutdated } else { Verdict::Right })
}

fn hash_now(password: &str) -> Result<String> {
    Ok(argon2()?.hash_password(password.as_bytes()).map_err(Error::internal)?.to_string())
}

fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(Error::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    static TURNSTILE: OnceLock<Turnstile> = OnceLock::new();
    TURNSTILE.get_or_init(|| Turnstile::of(available_parallelism().map_or(1, usize::from))).pass(work).await
}

/// Lets as much work run as there are cores, and as much wait as there are places.
struct Turnstile {
    cores: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Turnstile {
    fn of(cores: usize) -> Self {
        Self { cores: Arc::new(Semaphore::new(cores)), places: Arc::new(Semaphore::new(cores + QUEUE)) }
    }

    /// Runs the work when a core is free; refuses at once when too many wait.
    async fn pass<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| busy())?;
        let core = self.cores.clone().acquire_owned().await.map_err(Error::internal)?;
        let done = tokio::task::spawn_blocking(move || {
            // Held until the thread is done, even when nobody waits for it any more.
            let _held = (place, core);
            work()
        });
        done.await.map_err(Error::internal)
    }
}

fn busy() -> ApiError {
    ApiError::new(503, "busy", "Too many people are logging in at this moment. Try again in a few seconds.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_neither_short_nor_long_nor_guessable() {
        let refused = |password: &str| check("password", password, &["ada@example.com", "Growth"]).is_err();
        assert!(refused("elevenchars"));
        assert!(refused(&"xyz ".repeat(65)));
        assert!(refused("password12345"));
        assert!(!refused("correct horse battery staple"));
        assert!(!refused("жёлтый трамвай едет"));
    }

    #[tokio::test]
    async fn only_the_password_itself_is_right() {
        let kept = hash("correct horse battery staple").await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "{kept}");
        assert_eq!(verify("correct horse battery staple", Some(kept.clone())).await.unwrap(), Verdict::Right);
        assert_eq!(verify("correct horse battery stapl", Some(kept)).await.unwrap(), Verdict::Wrong);
        assert_eq!(verify("correct horse battery staple", None).await.unwrap(), Verdict::Wrong);
    }

    /// The only difference between an address that somebody has and one that nobody has is what it is compared with.
    #[tokio::test]
    async fn what_nobody_has_takes_the_same_work_and_is_wrong_whatever_is_typed() {
        let parsed = PasswordHash::new(NOBODYS).unwrap();
        assert_eq!(parsed.algorithm.as_str(), "argon2id");
        let params = Params::try_from(&parsed).unwrap();
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (MEMORY_KIB, PASSES, 1));
        let typed = "nobody has this password";
        assert_eq!(verify(typed, Some(NOBODYS.to_owned())).await.unwrap(), Verdict::Right);
        assert_eq!(verify(typed, None).await.unwrap(), Verdict::Wrong);
    }

    #[tokio::test]
    async fn when_too_many_wait_the_next_one_is_told_to_come_back() {
        let turnstile = Arc::new(Turnstile::of(1));
        let (open, gate) = std::sync::mpsc::channel::<()>();
        let gate = Arc::new(std::sync::Mutex::new(gate));
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..=QUEUE {
            let (turnstile, gate) = (turnstile.clone(), gate.clone());
            waiting.spawn(async move { turnstile.pass(move || gate.lock().unwrap().recv()).await });
        }
        // All have taken their place: then there is none.
        while turnstile.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = ApiError::from(turnstile.pass(|| ()).await.unwrap_err());
        assert_eq!(refused.status, 503);
        assert_eq!(crate::server::rest::problem::retry_after(&refused), Some(1));
        (0..=QUEUE).for_each(|_| open.send(()).unwrap());
        while let Some(done) = waiting.join_next().await {
            done.unwrap().unwrap().unwrap();
        }
        turnstile.pass(|| ()).await.unwrap();
    }

    #[tokio::test]
    async fn a_weaker_hash_of_earlier_days_is_recognised() {
        let weaker = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19_456, 2, 1, None).unwrap());
        let kept = weaker.hash_password(b"correct horse battery staple").unwrap().to_string();
        let verdict = verify("correct horse battery staple", Some(kept)).await.unwrap();
        assert_eq!(verdict, Verdict::RightButOutdated);
    }
}
