//! Nothing leads out of a workspace's folder (security.md C12).

use std::{
    os::unix::fs::symlink,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use super::*;

/// A data directory with a secret beside the files, removed at the end.
struct Stand {
    dir: PathBuf,
    files: Files,
    workspace: WorkspaceId,
}

const SECRET: &[u8] = b"canary-outside";

impl Stand {
    fn new() -> Self {
        let dir = std::env::temp_dir().join(format!("flowpilot-files-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("secret.key"), SECRET).unwrap();
        Self { files: Files::at(&dir), workspace: WorkspaceId(Uuid::now_v7()), dir }
    }

    fn folder(&self) -> Folder {
        self.files.of(self.workspace).unwrap()
    }

    /// The folder as the server sees it.
    fn inside(&self) -> PathBuf {
        self.dir.join("files").join(self.workspace.0.to_string())
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// Ways out that somebody might try, over 200.
fn payloads() -> Vec<String> {
    let ups = [
        "../",
        "..//",
        "./../",
        "a/../../",
        "..\\",
        "%2e%2e/",
        "%2e%2e%2f",
        "..%2f",
        "..%252f",
        "....//",
        "..;/",
        "\u{ff0e}\u{ff0e}/",
    ];
    let ends = ["secret.key", "../secret.key", "../../secret.key", "../../../etc/passwd", "etc/passwd", ""];
    let mut all: Vec<String> = ups
        .iter()
        .flat_map(|up| ends.iter().flat_map(move |end| [1, 2, 3].map(|times| format!("{}{end}", up.repeat(times)))))
        .collect();
    let rest = [
        "/etc/passwd",
        "//etc/passwd",
        "/proc/self/root/etc/passwd",
        "/proc/self/environ",
        "/dev/stdin",
        "/",
        "//",
        "~",
        "~/x",
        ".",
        "..",
        "./",
        "../",
        "",
        " ",
        "\0",
        "a\0b",
        "../secret.key\0.txt",
        "secret.key\0",
        "a/./b",
        "a//b",
        "a/",
        "C:\\x",
        "\\\\server\\x",
        "file:///etc/passwd",
        "\n",
        "a\nb",
        "a\u{1b}b",
        ".flowpilot-x",
        "a/.flowpilot-x",
    ];
    all.extend(rest.map(str::to_owned));
    all.push("x".repeat(256));
    all.push("a/".repeat(600));
    all.push(format!("{}x", "a/".repeat(20)));
    all
}

#[test]
fn no_path_leads_out() {
    let stand = Stand::new();
    let folder = stand.folder();
    let payloads = payloads();
    assert!(payloads.len() >= 200, "{}", payloads.len());
    for path in &payloads {
        assert!(folder.read(path, 1_000).map(|(bytes, _)| bytes) != Ok(SECRET.to_vec()), "{path:?}");
        let _ = folder.list(path);
        let _ = folder.rename(path, "moved", Existing::Replace);
        assert!(folder.read("moved", 1_000).map(|(bytes, _)| bytes) != Ok(SECRET.to_vec()), "{path:?}");
        let _ = folder.write(path, b"overwritten", Existing::Replace);
        let _ = folder.write("mine", b"mine", Existing::Replace);
        let _ = folder.rename("mine", path, Existing::Replace);
        let _ = folder.delete(path);
    }
    assert_eq!(std::fs::read(stand.dir.join("secret.key")).unwrap(), SECRET, "neither overwritten nor deleted");
    let outside: Vec<_> = std::fs::read_dir(&stand.dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(outside.len(), 2, "{outside:?}");
    assert_eq!(std::fs::read_dir(stand.dir.join("files")).unwrap().count(), 1, "no other workspace");
}

#[test]
fn links_hard_links_pipes_and_sockets_are_not_opened() {
    let stand = Stand::new();
    let folder = stand.folder();
    let inside = stand.inside();
    symlink(stand.dir.join("secret.key"), inside.join("link")).unwrap();
    symlink("../../secret.key", inside.join("relative")).unwrap();
    symlink(&stand.dir, inside.join("up")).unwrap();
    symlink("/proc/self/root", inside.join("root")).unwrap();
    symlink("loop", inside.join("loop")).unwrap();
    std::fs::hard_link(stand.dir.join("secret.key"), inside.join("hard")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(inside.join("pipe")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(inside.join("socket")).unwrap();
    for path in ["link", "relative", "up/secret.key", "root/etc/passwd", "loop", "hard", "pipe", "socket"] {
        assert!(folder.read(path, 1_000).is_err(), "{path}");
        if path != "hard" {
            assert!(folder.place(path).is_err(), "{path}");
        }
    }
    assert!(folder.list("up").is_err());
    assert!(folder.write("up/new", b"x", Existing::Replace).is_err());
    assert!(!stand.dir.join("new").exists());
    // A name that was a link becomes a file of its own; what the link led to stays.
    let _ = folder.write("link", b"mine", Existing::Replace);
    let _ = folder.write("hard", b"mine", Existing::Append);
    assert_eq!(std::fs::read(stand.dir.join("secret.key")).unwrap(), SECRET);
    let shown: Vec<_> = folder.list("").unwrap().into_iter().map(|entry| entry.path).collect();
    assert!(shown.iter().all(|path| path == "hard" || path == "link"), "{shown:?}");
}

#[test]
fn ten_thousand_swaps_of_a_folder_and_a_link_let_nobody_out() {
    let stand = Stand::new();
    let inside = stand.inside();
    let folder = stand.folder();
    folder.write("a/secret.key", b"inside", Existing::Replace).unwrap();
    symlink(&stand.dir, inside.join("b")).unwrap();
    let (over, swaps) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let swapper = std::thread::spawn({
        let (over, swaps) = (over.clone(), swaps.clone());
        move || {
            let (a, b, c) = (inside.join("a"), inside.join("b"), inside.join("c"));
            while !over.load(Ordering::Relaxed) {
                std::fs::rename(&a, &c).unwrap();
                // A write may have made a folder of that name meanwhile.
                while std::fs::rename(&b, &a).is_err() {
                    let _ = std::fs::remove_dir_all(&a);
                }
                std::fs::rename(&c, &b).unwrap();
                swaps.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    let (mut looks, mut hits) = (0, 0);
    while !swapper.is_finished() && (looks < 10_000 || swaps.load(Ordering::Relaxed) < 10_000) {
        looks += 1;
        if let Ok((bytes, _)) = folder.read("a/secret.key", 1_000) {
            hits += 1;
            assert_eq!(bytes, b"inside", "after {looks} looks");
        }
        if looks % 100 == 0 {
            let _ = folder.write("a/written", b"x", Existing::Replace);
        }
    }
    over.store(true, Ordering::Relaxed);
    swapper.join().unwrap();
    assert!(hits > 0, "the file was read at all");
    assert!(!stand.dir.join("written").exists());
    assert_eq!(std::fs::read(stand.dir.join("secret.key")).unwrap(), SECRET);
}

#[test]
fn files_are_written_whole_read_listed_moved_and_deleted() {
    let stand = Stand::new();
    let folder = stand.folder();
    assert_eq!(folder.write("in/ä.txt", b"one", Existing::Keep), Ok(3));
    assert_eq!(folder.write("in/ä.txt", b"two", Existing::Keep), Err(FileError::Exists("in/ä.txt".into())));
    assert_eq!(folder.write("in/ä.txt", b" two", Existing::Append), Ok(7));
    assert_eq!(folder.read("in/ä.txt", 7).unwrap().0, b"one two");
    assert!(matches!(folder.read("in/ä.txt", 6), Err(FileError::TooLarge { .. })));
    assert_eq!(folder.read("in", 6).unwrap_err(), FileError::Folder("in".into()));
    folder.rename("in/ä.txt", "out/b.txt", Existing::Keep).unwrap();
    let listed: Vec<_> = folder.list("/").unwrap().into_iter().map(|e| (e.path, e.is_folder, e.size)).collect();
    assert_eq!(listed, [("in".to_owned(), true, 0), ("out".to_owned(), true, 0)]);
    assert_eq!(folder.list("out").unwrap()[0].path, "out/b.txt");
    assert!(matches!(folder.delete("out"), Err(FileError::Refused { .. })));
    assert_eq!((folder.delete("out/b.txt"), folder.delete("out/b.txt")), (Ok(true), Ok(false)));
    assert_eq!(folder.read("out/b.txt", 1).unwrap_err(), FileError::Missing("out/b.txt".into()));
    assert_eq!(folder.list("none").unwrap_err(), FileError::Missing("none".into()));
    let other = stand.files.of(WorkspaceId(Uuid::now_v7())).unwrap();
    assert_eq!(other.list("").unwrap(), [], "of another workspace nothing is seen");
}

#[test]
fn a_workspace_has_its_share_of_the_disk_and_a_file_its_largest_size() {
    let stand = Stand::new();
    let folder = Files::with_quota(&stand.dir, 1_000).of(stand.workspace).unwrap();
    folder.write("a", &[0; 600], Existing::Keep).unwrap();
    assert!(matches!(folder.write("b", &[0; 500], Existing::Keep), Err(FileError::Full { .. })));
    assert!(matches!(folder.write("a", &[0; 500], Existing::Append), Err(FileError::Full { .. })));
    folder.write("a", &[0; 1_000], Existing::Replace).unwrap();
    let large = vec![0; MAX_FILE as usize + 1];
    assert!(matches!(stand.folder().write("c", &large, Existing::Keep), Err(FileError::TooLarge { .. })));
    assert_eq!(folder.list("").unwrap().len(), 1, "nothing of what was refused is left");
}
