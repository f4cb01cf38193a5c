//! Trying a credential from its page.

use leptos::{ev::SubmitEvent, prelude::*};

use crate::{
    api::{ApiError, credentials::test_credential},
    domain::{
        credential::{Probe, Verdict},
        id::CredentialId,
    },
    ui::components::{Button, Card, Icon, Look, Notice, TextField, Tone},
};

#[component]
pub fn TrialCard(id: CredentialId, probe: Probe, tried: Callback<()>) -> impl IntoView {
    let place = RwSignal::new(String::new());
    let test = Action::new(move |(): &()| test_credential(id, place.get_untracked()));
    Effect::new(move |_| {
        if test.value().with(|value| matches!(value, Some(Ok(_)))) {
            tried.run(());
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        test.dispatch(());
    };
    let wrong = Signal::derive(move || match test.value().get() {
        Some(Err(ApiError { problems, .. })) => problems.into_iter().next().map(|problem| problem.message),
        _ => None,
    });
    let field = (!probe.label.is_empty()).then(|| {
        view! {
            <div class="min-w-0 flex-1 basis-64">
                <TextField
                    name="trial-place"
                    label=probe.label
                    value=place
                    on_input=Callback::new(move |text| place.set(text))
                    placeholder=probe.placeholder
                    error=wrong
                />
            </div>
        }
    });
    let is_busy = test.pending();
    let label = move || if is_busy.get() { "Testing …" } else { "Test" };
    view! {
        <Card title="Does it work?">
            <form on:submit=submit novalidate=true class="flex flex-col gap-3">
                <p class="text-body text-muted">{probe.help}</p>
                <div class="flex flex-wrap items-end gap-3">
                    {field}
                    <Button look=Look::Secondary icon=Icon::Play submit=true disabled=is_busy>{label}</Button>
                </div>
                {move || test.value().get().map(told)}
            </form>
        </Card>
    }
}

fn told(result: Result<Verdict, ApiError>) -> AnyView {
    match result {
        Ok(Verdict { works: true, words }) => view! { <Notice tone=Tone::Ok>{words}</Notice> }.into_any(),
        Ok(Verdict { words, .. }) => view! { <Notice tone=Tone::Bad>{words}</Notice> }.into_any(),
        Err(error) if !error.problems.is_empty() => ().into_any(),
        Err(error) => view! { <Notice tone=Tone::Bad>{error.detail}</Notice> }.into_any(),
    }
}
