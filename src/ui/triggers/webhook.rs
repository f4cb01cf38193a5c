//! A webhook: its address, who may call it, and a call to try.

use leptos::prelude::*;

use super::{curl, replace::Replacement};
use crate::{
    domain::{
        role::Action,
        trigger::{Trigger, TriggerSummary, WebhookAuth},
    },
    ui::{
        components::{Badge, Button, CopyButton, Icon, Look, TextLink, Tone},
        session::CurrentSession,
    },
};

#[component]
pub fn WebhookCard(trigger: TriggerSummary, question: Replacement) -> impl IntoView {
    let Trigger::Webhook { auth, sources } = trigger.trigger.clone() else { return ().into_any() };
    let address = match trigger.url.clone() {
        Some(url) => view! { <Address url auth=auth.clone()/> }.into_any(),
        None => view! { <p class="text-muted">"Your role may not see its address."</p> }.into_any(),
    };
    let executions = format!("/workflows/{}/executions", trigger.workflow_id);
    let session = CurrentSession::get();
    let may_replace = move || session.session().is_some_and(|session| session.role.may(Action::ReplaceWebhooks));
    let ask = Callback::new(move |_| question.ask(&trigger));
    view! {
        <AuthBadge auth sources/>
        {address}
        <div class="flex flex-wrap gap-2">
            <TextLink href=executions icon=Icon::List>"Executions"</TextLink>
            <Show when=may_replace>
                <Button look=Look::Quiet icon=Icon::Retry on_click=ask>"Replace address"</Button>
            </Show>
        </div>
    }
    .into_any()
}

#[component]
fn AuthBadge(auth: WebhookAuth, sources: Vec<String>) -> impl IntoView {
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
