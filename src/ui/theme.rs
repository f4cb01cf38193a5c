//! Light or dark: the system decides until somebody presses the toggle; the choice is remembered in this browser.

use leptos::{nonce::use_nonce, prelude::*};

use super::components::{Icon, IconButton};

const KEY: &str = "flowpilot.theme";

/// Sets the remembered theme before the first paint. Stands in the document's head.
#[component]
pub fn RememberedTheme() -> impl IntoView {
    let script = format!(
        "try{{var t=localStorage.getItem('{KEY}');if(t==='dark'||t==='light')document.documentElement.dataset.theme=t}}catch(e){{}}"
    );
    view! { <script nonce=use_nonce()>{script}</script> }
}

#[component]
pub fn ThemeToggle() -> impl IntoView {
    view! { <IconButton icon=Icon::Sun label="Switch between light and dark" on_click=Callback::new(|_| toggle())/> }
}

fn toggle() {
    let Some(root) = document().document_element() else { return };
    let system_is_dark =
        window().match_media("(prefers-color-scheme: dark)").ok().flatten().is_some_and(|query| query.matches());
    let is_dark = root.get_attribute("data-theme").map_or(system_is_dark, |theme| theme == "dark");
    let theme = if is_dark { "light" } else { "dark" };
    // Both fail only where the browser forbids storage; the theme then lasts as long as the page.
    let _ = root.set_attribute("data-theme", theme);
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(KEY, theme);
    }
}
