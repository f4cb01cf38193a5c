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

pub const FOR_EACH: Spec = Spec {
    kind: Kind::ForEach,
    name: "for_each",
    label: "For each",
    summary: "Runs the nodes behind “item” once per item, then hands the list of their outputs on.",
    family: Family::Flow,
    fields: &[
        Field::new("items", "Items", Input::Expression)
            .required()
            .default("input")
            .placeholder("input.orders")
            .help("A list of up to 10,000. Inside, item is the item and index its number from 0."),
        Field::new("max_parallel", "At the same time", Input::Number { min: 1.0, max: 1_000.0 })
            .required()
            .default("5")
            .help("1 keeps their order."),
        Field::new("on_error", "When an item fails", Input::Choice(ON_ERROR)).required().default("stop"),
    ],
    outputs: &[port::ITEM, port::DONE],
    can_fail: true,
    keywords: &["loop", "iterate", "map", "repeat", "batch", "items", "split"],
};

const ON_ERROR: &[Choice] =
    &[Choice::new("stop", "stop and fail"), Choice::new("go_on", "go on, hand its error on in the list")];

pub const SUB_WORKFLOW: Spec = Spec {
    kind: Kind::SubWorkflow,
    name: "sub_workflow",
    label: "Sub-workflow",
    summary: "Runs another published workflow and hands its output on.",
    family: Family::Flow,
    fields: &[
        Field::new("workflow", "Workflow", Input::Text)
            .required()
            .placeholder("Create customer")
            .help("The name or the id of a workflow that is published in this workspace."),
        Field::new("input", "Input", Input::Expression).required().default("input"),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["call", "execute", "child", "reuse", "function", "module"],
};

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
