//! Points in time as ISO 8601 text. Always UTC unless the text or a time zone says otherwise; results are UTC, but for
//! `zonedTime`. Time zones have their rules with them, the same in the browser and on the server.

mod calendar;
mod pattern;

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, SecondsFormat, TimeDelta, Utc};

pub(super) use calendar::{difference, end_of, parts, start_of, zoned};
pub(super) use pattern::{format, parse_by};

use jiff::{Timestamp, Zoned, tz::TimeZone};

use super::{
    budget::Budget,
    convert::{to_number, to_text},
    error::{Fault, Outcome},
    value::{Type, Val},
};

/// `isoTime(milliseconds or text)`: `2026-11-20T14:05:00.000Z`.
pub(super) fn iso<'a>(value: &Val<'a>, budget: &Budget) -> Outcome<Val<'a>> {
    Ok(text(read(value, budget)?))
}

/// `addTime(time, amount, unit, zone)`; a month later is the same day, or the month's last. With a time zone, a day
/// later is the same time of the day there.
pub(super) fn add<'a>(
    time: &Val<'a>,
    amount: &Val<'a>,
    unit: &Val<'a>,
    zone: &Val<'a>,
    budget: &Budget,
) -> Outcome<Val<'a>> {
    if !zone.is_nothing() {
        return calendar::add(time, amount, unit, zone, budget);
    }
    let (time, amount, unit) = (read(time, budget)?, to_number(amount, budget)?, to_text(unit, budget)?);
    let seconds = match unit.trim_end_matches('s') {
        "millisecond" => 0.001,
        "second" => 1.0,
        "minute" => 60.0,
        "hour" => 3_600.0,
        "day" => 86_400.0,
        "week" => 604_800.0,
        "month" => return months(time, amount),
        "year" => return months(time, amount * 12.0),
        _ => return Err(no_unit(&unit)),
    };
    let millis = (amount * seconds * 1_000.0).round();
    let is_small = millis.abs() < 1e16;
    let delta = is_small.then(|| TimeDelta::try_milliseconds(millis as i64)).flatten();
    delta.and_then(|delta| time.checked_add_signed(delta)).map(text).ok_or_else(out_of_range)
}

fn months<'a>(time: DateTime<Utc>, amount: f64) -> Outcome<Val<'a>> {
    if amount.fract() != 0.0 || amount.abs() > 120_000.0 {
        return Err(Fault::new("Add a whole number of months or years."));
    }
    let count = Months::new(amount.abs() as u32);
    let later = if amount < 0.0 { time.checked_sub_months(count) } else { time.checked_add_months(count) };
    later.map(text).ok_or_else(out_of_range)
}

fn no_unit(unit: &str) -> Fault {
    Fault::new(format!(
        "“{unit}” is not a unit of time. Write milliseconds, seconds, minutes, hours, days, weeks, months or years."
    ))
}

fn out_of_range() -> Fault {
    Fault::new("This time lies outside of the years 0 to 9999.")
}

/// Milliseconds since 1970 of an ISO text, NaN for others: `Date.parse` on the form that JavaScript prescribes.
pub(super) fn parse(text: &str) -> f64 {
    read_text(text).map_or(f64::NAN, |time| time.timestamp_millis() as f64)
}

fn read(value: &Val, budget: &Budget) -> Outcome<DateTime<Utc>> {
    let time = match value.kind() {
        Type::Number => {
            let millis = to_number(value, budget)?;
            let is_small = millis.abs() < 1e16;
            is_small.then(|| DateTime::from_timestamp_millis(millis as i64)).flatten().filter(is_in_range)
        }
        Type::Text => read_text(&to_text(value, budget)?),
        _ => None,
    };
    time.ok_or_else(|| {
        Fault::new("A time is wanted here: text such as 2026-11-20T14:05:00Z, or milliseconds since 1970.")
    })
}

fn read_text(text: &str) -> Option<DateTime<Utc>> {
    // A date alone counts as UTC; a time needs Z or an offset, because the server's own zone means nothing here.
    let time = match text.len() {
        10 => NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_time(chrono::NaiveTime::MIN).and_utc(),
        17 if text.ends_with('Z') => NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%MZ").ok()?.and_utc(),
        _ => DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc),
    };
    Some(time).filter(is_in_range)
}

fn is_in_range(time: &DateTime<Utc>) -> bool {
    (0..=9999).contains(&time.year())
}

/// The time as it is read where the zone counts; UTC where none is given.
fn local(time: DateTime<Utc>, zone: &Val, budget: &Budget) -> Outcome<Zoned> {
    let stamp = Timestamp::from_millisecond(time.timestamp_millis()).map_err(|_| out_of_range())?;
    Ok(stamp.to_zoned(zone_of(zone, budget)?))
}

fn zone_of(zone: &Val, budget: &Budget) -> Outcome<TimeZone> {
    if zone.is_nothing() {
        return Ok(TimeZone::UTC);
    }
    budget.steps(10)?;
    let name = to_text(zone, budget)?;
    TimeZone::get(name.trim())
        .map_err(|_| Fault::new(format!("“{name}” is not a time zone. Write a name such as Europe/Berlin or UTC.")))
}

/// Back to a text in UTC.
fn instant<'a>(time: &Zoned) -> Outcome<Val<'a>> {
    let time = DateTime::from_timestamp_millis(time.timestamp().as_millisecond()).filter(is_in_range);
    time.map(text).ok_or_else(out_of_range)
}

fn text<'a>(time: DateTime<Utc>) -> Val<'a> {
    Val::utf8(&time.to_rfc3339_opts(SecondsFormat::Millis, true))
}
