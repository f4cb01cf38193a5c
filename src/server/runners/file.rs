//! Reads, writes, lists, moves and deletes the workspace's own files.

use serde_json::{Value, json};

use super::{
    Call, Outcome, RunError,
    binary::{Binary, content_type_of, is_binary},
};
use crate::server::files::{Entry, Existing, FileError, Folder};

/// Bytes that one node hands on; the instance's own limit may be lower.
const MOST_READ: u64 = 10 * 1024 * 1024;

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    let folder = call.files.of(call.workspace).map_err(|error| told(error, "path"))?;
    match call.text("do")?.as_str() {
        "write" => write(call, &folder),
        "list" => list(call, &folder),
        "move" => rename(call, &folder),
        "delete" => delete(call, &folder),
        _ => read(call, &folder),
    }
    .map(Outcome::done)
}

pub fn told(error: FileError, field: &str) -> RunError {
    if error.is_passing() { RunError::retry(error.to_string()) } else { RunError::field(field, error.to_string()) }
}

fn read(call: &Call, folder: &Folder) -> Result<Value, RunError> {
    let path = call.text("path")?;
    let (bytes, entry) = folder.read(&path, MOST_READ).map_err(|error| told(error, "path"))?;
    let name = path.rsplit('/').next().unwrap_or(&path);
    let content = match call.optional_text("as")?.as_deref() {
        Some("bytes") => Binary::value(&bytes, content_type_of(name), Some(name)),
        _ => String::from_utf8(bytes)
            .map(Value::from)
            .map_err(|_| RunError::field("as", format!("“{path}” is not text in UTF-8. Read it as bytes.")))?,
    };
    let mut read = described(&entry);
    read["content"] = content;
    Ok(read)
}

fn write(call: &Call, folder: &Folder) -> Result<Value, RunError> {
    let path = call.text("path")?;
    let content = call.value("content");
    let bytes = match &content {
        Value::String(text) => text.clone().into_bytes(),
        Value::Null => Vec::new(),
        binary if is_binary(binary) => Binary::read(binary, "content")?.bytes,
        other => other.to_string().into_bytes(),
    };
    let size = folder.write(&path, &bytes, existing(call)?).map_err(|error| told(error, "path"))?;
    Ok(json!({ "path": path, "size": size }))
}

fn existing(call: &Call) -> Result<Existing, RunError> {
    Ok(match call.optional_text("existing")?.as_deref() {
        Some("append") => Existing::Append,
        Some("keep") => Existing::Keep,
        _ => Existing::Replace,
    })
}

fn list(call: &Call, folder: &Folder) -> Result<Value, RunError> {
    let path = call.optional_text("folder")?.unwrap_or_default();
    let found = folder.list(&path).map_err(|error| told(error, "folder"))?;
    Ok(json!({ "files": found.iter().map(described).collect::<Vec<_>>() }))
}

fn rename(call: &Call, folder: &Folder) -> Result<Value, RunError> {
    let (from, to) = (call.text("path")?, call.text("to")?);
    folder.rename(&from, &to, Existing::Keep).map_err(|error| {
        let about_target = matches!(&error, FileError::Exists(path) | FileError::Path { path, .. } if *path == to);
        told(error, if about_target { "to" } else { "path" })
    })?;
    Ok(json!({ "path": to }))
}

fn delete(call: &Call, folder: &Folder) -> Result<Value, RunError> {
    let path = call.text("path")?;
    let was_there = folder.delete(&path).map_err(|error| told(error, "path"))?;
    Ok(json!({ "path": path, "deleted": was_there }))
}

fn described(entry: &Entry) -> Value {
    json!({
        "path": entry.path,
        "kind": if entry.is_folder { "folder" } else { "file" },
        "size": entry.size,
        "modified_at": entry.modified_at,
    })
}
