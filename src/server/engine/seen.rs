//! Items that earlier executions had: a node that looks back leaves them out.

use std::{collections::HashSet, time::Duration};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Core, attempt::failed, message::Ending, work::Work};
use crate::{
    domain::{id::WorkflowId, workflow::Parameters},
    server::{
        Error, Result, runners,
        store::{
            self,
            seen::{self, Looker},
        },
    },
};

/// The first attempt may begin before its execution is in the database: so often, and so far apart, that is looked up.
const LOOKS: u32 = 250;
const APART: Duration = Duration::from_millis(20);

/// Leaves out of the list what another task run had before. What an earlier attempt of this one had is new to it still.
pub async fn leave_out(core: &Core, work: &Work, parameters: &mut Parameters) -> Result<(), Ending> {
    let (Some(Value::Array(items)), Some(Value::Array(by))) = (parameters.get("items"), parameters.get("by")) else {
        // Whoever performs the task says what is wrong with them.
        return Ok(());
    };
    if items.len() != by.len() {
        return Ok(());
    }
    let hashes: Vec<Vec<u8>> = by.iter().map(hash).collect();
    let days = parameters.get("days").and_then(Value::as_f64).unwrap_or(1.0) as i32;
    let new = match first_seen(core, work, &hashes, days).await {
        Ok(new) => new,
        Err(error) => {
            tracing::error!(%error, execution = %work.execution, "what earlier executions had could not be looked up");
            return Err(failed("What earlier executions had could not be looked up.", None, true));
        }
    };
    for name in ["items", "by"] {
        if let Some(Value::Array(values)) = parameters.get_mut(name) {
            let mut hashes = hashes.iter();
            values.retain(|_| hashes.next().is_some_and(|hash| new.contains(hash)));
        }
    }
    Ok(())
}

fn hash(value: &Value) -> Vec<u8> {
    let hash: [u8; 32] = Sha256::digest(runners::identity(value).as_bytes()).into();
    hash.to_vec()
}

async fn first_seen(core: &Core, work: &Work, hashes: &[Vec<u8>], days: i32) -> Result<HashSet<Vec<u8>>> {
    let workflow = workflow_of(core, work).await?;
    let (workspace, execution, run) = (work.workspace, work.execution, &work.run);
    let looker = Looker { workspace, workflow, node: &work.node().id, execution, run };
    Ok(seen::remember(&core.parts.pool, &looker, hashes, days).await?.into_iter().collect())
}

async fn workflow_of(core: &Core, work: &Work) -> Result<WorkflowId> {
    for _ in 0..LOOKS {
        if let Some(workflow) = store::holds::workflow_of(&core.parts.pool, work.workspace, work.execution).await? {
            return Ok(workflow);
        }
        tokio::time::sleep(APART).await;
    }
    Err(Error::internal("the execution is not in the database"))
}
