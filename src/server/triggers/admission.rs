//! How fast calls may come and how many at a time: per source, per webhook, in all. Whoever comes too early or finds
//! everything taken hears when to come back, before anything else is done for them.

use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock};
use moka::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    api::ApiError,
    domain::id::TriggerId,
    server::{Error, Result, config::Config},
};

/// Calls of all webhooks at a time.
const AT_ONCE: usize = 256;
/// Mebibytes that large bodies may take of the memory at a time.
const ROOM_MIB: usize = 256;
/// After so many calls, those who have not been there for a while are forgotten.
const SWEEP: u32 = 10_000;

/// Cheap to clone.
#[derive(Clone)]
pub struct Admission(Arc<Limits>);

struct Limits {
    sources: Option<Pace<IpAddr>>,
    webhooks: Option<Pace<TriggerId>>,
    all: Arc<Semaphore>,
    /// Places per webhook; 0: no limit.
    each: usize,
    places: Cache<TriggerId, Arc<Semaphore>>,
    room: Arc<Semaphore>,
}

/// A call's place, given back when dropped.
pub struct Place {
    _of_all: OwnedSemaphorePermit,
    _of_webhook: Option<OwnedSemaphorePermit>,
}

impl Admission {
    pub fn of(config: &Config) -> Self {
        Self(Arc::new(Limits {
            sources: Pace::of(config.webhook_source_rate),
            webhooks: Pace::of(config.webhook_rate),
            all: Arc::new(Semaphore::new(AT_ONCE)),
            each: config.webhook_concurrency as usize,
            places: Cache::new(10_000),
            room: Arc::new(Semaphore::new(ROOM_MIB)),
        }))
    }

    /// Refuses a source that calls too fast, whatever it calls: guessing addresses is calling.
    pub fn source(&self, address: Option<IpAddr>) -> Result<()> {
        let Some(pace) = &self.0.sources else { return Ok(()) };
        pace.check(&network(address.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED))))
    }

    /// A place for a call of this webhook, unless they come too fast or too many are under way.
    pub fn webhook(&self, trigger: TriggerId) -> Result<Place> {
        if let Some(pace) = &self.0.webhooks {
            pace.check(&trigger)?;
        }
        let _of_webhook = match self.0.each {
            0 => None,
            each => {
                let places = self.0.places.get_with(trigger, || Arc::new(Semaphore::new(each)));
                Some(places.try_acquire_owned().map_err(|_| busy())?)
            }
        };
        Ok(Place { _of_all: self.0.all.clone().try_acquire_owned().map_err(|_| busy())?, _of_webhook })
    }

    /// Room for a body of this size, kept while the call lasts; small ones need none.
    pub fn room(&self, bytes: usize) -> Result<Option<OwnedSemaphorePermit>> {
        if bytes <= SMALL {
            return Ok(None);
        }
        let mib = u32::try_from(bytes.div_ceil(1024 * 1024)).unwrap_or(u32::MAX);
        let room = self.0.room.clone().try_acquire_many_owned(mib);
        room.map(Some).map_err(|_| busy().into())
    }
}

/// The size beyond which a body asks for room.
const SMALL: usize = 1024 * 1024;

fn busy() -> ApiError {
    ApiError::new(503, "busy", "Too many calls are under way. Try again in 1 s.")
}

/// A customer has at least 64 bits of IPv6 to call from; they count as one.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        address => address,
    }
}

/// A bucket per key that holds twice what flows in within a second.
struct Pace<K: Hash + Eq + Clone> {
    buckets: DefaultKeyedRateLimiter<K>,
    calls: AtomicU32,
}

impl<K: Hash + Eq + Clone> Pace<K> {
    /// 0: no limit.
    fn of(per_second: u32) -> Option<Self> {
        const TWO: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);
        let rate = NonZeroU32::new(per_second)?;
        let buckets = RateLimiter::keyed(Quota::per_second(rate).allow_burst(rate.saturating_mul(TWO)));
        Some(Self { buckets, calls: AtomicU32::new(0) })
    }

    fn check(&self, key: &K) -> Result<()> {
        if self.calls.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.buckets.retain_recent();
            self.buckets.shrink_to_fit();
        }
        self.buckets.check_key(key).map_err(|early| {
            let wait = early.wait_time_from(self.buckets.clock().now());
            Error::Overloaded(u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1))
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn admission(source_rate: u32, rate: u32, each: usize) -> Admission {
        Admission(Arc::new(Limits {
            sources: Pace::of(source_rate),
            webhooks: Pace::of(rate),
            all: Arc::new(Semaphore::new(AT_ONCE)),
            each,
            places: Cache::new(10),
            room: Arc::new(Semaphore::new(ROOM_MIB)),
        }))
    }

    fn id(number: u128) -> TriggerId {
        TriggerId(Uuid::from_u128(number))
    }

    #[test]
    fn a_webhook_takes_twice_its_rate_at_once_and_then_says_when_to_come_back() {
        let admission = admission(0, 100, 0);
        let taken = (0..300).filter(|_| admission.webhook(id(1)).is_ok()).count();
        assert!((200..250).contains(&taken), "{taken}");
        assert!(admission.webhook(id(2)).is_ok());
    }

    #[test]
    fn a_rate_of_zero_is_no_limit() {
        let admission = admission(0, 0, 0);
        assert!((0..2_000).all(|_| admission.source(None).is_ok() && admission.webhook(id(1)).is_ok()));
    }

    #[test]
    fn a_source_is_one_ipv4_address_or_one_network_of_ipv6() {
        let admission = admission(1, 0, 0);
        let comes = |text: &str| admission.source(Some(text.parse().unwrap())).is_ok();
        assert!(comes("192.0.2.1") && comes("::ffff:192.0.2.1") && !comes("192.0.2.1"));
        assert!(comes("192.0.2.2"));
        assert!(comes("2001:db8::1") && comes("2001:db8::2") && !comes("2001:db8:0:0:9::3"));
        assert!(comes("2001:db8:0:1::1"));
    }

    #[test]
    fn large_bodies_share_the_room_and_small_ones_need_none() {
        let admission = admission(0, 0, 0);
        let large = 25 * 1024 * 1024;
        let taken: Vec<_> = (0..10).map(|_| admission.room(large).unwrap()).collect();
        assert!(admission.room(large).is_err() && admission.room(SMALL).unwrap().is_none());
        drop(taken);
        assert!(admission.room(large).is_ok());
    }

    #[test]
    fn places_are_taken_and_given_back() {
        let admission = admission(0, 0, 32);
        let taken: Vec<_> = (0..32).map(|_| admission.webhook(id(1)).unwrap()).collect();
        let refusal = ApiError::from(admission.webhook(id(1)).err().unwrap());
        assert_eq!((refusal.status, refusal.code.as_str()), (503, "busy"));
        let others: Vec<_> = (0..224).map(|other| admission.webhook(id(2 + other / 32)).unwrap()).collect();
        assert!(admission.webhook(id(99)).is_err(), "256 are under way in all");
        drop(taken);
        assert!(admission.webhook(id(1)).is_ok());
        drop(others);
    }
}
