//! Markup in what people and peers write stays text: in every field that they fill, through every page as the server renders
//! it, read the way that browsers read it. (C11; `end2end/specs/markup.spec.ts` looks at the pages alive.)

use flowpilot::{
    domain::{
        credential::{Contents, CredentialKind, NewCredential},
        drawing::Note,
        task::Kind,
        workflow::{Edge, Point, Workflow},
    },
    server::credentials,
};
use reqwest::Method;
use scraper::{Html, Selector};
use serde_json::{Value, json};

use crate::{
    stand::node,
    support::{self, TestServer},
    trigger_desk::Desk,
};

/// What would run something, wherever it became markup.
const VECTORS: [&str; 24] = [
    "<script>alert(1)</script>",
    "<script src=//evil.test/alert(1)></script>",
    "<ScRiPt >alert(1)</sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<math><a xlink:href=javascript:alert(1)>x</a></math>",
    "<body onload=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<button formaction=javascript:alert(1) autofocus>x</button>",
    "<input onfocus=alert(1) autofocus>",
    "<details open ontoggle=alert(1)>",
    "<base href=//evil.test/?alert(1)>",
    "<template><img src=x onerror=alert(1)></template>",
    "[x](javascript:alert(1))",
    "![x](x\" onerror=\"alert(1))",
];

/// Ways out of where a text stands: nothing, a comment, an attribute, a script with data.
const WAYS_OUT: [&str; 5] = ["", "-->", "\"'>", "</textarea></title>", "</script>"];

fn payloads() -> Vec<String> {
    WAYS_OUT.iter().flat_map(|way| VECTORS.iter().map(move |vector| format!("{way}{vector}"))).collect()
}

/// Nodes that are called so and hand it on; then one that fails with all of it.
fn workflow(payloads: &[String]) -> Workflow {
    let all = payloads.join("\n\n");
    let mut nodes = vec![node("start", Kind::Manual, json!({}))];
    let mut edges = Vec::new();
    for (number, payload) in payloads.iter().enumerate() {
        let id = format!("n{number}");
        let mut each = match number % 2 {
            0 => node(&id, Kind::Transform, json!({"output": serde_json::to_string(payload).unwrap()})),
            _ => node(&id, Kind::Log, json!({"message": payload})),
        };
        each.name.clone_from(payload);
        nodes.push(each);
        edges.extend([Edge::between("start", id.as_str()), Edge::between(id.as_str(), "fails")]);
    }
    nodes.push(node("fails", Kind::Fail, json!({"message": all})));
    let notes = vec![Note { text: all.clone(), ..Note::new("note_1".into(), Point::default()) }];
    // It stands in the title of its pages, and in their text fields.
    let leaving =
        payloads.iter().find(|payload| payload.starts_with("</textarea></title>")).expect("one that leaves both");
    Workflow { name: leaving.clone(), description: all, nodes, edges, notes, ..Workflow::default() }
}

/// The page, if everything in it that runs is its own.
async fn checked(server: &TestServer, path: &str) -> String {
    let answer = server.browse(Method::GET, path).header("accept", "text/html").send().await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
    let html = answer.text().await.unwrap();
    let document = Html::parse_document(&html);
    let everything = Selector::parse("*").unwrap();
    let mut count = 0;
    for element in document.select(&everything).map(|element| element.value()) {
        count += 1;
        let name = element.name();
        assert!(!["iframe", "object", "embed", "base", "math", "animate"].contains(&name), "{path}: <{name}>");
        assert!(name != "script" || element.attr("nonce") == Some(nonce.as_str()), "{path}: a foreign script");
        for (attribute, value) in element.attrs() {
            let value = value.trim().to_ascii_lowercase();
            // Anywhere else, such as in a label, it is what a person wrote.
            let is_link = ["href", "src", "action", "formaction", "xlink:href", "srcdoc", "data"].contains(&attribute);
            let is_code = value.starts_with("javascript:") || value.starts_with("data:text") || attribute == "srcdoc";
            assert!(!(attribute.starts_with("on") || is_link && is_code), "{path}: <{name} {attribute}={value}>");
        }
    }
    assert!(count > 20, "{path} is a page");
    html
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_payloads_in_every_field_become_no_markup_of_any_page() {
    let server = support::server().await;
    let (desk, payloads) = (Desk::of(&server), payloads());
    assert!(payloads.len() >= 100, "{}", payloads.len());
    for name in &payloads {
        let contents = Contents { values: [("value".to_owned(), "a secret".to_owned())].into(), ..Contents::default() };
        let new = NewCredential { name: name.clone(), kind: CredentialKind::Secret, contents, only_chosen: false };
        credentials::create(&desk.caller(), &new).await.unwrap();
    }
    let id = desk.publish(workflow(&payloads)).await;
    let start = json!({"workflow_id": id, "input": {"markup": payloads}});
    let started = server.call(Method::POST, "/api/v1/executions?wait=50").json(&start).send().await.unwrap();
    let over: Value = started.json().await.unwrap();
    assert_eq!(over["status"], "failed", "{over}");
    let execution = over["id"].as_str().unwrap();
    let of_workflow = |more: &str| format!("/workflows/{id}{more}");
    for path in ["/", "/executions", &of_workflow(""), &format!("/executions/{execution}")] {
        assert!(checked(&server, path).await.contains("alert(1)"), "{path} shows what was written");
    }
    for path in ["/credentials", &of_workflow("/versions"), &of_workflow("/triggers"), &of_workflow("/executions")] {
        checked(&server, path).await;
    }
    server.stop().await;
}
