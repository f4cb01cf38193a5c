//! For data, operations and money.

use serde_json::json;

use super::sketch::Sketch;
use crate::domain::{task::Kind, workflow::Workflow};

pub fn order_fulfilment() -> Workflow {
    Sketch::of("Order fulfilment", "Checks the stock, reserves every line of the order, books the parcel; what is out of stock is told to the customer. Fill in the addresses of your shop and your mail server.")
        .then(Kind::Webhook, "Order placed", json!({}))
        .then_try(Kind::HttpRequest, "Check stock", json!({ "method": "POST", "url": "", "body": "{ \"lines\": {{ input.lines }} }" }))
        .then(Kind::Condition, "In stock?", json!({ "if": "input.body.available" }))
        .then(Kind::ForEach, "Each line", json!({ "items": "trigger.body.lines", "max_parallel": 5 }))
        .then_try(Kind::HttpRequest, "Book parcel", json!({ "method": "POST", "url": "", "body": "{ \"order\": {{ trigger.body.id }} }" }))
        .at("Each line", "item")
        .then_try(Kind::HttpRequest, "Reserve", json!({ "method": "POST", "url": "", "body": "{ \"sku\": {{ item.sku }}, \"count\": {{ item.count }} }" }))
        .at("In stock?", "false")
        .then_try(Kind::SendEmail, "Ask for patience", json!({ "server": "", "from": "Your shop <shop@example.com>", "to": "{{ trigger.body.email }}", "subject": "Your order {{ trigger.body.id }}", "text": "A part of your order is out of stock. We send it as soon as we can." }))
        .done()
}

pub fn incident() -> Workflow {
    Sketch::of("Incident response", "A grave alert asks a person before it rolls back; others are only told. Fill in your Slack webhook and the address that rolls back.")
        .then(Kind::Webhook, "Alert", json!({}))
        .then(Kind::Switch, "How bad?", json!({ "value": "input.severity", "cases": { "critical": "critical", "warning": "warning" } }))
        .then(Kind::Approval, "Roll back?", json!({ "message": "{{ trigger.body.service }}: {{ trigger.body.summary }}. Roll back?", "within_hours": 1 }))
        .then_try(Kind::HttpRequest, "Roll back", json!({ "method": "POST", "url": "", "body": "{ \"service\": {{ trigger.body.service }} }" }))
        .then_try(Kind::SlackMessage, "Done", json!({ "url": "", "text": "{{ trigger.body.service }} was rolled back" }))
        .at("How bad?", "warning")
        .then_try(Kind::SlackMessage, "Tell the team", json!({ "url": "", "text": "{{ trigger.body.service }}: {{ trigger.body.summary }}" }))
        .at("How bad?", "else")
        .then(Kind::Log, "Note it", json!({ "message": "{{ trigger.body.summary }}" }))
        .done()
}

pub fn issue_triage() -> Workflow {
    Sketch::of("Issue triage", "A language model sorts new GitHub issues; each sort goes its own way. Choose the model and fill in the Slack webhooks.")
        .then(Kind::Webhook, "Issue opened", json!({}))
        .then_try(Kind::LlmChat, "Sort it", json!({ "model": "", "prompt": "Answer with one word, bug, feature or question, for this issue:\n\n{{ input.issue.title }}\n{{ input.issue.body }}" }))
        .then(Kind::Switch, "Which sort?", json!({ "value": "input.text.toLowerCase().trim()", "cases": { "bug": "bug", "feature": "feature" } }))
        .then_try(Kind::SlackMessage, "To the team", json!({ "url": "", "text": "Bug: {{ trigger.body.issue.title }}" }))
        .at("Which sort?", "feature")
        .then_try(Kind::SlackMessage, "To product", json!({ "url": "", "text": "Wish: {{ trigger.body.issue.title }}" }))
        .at("Which sort?", "else")
        .then(Kind::Log, "To the forum", json!({ "message": "Question: {{ trigger.body.issue.title }}" }))
        .done()
}

pub fn invoice_reminder() -> Workflow {
    Sketch::of("Invoice reminders", "Every morning: asks the database which invoices are late and mails each customer, five at a time. Fill in your database and your mail server.")
        .then(Kind::Schedule, "Every morning", json!({ "cron": "0 7 * * *", "time_zone": "UTC" }))
        .then_try(Kind::Sql, "Late invoices", json!({ "statement": "select number, email, amount from invoices where paid_at is null and due_on < current_date" }))
        .then(Kind::ForEach, "Each invoice", json!({ "items": "input.rows", "max_parallel": 5, "on_error": "go_on" }))
        .then(Kind::Log, "How many", json!({ "message": "{{ input.length }} reminders sent" }))
        .at("Each invoice", "item")
        .then_try(Kind::SendEmail, "Remind", json!({ "server": "", "from": "Accounts <accounts@example.com>", "to": "{{ item.email }}", "subject": "Invoice {{ item.number }}", "text": "Invoice {{ item.number }} over {{ item.amount }} is still open." }))
        .done()
}

pub fn csv_import() -> Workflow {
    Sketch::of(
        "CSV import",
        "Takes a CSV text, drops what comes twice, and posts every row. Fill in where the rows go.",
    )
    .then(Kind::Webhook, "File sent", json!({}))
    .then(Kind::Csv, "Read rows", json!({ "direction": "read", "text": "{{ input.csv }}" }))
    .then(Kind::Deduplicate, "Once each", json!({ "by": "item.email" }))
    .then(Kind::ForEach, "Each row", json!({ "items": "input", "max_parallel": 5, "on_error": "go_on" }))
    .then(Kind::Log, "Result", json!({ "message": "{{ input.length }} rows taken in" }))
    .at("Each row", "item")
    .then_try(Kind::HttpRequest, "Post row", json!({ "method": "POST", "url": "", "body": "{{ item }}" }))
    .done()
}

pub fn data_sync() -> Workflow {
    Sketch::of("Sync to a database", "Every hour: fetches all pages of an API and writes what is there into a table. Fill in the API and your database.")
        .then(Kind::Schedule, "Every hour", json!({ "cron": "0 * * * *", "time_zone": "UTC", "overlap": "skip" }))
        .then_try(Kind::HttpRequest, "Fetch all pages", json!({ "method": "GET", "url": "", "pages": "link" }))
        .then(Kind::Filter, "Active ones", json!({ "items": "input.body", "keep": "item.active" }))
        .then(Kind::ForEach, "Each one", json!({ "items": "input", "max_parallel": 10 }))
        .then(Kind::Log, "Result", json!({ "message": "{{ input.length }} written" }))
        .at("Each one", "item")
        .then_try(Kind::Sql, "Write", json!({ "statement": "insert into contacts (id, name) values ($1, $2) on conflict (id) do update set name = excluded.name", "parameters": "[item.id, item.name]", "access": "write" }))
        .done()
}

pub fn quality_check() -> Workflow {
    Sketch::of("Data quality check", "Every night: brings two sources together and speaks up when too many do not match. Fill in both sources and your Teams webhook.")
        .then(Kind::Schedule, "Every night", json!({ "cron": "30 2 * * *", "time_zone": "UTC" }))
        .then_try(Kind::HttpRequest, "Orders", json!({ "method": "GET", "url": "" }))
        .then(Kind::Merge, "Match them", json!({ "inputs": "[nodes[\"Orders\"].output.body, nodes[\"Payments\"].output.body]", "how": "combine", "key": "order_id", "keep": "matched" }))
        .then(Kind::Condition, "Enough?", json!({ "if": "input.length >= nodes[\"Orders\"].output.body.length * 0.98" }))
        .then(Kind::NoOp, "All is well", json!({}))
        .at("Enough?", "false")
        .then_try(Kind::TeamsMessage, "Speak up", json!({ "url": "", "text": "Only {{ input.length }} of {{ nodes[\"Orders\"].output.body.length }} orders have a payment" }))
        .at("Every night", "out")
        .then_try(Kind::HttpRequest, "Payments", json!({ "method": "GET", "url": "" }))
        .leads_to("Match them")
        .done()
}
