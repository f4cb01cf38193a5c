//! Databases, caches, buckets and files: real servers.

use flowpilot::domain::{credential::CredentialKind, task::Kind};
use serde_json::json;

use super::{Case, House};
use crate::daemon::{self, PASSWORD, USER};

pub async fn cases(house: &House) -> Vec<Case> {
    let mariadb = daemon::mariadb().await;
    house.keep("Shop", CredentialKind::SqlLogin, &[("username", USER), ("password", PASSWORD)]).await;
    let sql = |server: &str| json!({"server": server, "credential": "Shop", "encryption": "off", "statement": "select ? as n", "parameters": "[input.n]"});
    let mut sqlite = sql("sqlite::memory:");
    sqlite["credential"] = json!("");
    let (input, rows) = (json!({"n": 7}), json!({"rows": [{"n": 7}]}));
    vec![
        Case::of(Kind::Sql, sql(&format!("mysql://127.0.0.1:{}/test", mariadb.port)), input.clone(), rows.clone()),
        Case::of(Kind::Sql, sqlite, input, rows),
        Case::example(Kind::File),
    ]
}
