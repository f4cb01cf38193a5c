//! The parameters of a Python function, read from its signature: `def main(name: str, count: int = 3) -> dict:`. What a
//! library task of such a function asks for.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a parameter holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    Text,
    Integer,
    Number,
    Boolean,
    List,
    Object,
    /// No type hint, or one of another type.
    Any,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Argument {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: Type,
    /// Whether None may be handed over: `str | None`, `Optional[str]`.
    pub is_optional: bool,
    /// None: it has to be given. Defaults that are no literals count as null.
    pub default: Option<Value>,
}

/// The arguments of `def main(…)`; what is wrong with it otherwise.
pub fn of_python(source: &str) -> Result<Vec<Argument>, String> {
    let inside = parameters(source)?;
    let mut arguments: Vec<Argument> = Vec::new();
    for piece in split(&inside, ',') {
        let piece = piece.trim();
        match piece {
            "" | "/" | "*" => continue,
            _ if piece.starts_with('*') => {
                return Err(format!("“{piece}” takes anything, so it cannot be a form. Name each parameter."));
            }
            _ => {}
        }
        let (declared, default) = halves(piece, '=');
        let (name, hint) = halves(declared, ':');
        let is_name = name.starts_with(|first: char| first.is_alphabetic() || first == '_')
            && name.chars().all(|char| char.is_alphanumeric() || char == '_');
        if !is_name || arguments.iter().any(|argument| argument.name == name) {
            return Err(format!("“{piece}” is no parameter of its own. Write name: type = default."));
        }
        let (kind, is_optional) = hint.map_or((Type::Any, false), kind_of);
        let default = default.map(literal);
        let is_optional = is_optional || default == Some(Value::Null);
        arguments.push(Argument { name: name.to_owned(), kind, is_optional, default });
    }
    Ok(arguments)
}

/// What stands between the brackets of `def main( … )`, without comments.
fn parameters(source: &str) -> Result<String, String> {
    let missing = || "There is no function main. Begin with def main(name: str):".to_owned();
    let start = source.lines().scan(0, |at, line| {
        let begin = *at;
        *at += line.len() + 1;
        Some((begin, line))
    });
    let begins = |line: &str| {
        let rest = line.strip_prefix("async ").unwrap_or(line).trim_start().strip_prefix("def ")?.trim_start();
        rest.strip_prefix("main")?.trim_start().strip_prefix('(').map(|rest| line.len() - rest.len())
    };
    let at = start.into_iter().find_map(|(at, line)| Some(at + begins(line)?)).ok_or_else(missing)?;
    let (mut inside, mut depth, mut quote, mut chars) = (String::new(), 0, None, source[at..].chars());
    while let Some(char) = chars.next() {
        match (quote, char) {
            (None, ')') if depth == 0 => return Ok(inside),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, '#') => {
                chars.by_ref().find(|char| *char == '\n');
                continue;
            }
            (None, '"' | '\'') => quote = Some(char),
            (Some(open), _) if char == open => quote = None,
            (Some(_), '\\') => {
                inside.push(char);
                inside.extend(chars.next());
                continue;
            }
            _ => {}
        }
        inside.push(char);
    }
    Err("The brackets after main are not closed.".to_owned())
}

/// Parts between the signs that stand outside of brackets and quotes.
fn split(text: &str, sign: char) -> Vec<&str> {
    let (mut parts, mut from, mut depth, mut quote, mut escaped) = (Vec::new(), 0, 0, None, false);
    for (at, char) in text.char_indices() {
        match (quote, char) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if char == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(char),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, _) if char == sign && depth == 0 => {
                parts.push(&text[from..at]);
                from = at + char.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

fn halves(text: &str, sign: char) -> (&str, Option<&str>) {
    let first = split(text, sign)[0];
    let rest = text[first.len()..].strip_prefix(sign);
    (first.trim(), rest.map(str::trim))
}

/// The type that a hint names, and whether None is one of its values.
fn kind_of(hint: &str) -> (Type, bool) {
    let hint = hint.trim().trim_matches(['"', '\'']);
    let parts: Vec<&str> = split(hint, '|').into_iter().map(str::trim).collect();
    if parts.len() > 1 {
        let others: Vec<&&str> = parts.iter().filter(|part| **part != "None").collect();
        let kind = if let [one] = others[..] { kind_of(one).0 } else { Type::Any };
        return (kind, others.len() < parts.len());
    }
    let (name, inner) = hint.split_once('[').map_or((hint, ""), |(name, inner)| (name, inner.trim_end_matches(']')));
    let name = name.rsplit('.').next().unwrap_or(name).trim();
    if name == "Optional" {
        return (kind_of(inner).0, true);
    }
    let kind = match name {
        "str" => Type::Text,
        "int" => Type::Integer,
        "float" | "Decimal" => Type::Number,
        "bool" => Type::Boolean,
        "list" | "List" | "tuple" | "Tuple" | "set" | "Sequence" | "Iterable" => Type::List,
        "dict" | "Dict" | "Mapping" | "TypedDict" => Type::Object,
        _ => Type::Any,
    };
    (kind, false)
}

/// A default as JSON, as far as it is a literal.
fn literal(text: &str) -> Value {
    let json = match text {
        "True" => "true".to_owned(),
        "False" => "false".to_owned(),
        "None" => "null".to_owned(),
        _ if text.len() >= 2 && text.starts_with('\'') && text.ends_with('\'') => {
            return Value::from(text[1..text.len() - 1].replace("\\'", "'"));
        }
        _ => text.replace('_', ""),
    };
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&json)).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(source: &str) -> Value {
        match of_python(source) {
            Ok(arguments) => arguments
                .into_iter()
                .map(|argument| json!([argument.name, argument.kind, argument.is_optional, argument.default]))
                .collect(),
            Err(message) => json!(message),
        }
    }

    #[test]
    fn type_hints_and_defaults_become_a_form() {
        assert_eq!(
            of("import os\n\ndef helper(x): pass\n\nasync def main(name: str, count: int = 3) -> dict:\n    return {}"),
            json!([["name", "text", false, null], ["count", "integer", false, 3]])
        );
        let many = "def main(\n    a,  # the first, (really)\n    b: float = 1_000.5,\n    c: bool = True,\n    d: list[str] = [],\n    \
                    e: 'dict[str, int]' = {\"x\": 1},\n    *,\n    f: str | None = None,\n    g: typing.Optional[int] = None,\n    \
                    h: str = 'it\\'s, ok',\n    i: datetime = now(),\n):\n    ...";
        assert_eq!(
            of(many),
            json!([
                ["a", "any", false, null],
                ["b", "number", false, 1000.5],
                ["c", "boolean", false, true],
                ["d", "list", false, []],
                ["e", "object", false, { "x": 1 }],
                ["f", "text", true, null],
                ["g", "integer", true, null],
                ["h", "text", false, "it's, ok"],
                ["i", "any", true, null],
            ])
        );
        assert_eq!(of("def main():\n    pass"), json!([]));
    }

    #[test]
    fn what_is_no_form_says_why() {
        for (source, words) in [
            ("print(1)", "no function main"),
            ("def mainly(a): pass", "no function main"),
            ("def main(a, b", "not closed"),
            ("def main(*args): pass", "Name each parameter"),
            ("def main(**kwargs): pass", "Name each parameter"),
            ("def main(a, a): pass", "no parameter of its own"),
            ("def main(1): pass", "no parameter of its own"),
        ] {
            let found = of(source);
            assert!(found.as_str().is_some_and(|message| message.contains(words)), "{source}: {found}");
        }
    }
}
