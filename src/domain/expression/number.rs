//! Numbers as ECMAScript writes and reads them.

/// White space and line ends, as ECMAScript counts them.
pub(super) fn is_blank(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}')
        || matches!(char, '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}' | '\u{feff}')
}

/// `Number::toString` (ECMA-262, 6.1.6.1.20): the shortest digits that give the same number again.
pub(super) fn format(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number == 0.0 {
        return "0".to_owned();
    }
    if (1e-6..1e21).contains(&number.abs()) {
        // In this range ECMAScript has no exponent, as Rust never has.
        return number.to_string();
    }
    let sign = if number < 0.0 { "-" } else { "" };
    if number.is_infinite() {
        return format!("{sign}Infinity");
    }
    let shortest = format!("{:e}", number.abs());
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let digits = mantissa.replace('.', "");
    let count = digits.len() as i32;
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    let zeros = |count: i32| "0".repeat(count.max(0) as usize);
    if count <= point && point <= 21 {
        format!("{sign}{digits}{}", zeros(point - count))
    } else if 0 < point && point <= 21 {
        let (whole, fraction) = digits.split_at(point as usize);
        format!("{sign}{whole}.{fraction}")
    } else if -6 < point && point <= 0 {
        format!("{sign}0.{}{digits}", zeros(-point))
    } else {
        let (first, rest) = digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        let exponent = point - 1;
        let exponent_sign = if exponent < 0 { '-' } else { '+' };
        format!("{sign}{first}{dot}{rest}e{exponent_sign}{}", exponent.abs())
    }
}

/// `toFixed`: exact decimal value, ties away from zero. `digits` is 0 to 100.
pub(super) fn fixed(number: f64, digits: usize) -> String {
    if number.is_nan() || number.abs() >= 1e21 {
        return format(number);
    }
    // 25 digits more show whether the number lies on a tie: neighbours of a tie differ within 17.
    let exact = format!("{:.*}", digits + 25, number.abs());
    let (kept, rest) = exact.split_at(exact.len() - 25);
    let mut kept: Vec<u8> = kept.trim_end_matches('.').bytes().collect();
    if rest.as_bytes()[0] >= b'5' {
        round_up(&mut kept);
    }
    let text = String::from_utf8(kept).unwrap_or_default();
    // A minus stays in front of what was rounded to zero, but zero itself has none.
    if number < 0.0 { format!("-{text}") } else { text }
}

fn round_up(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        match digit {
            b'.' => {}
            b'9' => *digit = b'0',
            _ => {
                *digit += 1;
                return;
            }
        }
    }
    digits.insert(0, b'1');
}

/// An integer with another radix than 10, as `toString(radix)` writes it; none: not an integer that fits.
pub(super) fn with_radix(number: f64, radix: u32) -> Option<String> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() != 0.0 || number.abs() > EXACT {
        return None;
    }
    let mut rest = number.abs() as u64;
    let mut digits = Vec::new();
    loop {
        digits.push(char::from_digit((rest % u64::from(radix)) as u32, radix)?);
        rest /= u64::from(radix);
        if rest == 0 {
            break;
        }
    }
    if number < 0.0 {
        digits.push('-');
    }
    Some(digits.into_iter().rev().collect())
}

/// `StringToNumber`: what `Number(text)` gives; NaN for what is no number.
pub(super) fn from_text(text: &str) -> f64 {
    let text = text.trim_matches(is_blank);
    match text {
        "" => 0.0,
        "Infinity" | "+Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        _ => prefixed(text).or_else(|| decimal(text)).unwrap_or(f64::NAN),
    }
}

/// The longest number that the text begins with, as `parseFloat` reads it.
pub(super) fn float_prefix(text: &str) -> f64 {
    let text = text.trim_start_matches(is_blank);
    for word in ["Infinity", "+Infinity", "-Infinity"] {
        if text.starts_with(word) {
            return from_text(word);
        }
    }
    decimal(&text[..decimal_length(text)]).unwrap_or(f64::NAN)
}

/// `parseInt(text, radix)`; radix 0 stands for none given.
pub(super) fn int_prefix(text: &str, radix: u32) -> f64 {
    let text = text.trim_start_matches(is_blank);
    let (negative, text) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let has_prefix = matches!(radix, 0 | 16) && (text.starts_with("0x") || text.starts_with("0X"));
    let (radix, text) = if has_prefix { (16, &text[2..]) } else { (if radix == 0 { 10 } else { radix }, text) };
    let length = text.find(|char: char| !char.is_digit(radix)).unwrap_or(text.len());
    let digits = &text[..length];
    let number = if digits.is_empty() {
        f64::NAN
    } else if radix == 10 {
        digits.parse().unwrap_or(f64::NAN)
    } else {
        digits.chars().fold(0.0, |sum, digit| sum * f64::from(radix) + f64::from(digit.to_digit(radix).unwrap_or(0)))
    };
    if negative { -number } else { number }
}

/// A number literal of the language, with `_` between digits; none: not one, or one of the old octal forms.
pub(super) fn parse_literal(word: &str) -> Option<f64> {
    let bytes = word.as_bytes();
    let is_digit = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_hexdigit);
    let separators_fit = bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'_')
        .all(|(index, _)| index > 0 && is_digit(index - 1) && is_digit(index + 1));
    let is_old_octal = bytes.len() > 1 && bytes[0] == b'0' && (bytes[1].is_ascii_digit() || bytes[1] == b'_');
    if !separators_fit || is_old_octal {
        return None;
    }
    let plain = word.replace('_', "");
    prefixed(&plain).or_else(|| decimal(&plain))
}

/// A number as JSON writes it: no sign but a minus, no zeros in front, digits on both sides of a dot.
pub(super) fn parse_json(word: &str) -> Option<f64> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let bytes = digits.as_bytes();
    let is_digit = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_digit);
    let has_zeros_in_front = bytes.first() == Some(&b'0') && is_digit(1);
    let ends_at_dot = digits.find('.').is_some_and(|dot| !is_digit(dot + 1));
    (is_digit(0) && !has_zeros_in_front && !ends_at_dot).then(|| decimal(word))?
}

/// `0x1F`, `0o17`, `0b11`.
fn prefixed(text: &str) -> Option<f64> {
    let radix = match text.get(..2)? {
        "0x" | "0X" => 16,
        "0o" | "0O" => 8,
        "0b" | "0B" => 2,
        _ => return None,
    };
    let digits = &text[2..];
    let is_fine = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    is_fine.then(|| match u128::from_str_radix(digits, radix) {
        Ok(exact) => exact as f64,
        Err(_) => int_prefix(digits, radix),
    })
}

fn decimal(text: &str) -> Option<f64> {
    (!text.is_empty() && decimal_length(text) == text.len()).then(|| text.parse().ok())?
}

/// How many bytes at the start are a decimal number: `12`, `.5`, `5.`, `1e-7`, with a sign.
fn decimal_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let whole = digits(at);
    at += whole;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if whole + fraction == 0 {
            return 0;
        }
        at += 1 + fraction;
    } else if whole == 0 {
        return 0;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits((at + 1 + sign).min(bytes.len()));
        if exponent > 0 {
            at += 1 + sign + exponent;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_javascript_writes_them() {
        let cases: &[(f64, &str)] = &[
            (0.0, "0"),
            (-0.0, "0"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e21, "1e+21"),
            (123_456_789_012_345_680_000.0, "123456789012345680000"),
            (1.5e-7, "1.5e-7"),
            (0.000_001, "0.000001"),
            (-12.5, "-12.5"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
        ];
        for (number, text) in cases {
            assert_eq!(format(*number), *text);
        }
    }

    #[test]
    fn fixed_digits_round_ties_away_from_zero() {
        let cases: &[(f64, usize, &str)] = &[
            (2.5, 0, "3"),
            (-2.5, 0, "-3"),
            (1.005, 2, "1.00"),
            (1.45, 1, "1.4"),
            (8.345, 2, "8.35"),
            (9.995, 2, "9.99"),
            (99.99, 1, "100.0"),
            (-0.0001, 2, "-0.00"),
            (0.0, 2, "0.00"),
            (1e21, 2, "1e+21"),
        ];
        for (number, digits, text) in cases {
            assert_eq!(fixed(*number, *digits), *text, "{number}");
        }
    }

    #[test]
    fn texts_are_read_as_javascript_reads_them() {
        let cases: &[(&str, f64)] = &[
            ("", 0.0),
            (" 12 ", 12.0),
            ("1e3", 1000.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("0x1F", 31.0),
            ("+1", 1.0),
            ("-Infinity", f64::NEG_INFINITY),
        ];
        for (text, number) in cases {
            assert_eq!(from_text(text), *number, "{text}");
        }
        for text in ["1_000", "inf", "nan", "1px", "-0x1", ".", "e5", "infinity", "1e"] {
            assert!(from_text(text).is_nan(), "{text}");
        }
    }
}
