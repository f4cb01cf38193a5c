//! What stands before the application: a form on one side, on wide screens a picture of a workflow on the other.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    components::{Icon, raw_text},
    theme::ThemeToggle,
};

/// A page with one card: login, setup.
#[component]
pub fn Door(title: &'static str, text: &'static str, children: Children) -> impl IntoView {
    view! {
        <Title text=raw_text(format!("{title} · FlowPilot"))/>
        <div class="grid min-h-dvh lg:grid-cols-[minmax(0,1fr)_520px]">
            <Picture/>
            <main class="relative flex flex-col justify-center border-line bg-surface px-6 py-16 sm:px-16 lg:border-l">
                <div class="absolute top-4 right-4"><ThemeToggle/></div>
                <div class="mx-auto w-full max-w-[360px]">
                    <img src="/logo.svg" alt="FlowPilot" width="40" height="40" class="mb-6"/>
                    <h1 class="text-display font-semibold">{title}</h1>
                    <p class="mt-1 mb-6 text-body text-muted">{text}</p>
                    {children()}
                </div>
            </main>
        </div>
    }
}

/// Position, family, icon, title and second line of a card in the picture.
type PictureCard = (&'static str, &'static str, Icon, &'static str, &'static str);

const CARDS: [PictureCard; 4] = [
    ("left-0 top-[108px] rounded-l-[32px]", "trigger", Icon::Bolt, "User signed up", "Webhook"),
    ("left-[272px] top-[36px]", "message", Icon::Mail, "Welcome email", "ada@example.com"),
    ("left-[272px] top-[180px]", "web", Icon::Globe, "Create CRM entry", "POST crm.example.com"),
    ("left-[544px] top-[108px]", "message", Icon::Hash, "Tell #sales", "Slack message"),
];

const EDGES: [&str; 4] = [
    "M208 140 C240 140 240 68 272 68",
    "M208 140 C240 140 240 212 272 212",
    "M480 68 C512 68 512 140 544 140",
    "M480 212 C512 212 512 140 544 140",
];

#[component]
fn Picture() -> impl IntoView {
    view! {
        <aside
            aria-hidden="true"
            class="hidden min-h-dvh flex-col items-center justify-center overflow-hidden bg-canvas bg-[radial-gradient(var(--grid)_1px,transparent_1px)] [background-size:16px_16px] lg:flex"
        >
            <div class="relative h-[280px] w-[752px] origin-center scale-[.8] xl:scale-100">
                <svg class="absolute inset-0 overflow-visible" width="752" height="280" fill="none" stroke-width="1.75">
                    {EDGES.map(|path| view! { <path d=path stroke="var(--ok)"></path> }).collect_view()}
                </svg>
                {CARDS.map(card).collect_view()}
            </div>
            <p class="mt-12 text-title font-medium">"Draw it. Publish it. Watch it run."</p>
            <p class="mt-1 text-body text-muted">"What FlowPilot has accepted is never lost."</p>
        </aside>
    }
}

fn card((place, family, icon, title, line): PictureCard) -> impl IntoView {
    view! {
        <div class=format!("absolute flex h-16 w-[208px] items-center gap-2.5 rounded-xl border border-ok/45 bg-surface px-3.5 {place}")>
            <span data-family=family class="tile size-9">{icon.view("size-[18px]")}</span>
            <span class="min-w-0">
                <span class="block truncate text-body font-semibold">{title}</span>
                <span class="block truncate text-caption text-muted">{line}</span>
            </span>
            <span class="absolute -top-2 -right-2 grid size-5 place-items-center rounded-full bg-ok-text text-surface">
                {Icon::Check.view("size-3")}
            </span>
        </div>
    }
}
