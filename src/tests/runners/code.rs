//! Shell, Python, JavaScript and PDFs in the sandbox. Where this machine offers none, that they are refused.

use flowpilot::{
    domain::{
        expression::{Scope, resolve},
        task::Kind,
        workflow::{Node, Point, Workflow},
    },
    server::{
        config::CodeMode,
        runners::{self, Outcome, RunError},
        sandbox::Output,
    },
};
use serde_json::{Value, json};

use super::{call, done, failed, object};
use crate::sandbox::sandbox;

/// What comes of the node; and what it printed. None: this machine cannot shut code in.
async fn attempt(kind: Kind, parameters: Value, input: Value) -> Option<(Result<Outcome, RunError>, Output)> {
    let scope = Scope { input: input.clone(), ..Scope::default() };
    let parameters = resolve(kind, &object(parameters), &scope).expect("it resolves");
    let mut call = call(kind, Value::Object(parameters));
    call.input = input;
    call.sandbox = sandbox(CodeMode::Restricted);
    let is_possible = call.sandbox.tier().await.is_ok();
    let output = call.output.clone();
    let result = runners::run(call).await;
    if !is_possible {
        assert!(failed(result).0.contains("isolation"));
        return None;
    }
    Some((result, output))
}

/// The output of code, as JSON, or why there is none.
async fn check(kind: Kind, code: &str, input: Value, expected: Value) {
    if let Some((result, output)) = attempt(kind, json!({ "code": code }), input).await {
        assert_eq!(done(result), expected, "{code}: {}", output.stderr.text());
    }
}

/// Why the code failed, and whether another attempt may help.
async fn check_failure(kind: Kind, code: &str, words: &str, is_retried: bool) {
    let Some((result, _)) = attempt(kind, json!({ "code": code }), json!([1, 2])).await else { return };
    let (message, retried) = match result {
        Err(RunError::Retry { message, .. }) => (message, true),
        Err(RunError::Fail { message, .. }) => (message, false),
        other => panic!("{code}: {other:?}"),
    };
    assert!(message.contains(words), "{code}: {message}");
    assert_eq!(retried, is_retried, "{code}: {message}");
}

#[tokio::test]
async fn the_examples_do_what_they_say() {
    for kind in [Kind::Shell, Kind::Python, Kind::Javascript] {
        let example = kind.spec().example;
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        if let Some((result, _)) = attempt(kind, read(example.parameters), read(example.input)).await {
            assert_eq!(done(result), read(example.output), "{}", kind.name());
        }
    }
}

#[tokio::test]
async fn javascript_returns_what_it_returns() {
    let js = |code, expected| check(Kind::Javascript, code, json!([1, 2]), expected);
    js("return items.map(n => n * 2)", json!([2, 4])).await;
    js("// nothing", json!(null)).await;
    js("return undefined", json!(null)).await;
    js("return { d: new Date(0), u: undefined, n: NaN }", json!({ "d": "1970-01-01T00:00:00.000Z", "n": null })).await;
    js("const wait = async n => n + 1; return await wait(input[0])", json!(2)).await;
    js("return typeof require + typeof process + typeof std + typeof fetch", json!("undefined".repeat(4))).await;
    js("return '{{ input }}'", json!("{{ input }}")).await;
    check(Kind::Javascript, "return items", json!({ "a": 1 }), json!([{ "a": 1 }])).await;
    check(Kind::Javascript, "return input.__proto__ === Object.prototype", json!({ "a": 1 }), json!(true)).await;
}

#[tokio::test]
async fn javascript_says_what_is_wrong_and_where() {
    let js = |code, words| check_failure(Kind::Javascript, code, words, false);
    js("const a = 1\nreturn a +", "SyntaxError").await;
    js("const a = 1\nthrow new TypeError('no ' + a)", "TypeError: no 1 (line 2)").await;
    js("throw 'up'", "The code threw up.").await;
    js("return nothing.at.all", "ReferenceError").await;
    js("const f = () => f() + 1; return f()", "Maximum call stack").await;
    js("const a = []; for (;;) a.push(new Array(10000).fill('x'))", "out of memory").await;
    js("return 'x'.repeat(2 ** 20)", "larger than 1 MiB").await;
    js("return 1n", "TypeError").await;
    js("const a = {}; a.a = a; return a", "circular").await;
    js("await new Promise(() => {})", "never comes").await;
}

#[tokio::test]
async fn python_returns_a_value_or_defines_main() {
    let python = |code, expected| check(Kind::Python, code, json!([1, 2]), expected);
    python("return sum(input)", json!(3)).await;
    python("def main(input):\n    return [n * 2 for n in input]", json!([2, 4])).await;
    python("def main(input, data):\n    return data", json!({})).await;
    python("async def main(input):\n    return len(input)", json!(2)).await;
    python(
        "import datetime, decimal\nreturn [datetime.date(2026, 1, 2), decimal.Decimal('1.10'), {7}]",
        json!(["2026-01-02", "1.10", [7]]),
    )
    .await;
    python("for n in input:\n    if n == 2:\n        return n", json!(2)).await;
    python("print('nothing')", json!(null)).await;
    python("return f'{{{input[0]}}}'", json!("{1}")).await;
    python("return 'ä€😀' * 2", json!("ä€😀ä€😀")).await;
}

#[tokio::test]
async fn python_says_what_is_wrong_and_where() {
    let python = |code, words, is_retried| check_failure(Kind::Python, code, words, is_retried);
    python("x = 1\nreturn x / 0", "ZeroDivisionError: division by zero (line 2)", true).await;
    python("x = (", "SyntaxError", false).await;
    python("import sys\nsys.exit(3)", "exit code 3", true).await;
    python("return object()", "of the type object", true).await;
    python("return float('nan')", "ValueError", true).await;
    python("import os\nos.abort()", "signal 6", true).await;
    python("import os\nos._exit(0)", "ended the interpreter", true).await;
    python("return 'x' * 2 ** 21", "larger than 1 MiB", false).await;
    python("import requests", "ModuleNotFoundError", true).await;
}

/// `main` with this signature, called with these values; what it got.
async fn called(signature: &str, values: Value) -> Option<Result<Outcome, RunError>> {
    let code =
        format!("import datetime\nfrom typing import Literal, Optional\ndef main({signature}):\n    return [a, b]");
    Some(attempt(Kind::Python, json!({ "code": code, "data": values }), json!([1, 2])).await?.0)
}

#[tokio::test]
async fn a_function_with_type_hints_gets_its_values_by_name_and_type() {
    for (signature, values, expected) in [
        ("a: str, b: int = 7", json!({ "a": "Ada" }), json!(["Ada", 7])),
        ("a: str, b: int = 7", json!({ "a": 5, "b": " 12 " }), json!(["5", 12])),
        ("a: bool, b: float", json!({ "a": "False", "b": "{{ input[1] }}" }), json!([false, 2.0])),
        ("a: list[int], *, b: dict", json!({ "a": "{{ input }}", "b": "{\"x\": 1}" }), json!([[1, 2], { "x": 1 }])),
        ("a: Optional[int], b: int | None = 3", json!({}), json!([null, 3])),
        ("a: Literal['x', 2], b: datetime.date", json!({ "a": "2", "b": "2026-01-31" }), json!([2, "2026-01-31"])),
        ("a: int | str, b", json!({ "a": "x", "b": [1] }), json!(["x", [1]])),
        ("input: list, a: int = 1, b: int = 2", json!({ "b": 3 }), json!([1, 3])),
    ] {
        if let Some(result) = called(signature, values.clone()).await {
            assert_eq!(done(result), expected, "{signature} with {values}");
        }
    }
}

#[tokio::test]
async fn a_value_that_a_function_cannot_take_names_its_argument() {
    for (signature, values, words) in [
        ("a: str, b: int", json!({ "a": "Ada" }), "main needs a value for b."),
        ("a: str, b: int", json!({ "a": "Ada", "b": "a week" }), "main wants a whole number for b, not \"a week\"."),
        ("a: int, b: int = 1", json!({ "a": 1.5 }), "a whole number for a, not 1.5"),
        ("a: int | None, b: int = 1", json!({ "a": "x" }), "a whole number for a"),
        ("a: bool, b: int = 1", json!({ "a": "perhaps" }), "true or false for a"),
        ("a: list, b: int = 1", json!({ "a": "{}" }), "a list for a"),
        ("a: Literal['x', 'y'], b: int = 1", json!({ "a": "z" }), "\"x\" or \"y\" for a"),
        ("a: datetime.date, b: int = 1", json!({ "a": "soon" }), "a date for a"),
    ] {
        if let Some(result) = called(signature, values.clone()).await {
            let (message, field) = failed(result);
            assert_eq!(field.as_deref(), Some("data"), "{message}");
            assert!(message.contains(words), "{signature} with {values}: {message}");
        }
    }
}

#[tokio::test]
async fn a_script_gets_data_beside_it_and_never_in_it() {
    let parameters = json!({
        "code": "cat; echo; echo \"$NAME\" \"$1\"", "env": { "NAME": "{{ input.name }}" },
    });
    let name = "$(touch /box/owned); `id`; \"; rm -rf / #";
    if let Some((result, _)) = attempt(Kind::Shell, parameters, json!({ "name": name })).await {
        let output = done(result);
        let mut lines = output["stdout"].as_str().unwrap().lines();
        assert_eq!(serde_json::from_str::<Value>(lines.next().unwrap()).unwrap(), json!({ "name": name }));
        assert_eq!(lines.next(), Some(format!("{name} ").as_str()));
    }
    for (env, words) in [
        (json!({ "PATH": "/tmp" }), "PATH"),
        (json!({ "LD_PRELOAD": "x.so" }), "LD_PRELOAD"),
        (json!({ "a b": "x" }), "cannot name a variable"),
        (json!({ "A": "x".repeat(200_000) }), "standard input"),
    ] {
        let parameters = json!({ "code": "true", "env": env });
        if let Some((result, _)) = attempt(Kind::Shell, parameters, json!(1)).await {
            let (message, field) = failed(result);
            assert!(message.contains(words), "{message}");
            assert_eq!(field.as_deref(), Some("env"));
        }
    }
}

#[tokio::test]
async fn a_script_that_fails_says_how() {
    let shell = |code, words| check_failure(Kind::Shell, code, words, true);
    shell("echo 'no such customer' >&2; exit 3", "exit code 3: no such customer").await;
    shell("false; echo never", "exit code 1").await;
    shell("false | true", "exit code 1").await;
    shell("kill -SEGV $$", "signal 11").await;
    let Some((result, output)) =
        attempt(Kind::Shell, json!({ "code": "echo out; echo err >&2; exit 1" }), json!(1)).await
    else {
        return;
    };
    assert!(result.is_err());
    assert_eq!((output.stdout.text().as_str(), output.stderr.text().as_str()), ("out\n", "err\n"));
    let json = json!({ "code": "echo '[1, 2]'", "format": "json" });
    let (result, _) = attempt(Kind::Shell, json, json!(1)).await.expect("as before");
    assert_eq!(done(result)["json"], json!([1, 2]));
    let wrong = json!({ "code": "echo hello", "format": "json" });
    let (result, _) = attempt(Kind::Shell, wrong, json!(1)).await.expect("as before");
    assert_eq!(failed(result).1.as_deref(), Some("format"));
}

#[tokio::test]
async fn code_that_is_off_does_not_run() {
    for kind in [Kind::Shell, Kind::Python, Kind::Javascript] {
        let mut parameters = kind.default_parameters();
        parameters.insert("code".to_owned(), "true".into());
        let (message, _) = failed(runners::run(call(kind, Value::Object(parameters))).await);
        assert!(message.contains("FLOWPILOT_CODE"), "{message}");
    }
}

/// The problems of a workflow with this one node.
fn problems(kind: Kind, code: &str) -> Vec<String> {
    let mut node = Node::new("a".into(), "A", kind, Point::default());
    node.parameters.insert("code".to_owned(), code.into());
    let workflow = Workflow { name: "A".into(), nodes: vec![node], ..Workflow::default() };
    let about = workflow.problems().into_iter().filter(|problem| problem.field.as_deref() == Some("code"));
    about.map(|problem| problem.message).collect()
}

#[test]
fn expressions_in_a_script_are_refused_with_the_remedy() {
    let payloads = [
        "echo {{ trigger.body.name }}",
        "echo '{{input}}'",
        "curl https://example.com/{{ input.id }}",
        "{{ input.command }}",
        "cat <<EOF\n{{ nodes[\"A\"].output }}\nEOF",
        "echo {{",
        "x={{ $json.name }}",
    ];
    for payload in payloads {
        let found = problems(Kind::Shell, payload);
        assert!(
            found.len() == 1 && found[0].contains("Variables") && found[0].contains("$NAME"),
            "{payload}: {found:?}"
        );
    }
    assert_eq!(problems(Kind::Shell, "awk '{ print $1 }' <<< \"${NAME}\""), [""; 0]);
    assert_eq!(problems(Kind::Python, "return f'{{{input}}}'"), [""; 0]);
    assert_eq!(problems(Kind::Javascript, "return {a: {b: 1}}"), [""; 0]);
}

/// No template and no example shows the pattern. (C20)
#[test]
fn no_script_of_ours_holds_an_expression() {
    for kind in Kind::ALL {
        let parameters = object(serde_json::from_str(kind.spec().example.parameters).unwrap());
        let is_shell = kind == Kind::Shell && parameters["code"].as_str().is_some_and(|code| code.contains("{{"));
        assert!(!is_shell, "{}", kind.name());
    }
    for template in flowpilot::domain::template::ALL {
        assert!(template.workflow().problems().iter().all(|problem| !problem.message.contains("in a script")));
    }
}
