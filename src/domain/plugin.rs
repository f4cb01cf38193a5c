//! Plug-ins: kinds of tasks that somebody else wrote, as WebAssembly. What one says of itself, and what a node gives it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    problem::Problem,
    task::port,
    workflow::{Node, Parameters},
};

/// A plug-in as the file beside its module describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plugin {
    /// `[a-z][a-z0-9_]*`, as the file is called.
    pub name: String,
    /// Nodes name it; another version is another plug-in.
    pub version: String,
    pub label: String,
    pub summary: String,
    #[serde(default)]
    pub fields: Vec<PluginField>,
    /// Outputs besides `out` and `error`.
    #[serde(default)]
    pub outputs: Vec<String>,
    /// Hosts that it may ask, such as `api.example.com` or `*.example.com`; none: it reaches no network.
    #[serde(default)]
    pub hosts: Vec<String>,
    #[serde(default = "default_memory_mib")]
    pub memory_mib: u32,
    /// Instructions, in millions, that one run may take.
    #[serde(default = "default_fuel_millions")]
    pub fuel_millions: u32,
}

/// A setting of a plug-in: a text with expressions, or one of a few.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PluginField {
    pub name: String,
    pub label: String,
    #[serde(default)]
    pub help: String,
    #[serde(default)]
    pub placeholder: String,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub default: String,
    #[serde(default)]
    pub choices: Vec<String>,
}

fn default_memory_mib() -> u32 {
    64
}

fn default_fuel_millions() -> u32 {
    1_000
}

impl Plugin {
    /// What nodes call it: `name@version`.
    pub fn id(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    /// The parameters of a new node that uses it.
    pub fn parameters(&self) -> Parameters {
        let defaults = self.fields.iter().filter(|field| !field.default.is_empty());
        let settings: Parameters = defaults.map(|field| (field.name.clone(), field.default.clone().into())).collect();
        let all = [("plugin", self.id().into()), ("outputs", json!(self.outputs)), ("settings", settings.into())];
        all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Why it cannot be offered.
    pub fn problem(&self) -> Option<String> {
        let is_name = |text: &str| {
            let mut letters = text.bytes();
            letters.next().is_some_and(|first| first.is_ascii_lowercase())
                && text.len() <= 40
                && letters.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        let is_version = |text: &str| {
            (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        };
        if !is_name(&self.name) {
            return Some("its name has 1 to 40 of a-z, 0-9 and _, a letter first".to_owned());
        }
        if !is_version(&self.version) {
            return Some("its version has 1 to 20 letters, digits, dots, _ and -".to_owned());
        }
        if self.label.trim().is_empty() || self.summary.trim().is_empty() {
            return Some("it needs a label and a summary".to_owned());
        }
        if let Some(field) = self.fields.iter().find(|field| !is_name(&field.name)) {
            return Some(format!("its field “{}” has no name of a-z, 0-9 and _", field.name));
        }
        let taken = [port::OUT, port::ERROR];
        if let Some(output) = self.outputs.iter().find(|output| !is_name(output) || taken.contains(&output.as_str())) {
            return Some(format!("its output “{output}” is out, error or no name of a-z, 0-9 and _"));
        }
        if self.outputs.len() > 10 || self.fields.len() > 50 {
            return Some("it has more than 10 outputs or 50 fields".to_owned());
        }
        let fits = (1..=1_024).contains(&self.memory_mib) && (1..=100_000).contains(&self.fuel_millions);
        (!fits).then(|| "it takes 1 to 1,024 MiB of memory and 1 to 100,000 million instructions".to_owned())
    }

    /// What is wrong with a node that uses it.
    pub fn problems_of(&self, node: &Node) -> Vec<Problem> {
        let settings = node.parameters.get("settings").and_then(Value::as_object);
        let text_of = |field: &PluginField| settings?.get(&field.name)?.as_str().map(str::to_owned);
        let mut found = Vec::new();
        let mut tell = |message: String| found.push(Problem::of_node(&node.id, "settings", message));
        for field in &self.fields {
            let text = text_of(field).unwrap_or_else(|| field.default.clone());
            if field.required && text.trim().is_empty() && !settings.is_some_and(|all| all.contains_key(&field.name)) {
                tell(format!("Fill in “{}”.", field.label));
            } else if !field.choices.is_empty() && !text.is_empty() && !field.choices.contains(&text) {
                tell(format!("“{}”: Choose one of {}.", field.label, field.choices.join(", ")));
            }
        }
        let unknown = settings.into_iter().flat_map(|all| all.keys());
        for name in unknown.filter(|name| !self.fields.iter().any(|field| field.name == **name)) {
            tell(format!("{} has no setting “{name}”. Remove it.", self.label));
        }
        if outputs_of(node).map(str::to_owned).collect::<Vec<_>>() != self.outputs {
            let message = format!("{} has other outputs than this node. Choose it again.", self.label);
            found.push(Problem::of_node(&node.id, "plugin", message));
        }
        found
    }
}

/// The outputs that a node has by its plug-in: kept with the node, so that the canvas knows them.
pub fn outputs_of(node: &Node) -> impl Iterator<Item = &str> {
    node.parameters.get("outputs").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{task::Kind, workflow::Point};

    fn plugin(change: Value) -> Plugin {
        let mut whole = json!({
            "name": "slug", "version": "1", "label": "Slug", "summary": "Makes a slug.",
            "fields": [{ "name": "text", "label": "Text", "required": true }, { "name": "style", "label": "Style", "default": "kebab", "choices": ["kebab", "snake"] }],
            "outputs": ["empty"],
        });
        for (name, value) in change.as_object().unwrap() {
            whole[name] = value.clone();
        }
        serde_json::from_value(whole).unwrap()
    }

    #[test]
    fn what_cannot_be_offered_is_told() {
        assert_eq!(plugin(json!({})).problem(), None);
        for change in [
            json!({ "name": "../x" }),
            json!({ "name": "" }),
            json!({ "version": "1 2" }),
            json!({ "label": " " }),
            json!({ "outputs": ["error"] }),
            json!({ "memory_mib": 0 }),
            json!({ "fuel_millions": 100_001 }),
            json!({ "fields": [{ "name": "A B", "label": "x" }] }),
        ] {
            assert!(plugin(change.clone()).problem().is_some(), "{change}");
        }
    }

    fn problems(parameters: Value) -> Vec<String> {
        let mut node = Node::new("a".into(), "A", Kind::Plugin, Point::default());
        node.parameters.extend(parameters.as_object().cloned().unwrap());
        plugin(json!({})).problems_of(&node).into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn a_node_gives_its_plug_in_what_it_needs() {
        let good = json!({ "outputs": ["empty"], "settings": { "text": "{{ input }}", "style": "snake" } });
        assert_eq!(problems(good), [""; 0]);
        let told = problems(json!({ "outputs": [], "settings": { "style": "loud", "more": 1 } }));
        assert_eq!(told.len(), 4, "{told:?}");
        assert!(told[0].contains("Fill in “Text”") && told[3].contains("other outputs"), "{told:?}");
    }
}
