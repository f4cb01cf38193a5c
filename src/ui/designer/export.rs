//! Handing the workflow out: as JSON, as a picture.

use leptos::prelude::*;

use super::{actions::Desk, files};
use crate::ui::{
    canvas::{DARK, LIGHT, svg},
    components::{Dialog, Icon, Toasts, copy},
    kind,
};

#[component]
pub fn ExportDialog(desk: Desk) -> impl IntoView {
    view! {
        <Dialog open=desk.overlays.export title="Export">
            <Ways desk/>
        </Dialog>
    }
}

#[component]
fn Ways(desk: Desk) -> impl IntoView {
    let toasts = Toasts::get();
    let json = move || {
        desk.editor.workflow.with_untracked(|workflow| serde_json::to_string_pretty(workflow).unwrap_or_default())
    };
    let name = move |ending: &str| desk.editor.workflow.with_untracked(|workflow| file_name(&workflow.name, ending));
    let picture = move || {
        let ink = if is_dark() { &DARK } else { &LIGHT };
        desk.editor.workflow.with_untracked(|workflow| svg(workflow, |node| kind::card(node, 0), ink))
    };
    let close = move || desk.overlays.export.set(false);
    let save_json = move || files::save(&name("json"), "application/json", &json());
    let save_svg = move || files::save(&name("svg"), "image/svg+xml", &picture());
    let save_png = move || {
        let failed = move || toasts.fail("This browser could not draw the picture. Export SVG in its place.");
        files::save_png(name("png"), &picture(), failed);
    };
    view! {
        <div class="flex flex-col gap-1">
            {way(Icon::Download, "JSON file", "To import it here, in another workspace or by the command line", move || { save_json(); close() })}
            {way(Icon::Copy, "JSON to the clipboard", "To paste it onto another canvas or into a chat", move || { copy(&json(), toasts); close() })}
            {way(Icon::Image, "SVG picture", "Sharp at every size, for documents and pages", move || { save_svg(); close() })}
            {way(Icon::Image, "PNG picture", "For chats and slides", move || { save_png(); close() })}
        </div>
        <p class="mt-3 text-caption text-muted">"Credentials are named in it, never contained."</p>
    }
}

fn way(icon: Icon, label: &'static str, about: &'static str, go: impl Fn() + 'static) -> impl IntoView {
    view! {
        <button type="button" class="flex items-center gap-3 rounded-lg px-3 py-2 text-left hover:bg-hover" on:click=move |_| go()>
            <span class="text-muted">{icon.view("size-[18px]")}</span>
            <span><span class="block font-medium">{label}</span><span class="block text-label text-muted">{about}</span></span>
        </button>
    }
}

/// Whether the page is dark just now.
fn is_dark() -> bool {
    let root = document().document_element();
    match root.and_then(|root| root.get_attribute("data-theme")).as_deref() {
        Some(theme) => theme == "dark",
        None => {
            window().match_media("(prefers-color-scheme: dark)").ok().flatten().is_some_and(|query| query.matches())
        }
    }
}

/// The workflow's name as one that every file system takes.
pub fn file_name(name: &str, ending: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let stem = words.collect::<Vec<_>>().join("-").to_lowercase();
    let stem: String = stem.chars().take(60).collect();
    if stem.is_empty() { format!("workflow.{ending}") } else { format!("{stem}.{ending}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_like_its_workflow() {
        assert_eq!(file_name("User signed up!", "json"), "user-signed-up.json");
        assert_eq!(file_name("../../etc", "svg"), "etc.svg");
        assert_eq!(file_name("…", "png"), "workflow.png");
    }
}
