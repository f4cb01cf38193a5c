//! Parameters of nodes: texts, JSON, HTML, pairs, numbers; checked while drawing and resolved in an attempt.

use flowpilot::domain::{
    expression::{check, paths, resolve, resolve_briefly, template},
    task::Kind,
    workflow::Parameters,
};
use serde_json::{Value, json};

use super::scope;

fn parameters(value: Value) -> Parameters {
    value.as_object().cloned().expect("an object")
}

fn http(body: Value) -> Result<Value, String> {
    let given = parameters(json!({ "method": "POST", "url": "https://example.com", "body": body }));
    resolve(Kind::HttpRequest, &given, &scope())
        .map(|resolved| resolved["body"].clone())
        .map_err(|error| format!("{}: {}", error.field, error.message))
}

#[test]
fn a_text_takes_the_values_of_its_expressions() {
    let rows = [
        ("Hello {{ input.plan }}!", "Hello pro!"),
        ("{{input.none}}{{ input.missing }}|", "|"),
        ("{{ { a: { b: [1] } } }}", r#"{"a":{"b":[1]}}"#),
        ("{{ {a:{b:1}}}}", r#"{"a":{"b":1}}"#),
        ("{{ \"}}\" + `${ \"}}\" }` }}", "}}}}"),
        ("{{ input.age + 1 }} {{ input.yes }}", "37 true"),
        ("{ single } {{ \"{{\" }}", "{ single } {{"),
        ("no expression", "no expression"),
        ("{{ input.numbers }}", "[3,1,2,10,0.5]"),
    ];
    for (text, expected) in rows {
        assert_eq!(template(text, &scope()).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn an_error_in_a_text_names_its_place() {
    let rows = [
        ("Dear {{ input. }}", "name is missing", 15),
        ("Dear {{ foo }}", "There is no “foo”", 8),
        ("Dear {{ input.email", "needs its }}", 7),
        ("Dear {{ input.user.name }}", "input.user is undefined", 8),
        ("{{ 1 } }", "two braces", 5),
        ("{{ }}", "is empty", 3),
    ];
    for (text, words, start) in rows {
        let error = template(text, &scope()).expect_err(text);
        assert!(error.message.contains(words), "{text}: {error}");
        assert_eq!(error.span.start, start, "{text}: {:?}", error.span);
        assert!(text.get(error.span.start..error.span.end).is_some(), "{text}: {:?}", error.span);
    }
}

#[test]
fn data_never_becomes_code() {
    let mut scope = scope();
    scope.input = json!({ "evil": "{{7*7}} ${7*7}", "quote": "\", \"admin\": true, \"x\": \"", "slash": "\\" });
    assert_eq!(template("{{ input.evil }}", &scope).as_deref(), Ok("{{7*7}} ${7*7}"));
    assert_eq!(template("{{ \"{{\" + \"7*7}}\" }}", &scope).as_deref(), Ok("{{7*7}}"));
    let given = parameters(json!({
        "method": "POST", "url": "https://example.com/{{ input.evil }}",
        "headers": { "X-Evil": "{{ input.evil }}" },
        "body": r#"{ "a": "{{ input.quote }}", "b": {{ input.quote }}, "c": "{{ input.slash }}", "{{ input.evil }}": 1 }"#,
    }));
    let resolved = resolve(Kind::HttpRequest, &given, &scope).expect("parameters");
    assert_eq!(resolved["url"], "https://example.com/{{7*7}} ${7*7}");
    assert_eq!(resolved["headers"], json!({ "X-Evil": "{{7*7}} ${7*7}" }));
    let quote = "\", \"admin\": true, \"x\": \"";
    assert_eq!(resolved["body"], json!({ "a": quote, "b": quote, "c": "\\", "{{7*7}} ${7*7}": 1 }));
    let transform = parameters(json!({ "output": { "deep": ["{{ input.evil }}", "{{ input.evil }}!"] } }));
    let resolved = resolve(Kind::Transform, &transform, &scope).expect("parameters");
    assert_eq!(resolved["output"], json!({ "deep": ["{{7*7}} ${7*7}", "{{7*7}} ${7*7}!"] }));
}

#[test]
fn json_takes_values_outside_of_quotes_and_text_inside() {
    let rows = [
        (r#"{ "a": {{ input.age }}, "b": "{{ input.age }}" }"#, json!({ "a": 36, "b": "36" })),
        (r#"{ "a": {{ input.missing }}, "b": "{{ input.missing }}" }"#, json!({ "a": null, "b": "" })),
        (r#"{ "a": {{ input.items[0] }} }"#, json!({ "a": { "name": "Pen", "price": 2.5, "tags": ["b", "a"] } })),
        (r#"{ "a": "tags: {{ input.items[0].tags }}" }"#, json!({ "a": "tags: [\"b\",\"a\"]" })),
        (r#"{ "a": "\"{{ nodes["Create CRM entry"].output.id }}\"" }"#, json!({ "a": "\"17\"" })),
        (r#"{ {{ input.plan }}: 1 }"#, json!({ "pro": 1 })),
        ("{{ input.numbers }}", json!([3, 1, 2, 10, 0.5])),
        ("[1, {{ \"}}\" }}]", json!([1, "}}"])),
        ("  ", Value::Null),
    ];
    for (text, expected) in rows {
        let body = Kind::HttpRequest.field("body").expect("a field");
        assert_eq!(check(body, &json!(text)), Ok(()), "{text}");
        assert_eq!(http(json!(text)), Ok(expected), "{text}");
    }
    assert_eq!(
        http(json!({ "a": "{{ input.age }}", "b": ["x{{ input.age }}", 1, null] })),
        Ok(json!({ "a": 36, "b": ["x36", 1, null] }))
    );
}

#[test]
fn json_that_is_none_is_refused_with_the_place() {
    let body = Kind::HttpRequest.field("body").expect("a field");
    let rows = [
        (r#"{ "a": {{ input.age }} "b": 1 }"#, "This is not JSON", r#"""#),
        ("{ a: 1 }", "This is not JSON", "a"),
        (r#"{ "a": "\{{ input.age }}" }"#, "Remove the backslash", r"\{{"),
        (r#"{ "a": {{ input. }} }"#, "name is missing", ""),
        (r#"{ "a": 1"#, "This is not JSON", "1"),
        (r#"{ "é": {{ 1 }}, "é" 2 }"#, "This is not JSON", "2"),
    ];
    for (text, words, place) in rows {
        let error = check(body, &json!(text)).expect_err(text);
        assert!(error.message.contains(words), "{text}: {error}");
        assert_eq!(&text[error.span.start..error.span.end], place, "{text}: {error}");
        assert!(http(json!(text)).expect_err(text).starts_with("body: "));
    }
}

#[test]
fn html_escapes_values_and_nothing_else() {
    let mut scope = scope();
    scope.input = json!({ "name": "<b onclick='x'>\"A\" & B</b>" });
    let given = parameters(json!({
        "server": "smtp://localhost", "from": "a@example.com", "to": "b@example.com", "subject": "{{ input.name }}",
        "text": "{{ input.name }}", "html": "<p>{{ input.name }}</p>",
    }));
    let resolved = resolve(Kind::SendEmail, &given, &scope).expect("parameters");
    assert_eq!(resolved["html"], "<p>&lt;b onclick=&#39;x&#39;&gt;&quot;A&quot; &amp; B&lt;/b&gt;</p>");
    assert_eq!(resolved["text"], "<b onclick='x'>\"A\" & B</b>");
}

#[test]
fn hidden_fields_are_left_out_and_defaults_filled_in() {
    let given = parameters(json!({ "url": "https://example.com", "body": "{{ broken" }));
    let resolved = resolve(Kind::HttpRequest, &given, &scope()).expect("parameters");
    let defaults =
        json!({ "method": "GET", "url": "https://example.com", "response": "auto", "pages": "none", "tls": "usual" });
    assert_eq!(Value::Object(resolved), defaults);
}

#[test]
fn a_required_text_that_comes_out_empty_names_its_field() {
    let given = parameters(json!({ "method": "GET", "url": "{{ input.missing }}" }));
    let error = resolve(Kind::HttpRequest, &given, &scope()).expect_err("no URL");
    assert_eq!(error.field, "url");
    assert!(error.message.contains("came out empty"), "{}", error.message);
}

#[test]
fn numbers_come_from_numbers_texts_and_expressions_and_stay_in_range() {
    let amount = |value: Value| {
        let given = parameters(json!({ "amount": value, "unit": "days" }));
        resolve(Kind::Delay, &given, &scope()).map(|resolved| resolved["amount"].clone()).map_err(|error| error.message)
    };
    assert_eq!(amount(json!(5)), Ok(json!(5)));
    assert_eq!(amount(json!(" 2.5 ")), Ok(json!(2.5)));
    assert_eq!(amount(json!("{{ input.age }}")), Ok(json!(36)));
    assert_eq!(amount(json!("{{ \"7\" }}")), Ok(json!(7)));
    assert!(amount(json!("{{ input.plan }}")).expect_err("text").contains("“pro” is not a number"));
    assert!(amount(json!("{{ -1 }}")).expect_err("range").contains("0 to 1000000"));
    let field = Kind::Delay.field("amount").expect("a field");
    assert!(check(field, &json!("-1")).is_err() && check(field, &json!("x")).is_err());
    assert!(check(field, &json!("{{ input.x }}")).is_ok() && check(field, &json!("{{ input. }}")).is_err());
}

#[test]
fn expressions_stand_without_braces_and_bear_with_them() {
    let condition = |text: &str| {
        let given = parameters(json!({ "if": text }));
        resolve(Kind::Condition, &given, &scope()).map(|resolved| resolved["if"].clone())
    };
    assert_eq!(condition("input.plan === \"pro\"").ok(), Some(json!(true)));
    assert_eq!(condition("{{ input.plan === \"pro\" }}").ok(), Some(json!(true)));
    let field = Kind::Condition.field("if").expect("a field");
    let error = check(field, &json!("input.plan = 1")).expect_err("assignment");
    assert_eq!((error.span.start, error.span.end), (11, 12));
}

#[test]
fn fields_without_expressions_say_so() {
    let check = |kind: Kind, field: &str, value: Value| check(kind.field(field).expect("a field"), &value);
    assert!(check(Kind::HttpRequest, "method", json!("FETCH")).expect_err("choice").message.contains("GET, POST"));
    assert!(check(Kind::HttpRequest, "credential", json!("{{ input.x }}")).is_err());
    assert!(check(Kind::Schedule, "cron", json!("* * *")).expect_err("cron").message.contains("this one has 3"));
    assert!(check(Kind::Schedule, "time_zone", json!("Europe / Berlin")).is_err());
    assert!(check(Kind::HttpRequest, "url", json!({ "a": 1 })).is_err());
    assert!(check(Kind::HttpRequest, "headers", json!(["a"])).is_err());
    let error = check(Kind::HttpRequest, "headers", json!({ "X-A": "{{ }}" })).expect_err("empty");
    assert!(error.message.starts_with("X-A: "), "{error}");
}

#[test]
fn paths_are_expressions_that_lead_to_what_they_show() {
    let scope = scope();
    let found = paths(&scope, 500);
    for (path, _) in &found {
        assert!(flowpilot::domain::expression::evaluate(path, &scope).is_ok(), "{path}");
    }
    let preview = |wanted: &str| found.iter().find(|(path, _)| path == wanted).map(|(_, preview)| preview.as_str());
    assert_eq!(preview("input.email"), Some("Ada@Example.com"));
    assert_eq!(preview("input.items"), Some("3 items"));
    assert_eq!(preview("input.items[0].price"), Some("2.5"));
    assert_eq!(preview("input.nested[\"2\"]"), Some("two"));
    assert_eq!(preview("nodes[\"Create CRM entry\"].output.id"), Some("17"));
    assert_eq!(preview("trigger.headers[\"x-kind\"]"), Some("test"));
    assert_eq!(paths(&scope, 3).len(), 3);
    assert_eq!(found[0].0, "input");
}

#[test]
fn what_takes_more_than_a_moment_is_given_up_without_a_word_and_resolved_with_patience() {
    let resolved = |output: &str| {
        let given = parameters(json!({ "output": output }));
        let patient = resolve(Kind::Transform, &given, &scope());
        (resolve_briefly(Kind::Transform, &given, &scope()), patient)
    };
    for (output, is_brief) in [
        ("input.numbers.map(n => n + 1)", true),
        ("{ plan: input.plan, age: input.age * 2 }", true),
        ("'ab'.repeat(30000).length", false),
        ("input.numbers.map(n => 'x'.repeat(110).split('').map(x => n)).length", false),
        ("'x'.repeat(200).split('').map(x => [x, x].join('-')).length", false),
    ] {
        let (brief, patient) = resolved(output);
        let patient = patient.expect(output);
        assert_eq!(brief, is_brief.then_some(patient), "{output}");
    }
    let (brief, patient) = resolved("input.missing.more");
    assert!(brief.is_none() && patient.is_err(), "why it fails is told by the patient one");
}
