//! Databases, caches, buckets and files: real servers.

use flowpilot::domain::{credential::CredentialKind, task::Kind};
use serde_json::json;

use super::{Case, House};
use crate::daemon::{self, PASSWORD, USER};

pub async fn cases(house: &House) -> Vec<Case> {
    let (mariadb, redis, s3) = (daemon::mariadb().await, daemon::redis().await, daemon::s3().await);
    let endpoint = format!("http://127.0.0.1:{}", s3.port);
    house.keep("Shop", CredentialKind::SqlLogin, &[("username", USER), ("password", PASSWORD)]).await;
    house.keep("Cache", CredentialKind::RedisLogin, &[("password", PASSWORD)]).await;
    let store = [("access_key", USER), ("secret_key", PASSWORD), ("endpoint", endpoint.as_str())];
    house.keep("Store", CredentialKind::S3, &store).await;
    let sql = |server: &str| json!({"server": server, "credential": "Shop", "encryption": "off", "statement": "select ? as n", "parameters": "[input.n]"});
    let mut sqlite = sql("sqlite::memory:");
    sqlite["credential"] = json!("");
    let (input, rows) = (json!({"n": 7}), json!({"rows": [{"n": 7}]}));
    let server = format!("redis://127.0.0.1:{}", redis.port);
    let set =
        json!({"server": server, "credential": "Cache", "do": "set", "key": "kinds:{{ input[0] }}", "value": "input"});
    let write =
        json!({"credential": "Store", "do": "write", "bucket": "test", "key": "{{ input }}.txt", "content": "input"});
    vec![
        Case::of(Kind::Sql, sql(&format!("mysql://127.0.0.1:{}/test", mariadb.port)), input.clone(), rows.clone()),
        Case::of(Kind::Sql, sqlite, input, rows),
        Case::of(Kind::Redis, set, json!([1]), json!({"value": true})),
        Case::of(Kind::S3Object, write, json!("hello"), json!({"key": "hello.txt", "size": 5})),
        Case::example(Kind::File),
    ]
}
