//! SQLite: a file of the workspace, and what it may not do.

use flowpilot::{
    domain::{
        expression::{Scope, resolve},
        task::Kind,
    },
    server::runners::{self, Call, Outcome, RunError},
};
use serde_json::{Value, json};

use super::{call, done, failed, object};

struct Shop(Call);

impl Shop {
    async fn open() -> Self {
        let shop = Self(call(Kind::Sql, json!({})));
        let create = "create table orders (id integer primary key, customer text not null, total real, data blob)";
        done(shop.write(create, "[]").await);
        shop
    }

    async fn run(&self, input: Value, parameters: Value) -> Result<Outcome, RunError> {
        let mut all = object(json!({"server": "sqlite:shop/orders.db"}));
        all.extend(object(parameters));
        let parameters = resolve(Kind::Sql, &all, &Scope { input, ..Scope::default() }).expect("it resolves");
        runners::run(Call { parameters, ..self.0.clone() }).await
    }

    async fn write(&self, statement: &str, parameters: &str) -> Result<Outcome, RunError> {
        self.run(json!(null), json!({"statement": statement, "parameters": parameters, "access": "write"})).await
    }

    async fn read(&self, statement: &str, parameters: &str) -> Result<Outcome, RunError> {
        self.run(json!(null), json!({"statement": statement, "parameters": parameters})).await
    }
}

#[tokio::test]
async fn a_file_of_the_workspace_is_written_and_read() {
    let shop = Shop::open().await;
    let insert = "insert into orders values ($1, $2, $3, $1)";
    assert_eq!(done(shop.write(insert, "[1, 'Ada', 12.5]").await), json!({"rows": [], "affected": 1}));
    let rows = done(shop.read("select id, customer, total from orders where customer = ?", "['Ada']").await);
    assert_eq!(rows, json!({"rows": [{"id": 1, "customer": "Ada", "total": 12.5}], "affected": 1}));
    let memory = json!({"server": "sqlite::memory:", "statement": "select $2 as b, $1 as a", "parameters": "[1, 'x']"});
    assert_eq!(done(shop.run(json!(null), memory).await)["rows"], json!([{"b": "x", "a": 1}]));
}

#[tokio::test]
async fn items_and_several_statements_are_written_all_or_none() {
    let shop = Shop::open().await;
    let bulk = |conflicts: &str| json!({"runs": "insert", "table": "orders", "columns": "id, customer", "items": "input", "conflicts": conflicts, "access": "write"});
    let items = json!([{"id": 1, "customer": "a", "other": 7}, {"id": 1, "customer": "b"}, {"id": 2, "customer": "c"}]);
    let (message, field) = failed(shop.run(items.clone(), bulk("fail")).await);
    assert_eq!(field.as_deref(), Some("items"), "{message}");
    assert_eq!(done(shop.run(items, bulk("skip")).await)["affected"], json!(2));
    let many: Vec<_> = (10..5_010).map(|id| json!({"id": id, "customer": "x"})).collect();
    assert_eq!(done(shop.run(json!(many), bulk("fail")).await)["affected"], json!(5_000));
    let several = |second: &str| {
        let statement = format!("delete from orders where id = $1\n---\n{second}");
        json!({"runs": "several", "statement": statement, "parameters": "[[1], []]", "access": "write"})
    };
    let (_, field) = failed(shop.run(json!(null), several("insert into orders (id) values (9)")).await);
    assert_eq!(field.as_deref(), Some("parameters"), "the second lacks a customer");
    let done = done(shop.run(json!(null), several("select count(*) as n from orders")).await);
    assert_eq!(done["results"][0], json!({"rows": [], "affected": 1}), "nothing was deleted before");
    assert_eq!(done["rows"], json!([{"n": 5_001}]));
}

#[tokio::test]
async fn no_other_file_no_setting_and_no_end_of_the_transaction() {
    let shop = Shop::open().await;
    let secret = crate::support::scratch_dir("secret").join("secret.db");
    let attach = format!("attach database '{}' as other", secret.display());
    for statement in [
        attach.as_str(),
        "vacuum into '/tmp/flowpilot-escape.db'",
        "vacuum",
        "select load_extension('/tmp/x.so')",
        "pragma writable_schema = on",
        "pragma journal_mode = wal",
        "pragma temp_store_directory = '/tmp'",
        "commit",
        "rollback",
        "savepoint a",
        "create virtual table t using fts5(x)",
        "select readfile('/etc/passwd')",
        "select writefile('/tmp/flowpilot-escape', 'x')",
        "select 1; drop table orders",
    ] {
        let (message, field) = failed(shop.write(statement, "[]").await);
        assert_eq!(field.as_deref(), Some("statement"), "{statement}: {message}");
    }
    assert!(!secret.exists() && !std::path::Path::new("/tmp/flowpilot-escape.db").exists());
    for server in
        ["sqlite:../x.db", "sqlite:/etc/x.db", "sqlite:///etc/x.db", "sqlite:a/../../x.db", "sqlite:x.db?mode=rwc\u{0}"]
    {
        let (message, field) = failed(shop.run(json!(null), json!({"server": server, "statement": "select 1"})).await);
        assert_eq!(field.as_deref(), Some("server"), "{server}: {message}");
    }
    let (message, field) = failed(shop.read("delete from orders", "[]").await);
    assert_eq!(field.as_deref(), Some("access"), "{message}");
    let tables = done(shop.read("select name from pragma_table_info('orders')", "[]").await);
    assert_eq!(tables["rows"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn what_never_ends_or_takes_much_is_stopped() {
    let shop = Shop::open().await;
    let endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n";
    let (message, field) = failed(shop.read(endless, "[]").await);
    assert_eq!((message.contains("10 s"), field.as_deref()), (true, Some("statement")), "{message}");
    let (message, _) = failed(shop.read("select length(zeroblob(1000000000))", "[]").await);
    assert!(message.contains("too big"), "{message}");
    let rows = "with recursive n(i) as (select 1 union all select i + 1 from n limit 10001) select i from n";
    let (message, _) = failed(shop.read(rows, "[]").await);
    assert!(message.contains("10,000 rows"), "{message}");
}

#[tokio::test]
async fn what_does_not_fit_names_its_field() {
    let shop = Shop::open().await;
    for (parameters, field, words) in [
        (json!({"statement": "select $1", "parameters": "[]"}), "parameters", "has 1 parameters"),
        (json!({"statement": "select :name", "parameters": "[1]"}), "statement", "$1, $2"),
        (json!({"statement": "selekt 1"}), "statement", "syntax error"),
        (json!({"statement": "select * from none"}), "statement", "no such table"),
        (
            json!({"runs": "several", "statement": "select 1\n---\nselect 2", "parameters": "[[1]]"}),
            "parameters",
            "2 statements and 1 lists",
        ),
        (
            json!({"runs": "insert", "table": "orders; drop table x", "columns": "id", "access": "write"}),
            "table",
            "cannot be a table",
        ),
        (
            json!({"runs": "insert", "table": "orders", "columns": "id) --", "access": "write"}),
            "columns",
            "cannot be a column",
        ),
        (
            json!({"runs": "insert", "table": "orders", "columns": "id", "items": "[1]", "access": "write"}),
            "items",
            "Rows are objects",
        ),
        (json!({"runs": "insert", "table": "orders", "columns": "id", "items": "[]"}), "access", "read and write"),
        (json!({"server": "sqlite:none.db", "statement": "select 1"}), "server", "There is no file"),
    ] {
        let (message, named) = failed(shop.run(json!(null), parameters.clone()).await);
        assert_eq!(named.as_deref(), Some(field), "{parameters}: {message}");
        assert!(message.contains(words), "{message}");
    }
}
