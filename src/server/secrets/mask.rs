//! Masking: finds a secret in text as it is and in the disguises that it takes on its way through protocols. What was
//! transformed in other ways (reversed, encrypted, cut in two) cannot be found.

use aho_corasick::{AhoCorasick, MatchKind};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};
use serde_json::Value;

use crate::server::runners::{Outcome, RunError, Secret};

/// Stands where a secret was.
const DOTS: &str = "••••••";
/// From this length on, a value is masked wherever it occurs.
const LONG: usize = 8;
/// From this length on, a value is masked where it stands alone.
const SHORT: usize = 4;

/// Knows the values of one credential. Apply it before anything is kept or shown.
#[derive(Clone, Default)]
pub struct Mask {
    anywhere: Option<AhoCorasick>,
    standing_alone: Option<AhoCorasick>,
}

impl Mask {
    pub fn of(secret: &Secret) -> Self {
        let values: Vec<&str> = secret.secret_values().flat_map(with_pieces).collect();
        let long = values.iter().filter(|value| value.len() >= LONG).flat_map(|value| disguises(value)).collect();
        let short =
            values.iter().filter(|value| (SHORT..LONG).contains(&value.len())).map(|v| (*v).to_owned()).collect();
        Self { anywhere: automaton(long), standing_alone: automaton(short) }
    }

    pub fn text(&self, text: &str) -> String {
        let text = replace(self.anywhere.as_ref(), text, |_, _, _| true);
        replace(self.standing_alone.as_ref(), &text, stands_alone)
    }

    /// The same of a text that grows: without its end, where a secret may stand of which the rest is still to come.
    pub fn growing(&self, text: &str) -> String {
        let longest =
            [&self.anywhere, &self.standing_alone].into_iter().flatten().map(AhoCorasick::max_pattern_len).max();
        let Some(longest) = longest else { return text.to_owned() };
        let mut masked = self.text(text);
        let end = masked.len().saturating_sub(longest);
        let end = (0..=end).rev().find(|at| masked.is_char_boundary(*at)).unwrap_or_default();
        masked.truncate(end);
        masked
    }

    /// The value with every secret in its texts, keys and numbers masked.
    pub fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(entries) => {
                entries.into_iter().map(|(name, value)| (self.text(&name), self.value(value))).collect()
            }
            Value::Number(number) => {
                let text = number.to_string();
                let masked = self.text(&text);
                if masked == text { Value::Number(number) } else { Value::String(masked) }
            }
            other => other,
        }
    }

    /// Without a credential there is nothing to look for.
    fn is_empty(&self) -> bool {
        self.anywhere.is_none() && self.standing_alone.is_none()
    }

    pub fn outcome(&self, outcome: Outcome) -> Outcome {
        if self.is_empty() {
            return outcome;
        }
        match outcome {
            Outcome::Done { output, port } => Outcome::Done { output: self.value(output), port },
            Outcome::Wait { until, output, waits_for } => {
                Outcome::Wait { until, output: self.value(output), waits_for }
            }
            Outcome::Execute { workflow, input } => Outcome::Execute { workflow, input: self.value(input) },
            Outcome::Loop { items, max_parallel, go_on } => {
                let items = items.into_iter().map(|item| self.value(item)).collect();
                Outcome::Loop { items, max_parallel, go_on }
            }
        }
    }

    pub fn error(&self, error: RunError) -> RunError {
        match error {
            RunError::Retry { message, details, after } => {
                RunError::Retry { message: self.text(&message), details: self.value(details), after }
            }
            RunError::Fail { message, field, details } => {
                RunError::Fail { message: self.text(&message), field, details: self.value(details) }
            }
        }
    }
}

/// The value and, where it has several words as in `Bearer abc`, each long one of them: servers tend to quote only that.
fn with_pieces(value: &str) -> impl Iterator<Item = &str> {
    let value = value.trim();
    let pieces = value.split_whitespace().filter(move |piece| piece.len() >= LONG && *piece != value);
    std::iter::once(value).chain(pieces)
}

fn automaton(patterns: Vec<String>) -> Option<AhoCorasick> {
    if patterns.is_empty() {
        return None;
    }
    AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(patterns).ok()
}

fn replace(automaton: Option<&AhoCorasick>, text: &str, counts: impl Fn(&str, usize, usize) -> bool) -> String {
    let Some(automaton) = automaton else {
        return text.to_owned();
    };
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    for found in automaton.find_iter(text).filter(|found| counts(text, found.start(), found.end())) {
        masked.push_str(&text[from..found.start()]);
        masked.push_str(DOTS);
        from = found.end();
    }
    masked.push_str(&text[from..]);
    masked
}

fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    !text[..start].ends_with(is_word) && !text[end..].starts_with(is_word)
}

fn disguises(value: &str) -> Vec<String> {
    let bytes = value.as_bytes();
    let mut forms = vec![value.to_owned(), hex::encode(bytes), hex::encode_upper(bytes), html(value)];
    forms.extend(base64(bytes));
    forms.extend(url_encoded(value));
    forms.extend(json(value));
    forms.sort();
    forms.dedup();
    forms
}

/// The characters that encode nothing but the value, for each of the three ways it can lie in a longer text.
fn base64(bytes: &[u8]) -> Vec<String> {
    let aligned = |before: usize| {
        let padded = [&[0; 2][..before], bytes].concat();
        let (first, last) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
        [BASE64_STANDARD_NO_PAD.encode(&padded), BASE64_URL_SAFE_NO_PAD.encode(&padded)]
            .map(|text| text[first..last].to_owned())
    };
    (0..3).flat_map(aligned).collect()
}

fn url_encoded(value: &str) -> Vec<String> {
    let percent = |keep: fn(u8) -> bool| -> String {
        value.bytes().map(|b| if keep(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
    };
    let strict = percent(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
    let component = percent(|b| b.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&b));
    let path = percent(|b| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&b));
    let form: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let lower = lower_escapes(&strict);
    vec![strict, component, path, form, lower]
}

/// `%2F` as `%2f`.
fn lower_escapes(text: &str) -> String {
    let mut pieces = text.split('%');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| {
        let (escape, rest) = piece.split_at(2);
        format!("{text}%{}{rest}", escape.to_ascii_lowercase())
    })
}

/// Inside a JSON string: as we write it, with `\/`, with escapes for HTML's characters, and with escapes for all but ASCII.
fn json(value: &str) -> Vec<String> {
    let quoted = Value::from(value).to_string();
    let plain = quoted[1..quoted.len() - 1].to_owned();
    let slashes = plain.replace('/', "\\/");
    let html = plain.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    let ascii: String = plain.encode_utf16().map(escape_unit).collect();
    // A JSON text inside a JSON string, as in logs of logs.
    let twice = plain.replace('\\', "\\\\").replace('"', "\\\"");
    vec![plain, slashes, html, ascii, twice]
}

fn escape_unit(unit: u16) -> String {
    match u8::try_from(unit) {
        Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
        _ => format!("\\u{unit:04x}"),
    }
}

fn html(value: &str) -> String {
    value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#x27;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::credential::CredentialKind;

    const CANARY: &str = "c4n/ry+\"ü&s=cret?";

    fn mask(value: &str) -> Mask {
        Mask::of(&Secret::of(CredentialKind::Secret, [("value", value)]))
    }

    fn check(disguised: &str) {
        let masked = mask(CANARY).text(&format!("before {disguised} after"));
        assert!(masked.contains(DOTS), "not found in: {disguised}");
        assert!(!masked.contains("c4n") && !masked.contains("cret"), "{masked}");
    }

    #[test]
    fn the_plain_value_is_masked_wherever_it_stands() {
        check(CANARY);
        assert_eq!(mask("hunter2hunter2").text("xhunter2hunter2y"), format!("x{DOTS}y"));
    }

    #[test]
    fn every_alignment_of_base64_is_masked_but_for_shared_characters() {
        for before in 0..3 {
            for after in 0..3 {
                let text = format!("{}{CANARY}{}", "a".repeat(before), "z".repeat(after));
                for encoded in [BASE64_STANDARD_NO_PAD.encode(&text), BASE64_URL_SAFE_NO_PAD.encode(&text)] {
                    let masked = mask(CANARY).text(&encoded);
                    assert!(masked.contains(DOTS), "{before} before, {after} after: {encoded}");
                    assert!(masked.chars().count() <= DOTS.chars().count() + 8, "{masked}");
                }
            }
        }
    }

    #[test]
    fn hexadecimal_is_masked_in_both_cases() {
        check(&hex::encode(CANARY));
        check(&hex::encode_upper(CANARY));
    }

    #[test]
    fn url_encodings_are_masked() {
        check("c4n%2Fry%2B%22%C3%BC%26s%3Dcret%3F");
        check("c4n%2fry%2b%22%c3%bc%26s%3dcret%3f");
        assert_eq!(mask("correct horse").text("?q=correct+horse&r=correct%20horse"), format!("?q={DOTS}&r={DOTS}"));
    }

    #[test]
    fn json_escapes_are_masked() {
        check(r#"c4n/ry+\"ü&s=cret?"#);
        check(r#"c4n\/ry+\"ü&s=cret?"#);
        check(r#"c4n/ry+\"ü\u0026s=cret?"#);
        check(r#"c4n/ry+\"\u00fc&s=cret?"#);
        check(r#"c4n/ry+\\\"ü&s=cret?"#);
    }

    #[test]
    fn short_values_are_masked_only_where_they_stand_alone() {
        assert_eq!(mask("abcd").text("abcd abcde x=abcd; _abcd"), format!("{DOTS} abcde x={DOTS}; _abcd"));
        assert_eq!(mask("abc").text("abc"), "abc");
    }

    #[test]
    fn the_token_after_the_scheme_is_masked_by_itself() {
        let secret =
            Secret::of(CredentialKind::Token, [("header", "Authorization"), ("value", "Bearer sk_live_12345")]);
        assert_eq!(Mask::of(&secret).text("Authorization: sk_live_12345"), format!("Authorization: {DOTS}"));
    }

    #[test]
    fn a_growing_text_shows_no_part_of_a_secret_that_is_not_complete_yet() {
        let (mask, whole) = (mask(CANARY), format!("{}{CANARY}{}", "a".repeat(200), "z".repeat(200)));
        for (end, _) in whole.char_indices() {
            let shown = mask.growing(&whole[..end]);
            assert!(!shown.contains("c4"), "{shown}");
        }
        assert!(mask.growing(&whole).contains(DOTS));
        assert_eq!(Mask::default().growing("all of it"), "all of it");
    }

    #[test]
    fn values_keys_and_numbers_are_masked_at_any_depth() {
        let masked = mask("1234567890").value(json!({"a": [{"1234567890": 1_234_567_890}], "b": "x1234567890"}));
        assert_eq!(masked, json!({"a": [{DOTS: DOTS}], "b": format!("x{DOTS}")}));
    }
}
