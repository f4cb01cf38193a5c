//! SQL against a real MariaDB.

use flowpilot::{
    domain::{credential::CredentialKind, task::Kind},
    server::{
        config::EgressMode,
        egress::Egress,
        runners::{self, Call, Secret},
    },
};
use serde_json::json;

use super::{
    call, done, failed, retried,
    shop::{Shop, takes_payloads_as_values, writes_all_rows_or_none},
};
use crate::{
    daemon::{self, PASSWORD, USER},
    tls,
};

/// A table of its own in the tests' MariaDB.
async fn shop() -> Shop {
    let shop = at(daemon::mariadb().await.port).with_login(USER, PASSWORD);
    let create =
        "create table TABLE (id int primary key, customer varchar(100) not null, total decimal(10,2), paid boolean,
        big bigint unsigned, at datetime(3), day date, time time, data json, raw blob, ratio float)";
    done(shop.write(create, "[]").await);
    shop
}

fn at(port: u16) -> Shop {
    let server = format!("mysql://127.0.0.1:{port}/test");
    let place = json!({"server": server, "encryption": "off", "credential": "Shop"});
    Shop::at(place, &format!("orders_{}", uuid::Uuid::now_v7().simple()))
}

#[tokio::test]
async fn values_of_all_types_go_in_and_come_out() {
    let shop = shop().await;
    let insert = "insert into TABLE values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let values = "[1, 'Löwe', 12.5, true, 9007199254740991, '2026-11-20 12:00:00.5', '2026-11-20', '-30:15:00', { n: [1] }, 'x', 0.1]";
    assert_eq!(done(shop.write(insert, values).await), json!({"rows": [], "affected": 1}));
    let found = done(shop.read("select * from TABLE where customer = ? and total > ?", "['Löwe', 12]").await);
    let mut row = found["rows"][0].clone();
    let time = row["time"].take();
    assert!(time.as_str().unwrap().starts_with("-30:15:00"), "{time}");
    let expected = json!({
        "id": 1, "customer": "Löwe", "total": 12.5, "paid": true, "big": 9_007_199_254_740_991_i64,
        "at": "2026-11-20T12:00:00.500", "day": "2026-11-20", "time": null, "data": "{\"n\":[1]}",
        "raw": {"base64": "eA==", "content_type": "application/octet-stream"}, "ratio": 0.1,
    });
    assert_eq!(row, expected);
    done(shop.write("update TABLE set paid = ?, total = ? where id = ?", "[null, null, 1]").await);
    let nulls = done(shop.read("select paid, total, count(*) as n from TABLE", "[]").await);
    assert_eq!(nulls["rows"], json!([{"paid": null, "total": null, "n": 1}]));
}

#[tokio::test]
async fn two_hundred_payloads_as_values_change_no_row_but_their_own() {
    takes_payloads_as_values(&shop().await, ["?", "?"]).await;
}

#[tokio::test]
async fn items_and_several_statements_are_written_all_or_none() {
    let shop = shop().await;
    writes_all_rows_or_none(&shop).await;
    let several = |second: &str| json!({"runs": "several", "statement": format!("delete from TABLE where id = ?\n---\n{second}"), "parameters": "[[1], []]", "access": "write"});
    failed(shop.run(json!(null), several("insert into TABLE (id) values (9)")).await);
    let done = done(shop.run(json!(null), several("select count(*) as n from TABLE")).await);
    assert_eq!((&done["results"][0]["affected"], &done["rows"]), (&json!(1), &json!([{"n": 3_001}])));
}

#[tokio::test]
async fn what_is_refused_names_its_field() {
    let shop = shop().await;
    for (statement, parameters, field, words) in [
        ("insert into TABLE (id, customer) values (1, 'x')", "[]", "access", "1792"),
        ("drop table TABLE", "[]", "access", "1792"),
        ("select * from TABLE where id = ?", "[]", "parameters", "has 1 parameters"),
        ("selekt 1", "[]", "statement", "1064"),
        ("select * from none", "[]", "statement", "1146"),
        ("select 1; drop table TABLE", "[]", "statement", "1064"),
    ] {
        let (message, named) = failed(shop.read(statement, parameters).await);
        assert_eq!(named.as_deref(), Some(field), "{statement}: {message}");
        assert!(message.contains(words), "{message}");
    }
    let stranger = at(daemon::mariadb().await.port).with_login(USER, "wrong-password");
    let (message, field) = failed(stranger.read("select 1", "[]").await);
    assert_eq!(field.as_deref(), Some("credential"), "{message}");
    let (message, _) = failed(shop.read("select seq from seq_1_to_10001", "[]").await);
    assert!(message.contains("10,000 rows"), "{message}");
}

#[tokio::test]
async fn the_connection_is_encrypted_by_a_certificate_that_fits() {
    let daemon = daemon::mariadb().await;
    let run = |host: &str, egress: Egress| {
        let parameters = json!({"server": format!("mariadb://{host}:{}/test", daemon.port), "credential": "Shop",
            "statement": "show status like 'Ssl_version'", "runs": "once", "access": "read", "encryption": "required"});
        let login = Secret::of(CredentialKind::SqlLogin, [("username", USER), ("password", PASSWORD)]);
        runners::run(Call { credential: Some(login), egress, ..call(Kind::Sql, parameters) })
    };
    let trusting = || Egress::trusting(EgressMode::Any, &tls::authority()).unwrap();
    let told = done(run("localhost", trusting()).await);
    assert!(told["rows"][0]["Value"].as_str().unwrap().starts_with("TLSv1."), "{told}");
    let (message, field) = failed(run("localhost", Egress::new(EgressMode::Any).unwrap()).await);
    assert_eq!(field.as_deref(), Some("server"), "{message}");
}

#[tokio::test]
async fn a_taken_lock_and_a_dead_server_are_tried_again() {
    let shop = shop().await;
    done(shop.write("insert into TABLE (id, customer) values (1, 'a')", "[]").await);
    let hold = json!({"runs": "several", "access": "write",
        "statement": "update TABLE set customer = 'b' where id = 1\n---\nselect get_lock('held', 0), sleep(8)"});
    let waits = async {
        // The other has the row once it has the name.
        let is_held = "select is_used_lock('held') is not null as held";
        while done(shop.read(is_held, "[]").await)["rows"][0]["held"] != json!(1) {
            tokio::task::yield_now().await;
        }
        shop.write("update TABLE set customer = 'c' where id = 1", "[]").await
    };
    let (_, waited) = tokio::join!(shop.run(json!(null), hold), waits);
    retried(waited, "1205");
    let gone = at(1).with_login(USER, PASSWORD);
    retried(gone.read("select 1", "[]").await, "cannot be reached");
}
