//! A webhook: its address, who may call it, and a call to try.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use super::{curl, replace::Replacement, secret::SecretChange};
use crate::{
    api::triggers::end_old_webhook_secret,
    domain::{
        id::TriggerId,
        role,
        trigger::{Trigger, TriggerSummary, USUAL_BODY_MIB, WebhookAuth},
    },
    ui::{
        components::{Badge, Button, CopyButton, Icon, Look, TextLink, Time, Toasts, Tone},
        session::CurrentSession,
    },
};

#[component]
pub fn WebhookCard(
    trigger: TriggerSummary,
    question: Replacement,
    change: SecretChange,
    reload: Callback<()>,
) -> impl IntoView {
    let Trigger::Webhook { auth, sources, max_body_mib } = trigger.trigger.clone() else { return ().into_any() };
    let address = match trigger.url.clone() {
        Some(url) => view! { <Address url auth=auth.clone()/> }.into_any(),
        None => view! { <p class="text-muted">"Your role may not see its address."</p> }.into_any(),
    };
    let executions = format!("/workflows/{}/executions", trigger.workflow_id);
    let session = CurrentSession::get();
    let may_replace = move || session.session().is_some_and(|session| session.role.may(role::Action::ReplaceWebhooks));
    let old = trigger.old_secret_until.map(|until| view! { <OldSecret id=trigger.id until may_replace reload/> });
    let has_secret = auth.secret().is_some();
    let about = trigger.clone();
    let ask_secret = Callback::new(move |_| change.ask(&about));
    let ask = Callback::new(move |_| question.ask(&trigger));
    view! {
        <AuthBadge auth sources max_body_mib/>
        {old}
        {address}
        <div class="flex flex-wrap gap-2">
            <TextLink href=executions icon=Icon::List>"Executions"</TextLink>
            <Show when=may_replace>
                {has_secret.then(|| view! { <Button look=Look::Quiet icon=Icon::Key on_click=ask_secret>"Replace secret"</Button> })}
                <Button look=Look::Quiet icon=Icon::Retry on_click=ask>"Replace address"</Button>
            </Show>
        </div>
    }
    .into_any()
}

/// The secret was replaced: until when the old one counts too, and the way to end it.
#[component]
fn OldSecret(
    id: TriggerId,
    until: DateTime<Utc>,
    may_replace: impl Fn() -> bool + Copy + Send + Sync + 'static,
    reload: Callback<()>,
) -> impl IntoView {
    let toasts = Toasts::get();
    let end = Action::new(move |(): &()| end_old_webhook_secret(id));
    Effect::new(move |_| match end.value().get() {
        Some(Ok(())) => {
            toasts.say("The old secret has ended.");
            reload.run(());
        }
        Some(Err(error)) => toasts.fail(error.detail),
        None => {}
    });
    let press = Callback::new(move |_| drop(end.dispatch(())));
    view! {
        <div class="flex flex-wrap items-center gap-2" data-testid="old-secret">
            <Badge tone=Tone::Wait>{Icon::Key.view("size-3")}"Old secret taken until "<Time at=until/></Badge>
            <Show when=may_replace>
                <Button look=Look::Quiet on_click=press disabled=end.pending()>"End it now"</Button>
            </Show>
        </div>
    }
}

#[component]
fn AuthBadge(auth: WebhookAuth, sources: Vec<String>, max_body_mib: u32) -> impl IntoView {
    let (tone, icon) = match auth {
        WebhookAuth::None => (Tone::Wait, Icon::Warning),
        _ => (Tone::Ok, Icon::Shield),
    };
    let from = (!sources.is_empty()).then(|| {
        let words = format!("Only from {}", sources.join(", "));
        view! { <Badge tone=Tone::Ok><span class="truncate" title=words.clone()>{words.clone()}</span></Badge> }
    });
    view! {
        <div class="flex min-w-0 flex-wrap gap-2">
            <Badge tone=tone>{icon.view("size-3")}<span class="truncate">{words(auth)}</span></Badge>
            {from}
            {(max_body_mib != USUAL_BODY_MIB).then(|| view! { <Badge>{format!("Bodies up to {max_body_mib} MiB")}</Badge> })}
        </div>
    }
}

fn words(auth: WebhookAuth) -> String {
    match auth {
        WebhookAuth::None => "No authentication: whoever knows the address".to_owned(),
        WebhookAuth::HeaderToken { header, secret } => format!("Token “{secret}” in {header}"),
        WebhookAuth::Bearer { secret } => format!("Bearer token “{secret}”"),
        WebhookAuth::Basic { username, secret } => format!("User “{username}” with the password “{secret}”"),
        WebhookAuth::HmacSha256 { header, secret } => format!("HMAC-SHA256 with “{secret}” in {header}"),
        WebhookAuth::Github { secret } => format!("Signed by GitHub with “{secret}”"),
        WebhookAuth::StandardWebhooks { secret } => format!("Standard Webhooks, signed with “{secret}”"),
        WebhookAuth::Stripe { secret } => format!("Signed by Stripe with “{secret}”"),
        WebhookAuth::Slack { secret } => format!("Signed by Slack with “{secret}”"),
    }
}

#[component]
fn Address(url: String, auth: WebhookAuth) -> impl IntoView {
    let call = curl::curl(&url, &auth);
    view! {
        <div class="flex flex-wrap items-center gap-2">
            <code class="control mono min-w-0 flex-1 basis-64 truncate select-all" data-testid="webhook-url" title=url.clone()>{url.clone()}</code>
            <CopyButton text=url what="the address"/>
        </div>
        <details class="group">
            <summary class="flex w-fit items-center gap-1.5 text-label text-muted hover:text-fg">
                <span class="transition-transform group-open:rotate-90">{Icon::ChevronRight.view("size-3.5")}</span>
                "Try it from a terminal"
            </summary>
            <div class="mt-2 flex flex-col items-start gap-2">
                <pre class="mono w-full overflow-x-auto rounded-lg border border-line bg-canvas px-3 py-2.5" tabindex="0" data-testid="curl">{call.clone()}</pre>
                <CopyButton text=call what="the call"/>
            </div>
        </details>
    }
}
