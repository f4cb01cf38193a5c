//! A schedule's times: cron patterns read, described and counted on in their time zone. Knows no database.

use std::{str::FromStr, sync::LazyLock};

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};

use crate::domain::trigger::{SchedulePreview, ScheduledTime};

/// What is late by no more than this fires as if on time: a busy or just restarted server loses nothing.
/// Of what is older, only the latest time fires, and only where nothing younger does.
pub const GRACE: TimeDelta = TimeDelta::seconds(30);

/// Missed times that are recorded, at most, when a schedule comes back.
pub const MISSED_RECORDED: usize = 100;

/// Times that one look fires, at most.
pub const FIRED_AT_ONCE: usize = 1_000;

/// What to say of a pattern that reads but has no next time.
pub const NEVER: &str = "No such date will ever come. Check day and month.";

const PATTERN_LENGTH: usize = 200;

/// A cron pattern of five or six fields in a time zone.
///
/// Daylight saving: a fixed time that the clock skips comes right after the gap, one that the clock repeats comes
/// the first time only; patterns with a wildcard or a step in their time keep their cadence.
#[derive(Clone, Debug)]
pub struct Schedule {
    cron: Cron,
    zone: Tz,
}

/// Why a schedule cannot be read; `field` is `cron` or `time_zone`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    pub field: &'static str,
    pub message: String,
}

/// The times of a schedule that have passed, oldest first, and the one that comes next.
#[derive(Debug, PartialEq, Eq)]
pub struct Due {
    pub fire: Vec<DateTime<Utc>>,
    pub missed: Vec<DateTime<Utc>>,
    pub next: Option<DateTime<Utc>>,
}

impl Schedule {
    /// Reads a pattern and an IANA zone name. `0 0 30 2 *` parses but never comes: that is the caller's to ask
    /// with [`Schedule::next_after`].
    pub fn parse(cron: &str, time_zone: &str) -> Result<Self, Invalid> {
        Ok(Self { cron: read_cron(cron)?, zone: read_zone(time_zone)? })
    }

    /// The first time after `at`; none: no such time will come.
    pub fn next_after(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let next = self.cron.find_next_occurrence(&at.with_timezone(&self.zone), false).ok()?;
        Some(next.with_timezone(&Utc))
    }

    /// All times after `at`, soonest first.
    pub fn times_after(&self, at: DateTime<Utc>) -> impl Iterator<Item = DateTime<Utc>> + '_ {
        std::iter::successors(self.next_after(at), |time| self.next_after(*time))
    }

    /// What is to be done at `now` for a schedule whose next time was `from`. What is late by no more than `catch_up`
    /// fires, at most [`FIRED_AT_ONCE`] times; the rest of them is due again right after.
    pub fn due(&self, from: DateTime<Utc>, now: DateTime<Utc>, catch_up: TimeDelta) -> Due {
        let just_before = |time: DateTime<Utc>| time - TimeDelta::milliseconds(1);
        let recent = from.max(now - catch_up.max(GRACE));
        let late = self.times_after(just_before(recent)).take_while(|time| *time <= now);
        let mut fire: Vec<_> = late.take(FIRED_AT_ONCE).collect();
        let is_cut = fire.len() == FIRED_AT_ONCE;
        if fire.is_empty() {
            fire.extend(self.latest_until(now).filter(|time| *time >= from).or((from <= now).then_some(from)));
        }
        let first = fire.first().copied().unwrap_or(now);
        let missed =
            self.times_after(just_before(from)).take_while(|time| *time < first).take(MISSED_RECORDED).collect();
        let after = fire.last().copied().filter(|_| is_cut).unwrap_or(now);
        Due { fire, missed, next: self.next_after(after) }
    }

    fn latest_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let latest = self.cron.find_previous_occurrence(&now.with_timezone(&self.zone), true).ok()?;
        Some(latest.with_timezone(&Utc))
    }

    /// The pattern in words and the next five times.
    pub fn preview(&self, now: DateTime<Utc>) -> SchedulePreview {
        SchedulePreview {
            description: self.cron.describe().trim_end_matches('.').to_owned(),
            time_zone: self.zone.name().to_owned(),
            next: self.times_after(now).take(5).map(|at| self.shown(at)).collect(),
        }
    }

    fn shown(&self, at: DateTime<Utc>) -> ScheduledTime {
        let local = at.with_timezone(&self.zone);
        let pattern = if local.second() == 0 { "%a %-d %b %Y, %H:%M %Z" } else { "%a %-d %b %Y, %H:%M:%S %Z" };
        ScheduledTime { at, local: local.format(pattern).to_string() }
    }
}

/// The names that a schedule's time zone may have: UTC, then every `Region/City`.
pub fn time_zones() -> Vec<&'static str> {
    const REGIONS: [&str; 9] =
        ["Africa/", "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/"];
    let places = chrono_tz::TZ_VARIANTS
        .iter()
        .map(|zone| zone.name())
        .filter(|name| REGIONS.iter().any(|region| name.starts_with(region)) || name.starts_with("Pacific/"));
    std::iter::once("UTC").chain(places).collect()
}

fn read_cron(pattern: &str) -> Result<Cron, Invalid> {
    static PARSER: LazyLock<CronParser> = LazyLock::new(|| {
        CronParser::builder().seconds(Seconds::Optional).year(Year::Disallowed).dom_and_dow(false).build()
    });
    let invalid = |message: String| Invalid { field: "cron", message };
    if pattern.len() > PATTERN_LENGTH {
        return Err(invalid(format!("A cron pattern has at most {PATTERN_LENGTH} characters.")));
    }
    PARSER.parse(pattern).map_err(|error| {
        invalid(format!(
            "This is not a cron pattern ({error}). Write minute, hour, day, month and weekday, such as 0 9 * * 1-5."
        ))
    })
}

fn read_zone(name: &str) -> Result<Tz, Invalid> {
    Tz::from_str(name.trim()).map_err(|_| Invalid {
        field: "time_zone",
        message: format!("There is no time zone “{name}”. Choose one such as Europe/London or UTC."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect(text)
    }

    /// The times after `from`, as the wall clock of the zone shows them.
    fn check(cron: &str, zone: &str, from: &str, expected: &[&str]) {
        let schedule = Schedule::parse(cron, zone).unwrap();
        let times: Vec<String> = schedule
            .times_after(at(from))
            .take(expected.len())
            .map(|time| time.with_timezone(&schedule.zone).format("%m-%d %H:%M %:z").to_string())
            .collect();
        assert_eq!(times, expected, "{cron} in {zone} after {from}");
    }

    #[test]
    fn a_fixed_time_that_the_clock_skips_comes_right_after_the_gap() {
        check("30 1 * * *", "Europe/London", "2026-03-28T12:00:00Z", &["03-29 02:00 +01:00", "03-30 01:30 +01:00"]);
        check("30 2 * * *", "America/New_York", "2026-03-08T05:00:00Z", &["03-08 03:00 -04:00", "03-09 02:30 -04:00"]);
        check(
            "15 2 * * *",
            "Australia/Lord_Howe",
            "2026-10-03T00:00:00Z",
            &["10-04 02:30 +11:00", "10-05 02:15 +11:00"],
        );
    }

    #[test]
    fn a_fixed_time_that_the_clock_repeats_comes_the_first_time_only() {
        check("30 1 * * *", "Europe/London", "2026-10-24T12:00:00Z", &["10-25 01:30 +01:00", "10-26 01:30 +00:00"]);
        check("30 1 * * *", "America/New_York", "2026-11-01T00:00:00Z", &["11-01 01:30 -04:00", "11-02 01:30 -05:00"]);
        check(
            "45 1 * * *",
            "Australia/Lord_Howe",
            "2026-04-04T00:00:00Z",
            &["04-05 01:45 +11:00", "04-06 01:45 +10:30"],
        );
    }

    #[test]
    fn a_time_next_to_a_change_of_the_clock_comes_once() {
        check("30 0 * * *", "Europe/London", "2026-03-28T12:00:00Z", &["03-29 00:30 +00:00", "03-30 00:30 +01:00"]);
        check("0 2 * * *", "Europe/London", "2026-10-24T12:00:00Z", &["10-25 02:00 +00:00", "10-26 02:00 +00:00"]);
        check("0 3 * * *", "America/New_York", "2026-03-07T12:00:00Z", &["03-08 03:00 -04:00", "03-09 03:00 -04:00"]);
    }

    #[test]
    fn an_interval_keeps_its_cadence_over_a_change_of_the_clock() {
        for (zone, from) in [
            ("Europe/London", "2026-03-29T00:00:00Z"),
            ("Europe/London", "2026-10-25T00:00:00Z"),
            ("America/New_York", "2026-03-08T06:00:00Z"),
            ("America/New_York", "2026-11-01T05:00:00Z"),
            ("Australia/Lord_Howe", "2026-04-04T14:00:00Z"),
            ("Australia/Lord_Howe", "2026-10-03T15:00:00Z"),
        ] {
            let schedule = Schedule::parse("*/15 * * * *", zone).unwrap();
            let start = at(from);
            let times: Vec<_> = schedule.times_after(start).take(16).collect();
            let expected: Vec<_> = (1..=16).map(|quarter| start + TimeDelta::minutes(15 * quarter)).collect();
            assert_eq!(times, expected, "{zone} {from}");
        }
    }

    #[test]
    fn a_pattern_or_zone_that_does_not_read_is_named_with_its_field() {
        for (cron, zone, field) in [
            ("", "UTC", "cron"),
            ("every day", "UTC", "cron"),
            ("61 * * * *", "UTC", "cron"),
            ("* * * *", "UTC", "cron"),
            ("0 0 9 * * * 2027", "UTC", "cron"),
            ("0 9 * * *", "Mars/Olympus", "time_zone"),
            ("0 9 * * *", "", "time_zone"),
        ] {
            assert_eq!(Schedule::parse(cron, zone).unwrap_err().field, field, "{cron} {zone}");
        }
        assert!(Schedule::parse(&"1,".repeat(5_000), "UTC").is_err());
    }

    #[test]
    fn a_date_that_never_comes_has_no_next_time() {
        let schedule = Schedule::parse("0 0 30 2 *", "UTC").unwrap();
        assert_eq!(schedule.next_after(at("2026-01-01T00:00:00Z")), None);
    }

    #[test]
    fn a_short_delay_fires_every_time_that_passed() {
        let schedule = Schedule::parse("* * * * * *", "UTC").unwrap();
        let due = schedule.due(at("2026-01-01T00:00:01Z"), at("2026-01-01T00:00:04.200Z"), TimeDelta::zero());
        let seconds: Vec<_> = (1..=4).map(|second| at(&format!("2026-01-01T00:00:0{second}Z"))).collect();
        assert_eq!(due, Due { fire: seconds, missed: vec![], next: Some(at("2026-01-01T00:00:05Z")) });
    }

    #[test]
    fn after_a_long_absence_the_latest_time_fires_once_and_older_ones_are_missed() {
        let schedule = Schedule::parse("0 * * * *", "UTC").unwrap();
        let due = schedule.due(at("2026-01-01T01:00:00Z"), at("2026-01-01T04:30:00Z"), TimeDelta::zero());
        assert_eq!(due.fire, [at("2026-01-01T04:00:00Z")]);
        assert_eq!(due.missed, ["01", "02", "03"].map(|hour| at(&format!("2026-01-01T{hour}:00:00Z"))));
        assert_eq!(due.next, Some(at("2026-01-01T05:00:00Z")));
    }

    #[test]
    fn within_the_catch_up_window_every_missed_time_fires() {
        let schedule = Schedule::parse("0 * * * *", "UTC").unwrap();
        let due = schedule.due(at("2026-01-01T01:00:00Z"), at("2026-01-01T05:30:00Z"), TimeDelta::hours(3));
        assert_eq!(due.fire, ["03", "04", "05"].map(|hour| at(&format!("2026-01-01T{hour}:00:00Z"))));
        assert_eq!(due.missed, ["01", "02"].map(|hour| at(&format!("2026-01-01T{hour}:00:00Z"))));
    }

    #[test]
    fn a_long_catch_up_goes_on_where_it_was_cut() {
        let schedule = Schedule::parse("* * * * * *", "UTC").unwrap();
        let (from, now) = (at("2026-01-01T00:00:00Z"), at("2026-01-01T01:00:00Z"));
        let due = schedule.due(from, now, TimeDelta::days(1));
        assert_eq!((due.fire.len(), due.missed.len()), (FIRED_AT_ONCE, 0));
        assert_eq!(due.next, Some(from + TimeDelta::seconds(FIRED_AT_ONCE as i64)));
    }

    #[test]
    fn an_absence_of_years_is_settled_at_once_and_records_a_bounded_number() {
        let schedule = Schedule::parse("* * * * * *", "UTC").unwrap();
        let due = schedule.due(at("2020-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z"), TimeDelta::zero());
        assert_eq!(due.missed.len(), MISSED_RECORDED);
        assert_eq!(due.fire.last(), Some(&at("2026-01-01T00:00:00Z")));
        assert_eq!(due.fire.len(), 31);
    }

    #[test]
    fn looking_back_finds_the_same_times_as_looking_forward() {
        for zone in ["Europe/London", "America/New_York", "Australia/Lord_Howe"] {
            for cron in ["30 1 * * *", "15 2 * * *", "*/20 * * * *", "0 */2 * * *"] {
                let schedule = Schedule::parse(cron, zone).unwrap();
                for time in schedule.times_after(at("2026-01-01T00:00:00Z")).take(2_000) {
                    assert_eq!(schedule.latest_until(time), Some(time), "{cron} in {zone}");
                }
            }
        }
    }

    #[test]
    fn a_preview_says_the_pattern_in_words_and_the_times_in_the_zone() {
        let preview = Schedule::parse("0 9 * * 1-5", "Europe/London").unwrap().preview(at("2026-11-20T12:00:00Z"));
        assert_eq!(preview.next.len(), 5);
        assert_eq!(preview.next[0].local, "Mon 23 Nov 2026, 09:00 GMT");
        assert_eq!(preview.description, "At 09:00, on Monday, Tuesday, Wednesday, Thursday, and Friday");
    }

    #[test]
    fn every_time_zone_on_offer_can_be_read() {
        let zones = time_zones();
        assert_eq!(zones[0], "UTC");
        assert!(zones.len() > 300);
        for zone in zones {
            assert!(Schedule::parse("0 9 * * *", zone).is_ok(), "{zone}");
        }
    }
}
