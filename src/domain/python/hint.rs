//! What a type hint asks for.

use chrono::NaiveDate;
use serde_json::Value;

use super::text::parts;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Hint {
    Text,
    Whole,
    Number,
    Truth,
    List,
    Object,
    Date,
    /// A date with a time of day.
    Time,
    /// `Literal[…]`: one of these texts.
    Choice(Vec<String>),
    /// No hint, or one that says nothing to a form.
    Any,
}

impl Hint {
    /// And whether it may be `None`.
    pub fn read(hint: &str) -> (Self, bool) {
        // A hint in quotes is one for later.
        let hint = hint.trim().trim_matches(['"', '\'']).trim();
        let (none, kinds): (Vec<&str>, Vec<&str>) =
            parts(hint, "|").into_iter().partition(|kind| kind.trim() == "None");
        match kinds.as_slice() {
            [kind] if !none.is_empty() => (Self::read(kind).0, true),
            [_] => match inside(hint, "Optional") {
                Some(kind) => (Self::read(kind).0, true),
                None => (Self::of_one(hint), false),
            },
            _ => (Self::Any, !none.is_empty()),
        }
    }

    fn of_one(hint: &str) -> Self {
        if let Some(values) = inside(hint, "Literal") {
            let values = parts(values, ",").into_iter().map(|value| value.trim().trim_matches(['"', '\'']).to_owned());
            return Self::Choice(values.filter(|value| !value.is_empty()).collect());
        }
        match name_of(hint) {
            "str" => Self::Text,
            "int" => Self::Whole,
            "float" | "Decimal" => Self::Number,
            "bool" => Self::Truth,
            "list" | "List" | "tuple" | "Tuple" | "set" | "Set" | "frozenset" | "Sequence" | "Iterable" => Self::List,
            "dict" | "Dict" | "Mapping" => Self::Object,
            "date" => Self::Date,
            "datetime" => Self::Time,
            _ => Self::Any,
        }
    }

    /// What people write there.
    pub fn words(&self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Whole => "a whole number".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::Truth => "true or false".to_owned(),
            Self::List => "a list in JSON".to_owned(),
            Self::Object => "an object in JSON".to_owned(),
            Self::Date => "a date such as 2026-01-31".to_owned(),
            Self::Time => "a time such as 2026-01-31T09:30:00Z".to_owned(),
            Self::Choice(values) => format!("one of {}", values.join(", ")),
            Self::Any => "a value".to_owned(),
        }
    }

    /// Whether the value can be made into what the hint asks for, as far as can be told without Python.
    pub fn fits(&self, value: &Value) -> bool {
        let text = value.as_str().map(str::trim);
        let json = || text.and_then(|text| serde_json::from_str::<Value>(text).ok());
        match self {
            Self::Text => !value.is_array() && !value.is_object(),
            Self::Whole => {
                let is_whole = |number: f64| number.fract() == 0.0;
                text.map_or_else(|| value.as_f64().is_some_and(is_whole), |text| text.parse::<i128>().is_ok())
            }
            Self::Number => text.map_or_else(|| value.is_number(), |text| text.parse::<f64>().is_ok()),
            Self::Truth => {
                text.map_or_else(|| value.is_boolean(), |text| ["true", "false"].contains(&&*text.to_ascii_lowercase()))
            }
            Self::List => value.is_array() || json().is_some_and(|json| json.is_array()),
            Self::Object => value.is_object() || json().is_some_and(|json| json.is_object()),
            Self::Date => text.is_some_and(|text| text.parse::<NaiveDate>().is_ok()),
            Self::Time => text.and_then(|text| text.get(..10)).is_some_and(|day| day.parse::<NaiveDate>().is_ok()),
            Self::Choice(values) => {
                let written = text.map_or_else(|| value.to_string(), str::to_owned);
                values.contains(&written)
            }
            Self::Any => true,
        }
    }
}

/// The last name before the brackets: `List` of `typing.List[int]`.
fn name_of(hint: &str) -> &str {
    let whole = hint.split_once('[').map_or(hint, |(name, _)| name).trim();
    whole.rsplit_once('.').map_or(whole, |(_, name)| name)
}

/// What stands in the brackets after this name.
fn inside<'a>(hint: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = hint.split_once('[')?;
    rest.strip_suffix(']').filter(|_| name_of(hint) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_says_what_is_asked_for_and_whether_nothing_will_do() {
        for (hint, expected) in [
            ("str", (Hint::Text, false)),
            ("'int'", (Hint::Whole, false)),
            ("decimal.Decimal", (Hint::Number, false)),
            ("bool | None", (Hint::Truth, true)),
            ("Optional[List[int]]", (Hint::List, true)),
            ("dict[str, Optional[int]]", (Hint::Object, false)),
            ("int | str", (Hint::Any, false)),
            ("int | str | None", (Hint::Any, true)),
            ("Literal['a|b', 2]", (Hint::Choice(vec!["a|b".into(), "2".into()]), false)),
            ("Customer", (Hint::Any, false)),
            ("", (Hint::Any, false)),
        ] {
            assert_eq!(Hint::read(hint), expected, "{hint}");
        }
    }
}
