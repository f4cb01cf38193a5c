//! The frame around every page: rail (a bottom bar on phones), top bar with its slots, content.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    components::{Icon, Tabs, raw_text},
    session::Avatar,
    theme::ThemeToggle,
};
use crate::domain::id::WorkflowId;

/// Where the rail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Workflows,
    Executions,
    Triggers,
    Credentials,
    Library,
    Settings,
}

impl Section {
    const MAIN: [Self; 5] = [Self::Workflows, Self::Executions, Self::Triggers, Self::Credentials, Self::Library];

    fn look(self) -> (&'static str, &'static str, Icon) {
        match self {
            Self::Workflows => ("/", "Workflows", Icon::Workflow),
            Self::Executions => ("/executions", "Executions", Icon::List),
            Self::Triggers => ("/triggers", "Triggers", Icon::Clock),
            Self::Credentials => ("/credentials", "Credentials", Icon::Key),
            Self::Library => ("/library", "Library", Icon::Braces),
            Self::Settings => ("/settings", "Settings", Icon::Settings),
        }
    }
}

/// A page: `heading` stands left in the top bar (a title or a breadcrumb), `tabs` in its middle, `actions` at its right.
/// `title` is the document's title. The content scrolls on its own; `fill` gives it the whole area without padding.
#[component]
pub fn Frame(
    section: Section,
    #[prop(into)] title: Signal<String>,
    #[prop(optional, into)] heading: Option<ViewFn>,
    #[prop(optional, into)] tabs: ViewFn,
    #[prop(optional, into)] actions: ViewFn,
    #[prop(optional)] fill: bool,
    children: Children,
) -> impl IntoView {
    let heading = match heading {
        Some(heading) => heading.run(),
        None => view! { <h1 class="truncate text-lead font-semibold">{move || title.get()}</h1> }.into_any(),
    };
    // The document may ask once more after a page that came with data has left.
    let document_title = move || raw_text(format!("{} · FlowPilot", title.try_get().unwrap_or_default()));
    let main = if fill { "relative min-h-0 overflow-hidden" } else { "min-h-0 overflow-y-auto" };
    let body = if fill { "h-full" } else { "mx-auto w-full max-w-5xl px-4 py-6 md:px-8 md:py-8" };
    view! {
        <Title text=document_title/>
        <a href="#main" class="sr-only z-50 rounded-lg bg-surface p-2 focus:not-sr-only focus:fixed focus:top-2 focus:left-2">"Skip to content"</a>
        <div class="grid h-dvh grid-cols-[minmax(0,1fr)] grid-rows-[minmax(0,1fr)_56px] md:grid-cols-[56px_minmax(0,1fr)] md:grid-rows-[minmax(0,1fr)]">
            <Rail section/>
            <div class="grid min-h-0 grid-cols-[minmax(0,1fr)] grid-rows-[auto_minmax(0,1fr)]">
                <header class="flex flex-wrap items-center gap-x-3 border-b border-line bg-surface px-4 md:grid md:h-14 md:grid-cols-[minmax(0,1fr)_auto_minmax(0,1fr)]">
                    <div class="flex h-14 min-w-0 flex-1 items-center gap-3">{heading}</div>
                    <div class="order-last w-full overflow-x-auto empty:hidden md:order-none md:w-auto">{tabs.run()}</div>
                    <div class="flex h-14 items-center justify-end gap-2 md:col-start-3 md:gap-3">{actions.run()}</div>
                </header>
                <main id="main" class=main><div class=body>{children()}</div></main>
            </div>
        </div>
    }
}

#[component]
fn Rail(section: Section) -> impl IntoView {
    let links = Section::MAIN.into_iter().map(|target| rail_link(target, section)).collect_view();
    view! {
        <nav
            aria-label="Main"
            class="order-last flex items-center justify-around border-t border-line bg-surface md:order-none md:flex-col md:justify-start md:gap-1 md:border-t-0 md:border-r md:py-2.5"
        >
            <a href="/" aria-label="FlowPilot, start page" class="mb-3 hidden rounded-[10px] md:block">
                <img src="/logo.svg" alt="" width="36" height="36"/>
            </a>
            {links}
            <span class="hidden flex-1 md:block"></span>
            <ThemeToggle/>
            {rail_link(Section::Settings, section)}
            <Avatar/>
        </nav>
    }
}

fn rail_link(target: Section, current: Section) -> impl IntoView {
    let (href, label, icon) = target.look();
    let tint =
        if target == current { "bg-accent-soft text-accent-strong" } else { "text-muted hover:bg-hover hover:text-fg" };
    view! {
        <a
            href=href
            aria-label=label
            title=label
            aria-current=(target == current).then_some("page")
            class=format!("grid size-9 place-items-center rounded-[10px] transition-colors {tint}")
        >
            {icon.view("size-[18px]")}
        </a>
    }
}

/// Which tab of a workflow is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkflowTab {
    Design,
    Executions,
    Triggers,
    Versions,
}

/// The tabs that the four pages of a workflow share.
#[component]
pub fn WorkflowTabs(workflow: WorkflowId, current: WorkflowTab) -> impl IntoView {
    let tabs = [
        (WorkflowTab::Design, "Design", ""),
        (WorkflowTab::Executions, "Executions", "/executions"),
        (WorkflowTab::Triggers, "Triggers", "/triggers"),
        (WorkflowTab::Versions, "Versions", "/versions"),
    ];
    let tabs =
        Vec::from(tabs.map(|(tab, label, path)| (label, format!("/workflows/{workflow}{path}"), tab == current)));
    view! { <Tabs label="Workflow" tabs/> }
}

/// `Workflows / name` for pages below a list.
#[component]
pub fn Breadcrumb(
    #[prop(into)] parent: String,
    #[prop(into)] href: String,
    #[prop(into)] name: Signal<String>,
) -> impl IntoView {
    view! {
        <nav aria-label="Breadcrumb" class="flex min-w-0 items-center gap-2.5 text-body">
            <a href=href class="hidden text-muted hover:text-fg md:block">{parent}</a>
            <span class="hidden text-line-strong md:block" aria-hidden="true">"/"</span>
            <h1 class="truncate text-body font-semibold" aria-current="page">{move || name.get()}</h1>
        </nav>
    }
}
