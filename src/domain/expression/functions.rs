//! The functions that stand for themselves or in a namespace: `Number(…)`, `Object.keys(…)`, `Math.max(…)`.

use std::sync::Arc;

use super::{
    ast::Function,
    budget::Budget,
    convert::{self, to_integer, to_number, to_text, truthy},
    error::{Fault, Outcome},
    eval::{Arg, Machine},
    json, number, time,
    value::{Builder, Type, Val},
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
    let is_given = !arguments.is_empty();
    let number = || to_number(&first, budget);
    Ok(match function {
        Function::Number => Val::Number(if is_given { number()? } else { 0.0 }),
        Function::String if !is_given => Val::utf8(""),
        Function::String => Val::Text(convert::to_units(&first, budget)?),
        Function::Boolean => Val::Bool(truthy(&first)),
        Function::ParseInt => Val::Number(parse_int(&first, &value(arguments, 1)?, budget)?),
        Function::ParseFloat => Val::Number(number::float_prefix(&to_text(&first, budget)?)),
        Function::EncodeUriComponent => encode_uri(&first, budget)?,
        Function::DecodeUriComponent => decode_uri(&first, budget)?,
        Function::Matches => Val::Bool(matches(&first, &value(arguments, 1)?, budget)?),
        Function::IsoTime => time::iso(&first, budget)?,
        Function::AddTime => time::add(&first, &value(arguments, 1)?, &value(arguments, 2)?, budget)?,
        Function::FormatTime => time::format(&first, &value(arguments, 1)?, budget)?,
        Function::DateParse => Val::Number(time::parse(&to_text(&first, budget)?)),
        Function::NumberIsInteger => Val::Bool(plain_number(&first).is_some_and(|n| n.is_finite() && n.fract() == 0.0)),
        Function::NumberIsFinite => Val::Bool(plain_number(&first).is_some_and(f64::is_finite)),
        Function::NumberIsNan => Val::Bool(plain_number(&first).is_some_and(f64::is_nan)),
        Function::ArrayIsArray => Val::Bool(first.kind() == Type::List),
        Function::ObjectKeys => {
            let members = object_entries(&first, budget)?;
            budget.bytes(members.iter().map(|(name, _)| 32 + 2 * name.len()).sum())?;
            Val::list(members.into_iter().map(|(name, _)| Val::utf8(&name)).collect())?
        }
        Function::ObjectValues => {
            Val::list(object_entries(&first, budget)?.into_iter().map(|(_, value)| value).collect())?
        }
        Function::ObjectEntries => {
            let members = object_entries(&first, budget)?;
            budget.bytes(members.iter().map(|(name, _)| 128 + 2 * name.len()).sum())?;
            let pairs = members.into_iter().map(|(name, value)| Val::list(vec![Val::utf8(&name), value]));
            Val::list(pairs.collect::<Outcome<_>>()?)?
        }
        Function::ObjectFromEntries => from_entries(machine, &first)?,
        Function::ObjectHasOwn => {
            let name = convert::to_name(&value(arguments, 1)?, budget)?;
            Val::Bool(object_entries(&first, budget)?.iter().any(|(own, _)| *own == name) || is_length(&first, &name))
        }
        Function::JsonStringify => {
            let indent = json_indent(arguments, budget)?;
            match convert::stringify(&first, &indent, budget)? {
                Some(text) => {
                    budget.bytes(2 * text.len())?;
                    Val::utf8(&text)
                }
                None => Val::Undefined,
            }
        }
        Function::JsonParse => json::parse(&to_text(&first, budget)?, budget)?,
        Function::MathAbs => Val::Number(number()?.abs()),
        Function::MathCeil => Val::Number(number()?.ceil()),
        Function::MathFloor => Val::Number(number()?.floor()),
        Function::MathRound => Val::Number(round(number()?)),
        Function::MathTrunc => Val::Number(number()?.trunc()),
        Function::MathSign => Val::Number(sign(number()?)),
        Function::MathSqrt => Val::Number(number()?.sqrt()),
        Function::MathPow => Val::Number(power(number()?, to_number(&value(arguments, 1)?, budget)?)),
        Function::MathMin => Val::Number(-greatest(arguments, |number| -number, budget)?),
        Function::MathMax => Val::Number(greatest(arguments, |number| number, budget)?),
    })
}

/// `**`: like C's pow but for 1 and -1 to what is no finite number.
pub(super) fn power(base: f64, exponent: f64) -> f64 {
    if exponent.is_nan() || (base.abs() == 1.0 && exponent.is_infinite()) { f64::NAN } else { base.powf(exponent) }
}

/// An object's members; a list's and a text's by position. Nothing for other values, as with spread.
pub(super) fn entries<'a>(value: &Val<'a>, budget: &Budget) -> Outcome<Vec<(Arc<str>, Val<'a>)>> {
    match value.kind() {
        Type::Object => value.members(budget),
        Type::List => {
            budget.bytes(80 * value.list_len())?;
            let items = (0..value.list_len()).filter_map(|index| value.item(index));
            Ok(items.enumerate().map(|(index, item)| (Arc::from(index.to_string()), item)).collect())
        }
        Type::Text => {
            let units = value.units(budget)?.unwrap_or_default();
            budget.bytes(112 * units.len())?;
            let chars = units.iter().enumerate();
            Ok(chars.map(|(index, unit)| (Arc::from(index.to_string()), Val::text(vec![*unit]))).collect())
        }
        _ => Ok(Vec::new()),
    }
}

fn object_entries<'a>(value: &Val<'a>, budget: &Budget) -> Outcome<Vec<(Arc<str>, Val<'a>)>> {
    if value.is_nothing() {
        let kind = value.kind().describe();
        return Err(Fault::new(format!(
            "An object is wanted here; this is {kind}. Write value ?? {{}} where it may be missing."
        )));
    }
    entries(value, budget)
}

fn is_length(value: &Val, name: &str) -> bool {
    name == "length" && matches!(value.kind(), Type::List | Type::Text)
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

fn from_entries<'a>(machine: &mut Machine<'a>, pairs: &Val<'a>) -> Outcome<Val<'a>> {
    if pairs.kind() != Type::List {
        return Err(Fault::new("Object.fromEntries wants a list of pairs, such as [[\"name\", value]]."));
    }
    let mut builder = Builder::default();
    for pair in (0..pairs.list_len()).filter_map(|index| pairs.item(index)) {
        if pair.kind() != Type::List {
            return Err(Fault::new("Each item for Object.fromEntries is a pair: [name, value]."));
        }
        let name = convert::to_name(&pair.item(0).unwrap_or(Val::Undefined), machine.budget)?;
        builder.set(machine.budget, name, pair.item(1).unwrap_or(Val::Undefined))?;
    }
    builder.build()
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

fn round(number: f64) -> f64 {
    let floor = number.floor();
    let rounded = if number - floor >= 0.5 { floor + 1.0 } else { floor };
    rounded.copysign(number)
}

fn sign(number: f64) -> f64 {
    if number == 0.0 || number.is_nan() { number } else { number.signum() }
}

fn greatest(arguments: &[Arg], map: impl Fn(f64) -> f64, budget: &Budget) -> Outcome<f64> {
    budget.scan(arguments.len())?;
    let mut greatest = f64::NEG_INFINITY;
    for index in 0..arguments.len() {
        let number = map(to_number(&value(arguments, index)?, budget)?);
        let is_greater = number > greatest || (number == 0.0 && greatest == 0.0 && number.is_sign_positive());
        if number.is_nan() || (is_greater && !greatest.is_nan()) {
            greatest = number;
        }
    }
    Ok(greatest)
}

/// Whether the pattern is found in the text. Time is linear in the text; patterns are bounded in size.
fn matches(text: &Val, pattern: &Val, budget: &Budget) -> Outcome<bool> {
    let (text, pattern) = (to_text(text, budget)?, to_text(pattern, budget)?);
    budget.steps(20 + text.len() / 4 + pattern.len())?;
    let pattern = regex_lite::RegexBuilder::new(&pattern)
        .size_limit(16 * 1024)
        .nest_limit(20)
        .build()
        .map_err(|error| Fault::new(format!("This pattern cannot be used: {error}.")))?;
    Ok(pattern.is_match(&text))
}

fn encode_uri<'a>(value: &Val<'a>, budget: &Budget) -> Outcome<Val<'a>> {
    let units = convert::to_units(value, budget)?;
    budget.bytes(12 * units.len())?;
    let text = String::from_utf16(&units)
        .map_err(|_| Fault::new("This text holds half a character, which no address can carry."))?;
    let mut encoded = Vec::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            encoded.push(u16::from(byte));
        } else {
            encoded.extend(format!("%{byte:02X}").encode_utf16());
        }
    }
    Ok(Val::text(encoded))
}

fn decode_uri<'a>(value: &Val<'a>, budget: &Budget) -> Outcome<Val<'a>> {
    let text = to_text(value, budget)?;
    budget.bytes(3 * text.len())?;
    let bad = || Fault::new("This text has a % that two hexadecimal digits do not follow, or bytes that are no UTF-8.");
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'%' {
            let digits = tail.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit)).ok_or_else(bad)?;
            let digits = std::str::from_utf8(digits).map_err(|_| bad())?;
            bytes.push(u8::from_str_radix(digits, 16).map_err(|_| bad())?);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    Ok(Val::utf8(&String::from_utf8(bytes).map_err(|_| bad())?))
}
