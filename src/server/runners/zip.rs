//! Packs files into a zip archive, or unpacks one: in memory, with nothing of a bomb, a link or a way out of a folder.

use std::io::{Cursor, Read, Write};

use serde_json::Value;
use zip::{ZipArchive, ZipWriter, read::ZipFile, result::ZipError, write::SimpleFileOptions};

use super::{
    Call, Outcome, RunError,
    binary::{Binary, content_type_of, is_binary},
    kind_of,
};

const MAX_FILES: usize = 10_000;
/// Bytes of all files, unpacked.
const MAX_TOTAL: u64 = 25 * 1024 * 1024;
/// The same for archives that are only looked into, such as Excel files.
const MAX_MEASURED: u64 = 250 * 1024 * 1024;
/// How many times larger than the archive its files may be. A bomb is a thousand times larger, or a million.
const MAX_RATIO: u64 = 100;
/// Small archives of empty or repetitive files may be more than that.
const HARMLESS: u64 = 1024 * 1024;

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    match call.text("direction")?.as_str() {
        "pack" => pack(call).map(Outcome::done),
        _ => unpack(&Binary::read(&call.value("archive"), "archive")?.bytes).map(Outcome::done),
    }
}

fn unpack(bytes: &[u8]) -> Result<Value, RunError> {
    let mut files = Vec::new();
    go_over(bytes, "archive", MAX_TOTAL, |name, content| {
        let mut unpacked = Vec::new();
        content.read_to_end(&mut unpacked)?;
        files.push(Binary::value(&unpacked, content_type_of(name), Some(name)));
        Ok(unpacked.len() as u64)
    })?;
    Ok(files.into())
}

/// Whether an archive may be opened by something that trusts it: unpacks everything once, and keeps nothing.
pub fn measure(bytes: &[u8], field: &str) -> Result<(), RunError> {
    go_over(bytes, field, MAX_MEASURED, |_, content| std::io::copy(content, &mut std::io::sink()))
}

/// Hands each file's name and content over; what the archive says of its sizes is not believed.
fn go_over(
    bytes: &[u8],
    field: &str,
    most: u64,
    mut take: impl FnMut(&str, &mut dyn Read) -> std::io::Result<u64>,
) -> Result<(), RunError> {
    let wrong = |message: String| RunError::field(field, message);
    let broken = |error: ZipError| wrong(format!("This is not a zip archive that can be read: {error}."));
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.len() > MAX_FILES {
        return Err(wrong(format!("The archive holds {} files; 10,000 is the most.", archive.len())));
    }
    let most = most.min((bytes.len() as u64).saturating_mul(MAX_RATIO).max(HARMLESS));
    let mut left = most;
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(broken)?;
        if file.is_dir() {
            continue;
        }
        let name = name_of(&file, field)?;
        let mut content = (&mut file).take(left + 1);
        let size =
            take(&name, &mut content).map_err(|error| wrong(format!("“{name}” cannot be unpacked: {error}.")))?;
        left = left.checked_sub(size).ok_or_else(|| {
            let limit = crate::domain::payload::readable(most as usize);
            wrong(format!("The archive unpacks to more than {limit}, which is the limit for one of its size."))
        })?;
    }
    Ok(())
}

fn name_of<R: Read>(file: &ZipFile<'_, R>, field: &str) -> Result<String, RunError> {
    let wrong = |message: String| RunError::field(field, message);
    let name = file.name().map_err(|_| wrong("A file's name in the archive cannot be read.".to_owned()))?.into_owned();
    if file.is_symlink() {
        return Err(wrong(format!("“{name}” is a link. Archives with links are not unpacked.")));
    }
    if file.encrypted() {
        return Err(wrong(format!("“{name}” has a password. Send an archive without one.")));
    }
    checked(&name, field)?;
    Ok(name)
}

/// A relative name that leads nowhere but down.
fn checked(name: &str, field: &str) -> Result<(), RunError> {
    let is_fine = |part: &str| !part.is_empty() && part != "." && part != ".." && part.len() <= 255;
    let is_safe = name.len() <= 1_024
        && name.split('/').all(is_fine)
        && !name.contains(['\\', ':'])
        && !name.chars().any(char::is_control);
    if is_safe {
        return Ok(());
    }
    let shown: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
    let message =
        format!("“{shown}” cannot be a file's name in an archive: folders are divided by /, none is called “..”.");
    Err(RunError::field(field, message))
}

fn pack(call: &Call) -> Result<Value, RunError> {
    let files = call.items("files")?;
    let wrong = |message: String| RunError::field("files", message);
    if files.len() > MAX_FILES {
        return Err(wrong(format!("These are {} files; 10,000 is the most.", files.len())));
    }
    // The same files make the same archive, so that another attempt writes the same bytes.
    let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let (mut total, mut seen) = (0, std::collections::HashSet::new());
    for file in &files {
        let (name, bytes) = named(file)?;
        checked(&name, "files")?;
        total += bytes.len() as u64;
        if total > MAX_TOTAL {
            return Err(wrong("The files have more than 25 MiB, which is the limit.".to_owned()));
        }
        let failed = |error: &dyn std::fmt::Display| wrong(format!("“{name}” cannot be packed: {error}."));
        if !seen.insert(name.clone()) {
            return Err(wrong(format!("Two files are called “{name}”. Rename one.")));
        }
        archive.start_file(&name, options).map_err(|error| failed(&error))?;
        archive.write_all(&bytes).map_err(|error| failed(&error))?;
    }
    let packed = archive.finish().map_err(|error| wrong(format!("The archive cannot be written: {error}.")))?;
    let name = call.optional_text("file_name")?;
    Ok(Binary::value(&packed.into_inner(), "application/zip", Some(name.as_deref().unwrap_or("files.zip").trim())))
}

fn named(file: &Value) -> Result<(String, Vec<u8>), RunError> {
    let name = file.get("file_name").and_then(Value::as_str).map(str::to_owned).ok_or_else(|| {
        let message =
            format!("Files are {{ file_name, base64 }} or {{ file_name, text }}, not {} like this.", kind_of(file));
        RunError::field("files", message)
    })?;
    if is_binary(file) {
        return Ok((name, Binary::read(file, "files")?.bytes));
    }
    match file.get("text") {
        Some(Value::String(text)) => Ok((name, text.clone().into_bytes())),
        _ => Err(RunError::field("files", format!("“{name}” has neither base64 nor text."))),
    }
}
