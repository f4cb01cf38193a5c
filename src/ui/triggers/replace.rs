//! Giving a webhook a new address, once the question was answered.

use leptos::prelude::*;

use crate::{
    api::triggers::rotate_webhook,
    domain::{id::TriggerId, trigger::TriggerSummary},
    ui::components::{Button, Dialog, Look, Toasts},
};

/// Asks about the webhook in `replacing` and empties it again.
#[component]
pub fn ReplaceDialog(replacing: RwSignal<Option<TriggerSummary>>, on_replaced: Callback<()>) -> impl IntoView {
    let (open, toasts) = (RwSignal::new(false), Toasts::get());
    let replace = Action::new(|id: &TriggerId| rotate_webhook(*id));
    Effect::new(move |_| open.set(replacing.with(Option::is_some)));
    Effect::new(move |_| {
        if !open.get() {
            replacing.set(None);
        }
    });
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
        if let Some(trigger) = replacing.get_untracked() {
            replace.dispatch(trigger.id);
        }
    });
    let name = move || replacing.with(|trigger| trigger.as_ref().map(|trigger| trigger.node_name.clone()));
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
