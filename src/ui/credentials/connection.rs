//! Where an OAuth2 credential stands with its provider, and the way to the provider's page.

use leptos::prelude::*;

use crate::{
    api::credentials::connect_credential,
    domain::{
        credential::{Connection, CredentialKind},
        id::CredentialId,
    },
    ui::components::{Badge, Button, Card, CopyButton, Icon, Look, Notice, Time, Toasts, Tone},
};

#[component]
pub fn ConnectionCard(
    id: CredentialId,
    kind: CredentialKind,
    connection: Signal<Option<Connection>>,
    callback: Option<String>,
) -> impl IntoView {
    let is_person = kind == CredentialKind::OAuth2Code;
    let has_connected =
        move || connection.with(|connection| connection.as_ref().is_some_and(|c| c.connected_at.is_some()));
    let label = move || if has_connected() { "Connect again" } else { "Connect" };
    view! {
        <Card title="Connection">
            <div class="flex flex-col gap-4">
                {move || standing(connection.get().unwrap_or_default(), is_person)}
                {callback.clone().map(|url| view! { <CallbackAddress url/> })}
                {is_person.then(|| view! { <ConnectButton id label=Signal::derive(label)/> })}
            </div>
        </Card>
    }
}

fn standing(connection: Connection, is_person: bool) -> impl IntoView {
    let Connection { connected_at, expires_at, failure } = connection;
    let badge = match (connected_at, &failure) {
        (_, Some(_)) => view! { <Badge tone=Tone::Bad>"Needs attention"</Badge> }.into_any(),
        (Some(_), None) => view! { <Badge tone=Tone::Ok>"Connected"</Badge> }.into_any(),
        (None, None) if is_person => view! { <Badge tone=Tone::Wait>"Not connected"</Badge> }.into_any(),
        (None, None) => view! { <Badge>"Connects when it is first used"</Badge> }.into_any(),
    };
    let since = connected_at.map(|at| view! { <span class="text-muted">"token of "<Time at=at/></span> });
    let until = expires_at.map(|at| view! { <span class="text-muted">"renewed before "<Time at=at/></span> });
    view! {
        <div class="flex flex-wrap items-center gap-x-3 gap-y-2 text-body">{badge}{since}{until}</div>
        {failure.map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
    }
}

#[component]
fn CallbackAddress(url: String) -> impl IntoView {
    view! {
        <div class="flex flex-col gap-1.5">
            <p class="text-label text-muted">"Address to come back to, for your app at the service"</p>
            <div class="flex items-center gap-2">
                <code class="control mono min-w-0 flex-1 truncate select-all" data-testid="callback-url">{url.clone()}</code>
                <CopyButton text=url what="the address"/>
            </div>
        </div>
    }
}

/// Leads away: the person comes back to this page.
#[component]
fn ConnectButton(id: CredentialId, label: Signal<&'static str>) -> impl IntoView {
    let toasts = Toasts::get();
    let connect = Action::new(move |(): &()| connect_credential(id));
    Effect::new(move |_| match connect.value().get() {
        Some(Ok(address)) if window().location().set_href(&address).is_err() => {
            toasts.fail("The service's page could not be opened.");
        }
        Some(Err(error)) => toasts.fail(error.detail),
        Some(Ok(_)) | None => {}
    });
    let press = Callback::new(move |_| drop(connect.dispatch(())));
    view! {
        <div>
            <Button look=Look::Primary icon=Icon::External on_click=press disabled=connect.pending()>{move || label.get()}</Button>
        </div>
    }
}
