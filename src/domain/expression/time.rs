//! Points in time as ISO 8601 text: `isoTime`, `addTime`, `formatTime`, `Date.parse`. Always UTC unless the text says
//! otherwise; results are UTC.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, SecondsFormat, TimeDelta, Timelike, Utc};

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

/// `addTime(time, amount, unit)`; a month later is the same day, or the month's last.
pub(super) fn add<'a>(time: &Val<'a>, amount: &Val<'a>, unit: &Val<'a>, budget: &Budget) -> Outcome<Val<'a>> {
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
        _ => {
            return Err(Fault::new(format!(
                "“{unit}” is not a unit of time. Write milliseconds, seconds, minutes, hours, days, weeks, months or years."
            )));
        }
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

fn out_of_range() -> Fault {
    Fault::new("This time lies outside of the years 0 to 9999.")
}

/// `formatTime(time, "DD.MM.YYYY HH:mm")`.
pub(super) fn format<'a>(time: &Val<'a>, pattern: &Val<'a>, budget: &Budget) -> Outcome<Val<'a>> {
    let (time, pattern) = (read(time, budget)?, to_text(pattern, budget)?);
    budget.bytes(16 * pattern.len())?;
    let (mut out, mut rest) = (String::new(), pattern.as_str());
    while let Some(first) = rest.chars().next() {
        let word = WORDS.iter().find(|(word, _)| rest.starts_with(word));
        match word {
            Some((word, write)) => {
                out.push_str(&write(&time));
                rest = &rest[word.len()..];
            }
            None => {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    Ok(Val::utf8(&out))
}

type Write = fn(&DateTime<Utc>) -> String;

/// Longest first.
const WORDS: &[(&str, Write)] = &[
    ("YYYY", |time| format!("{:04}", time.year())),
    ("dddd", |time| time.format("%A").to_string()),
    ("MMMM", |time| time.format("%B").to_string()),
    ("ddd", |time| time.format("%a").to_string()),
    ("MMM", |time| time.format("%b").to_string()),
    ("SSS", |time| format!("{:03}", time.timestamp_subsec_millis())),
    ("MM", |time| format!("{:02}", time.month())),
    ("DD", |time| format!("{:02}", time.day())),
    ("HH", |time| format!("{:02}", time.hour())),
    ("mm", |time| format!("{:02}", time.minute())),
    ("ss", |time| format!("{:02}", time.second())),
];

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

fn text<'a>(time: DateTime<Utc>) -> Val<'a> {
    Val::utf8(&time.to_rfc3339_opts(SecondsFormat::Millis, true))
}
