//! Slows down guessing: per account and network, and per address. Nobody is locked out for good: a refused attempt counts
//! for nothing, and the longest wait is a quarter of an hour.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::request::Parts;
use sqlx::PgPool;

use super::{peer, secret};
use crate::{
    api::ApiError,
    server::{
        Result,
        config::Config,
        store::logins::{self, Attempts},
    },
};

/// Wrong attempts that cost nothing but themselves.
const FREE_ATTEMPTS: i64 = 5;
const LONGEST_WAIT_SECS: i64 = 15 * 60;
const PER_ADDRESS_PER_MINUTE: i64 = 20;

/// What an attempt is counted on.
pub struct Keys {
    account: String,
    address: String,
}

impl Keys {
    /// Of an attempt at this account that came with this request.
    pub fn of(account: &str, parts: &Parts, config: &Config) -> Self {
        Self::from(account, peer::address(parts, &config.trusted_proxies))
    }

    /// `account` is hashed: people type passwords into the wrong field.
    fn from(account: &str, from: Option<IpAddr>) -> Self {
        let hash = hex::encode(&secret::hash(account)[..16]);
        let text = |ip: Option<IpAddr>| ip.map_or_else(|| "unknown".to_owned(), |ip| ip.to_string());
        Self {
            account: format!("account {hash} {}", text(from.map(|ip| network(ip, 24)))),
            address: format!("address {}", text(from.map(|ip| network(ip, 32)))),
        }
    }
}

/// Counts an attempt before its password is looked at, so that a hundred at once are a hundred; refuses when it is too early.
/// [`succeeded`] takes it back.
pub async fn admit(pool: &PgPool, keys: &Keys) -> Result<()> {
    let mut tx = pool.begin().await?;
    let mut wait = 0;
    for (key, rule) in [(&keys.address, address_wait as fn(Attempts) -> i64), (&keys.account, account_wait)] {
        logins::lock(&mut *tx, key).await?;
        wait = wait.max(rule(logins::attempts(&mut *tx, key).await?));
    }
    if wait > 0 {
        return Err(too_early(wait).into());
    }
    logins::record(&mut *tx, &keys.address).await?;
    logins::record(&mut *tx, &keys.account).await?;
    Ok(tx.commit().await?)
}

/// The password was right: the account starts afresh, and the address is not charged for this one.
pub async fn succeeded(pool: &PgPool, keys: &Keys) -> Result<()> {
    logins::take_back(pool, &keys.address).await?;
    logins::forget(pool, &[&keys.account]).await
}

/// Seconds until the next attempt at this account: 1, 2, 4 … after the fifth wrong one.
fn account_wait(attempts: Attempts) -> i64 {
    let Some(since) = attempts.seconds_since_last else { return 0 };
    let Ok(over) = u32::try_from(attempts.in_last_hour - FREE_ATTEMPTS) else { return 0 };
    let pause = 2_i64.checked_pow(over).map_or(LONGEST_WAIT_SECS, |pause| pause.min(LONGEST_WAIT_SECS));
    pause - since.floor() as i64
}

fn address_wait(attempts: Attempts) -> i64 {
    if attempts.in_last_minute < PER_ADDRESS_PER_MINUTE {
        0
    } else {
        60 - attempts.seconds_since_last.unwrap_or(0.0) as i64
    }
}

fn too_early(seconds: i64) -> ApiError {
    let when = if seconds < 90 { format!("{seconds} s") } else { format!("{} minutes", (seconds + 59) / 60) };
    ApiError::new(429, "too_many_attempts", format!("Too many attempts to log in. Try again in {when}."))
        .retry_after(u32::try_from(seconds).unwrap_or(1))
}

/// The first bits of an IPv4 address; of IPv6 always 64, which is what one customer gets.
fn network(ip: IpAddr, bits: u32) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => IpAddr::V4((ip.to_bits() & (u32::MAX << (32 - bits))).into()),
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts(count: i64, seconds_ago: f64) -> Attempts {
        Attempts { in_last_minute: count, in_last_hour: count, seconds_since_last: (count > 0).then_some(seconds_ago) }
    }

    #[test]
    fn the_wait_doubles_after_the_fifth_wrong_attempt_and_ends_at_a_quarter_of_an_hour() {
        for (count, expected) in
            [(0, 0), (4, 0), (5, 1), (6, 2), (9, 16), (14, 512), (15, 900), (60, 900), (5_000, 900)]
        {
            assert_eq!(account_wait(attempts(count, 0.2)), expected, "after {count}");
        }
        assert!(account_wait(attempts(15, 901.0)) <= 0, "it ends");
    }

    #[test]
    fn an_address_has_twenty_attempts_a_minute() {
        assert_eq!(address_wait(attempts(19, 0.0)), 0);
        assert_eq!(address_wait(attempts(20, 15.0)), 45);
    }

    #[test]
    fn neighbours_in_a_network_count_together_for_an_account() {
        let keys = |ip: &str| Keys::from("ada@example.com", Some(ip.parse().unwrap()));
        assert_eq!(keys("192.0.2.1").account, keys("192.0.2.200").account);
        assert_ne!(keys("192.0.2.1").account, keys("192.0.3.1").account);
        assert_ne!(keys("192.0.2.1").address, keys("192.0.2.200").address);
        assert_eq!(keys("2001:db8::1").address, keys("2001:db8::ffff").address);
    }
}
