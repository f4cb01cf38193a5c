//! The parameters of the nodes of n8n that we know, as those of our kinds.

use serde_json::{Map, Value, json};

use super::{condition, words::Words};
use crate::domain::{task::Kind, workflow::Parameters};

#[derive(Default)]
pub struct Read {
    pub parameters: Parameters,
    /// What could not be carried over, a sentence each.
    pub left: Vec<String>,
}

impl Read {
    fn put(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        if !value.is_null() && value != "" {
            self.parameters.insert(name.to_owned(), value);
        }
    }

    /// Texts under these names in n8n, under those in ours.
    fn texts(&mut self, from: &Value, words: &Words<'_>, names: &[(&str, &str)]) {
        for (theirs, ours) in names {
            match from.pointer(&format!("/{theirs}")) {
                Some(Value::String(text)) => self.put(ours, words.text(text)),
                Some(value @ (Value::Number(_) | Value::Bool(_))) => self.put(ours, value.to_string()),
                _ => {}
            }
        }
    }

    fn leave(&mut self, text: &str) {
        self.left.push(text.to_owned());
    }
}

pub fn read(kind: Kind, from: &Value, words: &Words<'_>) -> Read {
    let mut read = Read::default();
    match kind {
        Kind::Webhook => webhook(from, &mut read),
        Kind::Schedule => schedule(from, &mut read),
        Kind::HttpRequest => http(from, words, &mut read),
        Kind::Condition => {
            let (text, left) = condition::read(&from["conditions"], words);
            read.put("if", text);
            read.left.extend(left);
        }
        Kind::Filter => {
            let words = Words { is_after_hook: false, ..*words };
            let (text, left) = condition::read(&from["conditions"], &words);
            read.put("keep", text.map(|text| text.replace("input", "item")));
            read.left.extend(left);
        }
        Kind::Switch => switch(from, words, &mut read),
        Kind::SetFields => set(from, words, &mut read),
        Kind::Delay => {
            read.texts(from, words, &[("amount", "amount"), ("unit", "unit")]);
            if from["resume"].as_str().is_some_and(|resume| resume != "timeInterval") {
                read.leave("it waits for something else than a time. Replace it by Wait for event.");
            }
        }
        Kind::ForEach => read.put("max_parallel", 1),
        Kind::Fail => read.texts(from, words, &[("errorMessage", "message")]),
        Kind::Merge => read.put("how", if from["mode"] == "combine" { "combine" } else { "append" }),
        Kind::SendEmail => {
            let names =
                [("fromEmail", "from"), ("toEmail", "to"), ("subject", "subject"), ("text", "text"), ("html", "html")];
            read.texts(from, words, &names);
            read.leave("fill in the mail server.");
        }
        Kind::SlackMessage | Kind::DiscordMessage | Kind::TeamsMessage | Kind::TelegramMessage => {
            let names = [
                ("text", "text"),
                ("message", "text"),
                ("content", "text"),
                ("chatId", "chat"),
                ("channelId/value", "channel"),
            ];
            let known: Vec<_> = names.into_iter().filter(|(_, ours)| kind.field(ours).is_some()).collect();
            read.texts(from, words, &known);
        }
        Kind::Graphql => {
            read.texts(from, words, &[("endpoint", "url"), ("query", "query"), ("variables", "variables")])
        }
        Kind::Sql => read.texts(from, words, &[("query", "statement")]),
        Kind::Limit => read.texts(from, words, &[("maxItems", "count")]),
        Kind::SubWorkflow => {
            read.texts(from, words, &[("workflowId/cachedResultName", "workflow"), ("workflowId", "workflow")]);
            read.leave("choose the workflow that it runs.");
        }
        Kind::Manual | Kind::NoOp => {}
        _ => read.leave("look through its fields."),
    }
    read
}

fn webhook(from: &Value, read: &mut Read) {
    if from["responseMode"].as_str().is_some_and(|mode| mode != "onReceived") {
        read.put("respond", "result");
    }
    match from["authentication"].as_str() {
        None | Some("none") => {}
        Some(_) => read.leave("choose how its callers prove who they are."),
    }
}

fn schedule(from: &Value, read: &mut Read) {
    let rule = &from["rule"]["interval"][0];
    let cron = rule["expression"].as_str().or_else(|| from["cronExpression"].as_str()).map(str::to_owned);
    let number = |name: &str, usual: u64| rule[name].as_u64().unwrap_or(usual);
    let (minute, hour) = (number("triggerAtMinute", 0), number("triggerAtHour", 0));
    let cron = cron.or_else(|| match rule["field"].as_str() {
        Some("minutes") => Some(format!("*/{} * * * *", number("minutesInterval", 5))),
        Some("hours") => Some(format!("{minute} */{} * * *", number("hoursInterval", 1))),
        Some("days") | None if rule.is_object() => Some(format!("{minute} {hour} * * *")),
        Some("weeks") => Some(format!("{minute} {hour} * * {}", number("triggerAtDay", 1))),
        Some("months") => Some(format!("{minute} {hour} {} * *", number("triggerAtDayOfMonth", 1))),
        _ => None,
    });
    match cron {
        Some(cron) => read.put("cron", cron),
        None => read.leave("set its times again."),
    }
    read.leave("check its time zone: n8n kept it in the workflow's settings.");
}

fn http(from: &Value, words: &Words<'_>, read: &mut Read) {
    read.texts(from, words, &[("method", "method"), ("requestMethod", "method"), ("url", "url")]);
    for (theirs, ours) in [("queryParameters", "query"), ("headerParameters", "headers")] {
        read.put(ours, pairs(&from[theirs]["parameters"], words));
    }
    match (&from["jsonBody"], &from["bodyParameters"]["parameters"]) {
        (Value::String(body), _) => read.put("body", unquoted(&words.text(body))),
        (_, list @ Value::Array(_)) => {
            let fields = pairs(list, words).unwrap_or_default();
            match from["contentType"].as_str() {
                Some("form-urlencoded" | "multipart-form-data") => {
                    read.put("body_type", "form");
                    read.put("form", fields);
                }
                _ => read.put("body", serde_json::to_string_pretty(&fields).unwrap_or_default()),
            }
        }
        _ => {}
    }
    if from["authentication"].as_str().is_some_and(|kind| kind != "none") {
        read.leave("choose a credential for it.");
    }
}

/// `"{{ x }}"` in JSON is `{{ x }}` for us: the value keeps its type.
fn unquoted(json: &str) -> String {
    json.replace("\"{{", "{{").replace("}}\"", "}}")
}

fn pairs(list: &Value, words: &Words<'_>) -> Option<Value> {
    let one = |pair: &Value| Some((pair["name"].as_str()?.to_owned(), words.value(&pair["value"])));
    let pairs: Map<String, Value> = list.as_array()?.iter().filter_map(one).collect();
    (!pairs.is_empty()).then_some(Value::Object(pairs))
}

fn switch(from: &Value, words: &Words<'_>, read: &mut Read) {
    let rules = from["rules"]["values"].as_array().or_else(|| from["rules"]["rules"].as_array());
    let mut cases = Map::new();
    for (index, rule) in rules.into_iter().flatten().enumerate() {
        let name = rule["outputKey"].as_str().filter(|name| !name.is_empty());
        let name = name.map_or_else(|| format!("case {}", index + 1), str::to_owned);
        let (text, left) = condition::read(&rule["conditions"], words);
        read.left.extend(left);
        cases.insert(name, json!(format!("{{{{ {} }}}}", text.unwrap_or_else(|| "false".to_owned()))));
    }
    read.put("value", "true");
    if cases.is_empty() {
        return read.leave("name its cases.");
    }
    read.put("cases", Value::Object(cases));
}

fn set(from: &Value, words: &Words<'_>, read: &mut Read) {
    let mut fields = Map::new();
    let assigned = from["assignments"]["assignments"].as_array().into_iter().flatten();
    let older = from["values"].as_object().into_iter().flatten().filter_map(|(_, list)| list.as_array()).flatten();
    for field in assigned.chain(older) {
        if let Some(name) = field["name"].as_str() {
            fields.insert(name.to_owned(), words.value(&field["value"]));
        }
    }
    if from["mode"] == "raw" {
        read.leave("it made its output of JSON text. Replace it by Transform.");
    }
    if from["includeOtherFields"] == json!(false) || from["keepOnlySet"] == json!(true) {
        read.put("keep", "set");
    }
    read.put("set", (!fields.is_empty()).then_some(Value::Object(fields)));
}
