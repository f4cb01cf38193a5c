//! What shapes data.

use super::{Choice, Example, Family, Field, Input, Kind, Output, RETRIES_NONE, Spec, port};

pub const TRANSFORM: Spec = Spec {
    kind: Kind::Transform,
    name: "transform",
    label: "Transform",
    summary: "Makes new data with an expression.",
    family: Family::Data,
    fields: &[Field::new("output", "Output", Input::Expression)
        .required()
        .placeholder("{ email: input.email.toLowerCase() }")
        .help("Its value is what the node hands on.")],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["map", "set", "edit", "fields", "json", "format", "normalise"],
    output: Output::Any("the value of its expression."),
    retries: RETRIES_NONE,
    example: Example::new(
        r#"{"email":"Ada@Example.com"}"#,
        r#"{ "output": "{ email: input.email.toLowerCase() }" }"#,
        r#"{"email":"ada@example.com"}"#,
    ),
};

pub const SET_FIELDS: Spec = Spec {
    kind: Kind::SetFields,
    name: "set_fields",
    label: "Set fields",
    summary: "Sets, renames and removes members of an object.",
    family: Family::Data,
    fields: &[
        Field::new("base", "Of", Input::Expression).required().default("input").placeholder("input.customer"),
        Field::new("set", "Set", Input::Members)
            .help("A value that is one expression keeps its type. A name with dots goes deeper: address.city."),
        Field::new("remove", "Remove", Input::Text).placeholder("password, address.zip").help("Names, with commas."),
        Field::new("keep", "Keep", Input::Choice(KEEPS)).required().default("all"),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["edit", "add", "rename", "remove", "member", "property", "assign"],
    output: Output::Any("the object with its members set."),
    retries: RETRIES_NONE,
    example: Example::new(
        r#"{"name":"Ada","password":"x","n":2}"#,
        r#"{ "set": { "twice": "{{ input.n * 2 }}", "address.city": "London" }, "remove": "password" }"#,
        r#"{"name":"Ada","n":2,"twice":4,"address":{"city":"London"}}"#,
    ),
};

const KEEPS: &[Choice] = &[Choice::new("all", "the other members too"), Choice::new("set", "only what is set")];
