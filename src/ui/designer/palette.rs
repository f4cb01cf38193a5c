//! All kinds of nodes by family, with search: drag to place, click or Enter to add.

use leptos::{ev, html, prelude::*, task::spawn_local};

use super::{editor::Editor, library::LibrarySection};
use crate::{
    api::code::list_plugins,
    domain::{
        plugin::Plugin,
        task::{Family, Kind},
    },
    ui::{
        components::{Icon, Kbd},
        kind,
    },
};

/// The search field, which the key N finds.
pub const SEARCH_ID: &str = "palette-search";

/// The kinds that answer a search, best first; all of them for an empty one.
pub fn search(text: &str) -> Vec<Kind> {
    let wanted = text.trim().to_lowercase();
    let rank = |kind: &Kind| {
        let spec = kind.spec();
        let label = spec.label.to_lowercase();
        if label.starts_with(&wanted) {
            Some(0)
        } else if spec.keywords.contains(&wanted.as_str()) {
            Some(1)
        } else if label.contains(&wanted) || spec.name.contains(&wanted) {
            Some(2)
        } else if spec.keywords.iter().any(|word| word.starts_with(&wanted)) {
            Some(3)
        } else {
            spec.summary.to_lowercase().contains(&wanted).then_some(4)
        }
    };
    let mut found: Vec<(i32, Kind)> = Kind::ALL.into_iter().filter_map(|kind| Some((rank(&kind)?, kind))).collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, kind)| kind).collect()
}

#[component]
pub fn Palette(editor: Editor) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let input = NodeRef::<html::Input>::new();
    let add_first = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Enter" => {
            if let Some(kind) = search(&text.get_untracked()).first() {
                editor.focus(editor.add_somewhere(*kind));
                text.set(String::new());
            }
        }
        "Escape" => {
            text.set(String::new());
            if let Some(input) = input.get_untracked() {
                drop(input.blur());
            }
        }
        _ => {}
    };
    view! {
        <aside aria-label="Palette" class="hidden w-56 shrink-0 flex-col overflow-y-auto border-r border-line bg-surface p-3 lg:flex">
            <div class="relative mb-4">
                <span class="pointer-events-none absolute top-2.5 left-2.5 text-muted">{Icon::Search.view("")}</span>
                <input
                    node_ref=input
                    id=SEARCH_ID
                    type="search"
                    class="control pr-9 pl-8 [&::-webkit-search-cancel-button]:hidden"
                    placeholder="Search tasks"
                    aria-label="Search tasks"
                    autocomplete="off"
                    prop:value=move || text.get()
                    on:input=move |event| text.set(event_target_value(&event))
                    on:keydown=add_first
                />
                <span class="absolute top-2 right-2"><Kbd keys="N"/></span>
            </div>
            <LibrarySection editor text/>
            {move || listed(editor, &text.get())}
            <Plugins editor text/>
        </aside>
    }
}

/// By family without a search, else in the order of how well they answer.
fn listed(editor: Editor, text: &str) -> AnyView {
    let found = search(text);
    if found.is_empty() {
        return view! { <p class="px-1 text-body text-muted">{format!("Nothing is called “{text}”.")}</p> }.into_any();
    }
    if !text.trim().is_empty() {
        return found.into_iter().map(|kind| item(editor, kind)).collect_view().into_any();
    }
    let group = |family: Family| {
        let kinds: Vec<_> =
            found.iter().filter(|kind| kind.spec().family == family).map(|kind| item(editor, *kind)).collect();
        view! {
            <section class="mb-4">
                <h2 class="mb-1 px-1 text-caption font-semibold text-muted">{family.label()}</h2>
                {kinds}
            </section>
        }
    };
    Family::ALL.map(group).collect_view().into_any()
}

/// Plug-ins of this server, where they answer the search.
#[component]
fn Plugins(editor: Editor, text: RwSignal<String>) -> impl IntoView {
    // In the browser, behind the page's back: the server's page does not wait for them.
    let known = RwSignal::new(Vec::new());
    Effect::new(move |_| {
        spawn_local(async move {
            known.try_set(list_plugins().await.unwrap_or_default());
        });
    });
    let shown = move || {
        let wanted = text.get().trim().to_lowercase();
        let answers = |plugin: &Plugin| plugin.label.to_lowercase().contains(&wanted) || plugin.name.contains(&wanted);
        let found: Vec<_> = known.get().into_iter().filter(answers).collect();
        (!found.is_empty()).then(|| {
            view! {
                <section class="mb-4">
                    <h2 class="mb-1 px-1 text-caption font-semibold text-muted">"Plug-ins"</h2>
                    {found.into_iter().map(|plugin| plugin_item(editor, plugin)).collect_view()}
                </section>
            }
        })
    };
    view! { {shown} }
}

fn plugin_item(editor: Editor, plugin: Plugin) -> impl IntoView {
    let (label, summary) = (plugin.label.clone(), plugin.summary.clone());
    let add = move |_| {
        let id = editor.add_somewhere(Kind::Plugin);
        editor.change_node(&id, "plugin", |node| node.parameters.extend(plugin.parameters()));
    };
    view! {
        <button
            type="button"
            title=summary
            data-family="code"
            class="flex w-full items-center gap-2.5 rounded-lg px-1.5 py-1 text-left text-body transition-colors hover:bg-hover"
            on:click=add
        >
            <span class="tile size-7">{kind::icon(Kind::Plugin).view("size-4")}</span>
            {label}
        </button>
    }
}

fn item(editor: Editor, kind: Kind) -> impl IntoView {
    let spec = kind.spec();
    let start_drag = move |event: ev::DragEvent| {
        if let Some(data) = event.data_transfer() {
            drop(data.set_data("text/plain", spec.name));
            data.set_effect_allowed("copy");
        }
    };
    view! {
        <button
            type="button"
            draggable="true"
            title=spec.summary
            data-kind=spec.name
            data-family=kind::family(kind)
            class="flex w-full cursor-grab items-center gap-2.5 rounded-lg px-1.5 py-1 text-left text-body transition-colors hover:bg-hover active:cursor-grabbing"
            on:dragstart=start_drag
            on:click=move |_| drop(editor.add_somewhere(kind))
        >
            <span class="tile size-7">{kind::icon(kind).view("size-4")}</span>
            {spec.label}
        </button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_finds_by_label_first_then_by_other_words() {
        assert_eq!(search("web").first(), Some(&Kind::Webhook));
        assert_eq!(search("cron"), [Kind::Schedule]);
        assert_eq!(search("IF").first(), Some(&Kind::Condition));
        assert_eq!(search(" mail ").first(), Some(&Kind::SendEmail));
        assert_eq!(search("").len(), Kind::ALL.len());
        assert!(search("zzz").is_empty());
    }
}
