//! Data as lines: each member with the path that an expression reads it by; and what members a list's items have. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

/// One line of a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub depth: usize,
    pub name: String,
    /// As expressions say it.
    pub path: String,
    /// The value in short; of objects and lists how many members.
    pub shown: String,
    pub sort: &'static str,
}

/// Lines shown at most, and items of one list.
const MOST: usize = 400;
const ITEMS: usize = 50;

/// Every member, the deeper ones below theirs.
pub fn lines(value: &Value, base: &str) -> Vec<Line> {
    let mut found = Vec::new();
    walk(value, base, 0, &mut found);
    found
}

fn walk(value: &Value, path: &str, depth: usize, found: &mut Vec<Line>) {
    let members: Vec<(String, String, &Value)> = match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), member(path, name), value)).collect()
        }
        Value::Array(items) => {
            let items = items.iter().take(ITEMS).enumerate();
            items.map(|(index, value)| (index.to_string(), format!("{path}[{index}]"), value)).collect()
        }
        _ => return,
    };
    for (name, path, value) in members {
        if found.len() >= MOST {
            return;
        }
        found.push(Line { depth, name, path: path.clone(), shown: short(value), sort: sort(value) });
        walk(value, &path, depth + 1, found);
    }
}

fn member(path: &str, name: &str) -> String {
    let is_word = |name: &str| {
        name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if is_word(name) { format!("{path}.{name}") } else { format!("{path}[{}]", Value::from(name)) }
}

pub fn short(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.len() == 1 => "1 item".to_owned(),
        Value::Array(items) => format!("{} items", items.len()),
        Value::Object(members) if members.len() == 1 => "1 member".to_owned(),
        Value::Object(members) => format!("{} members", members.len()),
        other => other.to_string(),
    };
    if text.chars().count() > 120 { text.chars().take(120).chain(['…']).collect() } else { text }
}

pub fn sort(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

/// A member that values of a list have: where it is, what sorts of values it has, and in how many of the items.
#[derive(Clone, Debug, PartialEq)]
pub struct Trait {
    pub name: String,
    pub sorts: Vec<&'static str>,
    pub count: usize,
}

/// The members of an object, or of all items of a list together, and how many items there are.
pub fn traits(value: &Value) -> (Vec<Trait>, usize) {
    let all: Vec<&Value> = match value {
        Value::Array(items) => items.iter().collect(),
        other => vec![other],
    };
    let mut order: Vec<String> = Vec::new();
    let mut found: BTreeMap<String, Trait> = BTreeMap::new();
    for (name, value) in all.iter().filter_map(|item| item.as_object()).flatten() {
        let entry = found.entry(name.clone()).or_insert_with(|| {
            order.push(name.clone());
            Trait { name: name.clone(), sorts: Vec::new(), count: 0 }
        });
        entry.count += usize::from(!value.is_null());
        if !entry.sorts.contains(&sort(value)) {
            entry.sorts.push(sort(value));
        }
    }
    (order.into_iter().filter_map(|name| found.remove(&name)).collect(), all.len())
}

/// The value as rows under heads: a list of objects, or an object's members. None: it is neither.
pub fn table(value: &Value) -> Option<(Vec<String>, Vec<Vec<String>>)> {
    match value {
        Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_object) => {
            let heads: Vec<String> = traits(value).0.into_iter().map(|found| found.name).take(12).collect();
            let cell = |item: &Value, name: &String| item.get(name).map(short).unwrap_or_default();
            let rows = items.iter().take(ITEMS).map(|item| heads.iter().map(|name| cell(item, name)).collect());
            let rows = rows.collect();
            Some((heads, rows))
        }
        Value::Object(members) => {
            let rows = members.iter().take(MOST).map(|(name, value)| vec![name.clone(), short(value)]).collect();
            Some((vec!["Member".to_owned(), "Value".to_owned()], rows))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_member_has_the_path_that_reads_it() {
        let value = json!({ "a": 1, "first name": { "x": [true, null] } });
        let paths: Vec<(usize, String)> =
            lines(&value, "input").into_iter().map(|line| (line.depth, line.path)).collect();
        let expected = [
            (0, "input.a"),
            (0, "input[\"first name\"]"),
            (1, "input[\"first name\"].x"),
            (2, "input[\"first name\"].x[0]"),
            (2, "input[\"first name\"].x[1]"),
        ];
        assert_eq!(paths, expected.map(|(depth, path)| (depth, path.to_owned())));
        assert!(lines(&json!("x"), "input").is_empty());
        assert!(lines(&json!(vec![vec![0; 100]; 100]), "input").len() <= MOST);
    }

    #[test]
    fn items_of_a_list_are_described_together() {
        let value = json!([{ "a": 1, "b": "x" }, { "a": null }, { "a": "y" }]);
        let (found, count) = traits(&value);
        assert_eq!(count, 3);
        assert_eq!(found[0], Trait { name: "a".into(), sorts: vec!["number", "null", "text"], count: 2 });
        assert_eq!(found[1].count, 1);
    }

    #[test]
    fn lists_of_objects_and_objects_are_tables() {
        let (heads, rows) = table(&json!([{ "a": 1 }, { "b": [1, 2] }])).expect("a table");
        assert_eq!(
            (heads, rows),
            (
                vec!["a".into(), "b".into()],
                vec![vec!["1".into(), String::new()], vec![String::new(), "2 items".into()]]
            )
        );
        assert_eq!(table(&json!({ "a": "x" })).expect("a table").1, [["a".to_owned(), "x".to_owned()]]);
        assert_eq!(table(&json!([1])), None);
    }
}
