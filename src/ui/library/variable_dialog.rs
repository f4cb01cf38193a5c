//! The dialog for a new variable and for another value of an old one.

use leptos::{ev::SubmitEvent, prelude::*};

use crate::{
    api::{ApiError, variables::set_variable},
    domain::{
        problem::Problem,
        variable::{Variable, VariableWish, typed, value_of},
    },
    ui::components::{Button, Dialog, Look, Notice, TextField, Toasts, Tone},
};

#[component]
pub fn VariableDialog(open: RwSignal<bool>, about: RwSignal<Option<Variable>>, on_done: Callback<()>) -> impl IntoView {
    view! {
        <Dialog open title="Variable">
            {move || view! { <Form about=about.get() open on_done/> }}
        </Dialog>
    }
}

#[derive(Clone, Copy)]
struct Typed {
    name: RwSignal<String>,
    value: RwSignal<String>,
    description: RwSignal<String>,
    problems: RwSignal<Vec<Problem>>,
    failure: RwSignal<Option<String>>,
}

impl Typed {
    fn new(about: Option<&Variable>) -> Self {
        let text = |of: fn(&Variable) -> String| RwSignal::new(about.map(of).unwrap_or_default());
        Self {
            name: text(|variable| variable.name.clone()),
            value: text(|variable| typed(&variable.value)),
            description: text(|variable| variable.description.clone()),
            problems: RwSignal::default(),
            failure: RwSignal::new(None),
        }
    }

    fn wish(self) -> VariableWish {
        let text = |signal: RwSignal<String>| signal.get_untracked().trim().to_owned();
        VariableWish {
            name: text(self.name),
            value: value_of(&self.value.get_untracked()),
            description: text(self.description),
        }
    }

    fn error_of(self, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            let is_it = |problem: &&Problem| problem.field.as_deref() == Some(field);
            self.problems.with(|problems| problems.iter().find(is_it).map(|problem| problem.message.clone()))
        })
    }

    fn show(self, error: ApiError) {
        self.failure.set(error.problems.is_empty().then_some(error.detail));
        self.problems.set(error.problems);
    }
}

#[component]
fn Form(about: Option<Variable>, open: RwSignal<bool>, on_done: Callback<()>) -> impl IntoView {
    let (is_new, typed, toasts) = (about.is_none(), Typed::new(about.as_ref()), Toasts::get());
    let save = Action::new(move |wish: &VariableWish| set_variable(wish.clone()));
    Effect::new(move |_| match save.value().get() {
        Some(Ok(())) => {
            open.set(false);
            toasts.say(format!("vars.{} is set.", typed.name.get_untracked().trim()));
            on_done.run(());
        }
        Some(Err(error)) => typed.show(error),
        None => {}
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let wish = typed.wish();
        typed.problems.set(wish.problems());
        if typed.problems.with_untracked(Vec::is_empty) {
            save.dispatch(wish);
        }
    };
    let keep = |signal: RwSignal<String>| Callback::new(move |text| signal.set(text));
    view! {
        <form on:submit=submit novalidate=true class="flex flex-col gap-4">
            {is_new.then(|| view! {
                <TextField name="variable-name" label="Name" value=typed.name on_input=keep(typed.name) placeholder="crm_url"
                    help="Expressions read it as vars.name." error=typed.error_of("name") required=true/>
            })}
            <TextField name="variable-value" label="Value" value=typed.value on_input=keep(typed.value)
                placeholder="https://crm.example.com" error=typed.error_of("value")
                help="JSON where it reads as such (12, true, [\"a\"]), text otherwise. Everybody in the workspace can see it."/>
            <TextField name="variable-description" label="What it is for" value=typed.description on_input=keep(typed.description)
                error=typed.error_of("description")/>
            {move || typed.failure.get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
            <div class="flex justify-end gap-2">
                <Button on_click=Callback::new(move |_| open.set(false))>"Cancel"</Button>
                <Button look=Look::Primary submit=true disabled=save.pending()>"Save variable"</Button>
            </div>
        </form>
    }
}
