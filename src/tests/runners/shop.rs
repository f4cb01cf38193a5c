//! A shop's table of orders in whichever database, reached through the node “SQL”; and what has to hold in all of them.

use flowpilot::{
    domain::{
        credential::CredentialKind,
        expression::{Scope, resolve},
        task::Kind,
        workflow::Parameters,
    },
    server::runners::{self, Call, Outcome, RunError, Secret},
};
use serde_json::{Value, json};

use super::{call, done, failed, object};

pub struct Shop {
    /// Where the database is, as the node says it.
    place: Parameters,
    /// Its name; `TABLE` in statements stands for it.
    pub table: String,
    /// Each runs in the same workspace, with the same login.
    call: Call,
}

impl Shop {
    pub fn at(place: Value, table: &str) -> Self {
        Self { place: object(place), table: table.to_owned(), call: call(Kind::Sql, json!({})) }
    }

    pub fn with_login(mut self, user: &str, password: &str) -> Self {
        let login = [("username", user), ("password", password)];
        self.call.credential = Some(Secret::of(CredentialKind::SqlLogin, login));
        self
    }

    pub async fn run(&self, input: Value, parameters: Value) -> Result<Outcome, RunError> {
        let mut all = self.place.clone();
        all.extend(object(parameters));
        if let Some(Value::String(statement)) = all.get_mut("statement") {
            *statement = statement.replace("TABLE", &self.table);
        }
        let scope = Scope { input, ..Scope::default() };
        let parameters = resolve(Kind::Sql, &all, &scope).unwrap_or_else(|error| panic!("{error:?}"));
        runners::run(Call { parameters, ..self.call.clone() }).await
    }

    pub async fn write(&self, statement: &str, parameters: &str) -> Result<Outcome, RunError> {
        self.run(json!(null), json!({"statement": statement, "parameters": parameters, "access": "write"})).await
    }

    pub async fn read(&self, statement: &str, parameters: &str) -> Result<Outcome, RunError> {
        self.run(json!(null), json!({"statement": statement, "parameters": parameters})).await
    }
}

/// Two hundred texts that would do harm as a part of a statement go in as values and come out as they were. `first` and
/// `second` stand for values in the database's statements.
pub async fn takes_payloads_as_values(shop: &Shop, [first, second]: [&str; 2]) {
    let pieces = [
        "' or '1'='1",
        "'; drop table orders; --",
        "$1",
        "?",
        "\\'; select sleep(9)--",
        "{{ input }}",
        "\" or 1=1",
        "/*",
        "''",
        "%27\u{2019}#",
    ];
    let payloads: Vec<String> = (0..200).map(|n| format!("{}{}{n}", pieces[n % 10], pieces[n / 20])).collect();
    let insert = json!({
        "statement": format!("insert into TABLE (id, customer) values ({first}, {second})"), "runs": "per_item",
        "items": "input", "each": "[index, item]", "access": "write",
    });
    assert_eq!(done(shop.run(json!(payloads), insert).await)["affected"], json!(200));
    let kept = done(shop.read("select customer from TABLE order by id", "[]").await);
    let kept: Vec<_> = kept["rows"].as_array().unwrap().iter().map(|row| row["customer"].as_str().unwrap()).collect();
    assert_eq!(kept, payloads);
    for payload in &payloads {
        let statement = format!("select id from TABLE where customer = {first}");
        let one = json!({"statement": statement, "parameters": "[input]"});
        let found = done(shop.run(json!(payload), one).await);
        assert_eq!(found["rows"].as_array().unwrap().len(), 1, "{payload}");
    }
}

/// Rows that are objects, in bulk: all of them or none, and those that are there already left alone where that is wanted.
pub async fn writes_all_rows_or_none(shop: &Shop) {
    let bulk = |conflicts: &str| {
        json!({"runs": "insert", "table": shop.table, "columns": "id, customer", "items": "input",
            "conflicts": conflicts, "access": "write"})
    };
    let items = json!([{"id": 1, "customer": "a", "x": 1}, {"id": 1, "customer": "b"}, {"id": 2, "customer": "c"}]);
    let (message, field) = failed(shop.run(items.clone(), bulk("fail")).await);
    assert_eq!(field.as_deref(), Some("items"), "{message}");
    let count = async || done(shop.read("select count(*) as n from TABLE", "[]").await)["rows"][0]["n"].clone();
    assert_eq!(count().await, json!(0));
    done(shop.run(items, bulk("skip")).await);
    assert_eq!(count().await, json!(2));
    let many: Vec<_> = (10..3_010).map(|id| json!({"id": id, "customer": "x"})).collect();
    assert_eq!(done(shop.run(json!(many), bulk("fail")).await)["affected"], json!(3_000));
}
