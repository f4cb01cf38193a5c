//! Changing the password, which ends all other logins.

use leptos::{ev::SubmitEvent, prelude::*};

use crate::{
    api::session::change_password,
    domain::account::PASSWORD_MIN,
    ui::{
        components::{Button, Card, Entry, EntryRef, Toasts, clear, text},
        login::{Refusal, about},
    },
};

#[component]
pub fn Password() -> impl IntoView {
    let (current, new, toasts) = (EntryRef::new(), EntryRef::new(), Toasts::get());
    let changing = Action::new(|(current, new): &(String, String)| change_password(current.clone(), new.clone()));
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        changing.dispatch((text(current), text(new)));
    };
    Effect::new(move |_| {
        if let Some(Ok(())) = changing.value().get() {
            clear(current);
            clear(new);
            toasts.say("Your password is changed. All other logins have ended.");
        }
    });
    let rule = format!("At least {PASSWORD_MIN} characters; a few words are fine. All your other logins end.");
    view! {
        <Card title="Password">
            <form method="post" class="flex flex-col gap-3" on:submit=send>
                <Refusal of=changing/>
                <div class="grid gap-3 sm:grid-cols-2">
                    <Entry name="current-password" label="Current password" kind="password" autocomplete="current-password"
                        input=current error=about(changing, "current") required=true/>
                    <Entry name="new-password" label="New password" kind="password" autocomplete="new-password"
                        input=new error=about(changing, "new") help=rule required=true/>
                </div>
                <div><Button submit=true disabled=changing.pending()>"Change password"</Button></div>
            </form>
        </Card>
    }
}
