//! API tokens: the list, and revoking one. Creating has its own file.

use leptos::prelude::*;

use super::{new_token::NewTokenDialog, reach::told};
use crate::{
    api::tokens::{list_tokens, revoke_token},
    domain::{account::TokenSummary, id::TokenId},
    ui::components::{Button, Card, Cell, ErrorState, HeadCell, Icon, Look, Skeleton, Table, Time, Toasts},
};

#[component]
pub fn Tokens() -> impl IntoView {
    let tokens = Resource::new(|| (), |()| list_tokens());
    let (creating, toasts) = (RwSignal::new(false), Toasts::get());
    let revoking = Action::new(|id: &TokenId| revoke_token(*id));
    let reload = Callback::new(move |()| tokens.refetch());
    Effect::new(move |_| match revoking.value().get() {
        Some(Ok(())) => {
            toasts.say("The token is revoked. Nothing can use it any more.");
            tokens.refetch();
        }
        Some(Err(error)) => toasts.fail(error.detail),
        None => {}
    });
    let revoke = Callback::new(move |id| {
        revoking.dispatch(id);
    });
    let list = move || {
        tokens.get().map(|found| match found {
            Ok(found) => view! { <List tokens=found revoke/> }.into_any(),
            Err(error) => {
                view! { <ErrorState title="The tokens cannot be shown" text=error.detail retry=reload/> }.into_any()
            }
        })
    };
    view! {
        <Card title="API tokens">
            <div class="mb-3 flex flex-wrap items-center justify-between gap-3">
                <p class="text-body text-muted">"For the REST API and the command line. A token may what you choose, as long as your role here allows it."</p>
                <Button icon=Icon::Plus on_click=Callback::new(move |_| creating.set(true))>"Create token"</Button>
            </div>
            <Transition fallback=|| view! { <Skeleton rows=2/> }>{list}</Transition>
            <NewTokenDialog open=creating on_created=reload/>
        </Card>
    }
}

#[component]
fn List(tokens: Vec<TokenSummary>, revoke: Callback<TokenId>) -> impl IntoView {
    if tokens.is_empty() {
        return view! { <p class="rounded-lg border border-dashed border-line px-4 py-6 text-center text-body text-muted">"There are no tokens."</p> }.into_any();
    }
    let row = move |token: TokenSummary| {
        let TokenSummary { id, name, prefix, email, expires_at, last_used_at, reach, .. } = token;
        let scopes = reach.scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(", ");
        let (may, limits) = told(&reach);
        let used = match last_used_at {
            Some(at) => view! { <Time at=at/> }.into_any(),
            None => view! { <span class="text-muted">"never"</span> }.into_any(),
        };
        view! {
            <tr>
                <Cell><span class="block font-medium">{name}</span><span class="mono text-muted">{prefix}"…"</span></Cell>
                <Cell><span class="block whitespace-nowrap" title=scopes>{may}</span><span class="text-label text-muted">{limits}</span></Cell>
                <Cell>{email}</Cell>
                <Cell>{used}</Cell>
                <Cell><Time at=expires_at/></Cell>
                <Cell><Button look=Look::Danger on_click=Callback::new(move |_| revoke.run(id))>"Revoke"</Button></Cell>
            </tr>
        }
    };
    view! {
        <Table label="API tokens" head=Box::new(|| head().into_any())>{tokens.into_iter().map(row).collect_view()}</Table>
    }
    .into_any()
}

fn head() -> impl IntoView {
    let named = ["Token", "May", "Acts for", "Last used", "Expires"].map(|text| view! { <HeadCell>{text}</HeadCell> });
    view! { {named.collect_view()} <HeadCell><span class="sr-only">"Revoke"</span></HeadCell> }
}
