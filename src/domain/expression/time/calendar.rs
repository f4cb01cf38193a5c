//! Days, weeks and months where they are counted: `addTime`, `diffTime`, `startOf`, `endOf`, `zonedTime`, `timeParts`.

use jiff::{Span, SpanRound, Unit, Zoned, civil::Date};
use serde_json::json;

use super::{instant, local, no_unit, out_of_range, read};
use crate::domain::expression::{
    budget::Budget,
    convert::{to_number, to_text},
    error::{Fault, Outcome},
    json,
    value::Val,
};

/// In a time zone: hours and less are exact, days and more keep the time of the day.
pub fn add<'a>(time: &Val<'a>, amount: &Val, unit: &Val, zone: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let (time, amount, unit) =
        (local(read(time, budget)?, zone, budget)?, to_number(amount, budget)?, to_text(unit, budget)?);
    let millis = |one: f64| (amount * one).abs() < 1e16;
    let exact = |one: f64| millis(one).then(|| Span::new().try_milliseconds((amount * one).round() as i64));
    let is_whole = amount.fract() == 0.0 && amount.abs() < 1e7;
    let whole = |count: f64| is_whole.then_some(count as i64);
    let span = match unit.trim_end_matches('s') {
        "millisecond" => exact(1.0),
        "second" => exact(1e3),
        "minute" => exact(6e4),
        "hour" => exact(3.6e6),
        "day" => whole(amount).map(|days| Span::new().try_days(days)),
        "week" => whole(amount).map(|weeks| Span::new().try_weeks(weeks)),
        "month" => whole(amount).map(|months| Span::new().try_months(months)),
        "year" => whole(amount).map(|years| Span::new().try_years(years)),
        _ => return Err(no_unit(&unit)),
    };
    let span = span.ok_or_else(|| Fault::new("In a time zone, add a whole number of days, weeks, months or years."))?;
    let span = span.map_err(|_| out_of_range())?;
    instant(&time.checked_add(span).map_err(|_| out_of_range())?)
}

/// `diffTime(from, to, unit, zone)`: how much later `to` is. Whole months and years, fractions of the others.
pub fn difference(from: &Val, to: &Val, unit: &Val, zone: &Val, budget: &Budget) -> Outcome<f64> {
    let (from, to, unit) = (read(from, budget)?, read(to, budget)?, to_text(unit, budget)?);
    let millis = (to.timestamp_millis() - from.timestamp_millis()) as f64;
    Ok(match unit.trim_end_matches('s') {
        "millisecond" => millis,
        "second" => millis / 1e3,
        "minute" => millis / 6e4,
        "hour" => millis / 3.6e6,
        "day" if zone.is_nothing() => millis / 8.64e7,
        "week" if zone.is_nothing() => millis / 6.048e8,
        "day" => f64::from(between(from, to, Unit::Day, zone, budget)?.get_days()),
        "week" => f64::from(between(from, to, Unit::Week, zone, budget)?.get_weeks()),
        "month" => f64::from(between(from, to, Unit::Month, zone, budget)?.get_months()),
        "year" => f64::from(between(from, to, Unit::Year, zone, budget)?.get_years()),
        _ => return Err(no_unit(&unit)),
    })
}

type Utc = chrono::DateTime<chrono::Utc>;

fn between(from: Utc, to: Utc, unit: Unit, zone: &Val, budget: &Budget) -> Outcome<Span> {
    let (from, to) = (local(from, zone, budget)?, local(to, zone, budget)?);
    let span = from.until((unit, &to)).map_err(|_| out_of_range())?;
    span.round(SpanRound::new().smallest(unit).mode(jiff::RoundMode::Trunc).relative(&from)).map_err(|_| out_of_range())
}

/// `startOf(time, unit, zone)`; weeks begin on Monday.
pub fn start_of<'a>(time: &Val<'a>, unit: &Val, zone: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let time = local(read(time, budget)?, zone, budget)?;
    instant(&start(&time, &to_text(unit, budget)?)?)
}

/// `endOf(time, unit, zone)`: the last millisecond.
pub fn end_of<'a>(time: &Val<'a>, unit: &Val, zone: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let (time, unit) = (local(read(time, budget)?, zone, budget)?, to_text(unit, budget)?);
    let one = match unit.trim_end_matches('s') {
        "minute" => Span::new().minutes(1),
        "hour" => Span::new().hours(1),
        "day" => Span::new().days(1),
        "week" => Span::new().weeks(1),
        "month" => Span::new().months(1),
        "quarter" => Span::new().months(3),
        _ => Span::new().years(1),
    };
    let next = start(&time, &unit)?.checked_add(one).and_then(|next| start(&next, &unit).map_or(Ok(next), Ok));
    let last = next.and_then(|next: Zoned| next.checked_sub(Span::new().milliseconds(1)));
    instant(&last.map_err(|_| out_of_range())?)
}

fn start(time: &Zoned, unit: &str) -> Outcome<Zoned> {
    let date = time.date();
    let first = match unit.trim_end_matches('s') {
        // An hour that the clocks repeat is two: the offset stays.
        "minute" => return cut(time, 60_000),
        "hour" => return cut(time, 3_600_000),
        "day" => Some(date),
        "week" => date.checked_sub(Span::new().days(i64::from(date.weekday().to_monday_zero_offset()))).ok(),
        "month" => Some(date.first_of_month()),
        "quarter" => Date::new(date.year(), (date.month() - 1) / 3 * 3 + 1, 1).ok(),
        "year" => Some(date.first_of_year()),
        _ => {
            return Err(Fault::new(format!(
                "“{unit}” has no start. Write minute, hour, day, week, month, quarter or year."
            )));
        }
    };
    first.and_then(|date| date.to_zoned(time.time_zone().clone()).ok()).ok_or_else(out_of_range)
}

/// Down to a multiple of so many milliseconds of the local clock.
fn cut(time: &Zoned, millis: i64) -> Outcome<Zoned> {
    let local = time.timestamp().as_millisecond() + i64::from(time.offset().seconds()) * 1_000;
    time.checked_sub(Span::new().milliseconds(local.rem_euclid(millis))).map_err(|_| out_of_range())
}

/// `zonedTime(time, zone)`: as its clocks show it, with their offset.
pub fn zoned<'a>(time: &Val<'a>, zone: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let time = local(read(time, budget)?, zone, budget)?;
    budget.bytes(128)?;
    Ok(Val::utf8(&time.strftime("%Y-%m-%dT%H:%M:%S.%3f%:z").to_string()))
}

/// `timeParts(time, zone)`.
pub fn parts<'a>(time: &Val<'a>, zone: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let time = local(read(time, budget)?, zone, budget)?;
    let week = time.date().iso_week_date();
    let parts = json!({
        "year": time.year(),
        "month": time.month(),
        "day": time.day(),
        "hour": time.hour(),
        "minute": time.minute(),
        "second": time.second(),
        "millisecond": time.millisecond(),
        "weekday": time.weekday().to_monday_one_offset(),
        "week": week.week(),
        "dayOfYear": time.day_of_year(),
        "offset": time.strftime("%:z").to_string(),
    });
    json::parse(&parts.to_string(), budget)
}
