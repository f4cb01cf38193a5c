//! Workflows to start from: each one a function, listed in [`ALL`]. They run as they are once the addresses that only
//! you know are filled in; exactly those are their problems.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    retry::RetryPolicy,
    task::Kind,
    workflow::{Edge, Node, Point, Workflow},
};

pub struct Template {
    /// The name in URLs and calls.
    pub id: &'static str,
    pub name: &'static str,
    /// One or two sentences: what it does and what to fill in.
    pub summary: &'static str,
    build: fn() -> Workflow,
}

pub const ALL: &[Template] = &[Template {
    id: "user_signed_up",
    name: "User signed up",
    summary: "A sign-up arrives by webhook: welcome the person by email, add them to your CRM, tell the team in Slack. \
              Fill in your mail server, your CRM's address and your Slack webhook.",
    build: user_signed_up,
}];

pub fn find(id: &str) -> Option<&'static Template> {
    ALL.iter().find(|template| template.id == id)
}

impl Template {
    pub fn workflow(&self) -> Workflow {
        (self.build)()
    }

    pub fn describe(&self) -> TemplateSummary {
        TemplateSummary {
            id: self.id.to_owned(),
            name: self.name.to_owned(),
            summary: self.summary.to_owned(),
            kinds: self.workflow().nodes.iter().map(|node| node.kind).collect(),
        }
    }
}

/// What the start page shows of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateSummary {
    pub id: String,
    pub name: String,
    pub summary: String,
    /// The kinds of its nodes, in the order in which they run.
    pub kinds: Vec<Kind>,
}

fn user_signed_up() -> Workflow {
    let crm_retries = RetryPolicy { max_attempts: 3, base_ms: 1_000, factor: 2.0, cap_ms: 30_000 };
    Workflow {
        name: "User signed up".to_owned(),
        description: "Welcomes a new user by email, adds them to the CRM and tells the team. \
                      Post JSON such as {\"email\": \"ada@example.com\", \"name\": \"Ada\"} to the webhook."
            .to_owned(),
        nodes: vec![
            node(0, Kind::Webhook, "User signed up", json!({})),
            node(1, Kind::SendEmail, "Send welcome email", welcome_email()),
            Node { retry: crm_retries, ..node(2, Kind::HttpRequest, "Create CRM entry", crm_entry()) },
            node(3, Kind::SlackMessage, "Tell the team", json!({ "url": "", "text": TEAM_MESSAGE })),
        ],
        edges: vec![
            Edge::between("webhook_1", "send_email_1"),
            Edge::between("send_email_1", "http_request_1"),
            Edge::between("http_request_1", "slack_message_1"),
        ],
        ..Workflow::default()
    }
}

fn welcome_email() -> Value {
    json!({
        "server": "",
        "from": "Your team <hello@example.com>",
        "to": "{{ input.email }}",
        "subject": "Welcome, {{ input.name ?? \"and thank you for signing up\" }}!",
        "text": "Hi {{ input.name ?? \"there\" }},\n\n\
                 thank you for signing up. Your account is ready.\n\n\
                 If anything is unclear, just answer this email: a person reads it.\n\n\
                 Your team",
        "html": "<p>Hi {{ input.name ?? \"there\" }},</p>\n\
                 <p>thank you for signing up. <strong>Your account is ready.</strong></p>\n\
                 <p>If anything is unclear, just answer this email: a person reads it.</p>\n\
                 <p>Your team</p>\n",
    })
}

fn crm_entry() -> Value {
    json!({
        "method": "POST",
        "url": "",
        "body": "{\n  \"email\": {{ trigger.body.email }},\n  \"name\": {{ trigger.body.name ?? \"\" }},\n  \
                 \"source\": \"sign-up\"\n}",
    })
}

const TEAM_MESSAGE: &str = "New sign-up: {{ trigger.body.name ?? \"somebody\" }} ({{ trigger.body.email }}). \
                            Welcomed by email and added to the CRM.";

/// The first node of its kind, in this place of the row, with these parameters beside the defaults of the kind.
fn node(place: u16, kind: Kind, name: &str, parameters: Value) -> Node {
    let position = Point { x: 96.0 + 288.0 * f64::from(place), y: 160.0 };
    let mut node = Node::new(format!("{}_1", kind.name()).into(), name, kind, position);
    if let Value::Object(given) = parameters {
        node.parameters.extend(given);
    }
    node
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_found_by_its_id_and_has_nodes() {
        for template in ALL {
            assert_eq!(find(template.id).map(|found| found.name), Some(template.name));
            assert!(!template.describe().kinds.is_empty(), "{}", template.id);
        }
    }

    #[test]
    fn user_signed_up_lacks_exactly_its_three_addresses() {
        let problems = user_signed_up().problems();
        let fields: Vec<(&str, &str)> = problems
            .iter()
            .filter_map(|problem| Some((problem.node.as_ref()?.as_str(), problem.field.as_deref()?)))
            .collect();
        assert_eq!(fields, [("send_email_1", "server"), ("http_request_1", "url"), ("slack_message_1", "url")]);
        assert_eq!(problems.len(), fields.len());
    }

    #[test]
    fn the_crm_entry_is_tried_three_times() {
        let workflow = user_signed_up();
        let crm = workflow.node(&"http_request_1".into()).expect("the template has a CRM node");
        assert_eq!(crm.retry.max_attempts, 3);
        assert_eq!(crm.parameters["method"], "POST");
    }
}
