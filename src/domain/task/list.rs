//! What works on lists.

use super::{Choice, Example, Family, Field, Input, Kind, Output, RETRIES_NONE, Spec, port};

const ITEMS: Field = Field::new("items", "Items", Input::Expression)
    .required()
    .default("input")
    .placeholder("input.orders")
    .help("A list of up to 10,000.");

pub const FILTER: Spec = Spec {
    kind: Kind::Filter,
    name: "filter",
    label: "Filter",
    summary: "Keeps the items of a list for which a condition holds.",
    family: Family::Data,
    fields: &[
        ITEMS,
        Field::new("keep", "Keep if", Input::ItemExpression)
            .required()
            .placeholder("item.total > 100")
            .help("For each item. False, null, 0 and \"\" leave it out."),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["where", "select", "list", "remove", "condition"],
    output: Output::List("the items that were kept, in their order."),
    retries: RETRIES_NONE,
    example: Example::new(
        r#"[{"total":120},{"total":80}]"#,
        r#"{ "items": "input", "keep": "item.total > 100" }"#,
        r#"[{"total":120}]"#,
    ),
};

pub const SORT: Spec = Spec {
    kind: Kind::Sort,
    name: "sort",
    label: "Sort",
    summary: "Puts the items of a list in order.",
    family: Family::Data,
    fields: &[
        ITEMS,
        Field::new("by", "By", Input::ItemExpression)
            .required()
            .default("item")
            .placeholder("item.name")
            .help("A list of values sorts by the first, then by the next: [item.city, item.name]."),
        Field::new("order", "Order", Input::Choice(ORDERS))
            .required()
            .default("ascending")
            .help("Numbers come before texts; null comes last in either order. Equal items keep their order."),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["order", "rank", "list", "arrange"],
    output: Output::List("the same items in order."),
    retries: RETRIES_NONE,
    example: Example::new(
        r#"[{"n":10},{"n":9},{"n":null}]"#,
        r#"{ "by": "item.n", "order": "ascending" }"#,
        r#"[{"n":9},{"n":10},{"n":null}]"#,
    ),
};

const ORDERS: &[Choice] = &[Choice::new("ascending", "smallest first"), Choice::new("descending", "largest first")];

pub const LIMIT: Spec = Spec {
    kind: Kind::Limit,
    name: "limit",
    label: "Limit",
    summary: "Keeps a number of items from the beginning or the end of a list.",
    family: Family::Data,
    fields: &[
        ITEMS,
        Field::new("count", "How many", Input::Number { min: 0.0, max: 10_000.0 }).required().default("10"),
        Field::new("from", "From", Input::Choice(ENDS)).required().default("start"),
        Field::new("skip", "Leave out before", Input::Number { min: 0.0, max: 10_000.0 })
            .default("0")
            .help("So many items at that end are left out first."),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["first", "last", "top", "slice", "take", "list", "page"],
    output: Output::List("the items that were kept, in their order."),
    retries: RETRIES_NONE,
    example: Example::new("[1,2,3,4]", r#"{ "count": 2, "from": "end", "skip": 1 }"#, "[2,3]"),
};

const ENDS: &[Choice] = &[Choice::new("start", "the beginning"), Choice::new("end", "the end")];

pub const AGGREGATE: Spec = Spec {
    kind: Kind::Aggregate,
    name: "aggregate",
    label: "Aggregate",
    summary: "Counts, sums up and groups the items of a list.",
    family: Family::Data,
    fields: &[
        ITEMS,
        Field::new("group_by", "Group by", Input::ItemExpression)
            .placeholder("item.country")
            .help("Items with the same value make one group. Empty: all make one."),
        Field::new("of", "Of", Input::ItemExpression).required().default("item").placeholder("item.amount"),
        Field::new("figures", "Figures", Input::Choice(FIGURES)).required().default("numbers"),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["sum", "count", "average", "group", "total", "reduce", "summarize", "min", "max"],
    output: Output::Any(
        "an object with `count` and, of numbers, `sum`, `average`, `min`, `max`, of values `values`; grouped, a list of such \
         objects, each with its `key`, in the order in which the groups first came up. Nulls are not counted.",
    ),
    retries: RETRIES_NONE,
    example: Example::new(
        r#"[{"c":"DE","a":2},{"c":"FR","a":5},{"c":"DE","a":4}]"#,
        r#"{ "group_by": "item.c", "of": "item.a" }"#,
        r#"[{"key":"DE","count":2,"sum":6,"average":3,"min":2,"max":4},{"key":"FR","count":1,"sum":5,"average":5,"min":5,"max":5}]"#,
    ),
};

const FIGURES: &[Choice] =
    &[Choice::new("numbers", "sum, average, smallest, largest"), Choice::new("values", "the values themselves")];

pub const SPLIT: Spec = Spec {
    kind: Kind::Split,
    name: "split",
    label: "Split",
    summary: "Makes a list: of a text's parts, of an object's members, or of batches of a list.",
    family: Family::Data,
    fields: &[
        Field::new("value", "What", Input::Expression).required().default("input").placeholder("input.tags"),
        Field::new("into", "Into", Input::Choice(PIECES)).required().default("batches"),
        Field::new("size", "Items in a batch", Input::Number { min: 1.0, max: 10_000.0 })
            .required()
            .default("100")
            .shown_when("into", &["batches"]),
        Field::new("separator", "Separator", Input::Text)
            .default(",")
            .help("Parts are trimmed; empty ones are left out.")
            .shown_when("into", &["parts"]),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["batch", "chunk", "lines", "explode", "list", "separate", "entries"],
    output: Output::List("batches (lists), parts or lines (texts), or members (`{ \"name\", \"value\" }`)."),
    retries: RETRIES_NONE,
    example: Example::new("[1,2,3]", r#"{ "into": "batches", "size": 2 }"#, "[[1,2],[3]]"),
};

const PIECES: &[Choice] = &[
    Choice::new("batches", "batches of a list"),
    Choice::new("parts", "parts of a text"),
    Choice::new("lines", "lines of a text"),
    Choice::new("members", "members of an object"),
];

pub const DEDUPLICATE: Spec = Spec {
    kind: Kind::Deduplicate,
    name: "deduplicate",
    label: "Deduplicate",
    summary: "Leaves out the items of a list that were there before.",
    family: Family::Data,
    fields: &[
        ITEMS,
        Field::new("by", "By", Input::ItemExpression)
            .required()
            .default("item")
            .placeholder("item.id")
            .help("Items with the same value are the same."),
        Field::new("keep", "Keep", Input::Choice(KEPT)).required().default("first"),
        Field::new("among", "Looks at", Input::Choice(AMONG)).required().default("list").help(
            "With earlier executions: items that this node of the workflow had before are left out, such as the entries of \
             a feed. What failed afterwards does not get them again.",
        ),
        Field::new("days", "Forgets after", Input::Number { min: 1.0, max: 365.0 })
            .required()
            .default("30")
            .help("Days since the item was there the last time.")
            .shown_when("among", &["executions"]),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["unique", "distinct", "duplicates", "double", "list", "new", "seen"],
    output: Output::List("the items that are left, in their order."),
    retries: RETRIES_NONE,
    example: Example::new(
        r#"[{"id":1,"v":"a"},{"id":2,"v":"b"},{"id":1,"v":"c"}]"#,
        r#"{ "by": "item.id", "keep": "last" }"#,
        r#"[{"id":2,"v":"b"},{"id":1,"v":"c"}]"#,
    ),
};

const KEPT: &[Choice] = &[Choice::new("first", "the first of them"), Choice::new("last", "the last of them")];

const AMONG: &[Choice] =
    &[Choice::new("list", "this list"), Choice::new("executions", "this list and earlier executions")];

pub const MERGE: Spec = Spec {
    kind: Kind::Merge,
    name: "merge",
    label: "Merge",
    summary: "Waits for all the paths that lead to it and makes one of what they hand on.",
    family: Family::Flow,
    fields: &[
        Field::new("inputs", "Inputs", Input::Expression).required().default("input").help(
            "With several nodes before it, input is an object of what they handed on, by node name. A list counts as well.",
        ),
        Field::new("how", "How", Input::Choice(MERGES)).required().default("append"),
        Field::new("key", "Key", Input::Text)
            .required()
            .default("id")
            .help("The member by which items belong together.")
            .shown_when("how", &["combine"]),
        Field::new("keep", "Keep", Input::Choice(MATCHES))
            .required()
            .default("all")
            .shown_when("how", &["combine", "position"]),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["join", "combine", "append", "wait for all", "zip", "union"],
    output: Output::Any(
        "a list: the items of all inputs one after the other (`append`), or objects made of those that belong together, where \
         what comes later wins (`combine`, `position`); or the inputs as they came (`wait`).",
    ),
    retries: RETRIES_NONE,
    example: Example::new(
        r#"{"Orders":[{"id":1,"total":5},{"id":2,"total":7}],"Customers":[{"id":1,"name":"Ada"}]}"#,
        r#"{ "how": "combine", "key": "id", "keep": "matched" }"#,
        r#"[{"id":1,"total":5,"name":"Ada"}]"#,
    ),
};

const MERGES: &[Choice] = &[
    Choice::new("append", "one list after the other"),
    Choice::new("combine", "items with the same key make one"),
    Choice::new("position", "the first with the first, the second with the second …"),
    Choice::new("wait", "only wait, hand everything on"),
];

const MATCHES: &[Choice] = &[Choice::new("all", "all items"), Choice::new("matched", "those that are in every input")];
