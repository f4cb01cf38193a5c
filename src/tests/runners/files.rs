//! The workspace's own files, by the task.

use base64::{Engine, prelude::BASE64_STANDARD};
use flowpilot::{
    domain::task::Kind,
    server::{
        files::Files,
        runners::{self, Call, Outcome, RunError},
    },
};
use serde_json::{Value, json};

use super::{call, done, failed, object};

/// A call of a workspace with files.
struct Desk(Call);

impl Desk {
    fn new() -> Self {
        Self(call(Kind::File, json!({})))
    }

    async fn run(&self, parameters: Value) -> Result<Outcome, RunError> {
        let mut all = Kind::File.default_parameters();
        all.extend(object(parameters));
        runners::run(Call { parameters: all, ..self.0.clone() }).await
    }
}

#[tokio::test]
async fn a_file_is_written_read_listed_moved_and_deleted() {
    let desk = Desk::new();
    let written = desk.run(json!({"do": "write", "path": "in/a.txt", "content": "Hällo"})).await;
    assert_eq!(done(written), json!({"path": "in/a.txt", "size": 6}));
    let read = done(desk.run(json!({"path": "in/a.txt"})).await);
    assert_eq!((&read["content"], &read["size"]), (&json!("Hällo"), &json!(6)));
    let bytes = json!({"base64": BASE64_STANDARD.encode([0xff, 0]), "content_type": "image/png"});
    done(desk.run(json!({"do": "write", "path": "in/b.png", "content": bytes})).await);
    let read = done(desk.run(json!({"path": "in/b.png", "as": "bytes"})).await);
    assert_eq!(read["content"], json!({"base64": "/wA=", "content_type": "image/png", "file_name": "b.png"}));
    done(desk.run(json!({"do": "write", "path": "in/c.json", "content": {"a": 1}})).await);
    done(desk.run(json!({"do": "write", "path": "in/c.json", "content": "\n", "existing": "append"})).await);
    assert_eq!(done(desk.run(json!({"path": "in/c.json"})).await)["content"], "{\"a\":1}\n");
    let listed = done(desk.run(json!({"do": "list", "folder": "in"})).await);
    let paths: Vec<_> = listed["files"].as_array().unwrap().iter().map(|file| file["path"].clone()).collect();
    assert_eq!(paths, ["in/a.txt", "in/b.png", "in/c.json"]);
    done(desk.run(json!({"do": "move", "path": "in/a.txt", "to": "out/a.txt"})).await);
    let (message, field) = failed(desk.run(json!({"do": "move", "path": "in/b.png", "to": "out/a.txt"})).await);
    assert_eq!((message.as_str(), field.as_deref()), ("There is a file “out/a.txt” already.", Some("to")));
    let deleted = |deleted| json!({"path": "out/a.txt", "deleted": deleted});
    assert_eq!(done(desk.run(json!({"do": "delete", "path": "out/a.txt"})).await), deleted(true));
    assert_eq!(done(desk.run(json!({"do": "delete", "path": "out/a.txt"})).await), deleted(false));
}

#[tokio::test]
async fn what_cannot_be_done_names_field_and_path_and_no_place_of_the_server() {
    let desk = Desk::new();
    done(desk.run(json!({"do": "write", "path": "bin", "content": {"base64": "/wA="}})).await);
    for (parameters, field, words) in [
        (json!({"path": "none"}), "path", "There is no file “none”."),
        (json!({"path": "../x"}), "path", "which lead elsewhere"),
        (json!({"path": "/etc/passwd"}), "path", "does not begin in the workspace's own folder"),
        (json!({"path": "bin"}), "as", "is not text in UTF-8"),
        (json!({"path": "bin/x"}), "path", "a part of it is a file"),
        (json!({"do": "write", "path": "bin", "existing": "keep", "content": "x"}), "path", "already"),
        (json!({"do": "list", "folder": "none"}), "folder", "There is no file “none”."),
    ] {
        let (message, named) = failed(desk.run(parameters).await);
        assert_eq!(named.as_deref(), Some(field), "{message}");
        assert!(message.contains(words), "{message}");
        assert!(!message.contains("tmp"), "{message}");
    }
}

#[tokio::test]
async fn a_workspace_sees_its_own_files_only_and_has_a_share_of_the_disk() {
    let dir = crate::support::scratch_dir("files");
    let (mine, mut theirs) = (Desk::new(), Desk::new());
    let files = Files::with_quota(&dir, 10);
    let mine = Desk(Call { files: files.clone(), ..mine.0 });
    theirs.0.files = files;
    done(mine.run(json!({"do": "write", "path": "a", "content": "12345678"})).await);
    let (message, _) = failed(theirs.run(json!({"path": "a"})).await);
    assert_eq!(message, "There is no file “a”.");
    let (message, field) = failed(mine.run(json!({"do": "write", "path": "b", "content": "123"})).await);
    assert_eq!(field.as_deref(), Some("path"));
    assert!(message.contains("Delete some first"), "{message}");
    done(theirs.run(json!({"do": "write", "path": "b", "content": "123"})).await);
}
