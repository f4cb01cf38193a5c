//! What steers the way through the graph.

use super::{Choice, Example, Family, Field, Input, Kind, Output, Part, RETRIES_NONE, Spec, port};

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
    output: Output::Input,
    retries: RETRIES_NONE,
    example: Example::new(r#"{"plan":"pro"}"#, r#"{ "if": "input.plan !== \"free\"" }"#, r#"{"plan":"pro"}"#),
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
    output: Output::List("what came of each item, in the order of the items; through `item`, each of them by itself."),
    retries: RETRIES_NONE,
    example: Example::new("", r#"{ "items": "input.orders", "max_parallel": 5, "on_error": "go_on" }"#, ""),
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
    output: Output::Any("the output of the other workflow."),
    retries: "Nothing by itself: a workflow that failed is started anew by another attempt.",
    example: Example::new("", r#"{ "workflow": "Create customer", "input": "input.customer" }"#, ""),
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
    output: Output::Nothing,
    retries: RETRIES_NONE,
    example: Example::new("", r#"{ "message": "No email in {{ input }}" }"#, ""),
};

pub const SWITCH: Spec = Spec {
    kind: Kind::Switch,
    name: "switch",
    label: "Switch",
    summary: "Goes one of several ways, by a value; hands its input on.",
    family: Family::Flow,
    fields: &[
        Field::new("value", "Value", Input::Expression)
            .required()
            .placeholder("input.status")
            .help("Write true to take the first case whose own expression holds."),
        Field::new("cases", "Cases", Input::Pairs).required().help(
            "Up to 10. The name is the output's, the value is what the value above has to be, as text. The first that fits \
             counts, else the output else.",
        ),
    ],
    outputs: &[port::ELSE],
    can_fail: true,
    keywords: &["case", "route", "branch", "if", "router", "match"],
    output: Output::Input,
    retries: RETRIES_NONE,
    example: Example::new(
        r#"{"total":120}"#,
        r#"{ "value": "true", "cases": { "big": "{{ input.total >= 100 }}", "small": "{{ input.total < 100 }}" } }"#,
        r#"{"total":120}"#,
    ),
};

pub const NO_OP: Spec = Spec {
    kind: Kind::NoOp,
    name: "no_op",
    label: "No operation",
    summary: "Hands its input on: a place where paths meet or a note stands.",
    family: Family::Flow,
    fields: &[],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["nothing", "pass", "placeholder", "noop", "meet"],
    output: Output::Input,
    retries: RETRIES_NONE,
    example: Example::new(r#"{"a":1}"#, "{}", r#"{"a":1}"#),
};

pub const LOG: Spec = Spec {
    kind: Kind::Log,
    name: "log",
    label: "Log",
    summary: "Keeps a line of text in the execution's journal.",
    family: Family::Flow,
    fields: &[
        Field::new("message", "Message", Input::LongText).required().placeholder("{{ input.length }} orders to go"),
        Field::new("level", "Level", Input::Choice(LEVELS)).required().default("info"),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["print", "trace", "note", "debug", "write"],
    output: Output::Object(&[
        Part::new("level", "string", "debug, info, warning or error."),
        Part::new("message", "string", "The line."),
        Part::new("input", "", "Its input, as it came."),
    ]),
    retries: RETRIES_NONE,
    example: Example::new(
        r#"{"id":7}"#,
        r#"{ "message": "Order {{ input.id }} is late", "level": "warning" }"#,
        r#"{"level":"warning","message":"Order 7 is late","input":{"id":7}}"#,
    ),
};

const LEVELS: &[Choice] = &[
    Choice::new("debug", "debug"),
    Choice::new("info", "info"),
    Choice::new("warning", "warning"),
    Choice::new("error", "error"),
];
