//! A plug-in in the sandbox: what the node sets and what came in go in as JSON; what it hands on, and where, comes out.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Call, Outcome, RunError, code};
use crate::{
    domain::{plugin::Plugin, task::port},
    server::sandbox::{Job, WayOut},
};

const MIB: u64 = 1024 * 1024;

/// What a plug-in answers.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    output: Value,
    /// Where data leaves; none: `out`.
    #[serde(default)]
    port: Option<String>,
    #[serde(default)]
    error: Option<String>,
    /// Whether another attempt may help.
    #[serde(default)]
    retry: bool,
}

pub async fn run(call: &Call) -> Result<Outcome, RunError> {
    let id = call.text("plugin")?;
    let plugins = call.sandbox.plugins();
    let plugin = plugins.find(&id).ok_or_else(|| {
        RunError::field("plugin", format!("The plug-in {id} is not installed on this server (or worker)."))
    })?;
    let mut bytes =
        plugins.module(&plugin).map_err(|error| RunError::fail(format!("{id} cannot be read: {error}.")))?;
    let job = Job {
        module_bytes: bytes.len(),
        memory_bytes: u64::from(plugin.memory_mib) * MIB,
        fuel: u64::from(plugin.fuel_millions) * 1_000_000,
        cpu_secs: call.timeout.as_secs() + 5,
        ..Job::default()
    };
    bytes.extend(json!({ "input": call.input, "settings": settings(call, &plugin)? }).to_string().bytes());
    let way_out = WayOut::Hosts(&call.egress, &plugin.hosts);
    let finished = call.sandbox.plugin(job, bytes, &call.output, way_out).await.map_err(code::refused)?;
    let result = code::ended(finished, &call.output, u64::from(plugin.memory_mib))?;
    let answer: Answer = serde_json::from_slice(&result)
        .map_err(|error| RunError::fail(format!("{id} answered what is no JSON of plug-ins: {error}.")))?;
    let through = answer.port.unwrap_or_else(|| port::OUT.to_owned());
    match answer.error {
        Some(error) if answer.retry => Err(RunError::retry(error)),
        Some(error) => Err(RunError::fail(error)),
        None if through == port::OUT || plugin.outputs.contains(&through) => {
            Ok(Outcome::Done { output: answer.output, port: through.into() })
        }
        None => Err(RunError::fail(format!("{id} hands on through “{through}”, which is none of its outputs."))),
    }
}

/// What the node sets, with the plug-in's defaults.
fn settings(call: &Call, plugin: &Plugin) -> Result<Map<String, Value>, RunError> {
    let mut settings = match call.value("settings") {
        Value::Object(settings) => settings,
        _ => Map::new(),
    };
    for field in &plugin.fields {
        let value = settings.entry(field.name.clone()).or_insert_with(|| field.default.as_str().into());
        let is_blank = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
        if field.required && is_blank {
            let message = format!("“{}” came out empty. Check the data that its expression reads.", field.label);
            return Err(RunError::field("settings", message));
        }
    }
    Ok(settings)
}
