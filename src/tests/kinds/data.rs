//! What shapes data: the examples of the catalogue, and what has none.

use flowpilot::domain::task::Kind;
use serde_json::json;

use super::Case;

const BY_EXAMPLE: [Kind; 14] = [
    Kind::Transform,
    Kind::SetFields,
    Kind::Filter,
    Kind::Sort,
    Kind::Limit,
    Kind::Aggregate,
    Kind::Split,
    Kind::Deduplicate,
    Kind::Merge,
    Kind::Csv,
    Kind::Json,
    Kind::Xml,
    Kind::Zip,
    Kind::HtmlExtract,
];

pub fn cases() -> Vec<Case> {
    let mut cases: Vec<_> = BY_EXAMPLE.into_iter().map(Case::example).collect();
    let book = json!({"direction": "write", "rows": "[{ n: 1 }]", "file_name": "a.xlsx"});
    cases.push(Case::of(Kind::Xlsx, book, json!(null), json!({"file_name": "a.xlsx"})));
    cases
}
