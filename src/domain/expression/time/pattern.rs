//! Times as people write them: `formatTime` and `parseTime`, by patterns such as `DD.MM.YYYY HH:mm`.

use jiff::{Zoned, civil::DateTime};

use super::{instant, local, read, zone_of};
use crate::domain::expression::{
    budget::Budget,
    convert::to_text,
    error::{Fault, Outcome},
    value::Val,
};

type Write = fn(&Zoned) -> String;

/// Longest first.
const WORDS: &[(&str, Write)] = &[
    ("YYYY", |time| format!("{:04}", time.year())),
    ("dddd", |time| time.strftime("%A").to_string()),
    ("MMMM", |time| time.strftime("%B").to_string()),
    ("ddd", |time| time.strftime("%a").to_string()),
    ("MMM", |time| time.strftime("%b").to_string()),
    ("SSS", |time| format!("{:03}", time.millisecond())),
    ("YY", |time| format!("{:02}", time.year().rem_euclid(100))),
    ("MM", |time| format!("{:02}", time.month())),
    ("DD", |time| format!("{:02}", time.day())),
    ("HH", |time| format!("{:02}", time.hour())),
    ("hh", |time| format!("{:02}", (time.hour() + 11) % 12 + 1)),
    ("mm", |time| format!("{:02}", time.minute())),
    ("ss", |time| format!("{:02}", time.second())),
    ("ZZ", |time| time.strftime("%:z").to_string()),
];

/// `formatTime(time, "DD.MM.YYYY HH:mm", zone)`. Text in square brackets stands as it is.
pub fn format<'a>(time: &Val<'a>, pattern: &Val<'a>, zone: &Val<'a>, budget: &Budget) -> Outcome<Val<'a>> {
    let (time, pattern) = (local(read(time, budget)?, zone, budget)?, to_text(pattern, budget)?);
    budget.bytes(16 * pattern.len())?;
    budget.steps(pattern.len() / 2)?;
    let mut out = String::new();
    for piece in pieces(&pattern) {
        match piece {
            Piece::Word(_, write) => out.push_str(&write(&time)),
            Piece::Text(text) => out.push_str(text),
        }
    }
    Ok(Val::utf8(&out))
}

enum Piece<'p> {
    Word(&'static str, Write),
    Text(&'p str),
}

fn pieces(pattern: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut rest) = (Vec::new(), pattern);
    while let Some(first) = rest.chars().next() {
        let quoted = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let word = WORDS.iter().find(|(word, _)| rest.starts_with(word));
        let (piece, taken) = match (quoted, word) {
            (Some((text, _)), _) => (Piece::Text(text), text.len() + 2),
            (None, Some((word, write))) => (Piece::Word(word, *write), word.len()),
            (None, None) => (Piece::Text(&rest[..first.len_utf8()]), first.len_utf8()),
        };
        pieces.push(piece);
        rest = &rest[taken..];
    }
    pieces
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// What was read so far; what the pattern leaves out is the earliest.
struct Found {
    year: i16,
    /// Month, day, hour, minute, second.
    parts: [i8; 5],
    millis: i32,
}

/// `parseTime(text, pattern, zone)`: the time that the text names there. One that the clocks skip is as much later as
/// they skip, one that they repeat is the first.
pub fn parse_by<'a>(text: &Val<'a>, pattern: &Val<'a>, zone: &Val<'a>, budget: &Budget) -> Outcome<Val<'a>> {
    let (text, pattern) = (to_text(text, budget)?, to_text(pattern, budget)?);
    let zone = zone_of(zone, budget)?;
    budget.steps(pattern.len() / 2)?;
    let unfit = || {
        let start: String = text.chars().take(60).collect();
        Fault::new(format!(
            "“{start}” does not read as {pattern}. Check the pattern: YYYY MM DD HH mm ss SSS MMM MMMM."
        ))
    };
    let mut found = Found { year: 1970, parts: [1, 1, 0, 0, 0], millis: 0 };
    let mut rest = text.trim();
    for piece in pieces(&pattern) {
        rest = take(rest, &piece, &mut found).ok_or_else(unfit)?;
    }
    let [month, day, hour, minute, second] = found.parts;
    let time = DateTime::new(found.year, month, day, hour, minute, second, found.millis * 1_000_000);
    let time = time.ok().filter(|_| rest.is_empty()).ok_or_else(unfit)?;
    instant(&time.to_zoned(zone).map_err(|_| unfit())?)
}

/// What is left of the text behind the piece; none: it does not begin so.
fn take<'t>(text: &'t str, piece: &Piece, found: &mut Found) -> Option<&'t str> {
    let digits = |count: usize| {
        let digits = text.get(..count).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        Some((digits.parse::<i32>().ok()?, &text[count..]))
    };
    let word = match piece {
        Piece::Text(expected) => return text.strip_prefix(expected),
        Piece::Word(word, _) => *word,
    };
    let slot = match word {
        "YYYY" => {
            let (year, rest) = digits(4)?;
            found.year = year as i16;
            return Some(rest);
        }
        "SSS" => {
            let (millis, rest) = digits(3)?;
            found.millis = millis;
            return Some(rest);
        }
        "MMMM" | "MMM" => {
            let length = |month: &str| if word.len() == 3 { 3 } else { month.len() };
            let begins = |month: &str| {
                let start = text.get(..length(month));
                start.is_some_and(|start| start.eq_ignore_ascii_case(&month[..length(month)]))
            };
            let at = MONTHS.iter().position(|month| begins(month))?;
            found.parts[0] = at as i8 + 1;
            return Some(&text[length(MONTHS[at])..]);
        }
        "MM" => 0,
        "DD" => 1,
        "HH" => 2,
        "mm" => 3,
        "ss" => 4,
        _ => return None,
    };
    let (number, rest) = digits(2)?;
    found.parts[slot] = number as i8;
    Some(rest)
}
