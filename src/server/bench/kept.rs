//! How fast executions are while the database keeps many that are over.

use std::time::Duration;

use serde_json::json;

use super::{Value, site::Site, workflows};
use crate::{
    domain::event::{Cause, Change},
    server::{Result, store},
};

const SIZES: [(&str, usize); 3] =
    [("kept_10k_per_s", 10_000), ("kept_100k_per_s", 100_000), ("kept_1m_per_s", 1_000_000)];
const CHUNK: usize = 10_000;
const AT_ONCE: usize = 200;

/// Fills the database up to each of the sizes that are no more than `most`, and measures there.
pub async fn kept(site: &Site, most: u32, time: Duration) -> Result<Vec<Value>> {
    let published = site.publish(workflows::three_tasks()).await?;
    let (pool, workspace) = (&site.caller.app.everywhere, site.caller.workspace);
    let cause = Cause { via: "bench".into(), input: json!({ "text": "x".repeat(300) }), ..Cause::default() };
    let body = serde_json::to_string(&[Change::Started { cause }])?;
    let (mut values, mut kept) = (Vec::new(), 0);
    for (key, size) in SIZES.into_iter().filter(|(_, size)| *size <= most as usize) {
        while kept < size {
            store::samples::add(pool, workspace, published.workflow, CHUNK, &body).await?;
            kept += CHUNK;
        }
        values.push((key, site.run(&published, AT_ONCE, time).await?.per_second));
    }
    Ok(values)
}
