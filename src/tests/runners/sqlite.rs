//! SQLite: a file of the workspace, and what it may not do.

use serde_json::json;

use super::{
    done, failed,
    shop::{Shop, writes_all_rows_or_none},
};

async fn shop() -> Shop {
    let shop = Shop::at(json!({"server": "sqlite:shop/orders.db"}), "orders");
    let create = "create table orders (id integer primary key, customer text not null, total real, data blob)";
    done(shop.write(create, "[]").await);
    shop
}

#[tokio::test]
async fn a_file_of_the_workspace_is_written_and_read() {
    let shop = shop().await;
    let insert = "insert into orders values ($1, $2, $3, $1)";
    assert_eq!(done(shop.write(insert, "[1, 'Ada', 12.5]").await), json!({"rows": [], "affected": 1}));
    let rows = done(shop.read("select id, customer, total from orders where customer = ?", "['Ada']").await);
    assert_eq!(rows, json!({"rows": [{"id": 1, "customer": "Ada", "total": 12.5}], "affected": 1}));
    let memory = json!({"server": "sqlite::memory:", "statement": "select $2 as b, $1 as a", "parameters": "[1, 'x']"});
    assert_eq!(done(shop.run(json!(null), memory).await)["rows"], json!([{"b": "x", "a": 1}]));
}

#[tokio::test]
async fn items_and_several_statements_are_written_all_or_none() {
    let shop = shop().await;
    writes_all_rows_or_none(&shop).await;
    let several = |second: &str| {
        let statement = format!("delete from orders where id = $1\n---\n{second}");
        json!({"runs": "several", "statement": statement, "parameters": "[[1], []]", "access": "write"})
    };
    let (_, field) = failed(shop.run(json!(null), several("insert into orders (id) values (9)")).await);
    assert_eq!(field.as_deref(), Some("parameters"), "the second lacks a customer");
    let done = done(shop.run(json!(null), several("select count(*) as n from orders")).await);
    assert_eq!(done["results"][0], json!({"rows": [], "affected": 1}), "nothing was deleted before");
    assert_eq!(done["rows"], json!([{"n": 3_001}]));
}

#[tokio::test]
async fn no_other_file_no_setting_and_no_end_of_the_transaction() {
    let shop = shop().await;
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
    let shop = shop().await;
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
    let shop = shop().await;
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
