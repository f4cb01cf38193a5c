//! Code, where this machine can shut it in; else it is refused, which `tests/code.rs` shows.

use base64::{Engine, prelude::BASE64_STANDARD};
use flowpilot::{
    domain::{code::CodePolicy, task::Kind},
    server::code,
};
use serde_json::json;

use super::{Case, House};
use crate::runners::pdf::pdf;

pub const KINDS: [Kind; 4] = [Kind::Shell, Kind::Python, Kind::Javascript, Kind::PdfExtract];

pub async fn cases(house: &House) -> Vec<Case> {
    if let Err(reason) = house.server.app.sandbox.tier().await {
        eprintln!("no code here: {reason}");
        return Vec::new();
    }
    let kinds = vec![Kind::Shell, Kind::Python, Kind::Javascript];
    code::set(&house.desk().caller(), CodePolicy { kinds: kinds.clone(), network: false }).await.unwrap();
    let mut cases: Vec<_> = kinds.into_iter().map(Case::example).collect();
    let page = json!({"base64": BASE64_STANDARD.encode(pdf(&["Invoice 7"]))});
    cases.push(Case::of(Kind::PdfExtract, json!({"pdf": "input"}), page, json!({"pages": ["Invoice 7"], "count": 1})));
    cases
}
