//! n8n's expressions in our words: `$json` is `input`, `$('A').item.json` is `nodes["A"].output`.

use std::collections::BTreeSet;

use serde_json::Value;

/// Where an expression stands.
pub struct Words<'a> {
    /// Names of webhooks: their data is the call.
    pub hooks: &'a BTreeSet<String>,
    /// Right after one of them.
    pub is_after_hook: bool,
}

impl Words<'_> {
    /// A parameter's text: with `=` in front, its expressions in our words; else as it is.
    pub fn text(&self, text: &str) -> String {
        let Some(template) = text.strip_prefix('=') else { return text.to_owned() };
        let mut ours = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("{{") {
            let (inside, behind) = after.split_once("}}").unwrap_or((after, ""));
            ours.push_str(before);
            ours.push_str(&format!("{{{{ {} }}}}", self.expression(inside)));
            rest = behind;
        }
        ours + rest
    }

    /// The same for every text in a value.
    pub fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(members) => {
                Value::Object(members.iter().map(|(name, value)| (name.clone(), self.value(value))).collect())
            }
            other => other.clone(),
        }
    }

    /// A parameter as one of our expressions without braces: a text with expressions in it becomes a sum of texts.
    pub fn operand(&self, value: &Value) -> String {
        let Some(template) = value.as_str().and_then(|text| text.strip_prefix('=')) else { return value.to_string() };
        let mut parts = Vec::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("{{") {
            let (inside, behind) = after.split_once("}}").unwrap_or((after, ""));
            parts.extend((!before.is_empty()).then(|| Value::from(before).to_string()));
            parts.push(self.expression(inside));
            rest = behind;
        }
        parts.extend((!rest.is_empty() || parts.is_empty()).then(|| Value::from(rest).to_string()));
        match parts.as_slice() {
            [only] => only.clone(),
            several => several.iter().map(|part| format!("({part})")).collect::<Vec<_>>().join(" + "),
        }
    }

    /// What stands between braces.
    pub fn expression(&self, text: &str) -> String {
        let mut text = self.nodes(text.trim());
        for (theirs, ours) in [
            ("$input.item.json", "$json"),
            ("$input.first().json", "$json"),
            ("$input.all()", "input"),
            ("$json[\"body\"]", "$json.body"),
            ("$json['body']", "$json.body"),
        ] {
            text = text.replace(theirs, ours);
        }
        if self.is_after_hook {
            for (theirs, ours) in
                [("$json.body", "input"), ("$json.query", "trigger.query"), ("$json.headers", "trigger.headers")]
            {
                text = text.replace(theirs, ours);
            }
        }
        for (theirs, ours) in [
            ("$json", "input"),
            ("$now", "now"),
            ("$itemIndex", "index"),
            ("$execution.id", "execution.id"),
            ("$workflow.name", "workflow.name"),
            ("$workflow.id", "workflow.id"),
        ] {
            text = text.replace(theirs, ours);
        }
        text
    }

    /// `$node["A"].json` and `$('A').item.json`, whichever quotes they have.
    fn nodes(&self, text: &str) -> String {
        let mut ours = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("$node[").into_iter().chain(rest.find("$(")).min() {
            ours.push_str(&rest[..at]);
            let opening = if rest[at..].starts_with("$(") { 2 } else { 6 };
            match named(&rest[at + opening..]) {
                Some((name, behind)) => {
                    let behind = JSON.iter().find_map(|json| behind.strip_prefix(json)).unwrap_or(behind);
                    match behind.strip_prefix(".body").filter(|_| self.hooks.contains(&name)) {
                        Some(behind) => {
                            ours.push_str("trigger.body");
                            rest = behind;
                        }
                        None => {
                            ours.push_str(&format!("nodes[{}].output", Value::from(name)));
                            rest = behind;
                        }
                    }
                }
                None => {
                    ours.push_str(&rest[at..at + opening]);
                    rest = &rest[at + opening..];
                }
            }
        }
        ours + rest
    }
}

/// How n8n says "the data of": the first that fits is taken away.
const JSON: [&str; 5] = [".item.json", ".first().json", ".last().json", ".json", ".data"];

/// A quoted name and its closing bracket, and what is behind them.
fn named(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|c| ['"', '\'', '`'].contains(c))?;
    let (name, behind) = text[1..].split_once(quote)?;
    Some((name.to_owned(), behind.strip_prefix(']').or_else(|| behind.strip_prefix(')'))?))
}
