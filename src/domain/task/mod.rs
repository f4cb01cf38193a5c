//! The catalogue of node kinds: for each its label, family, fields, ports and defaults. Palette, inspector,
//! validation and the JSON schema are generated from it. What a kind does lives in `server::runners`.

mod ai;
mod bucket;
mod cache;
mod code;
mod data;
mod field;
mod file;
mod flow;
mod format;
mod list;
mod message;
mod notify;
pub mod page;
pub mod port;
mod respond;
mod shape;
mod site;
mod store;
mod trigger;
mod wait;
mod web;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use field::{Choice, Condition, Field, Input, Language};
pub use shape::{Example, Output, Part};
use shape::{RETRIES_HTTP, RETRIES_NONE};

use super::workflow::{JoinRule, Parameters};

/// What a node does. Trigger kinds start executions, the others are tasks with a runner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Manual,
    Webhook,
    Schedule,
    HttpRequest,
    SendEmail,
    SlackMessage,
    Condition,
    ForEach,
    SubWorkflow,
    Delay,
    WaitUntil,
    WaitForEvent,
    Approval,
    Fail,
    Transform,
    Switch,
    Merge,
    NoOp,
    Log,
    SetFields,
    Filter,
    Sort,
    Limit,
    Aggregate,
    Split,
    Deduplicate,
    Graphql,
    SendWebhook,
    DiscordMessage,
    TeamsMessage,
    TelegramMessage,
    LlmChat,
    Sql,
    Csv,
    Json,
    Xml,
    Xlsx,
    Zip,
    HtmlExtract,
    RssRead,
    File,
    RespondToWebhook,
    Notify,
    SummarizeText,
    ExtractData,
    Classify,
    Shell,
    Python,
    Javascript,
    PdfExtract,
    Plugin,
    Redis,
    S3Object,
}

/// Groups of the palette, each with its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    Trigger,
    Web,
    Message,
    Flow,
    Data,
    Ai,
    Code,
}

impl Family {
    pub const ALL: [Self; 7] = [Self::Trigger, Self::Web, Self::Message, Self::Flow, Self::Data, Self::Ai, Self::Code];

    pub fn label(self) -> &'static str {
        match self {
            Self::Trigger => "Triggers",
            Self::Web => "Web",
            Self::Message => "Messages",
            Self::Flow => "Flow",
            Self::Data => "Data",
            Self::Ai => "AI",
            Self::Code => "Code",
        }
    }
}

/// Everything the interface and the checks know of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    pub kind: Kind,
    /// The name in JSON, URLs and logs.
    pub name: &'static str,
    pub label: &'static str,
    /// One sentence: what it does for the person who draws.
    pub summary: &'static str,
    pub family: Family,
    pub fields: &'static [Field],
    /// Names of the output ports without the error port, in drawing order.
    pub outputs: &'static [&'static str],
    /// Whether attempts can fail: then the node has an error port, a retry policy and a timeout.
    pub can_fail: bool,
    /// Other words people search for.
    pub keywords: &'static [&'static str],
    /// What it hands on.
    pub output: Output,
    /// Which of its failures are worth another attempt.
    pub retries: &'static str,
    pub example: Example,
}

impl Kind {
    pub const ALL: [Self; 53] = [
        Self::Manual,
        Self::Webhook,
        Self::Schedule,
        Self::HttpRequest,
        Self::SendEmail,
        Self::SlackMessage,
        Self::Condition,
        Self::ForEach,
        Self::SubWorkflow,
        Self::Delay,
        Self::WaitUntil,
        Self::WaitForEvent,
        Self::Approval,
        Self::Fail,
        Self::Transform,
        Self::Switch,
        Self::Merge,
        Self::NoOp,
        Self::Log,
        Self::SetFields,
        Self::Filter,
        Self::Sort,
        Self::Limit,
        Self::Aggregate,
        Self::Split,
        Self::Deduplicate,
        Self::Graphql,
        Self::SendWebhook,
        Self::DiscordMessage,
        Self::TeamsMessage,
        Self::TelegramMessage,
        Self::LlmChat,
        Self::Sql,
        Self::Csv,
        Self::Json,
        Self::Xml,
        Self::Xlsx,
        Self::Zip,
        Self::HtmlExtract,
        Self::RssRead,
        Self::File,
        Self::RespondToWebhook,
        Self::Notify,
        Self::SummarizeText,
        Self::ExtractData,
        Self::Classify,
        Self::Shell,
        Self::Python,
        Self::Javascript,
        Self::PdfExtract,
        Self::Plugin,
        Self::Redis,
        Self::S3Object,
    ];

    pub fn spec(self) -> &'static Spec {
        match self {
            Self::Manual => &trigger::MANUAL,
            Self::Webhook => &trigger::WEBHOOK,
            Self::Schedule => &trigger::SCHEDULE,
            Self::HttpRequest => &web::HTTP_REQUEST,
            Self::SendEmail => &message::SEND_EMAIL,
            Self::SlackMessage => &message::SLACK_MESSAGE,
            Self::Condition => &flow::CONDITION,
            Self::ForEach => &flow::FOR_EACH,
            Self::SubWorkflow => &flow::SUB_WORKFLOW,
            Self::Delay => &wait::DELAY,
            Self::WaitUntil => &wait::WAIT_UNTIL,
            Self::WaitForEvent => &wait::WAIT_FOR_EVENT,
            Self::Approval => &wait::APPROVAL,
            Self::Fail => &flow::FAIL,
            Self::Transform => &data::TRANSFORM,
            Self::Switch => &flow::SWITCH,
            Self::Merge => &list::MERGE,
            Self::NoOp => &flow::NO_OP,
            Self::Log => &flow::LOG,
            Self::SetFields => &data::SET_FIELDS,
            Self::Filter => &list::FILTER,
            Self::Sort => &list::SORT,
            Self::Limit => &list::LIMIT,
            Self::Aggregate => &list::AGGREGATE,
            Self::Split => &list::SPLIT,
            Self::Deduplicate => &list::DEDUPLICATE,
            Self::Graphql => &web::GRAPHQL,
            Self::SendWebhook => &web::SEND_WEBHOOK,
            Self::DiscordMessage => &message::DISCORD_MESSAGE,
            Self::TeamsMessage => &message::TEAMS_MESSAGE,
            Self::TelegramMessage => &message::TELEGRAM_MESSAGE,
            Self::LlmChat => &ai::LLM_CHAT,
            Self::Sql => &store::SQL,
            Self::Csv => &format::CSV,
            Self::Json => &format::JSON,
            Self::Xml => &format::XML,
            Self::Xlsx => &format::XLSX,
            Self::Zip => &format::ZIP,
            Self::HtmlExtract => &site::HTML_EXTRACT,
            Self::RssRead => &site::RSS_READ,
            Self::File => &file::FILE,
            Self::RespondToWebhook => &respond::RESPOND_TO_WEBHOOK,
            Self::Notify => &notify::NOTIFY,
            Self::SummarizeText => &ai::SUMMARIZE_TEXT,
            Self::ExtractData => &ai::EXTRACT_DATA,
            Self::Classify => &ai::CLASSIFY,
            Self::Shell => &code::SHELL,
            Self::Python => &code::PYTHON,
            Self::Javascript => &code::JAVASCRIPT,
            Self::PdfExtract => &code::PDF_EXTRACT,
            Self::Plugin => &code::PLUGIN,
            Self::Redis => &cache::REDIS,
            Self::S3Object => &bucket::S3_OBJECT,
        }
    }

    pub fn name(self) -> &'static str {
        self.spec().name
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it runs the nodes behind its output `item` once per item.
    pub fn is_loop(self) -> bool {
        self == Self::ForEach
    }

    /// Whether it runs what the people of a workspace wrote, which a workspace has to allow.
    pub fn is_code(self) -> bool {
        matches!(self, Self::Shell | Self::Python | Self::Javascript)
    }

    /// Whether it writes a log that is worth a look before its attempt is over.
    pub fn keeps_log(self) -> bool {
        self.is_code() || matches!(self, Self::Plugin | Self::LlmChat)
    }

    /// Whether it does nothing but compute: performed again on the same data it changes nothing anywhere, and asks nobody.
    /// A time that it waits for counts as computed.
    pub fn only_computes(self) -> bool {
        use Kind as K;
        match self {
            K::Condition | K::ForEach | K::Delay | K::WaitUntil | K::Fail | K::Switch | K::Merge | K::NoOp | K::Log => {
                true
            }
            K::Transform | K::SetFields | K::Filter | K::Sort | K::Limit | K::Aggregate | K::Split => true,
            K::Deduplicate | K::Csv | K::Json | K::Xml | K::Xlsx | K::Zip | K::HtmlExtract | K::RespondToWebhook => {
                true
            }
            K::Manual | K::Webhook | K::Schedule | K::SubWorkflow | K::WaitForEvent | K::Approval => false,
            K::HttpRequest | K::Graphql | K::SendWebhook | K::RssRead | K::Sql | K::File | K::Redis | K::S3Object => {
                false
            }
            K::SendEmail | K::SlackMessage | K::DiscordMessage | K::TeamsMessage | K::TelegramMessage | K::Notify => {
                false
            }
            K::LlmChat | K::SummarizeText | K::ExtractData | K::Classify => false,
            // What people wrote may do anything that its sandbox lets it.
            K::Shell | K::Python | K::Javascript | K::PdfExtract | K::Plugin => false,
        }
    }

    pub fn is_trigger(self) -> bool {
        self.spec().family == Family::Trigger
    }

    /// Output ports in drawing order; the error port comes last where the kind can fail. A node may have more before
    /// them: see [`Node::output_ports`](crate::domain::workflow::Node::output_ports).
    pub fn output_ports(self) -> impl Iterator<Item = &'static str> {
        let spec = self.spec();
        spec.outputs.iter().copied().chain(spec.can_fail.then_some(port::ERROR))
    }

    /// Whether one of its expressions is evaluated once per item.
    pub fn goes_over_items(self) -> bool {
        self.spec().fields.iter().any(|field| field.input == Input::ItemExpression)
    }

    /// When a new node with several arrows into it starts: a merge also where a branch before it was not taken.
    pub fn usual_join(self) -> JoinRule {
        if self == Self::Merge { JoinRule::NoneFailedMinOneSucceeded } else { JoinRule::default() }
    }

    pub fn has_input(self) -> bool {
        !self.is_trigger()
    }

    pub fn field(self, name: &str) -> Option<&'static Field> {
        self.spec().fields.iter().find(|field| field.name == name)
    }

    /// These parameters, with the defaults of the fields that they leave out.
    pub fn with_defaults(self, parameters: &Parameters) -> Parameters {
        let mut all = self.default_parameters();
        all.extend(parameters.iter().map(|(name, value)| (name.clone(), value.clone())));
        all
    }

    pub fn default_parameters(self) -> Parameters {
        self.spec()
            .fields
            .iter()
            .filter_map(|field| Some((field.name.to_owned(), Value::from(field.default?))))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_name_and_serialises_to_it() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.name()), Some(kind));
            assert_eq!(serde_json::to_value(kind).ok(), Some(Value::from(kind.name())));
            assert_eq!(kind.spec().kind, kind);
        }
    }

    #[test]
    fn a_field_that_depends_on_another_names_one_that_exists() {
        for kind in Kind::ALL {
            for field in kind.spec().fields {
                for (other, values) in field.conditions() {
                    assert!(kind.field(other).is_some(), "{}.{}", kind.name(), field.name);
                    assert!(!values.is_empty(), "{}.{}", kind.name(), field.name);
                }
            }
        }
    }
}
