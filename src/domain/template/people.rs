//! For those who sell, welcome, help and publish.

use serde_json::{Value, json};

use super::sketch::Sketch;
use crate::domain::{task::Kind, workflow::Workflow};

/// An email whose server is filled in by whoever uses the template.
fn mail(to: &str, subject: &str, text: &str) -> Value {
    json!({ "server": "", "from": "Your team <hello@example.com>", "to": to, "subject": subject, "text": text })
}

pub fn onboarding() -> Workflow {
    Sketch::of("Onboarding in three emails", "Welcomes a new customer, helps after three days, asks after ten. What waits costs nothing and survives restarts. Fill in your mail server.")
        .then(Kind::Webhook, "Customer joined", json!({}))
        .then_try(Kind::SendEmail, "Welcome", mail("{{ trigger.body.email }}", "Welcome aboard", "Hi {{ trigger.body.name ?? \"there\" }},\n\nwelcome! Here is how to begin."))
        .then(Kind::Delay, "Three days", json!({ "amount": 3, "unit": "days" }))
        .then_try(Kind::SendEmail, "Tips", mail("{{ trigger.body.email }}", "Three tips that help most", "Hi {{ trigger.body.name ?? \"there\" }},\n\nthese three things help most people."))
        .then(Kind::Delay, "A week", json!({ "amount": 7, "unit": "days" }))
        .then_try(Kind::SendEmail, "How is it going?", mail("{{ trigger.body.email }}", "How is it going?", "Hi {{ trigger.body.name ?? \"there\" }},\n\nhow is it going? Just answer this email."))
        .done()
}

pub fn lead_qualification() -> Workflow {
    Sketch::of("Lead qualification", "Large companies go to sales at once, others into the newsletter. Fill in your CRM, your newsletter and your Slack webhook.")
        .then(Kind::Webhook, "Form sent", json!({}))
        .then(Kind::Condition, "Large company?", json!({ "if": "(input.employees ?? 0) >= 200" }))
        .then_try(Kind::HttpRequest, "Create deal", json!({ "method": "POST", "url": "", "body": "{ \"company\": {{ input.company }}, \"email\": {{ input.email }} }" }))
        .then_try(Kind::SlackMessage, "Tell sales", json!({ "url": "", "text": "New lead: {{ trigger.body.company }} ({{ trigger.body.employees }} people)" }))
        .at("Large company?", "false")
        .then_try(Kind::HttpRequest, "Add to newsletter", json!({ "method": "POST", "url": "", "body": "{ \"email\": {{ input.email }} }" }))
        .done()
}

pub fn refund_approval() -> Workflow {
    Sketch::of("Refund with approval", "Small refunds are paid at once, large ones when a person agrees. Fill in the address of your payments and your mail server.")
        .then(Kind::Webhook, "Refund asked", json!({}))
        .then(Kind::Condition, "Small?", json!({ "if": "input.amount <= 50" }))
        .then(Kind::NoOp, "Pay it", json!({}))
        .then_try(Kind::HttpRequest, "Refund", json!({ "method": "POST", "url": "", "body": "{ \"order\": {{ trigger.body.order }}, \"amount\": {{ trigger.body.amount }} }" }))
        .at("Small?", "false")
        .then(Kind::Approval, "May we?", json!({ "message": "Refund {{ input.amount }} for order {{ input.order }}?", "within_hours": 48 }))
        .leads_to("Pay it")
        .at("May we?", "rejected")
        .then_try(Kind::SendEmail, "Explain", mail("{{ trigger.body.email }}", "About your refund", "We looked at order {{ trigger.body.order }} and cannot refund it. Answer this email to talk about it."))
        .done()
        .joined("Pay it")
}

pub fn support_summary() -> Workflow {
    Sketch::of("Support ticket in one line", "A language model reads the ticket and says how urgent it is; urgent ones reach the team at once. Choose the model and fill in your Slack webhook.")
        .then(Kind::Webhook, "Ticket opened", json!({}))
        .then_try(Kind::LlmChat, "Read it", json!({ "model": "", "prompt": "Sum this ticket up in one line and begin with URGENT if somebody cannot work:\n\n{{ input.text }}" }))
        .then(Kind::Condition, "Urgent?", json!({ "if": "input.text.startsWith(\"URGENT\")" }))
        .then_try(Kind::SlackMessage, "Wake the team", json!({ "url": "", "text": "{{ input.text }}" }))
        .at("Urgent?", "false")
        .then(Kind::Log, "For later", json!({ "message": "{{ input.text }}" }))
        .done()
}

pub fn publication() -> Workflow {
    Sketch::of("Publish after a second look", "An article waits for approval, then for its time, then goes out and is announced. Fill in your site and your Discord webhook.")
        .then(Kind::Webhook, "Article handed in", json!({}))
        .then(Kind::Approval, "Second look", json!({ "message": "Publish “{{ input.title }}”?" }))
        .then(Kind::WaitUntil, "Its time", json!({ "at": "{{ trigger.body.publish_at }}" }))
        .then_try(Kind::HttpRequest, "Publish", json!({ "method": "POST", "url": "", "body": "{ \"id\": {{ trigger.body.id }}, \"state\": \"published\" }" }))
        .then_try(Kind::DiscordMessage, "Announce", json!({ "url": "", "text": "New: {{ trigger.body.title }}" }))
        .done()
}

pub fn payment_failed() -> Workflow {
    Sketch::of("Payment failed", "Waits three days for the payment to come after all, then reminds and tells the team. Fill in your mail server and your Slack webhook.")
        .then(Kind::Webhook, "Payment failed", json!({}))
        .then_try(Kind::SendEmail, "Tell the customer", mail("{{ trigger.body.email }}", "Your payment did not go through", "Please look at your card. We try again in three days."))
        .then(Kind::WaitForEvent, "Paid after all?", json!({ "waits_for": "event", "name": "payment_received", "key": "{{ trigger.body.invoice }}", "within_hours": 72 }))
        .then(Kind::Log, "Paid", json!({ "message": "Invoice {{ trigger.body.invoice }} is paid" }))
        .at("Paid after all?", "error")
        .then_try(Kind::SlackMessage, "Tell the team", json!({ "url": "", "text": "Invoice {{ trigger.body.invoice }} is still open after three days" }))
        .done()
}

pub fn weekly_digest() -> Workflow {
    Sketch::of("Weekly digest", "Collects the week's posts, lets a language model sum them up, and mails the result. Fill in the address of the posts, the model and your mail server.")
        .then(Kind::Schedule, "Friday at 15", json!({ "cron": "0 15 * * 5", "time_zone": "UTC" }))
        .then_try(Kind::HttpRequest, "Fetch posts", json!({ "method": "GET", "url": "" }))
        .then(Kind::Limit, "The first ten", json!({ "items": "input.body", "count": 10, "from": "start" }))
        .then_try(Kind::LlmChat, "Sum up", json!({ "model": "", "prompt": "Sum these posts up in five lines:\n\n{{ input }}" }))
        .then_try(Kind::SendEmail, "Send it", mail("team@example.com", "This week", "{{ input.text }}"))
        .done()
}
