//! The library: configured nodes that a workspace keeps as tasks of its own. Some fields are parameters, asked for at every
//! use; the others are fixed. A node made from one holds a copy of everything, so that nothing changes under it; a newer
//! version is offered.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    id::LibraryTaskId,
    problem::Problem,
    task::{Field, Kind},
    workflow::{Node, Parameters},
};

/// Library tasks of one workspace.
pub const MOST: usize = 500;
const NAME_CHARS: usize = 100;
const TEXT_CHARS: usize = 2_000;
/// Bytes of one version as JSON.
const DEFINITION_BYTES: usize = 256 * 1024;

/// Where a node comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LibraryUse {
    pub task: LibraryTaskId,
    pub version: u32,
}

/// One field that is asked for at every use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// The kind's field, whose type it has.
    pub field: String,
    /// What people see; empty: the field's own label.
    #[serde(default)]
    pub label: String,
    #[serde(default)]
    pub help: String,
    #[serde(default)]
    pub required: bool,
}

/// What one version does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    pub kind: Kind,
    #[serde(default)]
    pub description: String,
    /// What is new in this version.
    #[serde(default)]
    pub note: String,
    /// The values of all fields; those of parameters are what a new node begins with.
    #[serde(default)]
    pub values: Parameters,
    #[serde(default)]
    pub parameters: Vec<Parameter>,
}

/// What somebody wants to keep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LibraryWish {
    pub name: String,
    pub definition: Definition,
}

/// A task of the library in its newest version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LibraryTask {
    pub id: LibraryTaskId,
    pub name: String,
    pub version: u32,
    pub definition: Definition,
    /// The address of whoever made the version; empty when that person is gone.
    pub created_by: String,
    pub created_at: DateTime<Utc>,
}

impl LibraryWish {
    pub fn problems(&self) -> Vec<Problem> {
        let name = self.name.trim();
        let is_named = !name.is_empty() && name.chars().count() <= NAME_CHARS && !name.chars().any(char::is_control);
        let mut problems = self.definition.problems();
        if !is_named {
            let message = format!("Give the task a name of up to {NAME_CHARS} characters.");
            problems.insert(0, Problem::of_workflow("name", message));
        }
        problems
    }
}

impl Definition {
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.kind.is_trigger() {
            problems.push(Problem::of_workflow("kind", "A trigger cannot be kept in the library, only tasks."));
        }
        let known = |name: &str| self.kind.field(name).is_some();
        let label = self.kind.spec().label;
        let fields = self.values.keys().chain(self.parameters.iter().map(|parameter| &parameter.field));
        if let Some(unknown) = fields.into_iter().find(|name| !known(name)) {
            problems.push(Problem::of_workflow("parameters", format!("{label} has no field “{unknown}”. Remove it.")));
        }
        let named: Vec<&str> = self.parameters.iter().map(|parameter| parameter.field.as_str()).collect();
        if let Some(twice) = named.iter().enumerate().find(|(index, name)| named[..*index].contains(name)) {
            problems.push(Problem::of_workflow("parameters", format!("“{}” is a parameter twice.", twice.1)));
        }
        let texts = [&self.description, &self.note].into_iter();
        let texts = texts.chain(self.parameters.iter().flat_map(|parameter| [&parameter.label, &parameter.help]));
        if texts.into_iter().any(|text| text.chars().count() > TEXT_CHARS) {
            let message = format!("A description, label or help has up to {TEXT_CHARS} characters.");
            problems.push(Problem::of_workflow("description", message));
        }
        let json = serde_json::to_string(self).unwrap_or_default();
        if json.len() > DEFINITION_BYTES || json.contains("\\u0000") {
            let message = format!("A task has up to {DEFINITION_BYTES} bytes as JSON, without the character U+0000.");
            problems.push(Problem::of_workflow("values", message));
        }
        problems
    }

    pub fn parameter(&self, field: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.field == field)
    }

    /// What people see of the parameter.
    pub fn label<'a>(&'a self, field: &'a Field) -> &'a str {
        self.parameter(field.name)
            .map(|parameter| parameter.label.as_str())
            .filter(|label| !label.is_empty())
            .unwrap_or(field.label)
    }
}

impl LibraryTask {
    /// Makes the node one of this task in its newest version. What it says in fields that are parameters stays, where it
    /// was one of this task before.
    pub fn apply(&self, node: &mut Node) {
        let was_one = node.library.as_ref().is_some_and(|library| library.task == self.id);
        let mut values = self.definition.values.clone();
        if was_one {
            for parameter in &self.definition.parameters {
                if let Some(value) = node.parameters.get(&parameter.field) {
                    values.insert(parameter.field.clone(), value.clone());
                }
            }
        }
        node.kind = self.definition.kind;
        node.parameters = self.definition.kind.with_defaults(&values);
        node.library = Some(LibraryUse { task: self.id, version: self.version });
    }

    /// Whether the node was made from an older version.
    pub fn is_newer_than(&self, node: &Node) -> bool {
        node.library.as_ref().is_some_and(|library| library.task == self.id && library.version < self.version)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::domain::workflow::Point;

    fn task(version: u32, url: &str) -> LibraryTask {
        let values = json!({ "method": "POST", "url": url, "body": "{}" }).as_object().cloned().unwrap_or_default();
        let parameters = vec![Parameter { field: "body".into(), label: "Customer".into(), ..Parameter::default() }];
        let definition = Definition {
            kind: Kind::HttpRequest,
            description: "Creates a customer.".into(),
            note: String::new(),
            values,
            parameters,
        };
        let (id, created_at) = (LibraryTaskId(Uuid::nil()), DateTime::UNIX_EPOCH);
        LibraryTask { id, name: "Create customer".into(), version, definition, created_by: String::new(), created_at }
    }

    #[test]
    fn an_update_takes_what_is_fixed_and_leaves_what_was_filled_in() {
        let mut node = Node::new("a".into(), "A", Kind::NoOp, Point::default());
        let (old, new) = (task(1, "https://old.example.com"), task(2, "https://new.example.com"));
        old.apply(&mut node);
        assert_eq!((node.kind, &node.parameters["body"]), (Kind::HttpRequest, &json!("{}")));
        assert!(new.is_newer_than(&node) && !old.is_newer_than(&node));
        node.parameters.insert("body".into(), json!("{ \"id\": 1 }"));
        node.parameters.insert("url".into(), json!("changed by hand"));
        new.apply(&mut node);
        assert_eq!(node.parameters["body"], "{ \"id\": 1 }");
        assert_eq!(node.parameters["url"], "https://new.example.com");
        assert!(!new.is_newer_than(&node));
    }

    #[test]
    fn what_cannot_be_kept_names_its_field() {
        let wrong = |change: fn(&mut LibraryWish)| {
            let mut wish = LibraryWish { name: "A".into(), definition: task(1, "https://a.example").definition };
            change(&mut wish);
            wish.problems().into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>()
        };
        assert_eq!(wrong(|_| {}), [""; 0]);
        assert_eq!(wrong(|wish| wish.name = " ".into()), ["name"]);
        assert_eq!(wrong(|wish| wish.definition.parameters[0].field = "moon".into()), ["parameters"]);
        assert_eq!(
            wrong(|wish| wish.definition.parameters.push(wish.definition.parameters[0].clone())),
            ["parameters"]
        );
        assert_eq!(wrong(|wish| wish.definition.description = "x".repeat(3_000)), ["description"]);
        assert!(wrong(|wish| wish.definition.kind = Kind::Webhook).contains(&"kind".to_owned()));
    }
}
