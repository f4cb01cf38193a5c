//! Variables and the library of reusable tasks.

use serde_json::{Value, json};

use super::{anything, id, list_of, number, object, one_of_words, reference, text, time};
use crate::domain::task::Kind;

pub fn all() -> Value {
    json!({
        "Variable": object(
            "A value that all workflows of the workspace read, as vars.name.",
            json!({
                "name": text("How expressions call it."),
                "value": anything("Any JSON."),
                "description": text("What it is for."),
                "changed_by": text("Who changed it last; empty when that person is gone."),
                "changed_at": time("When."),
            }),
            &[],
        ),
        "LibraryTask": object(
            "A configured node that the workspace keeps as a task of its own, in one of its versions.",
            json!({
                "id": id("The task; its versions share it."),
                "name": text("What the palette calls it."),
                "version": number("From 1."),
                "definition": reference("LibraryDefinition"),
                "created_by": text("Who made the version; empty when that person is gone."),
                "created_at": time("When."),
            }),
            &[],
        ),
        "LibraryDefinition": object(
            "What the version does.",
            json!({
                "kind": one_of_words("The kind of task; all versions share it.", Kind::ALL.map(Kind::name)),
                "description": text("What it does."),
                "note": text("What is new in the version."),
                "values": { "type": "object", "description": "The values of the kind's fields." },
                "parameters": {
                    "type": "array",
                    "description": "The fields that are asked for at every use; the others are fixed.",
                    "items": object(
                        "One of them.",
                        json!({
                            "field": text("The kind's field, whose type it has."),
                            "label": text("What people see; empty: the field's own label."),
                            "help": text("Shown below the field."),
                            "required": { "type": "boolean", "description": "Whether it must be filled in." },
                        }),
                        &["label", "help", "required"],
                    ),
                },
            }),
            &["description", "note", "values", "parameters"],
        ),
        "LibraryWish": object(
            "What to keep.",
            json!({ "name": text("What the palette calls it."), "definition": reference("LibraryDefinition") }),
            &[],
        ),
        "LibraryPage": object("The tasks.", json!({ "tasks": list_of("LibraryTask") }), &[]),
        "VariableList": object("The variables by name.", json!({ "variables": list_of("Variable") }), &[]),
    })
}
