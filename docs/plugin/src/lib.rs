//! A plug-in for FlowPilot: makes a slug of a text, `Hello, World` → `hello-world`.

use serde_json::{Value, json};

/// The task itself: what came in and what the node sets, as JSON; and what it hands on.
fn slug(_input: &Value, settings: &Value) -> Value {
    let Some(text) = settings["text"].as_str() else { return json!({ "error": "“Text” is no text." }) };
    let joint = if settings["style"] == "snake" { "_" } else { "-" };
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let slug = words.map(str::to_lowercase).collect::<Vec<_>>().join(joint);
    log(&format!("{} characters", slug.chars().count()));
    if slug.is_empty() { json!({ "output": text, "port": "empty" }) } else { json!({ "output": slug }) }
}

// What follows is the same in every plug-in.

#[link(wasm_import_module = "flowpilot")]
unsafe extern "C" {
    #[link_name = "log"]
    fn host_log(at: *const u8, length: usize);
}

fn log(line: &str) {
    // SAFETY: the host reads that many bytes from there and keeps nothing.
    unsafe { host_log(line.as_ptr(), line.len()) }
}

/// Room for what the host hands in; never given back, for a module runs once.
#[unsafe(no_mangle)]
pub extern "C" fn allocate(length: usize) -> *mut u8 {
    vec![0; length].leak().as_mut_ptr()
}

/// `{ input, settings }` in; where the answer is and its length out, packed into one number.
#[unsafe(no_mangle)]
pub extern "C" fn run(at: *const u8, length: usize) -> u64 {
    // SAFETY: the host wrote that many bytes to the room it asked for.
    let given = unsafe { std::slice::from_raw_parts(at, length) };
    let answer = match serde_json::from_slice::<Value>(given) {
        Ok(given) => slug(&given["input"], &given["settings"]),
        Err(error) => json!({ "error": error.to_string() }),
    };
    let answer = answer.to_string().into_bytes().leak();
    ((answer.as_ptr() as u64) << 32) | answer.len() as u64
}
