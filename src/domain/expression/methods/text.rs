//! The methods of texts. Positions count UTF-16 units.

use std::sync::Arc;

use super::search::Search;
use crate::domain::expression::{
    budget::Budget,
    convert::{self, to_integer, to_number, to_units},
    error::{Fault, Outcome},
    eval::{Arg, Machine},
    functions::value,
    number::is_blank,
    value::{Type, Val},
};

pub(super) fn call<'a>(
    machine: &mut Machine<'a>,
    receiver: &Val<'a>,
    name: &str,
    arguments: &[Arg<'a>],
) -> Outcome<Val<'a>> {
    let budget = machine.budget;
    if name == "toString" {
        return Ok(receiver.clone());
    }
    let text = receiver.units(budget)?.unwrap_or_default();
    if matches!(name, "replace" | "replaceAll") {
        return replace(machine, &text, name == "replaceAll", arguments);
    }
    let (first, second) = (value(arguments, 0)?, value(arguments, 1)?);
    match name {
        "slice" => {
            let (start, end) = super::list::range(text.len(), &first, &second, budget)?;
            part(&text[start..end.max(start)], budget)
        }
        "substring" => {
            let (start, end) = (position(&text, &first, budget)?, position_or_end(&text, &second, budget)?);
            part(&text[start.min(end)..start.max(end)], budget)
        }
        "toUpperCase" => change_case(&text, |text| text.to_uppercase(), budget),
        "toLowerCase" => change_case(&text, |text| text.to_lowercase(), budget),
        "trim" => trim(&text, true, true, budget),
        "trimStart" => trim(&text, true, false, budget),
        "trimEnd" => trim(&text, false, true, budget),
        "padStart" | "padEnd" => pad(&text, name == "padStart", &first, &second, budget),
        "repeat" => repeat(&text, &first, budget),
        "split" => split(&text, &first, &second, budget),
        "concat" => {
            budget.bytes(2 * text.len())?;
            let mut units = text.to_vec();
            for index in 0..arguments.len() {
                convert::append(&mut units, &value(arguments, index)?, budget, 0)?;
            }
            Ok(Val::text(units))
        }
        _ => look(&text, name, &first, &second, budget),
    }
}

/// The methods that look at a text and take nothing from it but a character.
fn look<'a>(text: &[u16], name: &str, first: &Val<'a>, second: &Val<'a>, budget: &Budget) -> Outcome<Val<'a>> {
    let unit = |index: f64| (index >= 0.0).then(|| text.get(index as usize).copied()).flatten();
    match name {
        "at" => {
            let index = to_integer(first, budget)?;
            let index = if index < 0.0 { index + text.len() as f64 } else { index };
            Ok(unit(index).map_or(Val::Undefined, |unit| Val::text(vec![unit])))
        }
        "charAt" => Ok(Val::text(unit(to_integer(first, budget)?).into_iter().collect())),
        "charCodeAt" => Ok(Val::Number(unit(to_integer(first, budget)?).map_or(f64::NAN, f64::from))),
        "codePointAt" => {
            let index = to_integer(first, budget)?;
            let rest = unit(index).map_or(&[][..], |_| &text[index as usize..]);
            Ok(match char::decode_utf16(rest.iter().take(2).copied()).next() {
                Some(Ok(char)) => Val::Number(f64::from(char as u32)),
                Some(Err(half)) => Val::Number(f64::from(half.unpaired_surrogate())),
                None => Val::Undefined,
            })
        }
        "includes" | "indexOf" => {
            let (needle, from) = (to_units(first, budget)?, position(text, second, budget)?);
            let found = Search::new(&needle, budget)?.find(text, from, budget)?;
            Ok(if name == "includes" { Val::Bool(found.is_some()) } else { index_of(found) })
        }
        "lastIndexOf" => {
            let needle = to_units(first, budget)?;
            let is_given = !to_number(second, budget)?.is_nan();
            let to = if is_given { position(text, second, budget)? } else { text.len() };
            Ok(index_of(Search::new(&needle, budget)?.find_last(text, to, budget)?))
        }
        "startsWith" | "endsWith" => {
            let needle = to_units(first, budget)?;
            budget.scan(needle.len())?;
            Ok(Val::Bool(match name {
                "startsWith" => text[position(text, second, budget)?..].starts_with(&needle),
                _ => text[..position_or_end(text, second, budget)?].ends_with(&needle),
            }))
        }
        _ => Err(Fault::new(format!("{name} is not a method of texts."))),
    }
}

fn position(text: &[u16], argument: &Val, budget: &Budget) -> Outcome<usize> {
    Ok(to_integer(argument, budget)?.clamp(0.0, text.len() as f64) as usize)
}

fn position_or_end(text: &[u16], argument: &Val, budget: &Budget) -> Outcome<usize> {
    if argument.kind() == Type::Undefined { Ok(text.len()) } else { position(text, argument, budget) }
}

pub(super) fn index_of<'a>(found: Option<usize>) -> Val<'a> {
    Val::Number(found.map_or(-1.0, |index| index as f64))
}

fn part<'a>(units: &[u16], budget: &Budget) -> Outcome<Val<'a>> {
    budget.bytes(2 * units.len())?;
    Ok(Val::Text(units.into()))
}

fn trim<'a>(text: &[u16], start: bool, end: bool, budget: &Budget) -> Outcome<Val<'a>> {
    budget.scan(text.len())?;
    let blank = |unit: &u16| char::from_u32(u32::from(*unit)).is_some_and(is_blank);
    let from = if start { text.iter().take_while(|unit| blank(unit)).count() } else { 0 };
    let text = &text[from..];
    let blanks = if end { text.iter().rev().take_while(|unit| blank(unit)).count() } else { 0 };
    part(&text[..text.len() - blanks], budget)
}

/// Halves of surrogate pairs stay as they are.
fn change_case<'a>(text: &[u16], change: impl Fn(&str) -> String, budget: &Budget) -> Outcome<Val<'a>> {
    // One letter becomes three at most, and text is held as UTF-8 in between.
    budget.bytes(16 * text.len())?;
    let (mut units, mut run) = (Vec::new(), String::new());
    for char in char::decode_utf16(text.iter().copied()) {
        match char {
            Ok(char) => run.push(char),
            Err(half) => {
                units.extend(change(&run).encode_utf16());
                run.clear();
                units.push(half.unpaired_surrogate());
            }
        }
    }
    units.extend(change(&run).encode_utf16());
    Ok(Val::text(units))
}

fn pad<'a>(text: &[u16], at_start: bool, width: &Val, fill: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let width = to_integer(width, budget)?;
    let fill: Arc<[u16]> =
        if fill.kind() == Type::Undefined { Arc::from([u16::from(b' ')]) } else { to_units(fill, budget)? };
    if width <= text.len() as f64 || fill.is_empty() {
        return part(text, budget);
    }
    if width > 1e9 {
        return Err(too_long());
    }
    let width = width as usize;
    budget.bytes(2 * width)?;
    let padding = fill.iter().copied().cycle().take(width - text.len());
    let text = text.iter().copied();
    Ok(Val::text(if at_start { padding.chain(text).collect() } else { text.chain(padding).collect() }))
}

fn too_long() -> Fault {
    Fault::new("This text would be too long. Make it shorter.")
}

fn repeat<'a>(text: &[u16], count: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let count = to_integer(count, budget)?;
    if count < 0.0 || count.is_infinite() {
        return Err(Fault::new("repeat takes a count from 0 on."));
    }
    if text.is_empty() {
        return Ok(Val::utf8(""));
    }
    if count > 1e9 {
        return Err(too_long());
    }
    budget.bytes(text.len().saturating_mul(count as usize).saturating_mul(2))?;
    Ok(Val::text(text.repeat(count as usize)))
}

fn split<'a>(text: &[u16], separator: &Val<'a>, limit: &Val<'a>, budget: &Budget) -> Outcome<Val<'a>> {
    let limit = match limit.kind() {
        Type::Undefined => u32::MAX as usize,
        _ => to_uint32(to_number(limit, budget)?) as usize,
    };
    if limit == 0 {
        return Val::list(Vec::new());
    }
    if separator.kind() == Type::Undefined {
        return Val::list(vec![part(text, budget)?]);
    }
    let separator = to_units(separator, budget)?;
    let mut parts = Vec::new();
    if separator.is_empty() {
        budget.bytes(64 * text.len().min(limit))?;
        parts.extend(text.iter().take(limit).map(|unit| Val::text(vec![*unit])));
        return Val::list(parts);
    }
    let mut from = 0;
    for place in Search::new(&separator, budget)?.all(text, budget)? {
        if parts.len() == limit {
            break;
        }
        budget.bytes(48)?;
        parts.push(part(&text[from..place], budget)?);
        from = place + separator.len();
    }
    if parts.len() < limit {
        parts.push(part(&text[from..], budget)?);
    }
    Val::list(parts)
}

fn to_uint32(number: f64) -> u32 {
    if !number.is_finite() { 0 } else { number.trunc().rem_euclid(4_294_967_296.0) as u32 }
}

fn replace<'a>(machine: &mut Machine<'a>, text: &[u16], all: bool, arguments: &[Arg<'a>]) -> Outcome<Val<'a>> {
    let budget = machine.budget;
    let needle = to_units(&value(arguments, 0)?, budget)?;
    let search = Search::new(&needle, budget)?;
    let places = match all {
        true => search.all(text, budget)?,
        false => search.find(text, 0, budget)?.into_iter().collect(),
    };
    let pattern = match arguments.get(1) {
        Some(Arg::Arrow(_) | Arg::Function(_)) => None,
        _ => Some(to_units(&value(arguments, 1)?, budget)?),
    };
    let (mut units, mut from) = (Vec::new(), 0);
    for place in places {
        append(&mut units, &text[from..place], budget)?;
        match (&pattern, arguments.get(1)) {
            (Some(pattern), _) => expand(&mut units, pattern, text, place, needle.len(), budget)?,
            (None, Some(function)) => {
                let call = [Val::Text(needle.clone()), Val::Number(place as f64), part(text, budget)?];
                let replacement = machine.call(function, &call)?;
                convert::append(&mut units, &replacement, budget, 0)?;
            }
            (None, None) => {}
        }
        from = place + needle.len();
    }
    append(&mut units, &text[from..], budget)?;
    Ok(Val::text(units))
}

fn append(out: &mut Vec<u16>, units: &[u16], budget: &Budget) -> Outcome<()> {
    budget.bytes(2 * units.len())?;
    out.extend_from_slice(units);
    Ok(())
}

/// The replacement with `$$`, `$&`, `` $` `` and `$'` filled in.
fn expand(
    out: &mut Vec<u16>,
    pattern: &[u16],
    text: &[u16],
    place: usize,
    length: usize,
    budget: &Budget,
) -> Outcome<()> {
    let mut rest = pattern;
    while let Some((first, tail)) = rest.split_first() {
        let second = tail.first().and_then(|unit| u8::try_from(*unit).ok());
        let (units, taken): (&[u16], usize) = match (u8::try_from(*first), second) {
            (Ok(b'$'), Some(b'$')) => (&rest[..1], 2),
            (Ok(b'$'), Some(b'&')) => (&text[place..place + length], 2),
            (Ok(b'$'), Some(b'`')) => (&text[..place], 2),
            (Ok(b'$'), Some(b'\'')) => (&text[place + length..], 2),
            _ => (&rest[..1], 1),
        };
        append(out, units, budget)?;
        rest = &rest[taken..];
    }
    Ok(())
}
