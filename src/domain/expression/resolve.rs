//! A node's parameters: checked as they are drawn, and with every expression replaced as an attempt needs them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    budget::{Budget, ITEMS},
    error::{ExpressionError, Span},
    parser::parse,
    scope::Scope,
    template::{self, Piece, pieces, whole},
};
use crate::domain::{
    task::{Field, Input, Kind, Language},
    workflow::Parameters,
};

type Result<T> = std::result::Result<T, ExpressionError>;

/// Why a parameter has no value in this execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    pub field: String,
    /// What is wrong and what to do.
    pub message: String,
    /// Where in the field's text, for whoever looks at it while it is written.
    #[serde(skip)]
    pub span: Span,
}

/// Replaces every expression by its value. Fields that are not shown are left out, defaults filled in.
pub fn resolve(kind: Kind, parameters: &Parameters, scope: &Scope) -> std::result::Result<Parameters, FieldError> {
    resolve_with(kind, parameters, scope, Budget::default)
}

/// The same, given up after a moment; none: it takes longer, or it fails and says why when it is asked without haste.
pub fn resolve_briefly(kind: Kind, parameters: &Parameters, scope: &Scope) -> Option<Parameters> {
    resolve_with(kind, parameters, scope, Budget::brief).ok()
}

fn resolve_with(
    kind: Kind,
    parameters: &Parameters,
    scope: &Scope,
    budget: fn() -> Budget,
) -> std::result::Result<Parameters, FieldError> {
    let given = kind.with_defaults(parameters);
    let mut resolved = Parameters::new();
    for field in kind.spec().fields.iter().filter(|field| field.is_shown(&given)) {
        let fail = |message: String, span| FieldError { field: field.name.to_owned(), message, span };
        let Some(value) = given.get(field.name) else { continue };
        let value = resolve_value(field, value, scope, &resolved, &budget())
            .map_err(|error| fail(error.message, error.span))?;
        let is_blank = value.as_str().is_some_and(|text| text.trim().is_empty());
        if field.required && is_blank && field.input == Input::Text {
            let message = format!("“{}” came out empty. Check the data that its expression reads.", field.label);
            return Err(fail(message, Span::default()));
        }
        resolved.insert(field.name.to_owned(), value);
    }
    Ok(resolved)
}

fn resolve_value(field: &Field, value: &Value, scope: &Scope, before: &Parameters, budget: &Budget) -> Result<Value> {
    match (field.input, value) {
        (Input::Text | Input::LongText, Value::String(text)) if field.is_html => {
            template::html(text, scope, budget).map(Value::String)
        }
        (Input::Text | Input::LongText, _) => text_of(value, scope, budget).map(Value::String),
        (Input::Json, Value::String(text)) if text.trim().is_empty() => Ok(Value::Null),
        (Input::Json, Value::String(text)) => template::json(text, scope, budget),
        (Input::Expression, Value::String(text)) => {
            let (source, at) = whole(text).unwrap_or((text, 0));
            template::value_of(source, at, scope, budget)
        }
        (Input::ItemExpression, Value::String(text)) if text.trim().is_empty() => Ok(Value::Null),
        (Input::ItemExpression, Value::String(text)) => per_item(text, before.get("items"), scope),
        (Input::Json | Input::Expression | Input::Members, value) => deep(value, scope, budget),
        (Input::Pairs, Value::Object(pairs)) => {
            let pairs = pairs.iter().map(|(name, value)| Ok((name.clone(), text_of(value, scope, budget)?.into())));
            Ok(Value::Object(pairs.collect::<Result<Map<_, _>>>()?))
        }
        (Input::Number { min, max }, value) => {
            let value = match value {
                Value::String(text) => match whole(text) {
                    Some((source, at)) => template::value_of(source, at, scope, budget)?,
                    None => Value::String(template::fill(text, scope, budget, &|text| text)?),
                },
                value => value.clone(),
            };
            number(&value, min, max)
        }
        (Input::Code(_) | Input::Hidden, value) => Ok(value.clone()),
        (_, Value::String(text)) => Ok(Value::from(text.trim())),
        (_, value) => Ok(value.clone()),
    }
}

/// Null where there is no list to go over: whoever reads the list says so.
fn per_item(text: &str, items: Option<&Value>, scope: &Scope) -> Result<Value> {
    let (source, at) = whole(text).unwrap_or((text, 0));
    match items {
        Some(Value::Array(items)) if items.len() > ITEMS => {
            wrong(format!("The list has {} items; {ITEMS} is the most. Split it.", items.len()))
        }
        Some(Value::Array(items)) => template::values_of(source, at, scope, items),
        _ => Ok(Value::Null),
    }
}

fn text_of(value: &Value, scope: &Scope, budget: &Budget) -> Result<String> {
    match value {
        Value::String(text) => template::fill(text, scope, budget, &|text| text),
        Value::Null => Ok(String::new()),
        other => Ok(other.to_string()),
    }
}

/// Replaces the expressions in the strings of a structure; a string that is one expression takes its value.
fn deep(value: &Value, scope: &Scope, budget: &Budget) -> Result<Value> {
    Ok(match value {
        Value::String(text) => match whole(text) {
            Some((source, at)) => template::value_of(source, at, scope, budget)?,
            None => Value::String(template::fill(text, scope, budget, &|text| text)?),
        },
        Value::Array(items) => Value::Array(items.iter().map(|item| deep(item, scope, budget)).collect::<Result<_>>()?),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| Ok((name.clone(), deep(value, scope, budget)?)));
            Value::Object(members.collect::<Result<_>>()?)
        }
        other => other.clone(),
    })
}

/// Whether the value can stand in the field: expressions parse, numbers lie in range, choices are known. What is
/// missing is for [`Workflow::problems`](crate::domain::workflow::Workflow::problems) to tell.
pub fn check(field: &Field, value: &Value) -> Result<()> {
    match (field.input, value) {
        (_, Value::Null) => Ok(()),
        (_, Value::String(text)) if text.trim().is_empty() => Ok(()),
        (Input::Text | Input::LongText, value) => check_text(value),
        (Input::Json, Value::String(text)) => template::check_json(text),
        (Input::Expression | Input::ItemExpression, Value::String(text)) => {
            let (source, at) = whole(text).unwrap_or((text, 0));
            parse(source).map(drop).map_err(|error| error.shifted(at))
        }
        (Input::ItemExpression, _) => wrong("Write an expression here, such as item.price."),
        (Input::Json | Input::Expression, value) => check_deep(value),
        (Input::Members, Value::Object(members)) => members.iter().try_for_each(|(name, value)| {
            check_deep(value).map_err(|error| ExpressionError::new(format!("{name}: {}", error.message), error.span))
        }),
        (Input::Pairs, Value::Object(pairs)) => pairs.iter().try_for_each(|(name, value)| {
            check_text(value).map_err(|error| ExpressionError::new(format!("{name}: {}", error.message), error.span))
        }),
        (Input::Pairs | Input::Members, _) => wrong("Write names and values, as an object in JSON."),
        (Input::Number { min, max }, value) => match value {
            Value::String(text) if text.contains("{{") => check_text(value),
            value => number(value, min, max).map(drop),
        },
        (Input::Choice(choices), value) => {
            let values: Vec<&str> = choices.iter().map(|choice| choice.value).collect();
            match value.as_str() {
                Some(text) if values.contains(&text) => Ok(()),
                _ => wrong(format!("Choose one of {}.", values.join(", "))),
            }
        }
        (Input::Code(Language::Shell), Value::String(text)) if text.contains("{{") => wrong(
            "No expressions in a script: data would become a part of it. Add a variable under “Variables”, such as NAME = {{ input.name }}, and write \"$NAME\" here. A {{ that belongs to the script is written as '{''{'.",
        ),
        (Input::Source, Value::String(text)) if text.contains("{{") => wrong(
            "No expressions here: what stands here is never made from data. Hand data over in the field beside it.",
        ),
        (Input::Hidden, Value::Array(names)) if names.iter().all(Value::is_string) => Ok(()),
        (Input::Hidden, _) => wrong("Write a list of names here."),
        (Input::Credential(_) | Input::Cron | Input::TimeZone, Value::String(text)) if text.contains("{{") => {
            wrong("Expressions are not available here. Write the value itself.")
        }
        (Input::Cron, Value::String(text)) => match text.split_whitespace().count() {
            5 | 6 => Ok(()),
            count => wrong(format!("A cron pattern has five fields, or six with seconds; this one has {count}.")),
        },
        (Input::TimeZone, Value::String(text)) if text.trim().contains(char::is_whitespace) => {
            wrong("Write a time zone such as UTC or Europe/Berlin.")
        }
        (Input::Credential(_) | Input::TimeZone | Input::Source | Input::Code(_) | Input::Plugin, Value::String(_)) => {
            Ok(())
        }
        (Input::Credential(_) | Input::Cron | Input::TimeZone | Input::Source | Input::Code(_) | Input::Plugin, _) => {
            wrong("Write text here.")
        }
    }
}

fn wrong<T>(message: impl Into<String>) -> Result<T> {
    Err(ExpressionError::new(message, Span::default()))
}

fn check_text(value: &Value) -> Result<()> {
    match value {
        Value::String(text) => pieces(text)?.into_iter().try_for_each(|piece| match piece {
            Piece::Expression(source, at) => parse(source).map(drop).map_err(|error| error.shifted(at)),
            Piece::Text(_) => Ok(()),
        }),
        Value::Array(_) | Value::Object(_) => wrong("Write text here. Data goes in with {{ … }}."),
        _ => Ok(()),
    }
}

fn check_deep(value: &Value) -> Result<()> {
    match value {
        Value::String(_) => check_text(value),
        Value::Array(items) => items.iter().try_for_each(check_deep),
        Value::Object(members) => members.values().try_for_each(check_deep),
        _ => Ok(()),
    }
}

/// The value as a number in range.
fn number(value: &Value, min: f64, max: f64) -> Result<Value> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    };
    match number {
        Some(number) if (min..=max).contains(&number) => {
            let whole = (number.fract() == 0.0 && number.abs() < 9e15).then(|| Value::from(number as i64));
            Ok(whole.unwrap_or_else(|| Value::from(number)))
        }
        Some(number) => wrong(format!("{number} is out of range. Write a number from {min} to {max}.")),
        None => {
            let found = match value {
                Value::String(text) => format!("“{}”", text.chars().take(40).collect::<String>()),
                other => other.to_string().chars().take(40).collect(),
            };
            wrong(format!("{found} is not a number. Write one from {min} to {max}."))
        }
    }
}
