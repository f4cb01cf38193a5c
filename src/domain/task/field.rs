//! One parameter of a kind: how it is asked for, and what it may hold.

use crate::domain::{credential::CredentialKind, workflow::Parameters};

#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    /// Shown under the input; may be empty.
    pub help: &'static str,
    /// An example, shown while the field is empty.
    pub placeholder: &'static str,
    pub input: Input,
    pub required: bool,
    pub default: Option<&'static str>,
    /// Its text is HTML: the values of expressions are escaped.
    pub is_html: bool,
    /// It names a model: those of the API in the field `server` are offered, with the login in `credential`.
    pub offers_models: bool,
    /// Shown and checked only while the other field has one of these values.
    pub shown_when: Option<Condition>,
    /// And only while this one has one of these.
    pub also_when: Option<Condition>,
}

/// Another field's name, and the values that it may have.
pub type Condition = (&'static str, &'static [&'static str]);

/// How a field is edited and how its value is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Input {
    /// One line of text; `{{ … }}` inside it is replaced by the expression's value.
    Text,
    /// Text of many lines, with expressions.
    LongText,
    /// JSON text with expressions: outside of JSON strings an expression becomes a JSON value, inside of one its text.
    /// A JSON value in its place (import, REST) is taken as it is, expressions in its strings replaced.
    Json,
    /// A bare expression without braces, such as `input.plan !== "free"`.
    Expression,
    /// A bare expression that is evaluated once for each item of the field `items`, which stands before it: `item` and
    /// `index` stand for the item. Its value is the list of what came out.
    ItemExpression,
    /// Text of many lines that is taken as it stands, without expressions: a query, a statement.
    Source,
    /// A program of many lines; data reaches it beside it, never in its text.
    Code(Language),
    /// A list of `[name, value]` pairs; values may hold expressions. Stored as a JSON object.
    Pairs,
    /// The same, but a value that is one expression keeps its type.
    Members,
    /// A number from `min` to `max`, or an expression that gives one.
    Number { min: f64, max: f64 },
    /// One of a list; no expressions.
    Choice(&'static [Choice]),
    /// The name of a credential of one of these kinds; no expressions.
    Credential(&'static [CredentialKind]),
    /// A cron pattern of five or six fields; no expressions.
    Cron,
    /// An IANA time zone name; no expressions.
    TimeZone,
    /// A plug-in of this server, as `name@version`; no expressions.
    Plugin,
    /// A list that the designer keeps and nobody edits.
    Hidden,
}

/// What a program is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Shell,
    Python,
    JavaScript,
}

impl Language {
    pub fn label(self) -> &'static str {
        match self {
            Self::Shell => "shell script",
            Self::Python => "Python",
            Self::JavaScript => "JavaScript",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    pub value: &'static str,
    pub label: &'static str,
}

impl Field {
    /// An optional one-line text; the builder methods say what differs.
    pub const fn new(name: &'static str, label: &'static str, input: Input) -> Self {
        Self {
            name,
            label,
            help: "",
            placeholder: "",
            input,
            required: false,
            default: None,
            is_html: false,
            offers_models: false,
            shown_when: None,
            also_when: None,
        }
    }

    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub const fn help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }

    pub const fn placeholder(mut self, placeholder: &'static str) -> Self {
        self.placeholder = placeholder;
        self
    }

    pub const fn default(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    pub const fn html(mut self) -> Self {
        self.is_html = true;
        self
    }

    pub const fn models(mut self) -> Self {
        self.offers_models = true;
        self
    }

    pub const fn shown_when(mut self, other: &'static str, values: &'static [&'static str]) -> Self {
        self.shown_when = Some((other, values));
        self
    }

    pub const fn also_when(mut self, other: &'static str, values: &'static [&'static str]) -> Self {
        self.also_when = Some((other, values));
        self
    }

    /// What has to hold for the field to count.
    pub fn conditions(&self) -> impl Iterator<Item = Condition> {
        self.shown_when.into_iter().chain(self.also_when)
    }

    /// Whether the field counts with these parameters.
    pub fn is_shown(&self, parameters: &Parameters) -> bool {
        self.conditions().all(|(other, values)| {
            parameters.get(other).and_then(|value| value.as_str()).is_some_and(|value| values.contains(&value))
        })
    }
}

impl Choice {
    pub const fn new(value: &'static str, label: &'static str) -> Self {
        Self { value, label }
    }
}
