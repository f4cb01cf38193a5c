//! Buttons, and links that look like them. 32 px high; one primary button per screen.

use leptos::{ev::MouseEvent, prelude::*};

use super::Icon;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// Filled accent: the one thing to do here.
    Primary,
    #[default]
    Secondary,
    /// Without a line, for rows and toolbars.
    Quiet,
    Danger,
}

impl Look {
    fn class(self) -> &'static str {
        match self {
            Self::Primary => "bg-accent text-on-accent border-accent hover:bg-accent-strong hover:border-accent-strong",
            Self::Secondary => "bg-surface text-fg border-line hover:bg-hover",
            Self::Quiet => "border-transparent text-muted hover:bg-hover hover:text-fg",
            Self::Danger => "bg-surface text-bad-text border-bad/45 hover:bg-bad-soft",
        }
    }
}

const SHAPE: &str = "inline-flex h-8 shrink-0 items-center justify-center gap-2 rounded-lg border px-3 text-body font-medium \
                     whitespace-nowrap transition-colors disabled:opacity-50 disabled:pointer-events-none aria-disabled:opacity-50";

/// A button. With `refusal` it stays focusable but does nothing, and says why: `refusal` is the tooltip and the
/// description for screen readers.
#[component]
pub fn Button(
    #[prop(optional)] look: Look,
    #[prop(optional, into)] icon: Option<Icon>,
    #[prop(optional, into)] on_click: Option<Callback<MouseEvent>>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] refusal: Signal<Option<String>>,
    /// Sends the form around it.
    #[prop(optional)]
    submit: bool,
    children: Children,
) -> impl IntoView {
    let press = move |event: MouseEvent| {
        if refusal.with_untracked(Option::is_some) {
            event.prevent_default();
        } else if let Some(on_click) = on_click {
            on_click.run(event);
        }
    };
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=format!("{SHAPE} {}", look.class())
            disabled=move || disabled.get()
            aria-disabled=move || refusal.with(Option::is_some).then_some("true")
            aria-description=move || refusal.get()
            title=move || refusal.get()
            on:click=press
        >
            {icon.map(|icon| icon.view("size-4 -ml-0.5"))}
            {children()}
        </button>
    }
}

/// A square button that shows only an icon; `label` is its name and tooltip.
#[component]
pub fn IconButton(
    icon: Icon,
    #[prop(into)] label: Signal<String>,
    #[prop(optional, into)] on_click: Option<Callback<MouseEvent>>,
    #[prop(optional, into)] disabled: Signal<bool>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="inline-grid size-8 shrink-0 place-items-center rounded-lg text-muted transition-colors hover:bg-hover hover:text-fg disabled:pointer-events-none disabled:opacity-40"
            aria-label=move || label.get()
            title=move || label.get()
            disabled=move || disabled.get()
            on:click=move |event| { if let Some(on_click) = on_click { on_click.run(event) } }
        >
            {icon.view("")}
        </button>
    }
}

/// A link in the shape of a button.
#[component]
pub fn TextLink(
    #[prop(into)] href: String,
    #[prop(optional)] look: Look,
    #[prop(optional, into)] icon: Option<Icon>,
    children: Children,
) -> impl IntoView {
    view! {
        <a href=href class=format!("{SHAPE} {}", look.class())>
            {icon.map(|icon| icon.view("size-4 -ml-0.5"))}
            {children()}
        </a>
    }
}
