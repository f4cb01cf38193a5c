//! Workflows to start from: each one a function, listed in [`ALL`]. They run as they are once the addresses that only
//! you know are filled in; exactly those are their problems.

mod first;
mod people;
mod sketch;
mod work;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    retry::RetryPolicy,
    task::Kind,
    workflow::{Edge, JoinRule, Node, Point, Workflow},
};

pub struct Template {
    /// The name in URLs and calls.
    pub id: &'static str,
    pub name: &'static str,
    /// What it is good for, in a word.
    pub topic: &'static str,
    /// One or two sentences: what it does and what to fill in.
    pub summary: &'static str,
    build: fn() -> Workflow,
}

const fn template(
    id: &'static str,
    name: &'static str,
    topic: &'static str,
    summary: &'static str,
    build: fn() -> Workflow,
) -> Template {
    Template { id, name, topic, summary, build }
}

pub const ALL: &[Template] = &[
    template(
        "user_signed_up",
        "User signed up",
        "Customers",
        "A sign-up arrives by webhook: welcome the person by email, add them to your CRM, tell the team in Slack. \
         Fill in your mail server, your CRM's address and your Slack webhook.",
        user_signed_up,
    ),
    template("simple", "Simple", "First steps", "Three steps in a row; runs as it is.", first::simple),
    template(
        "parallel",
        "Parallel",
        "First steps",
        "Three tasks at once, joined by one; runs as it is.",
        first::parallel,
    ),
    template("http", "HTTP", "First steps", "Calls a web API and branches on the answer; runs as it is.", first::http),
    template(
        "daily_report",
        "Daily report",
        "Reports",
        "Figures of yesterday, in words, in Slack at nine.",
        first::daily_report,
    ),
    template(
        "uptime_watch",
        "Uptime watch",
        "Operations",
        "Looks at a site every five minutes and tells when it is gone.",
        first::uptime_watch,
    ),
    template(
        "onboarding",
        "Onboarding in three emails",
        "Customers",
        "Welcome now, tips after three days, a question after ten.",
        people::onboarding,
    ),
    template(
        "lead_qualification",
        "Lead qualification",
        "Sales",
        "Large companies to sales, others into the newsletter.",
        people::lead_qualification,
    ),
    template(
        "refund_approval",
        "Refund with approval",
        "Money",
        "Small refunds at once, large ones when a person agrees.",
        people::refund_approval,
    ),
    template(
        "support_summary",
        "Support ticket in one line",
        "AI",
        "A model reads the ticket; urgent ones reach the team.",
        people::support_summary,
    ),
    template(
        "publication",
        "Publish after a second look",
        "Content",
        "Approval, a date to wait for, publication, announcement.",
        people::publication,
    ),
    template(
        "payment_failed",
        "Payment failed",
        "Money",
        "Waits for the payment to come after all, then speaks up.",
        people::payment_failed,
    ),
    template(
        "weekly_digest",
        "Weekly digest",
        "AI",
        "The week's posts, summed up by a model, by email on Friday.",
        people::weekly_digest,
    ),
    template(
        "order_fulfilment",
        "Order fulfilment",
        "Sales",
        "Stock, reservation line by line, parcel.",
        work::order_fulfilment,
    ),
    template(
        "incident",
        "Incident response",
        "Operations",
        "Grave alerts ask before they roll back; others are told.",
        work::incident,
    ),
    template(
        "issue_triage",
        "Issue triage",
        "AI",
        "A model sorts new issues; each sort goes its own way.",
        work::issue_triage,
    ),
    template(
        "invoice_reminder",
        "Invoice reminders",
        "Money",
        "Late invoices from the database, one email each.",
        work::invoice_reminder,
    ),
    template(
        "csv_import",
        "CSV import",
        "Data",
        "Rows of a CSV, without those that come twice, posted one by one.",
        work::csv_import,
    ),
    template(
        "data_sync",
        "Sync to a database",
        "Data",
        "All pages of an API into a table, every hour.",
        work::data_sync,
    ),
    template(
        "quality_check",
        "Data quality check",
        "Data",
        "Two sources matched every night; speaks up when they differ.",
        work::quality_check,
    ),
];

pub fn find(id: &str) -> Option<&'static Template> {
    ALL.iter().find(|template| template.id == id)
}

impl Template {
    pub fn workflow(&self) -> Workflow {
        (self.build)()
    }

    pub fn describe(&self) -> TemplateSummary {
        let workflow = self.workflow();
        let place = |id: &super::id::NodeId| workflow.nodes.iter().position(|node| node.id == *id);
        let edges = workflow.edges.iter().filter_map(|edge| Some((place(&edge.from.node)?, place(&edge.to.node)?)));
        TemplateSummary {
            id: self.id.to_owned(),
            name: self.name.to_owned(),
            topic: self.topic.to_owned(),
            summary: self.summary.to_owned(),
            kinds: workflow.nodes.iter().map(|node| node.kind).collect(),
            places: workflow.nodes.iter().map(|node| node.position).collect(),
            edges: edges.collect(),
        }
    }
}

/// What the gallery shows of a template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TemplateSummary {
    pub id: String,
    pub name: String,
    pub topic: String,
    pub summary: String,
    /// The kinds of its nodes, in the order in which they were told.
    pub kinds: Vec<Kind>,
    /// Where each of them stands, for its picture; and which lead to which, by their place in the list.
    pub places: Vec<Point>,
    pub edges: Vec<(usize, usize)>,
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

impl Workflow {
    /// The node starts as soon as one of the ways to it was taken: where branches of a condition meet again.
    fn joined(mut self, name: &str) -> Self {
        if let Some(node) = self.nodes.iter_mut().find(|node| node.name == name) {
            node.join = JoinRule::NoneFailedMinOneSucceeded;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_twenty_and_each_lacks_only_what_the_one_who_uses_it_knows() {
        assert_eq!(ALL.len(), 20);
        for template in ALL {
            let workflow = template.workflow();
            assert!(workflow.triggers().next().is_some(), "{}", template.id);
            for problem in workflow.problems() {
                let is_to_fill_in = problem.message.starts_with("Fill in");
                assert!(is_to_fill_in, "{}: {}", template.id, problem.message);
            }
        }
        for id in ["simple", "parallel", "http"] {
            assert_eq!(find(id).expect("it is listed").workflow().problems(), [], "{id} runs as it is");
        }
    }

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
