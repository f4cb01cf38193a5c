//! Guards the plan of the house: which room may know which, where the gates and the SQL are, how large a file may be.

use std::{fs, path::Path};

const LARGEST_FILE: usize = 400;

/// A source file: its path in `src`, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn is_in(&self, room: &str) -> bool {
        self.path.starts_with(&format!("{room}/")) || self.path == format!("{room}.rs")
    }

    /// Lines outside the unit tests and comments, each with its number.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let code = self.text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let numbered = code.lines().enumerate().map(|(index, line)| (index + 1, line));
        numbered.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    collect(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), "", &mut found);
    assert!(found.len() > 40, "the sources were found");
    found
}

fn collect(dir: &Path, prefix: &str, found: &mut Vec<Source>) {
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        match entry.file_type().unwrap().is_dir() {
            true => collect(&entry.path(), &path, found),
            false if path.ends_with(".rs") => {
                found.push(Source { text: fs::read_to_string(entry.path()).unwrap(), path })
            }
            false => {}
        }
    }
}

/// Every line of the rooms for which `breaks` holds, as one readable list.
fn check(rule: &str, applies: impl Fn(&Source) -> bool, breaks: impl Fn(&Source, &str) -> bool) {
    let mut broken = Vec::new();
    for source in sources().iter().filter(|source| applies(source)) {
        for (number, line) in source.lines().filter(|(_, line)| breaks(source, line)) {
            broken.push(format!("src/{}:{number}: {}", source.path, line.trim()));
        }
    }
    assert!(broken.is_empty(), "{rule}:\n{}", broken.join("\n"));
}

fn names_any(line: &str, names: &[&str]) -> bool {
    names.iter().any(|name| {
        line.match_indices(name).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
        })
    })
}

#[test]
fn the_domain_knows_nothing_outside() {
    let outside =
        ["crate::api", "crate::server", "crate::ui", "leptos", "axum::", "sqlx::", "tokio::", "web_sys", "Utc::now("];
    check(
        "domain knows no other room, no framework and no clock",
        |s| s.is_in("domain"),
        |_, line| names_any(line, &outside),
    );
}

#[test]
fn the_door_names_the_server_inside_its_functions_only() {
    let in_signature = |line: &str| !line.starts_with("    ") && names_any(line, &["crate::server", "server::"]);
    check("server imports go inside the bodies of server functions", |s| s.is_in("api"), |_, line| in_signature(line));
    check(
        "the door knows domain and server, not ui",
        |s| s.is_in("api"),
        |_, line| names_any(line, &["crate::ui", "sqlx::"]),
    );
}

#[test]
fn the_pages_know_domain_and_door() {
    let outside = ["crate::server", "sqlx::", "axum::", "tokio::", "leptos_axum"];
    check("ui knows domain and api only", |s| s.is_in("ui"), |_, line| names_any(line, &outside));
}

#[test]
fn only_the_site_renders_pages() {
    let is_site = |s: &Source| ["server/site.rs", "server/app.rs"].contains(&s.path.as_str());
    let applies = |s: &Source| s.is_in("server") && !is_site(s);
    check("the server knows of ui its App and shell, in site.rs", applies, |_, line| names_any(line, &["crate::ui"]));
}

#[test]
fn statements_live_in_the_store() {
    let applies = |s: &Source| s.is_in("server") && !s.is_in("server/store");
    let is_statement =
        |line: &str| names_any(line, &["sqlx::query", "query_as(", "query_as::", "query_scalar(", "raw_sql("]);
    check("SQL is in server/store only", applies, |_, line| is_statement(line));
    let store_only =
        ["crate::server::engine", "crate::server::rest", "crate::server::runners", "crate::server::triggers"];
    check("the store knows nobody above it", |s| s.is_in("server/store"), |_, line| names_any(line, &store_only));
}

/// Who finds out whose workspace a request is about, and who works for all of them; everybody else begins a `WorkspaceTx`.
const FOR_ALL_WORKSPACES: [&str; 13] = [
    "server/app.rs",
    "server/auth",
    "server/bench",
    "server/cli",
    "server/dead_letters.rs",
    "server/engine",
    "server/secrets",
    "server/site.rs",
    "server/store",
    "server/triggers/hook.rs",
    "server/triggers/resume.rs",
    "server/triggers/scheduler.rs",
    "server/worker.rs",
];

#[test]
fn handlers_see_one_workspace() {
    let applies = |s: &Source| {
        (s.is_in("api") || s.is_in("server")) && !FOR_ALL_WORKSPACES.iter().any(|path| s.path.starts_with(path))
    };
    let reaches_all = |line: &str| names_any(line, &["PgPool", "everywhere", "Transaction"]);
    check("handlers begin a WorkspaceTx", applies, |_, line| reaches_all(line));
}

#[test]
fn runners_and_engine_know_nobody_above_them() {
    let above_runners = ["server::store", "store::", "server::rest", "server::engine", "server::triggers"];
    check(
        "runners touch no store and no engine",
        |s| s.is_in("server/runners"),
        |_, line| names_any(line, &above_runners),
    );
    let above_engine = ["server::rest", "server::live", "server::triggers"];
    check("the engine knows no HTTP side", |s| s.is_in("server/engine"), |_, line| names_any(line, &above_engine));
}

#[test]
fn feature_gates_are_in_the_crate_root() {
    let applies = |s: &Source| !["lib.rs", "main.rs"].contains(&s.path.as_str()) && !s.is_in("tests");
    check("#[cfg(feature…)] stands in lib.rs and main.rs only", applies, |_, line| line.contains("feature = \""));
}

#[test]
fn no_file_is_larger_than_a_head() {
    let large: Vec<String> = sources()
        .iter()
        .map(|source| (source.text.lines().count(), &source.path))
        .filter(|(lines, _)| *lines > LARGEST_FILE)
        .map(|(lines, path)| format!("src/{path}: {lines} lines"))
        .collect();
    assert!(large.is_empty(), "split what is over {LARGEST_FILE} lines:\n{}", large.join("\n"));
}
