//! Small ones that show one thing each.

use serde_json::json;

use super::sketch::Sketch;
use crate::domain::{task::Kind, workflow::Workflow};

pub fn simple() -> Workflow {
    Sketch::of("Simple", "Three steps in a row, without any connection to the outside: press Run to see it work.")
        .then(Kind::Manual, "Start", json!({}))
        .then(
            Kind::Transform,
            "Greet",
            json!({ "output": "{ greeting: \"Hello, \" + (input?.name ?? \"you\") + \"!\" }" }),
        )
        .then(Kind::Log, "Write it down", json!({ "message": "{{ input.greeting }}" }))
        .done()
}

pub fn parallel() -> Workflow {
    Sketch::of("Parallel", "Three tasks at the same time, and one that waits for all of them.")
        .then(Kind::Manual, "Start", json!({}))
        .then(Kind::Transform, "Count", json!({ "output": "{ letters: (input?.name ?? \"FlowPilot\").length }" }))
        .at("Start", "out")
        .then(Kind::Transform, "Shout", json!({ "output": "{ loud: (input?.name ?? \"FlowPilot\").toUpperCase() }" }))
        .at("Start", "out")
        .then(Kind::Delay, "Wait a second", json!({ "amount": 1, "unit": "seconds" }))
        .then(Kind::Merge, "Together", json!({ "how": "wait" }))
        .at("Count", "out")
        .leads_to("Together")
        .at("Shout", "out")
        .leads_to("Together")
        .done()
}

pub fn http() -> Workflow {
    Sketch::of("HTTP", "Calls a public web API, looks at the answer, and deals with a failure.")
        .then(Kind::Manual, "Start", json!({}))
        .then_try(
            Kind::HttpRequest,
            "Ask GitHub",
            json!({ "method": "GET", "url": "https://api.github.com/repos/rust-lang/rust" }),
        )
        .then(Kind::Condition, "Popular?", json!({ "if": "input.body.stargazers_count > 1000" }))
        .then(
            Kind::Log,
            "Many stars",
            json!({ "message": "{{ input.body.full_name }} has {{ input.body.stargazers_count }} stars" }),
        )
        .at("Popular?", "false")
        .then(Kind::Log, "Few stars", json!({ "message": "{{ input.body.full_name }} is still young" }))
        .at("Ask GitHub", "error")
        .then(
            Kind::Log,
            "No answer",
            json!({ "message": "GitHub did not answer: {{ input.error.message }}", "level": "warning" }),
        )
        .done()
}

pub fn daily_report() -> Workflow {
    Sketch::of("Daily report", "Every weekday at nine: fetch the figures of yesterday, put them into words, post them. Fill in the address of your figures and your Slack webhook.")
        .then(Kind::Schedule, "Every weekday at 9", json!({ "cron": "0 9 * * 1-5", "time_zone": "UTC" }))
        .then_try(Kind::HttpRequest, "Fetch figures", json!({ "method": "GET", "url": "" }))
        .then(Kind::Transform, "In words", json!({ "output": "{ text: \"Yesterday: \" + input.body.orders + \" orders, \" + input.body.revenue + \" revenue\" }" }))
        .then_try(Kind::SlackMessage, "Post it", json!({ "url": "", "text": "{{ input.text }}" }))
        .done()
}

pub fn uptime_watch() -> Workflow {
    Sketch::of("Uptime watch", "Every five minutes: is the site there? Tells the team when it is not. Fill in the address and your Slack webhook.")
        .then(Kind::Schedule, "Every 5 minutes", json!({ "cron": "*/5 * * * *", "time_zone": "UTC", "overlap": "skip" }))
        .then_try(Kind::HttpRequest, "Look", json!({ "method": "GET", "url": "" }))
        .then(Kind::NoOp, "All is well", json!({}))
        .at("Look", "error")
        .then_try(Kind::SlackMessage, "Raise the alarm", json!({ "url": "", "text": "The site does not answer: {{ input.error.message }}" }))
        .done()
}
