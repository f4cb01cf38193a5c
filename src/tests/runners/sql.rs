//! SQL against a real Postgres, reached over TCP.

use std::{ops::Deref, path::PathBuf};

use flowpilot::{
    domain::{credential::CredentialKind, task::Kind},
    server::{
        config::EgressMode,
        egress::Egress,
        runners::{self, Secret},
    },
};
use serde_json::{Value, json};
use tokio::net::{TcpListener, UnixStream};

use super::{
    call, done, failed, object, retried,
    shop::{Shop, takes_payloads_as_values, writes_all_rows_or_none},
};
use crate::support::{self, TestDatabase};

const PASSWORD: &str = "canary-1234";

/// A database with a table, and its address.
struct Postgres {
    shop: Shop,
    database: TestDatabase,
    url: String,
    /// Whom the database lets in.
    user: String,
}

impl Deref for Postgres {
    type Target = Shop;

    fn deref(&self) -> &Shop {
        &self.shop
    }
}

impl Postgres {
    async fn open() -> Self {
        let shop = Self::on(support::empty_database().await).await;
        let create = "create table orders (id int primary key, customer text not null, total numeric(10, 2), paid bool,
                          at timestamptz, tags text[], data jsonb, key uuid)";
        sqlx::raw_sql(create).execute(&shop.database.pool).await.unwrap();
        shop
    }

    /// The tests' Postgres listens on a socket alone; this carries bytes to it.
    async fn on(database: TestDatabase) -> Self {
        let (address, query) = database.url.split_once("?host=").unwrap();
        let socket = PathBuf::from(query).join(".s.PGSQL.5432");
        let (name, user) = (address.rsplit('/').next().unwrap().to_owned(), user_of(address));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("postgres://{}/{name}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut far = UnixStream::connect(&socket).await.unwrap();
                tokio::spawn(async move { tokio::io::copy_bidirectional(&mut near, &mut far).await });
            }
        });
        Self { shop: shop_at(&url, &user), database, url, user }
    }

    async fn count(&self) -> i64 {
        sqlx::query_scalar("select count(*) from orders").fetch_one(&self.database.pool).await.unwrap()
    }
}

fn shop_at(url: &str, user: &str) -> Shop {
    let place = json!({"server": url, "encryption": "off", "credential": "Shop"});
    Shop::at(place, "orders").with_login(user, PASSWORD)
}

/// The name between `postgres://` and `@`.
fn user_of(address: &str) -> String {
    address.trim_start_matches("postgres://").split('@').next().unwrap().to_owned()
}

#[tokio::test]
async fn values_of_all_types_go_in_and_come_out() {
    let shop = Postgres::open().await;
    let insert = "insert into orders values ($1, $2, $3::text::numeric, $4, $5, $6, $7, $8);";
    let values = "[1, \"Ada\", 12.5, true, \"2026-11-20T12:00:00Z\", [\"a\", \"b\"], { n: [1] }, \"0190a5f0-0000-7000-8000-000000000001\"]";
    assert_eq!(done(shop.write(insert, values).await), json!({"rows": [], "affected": 1}));
    let found = done(
        shop.read("select * from orders where id = $1 and at > $2 -- the newest", "[1, \"2026-01-01T00:00:00Z\"]")
            .await,
    );
    let row = json!({
        "id": 1, "customer": "Ada", "total": 12.5, "paid": true, "at": "2026-11-20T12:00:00+00:00", "tags": ["a", "b"],
        "data": {"n": [1]}, "key": "0190a5f0-0000-7000-8000-000000000001",
    });
    let mut got = found["rows"][0].clone();
    got["total"] = json!(got["total"].as_f64());
    assert_eq!(got, row);
    let returned =
        done(shop.write("update orders set paid = $1 where id = $2 returning id, paid", "[null, \"1\"]").await);
    assert_eq!(returned["rows"], json!([{"id": 1, "paid": null}]));
}

#[tokio::test]
async fn two_hundred_payloads_as_values_change_no_row_but_their_own() {
    let shop = Postgres::open().await;
    takes_payloads_as_values(&shop, ["$1", "$2"]).await;
}

#[tokio::test]
async fn rows_are_written_all_or_none() {
    let shop = Postgres::open().await;
    writes_all_rows_or_none(&shop).await;
    assert_eq!(shop.count().await, 3_002);
}

#[tokio::test]
async fn a_statement_is_never_made_from_data() {
    let node = object(json!({"server": "postgres://db/x", "statement": "select '{{ input.x }}'"}));
    let mut workflow = crate::stand::chain(vec![crate::stand::node("sql", Kind::Sql, Value::Object(node))]);
    workflow.name = "x".into();
    let told = workflow.problems();
    assert!(
        told.iter().any(|p| p.field.as_deref() == Some("statement") && p.message.contains("No expressions here")),
        "{told:?}"
    );
}

#[tokio::test]
async fn several_statements_and_writing_without_leave_are_refused() {
    let shop = Postgres::open().await;
    let (message, field) = failed(shop.write("select 1; drop table orders", "[]").await);
    assert_eq!(field.as_deref(), Some("statement"), "{message}");
    for statement in [
        "insert into orders (id, customer) values (1, 'x')",
        "with a as (insert into orders (id, customer) values (1, 'x') returning id) select * from a",
        "drop table orders",
    ] {
        failed(shop.read(statement, "[]").await);
    }
    let (message, field) = failed(shop.read("delete from orders", "[]").await);
    assert_eq!(field.as_deref(), Some("access"), "{message}");
    assert_eq!(shop.count().await, 0);
}

#[tokio::test]
async fn all_items_are_written_or_none() {
    let shop = Postgres::open().await;
    let insert = json!({
        "statement": "insert into orders (id, customer) values ($1, $2) returning id", "runs": "per_item", "items": "input",
        "each": "[item.id, item.name]", "access": "write",
    });
    let twice = json!([{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]);
    let (message, field) = failed(shop.run(twice, insert.clone()).await);
    assert_eq!(field.as_deref(), Some("each"));
    assert!(message.starts_with("The database answered 23505: duplicate key"), "{message}");
    assert_eq!(shop.count().await, 0);
    let rows = done(shop.run(json!([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]), insert).await);
    assert_eq!(rows, json!({"rows": [{"id": 1}, {"id": 2}], "affected": 2}));
}

#[tokio::test]
async fn what_does_not_fit_names_parameter_and_field() {
    let shop = Postgres::open().await;
    for (statement, parameters, field, words) in [
        ("select * from orders where id = $1", "[]", "parameters", "has 1 parameters ($1, $2 …), but 0 values"),
        (
            "select * from orders where id = $1",
            "[\"x\"]",
            "parameters",
            "$1 is INT4 in the statement, which \"x\" is not",
        ),
        ("select * from orders where id = $1", "[1e12]", "parameters", "$1 is INT4"),
        ("select * from orders where key = $1", "[\"x\"]", "parameters", "$1 is UUID"),
        ("select * from orders where total > $1", "[1]", "parameters", "Write $1::text::numeric"),
        ("select * from orders where id = $1", "{ a: 1 }", "parameters", "are a list"),
        ("select nothing from orders", "[]", "statement", "42703"),
        ("select 1 / 0", "[]", "parameters", "22012"),
    ] {
        let (message, named) = failed(shop.read(statement, parameters).await);
        assert_eq!(named.as_deref(), Some(field), "{statement}: {message}");
        assert!(message.contains(words), "{message}");
    }
}

#[tokio::test]
async fn too_many_rows_are_refused() {
    let shop = Postgres::open().await;
    let (message, field) = failed(shop.read("select * from generate_series(1, 10001) n", "[]").await);
    assert_eq!(field.as_deref(), Some("statement"));
    assert!(message.contains("10,000 rows"), "{message}");
    assert_eq!(
        done(shop.read("select * from generate_series(1, 10000) n", "[]").await)["rows"].as_array().unwrap().len(),
        10_000
    );
}

#[tokio::test]
async fn a_lock_that_another_holds_and_a_dead_server_are_tried_again() {
    let shop = Postgres::open().await;
    let mut other = shop.database.pool.begin().await.unwrap();
    sqlx::raw_sql("lock table orders").execute(&mut *other).await.unwrap();
    retried(
        shop.run(json!(null), json!({"statement": "lock table orders nowait", "access": "write", "parameters": "[]"}))
            .await,
        "55P03",
    );
    other.rollback().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("postgres://{}/x", listener.local_addr().unwrap());
    drop(listener);
    retried(shop_at(&url, "nobody").read("select 1", "[]").await, "cannot be reached");
}

#[tokio::test]
async fn a_database_without_encryption_gets_no_login_where_it_is_required() {
    let shop = Postgres::open().await;
    let result = shop.run(json!(null), json!({"statement": "select 1", "encryption": "required"})).await;
    assert!(!format!("{result:?}").contains("canary"));
    let (message, field) = failed(result);
    assert_eq!(field.as_deref(), Some("server"), "{message}");
}

#[tokio::test]
async fn flowpilots_own_database_and_guarded_addresses_are_refused() {
    let ours = Postgres::on(support::database().await).await;
    let (message, field) = failed(ours.read("select * from credentials", "[]").await);
    assert_eq!((field.as_deref(), message.contains("FlowPilot's own database")), (Some("server"), true), "{message}");
    let parameters =
        json!({"server": ours.url, "statement": "select 1", "encryption": "off", "access": "read", "credential": "x"});
    let mut guarded = call(Kind::Sql, parameters);
    let login = [("username", ours.user.as_str()), ("password", PASSWORD)];
    guarded.credential = Some(Secret::of(CredentialKind::SqlLogin, login));
    guarded.egress = Egress::new(EgressMode::PublicOnly).unwrap();
    let (_, field) = failed(runners::run(guarded).await);
    assert_eq!(field.as_deref(), Some("server"));
}
