//! Which texts are paths of files: relative, with `/`, leading down only. The kernel keeps them inside in any case; this is
//! for clear words.

use super::{FileError, UNFINISHED};

const MAX_PATH: usize = 1_024;
/// Bytes of one name, as file systems have it.
const MAX_NAME: usize = 255;
const MAX_DEPTH: usize = 16;

pub fn checked(path: &str) -> Result<&str, FileError> {
    let wrong = |why: &str| Err(FileError::Path { path: shown(path), why: why.to_owned() });
    if path.trim().is_empty() {
        return wrong("is empty");
    }
    if path.starts_with(['/', '~']) {
        return wrong("does not begin in the workspace's own folder: leave the beginning out");
    }
    if path.len() > MAX_PATH {
        return wrong("is longer than 1,024 bytes");
    }
    if path.chars().any(char::is_control) || path.contains('\\') {
        return wrong("holds a control character or a backslash; folders are divided by /");
    }
    let parts: Vec<_> = path.split('/').collect();
    if parts.len() > MAX_DEPTH {
        return wrong("is more than 16 folders deep");
    }
    for part in parts {
        match part {
            "" => return wrong("holds a name that is empty"),
            "." | ".." => return wrong("holds “.” or “..”, which lead elsewhere"),
            long if long.len() > MAX_NAME => return wrong("holds a name of more than 255 bytes"),
            ours if ours.starts_with(UNFINISHED) => return wrong("holds a name that FlowPilot uses itself"),
            _ => {}
        }
    }
    Ok(path)
}

fn shown(path: &str) -> String {
    path.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(100).collect()
}
