//! Giving a webhook a new address, once the question was answered.

use leptos::prelude::*;

use crate::{
    api::triggers::rotate_webhook,
    domain::{id::TriggerId, trigger::TriggerSummary},
    ui::components::{Button, Dialog, Look, Toasts},
};

/// The question, and which webhook it is about.
#[derive(Clone, Copy, Default)]
pub struct Replacement {
    open: RwSignal<bool>,
    webhook: RwSignal<Option<(TriggerId, String)>>,
}

impl Replacement {
    pub fn ask(self, trigger: &TriggerSummary) {
        self.webhook.set(Some((trigger.id, trigger.node_name.clone())));
        self.open.set(true);
    }
}

#[component]
pub fn ReplaceDialog(question: Replacement, on_replaced: Callback<()>) -> impl IntoView {
    let Replacement { open, webhook } = question;
    let toasts = Toasts::get();
    let replace = Action::new(|id: &TriggerId| rotate_webhook(*id));
    Effect::new(move |_| match replace.value().get() {
        Some(Ok(_)) => {
            open.set(false);
            toasts.say("The webhook has a new address.");
            on_replaced.run(());
        }
        Some(Err(error)) => toasts.fail(error.detail),
        None => {}
    });
    let press = Callback::new(move |_| {
        if let Some((id, _)) = webhook.get_untracked() {
            replace.dispatch(id);
        }
    });
    let name = move || webhook.get().map(|(_, name)| name);
    view! {
        <Dialog open title="Replace the address?">
            <p class="pt-1 pb-4">
                "“"{name}"” gets a new address. The old one stops working within a second: give the new one to every service that calls it."
            </p>
            <div class="flex justify-end gap-2">
                <Button on_click=Callback::new(move |_| open.set(false))>"Keep it"</Button>
                <Button look=Look::Danger on_click=press disabled=replace.pending()>"Replace address"</Button>
            </div>
        </Dialog>
    }
}
