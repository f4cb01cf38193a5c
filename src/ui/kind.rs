//! How kinds of nodes look: icon, colour family, the one line on the card. Shared by palette, canvas and lists.

use serde_json::Value;

use super::{
    canvas::{Card, PortMark},
    components::Icon,
};
use crate::domain::{
    task::{Family, Kind, port},
    workflow::Node,
};

pub fn icon(kind: Kind) -> Icon {
    match kind {
        Kind::Manual => Icon::Hand,
        Kind::Webhook => Icon::Bolt,
        Kind::Schedule => Icon::Clock,
        Kind::HttpRequest => Icon::Globe,
        Kind::SendEmail => Icon::Mail,
        Kind::SlackMessage => Icon::Hash,
        Kind::Condition => Icon::Split,
        Kind::ForEach => Icon::Retry,
        Kind::SubWorkflow => Icon::Bolt,
        Kind::Delay | Kind::WaitUntil => Icon::Timer,
        Kind::WaitForEvent => Icon::Clock,
        Kind::Approval => Icon::Hand,
        Kind::Fail => Icon::Stop,
        Kind::Transform => Icon::Braces,
        Kind::Graphql => Icon::Braces,
        Kind::SendWebhook => Icon::External,
        Kind::DiscordMessage | Kind::TeamsMessage | Kind::TelegramMessage => Icon::Chat,
        Kind::LlmChat | Kind::SummarizeText | Kind::ExtractData | Kind::Classify => Icon::Sparkles,
        Kind::Sql | Kind::Csv | Kind::Xlsx => Icon::Table,
        Kind::Json => Icon::Braces,
        Kind::Xml => Icon::Code,
        Kind::Zip => Icon::Download,
        Kind::File => Icon::Save,
        Kind::RespondToWebhook => Icon::ArrowLeft,
        Kind::Notify => Icon::Chat,
        Kind::HtmlExtract => Icon::Search,
        Kind::RssRead => Icon::List,
        Kind::Shell => Icon::Terminal,
        Kind::Python | Kind::Javascript => Icon::Code,
        Kind::PdfExtract => Icon::File,
        Kind::Plugin => Icon::Puzzle,
        Kind::Redis => Icon::Layers,
        Kind::S3Object => Icon::Cloud,
        Kind::Switch => Icon::Split,
        Kind::Merge => Icon::Merge,
        Kind::NoOp => Icon::ArrowRight,
        Kind::Log => Icon::Keyboard,
        Kind::SetFields => Icon::Pencil,
        Kind::Filter => Icon::Filter,
        Kind::Sort => Icon::Sort,
        Kind::Limit => Icon::Minus,
        Kind::Aggregate => Icon::Sum,
        Kind::Split => Icon::List,
        Kind::Deduplicate => Icon::Copy,
    }
}

/// The family as the stylesheet knows it (`data-family`).
pub fn family(kind: Kind) -> &'static str {
    match kind.spec().family {
        Family::Trigger => "trigger",
        Family::Web => "web",
        Family::Message => "message",
        Family::Flow => "flow",
        Family::Data => "data",
        Family::Ai | Family::Code => "code",
    }
}

/// A node's card on the canvas.
pub fn card(node: &Node, problems: usize) -> Card {
    Card {
        title: node.name.clone(),
        line: if node.pinned.is_some() { format!("Pinned · {}", line(node)) } else { line(node) },
        icon: icon(node.kind),
        family: family(node.kind),
        label: node.kind.spec().label,
        start: node.kind.is_trigger(),
        outputs: node.output_ports().map(mark).collect(),
        problems,
        change: None,
        disabled: node.disabled,
    }
}

fn mark(name: &str) -> PortMark {
    let label = if name == port::OUT { "" } else { name };
    PortMark { name: name.to_owned(), label: label.to_owned() }
}

/// What the node does, from its parameters; what its kind does, while they are empty.
pub fn line(node: &Node) -> String {
    let text = |field: &str| match node.parameters.get(field) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    let line = match node.kind {
        Kind::Manual => "Starts by hand".to_owned(),
        Kind::Webhook => match text("auth").as_str() {
            "header_token" => "POST, token in a header".to_owned(),
            "hmac_sha256" => "POST, signed".to_owned(),
            _ => "POST, open".to_owned(),
        },
        Kind::Schedule => [text("cron"), text("time_zone")].join(" · "),
        Kind::HttpRequest if text("url").is_empty() => String::new(),
        Kind::HttpRequest => format!("{} {}", text("method"), without_scheme(&text("url"))),
        Kind::SendEmail => text("to"),
        Kind::SlackMessage => text("text"),
        Kind::Condition => text("if"),
        Kind::ForEach => text("items"),
        Kind::SubWorkflow => text("workflow"),
        Kind::WaitUntil => text("at"),
        Kind::WaitForEvent if text("waits_for") == "call" => "Resume URL".to_owned(),
        Kind::WaitForEvent => text("name"),
        Kind::Approval => text("message"),
        Kind::Delay if text("amount") == "1" => format!("1 {}", text("unit").trim_end_matches('s')),
        Kind::Delay => format!("{} {}", text("amount"), text("unit")),
        Kind::Fail => text("message"),
        Kind::Transform => text("output"),
        Kind::Graphql => without_scheme(&text("url")).to_owned(),
        Kind::SendWebhook => text("event"),
        Kind::DiscordMessage | Kind::TeamsMessage => text("text"),
        Kind::TelegramMessage => text("chat"),
        Kind::LlmChat => text("prompt"),
        Kind::SummarizeText | Kind::ExtractData | Kind::Classify => text("model"),
        Kind::Sql => text("statement"),
        Kind::Csv | Kind::Json | Kind::Xml | Kind::Xlsx | Kind::Zip => text("direction"),
        Kind::HtmlExtract => names(node.parameters.get("values")),
        Kind::RespondToWebhook => text("status"),
        Kind::Notify => text("channel"),
        Kind::File => [text("do"), text("path")].join(" "),
        Kind::RssRead => without_scheme(&text("url")).to_owned(),
        Kind::Shell | Kind::Python | Kind::Javascript => text("code"),
        Kind::PdfExtract => text("pdf"),
        Kind::Plugin => text("plugin"),
        Kind::Redis => {
            let object = ["key", "pattern", "channel"].map(text).into_iter().find(|text| !text.is_empty());
            format!("{} {}", text("do").replace('_', " "), object.unwrap_or_default())
        }
        Kind::S3Object => format!("{} {}/{}", text("do"), text("bucket"), text("key")),
        Kind::Switch => text("value"),
        Kind::Merge => text("how"),
        Kind::NoOp => String::new(),
        Kind::Log => text("message"),
        Kind::SetFields => names(node.parameters.get("set")),
        Kind::Filter => text("keep"),
        Kind::Sort | Kind::Deduplicate => text("by"),
        Kind::Limit => format!("{} from the {}", text("count"), text("from")),
        Kind::Aggregate => text("of"),
        Kind::Split => text("into"),
    };
    match line.lines().next().map(str::trim) {
        Some(first) if !first.is_empty() => first.chars().take(80).collect(),
        _ => node.kind.spec().label.to_owned(),
    }
}

/// The names of members, with commas.
fn names(members: Option<&Value>) -> String {
    let names: Vec<_> =
        members.and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    names.join(", ")
}

fn without_scheme(url: &str) -> &str {
    url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::workflow::Point;

    fn node(kind: Kind, parameters: Value) -> Node {
        let mut node = Node::new("n".into(), "N", kind, Point::default());
        node.parameters.extend(parameters.as_object().cloned().unwrap_or_default());
        node
    }

    #[test]
    fn a_card_says_in_one_line_what_its_node_does() {
        for (kind, parameters, expected) in [
            (
                Kind::HttpRequest,
                serde_json::json!({"method": "POST", "url": "https://crm.example.com/x"}),
                "POST crm.example.com/x",
            ),
            (Kind::Delay, serde_json::json!({"amount": 3, "unit": "days"}), "3 days"),
            (Kind::Delay, serde_json::json!({"amount": "1"}), "1 minute"),
            (Kind::Condition, serde_json::json!({"if": "input.plan\n=== 1"}), "input.plan"),
            (Kind::SendEmail, serde_json::json!({}), "Send email"),
            (Kind::Redis, serde_json::json!({"do": "hash_get", "key": "a"}), "hash get a"),
            (Kind::S3Object, serde_json::json!({"do": "list", "bucket": "reports"}), "list reports/"),
            (Kind::Schedule, serde_json::json!({}), "0 9 * * 1-5 · UTC"),
        ] {
            assert_eq!(line(&node(kind, parameters)), expected);
        }
    }

    #[test]
    fn only_branches_and_errors_have_port_labels() {
        let labels =
            |kind| card(&node(kind, Value::Null), 0).outputs.into_iter().map(|port| port.label).collect::<Vec<_>>();
        assert_eq!(labels(Kind::Condition), ["true", "false", "error"]);
        assert_eq!(labels(Kind::Webhook), [""]);
    }
}
