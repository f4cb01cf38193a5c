//! A model's name, typed or taken from those that the provider offers.

use leptos::prelude::*;

use super::{expression::ExpressionField, field::text_of, node::Subject};
use crate::{
    api::{ApiError, models::offered_models},
    domain::{provider::Provider, task::Field},
    ui::components::{Notice, Skeleton, Time, Tone},
};

/// How many of them are listed; typing leaves those that hold the text.
const SHOWN: usize = 100;

#[component]
pub fn ModelField(subject: Subject, field: &'static Field) -> impl IntoView {
    let open = RwSignal::new(false);
    let load = Action::new(move |(server, credential): &(String, String)| {
        offered_models(subject.kind, server.clone(), credential.clone())
    });
    let toggle = move |_| {
        open.update(|open| *open = !*open);
        if open.get_untracked() {
            load.dispatch((parameter(subject, "server"), parameter(subject, "credential")));
        }
    };
    let choose = Callback::new(move |name: String| {
        open.set(false);
        subject.set(field).run(name);
    });
    let typed = subject.text(field);
    let found = move || match (load.pending().get(), load.value().get()) {
        (false, Some(provider)) => typed.with(|typed| offered(provider, typed, choose)),
        _ => view! { <Skeleton rows=2/> }.into_any(),
    };
    view! {
        <ExpressionField subject field lines=1/>
        <Show when=move || subject.editor.editable>
            <button
                type="button"
                class="mt-1 text-caption text-accent-strong hover:underline"
                aria-expanded=move || open.get().to_string()
                on:click=toggle
            >
                {move || if open.get() { "Hide models" } else { "Show models" }}
            </button>
            <Show when=move || open.get()>
                <div class="mt-1.5">{found}</div>
            </Show>
        </Show>
    }
}

fn parameter(subject: Subject, name: &str) -> String {
    subject.editor.workflow.with_untracked(|workflow| {
        let node = subject.id.with_value(|id| workflow.node(id));
        node.map(|node| text_of(node.kind.with_defaults(&node.parameters).get(name))).unwrap_or_default()
    })
}

fn offered(provider: Result<Provider, ApiError>, typed: &str, choose: Callback<String>) -> AnyView {
    match provider {
        Err(error) => view! { <Notice tone=Tone::Bad>{error.detail}</Notice> }.into_any(),
        Ok(provider) => view! {
            <p class="mb-1.5 text-caption text-muted" data-testid="provider">
                {provider.sentences().join(" ")}" Asked "<Time at=provider.asked_at/>"."
            </p>
            {listed(&provider.models, typed, choose)}
        }
        .into_any(),
    }
}

fn listed(models: &[String], typed: &str, choose: Callback<String>) -> AnyView {
    let found = matching(models, typed);
    if found.is_empty() {
        return view! { <p class="text-caption text-muted">"None of the models has this in its name."</p> }.into_any();
    }
    let line = |name: &String| {
        let (name, chosen) = (name.clone(), name.clone());
        view! {
            <li>
                <button
                    type="button"
                    class="mono w-full truncate rounded-lg px-2 py-1 text-left hover:bg-hover"
                    on:click=move |_| choose.run(chosen.clone())
                >
                    {name}
                </button>
            </li>
        }
    };
    view! {
        <ul aria-label="Models" class="max-h-56 overflow-y-auto rounded-xl border border-line bg-surface p-1">
            {found.into_iter().map(line).collect_view()}
        </ul>
    }
    .into_any()
}

/// Those that hold what was typed; all, where that is a whole name.
fn matching<'a>(models: &'a [String], typed: &str) -> Vec<&'a String> {
    let typed = typed.trim().to_lowercase();
    let is_whole = models.iter().any(|model| model.to_lowercase() == typed);
    models.iter().filter(|model| is_whole || model.to_lowercase().contains(&typed)).take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_leaves_the_models_that_hold_the_text() {
        let models = ["openai/gpt-4o", "openai/gpt-4o-mini", "mistralai/small"].map(str::to_owned);
        assert_eq!(matching(&models, " GPT "), ["openai/gpt-4o", "openai/gpt-4o-mini"]);
        assert_eq!(matching(&models, "openai/gpt-4o").len(), 3, "what is chosen hides no other");
        assert_eq!(matching(&models, "").len(), 3);
        assert!(matching(&models, "claude").is_empty());
    }
}
