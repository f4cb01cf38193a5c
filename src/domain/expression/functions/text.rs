//! Texts and numbers for people: `escapeHtml`, `slugify`, `truncate`, `roundTo`, `formatNumber`.

use crate::domain::expression::{
    budget::Budget,
    convert::{to_integer, to_number, to_text},
    error::{Fault, Outcome},
    number,
    value::{Type, Val},
};

pub fn escape_html<'a>(value: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let text = to_text(value, budget)?;
    budget.bytes(8 * text.len())?;
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    Ok(Val::utf8(&text.replace('"', "&quot;").replace('\'', "&#39;")))
}

/// Lower case letters and digits with single hyphens between them; `Ärger & Co.` is `aerger-co`.
pub fn slugify<'a>(value: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let text = to_text(value, budget)?;
    budget.bytes(8 * text.len())?;
    let mut slug = String::new();
    for char in text.chars().flat_map(char::to_lowercase) {
        match plain(char) {
            Some(letters) => slug.push_str(letters),
            None if char.is_alphanumeric() => slug.push(char),
            None if slug.is_empty() || slug.ends_with('-') => {}
            None => slug.push('-'),
        }
    }
    Ok(Val::utf8(slug.trim_end_matches('-')))
}

/// Letters of the Latin alphabet without what stands above and below them.
fn plain(char: char) -> Option<&'static str> {
    Some(match char {
        'ä' | 'æ' => "ae",
        'ö' | 'œ' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ą' => "a",
        'ç' | 'ć' | 'č' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => "e",
        'ì' | 'í' | 'î' | 'ï' | 'ī' => "i",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ø' => "o",
        'ś' | 'š' => "s",
        'ù' | 'ú' | 'û' | 'ū' | 'ů' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'ł' => "l",
        _ => return None,
    })
}

/// The first so many characters, with … for what was cut off.
pub fn truncate<'a>(value: &Val, count: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let (text, count) = (to_text(value, budget)?, to_integer(count, budget)?);
    budget.bytes(2 * text.len() + 2)?;
    if text.chars().count() as f64 <= count {
        return Ok(Val::utf8(&text));
    }
    let kept: String = text.chars().take((count - 1.0).max(0.0) as usize).collect();
    Ok(Val::utf8(&format!("{}…", kept.trim_end())))
}

/// Half away from zero, as `toFixed` rounds, but a number.
pub fn round_to<'a>(value: &Val, digits: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let (number, digits) = (to_number(value, budget)?, digits_of(digits, budget)?);
    Ok(Val::Number(number::from_text(&number::fixed(number, digits)) + 0.0))
}

/// `1,234.50`; the third argument gives other signs for thousands and decimals, as in `".,"`.
pub fn format_number<'a>(value: &Val, digits: &Val, signs: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let (number, digits) = (to_number(value, budget)?, digits_of(digits, budget)?);
    let signs = if signs.kind() == Type::Undefined { ",.".to_owned() } else { to_text(signs, budget)? };
    let signs: Vec<char> = signs.chars().collect();
    let (thousands, decimal) = match signs[..] {
        [thousands, decimal] => (Some(thousands), decimal),
        [decimal] => (None, decimal),
        _ => return Err(Fault::new("Write the signs for thousands and for decimals, such as \",.\" or \".,\".")),
    };
    let text = number::fixed(number, digits);
    if !number.is_finite() || text.contains('e') {
        return Ok(Val::utf8(&text));
    }
    let (sign, bare) = text.strip_prefix('-').map_or(("", text.as_str()), |bare| ("-", bare));
    let (whole, fraction) = bare.split_once('.').unwrap_or((bare, ""));
    let mut out = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            out.extend(thousands);
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push(decimal);
        out.push_str(fraction);
    }
    Ok(Val::utf8(&out))
}

fn digits_of(digits: &Val, budget: &Budget) -> Outcome<usize> {
    let digits = to_integer(digits, budget)?;
    if !(0.0..=20.0).contains(&digits) {
        return Err(Fault::new("Round to 0 to 20 digits."));
    }
    Ok(digits as usize)
}
