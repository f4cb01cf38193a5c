//! The functions that stand for themselves or in a namespace: `Number(…)`, `Object.keys(…)`, `Math.max(…)`.

mod collection;
mod encoding;
mod math;
mod object;
mod pattern;
mod text;
mod uri;

pub(super) use math::power;
pub(super) use object::entries;

use super::{
    ast::Function,
    budget::Budget,
    convert::{self, to_integer, to_number, to_text, truthy},
    error::{Fault, Outcome},
    eval::{Arg, Machine},
    json, number, output, time,
    value::{Type, Val},
};

/// The value of an argument; undefined where there is none.
pub(super) fn value<'a>(arguments: &[Arg<'a>], index: usize) -> Outcome<Val<'a>> {
    match arguments.get(index) {
        None => Ok(Val::Undefined),
        Some(Arg::Value(value)) => Ok(value.clone()),
        Some(Arg::Arrow(_) | Arg::Function(_)) => Err(Fault::new("A value is wanted here, not a function.")),
    }
}

pub(super) fn call<'a>(machine: &mut Machine<'a>, function: Function, arguments: &[Arg<'a>]) -> Outcome<Val<'a>> {
    let budget = machine.budget;
    let first = value(arguments, 0)?;
    budget.grow_with(&first);
    if let Some(value) = collection::call(machine, function, &first, arguments)? {
        return Ok(value);
    }
    match function.name().split_once('.') {
        Some(("Math", _)) => return math::call(function, arguments, budget).map(Val::Number),
        Some(("Object", _)) => return object::call(function, &first, &value(arguments, 1)?, budget),
        _ => {}
    }
    let is_given = !arguments.is_empty();
    Ok(match function {
        Function::Number => Val::Number(if is_given { to_number(&first, budget)? } else { 0.0 }),
        Function::String if !is_given => Val::utf8(""),
        Function::String => Val::Text(convert::to_units(&first, budget)?),
        Function::Boolean => Val::Bool(truthy(&first)),
        Function::ParseInt => Val::Number(parse_int(&first, &value(arguments, 1)?, budget)?),
        Function::ParseFloat => Val::Number(number::float_prefix(&to_text(&first, budget)?)),
        Function::EncodeUriComponent => uri::encode(&first, budget)?,
        Function::DecodeUriComponent => uri::decode(&first, budget)?,
        Function::Matches => Val::Bool(pattern::matches(&first, &value(arguments, 1)?, budget)?),
        Function::FindMatch => pattern::find(&first, &value(arguments, 1)?, budget)?,
        Function::FindMatches => pattern::find_all(&first, &value(arguments, 1)?, budget)?,
        Function::ReplaceMatches => pattern::replace(&first, &value(arguments, 1)?, &value(arguments, 2)?, budget)?,
        Function::Base64Encode => encoding::to_base64(&first, budget)?,
        Function::Base64Decode => encoding::of_base64(&first, budget)?,
        Function::Base64UrlEncode => encoding::to_base64_url(&first, budget)?,
        Function::Sha256 | Function::Sha512 | Function::LegacySha1 => encoding::hash(function, &first, budget)?,
        Function::HmacSha256 | Function::HmacSha512 | Function::LegacyHmacSha1 => {
            encoding::hmac(function, &first, &value(arguments, 1)?, budget)?
        }
        Function::BuildUrl => encoding::build_url(&first, &value(arguments, 1)?, budget)?,
        Function::EscapeHtml => text::escape_html(&first, budget)?,
        Function::Slugify => text::slugify(&first, budget)?,
        Function::Truncate => text::truncate(&first, &value(arguments, 1)?, budget)?,
        Function::RoundTo => text::round_to(&first, &value(arguments, 1)?, budget)?,
        Function::FormatNumber => text::format_number(&first, &value(arguments, 1)?, &value(arguments, 2)?, budget)?,
        Function::ParseUrl => encoding::parse_url(&first, budget)?,
        Function::IsoTime => time::iso(&first, budget)?,
        Function::ParseTime => time::parse_by(&first, &value(arguments, 1)?, &value(arguments, 2)?, budget)?,
        Function::AddTime => {
            let (amount, unit, zone) = (value(arguments, 1)?, value(arguments, 2)?, value(arguments, 3)?);
            time::add(&first, &amount, &unit, &zone, budget)?
        }
        Function::DiffTime => {
            let (to, unit, zone) = (value(arguments, 1)?, value(arguments, 2)?, value(arguments, 3)?);
            Val::Number(time::difference(&first, &to, &unit, &zone, budget)?)
        }
        Function::StartOf => time::start_of(&first, &value(arguments, 1)?, &value(arguments, 2)?, budget)?,
        Function::EndOf => time::end_of(&first, &value(arguments, 1)?, &value(arguments, 2)?, budget)?,
        Function::FormatTime => time::format(&first, &value(arguments, 1)?, &value(arguments, 2)?, budget)?,
        Function::ZonedTime => time::zoned(&first, &value(arguments, 1)?, budget)?,
        Function::TimeParts => time::parts(&first, &value(arguments, 1)?, budget)?,
        Function::DateParse => Val::Number(time::parse(&to_text(&first, budget)?)),
        Function::NumberIsInteger => Val::Bool(plain_number(&first).is_some_and(|n| n.is_finite() && n.fract() == 0.0)),
        Function::NumberIsSafeInteger => {
            let is_safe = |n: f64| n.fract() == 0.0 && n.abs() <= 9_007_199_254_740_991.0;
            Val::Bool(plain_number(&first).is_some_and(is_safe))
        }
        Function::NumberIsFinite => Val::Bool(plain_number(&first).is_some_and(f64::is_finite)),
        Function::NumberIsNan => Val::Bool(plain_number(&first).is_some_and(f64::is_nan)),
        Function::ArrayIsArray => Val::Bool(first.kind() == Type::List),
        Function::JsonStringify => stringify(&first, arguments, budget)?,
        Function::JsonParse => json::parse(&to_text(&first, budget)?, budget)?,
        other => return Err(Fault::new(format!("{} is not available here.", other.name()))),
    })
}

fn stringify<'a>(value: &Val<'a>, arguments: &[Arg<'a>], budget: &Budget) -> Outcome<Val<'a>> {
    let indent = json_indent(arguments, budget)?;
    let Some(text) = output::stringify(value, &indent, budget)? else { return Ok(Val::Undefined) };
    budget.bytes(2 * text.len())?;
    Ok(Val::utf8(&text))
}

fn plain_number(value: &Val) -> Option<f64> {
    match value {
        Val::Number(number) => Some(*number),
        Val::Data(serde_json::Value::Number(number)) => number.as_f64(),
        _ => None,
    }
}

fn parse_int(text: &Val, radix: &Val, budget: &Budget) -> Outcome<f64> {
    let text = to_text(text, budget)?;
    let radix = to_integer(radix, budget)?;
    match radix {
        0.0 => Ok(number::int_prefix(&text, 0)),
        2.0..=36.0 => Ok(number::int_prefix(&text, radix as u32)),
        _ => Ok(f64::NAN),
    }
}

fn json_indent(arguments: &[Arg], budget: &Budget) -> Outcome<String> {
    if !value(arguments, 1)?.is_nothing() {
        return Err(Fault::new("The second argument of JSON.stringify is null here: JSON.stringify(value, null, 2)."));
    }
    let indent = value(arguments, 2)?;
    Ok(match indent.kind() {
        Type::Number => " ".repeat(to_integer(&indent, budget)?.clamp(0.0, 10.0) as usize),
        Type::Text => to_text(&indent, budget)?.chars().take(10).collect(),
        _ => String::new(),
    })
}
