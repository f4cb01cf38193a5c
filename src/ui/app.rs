//! The HTML document and the routes.

use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

use super::{
    components::{Clock, EmptyState, Icon, Look, TextLink, ToastStack, Toasts},
    credentials::{CredentialPage, CredentialsPage},
    designer::{DesignerPage, VersionsPage},
    executions::{ExecutionPage, ExecutionsPage, WorkflowExecutionsPage},
    invitation::InvitationPage,
    library::{ExpressionsPage, LibraryPage, VariablesPage},
    login::LoginPage,
    session::CurrentSession,
    settings::{ChannelsPage, CodePage, MembersPage, SettingsPage},
    setup::SetupPage,
    theme::RememberedTheme,
    triggers::{TriggersPage, WorkflowTriggersPage},
    workflows::WorkflowsPage,
};

pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="preload" href="/fonts/inter-latin-wght-normal.woff2" r#as="font" type="font/woff2" crossorigin="anonymous"/>
                <RememberedTheme/>
                <AutoReload options=options.clone()/>
                <HydrationScripts options=options.clone()/>
                <HashedStylesheet options id="leptos"/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    Toasts::provide();
    Clock::provide();
    CurrentSession::provide();
    view! {
        <Title text="FlowPilot"/>
        <Router>
            <Routes fallback=NoSuchPage>
                <Route path=path!("/credentials") view=CredentialsPage/>
                <Route path=path!("/credentials/:id") view=CredentialPage ssr=SsrMode::Async/>
                <Route path=path!("/workflows/:id/triggers") view=WorkflowTriggersPage ssr=SsrMode::Async/>
                <Route path=path!("/triggers") view=TriggersPage ssr=SsrMode::Async/>
                <Route path=path!("/") view=WorkflowsPage ssr=SsrMode::Async/>
                <Route path=path!("/workflows/:id") view=DesignerPage ssr=SsrMode::Async/>
                <Route path=path!("/workflows/:id/versions") view=VersionsPage ssr=SsrMode::Async/>
                <Route path=path!("/library") view=LibraryPage/>
                <Route path=path!("/library/variables") view=VariablesPage/>
                <Route path=path!("/library/expressions") view=ExpressionsPage/>
                <Route path=path!("/login") view=LoginPage/>
                <Route path=path!("/setup") view=SetupPage/>
                <Route path=path!("/invitation") view=InvitationPage/>
                <Route path=path!("/settings") view=SettingsPage/>
                <Route path=path!("/settings/members") view=MembersPage/>
                <Route path=path!("/settings/channels") view=ChannelsPage/>
                <Route path=path!("/settings/code") view=CodePage/>
                <Route path=path!("/executions") view=ExecutionsPage ssr=SsrMode::Async/>
                <Route path=path!("/executions/:id") view=ExecutionPage ssr=SsrMode::Async/>
                <Route path=path!("/workflows/:id/executions") view=WorkflowExecutionsPage ssr=SsrMode::Async/>
            </Routes>
        </Router>
        <ToastStack/>
    }
}

#[component]
fn NoSuchPage() -> impl IntoView {
    view! {
        <main>
            <EmptyState icon=Icon::Search title="There is no such page" text="The address may be mistyped, or what it led to was deleted.">
                <TextLink href="/" look=Look::Primary>"Go to the start page"</TextLink>
            </EmptyState>
        </main>
    }
}
