//! Results that a node keeps for a while: the same task with the same data is not done again.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Core, message::Ending, work::Work};
use crate::{
    domain::expression,
    server::{
        Result,
        store::{
            self,
            results::{self, ResultKey},
        },
    },
};

/// Longer outputs are not kept, in bytes of JSON.
const LONGEST: usize = 1024 * 1024;

/// What was kept of an earlier attempt with the same parameters and input; none: the node keeps nothing, or nothing is
/// there. A database that does not answer keeps no task from running.
pub async fn find(core: &Core, work: &Work) -> Option<Ending> {
    work.node().limits.cache_secs?;
    read(core, work).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "a kept result could not be read");
        None
    })
}

async fn read(core: &Core, work: &Work) -> Result<Option<Ending>> {
    let Some(key) = key(core, work).await? else { return Ok(None) };
    let Some((output, port)) = results::find(&core.parts.pool, &key).await? else { return Ok(None) };
    let output = serde_json::from_str(&output)?;
    let is_known = work.node().output_ports().any(|known| known == port);
    Ok(is_known.then_some(Ending::Done { output, port: port.into() }))
}

/// Keeps what the attempt gave, if it succeeded and its node wants that.
pub async fn keep(core: &Core, work: &Work, ending: &Ending) {
    let (Some(secs), Ending::Done { output, port }) = (work.node().limits.cache_secs, ending) else { return };
    if let Err(error) = write(core, work, output, port, secs).await {
        tracing::warn!(%error, "a result could not be kept");
    }
}

async fn write(core: &Core, work: &Work, output: &Value, port: &str, secs: u32) -> Result<()> {
    let text = output.to_string();
    match key(core, work).await? {
        Some(key) if text.len() <= LONGEST => results::keep(&core.parts.pool, &key, &text, port, secs).await,
        _ => Ok(()),
    }
}

/// None: the parameters do not read, or the execution was deleted.
async fn key<'a>(core: &Core, work: &'a Work) -> Result<Option<ResultKey<'a>>> {
    let node = work.node();
    let Ok(parameters) = expression::resolve(node.kind, &node.parameters, &work.scope) else { return Ok(None) };
    let workflow = store::holds::workflow_of(&core.parts.pool, work.workspace, work.execution).await?;
    let all = json!([node.kind.name(), parameters, work.scope.input]).to_string();
    let hash = Sha256::digest(all.as_bytes()).into();
    Ok(workflow.map(|workflow| ResultKey { workspace: work.workspace, workflow, node: &node.id, hash }))
}
