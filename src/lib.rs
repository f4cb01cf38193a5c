//! FlowPilot: a visual workflow orchestrator. Four rooms: `domain` (what we talk about), `api` (the door for the
//! browser), `server` (what happens), `ui` (what people see). Feature gates stand here and in `main.rs` only.

#![recursion_limit = "256"]

pub mod api;
pub mod domain;
#[cfg(feature = "ssr")]
pub mod server;
pub mod ui;

/// Wakes the server-rendered page in the browser.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(ui::App);
    // Whoever drives a browser by program can see from now on that the page answers.
    if let Some(html) = leptos::prelude::document().document_element() {
        let _ = html.set_attribute("data-awake", "");
    }
}
