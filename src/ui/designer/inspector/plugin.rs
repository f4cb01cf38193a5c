//! A plug-in: which one, and what it asks for.

use leptos::prelude::*;
use serde_json::json;

use super::{field::text_of, node::Subject};
use crate::{
    api::code::list_plugins,
    domain::{plugin::PluginField, task::Field},
    ui::components::{Select, TextArea},
};

/// Chooses the plug-in; with it come its outputs and defaults.
#[component]
pub fn PluginChoice(subject: Subject, field: &'static Field) -> impl IntoView {
    let value = subject.text(field);
    let known = LocalResource::new(list_plugins);
    let installed = Signal::derive(move || known.get().and_then(Result::ok).unwrap_or_default());
    let options = Signal::derive(move || {
        let (chosen, installed) = (value.get(), installed.get());
        let mut options = vec![(String::new(), "Choose".to_owned())];
        options.extend(installed.iter().map(|plugin| (plugin.id(), format!("{} ({})", plugin.label, plugin.version))));
        if !options.iter().any(|(id, _)| *id == chosen) {
            options.push((chosen.clone(), format!("{chosen} (missing)")));
        }
        options
    });
    let choose = Callback::new(move |id: String| {
        let plugin = installed.with_untracked(|installed| installed.iter().find(|plugin| plugin.id() == id).cloned());
        subject.change("plugin", |node| {
            node.parameters.insert("plugin".to_owned(), id.into());
            node.parameters.extend(plugin.map(|plugin| plugin.parameters()).unwrap_or_default());
        });
    });
    let fields = move || {
        let plugin = installed.with(|installed| installed.iter().find(|plugin| plugin.id() == value.get()).cloned());
        plugin.map(|plugin| {
            let fields = plugin.fields.into_iter().map(|setting| view! { <Setting subject setting/> }).collect_view();
            view! { <p class="text-label text-muted">{plugin.summary}</p> {fields} }
        })
    };
    view! {
        <div class="flex flex-col gap-5">
            <Select
                name="field-plugin"
                label=field.label
                options
                value
                on_change=choose
                help="Plug-ins lie in the directory plugins of the server's data directory."
                required=true
                error=subject.problem("plugin")
            />
            {fields}
            {move || subject.problem("settings").get().map(|problem| view! { <p class="text-caption text-bad-text">{problem}</p> })}
        </div>
    }
}

#[component]
fn Setting(subject: Subject, setting: PluginField) -> impl IntoView {
    let name = setting.name.clone();
    let value = subject.read(move |node| text_of(node.parameters.get("settings").and_then(|all| all.get(&name))));
    let name = setting.name.clone();
    let set = Callback::new(move |text: String| {
        subject.change("settings", |node| {
            let settings = node.parameters.entry("settings").or_insert_with(|| json!({}));
            if let Some(settings) = settings.as_object_mut() {
                settings.insert(name.clone(), text.into());
            }
        });
    });
    let id = format!("setting-{}", setting.name);
    if setting.choices.is_empty() {
        let (help, placeholder, required) = (setting.help, setting.placeholder, setting.required);
        view! { <TextArea name=id label=setting.label value on_input=set help placeholder required rows=2 mono=true/> }
            .into_any()
    } else {
        let choices = setting.choices;
        let options =
            Signal::derive(move || choices.iter().map(|choice| (choice.clone(), choice.clone())).collect::<Vec<_>>());
        view! { <Select name=id label=setting.label options value on_change=set help=setting.help required=setting.required/> }
            .into_any()
    }
}
