//! A Python function with type hints is a form by itself: what `main` in a node's code asks for, read from the code's text.
//! The code runs in the sandbox alone; there `runners/python.py` hands it the values by the same names.

mod hint;
mod text;

use serde_json::Value;

pub use self::hint::Hint;
use self::text::{Token, parts, split, tokens, without_comments};
use super::{problem::Problem, task::Kind, workflow::Node};

/// The field that holds the values, by the names of the arguments.
const VALUES: &str = "data";
/// Parameters of `main` that get what every code gets.
const GIVEN: [&str; 2] = ["input", "data"];

/// One parameter of `main`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Argument {
    pub name: String,
    pub hint: Hint,
    /// It has no default and may not be `None`.
    pub required: bool,
    /// As it stands in the code; empty: none.
    pub default: String,
    /// What the docstring says of it; may be empty.
    pub help: String,
}

/// What the code of this node asks for; nothing, where it has no `main` with type hints.
pub fn arguments_of(node: &Node) -> Vec<Argument> {
    let code = node.parameters.get("code").and_then(Value::as_str).filter(|_| node.kind == Kind::Python);
    code.map(arguments).unwrap_or_default()
}

/// The same of a code.
pub fn arguments(code: &str) -> Vec<Argument> {
    // Code that returns is the function itself.
    let returns =
        code.lines().any(|line| line.strip_prefix("return").is_some_and(|rest| !rest.starts_with(is_of_name)));
    let Some((parameters, after)) = main_of(code).filter(|_| !returns) else { return Vec::new() };
    let parameters = without_comments(parameters);
    let all: Vec<Parameter> = parts(&parameters, ",").into_iter().filter_map(Parameter::read).collect();
    if all.iter().all(|parameter| parameter.hint.is_none()) {
        return Vec::new();
    }
    let docstring = docstring(after);
    let asked = all.into_iter().filter(|parameter| !GIVEN.contains(&parameter.name));
    asked.map(|parameter| parameter.argument(docstring)).collect()
}

/// What is wrong with what this node gives its code.
pub fn problems_of(node: &Node) -> Vec<Problem> {
    let values = node.parameters.get(VALUES).and_then(Value::as_object);
    let wrong = |argument: Argument| argument.wrong(values.and_then(|values| values.get(&argument.name)));
    let messages = arguments_of(node).into_iter().filter_map(wrong);
    messages.map(|message| Problem::of_node(&node.id, VALUES, message)).collect()
}

impl Argument {
    /// Why the value cannot be what the code asks for; none: it can, as far as can be told before the run.
    fn wrong(&self, value: Option<&Value>) -> Option<String> {
        let is_blank = |value: &&Value| value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
        match value.filter(|value| !is_blank(value)) {
            None => self.required.then(|| format!("Fill in “{}”, which main asks for.", self.name)),
            Some(Value::String(text)) if text.contains("{{") => None,
            Some(value) if self.hint.fits(value) => None,
            Some(_) => Some(format!("“{}”: Write {}, or an expression.", self.name, self.hint.words())),
        }
    }
}

/// One parameter as it stands in the code.
struct Parameter<'a> {
    name: &'a str,
    hint: Option<&'a str>,
    default: Option<&'a str>,
}

impl<'a> Parameter<'a> {
    /// None: it is no parameter by a name, such as `*`, `/` or `**more`.
    fn read(text: &'a str) -> Option<Self> {
        let (declared, default) = split(text, "=");
        let (name, hint) = split(declared, ":");
        let name = name.trim();
        let is_name =
            name.starts_with(|first: char| first.is_alphabetic() || first == '_') && name.chars().all(is_of_name);
        is_name.then(|| Self { name, hint: hint.map(str::trim), default: default.map(str::trim) })
    }

    fn argument(self, docstring: &str) -> Argument {
        let (hint, may_be_none) = self.hint.map_or((Hint::Any, false), Hint::read);
        Argument {
            name: self.name.to_owned(),
            hint,
            required: self.default.is_none() && !may_be_none,
            default: self.default.unwrap_or_default().to_owned(),
            help: told(docstring, self.name).unwrap_or_default().to_owned(),
        }
    }
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// What stands between the brackets of the last `def main(…)` that begins a line, and what follows them.
fn main_of(code: &str) -> Option<(&str, &str)> {
    let begins = |token: &Token| token.depth == 0 && (token.at == 0 || code.as_bytes()[token.at - 1] == b'\n');
    let start = tokens(code).into_iter().rev().filter(begins).find_map(|token| after_bracket(&code[token.at..]))?;
    let end = tokens(start).into_iter().find(|token| token.depth < 0)?.at;
    Some((&start[..end], &start[end + 1..]))
}

fn after_bracket(line: &str) -> Option<&str> {
    let line = line.strip_prefix("async ").map_or(line, str::trim_start);
    let name = line.strip_prefix("def ")?.trim_start();
    name.strip_prefix("main")?.trim_start().strip_prefix('(')
}

/// The text in quotes that the function begins with; may be empty.
fn docstring(after: &str) -> &str {
    let colon = tokens(after).into_iter().find(|token| token.depth == 0 && token.text == ":");
    let body = colon.map_or("", |colon| after[colon.at + 1..].trim_start());
    let first = tokens(body).into_iter().next().map_or("", |token| token.text);
    if first.starts_with(['"', '\'']) { first.trim_matches(['"', '\'']) } else { "" }
}

/// What a docstring says of a parameter, as `:param name: …` or `name: …`.
fn told<'a>(docstring: &'a str, name: &str) -> Option<&'a str> {
    docstring.lines().find_map(|line| {
        let line = line.trim();
        let (left, words) = line.strip_prefix(":param ").unwrap_or(line).split_once(':')?;
        let left = left.split_once('(').map_or(left, |(left, _)| left);
        (left.trim() == name).then(|| words.trim())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::workflow::Point;

    /// Each argument as `name kind`, `!` where it is required, `=default` where it has one.
    fn check(code: &str, expected: &[&str]) {
        let shown = |argument: Argument| {
            let mark = if argument.required { "!" } else { "" };
            let default = if argument.default.is_empty() { String::new() } else { format!(" ={}", argument.default) };
            format!("{} {:?}{mark}{default}", argument.name, argument.hint)
        };
        assert_eq!(arguments(code).into_iter().map(shown).collect::<Vec<_>>(), expected, "{code}");
    }

    #[test]
    fn a_main_with_type_hints_is_a_form() {
        check("def main(customer: str, days: int = 7):\n    return days", &["customer Text!", "days Whole =7"]);
        check("import json\n\n\nasync def main(a:float,b : bool=False)->None: pass", &["a Number!", "b Truth =False"]);
        check(
            "def main(\n    input,\n    who: str,  # a name, (or two\n    *,\n    more: dict[str, list[int]] = {'a': [1, 2]},\n    plain=3,\n    **rest,\n):\n    pass",
            &["who Text!", "more Object ={'a': [1, 2]}", "plain Any =3"],
        );
        check(
            "def main(at: datetime.datetime, day: 'date', note: str | None):",
            &["at Time!", "day Date!", "note Text"],
        );
        check("def main(x: Literal['a,b', \"c\"] = 'a,b'): pass", &["x Choice([\"a,b\", \"c\"]) ='a,b'"]);
        check("def main(a: int): pass\ndef main(b: typing.Optional[int]): pass", &["b Whole"]);
        check("def main(f: Callable[[int], str] = lambda x: x, data: dict = None): pass", &["f Any =lambda x: x"]);
    }

    #[test]
    fn what_has_no_such_function_is_no_form() {
        for code in [
            "",
            "return sum(input)",
            "def main(input):\n    return input",
            "def main(input, data): pass",
            "def mainly(a: int): pass",
            "class A:\n    def main(self, a: int): pass",
            "# def main(a: int): pass",
            "text = '''\ndef main(a: int): pass\n'''",
            "def main(a: int",
            "def main(a: int): pass\nreturn main(1)",
            "def main(input: list) -> int: pass",
            "def main(*all: int): pass",
            "é = 'é'\ndef main",
        ] {
            check(code, &[]);
        }
    }

    #[test]
    fn a_docstring_says_what_the_arguments_are_for() {
        let code = "def main(a: int, b: int, c: int = 1):\n    \"\"\"Adds.\n\n    Args:\n        a (int): The first: one.\n    :param b: The second.\n    \"\"\"";
        let help: Vec<_> = arguments(code).into_iter().map(|argument| argument.help).collect();
        assert_eq!(help, ["The first: one.", "The second.", ""]);
    }

    fn problems(code: &str, values: Value) -> Vec<String> {
        let mut node = Node::new("a".into(), "A", Kind::Python, Point::default());
        node.parameters.insert("code".to_owned(), code.into());
        node.parameters.insert(VALUES.to_owned(), values);
        problems_of(&node).into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn values_that_cannot_fit_are_told_before_the_run() {
        let code =
            "def main(who: str, days: int = 7, day: date = None, on: Literal['a', 'b'] = 'a', rows: list = ()): pass";
        for values in [
            json!({ "who": "Ada" }),
            json!({ "who": "{{ input.who }}", "days": "{{ input.days }}", "rows": "{{ input.rows }}" }),
            json!({ "who": "7", "days": "12", "day": "2026-02-28", "on": "b", "rows": "[1]" }),
            json!({ "who": 7, "days": 12, "rows": [1], "beside": "what main does not ask for" }),
        ] {
            assert_eq!(problems(code, values.clone()), [""; 0], "{values}");
        }
        for (values, words) in [
            (json!(null), "Fill in “who”"),
            (json!({ "who": " " }), "Fill in “who”"),
            (json!({ "who": "Ada", "days": "a week" }), "“days”: Write a whole number"),
            (json!({ "who": "Ada", "days": 1.5 }), "“days”: Write a whole number"),
            (json!({ "who": "Ada", "day": "2026-02-30" }), "“day”: Write a date"),
            (json!({ "who": "Ada", "on": "c" }), "“on”: Write one of a, b"),
            (json!({ "who": "Ada", "rows": "{\"a\": 1}" }), "“rows”: Write a list"),
        ] {
            let found = problems(code, values.clone());
            assert!(found.len() == 1 && found[0].contains(words), "{values}: {found:?}");
        }
    }
}
