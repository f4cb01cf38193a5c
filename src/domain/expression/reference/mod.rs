//! What expressions can call, for people: shown in the product, written to docs/expressions.md, checked against the
//! evaluator by a test.

mod functions;
mod methods;
mod texts;

use serde::Serialize;

/// Functions or methods that belong together.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Group {
    pub title: &'static str,
    pub entries: &'static [Entry],
}

/// One function or method.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Entry {
    /// How it is called: `text.slice(start, end)`.
    pub signature: &'static str,
    /// `slice`, `Math.max`.
    pub name: &'static str,
    pub about: &'static str,
    pub example: &'static str,
    /// What the example gives, as JSON.
    pub result: &'static str,
}

impl Entry {
    const fn new(
        signature: &'static str,
        name: &'static str,
        about: &'static str,
        example: &'static str,
        result: &'static str,
    ) -> Self {
        Self { signature, name, about, example, result }
    }

    /// What a call takes: `(sum, item) => …` and `start`, of `list.reduce((sum, item) => …, start)`.
    pub fn parameters(&self) -> Vec<&'static str> {
        let call = self.signature.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
        let Some(inside) = call else { return Vec::new() };
        let (mut parameters, mut from, mut depth) = (Vec::new(), 0, 0);
        for (place, sign) in inside.char_indices() {
            match sign {
                '(' => depth += 1,
                ')' => depth -= 1,
                ',' if depth == 0 => {
                    parameters.push(inside[from..place].trim());
                    from = place + 1;
                }
                _ => {}
            }
        }
        parameters.push(inside[from..].trim());
        parameters.retain(|parameter| !parameter.is_empty());
        parameters
    }
}

/// Of a name that values of several kinds share, the first.
pub fn of(name: &str) -> Option<&'static Entry> {
    methods().iter().chain(functions()).flat_map(|group| group.entries).find(|entry| entry.name == name)
}

/// Methods by the kind of value that has them.
pub fn methods() -> &'static [Group] {
    methods::ALL
}

/// Functions by subject.
pub fn functions() -> impl Iterator<Item = &'static Group> + Clone {
    functions::ALL.iter().chain(texts::ALL)
}

/// The part of docs/expressions.md that is written from here.
pub fn markdown() -> String {
    let mut page = String::new();
    for (title, groups) in [("Methods", methods().iter().collect::<Vec<_>>()), ("Functions", functions().collect())] {
        page.push_str(&format!("## {title}\n\n"));
        for group in groups {
            page.push_str(&format!("### {}\n\n| | | Example | Gives |\n|---|---|---|---|\n", group.title));
            for Entry { signature, about, example, result, .. } in group.entries {
                page.push_str(&format!("| `{signature}` | {about} | `{example}` | `{result}` |\n"));
            }
            page.push('\n');
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::domain::expression::{Scope, evaluate, names};

    fn all() -> impl Iterator<Item = &'static Entry> {
        methods().iter().chain(functions()).flat_map(|group| group.entries)
    }

    #[test]
    fn everything_that_can_be_called_is_told_of() {
        let told: Vec<&str> = all().map(|entry| entry.name).collect();
        let missing: Vec<&str> = names().into_iter().filter(|name| !told.contains(name)).collect();
        assert!(missing.is_empty(), "{missing:?}");
        let known = names();
        let invented: Vec<&&str> = told.iter().filter(|name| **name != "length" && !known.contains(name)).collect();
        assert!(invented.is_empty(), "{invented:?}");
    }

    #[test]
    fn the_parameters_are_those_of_the_signature() {
        let parameters = |name: &str| of(name).expect("it is told of").parameters();
        assert_eq!(parameters("reduce"), ["(sum, item) => …", "start"]);
        assert_eq!(parameters("parseTime"), ["text", "pattern", "zone"]);
        assert_eq!((parameters("trim"), parameters("length")), (Vec::new(), Vec::new()));
        for entry in all().filter(|entry| entry.name != "length") {
            assert!(entry.signature.ends_with(')'), "{}", entry.signature);
        }
    }

    #[test]
    fn every_example_gives_what_it_says_and_calls_what_it_is_about() {
        for entry in all() {
            let found = evaluate(entry.example, &Scope::default());
            let found = found.unwrap_or_else(|error| panic!("{}: {error}", entry.example));
            let expected: Value =
                serde_json::from_str(entry.result).unwrap_or_else(|error| panic!("{}: {error}", entry.result));
            assert_eq!(found, expected, "{}", entry.example);
            assert!(entry.example.contains(entry.name) && entry.signature.contains(entry.name), "{}", entry.name);
            assert!(!entry.about.contains('|') && !entry.example.contains('|'), "{} would break the table", entry.name);
        }
    }

    #[test]
    fn the_page_of_documentation_is_current() {
        let page = include_str!("../../../../docs/expressions.md");
        assert!(page.contains(&markdown()), "run: flowpilot expression list --markdown, into docs/expressions.md");
    }
}
