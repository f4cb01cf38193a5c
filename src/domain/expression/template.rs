//! Text with `{{ expressions }}` in it. Values fill the places and are never read as expressions again.

use serde_json::Value;

use super::{
    budget::{Budget, TEMPLATE_BYTES},
    convert,
    error::{ExpressionError, Fault, Outcome, Span},
    eval::Machine,
    lexer::{Lexer, Token},
    output,
    parsed::parsed,
    parser::parse,
    scope::Scope,
    value::{Type, Val},
};

type Result<T> = std::result::Result<T, ExpressionError>;

/// A piece of a text.
pub(super) enum Piece<'t> {
    Text(&'t str),
    /// What stands between the braces, and where it begins.
    Expression(&'t str, usize),
}

/// Takes a text apart at its `{{ … }}`.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece<'_>>> {
    if text.len() > TEMPLATE_BYTES && text.contains("{{") {
        let message = "A text with expressions holds 256 KiB at most. Move what stays the same out of it.";
        return Err(ExpressionError::new(message, Span::new(0, 2)));
    }
    let (mut pieces, mut at) = (Vec::new(), 0);
    while let Some(found) = text[at..].find("{{") {
        let start = at + found + 2;
        let end = start + closing(&text[start..]).map_err(|error| error.shifted(start))?;
        if found > 0 {
            pieces.push(Piece::Text(&text[at..start - 2]));
        }
        pieces.push(Piece::Expression(&text[start..end], start));
        at = end + 2;
    }
    if at < text.len() {
        pieces.push(Piece::Text(&text[at..]));
    }
    Ok(pieces)
}

/// Where the `}}` stands that ends the expression; braces inside of it come in pairs or stand in quotes.
fn closing(source: &str) -> Result<usize> {
    let unclosed = || ExpressionError::new("This {{ needs its }}.", Span::new(0, source.len().min(40)));
    let mut lexer = Lexer::new(source);
    // For each open brace whether it belongs to a template literal.
    let mut open: Vec<bool> = Vec::new();
    loop {
        let (token, span) = lexer.next().map_err(|error| if source.contains("}}") { error } else { unclosed() })?;
        match token {
            Token::End => return Err(unclosed()),
            Token::Sign("`") => open.extend(lexer.chunk()?.1.then_some(true)),
            Token::Sign("{") => open.push(false),
            Token::Sign("}") => match open.pop() {
                Some(true) => open.extend(lexer.chunk()?.1.then_some(true)),
                Some(false) => {}
                None if source[span.end..].starts_with('}') => return Ok(span.start),
                None => return Err(ExpressionError::new("An expression ends with two braces: }}.", span)),
            },
            _ => {}
        }
    }
}

/// The expression between the braces, where the text is nothing else.
pub(super) fn whole(text: &str) -> Option<(&str, usize)> {
    let mut found = None;
    for piece in pieces(text).ok()? {
        match piece {
            Piece::Text(text) if text.trim().is_empty() => {}
            Piece::Expression(source, at) if found.is_none() => found = Some((source, at)),
            _ => return None,
        }
    }
    found
}

/// Replaces every `{{ … }}` by its value: lists and objects as JSON, null and undefined by nothing.
pub fn template(text: &str, scope: &Scope) -> Result<String> {
    fill(text, scope, &Budget::default(), &|text| text)
}

/// The same for HTML: what values hold is escaped.
pub(super) fn html(text: &str, scope: &Scope, budget: &Budget) -> Result<String> {
    fill(text, scope, budget, &|text| {
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        text.replace('"', "&quot;").replace('\'', "&#39;")
    })
}

pub(super) fn fill(text: &str, scope: &Scope, budget: &Budget, escape: &dyn Fn(String) -> String) -> Result<String> {
    let mut out = String::new();
    for piece in pieces(text)? {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Expression(source, at) => {
                let text = with_value(source, at, scope, budget, |value| text_of(value, budget))?;
                out.push_str(&escape(text));
            }
        }
    }
    Ok(out)
}

/// Evaluates and reads the value while it is there.
fn with_value<T>(
    source: &str,
    at: usize,
    scope: &Scope,
    budget: &Budget,
    read: impl FnOnce(&Val) -> Outcome<T>,
) -> Result<T> {
    let parsed = parsed(source).map_err(|error| error.shifted(at))?;
    let value = Machine::new(source, scope, budget).eval(&parsed);
    value
        .and_then(|value| read(&value))
        .map_err(|fault| ExpressionError::from(fault.at(Span::new(0, source.len()))).shifted(at))
}

/// The value as JSON data; undefined counts as null.
pub(super) fn value_of(source: &str, at: usize, scope: &Scope, budget: &Budget) -> Result<Value> {
    with_value(source, at, scope, budget, |value| Ok(output::to_value(value, budget, 0)?.unwrap_or(Value::Null)))
}

/// The value for each item, which `item` and `index` stand for. The expression is read once.
pub(super) fn values_of(source: &str, at: usize, scope: &Scope, items: &[Value]) -> Result<Value> {
    let parsed = parse(source).map_err(|error| error.shifted(at))?;
    let budget = Budget::for_items(items.len());
    let mut scope = scope.clone();
    let values = items.iter().enumerate().map(|(index, item)| {
        scope.item.clone_from(item);
        scope.index = Value::from(index);
        let value = Machine::new(source, &scope, &budget).eval(&parsed);
        let value = value.and_then(|value| output::to_value(&value, &budget, 0));
        let told = |fault: Fault| {
            let error = ExpressionError::from(fault.at(Span::new(0, source.len()))).shifted(at);
            ExpressionError::new(format!("With item {index}: {}", error.message), error.span)
        };
        Ok(value.map_err(told)?.unwrap_or(Value::Null))
    });
    values.collect::<Result<Vec<_>>>().map(Value::Array)
}

fn text_of(value: &Val, budget: &Budget) -> Outcome<String> {
    let text = match value.kind() {
        Type::Undefined | Type::Null => String::new(),
        Type::List | Type::Object => output::stringify(value, "", budget)?.unwrap_or_default(),
        _ => convert::to_text(value, budget)?,
    };
    budget.result(text.len())?;
    Ok(text)
}

/// JSON text with expressions: outside of JSON strings an expression becomes a JSON value, inside of one its text.
pub(super) fn json(text: &str, scope: &Scope, budget: &Budget) -> Result<Value> {
    read_json(text, |source, at, in_string| {
        with_value(source, at, scope, budget, |value| match in_string {
            true => Ok(inside_of_string(&text_of(value, budget)?)),
            false => {
                let json = output::stringify(value, "", budget)?.unwrap_or_else(|| "null".to_owned());
                budget.result(json.len())?;
                Ok(json)
            }
        })
    })
}

/// Whether the text is JSON with expressions that parse.
pub(super) fn check_json(text: &str) -> Result<()> {
    read_json(text, |source, at, in_string| {
        parse(source).map_err(|error| error.shifted(at))?;
        // A text fits wherever a value or a member's name may stand.
        Ok(if in_string { String::new() } else { "\"\"".to_owned() })
    })
    .map(drop)
}

fn inside_of_string(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn read_json(text: &str, replace: impl Fn(&str, usize, bool) -> Result<String>) -> Result<Value> {
    let mut out = String::new();
    let (mut in_string, mut after_backslash) = (false, false);
    // Where pieces of the text begin in the JSON and in the text, to name the place of an error.
    let mut places = vec![(0, 0)];
    let mut at = 0;
    for piece in pieces(text)? {
        places.push((out.len(), at));
        match piece {
            Piece::Text(piece) => {
                for byte in piece.bytes() {
                    match byte {
                        _ if after_backslash => after_backslash = false,
                        b'\\' if in_string => after_backslash = true,
                        b'"' => in_string = !in_string,
                        _ => {}
                    }
                }
                out.push_str(piece);
                at += piece.len();
            }
            Piece::Expression(source, start) => {
                if after_backslash {
                    let span = Span::new(start - 3, start);
                    return Err(ExpressionError::new("Remove the backslash in front of {{.", span));
                }
                out.push_str(&replace(source, start, in_string)?);
                at = start + source.len() + 2;
            }
        }
    }
    serde_json::from_str(&out).map_err(|error| {
        let lines = out.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
        let offset = (lines + error.column()).saturating_sub(1);
        let (from, place) = places.iter().rev().find(|(from, _)| *from <= offset).copied().unwrap_or_default();
        let mut start = (place + offset - from).min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let message =
            format!("This is not JSON: {}. Outside of quotes, an expression stands for a whole value.", reason(&error));
        ExpressionError::new(message, Span::new(start, text.len().min(start + 1)))
    })
}

/// serde_json's words without the position, which is one in the filled-in text.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}
