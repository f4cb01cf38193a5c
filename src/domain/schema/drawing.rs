//! What is drawn beside the graph, as a schema.

use serde_json::{Value, json};

use crate::domain::drawing::{Note, Tint};

pub fn point() -> Value {
    json!({
        "type": "object", "required": ["x", "y"],
        "properties": { "x": { "type": "number" }, "y": { "type": "number" } },
    })
}

pub fn note() -> Value {
    json!({
        "type": "object",
        "description": "A sheet with text on the canvas.",
        "required": ["id"],
        "properties": {
            "id": { "type": "string", "description": "Unlike those of nodes and other notes." },
            "text": { "type": "string", "description": "Markdown." },
            "position": point(),
            "width": { "type": "number", "default": Note::WIDTH },
            "height": { "type": "number", "default": Note::HEIGHT },
            "tint": { "enum": Tint::ALL.map(Tint::name), "default": Tint::default().name() },
        },
    })
}

pub fn group() -> Value {
    json!({
        "type": "object",
        "description": "A frame around nodes. A node is in one group at most.",
        "required": ["id"],
        "properties": {
            "id": { "type": "string" },
            "name": { "type": "string" },
            "nodes": { "type": "array", "items": { "type": "string", "description": "A node's id." } },
            "collapsed": { "type": "boolean", "default": false, "description": "Shown as one card." },
        },
    })
}
