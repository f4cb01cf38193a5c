//! What steers the way through the graph.

use super::{Choice, Family, Field, Input, Kind, Spec, port};

pub const CONDITION: Spec = Spec {
    kind: Kind::Condition,
    name: "condition",
    label: "Condition",
    summary: "Goes one way or the other; hands its input on.",
    family: Family::Flow,
    fields: &[Field::new("if", "If", Input::Expression)
        .required()
        .placeholder("input.plan !== \"free\"")
        .help("False, null, 0 and \"\" go down the false branch.")],
    outputs: &[port::TRUE, port::FALSE],
    can_fail: true,
    keywords: &["if", "branch", "switch", "else", "filter"],
};

pub const DELAY: Spec = Spec {
    kind: Kind::Delay,
    name: "delay",
    label: "Delay",
    summary: "Waits, then hands its input on.",
    family: Family::Flow,
    fields: &[
        Field::new("amount", "Wait for", Input::Number { min: 0.0, max: 1_000_000.0 }).required().default("1"),
        Field::new("unit", "Unit", Input::Choice(UNITS)).required().default("minutes"),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["wait", "sleep", "pause", "later", "timer"],
};

const UNITS: &[Choice] = &[
    Choice::new("seconds", "seconds"),
    Choice::new("minutes", "minutes"),
    Choice::new("hours", "hours"),
    Choice::new("days", "days"),
];

pub const FAIL: Spec = Spec {
    kind: Kind::Fail,
    name: "fail",
    label: "Fail",
    summary: "Ends this path as failed, with your message.",
    family: Family::Flow,
    fields: &[Field::new("message", "Message", Input::Text).required().placeholder("No email in {{ input }}")],
    outputs: &[],
    can_fail: true,
    keywords: &["stop", "error", "abort", "throw"],
};
