//! `encodeURIComponent` and its opposite.

use crate::domain::expression::{
    budget::Budget,
    convert::{to_text, to_units},
    error::{Fault, Outcome},
    value::Val,
};

pub fn encode<'a>(value: &Val<'a>, budget: &Budget) -> Outcome<Val<'a>> {
    let units = to_units(value, budget)?;
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

pub fn decode<'a>(value: &Val<'a>, budget: &Budget) -> Outcome<Val<'a>> {
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
