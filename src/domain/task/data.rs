//! What shapes data.

use super::{Family, Field, Input, Kind, Spec, port};

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
};
