//! Tables as CSV.

use base64::{Engine, prelude::BASE64_STANDARD};
use flowpilot::{domain::task::Kind, server::runners};
use serde_json::{Value, json};

use super::{call, done, failed, object};

async fn csv(parameters: Value) -> Result<runners::Outcome, runners::RunError> {
    let mut all = Kind::Csv.default_parameters();
    all.extend(object(parameters));
    runners::run(call(Kind::Csv, Value::Object(all))).await
}

#[tokio::test]
async fn a_table_is_read_with_quotes_line_breaks_and_a_mark_in_front() {
    let text = "\u{feff}name,note\r\nAda,\"says \"\"hi\"\",\nthen goes\"\nLöwe,\n";
    let rows = json!([{"name": "Ada", "note": "says \"hi\",\nthen goes"}, {"name": "Löwe", "note": ""}]);
    assert_eq!(done(csv(json!({"text": text})).await), rows);
    let bytes = json!({"base64": BASE64_STANDARD.encode(text), "content_type": "text/csv"});
    assert_eq!(done(csv(json!({"text": bytes})).await), rows);
    let lists = done(csv(json!({"text": "a;b\n1\n", "separator": "semicolon", "head": "no"})).await);
    assert_eq!(lists, json!([["a", "b"], ["1"]]));
    assert_eq!(done(csv(json!({"text": null})).await), json!([]));
}

#[tokio::test]
async fn what_cannot_be_read_names_line_and_remedy() {
    let latin = json!({"base64": BASE64_STANDARD.encode([b'a', b'\n', 0xe4])});
    for (text, words) in [
        (json!("a,b\n1,2\n3\n"), "Line 3 has 1 cells, the head has 2"),
        (json!("a,a\n1,2\n"), "Two columns are called “a”"),
        (latin, "not UTF-8 from byte 2 on"),
        (json!(7), "Bytes are a text in base64"),
        (json!(format!("a\n{}", "x\n".repeat(100_001))), "more than 100,000 rows"),
    ] {
        let (message, field) = failed(csv(json!({"text": text})).await);
        assert_eq!(field.as_deref(), Some("text"));
        assert!(message.contains(words), "{message}");
    }
}

#[tokio::test]
async fn a_table_is_written_and_formulas_become_text() {
    let rows = json!([{"name": "=cmd|'/C calc'!A0", "n": -1}, {"name": "a,\"b\"", "extra": null}, {"name": "+1", "extra": true}]);
    let text = done(csv(json!({"direction": "write", "rows": rows})).await);
    assert_eq!(text, json!("name,n,extra\r\n'=cmd|'/C calc'!A0,-1,\r\n\"a,\"\"b\"\"\",,\r\n'+1,,true\r\n"));
    let kept = done(
        csv(json!({"direction": "write", "rows": [["=1"], ["@a", 2]], "formulas": "keep", "separator": "tab"})).await,
    );
    assert_eq!(kept, json!("=1\r\n@a\t2\r\n"));
    let (_, field) = failed(csv(json!({"direction": "write", "rows": [1]})).await);
    assert_eq!(field.as_deref(), Some("rows"));
}

#[tokio::test]
async fn what_was_written_reads_the_same() {
    let rows = json!([{"a": "x\r\ny", "b": "\"q\";,"}, {"a": "", "b": " s "}]);
    for separator in ["comma", "semicolon", "tab"] {
        let text = done(csv(json!({"direction": "write", "rows": rows, "separator": separator})).await);
        assert_eq!(done(csv(json!({"text": text, "separator": separator})).await), rows);
    }
}
