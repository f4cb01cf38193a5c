//! The plug-in of `docs/plugin`, built, dropped into a data directory, drawn, published and run; and plug-ins that take
//! too much or say nonsense.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use flowpilot::{
    domain::task::Kind,
    server::{
        config::{CodeConfig, CodeMode},
        plugins::Plugins,
        runners::{self, Outcome, RunError},
        sandbox::Sandbox,
    },
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    peer::Peer,
    runners::{call, failed},
    stand::{chain, node},
    support::{self, scratch_dir},
};

/// The example's module, built once.
fn example() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let target = root.join("target/plugin");
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let built = Command::new(cargo)
            .args(["build", "--quiet", "--locked", "--release", "--target", "wasm32-unknown-unknown", "--target-dir"])
            .arg(&target)
            .current_dir(root.join("docs/plugin"))
            .env_remove("RUSTFLAGS")
            .output()
            .expect("cargo runs");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        target.join("wasm32-unknown-unknown/release/slug.wasm")
    })
}

/// A data directory with this plug-in.
fn with_plugin(name: &str, module: &[u8], description: &Value) -> PathBuf {
    let dir = scratch_dir("plugins");
    std::fs::create_dir(dir.join("plugins")).unwrap();
    std::fs::write(dir.join(format!("plugins/{name}.wasm")), module).unwrap();
    std::fs::write(dir.join(format!("plugins/{name}.json")), description.to_string()).unwrap();
    dir
}

fn described() -> Value {
    serde_json::from_str(include_str!("../../docs/plugin/slug.json")).unwrap()
}

/// Runs the plug-in of this directory. None: this machine cannot shut it in.
async fn run(dir: &Path, id: &str, settings: Value) -> Option<Result<Outcome, RunError>> {
    let config = CodeConfig { code: CodeMode::Off, program: Some(env!("CARGO_BIN_EXE_flowpilot").into()) };
    let mut call = call(Kind::Plugin, json!({ "plugin": id, "settings": settings }));
    call.sandbox = Sandbox::with(&config, Plugins::of(dir));
    let is_possible = call.sandbox.tier().await.is_ok();
    let result = runners::run(call).await;
    if !is_possible {
        assert!(failed(result).0.contains("isolation"));
        return None;
    }
    Some(result)
}

#[tokio::test]
async fn the_example_makes_slugs_and_chooses_its_output() {
    let dir = with_plugin("slug", &std::fs::read(example()).unwrap(), &described());
    for (settings, output, port) in [
        (json!({ "text": "Hello, World" }), "hello-world", "out"),
        (json!({ "text": "Größe & Maß", "style": "snake" }), "größe_maß", "out"),
        (json!({ "text": "!!!" }), "!!!", "empty"),
    ] {
        if let Some(result) = run(&dir, "slug@1", settings).await {
            assert_eq!(result, Ok(Outcome::Done { output: output.into(), port: port.into() }));
        }
    }
    if let Some(result) = run(&dir, "slug@1", json!({ "text": " " })).await {
        assert_eq!(failed(result).1.as_deref(), Some("settings"));
    }
    if let Some(result) = run(&dir, "slug@2", json!({ "text": "a" })).await {
        assert!(failed(result).0.contains("slug@2 is not installed"));
    }
}

#[tokio::test]
async fn it_is_found_checked_published_and_run() {
    let program = format!("--sandbox-program={}", env!("CARGO_BIN_EXE_flowpilot"));
    let server = support::server_on(support::database().await, &[&program]).await;
    let ask = async |method: Method, path: &str, body: &Value| -> Value {
        server.call(method, &format!("/api/v1{path}")).json(body).send().await.unwrap().json().await.unwrap()
    };
    let parameters = json!({ "plugin": "slug@1", "outputs": ["empty"], "settings": { "text": "{{ input.title }}" } });
    let workflow = chain(vec![node("start", Kind::Manual, json!({})), node("slug", Kind::Plugin, parameters)]);
    let created = ask(Method::POST, "/workflows", &json!(workflow)).await;
    let path = format!("/workflows/{}", created["id"].as_str().unwrap());
    let refused = ask(Method::POST, &format!("{path}/publish"), &json!({})).await;
    assert!(refused["problems"][0]["message"].as_str().unwrap().contains("not installed"), "{refused}");

    // Dropped in while the server runs.
    let plugins = server.app.config.database.data_dir().unwrap().join("plugins");
    std::fs::create_dir_all(&plugins).unwrap();
    std::fs::copy(example(), plugins.join("slug.wasm")).unwrap();
    std::fs::write(plugins.join("slug.json"), described().to_string()).unwrap();
    ask(Method::POST, &format!("{path}/publish"), &json!({})).await;
    let start = json!({ "workflow_id": created["id"], "input": { "title": "Ada Lovelace" } });
    let execution = ask(Method::POST, "/executions?wait=30", &start).await;
    if server.app.sandbox.tier().await.is_ok() {
        assert_eq!(
            (&execution["status"], &execution["state"]["output"]),
            (&json!("succeeded"), &json!("ada-lovelace")),
            "{execution}"
        );
    }
    server.stop().await;
}

/// A module whose `run` does this; it exports what plug-ins export.
fn module(body: &str) -> Vec<u8> {
    let text = format!(
        "(module (import \"flowpilot\" \"http\" (func $http (param i32 i32) (result i64)))
          (memory (export \"memory\") 1)
          (func (export \"allocate\") (param i32) (result i32) (i32.const 4096))
          (func (export \"run\") (param i32 i32) (result i64) {body}))"
    );
    wat::parse_str(text).expect("a module")
}

/// Where the answer stands in memory, for a module that keeps it at 0.
fn answering(json: &str) -> String {
    let stores: String = json
        .bytes()
        .enumerate()
        .map(|(at, byte)| format!("(i32.store8 (i32.const {at}) (i32.const {byte}))"))
        .collect();
    format!("{stores} (i64.const {})", json.len())
}

#[tokio::test]
async fn one_that_takes_too_much_or_says_nonsense_fails_alone() {
    let description = json!({ "name": "odd", "version": "1", "label": "Odd", "summary": "Odd.", "memory_mib": 1, "fuel_millions": 10 });
    let grow = "(drop (memory.grow (i32.const 1000))) (drop (i32.load (i32.const 60000000))) (i64.const 0)";
    for (body, words) in [
        ("(loop (br 0)) (i64.const 0)", "more instructions"),
        (grow, "broke off"),
        ("unreachable", "unreachable"),
        ("(i64.const -1)", "outside of its memory"),
        (&answering("nonsense"), "no JSON"),
        (&answering(r#"{"error":"no such customer"}"#), "no such customer"),
        (&answering(r#"{"port":"elsewhere"}"#), "none of its outputs"),
    ] {
        let dir = with_plugin("odd", &module(body), &description);
        if let Some(result) = run(&dir, "odd@1", json!({})).await {
            let (message, _) = failed(result);
            assert!(message.contains(words), "{body}: {message}");
        }
    }
    for module in [b"no module".to_vec(), Vec::new(), module("(i64.const 0)")[..40].to_vec()] {
        let dir = with_plugin("odd", &module, &description);
        if let Some(result) = run(&dir, "odd@1", json!({})).await {
            failed(result);
        }
    }
}

#[tokio::test]
async fn it_asks_the_hosts_that_its_description_names_and_no_others() {
    let peer = Peer::answering(200, &[], json!("hi")).await;
    let wish = json!({ "url": peer.url("/x") }).to_string();
    let stores: String = wish
        .bytes()
        .enumerate()
        .map(|(at, byte)| format!("(i32.store8 (i32.const {at}) (i32.const {byte}))"))
        .collect();
    // What the web answers is what the plug-in answers.
    let body = format!("{stores} (call $http (i32.const 0) (i32.const {}))", wish.len());
    for (hosts, is_reached) in [(json!(["127.0.0.1"]), true), (json!([]), false), (json!(["example.com"]), false)] {
        let description =
            json!({ "name": "asks", "version": "1", "label": "Asks", "summary": "Asks.", "hosts": hosts });
        let dir = with_plugin("asks", &module(&body), &description);
        let Some(result) = run(&dir, "asks@1", json!({})).await else { return };
        match (result, is_reached) {
            // The answer of the web is read as the plug-in's: it has no output, and that is fine.
            (Ok(Outcome::Done { .. }), true) => {}
            (Err(RunError::Fail { message, .. }), false) => assert!(message.contains("may not ask"), "{message}"),
            (other, _) => panic!("{hosts}: {other:?}"),
        }
    }
}

#[test]
fn what_lies_there_and_is_no_plug_in_is_told_and_left_out() {
    let dir = with_plugin("slug", b"", &described());
    assert_eq!(Plugins::of(&dir).all().0.len(), 1);
    std::fs::write(dir.join("plugins/lonely.wasm"), b"").unwrap();
    std::fs::write(dir.join("plugins/odd.wasm"), b"").unwrap();
    std::fs::write(dir.join("plugins/odd.json"), r#"{"name":"slug"}"#).unwrap();
    std::fs::write(dir.join("plugins/other.wasm"), b"").unwrap();
    std::fs::write(dir.join("plugins/other.json"), described().to_string()).unwrap();
    let (plugins, problems) = Plugins::of(&dir).all();
    assert_eq!((plugins.len(), problems.len()), (1, 3), "{problems:?}");
    assert!(Plugins::default().all().0.is_empty());
}
